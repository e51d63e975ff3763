//! Making, opening and closing a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use prolly_storage::git::{InitOptions as GitInitOptions, Repository};
use prolly_storage::{MemoryStorage, NodeStore};

use crate::shared::Shared;
use crate::{Error, InitOptions, OpenOptions, Result, StorageKind, node_storage};

/// A handle on a versioned store. Cloning is cheap; all handles of a process on one path share one native store.
///
/// Writes are staged ([`VersionedStore::put`] and its companions) and are the next commit's. A handle reads the commit
/// it last saw and what is staged over it; what other processes did is seen at the next write, status, commit, checkout,
/// merge, transaction or [`VersionedStore::refresh`].
#[derive(Clone)]
pub struct VersionedStore {
    pub(crate) shared: Arc<Shared>,
}

impl VersionedStore {
    /// Makes a store in `directory`, which is made when it is missing and must hold no repository.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists) when a repository is there.
    pub fn init(directory: impl AsRef<Path>, options: InitOptions) -> Result<Self> {
        let directory = directory.as_ref();
        let repository = make(directory, &options)?;
        Ok(Self { shared: Shared::open(repository, options.open)? })
    }

    /// Opens the store at `path`: its folder, its `.git` folder, a bare repository, a plain `git clone` of a store, or
    /// a linked worktree of one. Replays the journal of the worktree.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::BranchMissing`](crate::Error::BranchMissing) when HEAD
    /// names a branch that is gone while the store has history, or corruption of what is there.
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self> {
        let path = path.as_ref();
        let repository = Repository::open(path).map_err(|error| not_found(path, error))?;
        Ok(Self { shared: Shared::open(repository, options)? })
    }

    /// Opens the store that `path` is in, looking upwards as Git does.
    ///
    /// # Errors
    /// As [`VersionedStore::open`].
    pub fn discover(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self> {
        let path = path.as_ref();
        let named = std::env::var_os("GIT_DIR");
        let found = Repository::discover(path, named.as_deref().map(Path::new));
        Ok(Self { shared: Shared::open(found.map_err(|error| not_found(path, error))?, options)? })
    }

    /// The Git directory of the store that `path` is in, looking upwards as Git does. It is not opened.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when `path` is in none.
    pub fn locate(path: impl AsRef<Path>) -> Result<PathBuf> {
        let path = path.as_ref();
        let found = Repository::discover(path, None).map_err(|error| not_found(path, error))?;
        Ok(found.git_dir().to_owned())
    }

    /// A store that ends with its last handle: nodes in memory, whatever storage the options name, commits in a temporary
    /// repository that is removed.
    ///
    /// # Errors
    /// When the temporary repository cannot be made.
    pub fn memory(options: InitOptions) -> Result<Self> {
        Self::temporary(options, NodeStore::new(Arc::new(MemoryStorage::new())))
    }

    /// As [`VersionedStore::memory`], with nodes in `nodes`.
    pub(crate) fn temporary(options: InitOptions, nodes: NodeStore) -> Result<Self> {
        let action = |error| Error::io("create", std::env::temp_dir(), error);
        let temporary = tempfile::Builder::new().prefix("prollytree-").tempdir().map_err(action)?;
        let repository =
            make(temporary.path(), &InitOptions { storage: StorageKind::Git, ..options.clone() })?;
        let open = OpenOptions { durability: crate::Durability::Off, ..options.open };
        Ok(Self { shared: Shared::temporary(repository, temporary, nodes, open, options.parameters)? })
    }

    /// The Git directory of the worktree: where HEAD is.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        self.shared.repository().git_dir()
    }

    /// Where the nodes are kept: the name of a [`StorageKind`], or `memory`.
    #[must_use]
    pub fn storage(&self) -> &'static str {
        self.shared.backend.kind()
    }

    /// What decides the shape of the tree.
    #[must_use]
    pub fn parameters(&self) -> crate::Parameters {
        self.shared.parameters
    }

    /// Brings the handle up to date with what other processes committed and staged. Staged changes whose branch moved
    /// are carried over to it when no key changed on both sides.
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) names the keys that changed on both sides; reads go on as before.
    pub fn refresh(&self) -> Result<()> {
        self.shared.refresh()?;
        let view = self.shared.view();
        self.shared.refuse_conflict(&view)
    }

    /// The root of the working state: the commit at HEAD with all staged changes. Equal entries have equal roots.
    ///
    /// # Errors
    /// When staged changes cannot be applied.
    pub fn root_hash(&self) -> Result<crate::Address> {
        Ok(self.shared.applied()?.root().address)
    }

    /// Makes staged changes durable, as far as [`Durability`](crate::Durability) promises anything. Call it before the
    /// last handle goes; the rest happens by itself when it is dropped.
    ///
    /// # Errors
    /// When the journal cannot be synced.
    pub fn close(&self) -> Result<()> {
        self.shared.refuse_poisoned()?;
        self.shared.sync()
    }
}

fn make(directory: &Path, options: &InitOptions) -> Result<Repository> {
    options.parameters.validate()?;
    let wanted = GitInitOptions { initial_branch: options.branch.clone() };
    let repository = Repository::init(directory, &wanted).map_err(|error| match error {
        prolly_storage::Error::AlreadyExists { .. } => {
            Error::AlreadyExists { what: "store", name: directory.display().to_string() }
        }
        prolly_storage::Error::InvalidName { name, reason } => {
            Error::invalid(format!("the branch name {name:?}"), format!("is refused: {reason}"))
        }
        other => other.into(),
    })?;
    if options.parameters != crate::Parameters::default() {
        crate::parameters::write(&repository, &options.parameters)?;
    }
    if options.storage != StorageKind::Git {
        node_storage::write(&repository, options.storage)?;
    }
    Ok(repository)
}

pub(crate) fn not_found(path: &Path, error: prolly_storage::Error) -> Error {
    match error {
        prolly_storage::Error::NoRepository { .. } => Error::NotFound {
            what: "store",
            name: path.display().to_string(),
            hint: "make one with `git-prolly init`, or go to its folder".into(),
        },
        other => other.into(),
    }
}
