//! What is staged.

use crate::{Head, Result, VersionedStore};

/// The working state against HEAD. [`VersionedStore::diff`] from `HEAD` to
/// [`Version::Staged`](crate::Version::Staged) lists the changes it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Where HEAD is.
    pub head: Head,
    /// Keys that are staged and not in the commit, in all namespaces.
    pub added: u64,
    /// Keys whose staged value differs.
    pub modified: u64,
    /// Keys that are in the commit and staged to go.
    pub removed: u64,
    /// Namespaces that came, went or have another name.
    pub namespaces: Vec<crate::NamespaceChange>,
}

impl Status {
    /// Whether nothing is staged: a commit would be empty.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.added == 0 && self.modified == 0 && self.removed == 0 && self.namespaces.is_empty()
    }
}

/// A named namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceInfo {
    /// Its name.
    pub name: String,
    /// Keys in it.
    pub entries: u64,
}

impl VersionedStore {
    /// What is staged, counted. Brings the handle up to date first. Cost: that of a diff against HEAD.
    ///
    /// # Errors
    /// As [`VersionedStore::refresh`].
    pub fn status(&self) -> Result<Status> {
        todo!()
    }

    /// The named namespaces, by name.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn namespaces(&self) -> Result<Vec<NamespaceInfo>> {
        todo!()
    }
}
