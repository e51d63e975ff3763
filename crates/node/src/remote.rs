//! Other copies of a store.

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use prolly_versioning::{CloneOptions, FetchOptions, PushOptions, VersionedStore};

use crate::options::NativeOpenOptions;
use crate::store::NativeStore;

#[napi]
impl NativeStore {
    /// Clones a store.
    #[napi]
    pub async fn clone_from(
        url: String,
        directory: String,
        options: NativeOpenOptions,
    ) -> napi::Result<Self> {
        let options = CloneOptions { open: options.open()?, storage: options.storage()? };
        Self::open_with(move || Ok(VersionedStore::clone_from(&url, directory, options)?)).await
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
    pub fn fetch<'env>(&self, env: &'env Env, remote: Option<String>) -> napi::Result<PromiseRaw<'env, ()>> {
        self.work(env, move |store| Ok(store.fetch(&FetchOptions { remote })?))
    }

    /// Sends a branch to a remote.
    #[napi(catch_unwind)]
    pub fn push<'env>(
        &self,
        env: &'env Env,
        remote: Option<String>,
        branch: Option<String>,
        force: bool,
        tags: bool,
        set_upstream: bool,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        let options = PushOptions { remote, branch, force, tags, set_upstream };
        self.work(env, move |store| Ok(store.push(&options).map(drop)?))
    }
}
