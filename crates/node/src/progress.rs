//! Work that tells how far it is, and that can be ended.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::Status;
use napi::bindgen_prelude::{Function, JsValuesTupleIntoVec};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode, UnknownReturnValue};
use napi_derive::napi;
use prolly_versioning::StageProgress;

use crate::map::number;

/// How far work is.
#[napi(object, object_from_js = false)]
pub struct NativeStageProgress {
    /// What is being done.
    pub stage: String,
    /// How many of what it names are done.
    pub done: f64,
    /// How many there are, where that is known.
    pub total: Option<f64>,
}

impl From<&StageProgress> for NativeStageProgress {
    fn from(StageProgress { stage, done, total }: &StageProgress) -> Self {
        Self { stage: stage.to_string(), done: number(*done), total: total.map(number) }
    }
}

/// Who is told how far work is.
pub(crate) type StageListener<'env> = Option<Function<'env, NativeStageProgress, UnknownReturnValue>>;

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

impl NativeCancellation {
    /// True once an end was asked for.
    pub(crate) fn asked(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }
}

/// Code of the user that is told, as often as it has time for.
pub(crate) struct Progress<T: JsValuesTupleIntoVec + 'static> {
    told: Option<ThreadsafeFunction<T, UnknownReturnValue, T, Status, false, true>>,
    has_time: Arc<AtomicBool>,
    cancelled: Arc<AtomicBool>,
}

impl<T: JsValuesTupleIntoVec + Send + 'static> Progress<T> {
    pub(crate) fn new(
        cancellation: &NativeCancellation,
        told: Option<Function<'_, T, UnknownReturnValue>>,
    ) -> napi::Result<Self> {
        let told = told
            .map(|told| told.build_threadsafe_function().callee_handled::<false>().weak::<true>().build())
            .transpose()?;
        let cancelled = cancellation.asked();
        Ok(Self { told, has_time: Arc::new(AtomicBool::new(true)), cancelled })
    }

    /// Tells, and says whether to go on.
    pub(crate) fn tell(&self, report: impl FnOnce() -> T) -> ControlFlow<()> {
        if let Some(told) = &self.told
            && self.has_time.swap(false, Ordering::AcqRel)
        {
            let done = Arc::clone(&self.has_time);
            let mode = ThreadsafeFunctionCallMode::NonBlocking;
            let status = told.call_with_return_value(report(), mode, move |_, _| {
                done.store(true, Ordering::Release);
                Ok(())
            });
            if status != Status::Ok {
                return ControlFlow::Break(());
            }
        }
        if self.cancelled.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

impl Progress<NativeStageProgress> {
    /// Has it told how far work is.
    pub(crate) fn listener(&self) -> impl FnMut(&StageProgress) -> ControlFlow<()> {
        |told| self.tell(|| told.into())
    }
}
