//! The lock that keeps one `git gc` from running beside another, taken as Git takes it.
//!
//! Two programs that repack one repository lose objects: one puts those that nothing reaches beside the packs it is about to delete,
//! the other removes them again, since they are in a pack still.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// Git looks for less long.
const LOOKS: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(1);

/// After so long Git takes the file for one that was forgotten.
const FORGOTTEN: Duration = Duration::from_secs(12 * 3600);

/// While this lives no `git gc` begins, at whatever shell.
pub(in crate::git) struct GcLock {
    path: PathBuf,
}

impl GcLock {
    /// Takes the lock; `None` when a `git gc` has it. To be called by one at a time of this library's processes.
    ///
    /// Git makes `gc.pid.lock`, looks for `gc.pid`, and renames the one to the other. Here the file is put in place whole, so that a
    /// process that dies leaves nothing but a number that is no process any more. Whoever began before the other sees that one's file
    /// or writes over it: what is there when Git is done looking tells which.
    pub(in crate::git) fn take(common_dir: &Path) -> Result<Option<Self>> {
        let (path, gits) = (common_dir.join("gc.pid"), common_dir.join("gc.pid.lock"));
        // It holds nothing that could be lost.
        let failed = |error| Error::io("lock", path.clone(), error);
        if !clear_dead(&path).map_err(failed)? {
            return Ok(None);
        }
        let line = format!("{} {}", std::process::id(), host());
        let mut file = tempfile::NamedTempFile::new_in(common_dir).map_err(failed)?;
        file.write_all(line.as_bytes()).map_err(failed)?;
        match file.persist_noclobber(&path) {
            Ok(_) => {}
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => return Ok(None),
            Err(error) => return Err(failed(error.error)),
        }
        // One that stays is of a Git that died: none can begin then.
        let start = Instant::now();
        while gits.exists() && start.elapsed() < LOOKS {
            thread::sleep(PAUSE);
        }
        let is_own = fs::read_to_string(&path).is_ok_and(|found| found == line);
        // Not made before it is known: one that is dropped removes the file.
        Ok(is_own.then(|| Self { path }))
    }
}

/// Removes the file of a process that is gone; false when one has it that is there. Never that of another one, which may come
/// meanwhile: what is taken away is looked at, and put back.
fn clear_dead(path: &Path) -> std::io::Result<bool> {
    if !path.exists() {
        return Ok(true);
    }
    if is_running(path) {
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(path);
    let aside = tempfile::NamedTempFile::new_in(folder)?.into_temp_path();
    match fs::rename(path, &aside) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        renamed => renamed?,
    }
    if is_running(&aside) {
        // Unless somebody else came meanwhile, who has it then.
        drop(fs::hard_link(&aside, path));
        return Ok(false);
    }
    Ok(true)
}

impl Drop for GcLock {
    fn drop(&mut self) {
        // What stays names a process that is gone, which Git sees.
        drop(fs::remove_file(&self.path));
    }
}

/// Whether the process that the file names is there, as far as can be seen from this machine.
fn is_running(path: &Path) -> bool {
    let Ok(text) = fs::read_to_string(path) else { return false };
    let age = fs::metadata(path).and_then(|found| found.modified()).ok().and_then(|time| time.elapsed().ok());
    if age.is_some_and(|age| age > FORGOTTEN) {
        return false;
    }
    let Some((pid, named)) = text.trim_end().split_once(' ') else { return false };
    named != host() || pid.parse().is_ok_and(is_alive)
}

/// What Git calls this machine.
#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(unix)]
fn is_alive(pid: i32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn host() -> String {
    "unknown".into()
}

#[cfg(not(unix))]
fn is_alive(_pid: i32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_git_that_is_looking_decides_first() {
        let folder = tempfile::tempdir().unwrap();
        let (path, gits) = (folder.path().join("gc.pid"), folder.path().join("gc.pid.lock"));
        for git_takes_it in [true, false] {
            fs::write(&gits, "1 git\n").unwrap();
            let taken = thread::scope(|scope| {
                let taking = scope.spawn(|| GcLock::take(folder.path()).unwrap());
                while !path.exists() {
                    thread::sleep(PAUSE);
                }
                // As Git does once it has looked: it takes the place, or gives up.
                if git_takes_it {
                    fs::rename(&gits, &path).unwrap()
                } else {
                    fs::remove_file(&gits).unwrap()
                }
                taking.join().unwrap()
            });
            assert_eq!(taken.is_some(), !git_takes_it);
            drop(taken);
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), git_takes_it.then_some("1 git\n"));
            drop(fs::remove_file(&path));
        }
    }

    #[test]
    fn one_at_a_time_has_it_and_a_dead_one_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gc.pid");
        let held = GcLock::take(folder.path()).unwrap().unwrap();
        assert!(GcLock::take(folder.path()).unwrap().is_none());
        drop(held);
        assert!(!path.exists());
        let line = |pid: u32, host: &str| format!("{pid} {host}\n");
        for (text, is_free) in [
            (line(std::process::id(), &host()), false),
            (line(1, "another machine"), false),
            // No process has such a number.
            (line(0x3fff_ffff, &host()), true),
            ("nothing".into(), true),
        ] {
            fs::write(&path, &text).unwrap();
            assert_eq!(GcLock::take(folder.path()).unwrap().is_some(), is_free, "{text}");
            drop(fs::remove_file(&path));
            assert!(!folder.path().join("gc.pid.lock").exists());
        }
    }
}
