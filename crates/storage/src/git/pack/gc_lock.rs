//! The lock that keeps one `git gc` from running beside another, taken as Git takes it.
//!
//! Two programs that repack one repository lose objects: one puts those that nothing reaches beside the packs it is about to delete,
//! the other removes them again, since they are in a pack still.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Error, Result};

/// After so long Git takes the file for one that was forgotten.
const FORGOTTEN: Duration = Duration::from_secs(12 * 3600);

/// While this lives no `git gc` begins, at whatever shell.
pub(in crate::git) struct GcLock {
    path: PathBuf,
}

impl GcLock {
    /// Takes the lock; `None` when a `git gc` has it, or is about to.
    ///
    /// Git makes `gc.pid.lock`, looks for `gc.pid`, and renames the one to the other. Here the file is put in place whole, so that a
    /// process that dies leaves nothing but a number that is no process any more; then it is looked whether Git was at it.
    pub(in crate::git) fn take(common_dir: &Path) -> Result<Option<Self>> {
        let (path, gits) = (common_dir.join("gc.pid"), common_dir.join("gc.pid.lock"));
        if is_running(&path) {
            return Ok(None);
        }
        let failed = |error| Error::io("write", path.clone(), error);
        let line = format!("{} {}", std::process::id(), host());
        let mut file = tempfile::NamedTempFile::new_in(common_dir).map_err(failed)?;
        file.write_all(line.as_bytes()).map_err(failed)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        match file.persist_noclobber(&path) {
            Ok(_) => {}
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => return Ok(None),
            Err(error) => return Err(failed(error.error)),
        }
        // In this order: where Git is not at it by now, it has either put its own file here or will find this one.
        let git_is_at_it = gits.exists();
        let lock = fs::read_to_string(&path).is_ok_and(|found| found == line).then_some(Self { path });
        Ok(lock.filter(|_| !git_is_at_it))
    }
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
