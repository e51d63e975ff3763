//! The store's lock: one writer at a time.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::{Repository, claim, durable};
use crate::{Error, Result};

/// How long to wait for another writer.
const PATIENCE: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

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

impl Repository {
    /// Takes the store's lock, waiting for at most a minute, and clears away what dead writers left: locks of refs,
    /// `.keep` files, unfinished packs.
    ///
    /// Not to be taken twice by one thread.
    ///
    /// # Errors
    /// [`Locked`](Error::Locked) when another writer holds it all that time, and when the clearing fails.
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
        // Every taking opens the file anew, so that the lock also excludes other threads of this process.
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| Error::io("open", &path, error))?;
        let start = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if start.elapsed() < patience => {
                    thread::sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(TryLockError::WouldBlock) => return Err(Error::Locked { path }),
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", path, error)),
            }
        }
        claim::clear_dead(self)?;
        Ok(StoreLock { _file: file, path })
    }
}
