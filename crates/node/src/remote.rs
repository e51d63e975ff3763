//! Other copies of a store.

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use prolly_versioning::{CloneOptions, FetchOptions, PushOptions, VersionedStore};

use crate::blocking::promise;
use crate::options::NativeOpenOptions;
use crate::progress::{NativeCancellation, Progress, StageListener};
use crate::store::NativeStore;

/// What to push.
#[napi(object, object_to_js = false)]
pub struct NativePushOptions {
    /// The remote's name or address.
    pub remote: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// Whether to overwrite what is there.
    pub force: bool,
    /// Whether to push the tags as well.
    pub tags: bool,
    /// Whether the branch is to follow the remote's.
    pub set_upstream: bool,
}

impl From<NativePushOptions> for PushOptions {
    fn from(NativePushOptions { remote, branch, force, tags, set_upstream }: NativePushOptions) -> Self {
        Self { remote, branch, force, tags, set_upstream }
    }
}

#[napi]
impl NativeStore {
    /// Clones a store. `progress` is told how far that is, as often as it has time for; so in what follows.
    #[napi(catch_unwind)]
    pub fn clone_from<'env>(
        env: &'env Env,
        url: String,
        directory: String,
        options: NativeOpenOptions,
        cancellation: &NativeCancellation,
        progress: StageListener<'env>,
    ) -> napi::Result<PromiseRaw<'env, NativeStore>> {
        let options = CloneOptions { open: options.open()?, storage: options.storage()? };
        let progress = Progress::new(cancellation, progress)?;
        promise(env, move || {
            Ok(Self::of(VersionedStore::clone_telling(&url, directory, options, &mut progress.listener())?))
        })
    }

    /// Gives a remote a name.
    #[napi(catch_unwind)]
    pub fn add_remote<'env>(
        &self,
        env: &'env Env,
        name: String,
        url: String,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        self.work(env, move |store| Ok(store.add_remote(&name, &url)?))
    }

    /// Gets a remote's branches and tags.
    #[napi(catch_unwind)]
    pub fn fetch<'env>(
        &self,
        env: &'env Env,
        remote: Option<String>,
        cancellation: &NativeCancellation,
        progress: StageListener<'env>,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        let progress = Progress::new(cancellation, progress)?;
        self.work(env, move |store| {
            Ok(store.fetch_telling(&FetchOptions { remote }, &mut progress.listener())?)
        })
    }

    /// Sends a branch to a remote.
    #[napi(catch_unwind)]
    pub fn push<'env>(
        &self,
        env: &'env Env,
        options: NativePushOptions,
        cancellation: &NativeCancellation,
        progress: StageListener<'env>,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        let options = PushOptions::from(options);
        let progress = Progress::new(cancellation, progress)?;
        self.work(env, move |store| Ok(store.push_telling(&options, &mut progress.listener()).map(drop)?))
    }
}
