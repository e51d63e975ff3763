//! One version, read-only.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Either, PromiseRaw, Uint8Array};
use napi_derive::napi;
use prolly_versioning::Snapshot;

use crate::blocking::promise;
use crate::key_query::KeyQuery;
use crate::map::NativeMap;
use crate::namespaced::{Namespaced, namespace_of};
use crate::range::NativeRange;
use crate::slot::Slot;
use crate::store::NativeNamespace;

/// One version of a store.
#[napi]
pub struct NativeSnapshot {
    pub(crate) slot: Arc<Slot<Snapshot>>,
}

impl NativeSnapshot {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self { slot: Arc::new(Slot::new("snapshot", snapshot)) }
    }
}

#[napi]
impl NativeSnapshot {
    /// The keys of the default namespace, or of a named one.
    #[napi(catch_unwind)]
    pub fn map(&self, namespace: Option<String>) -> napi::Result<NativeMap> {
        Ok(NativeMap::new(Arc::new(Namespaced::new(&self.slot, namespace.as_deref())?)))
    }

    /// The commit it shows; none for a working state.
    #[napi(getter, catch_unwind)]
    pub fn commit(&self) -> napi::Result<Option<String>> {
        Ok(self.slot.with(|snapshot| Ok(snapshot.commit().map(|commit| commit.to_string())))?)
    }

    /// The root of its tree.
    #[napi(getter, catch_unwind)]
    pub fn root_hash(&self) -> napi::Result<String> {
        Ok(self.slot.with(|snapshot| Ok(snapshot.root().to_string()))?)
    }

    /// The named namespaces.
    #[napi(catch_unwind)]
    pub fn namespaces<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Vec<NativeNamespace>>> {
        let snapshot = self.slot.get()?;
        promise(env, move || Ok(snapshot.namespaces()?.into_iter().map(Into::into).collect()))
    }

    /// The bytes that prove the answer to a query about a namespace: a page of keys, or a range.
    #[napi(catch_unwind)]
    pub fn prove<'env>(
        &self,
        env: &'env Env,
        query: Either<Uint8Array, NativeRange>,
        namespace: Option<String>,
    ) -> napi::Result<PromiseRaw<'env, Uint8Array>> {
        let (snapshot, query) = (self.slot.get()?, KeyQuery::read(query)?);
        let namespace = namespace_of(namespace.as_deref())?;
        promise(env, move || Ok(Uint8Array::from(Vec::from(snapshot.prove(&namespace, &query.ranges())?))))
    }

    /// Lets go of the version.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        drop(self.slot.take());
    }
}
