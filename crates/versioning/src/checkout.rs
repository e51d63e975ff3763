//! Moving HEAD.

use prolly_storage::git::{BranchKind, Oid, StoreLock};

use crate::branch::{branch_name, in_use};
use crate::fault::{self, Point};
use crate::shared::Shared;
use crate::view::Position;
use crate::{Error, Head, Result, VersionedStore};

/// How to check out.
#[derive(Clone, Debug, Default)]
pub struct CheckoutOptions {
    /// Drop staged changes instead of refusing.
    pub force: bool,
    /// Make this branch at the target first, and check it out.
    pub create: Option<String>,
    /// Leave HEAD on the commit itself, also when the target is a branch.
    pub detach: bool,
}

/// What becomes of the working state when the branch is reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResetMode {
    /// It stays; what differs from the new commit is staged.
    #[default]
    Soft,
    /// It becomes the new commit's; staged changes are dropped.
    Hard,
}

impl VersionedStore {
    /// Moves HEAD to a branch, or to the commit that any other revision names, detached. The name of a branch that only
    /// one remote has makes that branch here. Nothing is read but the commit: O(1).
    ///
    /// # Errors
    /// [`Error::StagedChanges`](crate::Error::StagedChanges) unless forced; [`Error::NotFound`](crate::Error::NotFound)
    /// for a misspelt target; [`Error::InUse`](crate::Error::InUse) for a branch checked out in another worktree.
    /// Nothing has changed then.
    pub fn checkout(&self, target: &str, options: &CheckoutOptions) -> Result<Head> {
        let shared = &self.shared;
        let branch = match &options.create {
            Some(name) => Some((name.clone(), branch_name(name)?)),
            // Any other spelling names a commit.
            None => branch_name(target).ok().map(|full| (target.to_owned(), full)),
        };
        shared.exclusively(|store| {
            let to = match (&options.create, branch) {
                (Some(name), Some((_, full))) => {
                    let commit = self.resolve(target)?;
                    shared.refuse_staged(options)?;
                    shared.create_branch(store, name, &full, commit, Some(target))?;
                    Position { branch: Some(name.clone()), commit: Some(commit) }
                }
                (_, Some((name, full))) if !options.detach && shared.is_branch(&full)? => {
                    Position { commit: shared.repository().ref_target(&full)?, branch: Some(name) }
                }
                _ => match (self.resolve(target), shared.remote_branch(target)?) {
                    // As Git does: a branch that one remote has comes to be here.
                    (Err(Error::NotFound { .. }), Some((tracking, commit))) if !options.detach => {
                        shared.refuse_staged(options)?;
                        let full = branch_name(target)?;
                        shared.create_branch(store, target, &full, commit, Some(&tracking))?;
                        Position { branch: Some(target.to_owned()), commit: Some(commit) }
                    }
                    (commit, _) => Position { branch: None, commit: Some(commit?) },
                },
            };
            shared.check_out(store, &to, options, options.create.as_deref().unwrap_or(target))?;
            Ok((&to).into())
        })
    }

    /// Moves the current branch (or a detached HEAD) to the commit that `revision` names.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound).
    pub fn reset(&self, revision: &str, mode: ResetMode) -> Result<Head> {
        let shared = &self.shared;
        let commit = self.resolve(revision)?;
        shared.exclusively(|store| shared.reset(store, commit, mode, revision))
    }
}

impl Shared {
    fn is_branch(&self, full: &str) -> Result<bool> {
        Ok(self.repository().ref_target(full)?.is_some())
    }

    /// The branch `name` of the only remote that has one.
    fn remote_branch(&self, name: &str) -> Result<Option<(String, Oid)>> {
        let named = |tracking: &str| tracking.split_once('/').is_some_and(|(_, branch)| branch == name);
        let branches = self.repository().branches(BranchKind::Remote)?;
        let mut found = branches.into_iter().filter(|branch| named(&branch.name));
        Ok(found.next().filter(|_| found.next().is_none()).map(|branch| (branch.name, branch.target)))
    }

    fn refuse_staged(&self, options: &CheckoutOptions) -> Result<()> {
        self.refresh()?;
        if options.force { Ok(()) } else { self.view().refuse_staged("check out") }
    }

    fn check_out(
        &self,
        store: &StoreLock,
        to: &Position,
        options: &CheckoutOptions,
        named: &str,
    ) -> Result<()> {
        let repository = self.repository();
        let mut appending = self.appending()?;
        self.reload(&mut appending)?;
        let view = self.view();
        if !options.force {
            view.refuse_staged("check out")?;
        }
        let from = Position::clone(&view.position);
        if let Some(branch) = &to.branch
            && from.branch.as_ref() != Some(branch)
            && let Some(worktree) = repository.worktree_at(&format!("refs/heads/{branch}"))?
        {
            return Err(in_use(
                branch,
                &format!("the worktree {worktree}"),
                "work there, or check out another branch",
            ));
        }
        let base = self.tree_of(to.commit)?;
        // Before HEAD moves, so that what was dropped cannot be taken for changes to the new commit.
        self.start_journal(store, &mut appending, to, None, Vec::new())?;
        let moved = fault::reach(Point::CheckoutJournalStarted).and_then(|()| {
            let from =
                from.branch.clone().or(from.commit.map(|commit| commit.to_string())).unwrap_or_default();
            let message = format!("checkout: moving from {from} to {named}");
            match (&to.branch, to.commit) {
                (Some(branch), _) => Ok(repository.set_head_to_branch(store, branch, &message)?),
                (None, Some(commit)) => Ok(repository.set_head_to_commit(store, commit, &message)?),
                (None, None) => Ok(()),
            }
        });
        if let Err(error) = moved {
            appending.writer.journal = None;
            return Err(error);
        }
        *self.view.write() = crate::view::View::clean(to.clone(), base);
        Ok(())
    }

    fn reset(&self, store: &StoreLock, commit: Oid, mode: ResetMode, named: &str) -> Result<Head> {
        let mut appending = self.appending()?;
        self.reload(&mut appending)?;
        let view = self.view();
        let from = Position::clone(&view.position);
        let to = Position { commit: Some(commit), ..from.clone() };
        let base = self.tree_of(to.commit)?;
        let tree = view.working.tree.applied()?;
        // The journal goes first: should the branch then not move, its changes are found to be there already.
        if mode == ResetMode::Hard || tree == base {
            self.start_journal(store, &mut appending, &to, None, Vec::new())?;
            *self.view.write() = crate::view::View::clean(to.clone(), base);
        } else {
            if let Some(pending) = view.working.merging()? {
                return Err(Error::MergePending { operation: "reset softly", pending });
            }
            self.replace_staged(store, &mut appending, &to, None, &tree)?;
        }
        if from != to {
            let moved = self.move_head(store, &from, commit, &format!("reset: moving to {named}"));
            if let Err(error) = moved {
                appending.writer.journal = None;
                return Err(error);
            }
        }
        Ok((&to).into())
    }
}
