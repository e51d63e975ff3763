//! The versioned store: opening, committing, branches.

use std::sync::Arc;

use napi_derive::napi;
use prolly_versioning::{CheckoutOptions, CommitOptions, ResetMode, VersionedStore};

use crate::blocking::blocking;
use crate::commit::{NativeBranch, NativeCommit, NativeCommitOptions, NativeHead, NativeStatus, NativeTag};
use crate::fault::Result;
use crate::map::{NativeMap, number};
use crate::namespaced::Namespaced;
use crate::options::{NativeOpenOptions, NativeTreeConfig};
use crate::slot::Slot;
use crate::snapshot::NativeSnapshot;
use crate::transaction::NativeTransaction;

/// A versioned store.
#[napi]
pub struct NativeStore {
    pub(crate) slot: Arc<Slot<VersionedStore>>,
}

/// A named namespace.
#[napi(object, object_from_js = false)]
pub struct NativeNamespace {
    /// Its name.
    pub name: String,
    /// Keys in it.
    pub entries: f64,
}

impl From<prolly_versioning::NamespaceInfo> for NativeNamespace {
    fn from(info: prolly_versioning::NamespaceInfo) -> Self {
        Self { name: info.name, entries: number(info.entries) }
    }
}

impl NativeStore {
    /// Opens a store off the event loop.
    pub(crate) async fn open_with(
        open: impl FnOnce() -> Result<VersionedStore> + Send + 'static,
    ) -> napi::Result<Self> {
        let store = blocking(open).await?;
        Ok(Self { slot: Arc::new(Slot::new("store", store)) })
    }

    /// Works with the store off the event loop.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&VersionedStore) -> Result<T> + Send + 'static,
    ) -> napi::Result<T> {
        let store = self.slot.get()?;
        blocking(move || work(&store)).await
    }
}

#[napi]
impl NativeStore {
    /// Makes a store.
    #[napi]
    pub async fn init(directory: String, options: NativeOpenOptions) -> napi::Result<Self> {
        let options = options.init()?;
        Self::open_with(move || Ok(VersionedStore::init(directory, options)?)).await
    }

    /// Opens the store at a path.
    #[napi]
    pub async fn open(path: String, options: NativeOpenOptions) -> napi::Result<Self> {
        let options = options.open()?;
        Self::open_with(move || Ok(VersionedStore::open(path, options)?)).await
    }

    /// Opens the store that a path is in.
    #[napi]
    pub async fn discover(path: String, options: NativeOpenOptions) -> napi::Result<Self> {
        let options = options.open()?;
        Self::open_with(move || Ok(VersionedStore::discover(path, options)?)).await
    }

    /// Makes a store that ends with its last handle.
    #[napi]
    pub async fn memory(options: NativeOpenOptions) -> napi::Result<Self> {
        let options = options.init()?;
        Self::open_with(move || Ok(VersionedStore::memory(options)?)).await
    }

    /// The keys of the default namespace, or of a named one.
    #[napi(catch_unwind)]
    pub fn map(&self, namespace: Option<String>) -> napi::Result<NativeMap> {
        Ok(NativeMap::new(Arc::new(Namespaced::new(&self.slot, namespace.as_deref())?)))
    }

    /// The Git directory of the worktree.
    #[napi(getter, catch_unwind)]
    pub fn git_dir(&self) -> napi::Result<String> {
        Ok(self.slot.with(|store| Ok(store.git_dir().to_string_lossy().into_owned()))?)
    }

    /// What decides the shape of the tree.
    #[napi(getter, catch_unwind)]
    pub fn config(&self) -> napi::Result<NativeTreeConfig> {
        Ok(self.slot.with(|store| Ok(store.parameters().into()))?)
    }

    /// Where HEAD is.
    #[napi(catch_unwind)]
    pub fn head(&self) -> napi::Result<NativeHead> {
        Ok(self.slot.with(|store| Ok(store.head()?.into()))?)
    }

    /// Brings the handle up to date.
    #[napi]
    pub async fn refresh(&self) -> napi::Result<()> {
        self.work(|store| Ok(store.refresh()?)).await
    }

    /// The root of the working state.
    #[napi]
    pub async fn root_hash(&self) -> napi::Result<String> {
        self.work(|store| Ok(store.root_hash()?.to_string())).await
    }

    /// What is staged, counted.
    #[napi]
    pub async fn status(&self) -> napi::Result<NativeStatus> {
        self.work(|store| Ok(store.status()?.into())).await
    }

    /// Commits what is staged.
    #[napi]
    pub async fn commit(&self, options: NativeCommitOptions) -> napi::Result<NativeCommit> {
        let options = CommitOptions::from(options);
        self.work(move |store| Ok(store.commit(&options)?.into())).await
    }

    /// Drops what is staged.
    #[napi]
    pub async fn discard(&self) -> napi::Result<()> {
        self.work(|store| Ok(store.discard()?)).await
    }

    /// The commit that a revision names.
    #[napi]
    pub async fn commit_info(&self, revision: String) -> napi::Result<NativeCommit> {
        self.work(move |store| Ok(store.commit_info(&revision)?.into())).await
    }

    /// The version that a revision names.
    #[napi]
    pub async fn at(&self, revision: String) -> napi::Result<NativeSnapshot> {
        self.work(move |store| Ok(NativeSnapshot::new(store.at(&revision)?))).await
    }

    /// The working state.
    #[napi]
    pub async fn snapshot(&self) -> napi::Result<NativeSnapshot> {
        self.work(|store| Ok(NativeSnapshot::new(store.snapshot()?))).await
    }

    /// Begins a transaction.
    #[napi]
    pub async fn transaction(&self) -> napi::Result<NativeTransaction> {
        self.work(|store| Ok(NativeTransaction::new(store.transaction()?))).await
    }

    /// Branches by name.
    #[napi]
    pub async fn branches(&self) -> napi::Result<Vec<NativeBranch>> {
        self.work(|store| Ok(store.branches()?.into_iter().map(Into::into).collect())).await
    }

    /// Makes a branch.
    #[napi]
    pub async fn create_branch(&self, name: String, start: Option<String>) -> napi::Result<String> {
        self.work(move |store| Ok(store.create_branch(&name, start.as_deref())?.to_string())).await
    }

    /// Deletes a branch.
    #[napi]
    pub async fn delete_branch(&self, name: String, force: bool) -> napi::Result<String> {
        self.work(move |store| Ok(store.delete_branch(&name, force)?.to_string())).await
    }

    /// Gives a branch another name.
    #[napi]
    pub async fn rename_branch(&self, from: String, to: String) -> napi::Result<()> {
        self.work(move |store| Ok(store.rename_branch(&from, &to)?)).await
    }

    /// Tags by name.
    #[napi]
    pub async fn tags(&self) -> napi::Result<Vec<NativeTag>> {
        self.work(|store| Ok(store.tags()?.into_iter().map(Into::into).collect())).await
    }

    /// Makes a tag.
    #[napi]
    pub async fn create_tag(&self, name: String, target: Option<String>) -> napi::Result<String> {
        self.work(move |store| Ok(store.create_tag(&name, target.as_deref())?.to_string())).await
    }

    /// Deletes a tag.
    #[napi]
    pub async fn delete_tag(&self, name: String) -> napi::Result<String> {
        self.work(move |store| Ok(store.delete_tag(&name)?.to_string())).await
    }

    /// Moves HEAD; makes the branch `create` there first, when given.
    #[napi]
    pub async fn checkout(
        &self,
        target: String,
        force: bool,
        detach: bool,
        create: Option<String>,
    ) -> napi::Result<NativeHead> {
        let options = CheckoutOptions { force, create, detach };
        self.work(move |store| Ok(store.checkout(&target, &options)?.into())).await
    }

    /// Moves the current branch.
    #[napi]
    pub async fn reset(&self, revision: String, hard: bool) -> napi::Result<NativeHead> {
        let mode = if hard { ResetMode::Hard } else { ResetMode::Soft };
        self.work(move |store| Ok(store.reset(&revision, mode)?.into())).await
    }

    /// The named namespaces.
    #[napi]
    pub async fn namespaces(&self) -> napi::Result<Vec<NativeNamespace>> {
        self.work(|store| Ok(store.namespaces()?.into_iter().map(Into::into).collect())).await
    }

    /// Drops a namespace.
    #[napi]
    pub async fn drop_namespace(&self, name: String) -> napi::Result<bool> {
        self.work(move |store| Ok(store.drop_namespace(&name)?)).await
    }

    /// Gives a namespace another name.
    #[napi]
    pub async fn rename_namespace(&self, from: String, to: String) -> napi::Result<()> {
        self.work(move |store| Ok(store.rename_namespace(&from, &to)?)).await
    }

    /// Makes staged changes durable and lets go of the store. Work under way is finished first.
    #[napi]
    pub async fn close(&self) -> napi::Result<()> {
        match self.slot.take() {
            Some(store) => blocking(move || Ok(store.close()?)).await,
            None => Ok(()),
        }
    }
}
