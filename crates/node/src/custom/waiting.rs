//! Threads that wait for an answer of JavaScript.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Weak};

use napi::Env;
use napi_derive::napi;
use parking_lot::Mutex;

use crate::fault::{Fault, Result};

/// A page, or why there is none.
type Answer = Result<Vec<u8>>;

/// The requests of a storage that were not answered yet.
#[derive(Default)]
pub(crate) struct Waiting {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u32,
    askers: HashMap<u32, SyncSender<Answer>>,
    closed: bool,
}

impl Waiting {
    /// A number for a request, and where its answer will be. It is closed when there will be none.
    pub(super) fn begin(&self) -> Result<(u32, Receiver<Answer>)> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(Fault::closed("storage"));
        }
        let (sender, receiver) = sync_channel(1);
        while {
            state.last = state.last.wrapping_add(1);
            state.askers.contains_key(&state.last)
        } {}
        let number = state.last;
        state.askers.insert(number, sender);
        Ok((number, receiver))
    }

    /// Answers a request. One that nobody waits for any more is no fault.
    pub(super) fn end(&self, number: u32, answer: Answer) {
        let asker = self.state.lock().askers.remove(&number);
        if let Some(asker) = asker {
            let _ = asker.try_send(answer);
        }
    }

    /// Wakes all that wait, and lets nobody else begin.
    pub(crate) fn close(&self) {
        let askers = {
            let mut state = self.state.lock();
            state.closed = true;
            std::mem::take(&mut state.askers)
        };
        drop(askers);
    }

    /// Closes it with the environment: a worker that ends answers no more, and does not say so.
    pub(super) fn close_with(self: &Arc<Self>, env: &Env) -> napi::Result<()> {
        thread_local! {
            /// What ends with the environment of this thread, once a hook waits for that.
            static OPEN: RefCell<Option<Vec<Weak<Waiting>>>> = const { RefCell::new(None) };
        }
        let this = Arc::downgrade(self);
        OPEN.with_borrow_mut(|open| {
            if let Some(open) = open {
                open.retain(|waiting| waiting.strong_count() > 0);
                open.push(this);
                return Ok(());
            }
            env.add_env_cleanup_hook((), |()| {
                let open = OPEN.take().into_iter().flatten();
                open.filter_map(|waiting| waiting.upgrade()).for_each(|waiting| waiting.close());
            })?;
            *open = Some(vec![this]);
            Ok(())
        })
    }
}

/// Takes the answers to what a storage is asked.
#[napi]
#[derive(Default)]
pub struct NativeAnswers {
    pub(super) waiting: Arc<Waiting>,
}

#[napi]
impl NativeAnswers {
    /// For a new storage.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers a request with a page.
    #[napi(catch_unwind)]
    pub fn answer(&self, request: u32, page: &[u8]) {
        self.waiting.end(request, Ok(page.to_vec()));
    }

    /// Says that a request failed. `failure` is the number under which JavaScript keeps what was thrown.
    #[napi(catch_unwind)]
    pub fn fail(&self, request: u32, storage: String, method: String, message: String, failure: u32) {
        self.waiting.end(request, Err(Fault::storage(&storage, &method, message, failure)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reaches_who_asked() {
        let waiting = Waiting::default();
        let (one, first) = waiting.begin().unwrap();
        let (other, second) = waiting.begin().unwrap();
        waiting.end(other, Ok(vec![2]));
        waiting.end(one, Ok(vec![1]));
        waiting.end(one, Ok(vec![3]));
        assert_eq!(first.recv().unwrap().unwrap(), [1]);
        assert_eq!(second.recv().unwrap().unwrap(), [2]);
    }

    #[test]
    fn nobody_waits_for_what_is_closed() {
        let waiting = Waiting::default();
        let (number, answer) = waiting.begin().unwrap();
        waiting.close();
        assert!(answer.recv().is_err());
        assert!(waiting.begin().is_err());
        waiting.end(number, Ok(Vec::new()));
    }
}
