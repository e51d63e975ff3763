//! Work that must not run on the event loop.

use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, ToNapiValue, create_custom_tokio_runtime, spawn_blocking};
use napi::tokio::runtime::Builder;
use napi_derive::module_init;

use crate::fault::{Fault, Result};

/// Threads that blocking work may occupy. Some of them may be waiting for a file lock or for the `git` program.
const BLOCKING_THREADS: usize = 16;

/// One thread drives the promises of all environments: they do nothing but wait for blocking work.
#[module_init]
fn start_runtime() {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(1).max_blocking_threads(BLOCKING_THREADS).thread_name("prolly");
    // Without threads the runtime of napi itself is tried, which reports the fault where it can be seen.
    if let Ok(runtime) = runtime.build() {
        create_custom_tokio_runtime(runtime);
    }
}

/// Runs `work` on a thread of its own. A panic in it becomes an error.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> napi::Result<T> {
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
