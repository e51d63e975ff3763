//! Which children of a node are in memory.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;

use super::{Node, prefetch};

/// Bytes of a node that a lookup reads.
const READ_FIRST: usize = 64;

/// A place for each child of a node where the child can be found as long as something else keeps it in memory.
///
/// It saves the way through the cache: a lookup that goes from the root to a leaf in memory reads little else than the
/// nodes. A copy of a node starts without.
#[derive(Default)]
pub(super) struct LoadedChildren {
    places: OnceLock<Box<[Mutex<Place>]>>,
}

#[derive(Default)]
struct Place {
    child: Weak<Node>,
    /// Where the child's bytes are, for the processor to fetch what a lookup reads along with the child.
    bytes: usize,
    /// Where in them its keys end.
    keys_end: u32,
}

impl LoadedChildren {
    /// What a child can cost here, in bytes: its place, and the shell of a node that is gone but for its place.
    pub(super) const MEMORY: usize = size_of::<Mutex<Place>>() + size_of::<Node>() + 2 * size_of::<usize>();

    pub(super) fn get(&self, index: usize) -> Option<Arc<Node>> {
        let place = self.places.get()?.get(index)?.lock();
        prefetch::node(place.bytes, place.keys_end);
        place.child.upgrade()
    }

    /// Asks the processor for the child itself, which [`LoadedChildren::get`] writes to.
    pub(super) fn prefetch(&self, index: usize) {
        if let Some(place) = self.places.get().and_then(|places| places.get(index)) {
            // The counters that an `Arc` keeps lie before what it holds.
            let counters = 2 * size_of::<usize>();
            let child = place.lock().child.as_ptr().addr();
            prefetch::lines(child.wrapping_sub(counters), counters + READ_FIRST);
        }
    }

    /// Remembers child `index` of `count`.
    pub(super) fn set(&self, index: usize, count: usize, child: &Arc<Node>) {
        let places = self.places.get_or_init(|| (0..count).map(|_| Mutex::default()).collect());
        if let Some(place) = places.get(index) {
            let (bytes, keys_end) = (child.bytes.as_ptr().addr(), child.keys_end);
            *place.lock() = Place { child: Arc::downgrade(child), bytes, keys_end };
        }
    }
}

impl Clone for LoadedChildren {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for LoadedChildren {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LoadedChildren")
    }
}
