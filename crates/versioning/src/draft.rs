//! Writes that are staged in one step, by keyspace, for layers that keep their own.

use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::git::StoreLock;
use prolly_tree::KeyRange;

use crate::catalogue::{Catalogue, Keyspace};
use crate::changes::check_value;
use crate::journal::Operation;
use crate::rebase::{Carried, Equal, carry_over};
use crate::shared::Shared;
use crate::undo::UndoLog;
use crate::view::{Entries, Position, View};
use crate::{Changes, Error, KeyspaceId, KeyspaceKind, Keyspaces, Result, VersionedStore};

/// Private writes over the working state of the moment it began, staged in one step or dropped. Nobody else sees them before, and
/// it sees nothing of what others stage or commit meanwhile. It holds no lock.
pub struct Draft {
    shared: Arc<Shared>,
    /// Where HEAD was when it began.
    position: Arc<Position>,
    base: Entries,
    now: Keyspaces,
    /// Whether `now` has a store of its own, so that what is dropped with the draft is not kept.
    is_apart: bool,
    undo: UndoLog,
    /// What was done, in order; `None` once that is so much that the tree is staged instead.
    log: Option<Log>,
}

/// Changes that fit into the journal.
#[derive(Default)]
struct Log {
    operations: Vec<Operation>,
    size: u64,
}

/// A state of a [`Draft`] to go back to.
pub struct Savepoint {
    mark: usize,
    /// Length and size of the log.
    log: Option<(usize, u64)>,
}

impl Draft {
    /// What it reads: the state it began with and its own writes.
    #[must_use]
    pub const fn keyspaces(&self) -> &Keyspaces {
        &self.now
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.log.as_ref().is_some_and(|log| log.operations.is_empty())
    }

    /// Creates or replaces a key.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] over the limits of keys and values, and when a node cannot be loaded or written.
    pub fn put(&mut self, id: KeyspaceId, key: &[u8], value: Bytes) -> Result<()> {
        check_value(&value)?;
        self.take(Operation::Put { key: id.checked(key)?, value })
    }

    /// Deletes a key; one that is not there is no fault.
    ///
    /// # Errors
    /// As [`Draft::put`].
    pub fn delete(&mut self, id: KeyspaceId, key: &[u8]) -> Result<()> {
        self.take(Operation::Delete { key: id.checked(key)? })
    }

    /// Deletes all keys of a range. Cost: O(depth), and what is not applied to the tree yet is applied.
    ///
    /// # Errors
    /// As [`Draft::put`].
    pub fn delete_range(&mut self, id: KeyspaceId, range: &KeyRange) -> Result<()> {
        if range.is_empty() { Ok(()) } else { self.take(Operation::DeleteRange(id.within(range))) }
    }

    /// Makes a keyspace, and gives its id: the same on every branch that makes it as the first of its kind, owner and name.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when its owner has one of this kind and name, and as [`Draft::put`].
    pub fn create(&mut self, keyspace: &Keyspace) -> Result<KeyspaceId> {
        let catalogue = self.now.catalogue()?;
        let Keyspace { kind, owner, name, .. } = keyspace;
        if catalogue.find(*kind, *owner, name).is_some() {
            return Err(Error::AlreadyExists { what: kind.name(), name: name.to_string() });
        }
        let id = catalogue.new_id(*kind, *owner, name)?;
        self.take(Operation::Put { key: Catalogue::key(id), value: keyspace.encode() })?;
        Ok(id)
    }

    /// Gives a keyspace another name or schema. Its entries stay where they are.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id, [`Error::AlreadyExists`] when another one has the name, and as
    /// [`Draft::put`].
    pub fn describe(&mut self, id: KeyspaceId, keyspace: &Keyspace) -> Result<()> {
        let catalogue = self.now.catalogue()?;
        let Keyspace { kind, owner, name, .. } = keyspace;
        if catalogue.get(id).is_none() {
            return Err(missing(*kind, name));
        }
        if catalogue.find(*kind, *owner, name).is_some_and(|found| found != id) {
            return Err(Error::AlreadyExists { what: kind.name(), name: name.to_string() });
        }
        self.take(Operation::Put { key: Catalogue::key(id), value: keyspace.encode() })
    }

    /// Removes a keyspace with its entries, and those it owns. Cost: O(depth) each.
    ///
    /// # Errors
    /// As [`Draft::put`].
    pub fn remove(&mut self, id: KeyspaceId) -> Result<()> {
        let catalogue = self.now.catalogue()?;
        let owned = catalogue.iter().filter(|(_, keyspace)| keyspace.owner == id).map(|(id, _)| id);
        for id in owned.chain([id]).collect::<Vec<_>>() {
            self.take(Operation::Delete { key: Catalogue::key(id) })?;
            self.take(Operation::DeleteRange(id.range()))?;
        }
        Ok(())
    }

    /// The state of now. Cost: O(1), and a step for each write until it is released.
    #[must_use]
    pub fn savepoint(&mut self) -> Savepoint {
        let log = self.log.as_ref().map(|log| (log.operations.len(), log.size));
        Savepoint { mark: self.undo.mark(), log }
    }

    /// Undoes what was written since `savepoint`, which this draft gave and which stays; nothing when it was released. Later ones are
    /// released. Cost: a step for each write.
    pub fn go_back_to(&mut self, savepoint: &Savepoint) {
        let went = self.undo.go_back_to(savepoint.mark, &mut self.now.entries);
        if went && let (Some(log), Some((length, size))) = (&mut self.log, savepoint.log) {
            log.operations.truncate(length);
            log.size = size;
        }
    }

    /// Forgets `savepoint` and later ones. What was written stays.
    pub fn release(&mut self, savepoint: Savepoint) {
        self.undo.release(savepoint.mark);
    }

    /// Stages what was written: all of it or nothing. What others staged or committed meanwhile stays.
    ///
    /// # Errors
    /// [`Error::Conflict`] when a key was changed by others too, whatever to, or a deleted range got keys: begin again;
    /// [`Error::Moved`] when another branch was checked out; and as [`VersionedStore::put`].
    pub fn stage(self) -> Result<()> {
        let Self { shared, position, base, now: Keyspaces { entries }, log, .. } = self;
        match log {
            Some(log) if log.operations.is_empty() => Ok(()),
            Some(log) => shared.stage(|working| {
                // What this draft holds of the working state would be copied by the next write to it.
                let (base, entries) = (base, entries);
                let view = shared.view();
                shared.carry_draft(&view, &position, &base, working, &entries)?;
                Ok((log.operations, ()))
            }),
            None => shared.exclusively(|store| shared.stage_tree(store, &position, &base, &entries)),
        }
    }

    fn take(&mut self, operation: Operation) -> Result<()> {
        let entries = &mut self.now.entries;
        if !self.is_apart {
            entries.tree = entries.tree.with_store(entries.tree.tree().store().staged());
            self.is_apart = true;
        }
        self.undo.note(entries, &operation);
        if let Some(log) = &mut self.log {
            log.size += operation.size() as u64;
            log.operations.push(operation.clone());
            if log.size > self.shared.options.checkpoint_bytes {
                self.log = None;
            }
        }
        entries.take(operation)?;
        // What the working state has pending counts there: what goes through the journal is made to it once more, and applied then.
        let own = entries.tree.pending_bytes().saturating_sub(self.base.tree.pending_bytes());
        if own > self.shared.options.overlay_bytes {
            self.undo.note_applied(entries);
            entries.tree.flush()?;
        }
        Ok(())
    }
}

impl VersionedStore {
    /// Begins a draft over the working state of now. Cost: O(1).
    ///
    /// # Errors
    /// [`Error::Conflict`] when what is staged does not fit the branch.
    pub fn draft(&self) -> Result<Draft> {
        let shared = &self.shared;
        let View { position, working, conflict, .. } = shared.view();
        if conflict.is_some() {
            shared.refuse_conflict(&shared.view())?;
        }
        let now = Keyspaces { entries: working.fork() };
        let (shared, log) = (Arc::clone(shared), Some(Log::default()));
        Ok(Draft { shared, position, base: working, now, is_apart: false, undo: UndoLog::default(), log })
    }
}

impl Shared {
    /// The tree of a draft over the working state of now; `None` when that is what the draft began with.
    fn carry_draft(
        &self,
        view: &View,
        began: &Position,
        base: &Entries,
        working: &Entries,
        draft: &Entries,
    ) -> Result<Option<prolly_tree::Tree>> {
        if working.tree.is_clone_of(&base.tree) {
            return Ok(None);
        }
        let branch = || began.name().to_owned();
        if view.position.branch != began.branch {
            return Err(Error::Moved { branch: branch(), operation: "transaction" });
        }
        match carry_over(&base.tree.applied()?, &working.tree.applied()?, draft, Equal::Conflicts)? {
            Carried::Over(tree) => Ok(Some(tree)),
            Carried::Conflict { keys, more } => {
                Err(Error::Conflict { changes: Changes::Transaction, branch: branch(), keys, more })
            }
        }
    }

    /// Makes the tree of a draft the staged state.
    fn stage_tree(&self, store: &StoreLock, began: &Position, base: &Entries, draft: &Entries) -> Result<()> {
        let (working, position, offset) = self.settled_entries(store)?;
        let carried = self.carry_draft(&self.view(), began, base, &working, draft)?;
        let tree = carried.map_or_else(|| draft.tree.applied(), Ok)?;
        self.restage(store, &position, &tree, offset)
    }
}

fn missing(kind: KeyspaceKind, name: &str) -> Error {
    Error::NotFound { what: kind.name(), name: name.to_owned(), hint: "it was removed meanwhile".into() }
}
