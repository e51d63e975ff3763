//! Lock files and `.keep` files that can be told from anybody else's after a crash.
//!
//! Git takes a lock by creating `<file>.lock`, and waits for ever when whoever made it died. So a claim first writes
//! its file into `prolly/intents/`, under a name that says which lock is meant, and then takes the lock by linking
//! that very file to the lock's name. The next holder of the store's lock finds the intent and removes the lock if,
//! and only if, it is the same file: a lock that somebody else took in the meantime is another one.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::{Repository, durable};
use crate::{Error, Result};

/// How long to wait for a lock that another program, such as `git`, holds: it does so for milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(5);
/// What a file holds that is only there to be seen; the number of the process follows.
const HOLDER: &str = "prollytree, process ";
/// The longest name of a file that all file systems take.
const FILE_NAME_MAX: usize = 255;

/// A file that this process made under a name others respect. It goes when the claim is dropped.
#[derive(Debug)]
pub(super) struct Claim {
    intent: Intent,
    target: PathBuf,
    moved: bool,
}

impl Claim {
    /// Makes the file `target`, relative to the common Git directory, naming this process. Waits a little when it is
    /// there already.
    pub(super) fn take(repository: &Repository, target: &str) -> Result<Self> {
        let holder = format!("{HOLDER}{}\n", std::process::id());
        Self::link(repository, target, Intent::write(repository, target, holder.as_bytes(), false)?)
    }

    /// As [`Claim::take`], with `bytes` in the file, synced, so that [`Claim::move_to`] can make it something else.
    pub(super) fn take_with(repository: &Repository, target: &str, bytes: &[u8]) -> Result<Self> {
        Self::link(repository, target, Intent::write(repository, target, bytes, true)?)
    }

    fn link(repository: &Repository, target: &str, intent: Intent) -> Result<Self> {
        let target = repository.common_dir().join(target);
        if let Some(folder) = target.parent() {
            durable::make_folder(folder)?;
        }
        let start = Instant::now();
        loop {
            match link(&intent.path, &target) {
                Ok(()) => return Ok(Self { intent, target, moved: false }),
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(Error::io("create", target, error));
                }
                Err(_) if start.elapsed() >= PATIENCE => return Err(Error::Locked { path: target }),
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    /// Writes `bytes` into the file instead of what it holds, and syncs it.
    pub(super) fn fill(&self, bytes: &[u8]) -> Result<()> {
        let file = File::options().write(true).truncate(true).open(&self.target);
        let mut file = file.map_err(|error| Error::io("open", &self.target, error))?;
        file.write_all(bytes).map_err(|error| Error::io("write", &self.target, error))?;
        durable::sync_file(&file, &self.target)
    }

    /// Renames the file to `path`, which it replaces, and makes that durable.
    pub(super) fn move_to(mut self, path: &Path) -> Result<()> {
        fs::rename(&self.target, path).map_err(|error| Error::io("rename", path, error))?;
        self.moved = true;
        durable::sync_parent(path)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // A file that stays goes with the next clearing, which finds the intent.
        if !self.moved && fs::remove_file(&self.target).is_err() {
            self.intent.stays = true;
        }
    }
}

/// A file in `prolly/intents/`. It goes when the intent is dropped.
#[derive(Debug)]
struct Intent {
    path: PathBuf,
    stays: bool,
}

impl Intent {
    fn write(repository: &Repository, target: &str, bytes: &[u8], synced: bool) -> Result<Self> {
        let folder = folder(repository);
        durable::make_folder(&folder)?;
        let name = encode(target);
        if name.len() > FILE_NAME_MAX {
            let reason = format!("with its folders it is longer than {FILE_NAME_MAX} bytes");
            return Err(Error::InvalidName { name: target.into(), reason });
        }
        let path = folder.join(name);
        let file = File::create_new(&path).map_err(|error| Error::io("create", &path, error));
        let (intent, mut file) = (Self { path, stays: false }, file?);
        file.write_all(bytes).map_err(|error| Error::io("write", &intent.path, error))?;
        if synced {
            durable::sync_file(&file, &intent.path)?;
        }
        Ok(intent)
    }
}

impl Drop for Intent {
    fn drop(&mut self) {
        if !self.stays {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes what dead writers claimed, and the packs they did not finish. The caller holds the store's lock, so none of
/// these belongs to a living one.
pub(super) fn clear_dead(repository: &Repository) -> Result<()> {
    for intent in entries(&folder(repository))? {
        let name = intent.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if let Some(target) = decode(&name) {
            let target = repository.common_dir().join(target);
            if same_file(&intent, &target)? {
                remove_claimed(&target)?;
            }
        }
        remove(&intent)?;
    }
    for unfinished in entries(&incoming(repository))? {
        remove(&unfinished)?;
    }
    // After a loss of power a `.keep` may be there without its intent.
    for file in entries(&repository.common_dir().join("objects/pack"))? {
        if file.extension().is_some_and(|extension| extension == "keep")
            && fs::read(&file).is_ok_and(|bytes| bytes.starts_with(HOLDER.as_bytes()))
        {
            remove_claimed(&file)?;
        }
    }
    Ok(())
}

/// Where packs are written until they are complete.
pub(super) fn incoming(repository: &Repository) -> PathBuf {
    repository.own_dir().join("incoming")
}

fn folder(repository: &Repository) -> PathBuf {
    repository.own_dir().join("intents")
}

/// What is in a folder; nothing when it is not there.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", folder, error)),
    };
    let paths = listing.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>();
    paths.map_err(|error| Error::io("list", folder, error))
}

/// Removes a file that a dead writer made. A `.keep` goes with its pack when that has no index yet, without which it is
/// nothing to Git; the `.keep` goes last, so that it can still be told whose the pack was.
fn remove_claimed(path: &Path) -> Result<()> {
    if path.extension().is_some_and(|extension| extension == "keep") && !path.with_extension("idx").exists() {
        remove(&path.with_extension("pack"))?;
    }
    remove(path)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", path, error)),
        _ => Ok(()),
    }
}

/// Gives the file a second name, which must not be there yet. Where the file system has no links, makes a copy.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
            let mut file = File::create_new(to)?;
            file.write_all(&fs::read(from)?)?;
            file.sync_all()
        }
        answer => answer,
    }
}

/// Whether the lock `target` is the one that `intent` meant: the same file, or, where that cannot be linked, one with
/// the same bytes.
fn same_file(intent: &Path, target: &Path) -> Result<bool> {
    let examine = |path: &Path| match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Error::io("examine", path, error)),
    };
    let (Some(one), Some(other)) = (examine(intent)?, examine(target)?) else { return Ok(false) };
    if let Some(same) = same_inode(&one, &other) {
        return Ok(same);
    }
    let read = |path: &Path| fs::read(path).map_err(|error| Error::io("read", path, error));
    Ok(one.len() == other.len() && read(intent)? == read(target)?)
}

/// `None` when the file has one name only, so that only its bytes can tell.
#[cfg(unix)]
fn same_inode(one: &Metadata, other: &Metadata) -> Option<bool> {
    use std::os::unix::fs::MetadataExt;
    (one.nlink() > 1).then(|| one.dev() == other.dev() && one.ino() == other.ino())
}

#[cfg(not(unix))]
fn same_inode(_one: &Metadata, _other: &Metadata) -> Option<bool> {
    None
}

/// A path as a file name: `refs%2Fheads%2Fmain.lock`.
fn encode(target: &str) -> String {
    target.replace('%', "%25").replace('/', "%2F")
}

/// The inverse of [`encode`]; `None` for a name that would lead out of the repository.
fn decode(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(name.replace("%2F", "/").replace("%25", "%"));
    path.components().all(|part| matches!(part, Component::Normal(_))).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::InitOptions;

    const LOCK: &str = "refs/heads/main.lock";

    fn repository() -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path(), &InitOptions::default()).unwrap();
        (folder, repository)
    }

    fn is_clean(repository: &Repository) -> bool {
        entries(&folder(repository)).unwrap().is_empty()
    }

    #[test]
    fn a_claim_leaves_nothing() {
        let (_folder, repository) = repository();
        let lock = repository.common_dir().join(LOCK);
        let claim = Claim::take_with(&repository, LOCK, b"text").unwrap();
        assert_eq!(fs::read(&lock).unwrap(), b"text");
        drop(claim);
        assert!(!lock.exists() && is_clean(&repository));
        let to = repository.common_dir().join("refs/heads/main");
        Claim::take_with(&repository, LOCK, b"text").unwrap().move_to(&to).unwrap();
        assert!(!lock.exists() && is_clean(&repository));
        assert_eq!(fs::read(&to).unwrap(), b"text");
    }

    #[test]
    fn the_locks_of_a_dead_writer_go() {
        let (_folder, repository) = repository();
        for lock in [LOCK, "HEAD.lock", "packed-refs.lock", "worktrees/one/HEAD.lock"] {
            // A writer that dies runs no destructors.
            std::mem::forget(Claim::take(&repository, lock).unwrap());
            assert!(repository.common_dir().join(lock).exists());
        }
        drop(repository.lock().unwrap());
        for lock in [LOCK, "HEAD.lock", "packed-refs.lock", "worktrees/one/HEAD.lock"] {
            assert!(!repository.common_dir().join(lock).exists(), "{lock}");
        }
        assert!(is_clean(&repository));
    }

    #[test]
    fn a_pack_that_a_dead_writer_left_without_an_index_goes() {
        let (_folder, repository) = repository();
        let folder = repository.common_dir().join("objects/pack");
        for (pack, has_index) in [("pack-1", false), ("pack-2", true)] {
            std::mem::forget(Claim::take(&repository, &format!("objects/pack/{pack}.keep")).unwrap());
            fs::write(folder.join(pack).with_extension("pack"), b"").unwrap();
            if has_index {
                fs::write(folder.join(pack).with_extension("idx"), b"").unwrap();
            }
        }
        drop(repository.lock().unwrap());
        let mut left: Vec<_> = entries(&folder).unwrap();
        left.sort();
        assert_eq!(left, [folder.join("pack-2.idx"), folder.join("pack-2.pack")]);
    }

    #[test]
    fn a_lock_that_somebody_else_took_since_stays() {
        let (_folder, repository) = repository();
        let lock = repository.common_dir().join(LOCK);
        // Our writer died after its lock had become the ref, and before it withdrew the intent.
        let claim = Claim::take_with(&repository, LOCK, b"same text").unwrap();
        fs::rename(&lock, lock.with_extension("")).unwrap();
        std::mem::forget(claim);
        fs::write(&lock, b"same text").unwrap();
        drop(repository.lock().unwrap());
        assert!(lock.exists() && is_clean(&repository));
        // Or before it took the lock: then nothing but the bytes can tell.
        std::mem::forget(Intent::write(&repository, LOCK, b"our text", false).unwrap());
        drop(repository.lock().unwrap());
        assert!(lock.exists() && is_clean(&repository));
    }

    #[test]
    fn the_intent_is_there_before_the_lock() {
        let (_folder, repository) = repository();
        let foreign = repository.common_dir().join(LOCK);
        fs::write(&foreign, b"").unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| Claim::take(&repository, LOCK));
            while is_clean(&repository) {
                assert!(!waiting.is_finished());
            }
            fs::remove_file(&foreign).unwrap();
            waiting.join().unwrap().unwrap();
        });
        assert!(is_clean(&repository));
    }

    #[test]
    fn names_round_trip_and_stay_inside() {
        for name in ["refs/heads/main.lock", "refs/heads/50%/a%2Fb.lock", "HEAD.lock"] {
            assert_eq!(decode(&encode(name)), Some(PathBuf::from(name)));
        }
        for name in ["../HEAD.lock", "/etc/passwd", "refs/../../x"] {
            assert_eq!(decode(&encode(name)), None);
        }
    }
}
