//! Where a store keeps its nodes: in Git, or in a folder beside it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, LazyLock, Weak};

use parking_lot::Mutex;
use prolly_storage::git::{Repository, durable};
use prolly_storage::{FileStorage, NodeStorage, NodeStore};

use crate::{Durability, Error, Result};

/// Where a store keeps its nodes. Commits are in Git, whatever it is, and name the same roots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StorageKind {
    /// In the commits: whatever pushes, clones and collects Git objects carries and keeps them.
    #[default]
    Git,
    /// In files, one a node, in a folder of the repository.
    File,
    /// In a RocksDB database in a folder of the repository: the fastest. One process at a time has it open.
    RocksDb,
}

impl StorageKind {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Git, Self::File, Self::RocksDb];

    /// `git`, `file` or `rocksdb`: what a commit says of where its nodes are.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::File => "file",
            Self::RocksDb => "rocksdb",
        }
    }
}

impl FromStr for StorageKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| {
            Error::invalid(format!("the storage {name:?}"), "is none of git, file and rocksdb")
        })
    }
}

/// Where it is noted, in the folder of our own files.
const NAME: &str = "storage";

/// Open storages by their folders: the worktrees of a repository share one.
static OPEN: LazyLock<Mutex<HashMap<PathBuf, Weak<dyn NodeStorage>>>> = LazyLock::new(Mutex::default);

/// Notes the kind of a store's storage, durably.
pub(crate) fn write(repository: &Repository, kind: StorageKind) -> Result<()> {
    let folder = repository.common_dir().join("prolly");
    fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, error))?;
    let (path, temporary) = (folder.join(NAME), folder.join("storage.new"));
    let mut file = File::create(&temporary).map_err(|error| Error::io("create", &temporary, error))?;
    writeln!(file, "{}", kind.name()).map_err(|error| Error::io("write", &temporary, error))?;
    durable::sync_file(&file, &temporary)?;
    fs::rename(&temporary, &path).map_err(|error| Error::io("rename", &temporary, error))?;
    Ok(durable::sync_folder(&folder)?)
}

/// The kind of a store's storage: Git where none was noted.
pub(crate) fn read(repository: &Repository) -> Result<StorageKind> {
    let path = repository.common_dir().join("prolly").join(NAME);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(StorageKind::Git),
        answer => answer.map_err(|error| Error::io("read", &path, error))?,
    };
    text.trim_end().parse().map_err(|_| Error::Corruption {
        subject: path.display().to_string(),
        reason: "it names no storage of nodes".into(),
    })
}

/// The folder of a storage beside Git.
pub(crate) fn folder(repository: &Repository, kind: StorageKind) -> PathBuf {
    repository.common_dir().join("prolly").join(match kind {
        StorageKind::RocksDb => "rocksdb",
        StorageKind::File | StorageKind::Git => "nodes",
    })
}

/// Bytes of the disk that a storage beside Git takes.
pub(crate) fn size(repository: &Repository, kind: StorageKind) -> Result<u64> {
    match kind {
        StorageKind::Git => Ok(0),
        StorageKind::File | StorageKind::RocksDb => Ok(durable::size_below(&folder(repository, kind))?),
    }
}

/// The nodes of a store that keeps them beside Git; `None` when they are in Git.
pub(crate) fn open(
    repository: &Repository,
    kind: StorageKind,
    durability: Durability,
) -> Result<Option<NodeStore>> {
    if kind == StorageKind::Git {
        return Ok(None);
    }
    let folder = folder(repository, kind);
    durable_folder(&folder)?;
    let folder = folder.canonicalize().map_err(|error| Error::io("resolve", &folder, error))?;
    let mut open = OPEN.lock();
    if let Some(storage) = open.get(&folder).and_then(Weak::upgrade).filter(|found| !found.refuses_writes()) {
        return Ok(Some(NodeStore::new(storage)));
    }
    let storage = make(&folder, kind, durability)?;
    open.retain(|_, storage| storage.strong_count() > 0);
    open.insert(folder, Arc::downgrade(&storage));
    Ok(Some(NodeStore::new(storage)))
}

/// Has whoever opens a store next open its storage anew: this one may refuse writes.
pub(crate) fn forget(repository: &Repository, kind: StorageKind) {
    if let Ok(folder) = folder(repository, kind).canonicalize() {
        OPEN.lock().remove(&folder);
    }
}

fn make(folder: &Path, kind: StorageKind, durability: Durability) -> Result<Arc<dyn NodeStorage>> {
    let durability = match durability {
        // A node matters once a commit names it, and a commit syncs the nodes first.
        Durability::Full | Durability::Commit => prolly_storage::Durability::Commit,
        Durability::Off => prolly_storage::Durability::Off,
    };
    Ok(match kind {
        StorageKind::RocksDb => rocksdb(folder, durability)?,
        StorageKind::File | StorageKind::Git => Arc::new(FileStorage::open(folder, durability)?),
    })
}

#[cfg(feature = "rocksdb")]
fn rocksdb(folder: &Path, durability: prolly_storage::Durability) -> Result<Arc<dyn NodeStorage>> {
    use prolly_storage::rocksdb::{RocksDbOptions, RocksDbStorage};
    let options = RocksDbOptions { durability, ..RocksDbOptions::default() };
    Ok(Arc::new(RocksDbStorage::open(folder, &options)?))
}

#[cfg(not(feature = "rocksdb"))]
fn rocksdb(_folder: &Path, _durability: prolly_storage::Durability) -> Result<Arc<dyn NodeStorage>> {
    Err(prolly_storage::Error::Unsupported {
        what: "a store over RocksDB".into(),
        hint: "use a build with the feature rocksdb".into(),
    }
    .into())
}

fn durable_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, error))?;
    Ok(folder.parent().map_or(Ok(()), durable::sync_folder)?)
}
