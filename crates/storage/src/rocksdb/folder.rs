//! What is at the path of a store: looked at before anything is changed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rocksdb::{DB, Options};

use super::{FAMILIES, failure};
use crate::{Error, Result};

/// Names the files of a database and the newest of them; RocksDB writes it last when it makes a database.
const CURRENT: &str = "CURRENT";
const DEFAULT: &str = "default";

/// Makes the folder `path` if need be, and gives its full name.
///
/// RocksDB knows its databases by name: under two names it would open one database twice in one process.
///
/// # Errors
/// [`NotAStore`](Error::NotAStore) when something else is there; nothing was changed then.
pub(super) fn prepare(path: &Path) -> Result<PathBuf> {
    examine(path)?;
    if !path.is_dir() {
        fs::create_dir_all(path).map_err(|error| Error::io("create", path, error))?;
    }
    let path = path.canonicalize().map_err(|error| Error::io("find", path, error))?;
    Ok(path)
}

/// Makes the name of a new store survive a loss of power.
pub(super) fn sync_parent(path: &Path) -> Result<()> {
    let Some(parent) = path.parent().filter(|_| cfg!(unix)) else { return Ok(()) };
    let synced = File::open(parent).and_then(|folder| folder.sync_all());
    synced.map_err(|error| Error::io("sync", parent, error))
}

/// Passes a store, nothing at all, an empty folder, and what is left when the making of a store was cut short.
fn examine(path: &Path) -> Result<()> {
    let foreign =
        |reason: String| Err(Error::NotAStore { path: path.to_owned(), storage: "RocksDB", reason });
    let files = match files(path) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return foreign("it is a file".into()),
        Err(error) => return Err(Error::io("list", path, error)),
    };
    if !files.contains_key(CURRENT) {
        return match files.keys().find(|name| !is_made_first(name)) {
            None => Ok(()),
            Some(name) => foreign(format!("it has no file {CURRENT}, but others, such as {name}")),
        };
    }
    let families = DB::list_cf(&Options::default(), path).map_err(failure::rocksdb("read", path))?;
    let is_ours = |name: &String| name == DEFAULT || FAMILIES.contains(&name.as_str());
    let complete = families.len() == FAMILIES.len() + 1;
    if families.iter().all(is_ours) && (complete || !files.iter().any(holds_data)) {
        return Ok(());
    }
    foreign(format!("it is another database, with the column families {}", families.join(", ")))
}

/// The names in a folder, with the sizes of what they name.
fn files(path: &Path) -> io::Result<BTreeMap<String, u64>> {
    let file =
        |entry: fs::DirEntry| Ok((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()));
    fs::read_dir(path)?.map(|entry| file(entry?)).collect()
}

/// Files that RocksDB makes before [`CURRENT`]; `lost+found` is in the top folder of many file systems.
fn is_made_first(name: &str) -> bool {
    matches!(name, "LOCK" | "LOG" | "IDENTITY" | "MANIFEST-000001" | "lost+found")
        || name.starts_with("LOG.old.")
        || name.ends_with(".dbtmp")
}

fn holds_data((name, size): (&String, &u64)) -> bool {
    let extension = Path::new(name).extension().unwrap_or_default();
    extension == "sst" || extension == "blob" || (extension == "log" && *size > 0)
}
