//! The keys of a tree that nobody writes to.

use std::sync::Arc;

use bytes::Bytes;
use prolly_tree::{Direction, Entry, KeyRange, MutableTree, Tree};

use crate::cursor::Records;
use crate::fault::Result;
use crate::page::Record;
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

    fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Bytes>>> {
        self.with(|tree| Ok(tree.get_many(keys)?))
    }

    fn contains(&self, key: &[u8]) -> Result<bool> {
        self.with(|tree| Ok(tree.contains(key)?))
    }

    fn count(&self, range: &KeyRange) -> Result<u64> {
        self.with(|tree| Ok(tree.count(range)?))
    }

    fn records(&self, range: KeyRange, direction: Direction, shape: Shape) -> Result<Records> {
        self.with(|tree| Ok(records(tree.entries(range, direction), tree.clone(), shape)))
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

    fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Bytes>>> {
        Ok(self.get_many(keys)?)
    }

    fn contains(&self, key: &[u8]) -> Result<bool> {
        Ok(self.contains(key)?)
    }

    fn count(&self, range: &KeyRange) -> Result<u64> {
        Ok(self.count(range)?)
    }

    fn records(&self, range: KeyRange, direction: Direction, shape: Shape) -> Result<Records> {
        Ok(records(self.entries(range, direction), self.clone(), shape))
    }

    fn values(&self) -> Result<Values> {
        Ok(values(MutableTree::new(self.clone())))
    }
}

/// Entries as records. The values that live out of line are read from `tree`.
pub(crate) fn records(
    entries: impl Iterator<Item = prolly_tree::Result<Entry>> + Send + 'static,
    tree: Tree,
    shape: Shape,
) -> Records {
    Box::new(entries.map(move |entry| {
        let Entry { key, value } = entry?;
        Ok(match shape {
            Shape::Keys => Record::new([Some(key)]),
            Shape::Values => Record::new([Some(tree.read(&value)?)]),
            Shape::Entries => Record::new([Some(key), Some(tree.read(&value)?)]),
        })
    }))
}

/// The values of a tree, to be read piece by piece.
pub(crate) fn values(tree: MutableTree) -> Values {
    Box::new(move |key| Ok(tree.get_entry(key)?.map(|value| tree.tree().value_reader(value))))
}
