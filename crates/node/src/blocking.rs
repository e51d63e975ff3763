//! Work that must not run on the event loop.

use std::sync::{Arc, LazyLock};

use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, ToNapiValue, create_custom_tokio_runtime, spawn_blocking};
use napi::tokio::runtime::Builder;
use napi::tokio::sync::Semaphore;
use napi_derive::module_init;

use crate::fault::{Fault, Result};

/// Pieces of blocking work under way at once, of each kind of [`Threads`]. Some of them may be waiting for a file lock,
/// for the `git` program, or for code of the user.
const AT_ONCE: usize = 16;
/// Threads there can be: more than all kinds of work can ask for together, but for whoever opens dozens of storages of
/// their own.
const THREADS_MAX: usize = 1024;

/// One thread drives the promises of all environments: they do nothing but wait for blocking work.
#[module_init]
fn start_runtime() {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(1).max_blocking_threads(THREADS_MAX).thread_name("prolly");
    // Without threads the runtime of napi itself is tried, which reports the fault where it can be seen.
    if let Ok(runtime) = runtime.build() {
        create_custom_tokio_runtime(runtime);
    }
}

/// The threads that a kind of work may occupy.
///
/// Work that waits for code of the user has threads of its own: that code may well ask for other work of this library,
/// and wait for it, which must find a thread however many wait above it.
#[derive(Clone)]
pub(crate) struct Threads(Option<Arc<Semaphore>>);

impl Threads {
    /// Those of all work that waits for nothing but the machine.
    pub(crate) fn shared() -> Self {
        static SHARED: LazyLock<Threads> = LazyLock::new(Threads::own);
        SHARED.clone()
    }

    /// As many others.
    pub(crate) fn own() -> Self {
        Self(Some(Arc::new(Semaphore::new(AT_ONCE))))
    }

    /// A thread for each piece of work, for work that is rare and waits for several kinds of other work.
    pub(crate) const fn unlimited() -> Self {
        Self(None)
    }
}

/// Runs `work` on a thread of its own. A panic in it becomes an error.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> napi::Result<T> {
    blocking_on(Threads::shared(), work).await
}

async fn blocking_on<T: Send + 'static>(
    threads: Threads,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> napi::Result<T> {
    let _permit = match &threads.0 {
        Some(permits) => permits.acquire().await.ok(),
        None => None,
    };
    match spawn_blocking(work).await {
        Ok(result) => Ok(result?),
        Err(error) => Err(Fault::internal(error.to_string()).into()),
    }
}

/// A promise of what `work` gives, on a thread of its own.
///
/// Methods use this and are not `async` themselves: such a method would borrow its object on another thread, and when a
/// worker is terminated meanwhile, the object is gone. Here they take what they need from it before they return.
pub(crate) fn promise<T: ToNapiValue + Send + 'static>(
    env: &Env,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> napi::Result<PromiseRaw<'_, T>> {
    env.spawn_future(blocking(work))
}

/// As [`promise`], on one of these threads.
pub(crate) fn promise_on<'env, T: ToNapiValue + Send + 'static>(
    env: &'env Env,
    threads: &Threads,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> napi::Result<PromiseRaw<'env, T>> {
    env.spawn_future(blocking_on(threads.clone(), work))
}
