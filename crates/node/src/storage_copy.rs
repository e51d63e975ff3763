//! Copies from one storage to another.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::bindgen_prelude::{Function, PromiseRaw};
use napi::threadsafe_function::{ThreadsafeFunctionCallMode, UnknownReturnValue};
use napi::{Env, Status};
use napi_derive::napi;
use prolly_storage::CopyReport;

use crate::blocking::{Threads, promise_on};
use crate::custom::CustomStorage;
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

/// Ends work that looks at it now and then.
#[napi]
#[derive(Default)]
pub struct NativeCancellation {
    cancelled: Arc<AtomicBool>,
}

#[napi]
impl NativeCancellation {
    /// For new work.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for an end.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
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
        let cancelled = Arc::clone(&cancellation.cancelled);
        let progress = progress
            .map(|progress| {
                progress.build_threadsafe_function().callee_handled::<false>().weak::<true>().build()
            })
            .transpose()?;
        // One that waits for code of the user waits for two storages, one of which may be kept in the other.
        let is_custom = [&source, &target].into_iter().any(|store| CustomStorage::below(store).is_some());
        let threads = if is_custom { Threads::unlimited() } else { Threads::shared() };
        promise_on(env, &threads, move || {
            let is_told = Arc::new(AtomicBool::new(true));
            let report = source.copy_to(&target, root.into(), &mut |report| {
                if let Some(progress) = &progress
                    && is_told.swap(false, Ordering::AcqRel)
                {
                    let done = Arc::clone(&is_told);
                    let mode = ThreadsafeFunctionCallMode::NonBlocking;
                    let status = progress.call_with_return_value(report.into(), mode, move |_, _| {
                        done.store(true, Ordering::Release);
                        Ok(())
                    });
                    if status != Status::Ok {
                        return ControlFlow::Break(());
                    }
                }
                if cancelled.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?;
            Ok((&report).into())
        })
    }
}
