//! A merge under way, from its first conflict to its commit.

use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::git::{Oid, StoreLock};
use prolly_storage::{Listener, StageProgress, unheard};
use prolly_tree::{Conflict, EntryValue, Merge, Resolution, Tree};

use super::base::is_disagreement;
use super::{Decision, MergeConflict, MergeOutcome, Plan, RowMerge, Strategy};
use crate::commit::summary;
use crate::keyspace::user_key;
use crate::shared::Shared;
use crate::view::Position;
use crate::{Author, CommitOptions, Error, Result};

/// Conflicts that an error lists.
pub(super) const LISTED: usize = 1000;
/// Conflicts settled at once when they settle themselves.
const PAGE: usize = 1000;

/// A merge, revert or cherry-pick under way. It holds no lock, and nothing changes before [`MergeSession::finish`]; dropping
/// it aborts the merge.
pub struct MergeSession {
    pub(super) shared: Arc<Shared>,
    pub(super) strategy: Option<Strategy>,
    pub(super) dry_run: bool,
    /// Where HEAD was when it began.
    pub(super) position: Position,
    pub(super) step: Step,
    pub(super) ending: Ending,
    pub(super) listener: OwnListener,
}

pub(super) type OwnListener = Box<dyn FnMut(&StageProgress) -> ControlFlow<()> + Send>;

pub(super) enum Step {
    UpToDate,
    FastForward(Oid),
    ByKey(Box<ByKey>),
}

/// What is committed in the end.
pub(super) struct Ending {
    /// The verb.
    pub(super) operation: &'static str,
    /// What a merge joins: its second parent, and how the caller named it.
    pub(super) source: Option<(Oid, String)>,
    pub(super) message: String,
    pub(super) author: Option<Author>,
    pub(super) committer: Option<Author>,
}

pub(super) struct ByKey {
    plan: Plan,
    merge: Merge,
    /// Where values are read.
    left: Tree,
    /// The conflicts of the last page.
    page: Vec<Waiting>,
    settled: u64,
}

/// A conflict of a page.
enum Waiting {
    /// A row that could be joined: it settles itself.
    Joined(Resolution),
    /// The key waits for a decision.
    For(Bytes),
}

impl MergeSession {
    pub(super) fn new(shared: &Arc<Shared>, position: Position, step: Step, ending: Ending) -> Self {
        let (shared, listener) = (Arc::clone(shared), Box::new(unheard));
        Self { shared, strategy: None, dry_run: false, position, step, ending, listener }
    }

    /// Has the session tell how far it is from now on: how many keys were merged one by one, and then that it commits. The listener
    /// can end what is under way until then, which is [`Cancelled`](prolly_storage::Error::Cancelled).
    #[must_use]
    pub fn telling(
        mut self,
        listener: impl FnMut(&StageProgress) -> ControlFlow<()> + Send + 'static,
    ) -> Self {
        self.listener = Box::new(listener);
        self
    }

    pub(super) fn take_listener(&mut self) -> OwnListener {
        std::mem::replace(&mut self.listener, Box::new(unheard))
    }

    /// The next conflicts, at most `limit`, in key order; none when there are no more. The last page must be resolved
    /// first. With a strategy there are none.
    ///
    /// # Errors
    /// When nodes cannot be loaded, or the last page is not resolved.
    pub fn next_conflicts(&mut self, limit: usize) -> Result<Vec<MergeConflict>> {
        let mut listener = self.take_listener();
        let page = self.next_page(limit, &mut listener);
        self.listener = listener;
        page
    }

    fn next_page(&mut self, limit: usize, listener: &mut Listener<'_>) -> Result<Vec<MergeConflict>> {
        let Step::ByKey(by_key) = &mut self.step else { return Ok(Vec::new()) };
        let Some(strategy) = self.strategy else { return by_key.next_conflicts(limit, listener) };
        let resolution = match strategy {
            Strategy::TakeSource => Resolution::Right,
            Strategy::TakeDestination | Strategy::IgnoreAll => Resolution::Left,
        };
        loop {
            let page = by_key.next_page(PAGE, listener)?;
            if page.is_empty() {
                return Ok(Vec::new());
            }
            by_key.settle(vec![resolution.clone(); page.len()])?;
        }
    }

    /// Settles the conflicts of the last page, one decision for each and in their order.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for another number of decisions.
    pub fn resolve(&mut self, decisions: Vec<Decision>) -> Result<()> {
        let waiting = match &self.step {
            Step::ByKey(by_key) => by_key.waiting().count(),
            _ => 0,
        };
        if decisions.len() != waiting {
            let reason = format!("are {}, the last page has {waiting} conflicts", decisions.len());
            return Err(Error::invalid("the decisions", reason));
        }
        let Step::ByKey(by_key) = &mut self.step else { return Ok(()) };
        let mut resolutions = Vec::with_capacity(waiting);
        for (decision, key) in decisions.into_iter().zip(by_key.waiting()) {
            resolutions.push(match decision {
                Decision::TakeSource => Resolution::Right,
                Decision::TakeDestination => Resolution::Left,
                Decision::Delete => Resolution::Delete,
                Decision::Put(value) => {
                    crate::changes::check_value(&value)?;
                    by_key.plan.check_row(key, &value)?;
                    Resolution::Put(by_key.left.value_of(value)?)
                }
            });
        }
        by_key.settle(resolutions)
    }

    /// Commits the merge and moves the branch. Conflicts that were not asked for yet make it fail.
    ///
    /// # Errors
    /// [`Error::MergeConflict`](crate::Error::MergeConflict) lists unsettled conflicts;
    /// [`Error::Moved`](crate::Error::Moved) when the branch moved meanwhile;
    /// [`Error::StagedChanges`](crate::Error::StagedChanges) when something was staged meanwhile. Nothing has changed
    /// then.
    pub fn finish(mut self) -> Result<MergeOutcome> {
        let mut listener = self.take_listener();
        self.finish_telling(&mut listener)
    }

    pub(super) fn finish_telling(mut self, listener: &mut Listener<'_>) -> Result<MergeOutcome> {
        if let Step::ByKey(by_key) = &self.step
            && by_key.waiting().next().is_some()
        {
            return Err(Error::invalid("the last page of conflicts", "is not resolved"));
        }
        let conflicts = self.next_page(LISTED + 1, listener)?;
        if !conflicts.is_empty() {
            return Err(listed(Vec::new(), conflicts));
        }
        let Self { shared, dry_run, position, step, ending, .. } = self;
        let (tree, settled) = match step {
            Step::UpToDate => return Ok(MergeOutcome::UpToDate),
            Step::FastForward(commit) => {
                if !dry_run {
                    let reflog = format!("{}: Fast-forward", ending.named());
                    shared.exclusively(|store| {
                        shared.publish_merge(store, &position, commit, &ending, &reflog)
                    })?;
                }
                return Ok(MergeOutcome::FastForward { commit });
            }
            Step::ByKey(by_key) => {
                let settled = by_key.settled;
                (by_key.finish()?, settled)
            }
        };
        // A merge joins histories also when it changes nothing.
        if ending.source.is_none() && tree == shared.tree_of(position.commit)? {
            return Err(Error::NothingToCommit { head: position.name().to_owned() });
        }
        if dry_run {
            return Ok(MergeOutcome::Merged { commit: None, conflicts: settled });
        }
        StageProgress::of("committing", 0).tell(listener)?;
        let commit = shared.exclusively(|store| {
            // Again when it is published: this only saves writing nodes in vain.
            shared.refresh()?;
            shared.refuse_moved(&position, ending.operation)?;
            let source = ending.source.as_ref().map(|(source, _)| *source);
            let parents = position.commit.into_iter().chain(source).collect();
            let commit = shared.new_commit(&ending.commit_options(), parents)?;
            let (written, _) = shared.backend.write(store, &tree, &commit)?;
            shared.publish_merge(store, &position, written.commit, &ending, &ending.reflog())?;
            Ok(written.commit)
        })?;
        shared.tidy();
        Ok(MergeOutcome::Merged { commit: Some(commit), conflicts: settled })
    }
}

impl Ending {
    /// `merge feature`, `revert`.
    fn named(&self) -> String {
        match &self.source {
            Some((_, named)) => format!("{} {named}", self.operation),
            None => self.operation.to_owned(),
        }
    }

    /// What the reflog says of the commit.
    pub(super) fn reflog(&self) -> String {
        match &self.source {
            Some(_) => self.named(),
            None => format!("{}: {}", self.operation, summary(&self.message)),
        }
    }

    pub(super) fn commit_options(&self) -> CommitOptions {
        let Self { message, author, committer, .. } = self;
        let (author, committer) = (author.clone(), committer.clone());
        CommitOptions { message: message.clone(), author, committer, allow_empty: true }
    }
}

impl Step {
    /// Merges by key what changed from `base` to `destination` and to `source`.
    pub(super) fn by_key(
        base: &Tree,
        destination: &Tree,
        source: &Tree,
        strategy: Option<Strategy>,
    ) -> Result<Self> {
        let left = destination.with_store(destination.store().staged().holding_as(source.store()));
        let mut plan = Plan::new(base, &left, source, strategy, RowMerge::ByColumn)?;
        if !plan.broken.is_empty() {
            return Err(Error::BrokenRules { broken: std::mem::take(&mut plan.broken) });
        }
        let merge = plan.merge()?;
        let mut by_key = ByKey { plan, merge, left, page: Vec::new(), settled: 0 };
        if !by_key.plan.conflicts.is_empty() {
            let keys = by_key.next_conflicts(LISTED + 1, &mut unheard)?;
            return Err(listed(std::mem::take(&mut by_key.plan.conflicts), keys));
        }
        Ok(Self::ByKey(Box::new(by_key)))
    }
}

impl ByKey {
    /// Leaves all conflicts to the destination, and gives them.
    pub(super) fn set_aside(&mut self, listener: &mut Listener<'_>) -> Result<Vec<Conflict>> {
        let mut conflicts = Vec::new();
        loop {
            let page = self.next_page(PAGE, listener)?;
            if page.is_empty() {
                return Ok(conflicts);
            }
            self.settle(vec![Resolution::Left; page.len()])?;
            conflicts.extend(page);
        }
    }

    /// The merged tree.
    pub(super) fn finish(self) -> Result<Tree> {
        self.plan.finish(self.merge.finish()?)
    }

    fn next_conflicts(&mut self, limit: usize, listener: &mut Listener<'_>) -> Result<Vec<MergeConflict>> {
        let conflicts = self.next_page(limit, listener)?;
        let read = |value: Option<EntryValue>| value.map(|value| self.left.read(&value)).transpose();
        let mut page = Vec::with_capacity(conflicts.len());
        for conflict in conflicts {
            page.push(MergeConflict {
                kind: self.plan.kind(&conflict.key),
                namespace: self.plan.namespace(&conflict.key),
                key: user_key(&conflict.key),
                base: read(conflict.base)?,
                destination: read(conflict.left)?,
                source: read(conflict.right)?,
            });
        }
        Ok(page)
    }

    /// The next conflicts that do not settle themselves.
    fn next_page(&mut self, limit: usize, listener: &mut Listener<'_>) -> Result<Vec<Conflict>> {
        loop {
            let found = self.merge.next_conflicts_telling(limit, listener)?;
            let at_end = found.is_empty();
            let mut conflicts = Vec::new();
            for conflict in found {
                match self.plan.join_rows(&conflict)? {
                    Some(joined) => self.page.push(Waiting::Joined(joined)),
                    None => {
                        self.page.push(Waiting::For(conflict.key.clone()));
                        let base = conflict.base.filter(|value| !is_disagreement(value));
                        conflicts.push(Conflict { base, ..conflict });
                    }
                }
            }
            if at_end || !conflicts.is_empty() {
                return Ok(conflicts);
            }
            self.settle(Vec::new())?;
        }
    }

    /// The keys of the last page that wait for a decision.
    fn waiting(&self) -> impl Iterator<Item = &Bytes> {
        self.page.iter().filter_map(|waiting| match waiting {
            Waiting::For(key) => Some(key),
            Waiting::Joined(_) => None,
        })
    }

    /// Settles the last page: one resolution for each key that waits.
    fn settle(&mut self, resolutions: Vec<Resolution>) -> Result<()> {
        self.settled += resolutions.len() as u64;
        let mut resolutions = resolutions.into_iter();
        let page = std::mem::take(&mut self.page).into_iter();
        let settled = page.filter_map(|waiting| match waiting {
            Waiting::Joined(joined) => Some(joined),
            Waiting::For(_) => resolutions.next(),
        });
        Ok(self.merge.resolve(settled.collect())?)
    }
}

impl Shared {
    /// That HEAD is where a merge began, with nothing staged.
    pub(super) fn refuse_moved(&self, position: &Position, operation: &'static str) -> Result<()> {
        let view = self.view();
        if *view.position != *position {
            return Err(Error::Moved { branch: position.name().to_owned(), operation });
        }
        view.refuse_staged(operation)
    }

    /// Moves HEAD's branch from `position` to a merge's commit.
    fn publish_merge(
        &self,
        store: &StoreLock,
        position: &Position,
        commit: Oid,
        ending: &Ending,
        reflog: &str,
    ) -> Result<()> {
        let mut appending = self.appending()?;
        self.settle(store, &mut appending)?;
        self.refuse_moved(position, ending.operation)?;
        self.move_head(store, position, commit, reflog)?;
        self.start_clean(store, &mut appending, Position { commit: Some(commit), ..position.clone() })
    }
}

pub(super) fn listed(keyspaces: Vec<super::KeyspaceConflict>, mut conflicts: Vec<MergeConflict>) -> Error {
    let more = conflicts.len() > LISTED;
    conflicts.truncate(LISTED);
    Error::MergeConflict { keyspaces, conflicts, more }
}
