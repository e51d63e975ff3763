//! Reading keyspaces by id, for layers that keep their own.

use std::sync::Arc;

use bytes::Bytes;
use prolly_tree::{Diff, Direction, EntryValue, FoundValues, KeyRange, Tree};

use crate::catalogue::Catalogue;
use crate::keyspace::user_key;
use crate::view::Entries;
use crate::{KeyspaceId, Result, Snapshot, StoreEntries};

/// The keyspaces of one state: of a commit, of the working state, or of a [`Draft`](crate::Draft). Cheap to clone, and a clone
/// stays as it is when the draft goes on.
#[derive(Clone)]
pub struct Keyspaces {
    pub(crate) entries: Entries,
}

impl Keyspaces {
    /// What keyspaces there are, apart from the default one and the catalogue itself. The same [`Arc`] as long as none comes, goes or
    /// changes its name or schema.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn catalogue(&self) -> Result<Arc<Catalogue>> {
        self.entries.catalogue()
    }

    /// The value of `key` in the keyspace `id`. Cost: O(depth) node loads at most.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn get(&self, id: KeyspaceId, key: &[u8]) -> Result<Option<Bytes>> {
        Ok(self.entries.tree.get(&id.stored(key))?)
    }

    /// The values of many keys, in the order asked, lent; cheaper than one by one.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn find_many<K: AsRef<[u8]>>(&self, id: KeyspaceId, keys: &[K]) -> Result<FoundValues> {
        let keys: Vec<_> = keys.iter().map(|key| id.stored(key.as_ref())).collect();
        Ok(self.entries.tree.find_many(&keys)?)
    }

    /// Whether `key` is there. Cost: O(depth) node loads at most.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn contains(&self, id: KeyspaceId, key: &[u8]) -> Result<bool> {
        Ok(self.entries.tree.contains(&id.stored(key))?)
    }

    /// How many keys are in `range`, exactly. Cost: O(depth) node loads, and as many for each key in it that is not applied to the
    /// tree yet.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn count(&self, id: KeyspaceId, range: &KeyRange) -> Result<u64> {
        if range.is_empty() {
            return Ok(0);
        }
        Ok(self.entries.tree.count(&id.within(range))?)
    }

    /// About how many keys are in `range`: those that are not applied to the tree yet count as new. Cost: O(depth) node loads.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn estimate(&self, id: KeyspaceId, range: &KeyRange) -> Result<u64> {
        if range.is_empty() {
            return Ok(0);
        }
        Ok(self.entries.tree.estimate(&id.within(range))?)
    }

    /// What differs in `range` between this state and a newer one, in key order, found as it is asked for. What both share is not
    /// read.
    ///
    /// # Errors
    /// When staged changes cannot be applied.
    pub fn changes_to(&self, newer: &Self, id: KeyspaceId, range: &KeyRange) -> Result<KeyspaceChanges> {
        let (older, newer) = (self.entries.tree.applied()?, newer.entries.tree.applied()?);
        let changes = (!range.is_empty()).then(|| older.diff(&newer, id.within(range)));
        Ok(KeyspaceChanges { older, newer, changes })
    }

    /// The entries of `range`, read as they are asked for.
    #[must_use]
    pub fn entries(&self, id: KeyspaceId, range: &KeyRange, direction: Direction) -> StoreEntries {
        self.entries.entries_of((!range.is_empty()).then_some(id), range, direction)
    }
}

/// What differs between two states of a keyspace.
pub struct KeyspaceChanges {
    older: Tree,
    newer: Tree,
    changes: Option<Diff>,
}

/// A key whose value differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyspaceChange {
    /// The key.
    pub key: Bytes,
    /// The value in the older state.
    pub old: Option<Bytes>,
    /// The value in the newer state.
    pub new: Option<Bytes>,
}

impl Iterator for KeyspaceChanges {
    type Item = Result<KeyspaceChange>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = |tree: &Tree, value: Option<EntryValue>| value.map(|value| tree.read(&value)).transpose();
        let change = self.changes.as_mut()?.next()?;
        let change = change.and_then(|change| {
            let (old, new) = (read(&self.older, change.old)?, read(&self.newer, change.new)?);
            Ok(KeyspaceChange { key: user_key(&change.key), old, new })
        });
        if change.is_err() {
            self.changes = None;
        }
        Some(change.map_err(Into::into))
    }
}

impl Snapshot {
    /// The keyspaces of this version.
    #[must_use]
    pub fn keyspaces(&self) -> Keyspaces {
        Keyspaces { entries: self.entries.clone() }
    }
}
