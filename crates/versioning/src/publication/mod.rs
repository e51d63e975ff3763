//! Transactions on their way to the branch, together where they arrive together.
//!
//! Whoever comes to the store's lock publishes all that wait for it, a commit each: one pack, and one move of the branch. So many
//! writers share the syncs of one.

mod queue;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use parking_lot::Mutex;
use prolly_storage::git::{Oid, StoreLock};
use prolly_tree::Tree;

pub(crate) use self::queue::Queue;
use crate::commit::summary;
use crate::rebase::{Carried, Equal, carry_over, find_conflict};
use crate::shared::{Appending, Shared};
use crate::view::{Entries, Position};
use crate::{Changes, CommitOptions, Error, Result};

/// Bytes of pending writes past which a transaction is published alone: the commits of a group are in memory until they are
/// written.
const GROUPED_BYTES: usize = 1 << 20;
/// So many are published together: each is merged with those before it.
const GROUP_MAX: usize = 64;

/// A transaction that waits to be published.
pub(crate) struct Publication {
    /// Where HEAD was when it began.
    began: Position,
    base: Tree,
    changes: Entries,
    options: CommitOptions,
    is_small: bool,
    answer: Mutex<Option<Result<Oid>>>,
}

impl Publication {
    pub(crate) fn new(began: Position, base: Tree, changes: Entries, options: CommitOptions) -> Arc<Self> {
        // What was applied to the tree already took more than an overlay.
        let is_small = changes.tree.pending_bytes() <= GROUPED_BYTES && *changes.tree.tree() == base;
        Arc::new(Self { began, base, changes, options, is_small, answer: Mutex::default() })
    }

    fn is_answered(&self) -> bool {
        self.answer.lock().is_some()
    }

    fn answer(&self, answer: Result<Oid>) {
        *self.answer.lock() = Some(answer);
    }
}

/// A commit that was made of a publication.
struct Made {
    tree: Tree,
    commit: Oid,
}

impl Shared {
    /// Publishes a transaction, and with it those that wait.
    pub(crate) fn publish_transaction(&self, publication: Arc<Publication>) -> Result<Oid> {
        let published = self.publications.join(&publication).map_or(Ok(()), |turn| {
            let published = self.exclusively(|store| {
                while let Some(group) = turn.next_group(&publication) {
                    self.publish_group(store, &group);
                    turn.tell();
                }
                Ok(())
            });
            turn.leave(&publication);
            published
        });
        match publication.answer.lock().take() {
            Some(answer) => answer,
            // Another thread panicked over it.
            None => published.and(Err(Error::Poisoned { reason: "publishing was cut short".into() })),
        }
    }

    /// Publishes a group; where that fails, one by one, so that each gets its own answer.
    fn publish_group(&self, store: &StoreLock, group: &[Arc<Publication>]) {
        match (self.try_publish(store, group).map_err(|error| self.poison_for(error)), group) {
            (Ok(true), _) => {}
            (Err(error), [one]) => one.answer(Err(error)),
            _ => group.iter().for_each(|one| self.publish_group(store, std::slice::from_ref(one))),
        }
    }

    /// Publishes a group and answers each of it; `false` when something was staged meanwhile that one of several is in conflict
    /// with: nothing has changed then.
    fn try_publish(&self, store: &StoreLock, group: &[Arc<Publication>]) -> Result<bool> {
        let Some(first) = group.first() else { return Ok(true) };
        let began = &first.began;
        {
            let mut appending = self.appending()?;
            // A store without commits is told from a broken one by its journal.
            if group.iter().any(|one| one.began.commit.is_none()) {
                self.settle(store, &mut appending)?;
            } else {
                self.reload(&mut appending)?;
            }
        }
        let tip = Position { commit: self.tip(began)?, ..began.clone() };
        let mut onto = self.tree_of(tip.commit)?;
        let (mut last, mut batch) = (tip.clone(), self.backend.batch());
        let mut answers: Vec<Result<Made>> = Vec::with_capacity(group.len());
        for one in group {
            if last.commit.is_none() && one.began.commit.is_some() {
                answers.push(Err(crate::branch::no_branch(began.name())));
                continue;
            }
            let made = self.carry(one, &tip, &last, &onto, &batch).and_then(|(tree, parents)| {
                let commit = self.new_commit(&one.options, parents)?;
                let commit = self.backend.add(&mut batch, &tree, &commit)?;
                Ok(Made { tree, commit })
            });
            if made.as_ref().is_err_and(Error::is_failed_write) {
                return made.map(|_| false);
            }
            if let Ok(Made { tree, commit }) = &made {
                (onto, last.commit) = (tree.clone(), Some(*commit));
            }
            answers.push(made);
        }
        if answers.iter().any(Result::is_ok) {
            let written = self.backend.finish(store, batch)?;
            let mut appending = self.appending()?;
            self.catch_up(&mut appending)?;
            // Once more: something may have been staged meanwhile.
            if let Err(error) = self.refuse_conflict_with_staged(&tip, &onto) {
                if group.len() > 1 {
                    return Ok(false);
                }
                return Err(error);
            }
            let made: Vec<_> = group.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()).collect();
            let message = match &made[..] {
                [(one, _)] => format!("commit (transaction): {}", summary(&one.options.message)),
                several => format!("commit (transaction): {} commits", several.len()),
            };
            if let Some(commit) = last.commit {
                self.move_head(store, &tip, commit, &message)?;
            }
            drop(written);
            if self.show(store, &mut appending).is_err() {
                // They are published; whoever looks next finds out what is wrong.
                appending.writer.journal = None;
                appending.writer.unsettled = true;
            }
        }
        for (one, answer) in group.iter().zip(answers) {
            one.answer(answer.map(|made| made.commit));
        }
        Ok(true)
    }

    /// The tree of a transaction on top of `last`, and what its commit follows.
    fn carry(
        &self,
        one: &Publication,
        tip: &Position,
        last: &Position,
        onto: &Tree,
        batch: &crate::backend::Batch,
    ) -> Result<(Tree, Vec<Oid>)> {
        // What those before it made is in no commit yet: it is read from where this one reads its own.
        batch.lend(one.changes.tree.tree().store());
        let tree = match carry_over(&one.base, onto, &one.changes, Equal::Conflicts)? {
            Carried::Over(tree) => tree,
            Carried::Conflict { keys, more } => {
                let (changes, branch) = (Changes::Transaction, last.name().to_owned());
                return Err(Error::Conflict { changes, branch, keys, more });
            }
        };
        if tree == *onto && !one.options.allow_empty {
            return Err(Error::NothingToCommit { head: last.name().to_owned() });
        }
        self.refuse_conflict_with_staged(tip, &tree)?;
        Ok((tree, last.commit.into_iter().collect()))
    }

    /// Where the branch is now that transactions began on.
    fn tip(&self, began: &Position) -> Result<Option<Oid>> {
        match &began.branch {
            Some(branch) => Ok(self.repository().ref_target(&format!("refs/heads/{branch}"))?),
            None => match self.position()? {
                Position { branch: None, commit } => Ok(commit),
                Position { .. } => Err(Error::Moved { branch: "HEAD".into(), operation: "transaction" }),
            },
        }
    }

    /// That no key that `tree` changed is staged in this worktree, when both are for one branch.
    fn refuse_conflict_with_staged(&self, tip: &Position, tree: &Tree) -> Result<()> {
        let view = self.view();
        if view.position.branch != tip.branch {
            return Ok(());
        }
        self.refuse_conflict(&view)?;
        match find_conflict(&view.base, tree, &view.working)? {
            None => Ok(()),
            Some((keys, more)) => {
                let (changes, branch) = (Changes::TransactionAndStaged, tip.name().to_owned());
                Err(Error::Conflict { changes, branch, keys, more })
            }
        }
    }

    /// Brings the handle up to date; what is staged goes on from the new commit.
    fn show(&self, store: &StoreLock, appending: &mut Appending<'_>) -> Result<()> {
        self.reload(appending)?;
        let staged = self.view().is_staged()?;
        if staged { self.settle(store, appending) } else { Ok(()) }
    }
}
