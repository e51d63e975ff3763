//! Bringing a handle up to date with the repository and the journal.

use prolly_storage::git::{COMPANIONS, Oid, StoreLock};
use prolly_tree::Tree;

use crate::journal::{Header, Journal, Operation, Record, State, WorktreeLock};
use crate::rebase::{Carried, Equal, carry_over};
use crate::shared::{Appending, Shared, Writer};
use crate::view::{Entries, Position, View};
use crate::{Changes, Error, Result};

/// Times that a reader looks again when HEAD moved while it looked.
const LOOKS: usize = 8;

/// What was found at a look: the view, the journal it comes from, and whether a new journal is due.
struct Loaded {
    view: View,
    journal: Option<Journal>,
    unsettled: bool,
    /// How far a published commit took the journal's records.
    taken: u64,
}

impl Shared {
    /// Looks at HEAD and the journal anew. Takes no lock of other processes, unless the journal seems to be damaged.
    pub(crate) fn reopen(&self) -> Result<()> {
        let mut writer = self.reading();
        for _ in 0..LOOKS {
            let loaded = match self.load(None) {
                // A record that is being appended can look so.
                Err(Error::Corruption { .. }) => break,
                answer => answer?,
            };
            let same_journal = match &loaded.journal {
                Some(journal) => journal.state()? != State::Replaced,
                None => Journal::open(&self.folder)?.is_none(),
            };
            if same_journal && self.position()? == *loaded.view.position {
                self.install(&mut writer, loaded);
                return Ok(());
            }
        }
        let lock = self.lock_file()?.lock()?;
        let loaded = self.load(Some(&lock))?;
        drop(lock);
        self.install(&mut writer, loaded);
        Ok(())
    }

    /// As [`Shared::reopen`], at little cost when nothing happened.
    pub(crate) fn refresh(&self) -> Result<()> {
        if self.is_current()? { Ok(()) } else { self.reopen() }
    }

    fn is_current(&self) -> Result<bool> {
        let writer = self.reading();
        let journal = match &writer.journal {
            Some(journal) => journal.state()? == State::Unchanged,
            None => Journal::open(&self.folder)?.is_none(),
        };
        Ok(journal && self.position()? == *self.view.read().position)
    }

    /// Reads what other processes appended, and looks at HEAD anew only when they replaced the journal.
    pub(crate) fn catch_up(&self, appending: &mut Appending<'_>) -> Result<()> {
        let caught_up = self.try_catch_up(appending);
        if caught_up.is_err() {
            // What was read may not be in the view: read all of it next time.
            appending.writer.journal = None;
            appending.writer.unsettled = true;
        }
        caught_up
    }

    fn try_catch_up(&self, appending: &mut Appending<'_>) -> Result<()> {
        let state = match &appending.writer.journal {
            Some(journal) => journal.state()?,
            None => State::Replaced,
        };
        match (state, &mut appending.writer.journal) {
            (State::Unchanged, _) => Ok(()),
            (State::Grown, Some(journal)) if self.view.read().conflict.is_none() => {
                let replay = journal.replay(Some(&appending.lock))?;
                self.publish(replay.batches.into_iter().flat_map(|(_, operations)| operations).collect())
            }
            _ => self.reload(appending),
        }
    }

    /// Looks at HEAD and the journal anew, under the worktree's lock.
    pub(crate) fn reload(&self, appending: &mut Appending<'_>) -> Result<()> {
        let loaded = self.load(Some(&appending.lock))?;
        self.install(&mut appending.writer, loaded);
        Ok(())
    }

    fn install(&self, writer: &mut Writer, loaded: Loaded) {
        writer.journal = loaded.journal;
        writer.unsettled = loaded.unsettled;
        writer.taken = loaded.taken;
        *self.view.write() = loaded.view;
    }

    /// Where HEAD is now.
    pub(crate) fn position(&self) -> Result<Position> {
        Ok(self.repository().head()?.into())
    }

    /// The tree of a commit, or the one without entries.
    pub(crate) fn tree_of(&self, commit: Option<Oid>) -> Result<Tree> {
        match commit {
            Some(commit) => self.backend.tree(commit),
            None => self.backend.empty(self.parameters),
        }
    }

    fn load(&self, lock: Option<&WorktreeLock<'_>>) -> Result<Loaded> {
        let position = self.position()?;
        let Some(mut journal) = Journal::open(&self.folder)? else {
            self.refuse_lost_branch(&position, None)?;
            let view = View::clean(position.clone(), self.tree_of(position.commit)?);
            return Ok(Loaded { view, journal: None, unsettled: true, taken: 0 });
        };
        let replay = journal.replay(lock)?;
        self.refuse_lost_branch(&position, Some(journal.header()))?;
        let Header { branch, mut base, mut checkpoint, .. } = journal.header().clone();
        let mut taken = 0;
        for (commit, offset) in replay.intents.into_iter().rev() {
            if self.landed(branch.as_deref(), commit)? {
                (base, checkpoint, taken) = (Some(commit), None, offset);
                break;
            }
        }
        if !replay.ahead {
            self.refuse_ref_of_before(&position, branch.as_deref(), base)?;
        }
        let batches: Vec<_> = replay.batches.into_iter().filter(|(begins, _)| *begins >= taken).collect();
        let settled = taken == 0 && branch == position.branch && base == position.commit;
        let loaded = |view| Loaded { view, journal: Some(journal), unsettled: !settled, taken };
        if batches.is_empty() && checkpoint.is_none() {
            return Ok(loaded(View::clean(position.clone(), self.tree_of(position.commit)?)));
        }
        let base_tree = self.tree_of(base)?;
        let start =
            checkpoint.map_or_else(|| Ok(base_tree.clone()), |checkpoint| self.backend.tree(checkpoint))?;
        let mut working = Entries::new(start);
        let operations = batches.into_iter().flat_map(|(_, operations)| operations);
        working.take_all(operations, self.options.overlay_bytes)?;
        let same_commit = base == position.commit;
        let mut view = View { position: position.clone().into(), base: base_tree, working, conflict: None };
        if !same_commit {
            let onto = self.tree_of(position.commit)?;
            match carry_over(&view.base, &onto, &view.working, Equal::Agrees)? {
                Carried::Over(tree) => {
                    view.base = onto;
                    view.working.tree.replace(tree);
                }
                Carried::Conflict { keys, more } => view.conflict = Some((keys, more).into()),
            }
        }
        Ok(loaded(view))
    }

    /// Whether a commit that was about to be published got onto the branch (`None`: a detached HEAD): whether the branch
    /// reaches it now, or held it once. Where HEAD is says nothing: others may have moved on.
    fn landed(&self, branch: Option<&str>, commit: Oid) -> Result<bool> {
        let repository = self.repository();
        let name = branch.map_or_else(|| "HEAD".to_owned(), |branch| format!("refs/heads/{branch}"));
        let tip = repository.ref_target(&name)?;
        if let Some(tip) = tip
            && repository.commit(commit).is_ok()
            && repository.is_ancestor(commit, tip)?
        {
            return Ok(true);
        }
        // A reflog is written before its ref is moved, so an entry counts only if what came next began there.
        let mut next = tip;
        for entry in repository.reflog(&name)? {
            if entry.new == commit && next == Some(commit) {
                return Ok(true);
            }
            next = Some(entry.old);
        }
        Ok(false)
    }

    /// HEAD on a branch that is not there is an empty store only when nothing says that there was one.
    fn refuse_lost_branch(&self, position: &Position, journal: Option<&Header>) -> Result<()> {
        let (Some(branch), None) = (&position.branch, position.commit) else { return Ok(()) };
        if journal.is_some_and(|journal| journal.base.is_none() && journal.branch.as_ref() == Some(branch)) {
            return Ok(());
        }
        let repository = self.repository();
        let mut last_known = journal.and_then(|journal| journal.base);
        let mut known = last_known.is_some();
        for name in [format!("refs/heads/{branch}"), "HEAD".to_owned()] {
            let newest = repository.reflog(&name)?.into_iter().next();
            known |= newest.is_some();
            last_known = last_known.or(newest.map(|entry| entry.new).filter(|id| *id != Oid::ZERO));
        }
        // What was fetched says nothing about what was here.
        let fetched = |name: &str| name.starts_with("refs/remotes/") || name.starts_with(COMPANIONS);
        known |= repository.refs("refs/")?.iter().any(|(name, _)| !fetched(name));
        if known { Err(Error::BranchMissing { branch: branch.clone(), last_known }) } else { Ok(()) }
    }

    /// A ref whose file is lost, while an older state of it is among the packed ones, would show an older store. The journal began
    /// where the branch was, and whoever moved the branch since has noted that in its reflog.
    fn refuse_ref_of_before(
        &self,
        position: &Position,
        branch: Option<&str>,
        base: Option<Oid>,
    ) -> Result<()> {
        let (Some(branch), Some(base), Some(found)) = (branch, base, position.commit) else { return Ok(()) };
        if position.branch.as_deref() != Some(branch) || base == found {
            return Ok(());
        }
        let name = format!("refs/heads/{branch}");
        match self.repository().last_move(&name)? {
            Some((old, new)) if new == base && old != new && old != Oid::ZERO => Err(Error::Corruption {
                subject: format!("the branch {branch}"),
                reason: format!(
                    "it is at {found}, while nothing has moved it away from {base}; move it back with \
                     `git update-ref {name} {base}`"
                ),
            }),
            _ => Ok(()),
        }
    }

    /// Makes changes that are in the journal visible.
    pub(crate) fn publish(&self, operations: Vec<Operation>) -> Result<()> {
        let at_once = operations.len() <= 1024
            && !operations.iter().any(|operation| matches!(operation, Operation::DeleteRange(_)));
        if !at_once {
            // On a copy, so that readers do not wait.
            let mut working = self.view.read().working.clone();
            working.take_all(operations, self.options.overlay_bytes)?;
            self.view.write().working = working;
            return Ok(());
        }
        let tree = self.view.read().working.tree.tree().clone();
        let mut changes = Vec::with_capacity(operations.len());
        for operation in operations {
            changes.push(match operation {
                // Long values go to nodes of their own, which takes a while.
                Operation::Put { key, value } => (key, Some(tree.value_of(value)?)),
                Operation::Delete { key } => (key, None),
                Operation::DeleteRange(_) => continue,
            });
        }
        let mut view = self.view.write();
        for (key, value) in changes {
            match value {
                Some(value) => view.working.put(key, value)?,
                None => view.working.take(Operation::Delete { key })?,
            }
        }
        let full = view.working.tree.pending_bytes() > self.options.overlay_bytes;
        drop(view);
        if full { self.flush() } else { Ok(()) }
    }

    /// Applies what is pending to the tree. The caller holds the writer, so nothing is added meanwhile.
    pub(crate) fn flush(&self) -> Result<()> {
        let working = self.view.read().working.tree.clone();
        if working.is_pending() {
            let tree = working.applied()?;
            self.view.write().working.tree.replace(tree);
        }
        Ok(())
    }

    /// Applies what is pending when it takes more than `limit` bytes, unless a writer is at it.
    pub(crate) fn flush_when_over(&self, limit: usize) -> Result<()> {
        if self.view.read().working.tree.pending_bytes() <= limit {
            return Ok(());
        }
        match self.try_reading() {
            Some(_writer) => self.flush(),
            None => Ok(()),
        }
    }

    /// The tree of the working state.
    pub(crate) fn applied(&self) -> Result<Tree> {
        self.flush_when_over(0)?;
        let working = self.view.read().working.tree.clone();
        Ok(working.applied()?)
    }

    /// The error of a view whose staged changes do not fit the branch.
    pub(crate) fn refuse_conflict(&self, view: &View) -> Result<()> {
        let Some(conflict) = &view.conflict else { return Ok(()) };
        let branch = view.position.name().to_owned();
        Err(Error::Conflict { changes: Changes::Staged, branch, keys: conflict.0.clone(), more: conflict.1 })
    }

    /// Looks at HEAD and the journal anew, unless neither was moved since, and starts a new journal where one is due: from here on it
    /// starts from where HEAD is.
    ///
    /// # Errors
    /// [`Error::Conflict`] when what is staged does not fit the branch.
    pub(crate) fn settle(&self, store: &StoreLock, appending: &mut Appending<'_>) -> Result<()> {
        if self.is_settled(&appending.writer)? {
            return Ok(());
        }
        self.reload(appending)?;
        let view = self.view();
        self.refuse_conflict(&view)?;
        if !appending.writer.unsettled {
            return Ok(());
        }
        let position = Position::clone(&view.position);
        let (mut batches, mut checkpoint) = (Vec::new(), None);
        let taken = appending.writer.taken;
        if let Some(journal) = &mut appending.writer.journal {
            checkpoint = journal.header().checkpoint.filter(|_| taken == 0);
            if checkpoint.is_some() && journal.header().base != position.commit {
                // The checkpoint was made from another commit.
                let tree = view.working.tree.applied()?;
                return self.replace_staged(store, appending, &position, None, &tree);
            }
            batches = journal.batches_from(taken)?;
        }
        self.start_journal(store, appending, &position, checkpoint, batches)
    }

    /// Whether what is in view is all of the journal, which starts from where HEAD is.
    fn is_settled(&self, Writer { journal, unsettled, .. }: &Writer) -> Result<bool> {
        let Some(journal) = journal.as_ref().filter(|_| !unsettled) else { return Ok(false) };
        if journal.state()? != State::Unchanged {
            return Ok(false);
        }
        let position = self.position()?;
        let view = self.view.read();
        Ok(view.conflict.is_none() && *view.position == position)
    }

    /// Starts a journal whose staged changes are those of `tree`, as a checkpoint, and shows them. The checkpoint keeps the
    /// commit `also`.
    pub(crate) fn replace_staged(
        &self,
        store: &StoreLock,
        appending: &mut Appending<'_>,
        position: &Position,
        also: Option<Oid>,
        tree: &Tree,
    ) -> Result<()> {
        let stored = self.write_checkpoint(store, position.commit, also, tree)?;
        self.start_journal(store, appending, position, Some(stored.0), Vec::new())?;
        let base = self.tree_of(position.commit)?;
        let working = Entries::new(stored.1);
        *self.view.write() = View { position: position.clone().into(), base, working, conflict: None };
        Ok(())
    }

    /// Starts a journal in place of the one that is there.
    pub(crate) fn start_journal(
        &self,
        store: &StoreLock,
        appending: &mut Appending<'_>,
        position: &Position,
        checkpoint: Option<Oid>,
        batches: Vec<Vec<Operation>>,
    ) -> Result<()> {
        let Position { branch, commit } = position.clone();
        let header = Header { salt: 0, branch, base: commit, checkpoint };
        let ahead = self.position()? != *position;
        let records =
            ahead.then_some(Record::Ahead).into_iter().chain(batches.into_iter().map(Record::Batch));
        let journal = Journal::start(&appending.lock, &self.folder, header, records.collect(), self.syncs());
        appending.writer.journal = Some(journal.map_err(|error| self.poison(error))?);
        appending.writer.unsettled = false;
        appending.writer.taken = 0;
        if checkpoint.is_some() {
            return Ok(());
        }
        let dropped = self.drop_checkpoint(store);
        if dropped.is_err() {
            // What is in view is of the journal before: all is read anew next time.
            appending.writer.journal = None;
            appending.writer.unsettled = true;
        }
        dropped
    }

    fn drop_checkpoint(&self, store: &StoreLock) -> Result<()> {
        let name = self.staged_ref();
        match self.repository().ref_target(&name)? {
            Some(found) => Ok(self.repository().update_ref(store, &name, Some(found), None, "")?),
            None => Ok(()),
        }
    }

    /// Appends a record, synced if asked to.
    pub(crate) fn append(&self, appending: &mut Appending<'_>, record: &Record, sync: bool) -> Result<()> {
        let Appending { lock, writer } = appending;
        let Some(journal) = &mut writer.journal else {
            return Err(Error::Poisoned { reason: "the journal is not open".into() });
        };
        let appended =
            journal.append(lock, record).and_then(|_| if sync { journal.sync(lock) } else { Ok(()) });
        appended.map_err(|error| self.poison(error))
    }

    /// Makes what this handle appended durable, as far as the durability promises it.
    pub(crate) fn sync(&self) -> Result<()> {
        let unsynced = |writer: &Writer| writer.journal.as_ref().is_some_and(Journal::is_unsynced);
        if !self.syncs() || !unsynced(&self.reading()) {
            return Ok(());
        }
        let mut appending = self.appending()?;
        // Whoever replaced the journal took what was in it, and synced that.
        let state = appending.writer.journal.as_ref().map(Journal::state).transpose()?;
        if matches!(state, None | Some(State::Replaced)) {
            return Ok(());
        }
        self.catch_up(&mut appending)?;
        let Appending { lock, writer } = &mut appending;
        let synced = writer.journal.as_mut().map_or(Ok(()), |journal| journal.sync(lock));
        synced.map_err(|error| self.poison(error))
    }
}
