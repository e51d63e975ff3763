//! Other copies of a store.

use napi_derive::napi;
use prolly_versioning::{FetchOptions, PushOptions, VersionedStore};

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
        let options = options.open()?;
        Self::open_with(move || Ok(VersionedStore::clone_from(&url, directory, options)?)).await
    }

    /// Gives a remote a name.
    #[napi]
    pub async fn add_remote(&self, name: String, url: String) -> napi::Result<()> {
        self.work(move |store| Ok(store.add_remote(&name, &url)?)).await
    }

    /// Gets a remote's branches and tags.
    #[napi]
    pub async fn fetch(&self, remote: Option<String>) -> napi::Result<()> {
        self.work(move |store| Ok(store.fetch(&FetchOptions { remote })?)).await
    }

    /// Sends a branch to a remote.
    #[napi]
    pub async fn push(
        &self,
        remote: Option<String>,
        branch: Option<String>,
        force: bool,
    ) -> napi::Result<()> {
        let options = PushOptions { remote, branch, force, ..PushOptions::default() };
        self.work(move |store| Ok(store.push(&options).map(drop)?)).await
    }
}
