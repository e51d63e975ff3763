//! Making, opening and closing a store.

use std::path::Path;

use crate::{InitOptions, OpenOptions, Result};

/// A handle on a versioned store. Cloning is cheap; all handles of a process on one path share one native store.
///
/// Writes are staged ([`VersionedStore::put`] and its companions) and are the next commit's. A handle reads the commit
/// it last saw and what is staged over it; what other processes did is seen at the next write, status, commit, checkout,
/// merge, transaction or [`VersionedStore::refresh`].
#[derive(Clone)]
pub struct VersionedStore {}

impl VersionedStore {
    /// Makes a store in `directory`, which is made when it is missing and must hold no repository.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists) when a repository is there.
    pub fn init(directory: impl AsRef<Path>, options: InitOptions) -> Result<Self> {
        todo!()
    }

    /// Opens the store at `path`: its folder, its `.git` folder, a bare repository, a plain `git clone` of a store, or
    /// a linked worktree of one. Replays the journal of the worktree.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::BranchMissing`](crate::Error::BranchMissing) when HEAD
    /// names a branch that is gone while the store has history, or corruption of what is there.
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self> {
        todo!()
    }

    /// Opens the store that `path` is in, looking upwards as Git does.
    ///
    /// # Errors
    /// As [`VersionedStore::open`].
    pub fn discover(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self> {
        todo!()
    }

    /// A store that ends with its last handle: nodes in memory, commits in a temporary repository that is removed.
    ///
    /// # Errors
    /// When the temporary repository cannot be made.
    pub fn memory(options: InitOptions) -> Result<Self> {
        todo!()
    }

    /// The Git directory of the worktree: where HEAD is.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        todo!()
    }

    /// What decides the shape of the tree.
    #[must_use]
    pub fn parameters(&self) -> crate::Parameters {
        todo!()
    }

    /// Brings the handle up to date with what other processes committed and staged. Staged changes whose branch moved
    /// are carried over to it when no key changed on both sides.
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) names the keys that changed on both sides; reads go on as before.
    pub fn refresh(&self) -> Result<()> {
        todo!()
    }

    /// The root of the working state: the commit at HEAD with all staged changes. Equal entries have equal roots.
    ///
    /// # Errors
    /// When staged changes cannot be applied.
    pub fn root_hash(&self) -> Result<crate::Address> {
        todo!()
    }

    /// Makes staged changes durable, as far as [`Durability`](crate::Durability) promises anything. Call it before the
    /// last handle goes; the rest happens by itself when it is dropped.
    ///
    /// # Errors
    /// When the journal cannot be synced.
    pub fn close(&self) -> Result<()> {
        todo!()
    }
}
