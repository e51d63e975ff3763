//! The keys of a tree that nobody writes to.

use std::sync::Arc;

use bytes::Bytes;
use prolly_tree::{Direction, FoundValues, KeyRange, MutableTree, Tree};

use crate::fault::Result;
use crate::records::{LentEntries, Records};
use crate::slot::Slot;
use crate::source::{Shape, Source, Values};

/// A tree that nobody writes to.
impl Source for Slot<Tree> {
    fn what(&self) -> &'static str {
        self.what()
    }

    fn aside(self: Arc<Self>) -> Result<Arc<dyn Source>> {
        Ok(Arc::new(self.get()?))
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        self.with(|tree| Ok(tree.get(key)?))
    }

    fn find_many(&self, keys: &[Bytes]) -> Result<FoundValues> {
        self.with(|tree| Ok(tree.find_many(keys)?))
    }

    fn contains(&self, key: &[u8]) -> Result<bool> {
        self.with(|tree| Ok(tree.contains(key)?))
    }

    fn count(&self, range: &KeyRange) -> Result<u64> {
        self.with(|tree| Ok(tree.count(range)?))
    }

    fn records(&self, range: KeyRange, direction: Direction, shape: Shape) -> Result<Box<dyn Records>> {
        self.with(|tree| Source::records(tree, range, direction, shape))
    }

    fn values(&self) -> Result<Values> {
        self.with(Source::values)
    }
}

impl Source for Tree {
    fn what(&self) -> &'static str {
        "snapshot"
    }

    fn aside(self: Arc<Self>) -> Result<Arc<dyn Source>> {
        Ok(self)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        Ok(self.get(key)?)
    }

    fn find_many(&self, keys: &[Bytes]) -> Result<FoundValues> {
        Ok(self.find_many(keys)?)
    }

    fn contains(&self, key: &[u8]) -> Result<bool> {
        Ok(self.contains(key)?)
    }

    fn count(&self, range: &KeyRange) -> Result<u64> {
        Ok(self.count(range)?)
    }

    fn records(&self, range: KeyRange, direction: Direction, shape: Shape) -> Result<Box<dyn Records>> {
        Ok(records(&MutableTree::new(self.clone()), range, direction, shape))
    }

    fn values(&self) -> Result<Values> {
        Ok(values(MutableTree::new(self.clone())))
    }
}

/// The entries of a tree as records.
pub(crate) fn records(
    tree: &MutableTree,
    range: KeyRange,
    direction: Direction,
    shape: Shape,
) -> Box<dyn Records> {
    LentEntries::boxed(tree.entries(range, direction), tree.tree().clone(), shape)
}

/// The values of a tree, to be read piece by piece.
pub(crate) fn values(tree: MutableTree) -> Values {
    Box::new(move |key| Ok(tree.get_entry(key)?.map(|value| tree.tree().value_reader(value))))
}
