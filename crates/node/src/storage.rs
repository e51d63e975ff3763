//! Storages of nodes, for trees that are not part of a versioned store.

use std::path::Path;
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use prolly_storage::git::{GitStorage, InitOptions, Repository};
use prolly_storage::{Address, Error, MemoryStorage, NodeRef, NodeStorage, NodeStore, Parameters};

use crate::blocking::{blocking, promise};
use crate::fault::{Fault, Result};
use crate::slot::Slot;

/// A storage of nodes.
#[napi]
pub struct NativeStorage {
    pub(crate) slot: Arc<Slot<NodeStore>>,
}

impl NativeStorage {
    fn new(storage: impl NodeStorage) -> Self {
        Self { slot: Arc::new(Slot::new("storage", NodeStore::new(Arc::new(storage)))) }
    }
}

#[napi]
impl NativeStorage {
    /// Nodes in memory.
    #[napi(factory, catch_unwind)]
    pub fn memory() -> Self {
        Self::new(MemoryStorage::new())
    }

    /// Nodes in a new Git repository.
    #[napi]
    pub async fn init_git(directory: String) -> napi::Result<Self> {
        blocking(move || {
            let repository = Repository::init(Path::new(&directory), &InitOptions::default())?;
            Ok(Self::new(GitStorage::new(repository)))
        })
        .await
    }

    /// Nodes in a Git repository that is there.
    #[napi]
    pub async fn open_git(path: String) -> napi::Result<Self> {
        blocking(move || Ok(Self::new(GitStorage::new(Repository::open(Path::new(&path))?)))).await
    }

    /// The root published under a name.
    #[napi(catch_unwind)]
    pub fn root<'env>(&self, env: &'env Env, name: String) -> napi::Result<PromiseRaw<'env, Option<String>>> {
        let store = self.slot.get()?;
        promise(env, move || Ok(store.storage().root(&name)?.map(|root| root.address.to_string())))
    }

    /// Lets go of the storage. Trees in it stay readable until they are closed.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        drop(self.slot.take());
    }
}

/// The root hash that a text spells.
pub(crate) fn address(text: &str) -> Result<Address> {
    text.parse().map_err(|error| Fault::invalid("rootHash", format!("rootHash is no root hash: {error}")))
}

/// The root published under a name.
pub(crate) fn published(store: &NodeStore, name: &str) -> Result<NodeRef> {
    store.storage().root(name)?.ok_or_else(|| Fault::not_found("root", name))
}

/// The parameters that a tree was made with: every node of it has them in its header.
pub(crate) fn parameters_of(store: &NodeStore, root: &NodeRef) -> Result<Parameters> {
    let node = store.load(root)?;
    let parameters = node.parameters().ok_or_else(|| Error::Corruption {
        subject: format!("node {}", root.address),
        reason: "it is part of a value, not the root of a tree".to_owned(),
    })?;
    Ok(Parameters::decode(&parameters)?)
}
