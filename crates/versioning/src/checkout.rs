//! Moving HEAD.

use crate::{Head, Result, VersionedStore};

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
    /// Moves HEAD to a branch, or to the commit that any other revision names, detached. Nothing is read but the
    /// commit: O(1).
    ///
    /// # Errors
    /// [`Error::StagedChanges`](crate::Error::StagedChanges) unless forced; [`Error::NotFound`](crate::Error::NotFound)
    /// for a misspelt target; [`Error::InUse`](crate::Error::InUse) for a branch checked out in another worktree.
    /// Nothing has changed then.
    pub fn checkout(&self, target: &str, options: &CheckoutOptions) -> Result<Head> {
        todo!()
    }

    /// Moves the current branch (or a detached HEAD) to the commit that `revision` names.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound).
    pub fn reset(&self, revision: &str, mode: ResetMode) -> Result<Head> {
        todo!()
    }
}
