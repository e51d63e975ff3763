//! Places where tests let an operation die.

/// A place between two steps that must survive each other's absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// A commit is written, and nothing says so yet.
    CommitWritten,
    /// The journal says that a commit is about to be published.
    IntentWritten,
    /// The branch has the commit, the journal still has its changes.
    BranchMoved,
    /// A forced checkout started its journal, and HEAD is where it was.
    CheckoutJournalStarted,
    /// A checkpoint is written and its ref moved, the journal still has its changes.
    CheckpointWritten,
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "in tests it fails")]
pub(crate) const fn reach(_point: Point) -> crate::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(crate) use testing::{arm, reach};

#[cfg(test)]
mod testing {
    use std::cell::Cell;

    use super::Point;
    use crate::{Error, Result};

    thread_local! {
        static ARMED: Cell<Option<Point>> = const { Cell::new(None) };
    }

    /// Makes the next operation of this thread that reaches `point` die there.
    pub(crate) fn arm(point: Point) {
        ARMED.set(Some(point));
    }

    pub(crate) fn reach(point: Point) -> Result<()> {
        if ARMED.get() != Some(point) {
            return Ok(());
        }
        ARMED.set(None);
        Err(Error::Poisoned { reason: format!("died at {point:?}") })
    }
}
