//! Committing what is staged.

use crate::{CommitInfo, CommitOptions, Result, VersionedStore};

impl VersionedStore {
    /// Commits all that is staged now, by whoever staged it in this worktree, and moves the branch. Reads and writes go
    /// on meanwhile; what is staged meanwhile stays staged.
    ///
    /// # Errors
    /// [`Error::NothingToCommit`](crate::Error::NothingToCommit),
    /// [`Error::IdentityMissing`](crate::Error::IdentityMissing), or
    /// [`Error::Conflict`](crate::Error::Conflict) when the branch moved and both changed a key.
    pub fn commit(&self, options: &CommitOptions) -> Result<CommitInfo> {
        todo!()
    }

    /// Drops all that is staged. Cost: O(1).
    ///
    /// # Errors
    /// When the journal cannot be replaced.
    pub fn discard(&self) -> Result<()> {
        todo!()
    }
}
