//! The store's lock: one writer at a time.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use super::{Repository, claim, durable};
use crate::Result;
use crate::lock_file::{self, PATIENCE, Sharing};

/// Proof that this thread alone, among all threads and processes, writes to the store. Dropping it lets others.
///
/// The system frees the lock of a process that dies. Whoever takes it next clears away what the dead one left.
#[derive(Debug)]
pub struct StoreLock {
    /// Holds the lock for as long as it is open.
    _file: File,
    path: PathBuf,
}

impl StoreLock {
    /// The file that is locked.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }
}

/// Proof that nobody collects the nodes that are being copied into a storage beside Git: they are reachable only once the copy
/// is whole. Taken before the collector's own locks and after the store's.
#[derive(Debug)]
pub struct FillLock {
    _file: File,
}

impl Repository {
    /// Holds off collecting garbage in the storage beside Git while nodes are copied into it. Many may hold this at once.
    ///
    /// # Errors
    /// [`Locked`](crate::Error::Locked) when a collection takes longer than a minute.
    pub fn begin_filling(&self) -> Result<FillLock> {
        self.fill_lock(Sharing::Shared)
    }

    /// Waits until nobody copies nodes into the storage beside Git, and holds off whoever would.
    ///
    /// # Errors
    /// [`Locked`](crate::Error::Locked) when a copy takes longer than a minute.
    pub fn hold_off_filling(&self) -> Result<FillLock> {
        self.fill_lock(Sharing::Exclusive)
    }

    fn fill_lock(&self, sharing: Sharing) -> Result<FillLock> {
        let folder = self.own_dir();
        durable::make_folder(&folder)?;
        Ok(FillLock { _file: lock_file::take(&folder.join("filling.lock"), sharing, PATIENCE)? })
    }

    /// Takes the store's lock, waiting for at most a minute, and clears away what dead writers left: locks of refs,
    /// `.keep` files, unfinished packs.
    ///
    /// Not to be taken twice by one thread.
    ///
    /// # Errors
    /// [`Locked`](crate::Error::Locked) when another writer holds it all that time, and when the clearing fails.
    pub fn lock(&self) -> Result<StoreLock> {
        self.lock_within(PATIENCE)
    }

    /// As [`Repository::lock`], waiting for at most `patience`.
    ///
    /// # Errors
    /// As [`Repository::lock`].
    pub fn lock_within(&self, patience: Duration) -> Result<StoreLock> {
        let folder = self.own_dir();
        durable::make_folder(&folder)?;
        let path = folder.join("lock");
        let file = lock_file::take_in_turn(&path, &folder.join("turn.lock"), patience)?;
        claim::clear_dead(self)?;
        Ok(StoreLock { _file: file, path })
    }
}
