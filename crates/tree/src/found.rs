//! The values of many keys, found together and lent by their leaves.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{Node, Value, prefetch};

use crate::{EntryValue, Result, Tree};

/// Values that memory is asked for while one is read.
const PREFETCHED: usize = 8;

/// The values of keys in the order in which the keys were given, `None` for a key that has none.
///
/// It keeps the leaves that hold them, and lends them without copying.
pub struct FoundValues {
    tree: Tree,
    leaves: Vec<Arc<Node>>,
    /// Values that are in no leaf yet.
    pending: Vec<EntryValue>,
    places: Vec<Place>,
}

/// Where the value of a key is.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Nowhere,
    Leaf { leaf: u32, index: u32 },
    Pending(u32),
}

impl FoundValues {
    /// Of so many keys, none of which `tree` has.
    #[must_use]
    pub fn none(tree: Tree, keys: usize) -> Self {
        Self { tree, leaves: Vec::new(), pending: Vec::new(), places: vec![Place::Nowhere; keys] }
    }

    /// Takes over the leaves and the places of what was found for some of the keys.
    pub(crate) fn take_over(&mut self, found: Self, places: impl IntoIterator<Item = usize>) {
        self.leaves = found.leaves;
        for (place, found) in places.into_iter().zip(found.places) {
            self.places[place] = found;
        }
    }

    /// The value of a key is `value`.
    pub(crate) fn set_pending(&mut self, place: usize, value: EntryValue) {
        self.places[place] = Place::Pending(count(self.pending.len()));
        self.pending.push(value);
    }

    /// The value of a key is value `index` of the leaf that is added next.
    pub(crate) fn set_in_next_leaf(&mut self, place: usize, index: usize) {
        self.places[place] = Place::Leaf { leaf: count(self.leaves.len()), index: count(index) };
    }

    pub(crate) fn add_leaf(&mut self, leaf: Arc<Node>) {
        self.leaves.push(leaf);
    }

    /// How many keys there were.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there was no key.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The values, out-of-line bytes unread.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<Value<'_>>> {
        self.places.iter().enumerate().map(|(number, place)| match *self.ahead(number, place) {
            Place::Nowhere => None,
            Place::Leaf { leaf, index } => Some(self.leaves[leaf as usize].value(index as usize)),
            Place::Pending(number) => Some(self.pending[number as usize].as_node_value()),
        })
    }

    /// The bytes of one of the values. Cost: as [`Tree::read`].
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn read<'value>(&self, value: Value<'value>) -> Result<Cow<'value, [u8]>> {
        self.tree.read_lent(value)
    }

    /// The bytes of all values. Cost: as [`Tree::read`] of each.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn to_vec(&self) -> Result<Vec<Option<Bytes>>> {
        let value = |(number, place): (usize, &Place)| match *self.ahead(number, place) {
            Place::Nowhere => None,
            Place::Leaf { leaf, index } => {
                Some(EntryValue::of_node(&self.leaves[leaf as usize], index as usize))
            }
            Place::Pending(number) => Some(self.pending[number as usize].clone()),
        };
        self.places
            .iter()
            .enumerate()
            .map(|place| value(place).map(|value| self.tree.bytes_of(value)).transpose())
            .collect()
    }

    /// Gives `place`, the one with this number, and asks memory for what those that come next need: keys are seldom in
    /// the order of the leaves, so that what was read to find them has left the processor's caches since.
    fn ahead<'place>(&self, number: usize, place: &'place Place) -> &'place Place {
        if let Some(Place::Leaf { leaf, .. }) = self.places.get(number + 2 * PREFETCHED) {
            prefetch(&*self.leaves[*leaf as usize]);
        }
        if let Some(Place::Leaf { leaf, index }) = self.places.get(number + PREFETCHED) {
            self.leaves[*leaf as usize].prefetch_value(*index as usize);
        }
        place
    }
}

/// A number that memory bounds.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
