//! What is pending over a tree: writes in key order.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::ops::Bound;

use bytes::Bytes;
use imbl::OrdMap;

use crate::{Direction, Edit, EntryValue, KeyRange};

/// What is pending for a key: a value, or `None` for a deletion.
pub(crate) type Pending = Option<EntryValue>;

type Layer = OrdMap<Bytes, Pending>;

/// Writes by key, in two layers. A clone costs O(1), and the next write to either copies O(log n) of what they share. A fork costs O(1)
/// too, and writes to it copy nothing: they go to a layer of their own.
#[derive(Clone, Default)]
pub(crate) struct Overlay {
    /// What this was forked from. Nothing is written to it.
    below: Layer,
    above: Layer,
}

impl Overlay {
    /// The same writes, with what is added kept apart. Cost: O(1), and for the fork of a fork the merge of its layers.
    pub(crate) fn fork(&self) -> Self {
        let below = match (self.below.is_empty(), self.above.is_empty()) {
            (true, _) => self.above.clone(),
            (_, true) => self.below.clone(),
            // Of equal keys that of the first one stays.
            (false, false) => self.above.clone().union(self.below.clone()),
        };
        Self { below, above: Layer::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.below.is_empty() && self.above.is_empty()
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<&Pending> {
        self.above.get(key).or_else(|| self.below.get(key))
    }

    /// What was added for a key since the fork.
    pub(crate) fn added(&self, key: &[u8]) -> Option<&Pending> {
        self.above.get(key)
    }

    /// Adds a write, and gives the one that was added for its key before.
    pub(crate) fn insert(&mut self, key: Bytes, pending: Pending) -> Option<Pending> {
        self.above.insert(key, pending)
    }

    /// Takes back what was added for a key.
    pub(crate) fn remove(&mut self, key: &[u8]) -> Option<Pending> {
        self.above.remove(key)
    }

    /// Whether both are clones of one. `false` says nothing.
    pub(crate) fn ptr_eq(&self, other: &Self) -> bool {
        self.below.ptr_eq(&other.below) && self.above.ptr_eq(&other.above)
    }

    /// The writes to keys of a range.
    pub(crate) fn range(&self, range: &KeyRange) -> impl Iterator<Item = (&Bytes, &Pending)> {
        let [below, above] = [&self.below, &self.above].map(|layer| within(layer, range).peekable());
        Layers { below, above }
    }

    /// The first write to a key of a range in this direction.
    pub(crate) fn first(&self, range: &KeyRange, direction: Direction) -> Option<(&Bytes, &Pending)> {
        let first = |layer| match direction {
            Direction::Forward => within(layer, range).next(),
            Direction::Backward => within(layer, range).next_back(),
        };
        match (first(&self.below), first(&self.above)) {
            (Some(below), Some(above)) => {
                let order = below.0.cmp(above.0);
                let is_below_first = match direction {
                    Direction::Forward => order == Ordering::Less,
                    Direction::Backward => order == Ordering::Greater,
                };
                Some(if is_below_first { below } else { above })
            }
            (below, above) => below.or(above),
        }
    }

    /// The writes, as edits of the tree.
    pub(crate) fn edits(&self) -> impl Iterator<Item = Edit> {
        let writes = Layers { below: self.below.iter().peekable(), above: self.above.iter().peekable() };
        writes.map(|(key, pending)| match pending {
            Some(value) => Edit::Put { key: key.clone(), value: value.clone() },
            None => Edit::Delete { key: key.clone() },
        })
    }
}

/// The writes of a layer in a range, with no panic for bounds that cross.
fn within<'layer>(
    layer: &'layer Layer,
    range: &KeyRange,
) -> impl DoubleEndedIterator<Item = (&'layer Bytes, &'layer Pending)> + use<'layer> {
    let bounds: Option<(Bound<Bytes>, Bound<Bytes>)> =
        (!range.is_empty()).then(|| (range.lower.clone(), range.upper.clone()));
    bounds.map(|bounds| layer.range::<_, Bytes>(bounds)).into_iter().flatten()
}

/// Two layers side by side: of a key that both have the write of the upper one.
struct Layers<I: Iterator> {
    below: Peekable<I>,
    above: Peekable<I>,
}

impl<'layer, I: Iterator<Item = (&'layer Bytes, &'layer Pending)>> Iterator for Layers<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<Self::Item> {
        let order = match (self.below.peek(), self.above.peek()) {
            (Some((below, _)), Some((above, _))) => below.cmp(above),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        match order {
            Ordering::Less => self.below.next(),
            Ordering::Greater => self.above.next(),
            Ordering::Equal => {
                self.below.next();
                self.above.next()
            }
        }
    }
}
