//! What one piece of work at a time uses, and can be closed meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::fault::{Fault, Result};

/// Something that is worked with on another thread, and let go of by the event loop. Whoever works with it has taken it,
/// and holds no lock meanwhile: the work may wait for the event loop.
pub(crate) struct Exclusive<T> {
    what: &'static str,
    stage: Mutex<Stage<T>>,
    closed: AtomicBool,
}

enum Stage<T> {
    Ready(T),
    Busy,
    Closed,
}

impl<T> Exclusive<T> {
    pub(crate) const fn new(what: &'static str, held: T) -> Self {
        Self { what, stage: Mutex::new(Stage::Ready(held)), closed: AtomicBool::new(false) }
    }

    /// Works with what is held, which nobody else may be doing.
    pub(crate) fn work<R>(&self, work: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        let mut held = self.begin()?;
        let answer = work(&mut held);
        *self.stage.lock() = Stage::Ready(held);
        self.let_go_if_closed();
        answer
    }

    /// Takes what is held for good, as if it was closed.
    pub(crate) fn take(&self) -> Result<T> {
        let held = self.begin()?;
        *self.stage.lock() = Stage::Closed;
        Ok(held)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Lets go of what is held: now, or when the work with it is done.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.let_go_if_closed();
    }

    fn begin(&self) -> Result<T> {
        let mut stage = self.stage.lock();
        match std::mem::replace(&mut *stage, Stage::Busy) {
            Stage::Ready(held) => Ok(held),
            Stage::Busy => Err(Fault::internal(format!("the {} is in use already", self.what))),
            Stage::Closed => {
                *stage = Stage::Closed;
                Err(Fault::closed(self.what))
            }
        }
    }

    fn let_go_if_closed(&self) {
        if self.is_closed() {
            let mut stage = self.stage.lock();
            if matches!(*stage, Stage::Ready(_)) {
                *stage = Stage::Closed;
            }
        }
    }
}
