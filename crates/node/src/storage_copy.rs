//! Copies from one storage to another.

use napi::Env;
use napi::bindgen_prelude::{Function, PromiseRaw};
use napi::threadsafe_function::UnknownReturnValue;
use napi_derive::napi;
use prolly_storage::CopyReport;

use crate::blocking::{Threads, promise_on};
use crate::custom::CustomStorage;
use crate::progress::{NativeCancellation, Progress};
use crate::storage::{NativeStorage, address};

/// What was copied to another storage, so far or in all.
#[napi(object, object_from_js = false)]
pub struct NativeCopyReport {
    /// Nodes.
    pub nodes: f64,
    /// Bytes of them.
    pub bytes: f64,
}

#[expect(clippy::cast_precision_loss, reason = "no storage holds 2^53 bytes")]
impl From<&CopyReport> for NativeCopyReport {
    fn from(report: &CopyReport) -> Self {
        Self { nodes: report.copied as f64, bytes: report.bytes as f64 }
    }
}

#[napi]
impl NativeStorage {
    /// Copies to another storage what it lacks of the tree with this root. `progress` is told how far that is, as often
    /// as it has time for.
    #[napi(catch_unwind)]
    pub fn copy_to<'env>(
        &self,
        env: &'env Env,
        target: &NativeStorage,
        root_hash: String,
        cancellation: &NativeCancellation,
        progress: Option<Function<'env, NativeCopyReport, UnknownReturnValue>>,
    ) -> napi::Result<PromiseRaw<'env, NativeCopyReport>> {
        let (source, target, root) = (self.slot.get()?, target.slot.get()?, address(&root_hash)?);
        let progress = Progress::new(cancellation, progress)?;
        // One that waits for code of the user waits for two storages, one of which may be kept in the other.
        let is_custom = [&source, &target].into_iter().any(|store| CustomStorage::below(store).is_some());
        let threads = if is_custom { Threads::unlimited() } else { Threads::shared() };
        promise_on(env, &threads, move || {
            let report =
                source.copy_to(&target, root.into(), &mut |report| progress.tell(|| report.into()))?;
            Ok((&report).into())
        })
    }
}
