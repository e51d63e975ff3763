//! Locks between threads and processes: the system frees those of a process that dies.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// How long to wait for others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// Who else may hold the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Nobody.
    Exclusive,
    /// Others that share it.
    Shared,
}

/// Locks the file `path`, which is made when it is missing and never removed, waiting for at most `patience`. The lock
/// is held for as long as the file is open.
///
/// Every taking opens the file anew, so that the lock also excludes other threads of this process: not to be taken
/// twice by one thread.
///
/// # Errors
/// [`Locked`](Error::Locked) when others hold it all that time.
pub(crate) fn take(path: &Path, sharing: Sharing, patience: Duration) -> Result<File> {
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
    let file = File::options().create(true).truncate(false).write(true).open(path);
    let file = file.map_err(|error| Error::io("open", path, error))?;
    loop {
        let tried = match sharing {
            Sharing::Exclusive => file.try_lock(),
            Sharing::Shared => file.try_lock_shared(),
        };
        match tried {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if start.elapsed() < patience => {
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(TryLockError::WouldBlock) => return Err(Error::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path, error)),
        }
    }
}
