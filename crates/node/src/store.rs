//! The versioned store: opening, committing, branches.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, ToNapiValue};
use napi_derive::napi;
use prolly_versioning::{CheckoutOptions, CommitOptions, MigrateReport, ResetMode, VersionedStore};

use crate::blocking::{blocking, promise};
use crate::commit::{NativeBranch, NativeCommit, NativeCommitOptions, NativeHead, NativeStatus, NativeTag};
use crate::fault::{Fault, Result};
use crate::map::{NativeMap, number};
use crate::namespaced::Namespaced;
use crate::options::{NativeOpenOptions, NativeTreeConfig};
use crate::progress::{NativeCancellation, Progress, StageListener};
use crate::slot::Slot;
use crate::snapshot::NativeSnapshot;
use crate::transaction::NativeTransaction;

/// A versioned store.
#[napi]
pub struct NativeStore {
    pub(crate) slot: Arc<Slot<VersionedStore>>,
}

/// What a migration did.
#[napi(object, object_from_js = false)]
pub struct NativeMigration {
    /// Where the nodes were.
    pub from: String,
    /// Where they are now.
    pub to: String,
    /// Versions whose nodes were moved.
    pub versions: f64,
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
        Ok(Self::of(blocking(open).await?))
    }

    pub(crate) fn of(store: VersionedStore) -> Self {
        Self { slot: Arc::new(Slot::new("store", store)) }
    }

    /// Works with the store off the event loop.
    pub(crate) fn work<'env, T: ToNapiValue + Send + 'static>(
        &self,
        env: &'env Env,
        work: impl FnOnce(&VersionedStore) -> Result<T> + Send + 'static,
    ) -> napi::Result<PromiseRaw<'env, T>> {
        let store = self.slot.get()?;
        promise(env, move || work(&store))
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

    /// Moves the nodes of the store at a path, which this process has not open, to another storage. `progress` is told how far that
    /// is, as often as it has time for.
    #[napi(catch_unwind)]
    pub fn migrate<'env>(
        env: &'env Env,
        path: String,
        storage: String,
        cancellation: &NativeCancellation,
        progress: StageListener<'env>,
    ) -> napi::Result<PromiseRaw<'env, NativeMigration>> {
        let to = storage.parse().map_err(Fault::from)?;
        let progress = Progress::new(cancellation, progress)?;
        promise(env, move || {
            let MigrateReport { from, to, versions } =
                VersionedStore::migrate_telling(path, to, &mut progress.listener())?;
            let (from, to) = (from.name().to_owned(), to.name().to_owned());
            Ok(NativeMigration { from, to, versions: number(versions) })
        })
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

    /// Where the nodes are kept: `git`, `file`, `rocksdb` or `memory`.
    #[napi(getter, catch_unwind)]
    pub fn storage(&self) -> napi::Result<String> {
        Ok(self.slot.with(|store| Ok(store.storage().to_owned()))?)
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
    #[napi(catch_unwind)]
    pub fn refresh<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>> {
        self.work(env, |store| Ok(store.refresh()?))
    }

    /// The root of the working state.
    #[napi(catch_unwind)]
    pub fn root_hash<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, String>> {
        self.work(env, |store| Ok(store.root_hash()?.to_string()))
    }

    /// What is staged, counted.
    #[napi(catch_unwind)]
    pub fn status<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, NativeStatus>> {
        self.work(env, |store| Ok(store.status()?.into()))
    }

    /// Commits what is staged.
    #[napi(catch_unwind)]
    pub fn commit<'env>(
        &self,
        env: &'env Env,
        options: NativeCommitOptions,
    ) -> napi::Result<PromiseRaw<'env, NativeCommit>> {
        let options = CommitOptions::from(options);
        self.work(env, move |store| Ok(store.commit(&options)?.into()))
    }

    /// Drops what is staged.
    #[napi(catch_unwind)]
    pub fn discard<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>> {
        self.work(env, |store| Ok(store.discard()?))
    }

    /// The commit that a revision names.
    #[napi(catch_unwind)]
    pub fn commit_info<'env>(
        &self,
        env: &'env Env,
        revision: String,
    ) -> napi::Result<PromiseRaw<'env, NativeCommit>> {
        self.work(env, move |store| Ok(store.commit_info(&revision)?.into()))
    }

    /// The best common ancestor of two revisions.
    #[napi(catch_unwind)]
    pub fn merge_base<'env>(
        &self,
        env: &'env Env,
        one: String,
        other: String,
    ) -> napi::Result<PromiseRaw<'env, Option<String>>> {
        self.work(env, move |store| Ok(store.merge_base(&one, &other)?.map(|commit| commit.to_string())))
    }

    /// The version that a revision names.
    #[napi(catch_unwind)]
    pub fn at<'env>(
        &self,
        env: &'env Env,
        revision: String,
    ) -> napi::Result<PromiseRaw<'env, NativeSnapshot>> {
        self.work(env, move |store| Ok(NativeSnapshot::new(store.at(&revision)?)))
    }

    /// The working state.
    #[napi(catch_unwind)]
    pub fn snapshot<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, NativeSnapshot>> {
        self.work(env, |store| Ok(NativeSnapshot::new(store.snapshot()?)))
    }

    /// Begins a transaction.
    #[napi(catch_unwind)]
    pub fn transaction<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, NativeTransaction>> {
        self.work(env, |store| Ok(NativeTransaction::new(store.transaction()?)))
    }

    /// Branches by name.
    #[napi(catch_unwind)]
    pub fn branches<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Vec<NativeBranch>>> {
        self.work(env, |store| Ok(store.branches()?.into_iter().map(Into::into).collect()))
    }

    /// Makes a branch.
    #[napi(catch_unwind)]
    pub fn create_branch<'env>(
        &self,
        env: &'env Env,
        name: String,
        start: Option<String>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        self.work(env, move |store| Ok(store.create_branch(&name, start.as_deref())?.to_string()))
    }

    /// Deletes a branch.
    #[napi(catch_unwind)]
    pub fn delete_branch<'env>(
        &self,
        env: &'env Env,
        name: String,
        force: bool,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        self.work(env, move |store| Ok(store.delete_branch(&name, force)?.to_string()))
    }

    /// Gives a branch another name.
    #[napi(catch_unwind)]
    pub fn rename_branch<'env>(
        &self,
        env: &'env Env,
        from: String,
        to: String,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        self.work(env, move |store| Ok(store.rename_branch(&from, &to)?))
    }

    /// Tags by name.
    #[napi(catch_unwind)]
    pub fn tags<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Vec<NativeTag>>> {
        self.work(env, |store| Ok(store.tags()?.into_iter().map(Into::into).collect()))
    }

    /// Makes a tag.
    #[napi(catch_unwind)]
    pub fn create_tag<'env>(
        &self,
        env: &'env Env,
        name: String,
        target: Option<String>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        self.work(env, move |store| Ok(store.create_tag(&name, target.as_deref())?.to_string()))
    }

    /// Deletes a tag.
    #[napi(catch_unwind)]
    pub fn delete_tag<'env>(&self, env: &'env Env, name: String) -> napi::Result<PromiseRaw<'env, String>> {
        self.work(env, move |store| Ok(store.delete_tag(&name)?.to_string()))
    }

    /// Moves HEAD; makes the branch `create` there first, when given.
    #[napi(catch_unwind)]
    pub fn checkout<'env>(
        &self,
        env: &'env Env,
        target: String,
        force: bool,
        detach: bool,
        create: Option<String>,
    ) -> napi::Result<PromiseRaw<'env, NativeHead>> {
        let options = CheckoutOptions { force, create, detach };
        self.work(env, move |store| Ok(store.checkout(&target, &options)?.into()))
    }

    /// Moves the current branch.
    #[napi(catch_unwind)]
    pub fn reset<'env>(
        &self,
        env: &'env Env,
        revision: String,
        hard: bool,
    ) -> napi::Result<PromiseRaw<'env, NativeHead>> {
        let mode = if hard { ResetMode::Hard } else { ResetMode::Soft };
        self.work(env, move |store| Ok(store.reset(&revision, mode)?.into()))
    }

    /// The named namespaces.
    #[napi(catch_unwind)]
    pub fn namespaces<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Vec<NativeNamespace>>> {
        self.work(env, |store| Ok(store.namespaces()?.into_iter().map(Into::into).collect()))
    }

    /// Drops a namespace.
    #[napi(catch_unwind)]
    pub fn drop_namespace<'env>(&self, env: &'env Env, name: String) -> napi::Result<PromiseRaw<'env, bool>> {
        self.work(env, move |store| Ok(store.drop_namespace(&name)?))
    }

    /// Gives a namespace another name.
    #[napi(catch_unwind)]
    pub fn rename_namespace<'env>(
        &self,
        env: &'env Env,
        from: String,
        to: String,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        self.work(env, move |store| Ok(store.rename_namespace(&from, &to)?))
    }

    /// Makes staged changes durable and lets go of the store. Work under way is finished first.
    #[napi(catch_unwind)]
    pub fn close<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>> {
        let store = self.slot.take();
        promise(env, move || Ok(store.map_or(Ok(()), |store| store.close())?))
    }
}
