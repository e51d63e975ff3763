//! The keys of a tree that is written to, on the event loop and beside it.

use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::VALUE_MAX;
use prolly_tree::{Direction, EntryValue, FoundValues, KeyRange, MutableTree, ValueWriter};
use prolly_versioning::USER_KEY_MAX;

use crate::fault::{Fault, Result};
use crate::records::Records;
use crate::slot::Slot;
use crate::source::{Load, Shape, Source, Values};
use crate::tree_load::TreeLoad;
use crate::tree_source::{records, values};
use crate::working_tree::WorkingTree;

impl Source for Slot<Arc<WorkingTree>> {
    fn what(&self) -> &'static str {
        self.what()
    }

    fn aside(self: Arc<Self>) -> Result<Arc<dyn Source>> {
        Ok(Arc::new(Aside(self.get()?)))
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        self.with(|tree| tree.read(|tree| tree.get(key)))
    }

    fn find_many(&self, keys: &[Bytes]) -> Result<FoundValues> {
        self.with(|tree| tree.read(|tree| tree.find_many(keys)))
    }

    fn contains(&self, key: &[u8]) -> Result<bool> {
        self.with(|tree| tree.read(|tree| tree.contains(key)))
    }

    fn count(&self, range: &KeyRange) -> Result<u64> {
        self.with(|tree| tree.read(|tree| tree.count(range)))
    }

    fn records(&self, range: KeyRange, direction: Direction, shape: Shape) -> Result<Box<dyn Records>> {
        self.with(|tree| tree.read(|tree| Ok(records(tree, range, direction, shape))))
    }

    fn values(&self) -> Result<Values> {
        self.with(|tree| Ok(values(tree.copy().0)))
    }

    fn put(&self, key: Bytes, value: Bytes) -> Result<()> {
        check_lengths(&key, &value)?;
        self.with(|tree| tree.write(|tree| tree.put(key, value)))
    }

    fn update(&self, key: Bytes, value: Bytes) -> Result<bool> {
        check_lengths(&key, &value)?;
        self.with(|tree| tree.write(|tree| update(tree, key, value)))
    }

    fn delete(&self, key: &[u8]) -> Result<bool> {
        self.with(|tree| tree.write(|tree| delete(tree, key)))
    }

    fn put_many(&self, entries: Vec<(Bytes, Bytes)>) -> Result<()> {
        check_all(&entries)?;
        self.with(|tree| tree.write(|tree| tree.put_many(&entries).map(drop)))
    }

    fn update_many(&self, entries: Vec<(Bytes, Bytes)>) -> Result<Vec<bool>> {
        check_all(&entries)?;
        self.with(|tree| tree.write(|tree| update_many(tree, entries)))
    }

    fn delete_many(&self, keys: Vec<Bytes>) -> Result<()> {
        self.with(|tree| tree.write(|tree| delete_many(tree, keys)))
    }

    fn delete_range(&self, range: &KeyRange) -> Result<u64> {
        self.with(|tree| tree.write(|tree| delete_range(tree, range)))
    }

    fn value_writer(&self) -> Result<ValueWriter> {
        self.with(|tree| Ok(tree.copy().0.tree().value_writer()))
    }

    fn loader(self: Arc<Self>, refuse_duplicates: bool, replace: bool) -> Result<Box<dyn Load>> {
        Ok(Box::new(TreeLoad::new(self, refuse_duplicates, replace)))
    }
}

/// A tree that is worked with on other threads than the event loop's. Nodes are read and written with no lock held.
struct Aside(Arc<WorkingTree>);

impl Source for Aside {
    fn what(&self) -> &'static str {
        "tree"
    }

    fn aside(self: Arc<Self>) -> Result<Arc<dyn Source>> {
        Ok(self)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        Ok(self.0.copy().0.get(key)?)
    }

    fn find_many(&self, keys: &[Bytes]) -> Result<FoundValues> {
        Ok(self.0.copy().0.find_many(keys)?)
    }

    fn contains(&self, key: &[u8]) -> Result<bool> {
        Ok(self.0.copy().0.contains(key)?)
    }

    fn count(&self, range: &KeyRange) -> Result<u64> {
        Ok(self.0.copy().0.count(range)?)
    }

    fn records(&self, range: KeyRange, direction: Direction, shape: Shape) -> Result<Box<dyn Records>> {
        Ok(records(&self.0.copy().0, range, direction, shape))
    }

    fn values(&self) -> Result<Values> {
        Ok(values(self.0.copy().0))
    }

    fn put(&self, key: Bytes, value: Bytes) -> Result<()> {
        self.put_many(vec![(key, value)])
    }

    fn update(&self, key: Bytes, value: Bytes) -> Result<bool> {
        check_lengths(&key, &value)?;
        self.0.edit(|tree| update(tree, key.clone(), value.clone()))
    }

    fn delete(&self, key: &[u8]) -> Result<bool> {
        self.0.edit(|tree| delete(tree, key))
    }

    fn put_many(&self, entries: Vec<(Bytes, Bytes)>) -> Result<()> {
        check_all(&entries)?;
        self.0.put_many(entries).map(drop)
    }

    fn update_many(&self, entries: Vec<(Bytes, Bytes)>) -> Result<Vec<bool>> {
        check_all(&entries)?;
        self.0.edit(|tree| update_many(tree, entries.clone()))
    }

    fn delete_many(&self, keys: Vec<Bytes>) -> Result<()> {
        self.0.edit(|tree| delete_many(tree, keys.clone()))
    }

    fn delete_range(&self, range: &KeyRange) -> Result<u64> {
        self.0.edit(|tree| delete_range(tree, range))
    }

    fn put_value(&self, key: Bytes, value: EntryValue) -> Result<()> {
        self.0.put_value(key, value)
    }
}

fn update(tree: &mut MutableTree, key: Bytes, value: Bytes) -> prolly_tree::Result<bool> {
    let found = tree.contains(&key)?;
    if found {
        tree.put(key, value)?;
    }
    Ok(found)
}

fn delete(tree: &mut MutableTree, key: &[u8]) -> prolly_tree::Result<bool> {
    let found = tree.contains(key)?;
    if found {
        tree.delete(Bytes::copy_from_slice(key))?;
    }
    Ok(found)
}

fn update_many(tree: &mut MutableTree, entries: Vec<(Bytes, Bytes)>) -> prolly_tree::Result<Vec<bool>> {
    let found: Vec<bool> =
        entries.iter().map(|(key, _)| tree.contains(key)).collect::<prolly_tree::Result<_>>()?;
    let entries = entries.into_iter().zip(&found).filter(|(_, found)| **found);
    tree.put_many(&entries.map(|(entry, _)| entry).collect::<Vec<_>>())?;
    Ok(found)
}

fn delete_many(tree: &mut MutableTree, keys: Vec<Bytes>) -> prolly_tree::Result<()> {
    keys.into_iter().try_for_each(|key| tree.delete(key))
}

fn delete_range(tree: &mut MutableTree, range: &KeyRange) -> prolly_tree::Result<u64> {
    let count = tree.count(range)?;
    tree.delete_range(range.clone())?;
    Ok(count)
}

/// Refuses what is too long before anything is written. Keys have the limit that they have in a versioned store.
pub(crate) fn check_lengths(key: &[u8], value: &[u8]) -> Result<()> {
    check_length("key", key, USER_KEY_MAX)?;
    check_length("value", value, VALUE_MAX)
}

pub(crate) fn check_key(key: &Bytes) -> Result<()> {
    check_length("key", key, USER_KEY_MAX)
}

fn check_length(what: &str, bytes: &[u8], max: usize) -> Result<()> {
    if bytes.len() > max {
        let message = format!("a {what} of {} bytes is too long: at most {max} are allowed", bytes.len());
        return Err(Fault::invalid(what, message));
    }
    Ok(())
}

fn check_all(entries: &[(Bytes, Bytes)]) -> Result<()> {
    entries.iter().try_for_each(|(key, value)| check_lengths(key, value))
}
