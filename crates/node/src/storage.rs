//! Storages of nodes, for trees that are not part of a versioned store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Function, PromiseRaw};
use napi::threadsafe_function::UnknownReturnValue;
use napi_derive::napi;
use prolly_storage::git::{GitStorage, InitOptions, Repository};
use prolly_storage::{
    Address, CollectOptions, Durability, Error, FileStorage, MemoryStorage, NodeRef, NodeStorage, NodeStore,
    Parameters,
};

use crate::blocking::{Threads, blocking, promise_on};
use crate::custom::{CustomStorage, NativeAnswers, NativeStorageRequest, threads_of};
use crate::fault::{Fault, Result};
use crate::slot::Slot;

/// A storage of nodes.
#[napi]
pub struct NativeStorage {
    pub(crate) slot: Arc<Slot<NodeStore>>,
    pub(crate) threads: Threads,
}

impl NativeStorage {
    pub(crate) fn new(storage: impl NodeStorage) -> Self {
        let store = NodeStore::new(Arc::new(storage));
        let threads = threads_of(&store);
        Self { slot: Arc::new(Slot::new("storage", store)), threads }
    }
}

/// What a collection of garbage found.
#[napi(object)]
pub struct NativeCollected {
    /// Nodes that stay.
    pub live: f64,
    /// Nodes that went, or would go.
    pub garbage: f64,
    /// Bytes of these.
    pub garbage_bytes: f64,
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

    /// Nodes in files of a folder.
    #[napi]
    pub async fn open_file(path: String, durability: String) -> napi::Result<Self> {
        blocking(move || Ok(Self::new(FileStorage::open(Path::new(&path), durability_of(&durability)?)?)))
            .await
    }

    /// Nodes in a storage of this class, whose methods `serve` runs. It is handed requests, and answers each.
    #[napi(factory, catch_unwind)]
    pub fn custom(
        env: &Env,
        class_name: String,
        answers: &NativeAnswers,
        serve: Function<'_, NativeStorageRequest, UnknownReturnValue>,
    ) -> napi::Result<Self> {
        Ok(Self::new(CustomStorage::new(env, &class_name, answers, &serve)?))
    }

    /// The root published under a name.
    #[napi(catch_unwind)]
    pub fn root<'env>(&self, env: &'env Env, name: String) -> napi::Result<PromiseRaw<'env, Option<String>>> {
        let store = self.slot.get()?;
        promise_on(env, &self.threads, move || {
            Ok(store.storage().root(&name)?.map(|root| root.address.to_string()))
        })
    }

    /// Deletes what neither a published root, nor one of these, nor a recent node reaches.
    #[napi(catch_unwind)]
    pub fn collect_garbage<'env>(
        &self,
        env: &'env Env,
        roots: Vec<String>,
        grace_milliseconds: f64,
        dry_run: bool,
    ) -> napi::Result<PromiseRaw<'env, NativeCollected>> {
        let store = self.slot.get()?;
        let roots: Vec<NodeRef> =
            roots.iter().map(|root| Ok(address(root)?.into())).collect::<Result<_>>()?;
        let grace = Duration::try_from_secs_f64(grace_milliseconds / 1000.0)
            .map_err(|error| Fault::invalid("options.grace", format!("options.grace: {error}")))?;
        promise_on(env, &self.threads, move || {
            let collected = store.collect_garbage(&roots, &CollectOptions { grace, dry_run })?;
            Ok(NativeCollected {
                live: collected.live as f64,
                garbage: collected.garbage as f64,
                garbage_bytes: collected.garbage_bytes as f64,
            })
        })
    }

    /// Lets go of the storage. Trees in it stay readable until they are closed.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        if let Some(store) = self.slot.take()
            && let Some(storage) = CustomStorage::below(&store)
        {
            storage.close();
        }
    }
}

/// What of a storage's writes survives a loss of power.
pub(crate) fn durability_of(name: &str) -> Result<Durability> {
    match name {
        "full" => Ok(Durability::Full),
        "commit" => Ok(Durability::Commit),
        "off" => Ok(Durability::Off),
        _ => Err(Fault::invalid("options.durability", format!("there is no durability {name:?}"))),
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
