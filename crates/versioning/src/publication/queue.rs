//! Who waits to be published, and who publishes.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::{GROUP_MAX, Publication};

/// Transactions that wait to be published. One of the threads that wait publishes for all, as long as its own is among them; the
/// others sleep until theirs was, or until it is their turn to publish.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// In the order they came.
    waiting: Vec<Arc<Publication>>,
    is_led: bool,
}

/// The turn of one thread to publish.
pub(super) struct Turn<'queue> {
    queue: &'queue Queue,
}

impl Queue {
    /// Lets `mine` wait until it is answered, `None`, or until it is this thread's turn to publish.
    pub(super) fn join(&self, mine: &Arc<Publication>) -> Option<Turn<'_>> {
        let mut state = self.state.lock();
        state.waiting.push(Arc::clone(mine));
        while !mine.is_answered() {
            if !state.is_led {
                state.is_led = true;
                return Some(Turn { queue: self });
            }
            self.changed.wait(&mut state);
        }
        None
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.state.lock().waiting.len()
    }
}

impl Turn<'_> {
    /// Those that can be published together, in the order they came; `None` when `mine` was.
    pub(super) fn next_group(&self, mine: &Publication) -> Option<Vec<Arc<Publication>>> {
        if mine.is_answered() {
            return None;
        }
        let waiting = &mut self.queue.state.lock().waiting;
        let first = waiting.first()?;
        let alike = |other: &Arc<Publication>| {
            other.is_small && first.is_small && other.began.branch == first.began.branch
        };
        let count = waiting.iter().skip(1).take(GROUP_MAX - 1).take_while(|other| alike(other)).count();
        Some(waiting.drain(..=count).collect())
    }

    /// Lets those go that were answered.
    pub(super) fn tell(&self) {
        self.queue.changed.notify_all();
    }

    /// Ends it: nobody publishes `mine` any more.
    pub(super) fn leave(self, mine: &Arc<Publication>) {
        self.queue.state.lock().waiting.retain(|waiting| !Arc::ptr_eq(waiting, mine));
    }
}

impl Drop for Turn<'_> {
    /// Also when publishing panics: whoever was drained from the queue by it then has no answer, and finds that out by its own turn.
    fn drop(&mut self) {
        self.queue.state.lock().is_led = false;
        self.queue.changed.notify_all();
    }
}
