//! The worktree's lock: one process appends to its journal.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use prolly_storage::git::durable;

use crate::{Error, Result};

/// How long to wait: others hold it for milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_micros(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(5);

/// The file that is locked. It is made once and never removed, and the system frees the lock of a process that dies.
#[derive(Debug)]
pub(crate) struct LockFile {
    file: File,
    path: PathBuf,
}

/// Proof that no other process appends to the journal. Within the process a mutex excludes other threads.
#[derive(Debug)]
pub(crate) struct WorktreeLock<'file> {
    file: &'file File,
}

impl LockFile {
    /// Opens the lock file in the worktree's folder, which is made when it is missing.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        // The names of the worktree's folder and of those above it must last as long as the journal.
        durable::make_folder(folder)?;
        let path = folder.join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| Error::io("open", &path, error))?;
        Ok(Self { file, path })
    }

    /// Takes the lock, waiting for at most a minute.
    pub(crate) fn lock(&self) -> Result<WorktreeLock<'_>> {
        let mut start = None;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.file.try_lock() {
                Ok(()) => return Ok(WorktreeLock { file: &self.file }),
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", &self.path, error)),
                Err(TryLockError::WouldBlock) => {
                    if start.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                        return Err(Error::Locked { path: self.path.clone() });
                    }
                    thread::sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }
}

impl Drop for WorktreeLock<'_> {
    fn drop(&mut self) {
        // Nothing can be done about a failure; the lock goes with the process.
        let _ = self.file.unlock();
    }
}
