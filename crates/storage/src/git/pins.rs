//! Versions that somebody reads from, which collecting garbage keeps though no ref may reach them any more.
//!
//! A process names them in a file of its own in `prolly/pins/`, which it holds locked for as long as it lives: a line to pin a
//! version, a line to let it go. Who collects garbage reads the files that are locked and removes the others, whose
//! processes have ended. Nothing here is synced: a pin is of no use to anybody after a loss of power.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use super::{Oid, Repository};
use crate::{Address, Error, Result};

/// Lines of a file past which it is written anew, when most of them say nothing any more.
const LINES_MAX: usize = 4096;
/// Ends the name of a file that is not locked yet.
const UNFINISHED: &str = "new";

/// The versions that one handle reads from.
#[derive(Debug)]
pub struct Pins {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Made with the first pin.
    file: Option<PinFile>,
    pinned: HashMap<Oid, (Address, usize)>,
}

/// A pinned version. It is let go when this is dropped.
#[derive(Debug)]
pub struct Pin {
    pins: Arc<Pins>,
    commit: Oid,
}

impl Repository {
    /// Pins for a handle on this repository.
    #[must_use]
    pub fn pins(&self) -> Arc<Pins> {
        Arc::new(Pins { folder: folder(self), state: Mutex::default() })
    }

    /// The versions that handles of any process have pinned: commits, and the roots of their trees. Removes what processes left
    /// that have ended. Cost: a small file each handle.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn pinned(&self) -> Result<Vec<(Oid, Address)>> {
        let folder = folder(self);
        let listing = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            answer => answer.map_err(|error| Error::io("list", &folder, error))?,
        };
        let mut pinned = HashMap::new();
        for entry in listing {
            let path = entry.map_err(|error| Error::io("list", &folder, error))?.path();
            match read(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Error::io("read", path, error));
                }
                Err(_) => {}
                Ok(text) => pinned.extend(parse(&text)),
            }
        }
        Ok(pinned.into_iter().collect())
    }
}

impl Pins {
    /// Pins a version: its commit and the root of its tree. Cost: a line appended to a file, the first time.
    ///
    /// Where the file cannot be written, on a file system that is read-only or full, the version is read all the same, and is
    /// not pinned for other processes.
    #[must_use]
    pub fn pin(self: &Arc<Self>, commit: Oid, root: Address) -> Pin {
        let mut state = self.state.lock();
        let (_, count) = state.pinned.entry(commit).or_insert((root, 0));
        *count += 1;
        if *count == 1 {
            // In vain where nothing can be written; reading goes on.
            let _ = self.note(&mut state, &format!("+{commit} {root}\n"));
        }
        Pin { pins: Arc::clone(self), commit }
    }

    fn let_go(&self, commit: Oid) {
        let mut state = self.state.lock();
        let Some((_, count)) = state.pinned.get_mut(&commit) else { return };
        *count -= 1;
        if *count == 0 {
            state.pinned.remove(&commit);
            let _ = self.note(&mut state, &format!("-{commit}\n"));
        }
    }

    fn note(&self, state: &mut State, line: &str) -> io::Result<()> {
        let is_long = |file: &PinFile| file.lines >= LINES_MAX && file.lines / 4 > state.pinned.len();
        match &mut state.file {
            Some(file) if !is_long(file) => file.append(line),
            file => {
                *file = Some(PinFile::make(&self.folder, &state.pinned, file.take())?);
                Ok(())
            }
        }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.pins.let_go(self.commit);
    }
}

/// A file that names pinned versions, locked.
#[derive(Debug)]
struct PinFile {
    file: File,
    path: PathBuf,
    lines: usize,
}

impl PinFile {
    /// Writes a file in the place of `before`. It is locked before it has the name under which it is looked for.
    fn make(
        folder: &Path,
        pinned: &HashMap<Oid, (Address, usize)>,
        before: Option<Self>,
    ) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        fs::create_dir_all(folder)?;
        let name = || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
            format!("{}-{now:x}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
        };
        let path = before.as_ref().map_or_else(|| folder.join(name()), |before| before.path.clone());
        let temporary = path.with_extension(UNFINISHED);
        let file = File::create(&temporary)?;
        file.try_lock()?;
        let mut made = Self { file, path: temporary, lines: 0 };
        for (commit, (root, _)) in pinned {
            made.append(&format!("+{commit} {root}\n"))?;
        }
        fs::rename(&made.path, &path)?;
        made.path = path;
        // Else the new file would go with the old one.
        if let Some(mut before) = before {
            before.path = PathBuf::new();
        }
        Ok(made)
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        self.lines += 1;
        self.file.write_all(line.as_bytes())
    }
}

impl Drop for PinFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn folder(repository: &Repository) -> PathBuf {
    repository.own_dir().join("pins")
}

/// The text of a file whose process lives; nothing, and no file any more, where it does not.
fn read(path: &Path) -> io::Result<String> {
    if path.extension().is_some_and(|extension| extension == UNFINISHED) {
        return Ok(String::new());
    }
    loop {
        let file = File::open(path)?;
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) => return io::read_to_string(file),
            Err(fs::TryLockError::Error(error)) => return Err(error),
            // Its process lives, and has put another file in its place.
            Ok(()) if !is_at(&file, path)? => {}
            Ok(()) => return fs::remove_file(path).map(|()| String::new()),
        }
    }
}

/// Whether `path` names the open file still.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (open, there) = (file.metadata()?, fs::metadata(path)?);
    Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
}

/// Elsewhere an open file keeps its name.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> io::Result<bool> {
    Ok(true)
}

/// What a file pins. A line that is being written is not there yet.
fn parse(text: &str) -> HashMap<Oid, Address> {
    let mut pinned = HashMap::new();
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        match line.split_at_checked(1) {
            Some(("+", rest)) => {
                if let Some((commit, root)) = rest.split_once(' ')
                    && let (Ok(commit), Ok(root)) = (commit.parse(), root.parse())
                {
                    pinned.insert(commit, root);
                }
            }
            Some(("-", commit)) => {
                if let Ok(commit) = commit.parse::<Oid>() {
                    pinned.remove(&commit);
                }
            }
            _ => {}
        }
    }
    pinned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::InitOptions;

    fn oid(number: u8) -> Oid {
        Oid::from_bytes([number; 20])
    }

    fn pinned(repository: &Repository) -> Vec<(Oid, Address)> {
        let mut pinned = repository.pinned().unwrap();
        pinned.sort_unstable_by_key(|(commit, _)| *commit);
        pinned
    }

    #[test]
    fn a_version_is_pinned_until_the_last_of_its_pins_goes() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path(), &InitOptions::default()).unwrap();
        assert!(pinned(&repository).is_empty());
        let (one, other) = (repository.pins(), repository.pins());
        let root = Address::of(b"root");
        let first = one.pin(oid(1), root);
        let again = one.pin(oid(1), root);
        let elsewhere = other.pin(oid(2), root);
        assert_eq!(pinned(&repository), [(oid(1), root), (oid(2), root)]);
        drop(first);
        assert_eq!(pinned(&repository), [(oid(1), root), (oid(2), root)]);
        drop(again);
        assert_eq!(pinned(&repository), [(oid(2), root)]);
        drop(elsewhere);
        assert!(pinned(&repository).is_empty());
        drop((one, other));
        assert!(fs::read_dir(super::folder(&repository)).unwrap().next().is_none());
    }

    #[test]
    fn a_long_file_is_written_anew_and_loses_no_pin() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path(), &InitOptions::default()).unwrap();
        let (pins, root) = (repository.pins(), Address::of(b"root"));
        let kept = pins.pin(oid(1), root);
        for _ in 0..LINES_MAX {
            drop(pins.pin(oid(2), root));
        }
        assert_eq!(pinned(&repository), [(oid(1), root)]);
        let files: Vec<_> = fs::read_dir(super::folder(&repository)).unwrap().collect();
        assert_eq!(files.len(), 1);
        assert!(files[0].as_ref().unwrap().metadata().unwrap().len() < 105 * LINES_MAX as u64);
        drop(kept);
    }

    #[test]
    fn what_a_process_left_pins_nothing_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path(), &InitOptions::default()).unwrap();
        let path = super::folder(&repository).join("1-2-3");
        fs::create_dir_all(super::folder(&repository)).unwrap();
        fs::write(&path, format!("+{} {}\n", oid(1), Address::of(b"root"))).unwrap();
        assert!(pinned(&repository).is_empty());
        assert!(!path.exists());
    }
}
