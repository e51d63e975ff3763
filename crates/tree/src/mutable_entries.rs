//! Reading a range of a tree together with what is pending over it.

use std::cmp::Ordering;
use std::ops::Bound;

use bytes::Bytes;

use crate::overlay::{Overlay, Pending};
use crate::{Direction, Entries, Entry, EntryRef, KeyRange, Result};

/// The entries of a range: those of the tree, with what was pending over them. It holds the snapshot it reads.
///
/// As an iterator it gives entries to keep; [`MutableEntries::lend`] gives them without copying. Cost: as [`Entries`],
/// and a search for each that was pending.
pub struct MutableEntries {
    /// What is pending in the rest of the range, and perhaps before it.
    overlay: Overlay,
    /// The first write there, once it was looked for.
    pending: Option<(Bytes, Pending)>,
    below: Entries,
    /// Whether the entry that `below` lent last was not given yet.
    ahead: bool,
    /// What was given last.
    given: Given,
    /// The part of the range that the overlay was not read in.
    rest: KeyRange,
    direction: Direction,
}

enum Given {
    Nothing,
    OfTree,
    Pending(Entry),
}

impl MutableEntries {
    pub(crate) fn new(overlay: Overlay, below: Entries, range: KeyRange, direction: Direction) -> Self {
        Self { overlay, pending: None, below, ahead: false, given: Given::Nothing, rest: range, direction }
    }

    /// The next entry, lent until the one after it is asked for; `None` at the end.
    ///
    /// # Errors
    /// When a node cannot be loaded; the scan ends there.
    #[inline]
    pub fn lend(&mut self) -> Result<Option<EntryRef<'_>>> {
        self.advance()?;
        Ok(self.lent())
    }

    /// The entry that was lent last, once more; `None` before the first and after the end.
    #[inline]
    pub fn lent(&mut self) -> Option<EntryRef<'_>> {
        match &self.given {
            Given::Nothing => None,
            Given::OfTree => self.below.lent(),
            Given::Pending(Entry { key, value }) => Some(EntryRef { key, value: value.as_node_value() }),
        }
    }

    #[inline]
    fn advance(&mut self) -> Result<()> {
        self.given = Given::Nothing; // Unless there is another one.
        let advanced = self.advance_one();
        if advanced.is_err() {
            // Nor is anything given after it.
            (self.overlay, self.pending, self.ahead) = (Overlay::default(), None, false);
        }
        advanced
    }

    #[inline]
    fn advance_one(&mut self) -> Result<()> {
        if self.overlay.is_empty() && !self.ahead {
            if self.below.advance()? {
                self.given = Given::OfTree;
            }
            return Ok(());
        }
        self.advance_both()
    }

    /// Looks for the first write of the rest of the range.
    fn look_ahead(&mut self) {
        if self.pending.is_some() || self.overlay.is_empty() {
            return;
        }
        match self.overlay.first(&self.rest, self.direction) {
            Some((key, pending)) => self.pending = Some((key.clone(), pending.clone())),
            None => self.overlay = Overlay::default(),
        }
    }

    fn advance_both(&mut self) -> Result<()> {
        loop {
            if !self.ahead {
                self.ahead = self.below.advance()?;
            }
            self.look_ahead();
            let ahead = if self.ahead { self.below.lent() } else { None };
            let order = match (ahead, &self.pending) {
                (Some(ahead), Some((key, _))) => match self.direction {
                    Direction::Forward => ahead.key.cmp(key),
                    Direction::Backward => key[..].cmp(ahead.key),
                },
                (_, None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
            };
            let pending = if order.is_ge() { self.pending.take() } else { None };
            let Some((key, value)) = pending else {
                if self.ahead {
                    self.given = Given::OfTree;
                }
                self.ahead = false;
                return Ok(());
            };
            match self.direction {
                Direction::Forward => self.rest.lower = Bound::Excluded(key.clone()),
                Direction::Backward => self.rest.upper = Bound::Excluded(key.clone()),
            }
            if order.is_eq() {
                self.ahead = false;
            }
            if let Some(value) = value {
                self.given = Given::Pending(Entry { key, value });
                return Ok(());
            }
        }
    }
}

impl Iterator for MutableEntries {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.advance() {
            return Some(Err(error));
        }
        match &self.given {
            Given::Nothing => None,
            Given::OfTree => self.below.kept().map(Ok),
            Given::Pending(entry) => Some(Ok(entry.clone())),
        }
    }
}
