//! Private writes, published in one step.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use prolly_versioning::{CommitOptions, Transaction};

use crate::blocking::promise;
use crate::commit::{NativeCommit, NativeCommitOptions};
use crate::fault::Fault;
use crate::map::NativeMap;
use crate::namespaced::Namespaced;
use crate::slot::Slot;

/// A transaction under way. Closing it drops its writes.
#[napi]
pub struct NativeTransaction {
    slot: Arc<Slot<Transaction>>,
}

impl NativeTransaction {
    pub(crate) fn new(transaction: Transaction) -> Self {
        Self { slot: Arc::new(Slot::new("transaction", transaction)) }
    }
}

#[napi]
impl NativeTransaction {
    /// The keys of the default namespace, or of a named one.
    #[napi(catch_unwind)]
    pub fn map(&self, namespace: Option<String>) -> napi::Result<NativeMap> {
        Ok(NativeMap::new(Arc::new(Namespaced::new(&self.slot, namespace.as_deref())?)))
    }

    /// Publishes the writes as one commit.
    #[napi(catch_unwind)]
    pub fn commit<'env>(
        &self,
        env: &'env Env,
        options: NativeCommitOptions,
    ) -> napi::Result<PromiseRaw<'env, NativeCommit>> {
        let transaction = self.slot.take().ok_or_else(|| Fault::closed(self.slot.what()))?;
        let options = CommitOptions::from(options);
        promise(env, move || Ok(transaction.commit(&options)?.into()))
    }

    /// Drops the writes.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        drop(self.slot.take());
    }
}
