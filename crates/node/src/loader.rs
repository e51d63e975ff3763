//! Bulk loads.

use std::collections::VecDeque;
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use parking_lot::Mutex;

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
    /// Pages that were not taken in yet, in order: whichever thread comes first takes the first one.
    pages: Arc<Mutex<VecDeque<Vec<u8>>>>,
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
        Self { load: Arc::new(Mutex::new(Some((load, Live::new())))), pages: Arc::default(), threads }
    }
}

#[napi]
impl NativeLoader {
    /// Takes a page of entries. Pages are taken in in the order of the calls, which need not wait for each other.
    #[napi(catch_unwind)]
    pub fn push<'env>(&self, env: &'env Env, page: &[u8]) -> napi::Result<PromiseRaw<'env, ()>> {
        self.pages.lock().push_back(page.to_vec());
        let (load, pages) = (Arc::clone(&self.load), Arc::clone(&self.pages));
        promise_on(env, &self.threads, move || {
            let mut load = load.lock();
            let (load, _) = load.as_mut().ok_or_else(|| Fault::closed("load"))?;
            let page = pages.lock().pop_front().unwrap_or_default();
            load.push(page)
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
