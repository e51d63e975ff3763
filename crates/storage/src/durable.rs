//! Makes files and folders survive a loss of power, and counts what that takes.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Error, Result};

/// What of a storage's writes survives a loss of power. All of it survives the death of a process, in every mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Every put: it is synced when it returns.
    Full,
    /// What was put before a root was published, or the storage synced.
    #[default]
    Commit,
    /// Nothing is promised: the operating system decides. For data that can be made again.
    Off,
}

static SYNCS: AtomicU64 = AtomicU64::new(0);

/// How many files and folders this process has synced for stores so far.
#[must_use]
pub fn sync_count() -> u64 {
    SYNCS.load(Ordering::Relaxed)
}

/// Syncs a file: its bytes and what the file system knows of it. `path` is for the message.
///
/// # Errors
/// What the operating system reports; what reached the disk is not known then.
pub fn sync_file(file: &File, path: &Path) -> Result<()> {
    SYNCS.fetch_add(1, Ordering::Relaxed);
    file.sync_all().map_err(|error| Error::io("sync", path, error))
}

/// Syncs a file's bytes and length, and no more. `path` is for the message.
///
/// # Errors
/// As [`sync_file`].
pub fn sync_bytes(file: &File, path: &Path) -> Result<()> {
    SYNCS.fetch_add(1, Ordering::Relaxed);
    file.sync_data().map_err(|error| Error::io("sync", path, error))
}

/// Syncs the names in a folder.
///
/// # Errors
/// As [`sync_file`].
pub fn sync_folder(path: &Path) -> Result<()> {
    // Only Unix can open a folder to sync it; elsewhere the file system orders renames itself.
    if cfg!(unix) {
        let folder = File::open(path).map_err(|error| Error::io("sync", path, error))?;
        sync_file(&folder, path)?;
    }
    Ok(())
}

/// Syncs the folder that holds `path`.
pub(crate) fn sync_parent(path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), sync_folder)
}

/// Replaces the file `path` by one with `bytes`: readers see the old or the new one, also after a loss of power.
#[cfg(feature = "git")]
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    replace_by(&path.with_file_name(name), path, bytes, true)?;
    sync_parent(path)
}

/// Writes `bytes` into the file `temporary`, syncs it when `synced`, and renames it to `path`. The name is not synced.
pub(crate) fn replace_by(temporary: &Path, path: &Path, bytes: &[u8], synced: bool) -> Result<()> {
    let written = write_new(temporary, bytes, synced)
        .and_then(|()| std::fs::rename(temporary, path).map_err(|error| Error::io("rename", path, error)));
    if written.is_err() {
        let _ = std::fs::remove_file(temporary);
    }
    written
}

fn write_new(path: &Path, bytes: &[u8], synced: bool) -> Result<()> {
    let mut file = File::create(path).map_err(|error| Error::io("create", path, error))?;
    file.write_all(bytes).map_err(|error| Error::io("write", path, error))?;
    if synced { sync_file(&file, path) } else { Ok(()) }
}

/// Makes the folder `path` and those above it, and makes their names durable. Costs nothing when it is there.
///
/// # Errors
/// What the operating system reports.
pub fn make_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_folder(parent)?;
    }
    match std::fs::create_dir(path) {
        // Whoever finds a folder takes its name for durable.
        Ok(()) => sync_parent(path).inspect_err(|_| drop(std::fs::remove_dir(path))),
        Err(_) if path.is_dir() => Ok(()),
        Err(error) => Err(Error::io("create", path, error)),
    }
}

/// Syncs every file and folder at and below `path`.
#[cfg(feature = "git")]
pub(crate) fn sync_all_below(path: &Path) -> Result<()> {
    let entries = std::fs::read_dir(path).map_err(|error| Error::io("list", path, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Error::io("list", path, error))?;
        let kind = entry.file_type().map_err(|error| Error::io("examine", entry.path(), error))?;
        if kind.is_dir() {
            sync_all_below(&entry.path())?;
        } else if kind.is_file() {
            let file = File::open(entry.path()).map_err(|error| Error::io("open", entry.path(), error))?;
            sync_file(&file, &entry.path())?;
        }
    }
    sync_folder(path)
}

/// Bytes of the files at and below `path`. What goes meanwhile does not count.
///
/// # Errors
/// When a folder cannot be read.
pub fn size_below(path: &Path) -> Result<u64> {
    let listing = match std::fs::read_dir(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        answer => answer.map_err(|error| Error::io("list", path, error))?,
    };
    let mut size = 0;
    for entry in listing {
        let entry = entry.map_err(|error| Error::io("list", path, error))?;
        match entry.metadata() {
            Ok(found) if found.is_dir() => size += size_below(&entry.path())?,
            Ok(found) => size += found.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("examine", entry.path(), error)),
        }
    }
    Ok(size)
}
