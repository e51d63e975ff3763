//! Which children of a node are in memory.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;

use super::{Node, prefetch};

/// Bytes to fetch from the beginning of a node: where its keys end, and some of the keys.
const KEYS: usize = 1024;
/// Bytes to fetch behind the keys: where the values of a leaf end.
const VALUE_ENDS: usize = 192;

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
        prefetch::lines(place.bytes, KEYS);
        prefetch::lines(place.bytes + place.keys_end as usize, VALUE_ENDS);
        place.child.upgrade()
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
