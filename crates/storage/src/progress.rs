//! How far long work is, and whether it is to go on.

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::{Error, Result};

/// How far long work is. It goes through stages, of which each counts its own things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageProgress {
    /// What is being done: `receiving objects`, `marking nodes`. What the `git` program does is named in its words, and so in the
    /// language it speaks.
    pub stage: Cow<'static, str>,
    /// How many of what the stage names are done; 0 while nothing is counted.
    pub done: u64,
    /// How many there are, where that is known.
    pub total: Option<u64>,
}

/// Who is told how far work is, now and then. [`ControlFlow::Break`] ends the work. Locks may be held meanwhile: it must use nothing
/// that is worked on, and return soon.
pub type Listener<'a> = dyn FnMut(&StageProgress) -> ControlFlow<()> + 'a;

/// Hears nothing and has everything go on.
pub fn unheard(_: &StageProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

impl StageProgress {
    /// Of a stage that counts towards what is not known.
    pub fn of(stage: impl Into<Cow<'static, str>>, done: u64) -> Self {
        Self { stage: stage.into(), done, total: None }
    }

    /// Of a stage whose end is known.
    pub fn part(stage: impl Into<Cow<'static, str>>, done: u64, total: u64) -> Self {
        Self { stage: stage.into(), done, total: Some(total) }
    }

    /// Tells a listener.
    ///
    /// # Errors
    /// [`Cancelled`](Error::Cancelled) when it asks for an end.
    pub fn tell(&self, listener: &mut Listener<'_>) -> Result<()> {
        match listener(self) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }
}
