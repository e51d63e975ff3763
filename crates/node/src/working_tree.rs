//! A tree that is written to, shared between calls.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use prolly_storage::{Parameters, VALUE_MAX};
use prolly_tree::{Direction, Entry, KeyRange, MutableTree, Tree};
use prolly_versioning::USER_KEY_MAX;

use crate::cursor::Records;
use crate::fault::{Fault, Result};
use crate::page::Record;
use crate::slot::Slot;
use crate::source::{Load, Shape, Source};

/// A tree with pending writes. Writes are counted, so that work done aside can tell whether it is still current.
pub(crate) struct WorkingTree {
    state: Mutex<State>,
}

struct State {
    tree: MutableTree,
    writes: u64,
}

impl WorkingTree {
    pub(crate) fn new(tree: Tree) -> Self {
        Self { state: Mutex::new(State { tree: MutableTree::new(tree), writes: 0 }) }
    }

    pub(crate) fn parameters(&self) -> Parameters {
        *self.state.lock().tree.tree().parameters()
    }

    /// The tree as it is now, pending writes applied. Others read and write meanwhile; the returned number tells
    /// whether they did.
    pub(crate) fn snapshot(&self) -> Result<(Tree, u64)> {
        let (tree, writes) = {
            let state = self.state.lock();
            (state.tree.clone(), state.writes)
        };
        let applied = if tree.is_pending() { tree.applied()? } else { tree.tree().clone() };
        drop(tree);
        let mut state = self.state.lock();
        if state.writes == writes {
            state.tree.replace(applied.clone());
        }
        Ok((applied, writes))
    }

    /// Goes on with `tree`, which was made from the snapshot of this number.
    pub(crate) fn replace(&self, tree: Tree, writes: u64) -> Result<()> {
        let mut state = self.state.lock();
        if state.writes != writes {
            return Err(Fault::conflict("the tree was written to during the merge: merge again"));
        }
        state.tree.replace(tree);
        state.writes += 1;
        Ok(())
    }

    fn read<T>(&self, work: impl FnOnce(&MutableTree) -> prolly_tree::Result<T>) -> Result<T> {
        Ok(work(&self.state.lock().tree)?)
    }

    fn write<T>(&self, work: impl FnOnce(&mut MutableTree) -> prolly_tree::Result<T>) -> Result<T> {
        let mut state = self.state.lock();
        state.writes += 1;
        Ok(work(&mut state.tree)?)
    }
}

impl Source for Slot<Arc<WorkingTree>> {
    fn what(&self) -> &'static str {
        self.what()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        self.with(|tree| tree.read(|tree| tree.get(key)))
    }

    fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Bytes>>> {
        self.with(|tree| tree.read(|tree| tree.get_many(keys)))
    }

    fn contains(&self, key: &[u8]) -> Result<bool> {
        self.with(|tree| tree.read(|tree| tree.contains(key)))
    }

    fn count(&self, range: &KeyRange) -> Result<u64> {
        self.with(|tree| tree.read(|tree| tree.count(range)))
    }

    fn records(&self, range: KeyRange, direction: Direction, shape: Shape) -> Result<Records> {
        self.with(|tree| {
            let (entries, tree) =
                tree.read(|tree| Ok((tree.entries(range, direction), tree.tree().clone())))?;
            Ok(records(entries, tree, shape))
        })
    }

    fn put(&self, key: Bytes, value: Bytes) -> Result<()> {
        check_lengths(&key, &value)?;
        self.with(|tree| tree.write(|tree| tree.put(key, value)))
    }

    fn update(&self, key: Bytes, value: Bytes) -> Result<bool> {
        check_lengths(&key, &value)?;
        self.with(|tree| {
            tree.write(|tree| {
                let found = tree.contains(&key)?;
                if found {
                    tree.put(key, value)?;
                }
                Ok(found)
            })
        })
    }

    fn delete(&self, key: &[u8]) -> Result<bool> {
        self.with(|tree| {
            tree.write(|tree| {
                let found = tree.contains(key)?;
                if found {
                    tree.delete(Bytes::copy_from_slice(key))?;
                }
                Ok(found)
            })
        })
    }

    fn put_many(&self, entries: Vec<(Bytes, Bytes)>) -> Result<()> {
        check_all(&entries)?;
        self.with(|tree| tree.write(|tree| tree.put_many(&entries)))
    }

    fn update_many(&self, entries: Vec<(Bytes, Bytes)>) -> Result<Vec<bool>> {
        check_all(&entries)?;
        self.with(|tree| {
            tree.write(|tree| {
                let found: Vec<bool> =
                    entries.iter().map(|(key, _)| tree.contains(key)).collect::<prolly_tree::Result<_>>()?;
                let entries = entries.into_iter().zip(&found).filter(|(_, found)| **found);
                tree.put_many(&entries.map(|(entry, _)| entry).collect::<Vec<_>>())?;
                Ok(found)
            })
        })
    }

    fn delete_many(&self, keys: Vec<Bytes>) -> Result<()> {
        self.with(|tree| tree.write(|tree| keys.into_iter().try_for_each(|key| tree.delete(key))))
    }

    fn delete_range(&self, range: &KeyRange) -> Result<u64> {
        self.with(|tree| {
            tree.write(|tree| {
                let count = tree.count(range)?;
                tree.delete_range(range.clone())?;
                Ok(count)
            })
        })
    }

    fn loader(self: Arc<Self>, refuse_duplicates: bool, replace: bool) -> Result<Box<dyn Load>> {
        Ok(Box::new(TreeLoad { target: self, refuse_duplicates, replace, entries: Vec::new() }))
    }
}

/// Entries on their way to a tree, in memory.
struct TreeLoad {
    target: Arc<Slot<Arc<WorkingTree>>>,
    refuse_duplicates: bool,
    replace: bool,
    entries: Vec<(Bytes, Bytes)>,
}

impl Load for TreeLoad {
    fn push(&mut self, key: Bytes, value: Bytes) -> Result<()> {
        check_lengths(&key, &value)?;
        self.entries.push((key, value));
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(u64, u64)> {
        let pushed = self.entries.len() as u64;
        let mut entries = self.entries;
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        if self.refuse_duplicates
            && let Some(pair) =
                entries.windows(2).find(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1)
        {
            return Err(Fault::duplicate(&pair[0].0));
        }
        let keys = entries.chunk_by(|one, other| one.0 == other.0).count() as u64;
        self.target.with(|tree| {
            tree.write(|tree| {
                if self.replace {
                    tree.delete_range(KeyRange::all())?;
                }
                tree.put_many(&entries)
            })
        })?;
        Ok((pushed, keys))
    }
}

/// A tree that nobody writes to.
impl Source for Slot<Tree> {
    fn what(&self) -> &'static str {
        self.what()
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
}

/// Entries as records. The values that live out of line are read from `tree`.
fn records(
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

/// Refuses what is too long before anything is written. Keys have the limit that they have in a versioned store.
fn check_lengths(key: &Bytes, value: &Bytes) -> Result<()> {
    for (what, bytes, max) in [("key", key, USER_KEY_MAX), ("value", value, VALUE_MAX)] {
        if bytes.len() > max {
            let message = format!("a {what} of {} bytes is too long: at most {max} are allowed", bytes.len());
            return Err(Fault::invalid(what, message));
        }
    }
    Ok(())
}

fn check_all(entries: &[(Bytes, Bytes)]) -> Result<()> {
    entries.iter().try_for_each(|(key, value)| check_lengths(key, value))
}
