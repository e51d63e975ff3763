//! Where HEAD and branches were before.

use prolly_storage::git::ReflogEntry;

use crate::branch::{branch_name, no_branch};
use crate::{Result, VersionedStore};

impl VersionedStore {
    /// The moves of HEAD in this worktree, or of a branch, the newest first: what it held, what it held before, who moved it and
    /// why. `HEAD@{1}` and `main@{1}` are revisions that name what they held one move ago. Git forgets entries after 90
    /// days, and those of commits that no branch reaches after 30.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for a branch that is not there and has no reflog.
    pub fn reflog(&self, branch: Option<&str>) -> Result<Vec<ReflogEntry>> {
        let repository = self.shared.repository();
        let Some(branch) = branch else { return Ok(repository.reflog("HEAD")?) };
        let full = branch_name(branch)?;
        let entries = repository.reflog(&full)?;
        if entries.is_empty() && repository.ref_target(&full)?.is_none() {
            return Err(no_branch(branch));
        }
        Ok(entries)
    }
}
