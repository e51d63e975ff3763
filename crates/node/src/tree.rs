//! Trees that are not part of a versioned store.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use prolly_storage::{NodeRef, NodeStore, Parameters};
use prolly_tree::{KeyRange, Tree};

use crate::blocking::{Threads, promise_on};
use crate::cursor::NativeCursor;
use crate::custom::threads_of;
use crate::fault::{Fault, Result};
use crate::map::NativeMap;
use crate::options::NativeTreeConfig;
use crate::page::Record;
use crate::range::NativeRange;
use crate::records::IteratedRecords;
use crate::slot::Slot;
use crate::storage::{NativeStorage, address, parameters_of, published};
use crate::working_tree::WorkingTree;

/// A tree that can be written to.
#[napi]
pub struct NativeTree {
    pub(crate) slot: Arc<Slot<Arc<WorkingTree>>>,
    pub(crate) threads: Threads,
}

/// A tree that nobody writes to.
#[napi]
pub struct NativeTreeSnapshot {
    pub(crate) slot: Arc<Slot<Tree>>,
    pub(crate) threads: Threads,
}

impl NativeTree {
    fn over(tree: Tree) -> Self {
        let threads = threads_of(tree.store());
        Self { slot: Arc::new(Slot::new("tree", Arc::new(WorkingTree::new(tree)))), threads }
    }

    fn opened<'env>(
        env: &'env Env,
        storage: &NativeStorage,
        root: impl FnOnce(&NodeStore) -> Result<NodeRef> + Send + 'static,
    ) -> napi::Result<PromiseRaw<'env, NativeTree>> {
        let store = storage.slot.get()?;
        promise_on(env, &storage.threads, move || {
            let root = root(&store)?;
            let parameters = parameters_of(&store, &root)?;
            Ok(Self::over(Tree::open(store, parameters, root)))
        })
    }
}

#[napi]
impl NativeTree {
    /// A tree without entries.
    #[napi(factory, catch_unwind)]
    pub fn empty(storage: &NativeStorage, config: Option<NativeTreeConfig>) -> napi::Result<Self> {
        let parameters = config.map_or(Ok(Parameters::default()), |config| config.read())?;
        let store = storage.slot.get()?;
        Ok(Self::over(Tree::empty(store, parameters).map_err(Fault::from)?))
    }

    /// The tree published under a name.
    #[napi(catch_unwind)]
    pub fn open<'env>(
        env: &'env Env,
        storage: &NativeStorage,
        name: String,
    ) -> napi::Result<PromiseRaw<'env, NativeTree>> {
        Self::opened(env, storage, move |store| published(store, &name))
    }

    /// The tree with a root hash.
    #[napi(catch_unwind)]
    pub fn at<'env>(
        env: &'env Env,
        storage: &NativeStorage,
        root_hash: String,
    ) -> napi::Result<PromiseRaw<'env, NativeTree>> {
        Self::opened(env, storage, move |_| Ok(address(&root_hash)?.into()))
    }

    /// Its keys.
    #[napi(catch_unwind)]
    pub fn map(&self) -> NativeMap {
        NativeMap::on(self.threads.clone(), self.slot.clone())
    }

    /// What decides its shape.
    #[napi(getter, catch_unwind)]
    pub fn config(&self) -> napi::Result<NativeTreeConfig> {
        Ok(self.slot.with(|tree| Ok(tree.parameters().into()))?)
    }

    /// The tree as it is now.
    #[napi(catch_unwind)]
    pub fn snapshot<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, NativeTreeSnapshot>> {
        let tree = self.slot.get()?;
        let threads = self.threads.clone();
        promise_on(env, &self.threads, move || {
            let (tree, _) = tree.snapshot()?;
            Ok(NativeTreeSnapshot { slot: Arc::new(Slot::new("snapshot", tree)), threads })
        })
    }

    /// Moves the published root `name` from `expected` to the tree as it is now. Returns the new root hash.
    #[napi(catch_unwind)]
    pub fn publish<'env>(
        &self,
        env: &'env Env,
        name: String,
        expected: Option<String>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        let expected = expected.as_deref().map(address).transpose()?;
        let tree = self.slot.get()?;
        promise_on(env, &self.threads, move || {
            let (tree, _) = tree.snapshot()?;
            tree.store().storage().publish(&name, expected, Some(tree.root()))?;
            Ok(tree.root().address.to_string())
        })
    }

    /// Lets go of the tree.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        drop(self.slot.take());
    }
}

#[napi]
impl NativeTreeSnapshot {
    /// Its keys.
    #[napi(catch_unwind)]
    pub fn map(&self) -> NativeMap {
        NativeMap::on(self.threads.clone(), self.slot.clone())
    }

    /// The hash of its root.
    #[napi(getter, catch_unwind)]
    pub fn root_hash(&self) -> napi::Result<String> {
        Ok(self.slot.with(|tree| Ok(tree.root().address.to_string()))?)
    }

    /// What changed from this tree to another: records of nothing, key, old value and new value, as of a store.
    #[napi(catch_unwind)]
    pub fn diff(&self, newer: &NativeTreeSnapshot, range: NativeRange) -> napi::Result<NativeCursor> {
        let (older, newer) = (self.slot.get()?, newer.slot.get()?);
        let diff = older.diff(&newer, KeyRange::from(range));
        let records = diff.map(move |change| {
            let change = change?;
            let old = change.old.map(|value| older.read(&value)).transpose()?;
            let new = change.new.map(|value| newer.read(&value)).transpose()?;
            Ok(Record::new([None, Some(change.key), old, new]))
        });
        Ok(NativeCursor::on(self.threads.clone(), 4, IteratedRecords::boxed(records)))
    }

    /// Lets go of the tree.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        drop(self.slot.take());
    }
}
