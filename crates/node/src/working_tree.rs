//! A tree that is written to, shared between calls.

use bytes::Bytes;
use parking_lot::Mutex;
use prolly_storage::Parameters;
use prolly_tree::{EntryValue, MutableTree, SortedEntries, Tree, TreeBuilder};

use crate::custom::CustomStorage;
use crate::fault::{Fault, Result};

/// A tree with pending writes. Writes are counted, so that work done aside can tell whether it is still current.
pub(crate) struct WorkingTree {
    state: Mutex<State>,
    /// Nodes come from the event loop, which may be waiting for the state: it is not held while they are read.
    is_custom: bool,
}

struct State {
    tree: MutableTree,
    writes: u64,
}

impl WorkingTree {
    pub(crate) fn new(tree: Tree) -> Self {
        let is_custom = CustomStorage::below(tree.store()).is_some();
        // What is pending over such a storage is applied aside, and never in the middle of a write.
        let limit = if is_custom { usize::MAX } else { MutableTree::DEFAULT_LIMIT };
        let tree = MutableTree::with_limit(tree, limit);
        Self { state: Mutex::new(State { tree, writes: 0 }), is_custom }
    }

    pub(crate) fn parameters(&self) -> Parameters {
        *self.state.lock().tree.tree().parameters()
    }

    /// The tree as it is now, pending writes applied. Others read and write meanwhile; the returned number tells
    /// whether they did.
    pub(crate) fn snapshot(&self) -> Result<(Tree, u64)> {
        let (tree, writes) = self.copy();
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
        if self.replace_unless_written(tree, writes) {
            return Ok(());
        }
        Err(Fault::conflict("the tree was written to during the merge: merge again"))
    }

    /// Goes on with `tree`, unless there was a write since the number was given.
    pub(crate) fn replace_unless_written(&self, tree: Tree, writes: u64) -> bool {
        let mut state = self.state.lock();
        let is_current = state.writes == writes;
        if is_current {
            state.tree.replace(tree);
            state.writes += 1;
        }
        is_current
    }

    /// The tree as it is now, pending writes beside it.
    pub(crate) fn copy(&self) -> (MutableTree, u64) {
        let state = self.state.lock();
        (state.tree.clone(), state.writes)
    }

    /// Works on a copy with no lock held, and makes it the tree; begins again when another write came first. Costs a copy
    /// of what is pending.
    pub(crate) fn edit<T>(&self, work: impl Fn(&mut MutableTree) -> prolly_tree::Result<T>) -> Result<T> {
        let answer = loop {
            let (mut tree, writes) = self.copy();
            let answer = work(&mut tree)?;
            let mut state = self.state.lock();
            if state.writes == writes {
                *state = State { tree, writes: writes + 1 };
                break answer;
            }
        };
        self.apply_if_large()?;
        Ok(answer)
    }

    /// Begins a tree in the same store, of the same shape, and says whether it could take the place of this one, which has
    /// no entries then; the number is as of [`WorkingTree::snapshot`].
    pub(crate) fn begin_another(&self) -> Result<(TreeBuilder, bool, u64)> {
        let (tree, writes) = self.copy();
        let is_empty = !tree.is_pending() && tree.tree().is_empty();
        let builder = TreeBuilder::new(tree.tree().store().clone(), *tree.tree().parameters())?;
        Ok((builder, is_empty, writes))
    }

    /// Creates or replaces many keys, and gives how many there were. Values that live out of line are written before the
    /// tree is held.
    pub(crate) fn put_many(&self, entries: Vec<(Bytes, Bytes)>) -> Result<u64> {
        if !self.is_custom {
            return self.write(|tree| tree.put_many(&entries));
        }
        let tree = self.copy().0.tree().clone();
        let value = |(key, value)| Ok((key, tree.value_of(value)?));
        let keys = SortedEntries::new(&entries).count() as u64;
        let entries = entries.into_iter().map(value).collect::<prolly_tree::Result<Vec<_>>>()?;
        self.write(|tree| entries.into_iter().try_for_each(|(key, value)| tree.put_value(key, value)))?;
        self.apply_if_large()?;
        Ok(keys)
    }

    /// Creates or replaces a key. The value was made for this tree.
    pub(crate) fn put_value(&self, key: Bytes, value: EntryValue) -> Result<()> {
        self.write(|tree| tree.put_value(key, value))?;
        self.apply_if_large()
    }

    fn apply_if_large(&self) -> Result<()> {
        let is_large = self.state.lock().tree.pending_bytes() > MutableTree::DEFAULT_LIMIT;
        if is_large { self.snapshot().map(drop) } else { Ok(()) }
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&MutableTree) -> prolly_tree::Result<T>) -> Result<T> {
        Ok(work(&self.state.lock().tree)?)
    }

    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&mut MutableTree) -> prolly_tree::Result<T>,
    ) -> Result<T> {
        let mut state = self.state.lock();
        state.writes += 1;
        Ok(work(&mut state.tree)?)
    }
}
