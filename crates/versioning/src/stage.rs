//! Staging changes: into the journal, and past a size into a checkpoint.

use prolly_storage::git::{NewCommit, Oid, Signature, StoreLock, Time};
use prolly_tree::Tree;

use crate::changes::Change;
use crate::fault::{self, Point};
use crate::journal::{Operation, Record};
use crate::keyspace::KeyspaceId;
use crate::shared::{Appending, STAGED_BY, Shared};
use crate::view::{Entries, Position, View};
use crate::{Durability, Error, Result};

/// Bytes of a long batch that are applied in one pass.
const APPLIED_AT_ONCE: usize = 256 << 20;

impl Shared {
    /// Stages what `change` makes of the working state: into the journal, then into view.
    pub(crate) fn stage<T>(&self, change: impl FnOnce(&Entries) -> Result<Change<T>>) -> Result<T> {
        let mut appending = self.appending_settled()?;
        let entries = self.view.read().working.clone();
        let (operations, answer) = change(&entries)?;
        let operations = entries.with_settled(operations)?;
        // Else the next write to the overlay would copy some of it.
        drop(entries);
        if operations.is_empty() {
            return Ok(answer);
        }
        let size: u64 = operations.iter().map(|operation| operation.size() as u64).sum();
        if size > self.options.checkpoint_bytes {
            drop(appending);
            self.exclusively(|store| self.checkpoint(store, operations))?;
            return Ok(answer);
        }
        let sync = self.options.durability == Durability::Full;
        let record = Record::Batch(operations);
        self.append(&mut appending, &record, sync)?;
        let Record::Batch(operations) = record else { return Ok(answer) };
        if let Err(error) = self.publish(operations) {
            // It is staged, and will be seen when the journal is read again.
            appending.writer.journal = None;
            return Err(error);
        }
        let end = appending.writer.journal.as_ref().map_or(0, |journal| journal.end());
        drop(appending);
        if end > self.options.checkpoint_bytes {
            // When another thread is at something, its next write finds the journal long again.
            self.try_exclusively(|store| self.checkpoint(store, Vec::new()))?;
        }
        Ok(answer)
    }

    /// Takes the right to append, with a journal that starts from where HEAD is, and all of it read.
    fn appending_settled(&self) -> Result<Appending<'_>> {
        loop {
            let mut appending = self.appending()?;
            self.catch_up(&mut appending)?;
            if !appending.writer.unsettled {
                self.refuse_conflict(&self.view.read())?;
                return Ok(appending);
            }
            drop(appending);
            self.exclusively(|store| self.settle(store, &mut self.appending()?))?;
        }
    }

    /// Moves what is staged, with `operations` made to it, from the journal into a staged root. Others append to the
    /// journal meanwhile.
    pub(crate) fn checkpoint(&self, store: &StoreLock, operations: Vec<Operation>) -> Result<()> {
        let (mut working, position, offset) = {
            let mut appending = self.appending()?;
            self.settle(store, &mut appending)?;
            let end = appending.writer.journal.as_ref().map_or(0, |journal| journal.end());
            if operations.is_empty() && end <= self.options.checkpoint_bytes {
                return Ok(()); // Another process made it short meanwhile.
            }
            self.flush()?;
            let view = self.view();
            (view.working, Position::clone(&view.position), end)
        };
        let named: Vec<_> = operations.iter().filter_map(put_to).collect();
        // They are in memory already, and each pass over the tree costs more than holding them once more.
        working.take_all(operations, self.options.overlay_bytes.max(APPLIED_AT_ONCE))?;
        let catalogue = working.catalogue()?;
        if named.iter().any(|id| *id != KeyspaceId::DEFAULT && !catalogue.keyspaces.contains_key(id)) {
            // Its namespace was dropped between finding its id and now.
            return Err(Error::Moved { branch: position.name().to_owned(), operation: "write" });
        }
        working.tree.flush()?;
        self.restage(store, &position, working.tree.tree(), offset)
    }

    /// Makes `tree`, and over it what is in the journal from `offset` on, the staged state: writes it as a checkpoint
    /// and starts a journal from there. The journal starts from where HEAD is.
    pub(crate) fn restage(
        &self,
        store: &StoreLock,
        position: &Position,
        tree: &Tree,
        offset: u64,
    ) -> Result<()> {
        let (checkpoint, stored) = self.write_checkpoint(store, position.commit, None, tree)?;
        fault::reach(Point::CheckpointWritten)?;
        let mut appending = self.appending()?;
        self.catch_up(&mut appending)?;
        let batches = match &mut appending.writer.journal {
            Some(journal) => journal.batches_from(offset)?,
            None => Vec::new(),
        };
        self.start_journal(store, &mut appending, position, Some(checkpoint), batches.clone())?;
        let mut working = Entries::new(stored);
        working.take_all(batches.into_iter().flatten(), self.options.overlay_bytes)?;
        let base = self.view.read().base.clone();
        *self.view.write() = View { position: position.clone().into(), base, working, conflict: None };
        Ok(())
    }

    /// Writes `tree` as a commit under `refs/prolly/staged/`. It follows the checkpoint before it, which the journal may
    /// still start from, or the commit that the changes are made to, and keeps the commit `also`.
    pub(crate) fn write_checkpoint(
        &self,
        store: &StoreLock,
        base: Option<Oid>,
        also: Option<Oid>,
        tree: &Tree,
    ) -> Result<(Oid, Tree)> {
        let name = self.staged_ref();
        let before = self.repository().ref_target(&name)?;
        self.write_kept(store, &name, before.or(base).into_iter().chain(also).collect(), tree)
    }

    /// Writes `tree` as a commit that the ref `name` keeps.
    pub(crate) fn write_kept(
        &self,
        store: &StoreLock,
        name: &str,
        parents: Vec<Oid>,
        tree: &Tree,
    ) -> Result<(Oid, Tree)> {
        let before = self.repository().ref_target(name)?;
        let signature = Signature { name: "prollytree".into(), email: STAGED_BY.into(), time: Time::now() };
        let commit = NewCommit {
            parents,
            author: signature.clone(),
            committer: signature,
            message: format!("Staged changes of the worktree {}", self.worktree),
        };
        let (written, stored) = self.backend.write(store, tree, &commit)?;
        let id = written.commit;
        self.repository().update_ref(store, name, before, Some(id), "checkpoint")?;
        drop(written);
        Ok((id, stored))
    }
}

/// The keyspace that a put is made to, unless it is the catalogue.
fn put_to(operation: &Operation) -> Option<KeyspaceId> {
    match operation {
        Operation::Put { key, .. } => KeyspaceId::of_stored(key).filter(|id| *id != KeyspaceId::CATALOGUE),
        Operation::Delete { .. } | Operation::DeleteRange(_) => None,
    }
}
