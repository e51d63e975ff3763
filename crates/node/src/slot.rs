//! What can be closed while JavaScript still has it.

use parking_lot::RwLock;

use crate::fault::{Fault, Result};
use crate::live::Live;

/// Holds a store, snapshot or transaction until it is closed. Whatever is made from it shares it, so that closing lets
/// go of it at once, whenever the garbage collector runs.
pub(crate) struct Slot<T> {
    what: &'static str,
    held: RwLock<Option<(T, Live)>>,
}

impl<T> Slot<T> {
    pub(crate) fn new(what: &'static str, held: T) -> Self {
        Self { what, held: RwLock::new(Some((held, Live::new()))) }
    }

    pub(crate) const fn what(&self) -> &'static str {
        self.what
    }

    /// Works with what is held, which cannot be closed meanwhile: only for work that is short.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&T) -> Result<R>) -> Result<R> {
        match &*self.held.read() {
            Some((held, _)) => work(held),
            None => Err(Fault::closed(self.what)),
        }
    }

    /// Lets go of it, for the first caller.
    pub(crate) fn take(&self) -> Option<T> {
        self.held.write().take().map(|(held, _)| held)
    }
}

impl<T: Clone> Slot<T> {
    /// A handle that stays good when this is closed.
    pub(crate) fn get(&self) -> Result<T> {
        self.with(|held| Ok(held.clone()))
    }
}
