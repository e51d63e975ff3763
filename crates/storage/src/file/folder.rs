//! The folder of a file storage: made, recognised, and where everything in it is.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::lock_file::{self, PATIENCE, Sharing};
use crate::{Address, Error, Result, durable};

const MARKER: &str = "prollytree file storage, format ";
const VERSION: u32 = 1;
/// What an unfinished making may leave.
const OWN: [&str; 8] =
    ["lock", "sweep.lock", "nodes", "roots", "config", "incoming", "format", FORMAT_TEMPORARY];
const FORMAT_TEMPORARY: &str = "format.new";
/// A replacement under way in `roots` or `config`: there is one at most, for the lock is held.
const TEMPORARY: &str = ".new";

/// The folder, known to hold a file storage of a format that can be read.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens the folder, or makes the storage when the folder is missing or empty.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let folder = Self { path: path.to_owned() };
        if !folder.check_format()? {
            folder.make()?;
        }
        Ok(folder)
    }

    /// Whether the storage is made already; an error when something else is here.
    fn check_format(&self) -> Result<bool> {
        let marker = self.path.join("format");
        let text = match fs::read(&marker) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return self.check_free(),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(self.refused("a file and no folder,", "name a new or empty folder"));
            }
            Err(error) => return Err(Error::io("read", marker, error)),
        };
        let text = String::from_utf8_lossy(&text);
        let Some(version) = text.strip_prefix(MARKER).and_then(|text| text.trim_end().parse::<u32>().ok())
        else {
            return Err(self.refused("a folder of some other program,", "name a new or empty folder"));
        };
        if version != VERSION {
            let what = format!("a file storage of format {version},");
            let hint =
                format!("this program reads format {VERSION}: use the version of prollytree that wrote it");
            return Err(self.refused(&what, &hint));
        }
        Ok(true)
    }

    fn check_free(&self) -> Result<bool> {
        let listing = match fs::read_dir(&self.path) {
            Ok(listing) => listing,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(Error::io("list", &self.path, error)),
        };
        let (mut is_empty, mut has_lock, mut has_foreign) = (true, false, false);
        for entry in listing {
            let name = entry.map_err(|error| Error::io("list", &self.path, error))?.file_name();
            is_empty = false;
            has_lock |= name == "lock";
            has_foreign |= !OWN.iter().any(|own| name == *own);
        }
        // Whoever makes a storage takes the lock first, and may have died since.
        if is_empty || has_lock && !has_foreign {
            return Ok(false);
        }
        Err(self.refused("a folder that is not empty and no file storage,", "name a new or empty folder"))
    }

    fn refused(&self, what: &str, hint: &str) -> Error {
        Error::Unsupported {
            what: format!("opening a file storage in {}, {what}", self.path.display()),
            hint: hint.into(),
        }
    }

    fn make(&self) -> Result<()> {
        durable::make_folder(&self.path)?;
        let _lock = self.lock()?;
        if self.check_format()? {
            return Ok(());
        }
        for name in ["nodes", "roots", "config", "incoming"] {
            make_one(&self.path.join(name))?;
        }
        for first in 0..=u8::MAX {
            make_one(&self.path.join("nodes").join(hex::encode([first])))?;
        }
        durable::sync_folder(&self.path.join("nodes"))?;
        // The marker comes last: without it the making is not finished.
        let temporary = self.path.join(FORMAT_TEMPORARY);
        durable::replace_by(
            &temporary,
            &self.path.join("format"),
            format!("{MARKER}{VERSION}\n").as_bytes(),
            true,
        )?;
        durable::sync_folder(&self.path)
    }

    /// Takes the lock for a change of roots, configuration or writers.
    pub(super) fn lock(&self) -> Result<File> {
        lock_file::take(&self.path.join("lock"), Sharing::Exclusive, PATIENCE)
    }

    /// Takes the lock that keeps a collection of garbage and those who settle nodes apart.
    pub(super) fn sweep_lock(&self, sharing: Sharing) -> Result<File> {
        lock_file::take(&self.path.join("sweep.lock"), sharing, PATIENCE)
    }

    /// The folder of the nodes whose address begins with `first`.
    pub(super) fn fan(&self, first: u8) -> PathBuf {
        self.path.join("nodes").join(hex::encode([first]))
    }

    /// The place of a settled node.
    pub(super) fn node(&self, address: &Address) -> PathBuf {
        let mut path = self.fan(address.as_bytes()[0]);
        path.push(address.to_string());
        path
    }

    pub(super) fn roots(&self) -> PathBuf {
        self.path.join("roots")
    }

    pub(super) fn config(&self) -> PathBuf {
        self.path.join("config")
    }

    pub(super) fn incoming(&self) -> PathBuf {
        self.path.join("incoming")
    }

    /// Removes what dead writers left. The caller holds the lock.
    pub(super) fn clear_dead(&self) -> Result<()> {
        for folder in [self.roots(), self.config()] {
            remove(&folder.join(TEMPORARY))?;
        }
        for writer in list(&self.incoming())? {
            // A writer holds its lock from its beginning, during which it holds the storage's, to its end.
            let lock = writer.join("lock");
            let is_dead = match File::open(&lock) {
                Ok(file) => file.try_lock().is_ok(),
                Err(error) if error.kind() == ErrorKind::NotFound => true,
                Err(error) => return Err(Error::io("open", lock, error)),
            };
            if is_dead {
                match fs::remove_dir_all(&writer) {
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        return Err(Error::io("remove", writer, error));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// Puts `bytes` in the file `path`, or removes it: readers see the old or the new file. The caller holds the lock.
pub(super) fn change(path: &Path, bytes: Option<&[u8]>, synced: bool) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    match bytes {
        Some(bytes) => durable::replace_by(&folder.join(TEMPORARY), path, bytes, synced)?,
        None => remove(path)?,
    }
    if synced { durable::sync_folder(folder) } else { Ok(()) }
}

/// The bytes of a file; `None` when it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path, error)),
    }
}

/// Removes a file; one that is not there is no fault.
pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", path, error)),
        _ => Ok(()),
    }
}

/// What a folder holds.
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = fs::read_dir(folder).map_err(|error| Error::io("list", folder, error))?;
    let paths = listing.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>();
    paths.map_err(|error| Error::io("list", folder, error))
}

/// The address that a node's file has as its name.
pub(super) fn address_of(path: &Path) -> Option<Address> {
    path.file_name()?.to_str()?.parse().ok()
}

fn make_one(path: &Path) -> Result<()> {
    match fs::create_dir(path) {
        Err(_) if path.is_dir() => Ok(()),
        answer => answer.map_err(|error| Error::io("create", path, error)),
    }
}
