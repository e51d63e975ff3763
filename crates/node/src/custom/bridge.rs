//! Questions to the event loop, and threads that wait for its answers.

use std::sync::Arc;
use std::thread::{self, ThreadId};

use napi::bindgen_prelude::{Function, Uint8Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode, UnknownReturnValue};
use napi::{Env, Status};
use napi_derive::napi;
use prolly_storage::Error as StorageError;

use super::waiting::{NativeAnswers, Waiting};
use crate::fault::{Fault, Result};

/// What a storage is asked to do.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct NativeStorageRequest {
    /// The number that the answer names.
    pub id: u32,
    /// The method.
    pub method: String,
    /// Nodes by address.
    pub addresses: Vec<String>,
    /// A page of nodes: address, bytes.
    pub nodes: Option<Uint8Array>,
    /// The root.
    pub name: Option<String>,
    /// The root hash that must be published.
    pub expected: Option<String>,
    /// The root hash to publish.
    pub replacement: Option<String>,
}

/// Weak: an open storage does not keep the process alive; whoever waits for an operation does.
type Call = ThreadsafeFunction<
    NativeStorageRequest,
    UnknownReturnValue,
    NativeStorageRequest,
    Status,
    /* CalleeHandled */ false,
    /* Weak */ true,
>;

/// The way to the methods of one storage.
pub(super) struct Bridge {
    /// The class of the storage.
    pub(super) name: &'static str,
    call: Call,
    event_loop: ThreadId,
    pub(super) waiting: Arc<Waiting>,
}

impl Bridge {
    /// To be made on the event loop, of a function that takes requests.
    pub(super) fn new(
        env: &Env,
        name: &'static str,
        answers: &NativeAnswers,
        serve: &Function<'_, NativeStorageRequest, UnknownReturnValue>,
    ) -> napi::Result<Self> {
        let call = serve.build_threadsafe_function().callee_handled::<false>().weak::<true>().build()?;
        let waiting = Arc::clone(&answers.waiting);
        waiting.close_with(env)?;
        Ok(Self { name, call, event_loop: thread::current().id(), waiting })
    }

    /// Whether this thread is the one that would have to answer.
    pub(super) fn is_event_loop(&self) -> bool {
        thread::current().id() == self.event_loop
    }

    /// Asks, and waits for the answer: a page.
    pub(super) fn ask(&self, mut request: NativeStorageRequest) -> Result<Vec<u8>> {
        if self.is_event_loop() {
            return Err(StorageError::Unsupported {
                what: format!(
                    "{} of {} on the event loop, which would wait for itself,",
                    request.method, self.name
                ),
                hint: "call the method of the same name of `promises`, or another asynchronous one"
                    .to_owned(),
            }
            .into());
        }
        let (id, answer) = self.waiting.begin()?;
        request.id = id;
        let waiting = Arc::clone(&self.waiting);
        // With a callback, what the function throws ends there: without one it would end the process.
        let status = self.call.call_with_return_value(
            request,
            ThreadsafeFunctionCallMode::NonBlocking,
            move |returned, _| {
                if let Err(error) = returned {
                    waiting.end(id, Err(Fault::internal(error.reason.clone())));
                }
                Ok(())
            },
        );
        if status != Status::Ok {
            return Err(Fault::closed("storage"));
        }
        answer.recv().unwrap_or_else(|_| Err(Fault::closed("storage")))
    }
}
