//! HEAD, branches, tags and revisions.

use std::path::PathBuf;

use crate::{CommitId, CommitInfo, Result, VersionedStore};

/// Where HEAD is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// On a branch.
    Branch {
        /// Its name, `main`.
        name: String,
        /// Its tip; `None` before the first commit.
        commit: Option<CommitId>,
    },
    /// On a commit, and on no branch.
    Detached {
        /// The commit.
        commit: CommitId,
    },
}

impl Head {
    /// The branch's name; `None` when detached.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Branch { name, .. } => Some(name),
            Self::Detached { .. } => None,
        }
    }

    /// The commit; `None` before the first one.
    #[must_use]
    pub const fn commit(&self) -> Option<CommitId> {
        match self {
            Self::Branch { commit, .. } => *commit,
            Self::Detached { commit } => Some(*commit),
        }
    }
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchInfo {
    /// Its name, `main`, or `origin/main` for one of a remote.
    pub name: String,
    /// Its tip; `None` for the current branch before its first commit.
    pub commit: Option<CommitId>,
    /// Whether HEAD is on it.
    pub current: bool,
    /// Whether it says where a remote's branch was when it was last fetched.
    pub remote: bool,
    /// The other worktree that has it checked out.
    pub checked_out_at: Option<PathBuf>,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagInfo {
    /// Its name, `v1.0`.
    pub name: String,
    /// The commit it leads to.
    pub commit: CommitId,
}

impl VersionedStore {
    /// Where HEAD is now.
    ///
    /// # Errors
    /// When HEAD cannot be read.
    pub fn head(&self) -> Result<Head> {
        todo!()
    }

    /// The commit that a Git revision names: a branch, a tag, `HEAD`, `main~3`, `v1.0`, a short id.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when it names none.
    pub fn resolve(&self, revision: &str) -> Result<CommitId> {
        todo!()
    }

    /// The commit that a revision names, in full.
    ///
    /// # Errors
    /// As [`VersionedStore::resolve`].
    pub fn commit_info(&self, revision: &str) -> Result<CommitInfo> {
        todo!()
    }

    /// Branches by name, local ones first.
    ///
    /// # Errors
    /// When refs cannot be read.
    pub fn branches(&self) -> Result<Vec<BranchInfo>> {
        todo!()
    }

    /// Makes a branch at `start` (`None`: HEAD) and leaves HEAD where it is.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists), [`Error::NotFound`](crate::Error::NotFound) for a
    /// misspelt start, [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a name that Git refuses.
    pub fn create_branch(&self, name: &str, start: Option<&str>) -> Result<CommitId> {
        todo!()
    }

    /// Deletes a branch and says where it was. One whose commits HEAD does not hold is deleted only by `force`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::InUse`](crate::Error::InUse) when it is checked out here
    /// or in another worktree, or holds commits of its own.
    pub fn delete_branch(&self, name: &str, force: bool) -> Result<CommitId> {
        todo!()
    }

    /// Gives a branch another name; HEAD and staged changes follow.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::AlreadyExists`](crate::Error::AlreadyExists),
    /// [`Error::InUse`](crate::Error::InUse) when another worktree has it checked out.
    pub fn rename_branch(&self, from: &str, to: &str) -> Result<()> {
        todo!()
    }

    /// Tags by name.
    ///
    /// # Errors
    /// When refs cannot be read.
    pub fn tags(&self) -> Result<Vec<TagInfo>> {
        todo!()
    }

    /// Makes a lightweight tag at `target` (`None`: HEAD).
    ///
    /// # Errors
    /// As [`VersionedStore::create_branch`].
    pub fn create_tag(&self, name: &str, target: Option<&str>) -> Result<CommitId> {
        todo!()
    }

    /// Deletes a tag and says where it was.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound).
    pub fn delete_tag(&self, name: &str) -> Result<CommitId> {
        todo!()
    }
}
