//! Bulk loads.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use parking_lot::Mutex;

use crate::batch::entries_of;
use crate::blocking::{Threads, promise_on};
use crate::fault::Fault;
use crate::live::Live;
use crate::map::number;
use crate::source::Load;

/// A load, counted while it is under way.
type Loading = (Box<dyn Load>, Live);

/// A bulk load under way. Closing it loads nothing.
#[napi]
pub struct NativeLoader {
    load: Arc<Mutex<Option<Loading>>>,
    threads: Threads,
}

/// What a load did.
#[napi(object, object_from_js = false)]
pub struct NativeLoadReport {
    /// Entries that were pushed.
    pub entries: f64,
    /// Distinct keys among them.
    pub keys: f64,
}

impl NativeLoader {
    pub(crate) fn on(threads: Threads, load: Box<dyn Load>) -> Self {
        Self { load: Arc::new(Mutex::new(Some((load, Live::new())))), threads }
    }
}

#[napi]
impl NativeLoader {
    /// Takes a page of entries.
    #[napi(catch_unwind)]
    pub fn push<'env>(&self, env: &'env Env, page: &[u8]) -> napi::Result<PromiseRaw<'env, ()>> {
        let entries = entries_of(page)?;
        let load = Arc::clone(&self.load);
        promise_on(env, &self.threads, move || {
            let mut load = load.lock();
            let (load, _) = load.as_mut().ok_or_else(|| Fault::closed("load"))?;
            entries.into_iter().try_for_each(|(key, value)| load.push(key, value))
        })
    }

    /// Stages all that was pushed.
    #[napi(catch_unwind)]
    pub fn finish<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, NativeLoadReport>> {
        let load = Arc::clone(&self.load);
        promise_on(env, &self.threads, move || {
            let (load, _live) = load.lock().take().ok_or_else(|| Fault::closed("load"))?;
            let (entries, keys) = load.finish()?;
            Ok(NativeLoadReport { entries: number(entries), keys: number(keys) })
        })
    }

    /// Forgets what was pushed.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        drop(self.load.lock().take());
    }
}
