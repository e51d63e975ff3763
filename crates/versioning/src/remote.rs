//! Other copies of the store, through the `git` program.

use std::path::Path;

use crate::{InitOptions, MergeOptions, MergeOutcome, OpenOptions, Result, VersionedStore};

/// What to fetch.
#[derive(Clone, Debug, Default)]
pub struct FetchOptions {
    /// The remote; `None` for `origin`.
    pub remote: Option<String>,
}

/// What to push.
#[derive(Clone, Debug, Default)]
pub struct PushOptions {
    /// The remote's name or address; `None` for `origin`.
    pub remote: Option<String>,
    /// The branch; `None` for the current one.
    pub branch: Option<String>,
    /// Overwrite what is there.
    pub force: bool,
}

/// What to pull.
#[derive(Clone, Debug, Default)]
pub struct PullOptions {
    /// The remote; `None` for `origin`.
    pub remote: Option<String>,
    /// The branch there; `None` for the current one's name.
    pub branch: Option<String>,
    /// How to merge it.
    pub merge: MergeOptions,
}

impl VersionedStore {
    /// Clones the store at `url` (anything the `git` program takes) into `directory`.
    ///
    /// # Errors
    /// What `git` reports, and as [`VersionedStore::open`].
    pub fn clone_from(url: &str, directory: impl AsRef<Path>, options: OpenOptions) -> Result<Self> {
        todo!()
    }

    /// Gives a remote a name.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists), or what Git refuses.
    pub fn add_remote(&self, name: &str, url: &str) -> Result<()> {
        todo!()
    }

    /// Gets a remote's branches and tags.
    ///
    /// # Errors
    /// What `git` reports.
    pub fn fetch(&self, options: &FetchOptions) -> Result<()> {
        todo!()
    }

    /// Sends a branch to a remote.
    ///
    /// # Errors
    /// What `git` reports, such as a remote branch that has commits this one lacks.
    pub fn push(&self, options: &PushOptions) -> Result<()> {
        todo!()
    }

    /// Fetches, and merges the remote's branch. To resolve conflicts page by page, [`VersionedStore::fetch`] and begin
    /// a merge of `origin/<branch>`.
    ///
    /// # Errors
    /// As [`VersionedStore::fetch`] and [`VersionedStore::merge`].
    pub fn pull(&self, options: &PullOptions) -> Result<MergeOutcome> {
        todo!()
    }
}
