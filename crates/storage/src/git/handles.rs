//! libgit2's handles, one a thread at a time.

use std::path::{Path, PathBuf};
use std::sync::Once;

use parking_lot::Mutex;

use super::failure;
use super::pack::check_indexes;
use crate::Result;

/// Handles kept for the next caller; more are opened when more threads ask at once.
const IDLE_MAX: usize = 16;

/// Handles of one repository.
///
/// A handle may move between threads but serve one at a time, and a shared object database holds one mutex for the
/// whole of a read, so every thread borrows a handle of its own.
pub(super) struct Handles {
    git_dir: PathBuf,
    idle: Mutex<Vec<git2::Repository>>,
}

impl Handles {
    pub(super) const fn new(git_dir: PathBuf) -> Self {
        Self { git_dir, idle: Mutex::new(Vec::new()) }
    }

    /// Lends a handle to `work`.
    pub(super) fn with<T>(&self, work: impl FnOnce(&git2::Repository) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().pop();
        let handle = match idle {
            Some(handle) => handle,
            None => open(&self.git_dir)?,
        };
        let answer = work(&handle);
        let mut idle = self.idle.lock();
        if idle.len() < IDLE_MAX {
            idle.push(handle);
        }
        answer
    }

    /// Lends a handle that has seen nothing yet, for when the files changed beneath the others.
    pub(super) fn with_fresh<T>(&self, work: impl FnOnce(&git2::Repository) -> Result<T>) -> Result<T> {
        self.forget();
        self.with(work)
    }

    /// Closes the idle handles, because what they remember of the repository no longer holds.
    pub(super) fn forget(&self) {
        let idle = std::mem::take(&mut *self.idle.lock());
        drop(idle);
    }
}

/// Opens a handle on the Git directory `path`, whatever `GIT_*` variables say.
pub(super) fn open(path: &Path) -> Result<git2::Repository> {
    static OPTIONS: Once = Once::new();
    // Every node is checked against its BLAKE3 address, so hashing each object once more with SHA-1 buys nothing.
    OPTIONS.call_once(|| git2::opts::strict_hash_verification(false));
    let handle = git2::Repository::open(path).map_err(failure::opening(path))?;
    check_indexes(handle.commondir())?;
    Ok(handle)
}
