//! Locks between threads and processes: the system frees those of a process that dies.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// How long to wait for others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

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
    let file = File::options().create(true).truncate(false).write(true).open(path);
    wait(file.map_err(|error| Error::io("open", path, error))?, path, sharing, patience)
}

/// As [`take`], for whoever must not change anything: `None` where there is no such file.
///
/// # Errors
/// As [`take`].
pub(crate) fn take_if_there(path: &Path, sharing: Sharing, patience: Duration) -> Result<Option<File>> {
    match File::open(path) {
        Ok(file) => wait(file, path, sharing, patience).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("open", path, error)),
    }
}

fn wait(file: File, path: &Path, sharing: Sharing, patience: Duration) -> Result<File> {
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
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

/// As [`take`], exclusively, for a lock that is let go only to be taken again at once: whoever waits for it comes before whoever
/// held it last. The one that comes next holds `turn` meanwhile, another file, which all others have to wait for.
///
/// # Errors
/// As [`take`].
pub(crate) fn take_in_turn(path: &Path, turn: &Path, patience: Duration) -> Result<File> {
    let start = Instant::now();
    let _turn = take(turn, Sharing::Exclusive, patience).map_err(|error| match error {
        Error::Locked { .. } => Error::Locked { path: path.to_owned() },
        other => other,
    })?;
    take(path, Sharing::Exclusive, patience.saturating_sub(start.elapsed()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn whoever_waits_comes_before_whoever_held_it_last() {
        let folder = tempfile::tempdir().unwrap();
        let (path, turn) = (folder.path().join("lock"), folder.path().join("turn.lock"));
        let take = |who: &'static str, order: mpsc::Sender<&'static str>| {
            let file = take_in_turn(&path, &turn, PATIENCE).unwrap();
            order.send(who).unwrap();
            file
        };
        for _ in 0..20 {
            let (order, came) = mpsc::channel();
            let held = take("first", order.clone());
            thread::scope(|scope| {
                let waiter = order.clone();
                scope.spawn(|| drop(take("waiter", waiter)));
                let turn = File::options().write(true).open(&turn).unwrap();
                while turn.try_lock().is_ok() {
                    turn.unlock().unwrap();
                    thread::yield_now();
                }
                drop(held);
                drop(take("first again", order));
            });
            assert_eq!(came.into_iter().collect::<Vec<_>>(), ["first", "waiter", "first again"]);
        }
    }

    #[test]
    fn a_lock_that_is_not_let_go_is_named_by_all_who_wait() {
        let folder = tempfile::tempdir().unwrap();
        let (path, turn) = (folder.path().join("lock"), folder.path().join("turn.lock"));
        let _held = take_in_turn(&path, &turn, PATIENCE).unwrap();
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let refused = take_in_turn(&path, &turn, Duration::from_millis(50)).unwrap_err();
                    assert!(matches!(refused, Error::Locked { path: named } if named == path));
                });
            }
        });
    }
}
