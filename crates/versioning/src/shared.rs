//! The native store that all handles of a process on one path share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock, Weak};

use parking_lot::{Mutex, MutexGuard, RwLock};
use prolly_storage::git::{Repository, StoreLock};
use prolly_storage::{NodeStore, Parameters};
use tempfile::TempDir;

use crate::backend::Backend;
use crate::journal::{Journal, LockFile, WorktreeLock};
use crate::publication::Queue;
use crate::view::View;
use crate::{Durability, Error, OpenOptions, Result, StorageKind, node_storage};

/// A store, open in this process.
///
/// Locks are taken in this order: `operation`, the store's lock, `writer`, the worktree's lock, `view`. Readers take
/// `view` only, for as long as it takes to look into the overlay; nothing slow is done under it.
pub(crate) struct Shared {
    pub(crate) backend: Backend,
    /// Where it was noted that the nodes are kept, when this was opened.
    pub(crate) storage: StorageKind,
    pub(crate) options: OpenOptions,
    pub(crate) parameters: Parameters,
    /// The worktree's folder, beside the repository.
    pub(crate) folder: PathBuf,
    /// Names the worktree among those of the repository.
    pub(crate) worktree: String,
    /// What moves HEAD, a branch or the journal's base goes one at a time.
    operation: Mutex<()>,
    /// Transactions on their way to a branch, in the order they came.
    pub(crate) publications: Queue,
    /// What appends to the journal goes one at a time.
    writer: Mutex<Writer>,
    pub(crate) view: RwLock<View>,
    lock_file: OnceLock<LockFile>,
    poison: OnceLock<String>,
    /// Removed with the last handle.
    temporary: Option<TempDir>,
}

/// What only the thread that appends to the journal knows.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) journal: Option<Journal>,
    /// The journal does not start from where HEAD is, so that a new one is due before something can be appended.
    pub(crate) unsettled: bool,
    /// How far a published commit took the journal's records.
    pub(crate) taken: u64,
}

/// The right to append to the journal, among threads and processes.
pub(crate) struct Appending<'shared> {
    /// Unlocked before the mutex is.
    pub(crate) lock: WorktreeLock<'shared>,
    pub(crate) writer: MutexGuard<'shared, Writer>,
}

/// The right to move refs and to replace the journal, among threads and processes.
pub(crate) struct Held<'shared> {
    /// Unlocked before the mutex is.
    _lock: StoreLock,
    _operation: MutexGuard<'shared, ()>,
}

/// Open stores by the path of their Git directory.
static STORES: LazyLock<Mutex<HashMap<PathBuf, Weak<Shared>>>> = LazyLock::new(Mutex::default);

impl Shared {
    /// The store of `repository`, which other handles of this process may have open already.
    pub(crate) fn open(repository: Repository, options: OpenOptions) -> Result<Arc<Self>> {
        let path = repository.git_dir().canonicalize();
        let path = path.map_err(|error| Error::io("resolve", repository.git_dir(), error))?;
        // One that refuses writes is not shared on: whoever opens the store again reads what is there.
        let find = || STORES.lock().get(&path).and_then(Weak::upgrade).filter(|found| !found.is_poisoned());
        if let Some(shared) = find() {
            return Ok(shared);
        }
        // Opened without holding the registry, which all stores share.
        let storage = node_storage::read(&repository)?;
        let backend = match node_storage::open(&repository, storage, options.durability)? {
            Some(nodes) => Backend::external(repository, nodes),
            None => Backend::git(repository),
        };
        let opened = Arc::new(Self::new(backend, storage, options, None, None)?);
        let mut stores = STORES.lock();
        if let Some(first) = stores.get(&path).and_then(Weak::upgrade).filter(|found| !found.is_poisoned()) {
            return Ok(first);
        }
        stores.retain(|_, store| store.strong_count() > 0);
        stores.insert(path, Arc::downgrade(&opened));
        Ok(opened)
    }

    /// Whether this process has a store open whose Git directory is in `folder`.
    pub(crate) fn is_open_in(folder: &Path) -> Result<bool> {
        let folder = folder.canonicalize().map_err(|error| Error::io("resolve", folder, error))?;
        let stores = STORES.lock();
        Ok(stores.iter().any(|(path, store)| path.starts_with(&folder) && store.strong_count() > 0))
    }

    /// A store with nodes in `nodes`, over a repository that goes with it.
    pub(crate) fn temporary(
        repository: Repository,
        temporary: TempDir,
        nodes: NodeStore,
        options: OpenOptions,
        parameters: Parameters,
    ) -> Result<Arc<Self>> {
        let backend = Backend::external(repository, nodes);
        Self::new(backend, StorageKind::Git, options, Some(parameters), Some(temporary)).map(Arc::new)
    }

    fn new(
        backend: Backend,
        storage: StorageKind,
        options: OpenOptions,
        parameters: Option<Parameters>,
        temporary: Option<TempDir>,
    ) -> Result<Self> {
        let (worktree, folder) = place(&backend.repository);
        let parameters = match parameters {
            Some(parameters) => parameters,
            None => crate::parameters::read(&backend)?,
        };
        let view =
            View::clean(crate::view::Position { branch: None, commit: None }, backend.empty(parameters)?);
        let shared = Self {
            backend,
            storage,
            options,
            parameters,
            folder,
            worktree,
            operation: Mutex::default(),
            publications: Queue::default(),
            writer: Mutex::default(),
            view: RwLock::new(view),
            lock_file: OnceLock::new(),
            poison: OnceLock::new(),
            temporary,
        };
        shared.reopen()?;
        Ok(shared)
    }

    pub(crate) fn repository(&self) -> &Repository {
        &self.backend.repository
    }

    /// What is seen now.
    pub(crate) fn view(&self) -> View {
        self.view.read().clone()
    }

    /// The name of the ref that keeps this worktree's checkpoint.
    pub(crate) fn staged_ref(&self) -> String {
        staged_ref(&self.worktree)
    }

    /// Whether it goes with its last handle.
    pub(crate) const fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    /// The folder of a worktree, beside the repository.
    pub(crate) fn folder_of(&self, worktree: &str) -> PathBuf {
        folder_of(self.repository(), worktree)
    }

    /// Whether the journal is synced at commits.
    pub(crate) const fn syncs(&self) -> bool {
        !matches!(self.options.durability, Durability::Off)
    }

    /// Takes the right to append.
    pub(crate) fn appending(&self) -> Result<Appending<'_>> {
        self.refuse_poisoned()?;
        let writer = self.writer.lock();
        let lock = self.lock_file().and_then(LockFile::lock).map_err(|error| self.poison_for(error))?;
        // Whoever was waited for may have failed.
        self.refuse_poisoned()?;
        Ok(Appending { lock, writer })
    }

    /// The journal's state in this process, for readers: nothing is appended.
    pub(crate) fn reading(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock()
    }

    /// As [`Shared::reading`], unless another thread is at it.
    pub(crate) fn try_reading(&self) -> Option<MutexGuard<'_, Writer>> {
        self.writer.try_lock()
    }

    pub(crate) fn lock_file(&self) -> Result<&LockFile> {
        if let Some(file) = self.lock_file.get() {
            return Ok(file);
        }
        let file = LockFile::open(&self.folder)?;
        Ok(self.lock_file.get_or_init(|| file))
    }

    /// Runs `work` alone among all threads and processes that move refs or replace the journal.
    pub(crate) fn exclusively<T>(&self, work: impl FnOnce(&StoreLock) -> Result<T>) -> Result<T> {
        let _operation = self.operation.lock();
        self.exclusively_held(work)
    }

    /// As [`Shared::exclusively`], unless another thread of this process is at it: `None` then.
    pub(crate) fn try_exclusively<T>(&self, work: impl FnOnce(&StoreLock) -> Result<T>) -> Result<Option<T>> {
        match self.operation.try_lock() {
            Some(_operation) => self.exclusively_held(work).map(Some),
            None => Ok(None),
        }
    }

    /// Takes the right to move refs and replace the journal alone, until it is dropped.
    pub(crate) fn hold(&self) -> Result<Held<'_>> {
        let operation = self.operation.lock();
        Ok(Held { _lock: self.store_lock()?, _operation: operation })
    }

    fn exclusively_held<T>(&self, work: impl FnOnce(&StoreLock) -> Result<T>) -> Result<T> {
        self.store_lock().and_then(|lock| work(&lock)).map_err(|error| self.poison_for(error))
    }

    fn store_lock(&self) -> Result<StoreLock> {
        self.refuse_poisoned()?;
        if self.repository().is_plain_clone()? {
            self.repository().make_bare()?;
        }
        let lock = self.repository().lock()?;
        let noted = node_storage::read(self.repository())?;
        if noted != self.storage {
            return Err(Error::Migrated { storage: noted.name() });
        }
        Ok(lock)
    }

    /// Refuses further writes: what reached the disk is not known any more.
    pub(crate) fn poison(&self, error: Error) -> Error {
        let _ = self.poison.set(error.to_string());
        node_storage::forget(self.repository(), self.storage);
        error
    }

    /// Refuses further writes if `error` is a failed write.
    pub(crate) fn poison_for(&self, error: Error) -> Error {
        if error.is_failed_write() { self.poison(error) } else { error }
    }

    /// Whether this, or the storage of the nodes, which the worktrees share, refuses writes.
    fn is_poisoned(&self) -> bool {
        self.poison.get().is_some() || self.backend.nodes().storage().refuses_writes()
    }

    pub(crate) fn refuse_poisoned(&self) -> Result<()> {
        match self.poison.get() {
            Some(reason) => Err(Error::Poisoned { reason: reason.clone() }),
            None => Ok(()),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Nobody is left who could be told of a failure; `VersionedStore::close` tells.
        if self.poison.get().is_none() {
            let _ = self.sync();
        }
    }
}

/// The worktree's name, and its folder: shared by all worktrees, so that one can see what another has staged.
fn place(repository: &Repository) -> (String, PathBuf) {
    let (own, common) = (repository.git_dir(), repository.common_dir());
    let own_name =
        own.strip_prefix(common).ok().filter(|rest| *rest != Path::new("")).and_then(Path::file_name);
    let worktree = own_name.map_or_else(|| "main".to_owned(), |name| linked(&name.to_string_lossy()));
    let folder = folder_of(repository, &worktree);
    (worktree, folder)
}

fn folder_of(repository: &Repository, worktree: &str) -> PathBuf {
    repository.common_dir().join("prolly").join("worktrees").join(worktree)
}

/// How the linked worktree `name` is called here.
pub(crate) fn linked(name: &str) -> String {
    format!("linked-{name}")
}

/// The address of who commits checkpoints.
pub(crate) const STAGED_BY: &str = "staged@localhost";

/// The name of the ref that keeps a worktree's checkpoint.
pub(crate) fn staged_ref(worktree: &str) -> String {
    format!("refs/prolly/staged/{worktree}")
}
