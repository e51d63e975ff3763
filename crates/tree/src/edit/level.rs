//! The edit pass in one level.
//!
//! Untouched nodes are passed over by address. A node where only payloads change under the keys it has is rewritten
//! alone, since boundaries follow from keys. Any other change rebuilds a *region*: it begins after the natural boundary
//! to the left of the edit, feeds old entries and edits to the chunker, and ends at the first old natural boundary that
//! is one still, with no edit before the next: from there on the level is as it was.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{Node, Parameters};

use super::memo::Memo;
use super::output::{Output, Place};
use super::region::{Feed, Replaced};
use crate::Result;
use crate::chunker::{Chunker, Payload, PayloadRef};
use crate::cursor::Cursor;

/// A change of the entries of one level. Edits come in ascending key order.
#[derive(Clone, Debug)]
pub(super) enum LevelEdit {
    Put {
        key: Bytes,
        payload: Payload,
    },
    Delete {
        key: Bytes,
    },
    /// Keys from `from` to before `end`; to the end of the level without one.
    DeleteRange {
        from: Bytes,
        end: Option<Bytes>,
    },
    /// Entries become those of the source.
    Splice(Splice),
}

/// The keys after `after`, or from the beginning, up to and with `through`, or to the end.
#[derive(Clone, Debug)]
pub(crate) struct Splice {
    pub(crate) after: Option<Bytes>,
    pub(crate) through: Option<Bytes>,
}

impl LevelEdit {
    /// The least key it concerns; of a splice, the key before it.
    fn first_key(&self) -> &[u8] {
        match self {
            Self::Put { key, .. } | Self::Delete { key } => key,
            Self::DeleteRange { from, .. } => from,
            Self::Splice(splice) => splice.after.as_deref().unwrap_or_default(),
        }
    }
}

pub(super) struct LevelEditor {
    pub(super) level: u8,
    /// Whether the old tree has this level; otherwise it is built from nothing.
    pub(super) has_old: bool,
    /// The old node where the editor stands: those before it are done.
    pub(super) cursor: Option<Cursor>,
    pub(super) state: State,
    pub(super) chunker: Chunker,
    /// What was done to the left and a region may still have to take back.
    pub(super) closed: Vec<Closed>,
    /// Old nodes that a region has used up, as their parents know them.
    pub(super) replaced: VecDeque<Replaced>,
    /// Edits of the current region, until the boundary to its left is known to stand.
    pub(super) region_edits: Vec<LevelEdit>,
    pub(super) output: Output,
    pub(super) touched: bool,
    pub(super) lost_entries: bool,
}

pub(super) enum Closed {
    /// A node was rewritten.
    Rewrite(Rewrite),
    /// Nodes of the source took the place of old ones.
    Splice(Splice),
}

impl Closed {
    const fn is_natural(&self) -> bool {
        match self {
            Self::Rewrite(rewrite) => rewrite.natural,
            Self::Splice(_) => true,
        }
    }
}

pub(super) enum State {
    /// The old level continues unchanged at the cursor.
    Idle,
    /// Payloads of the node at the cursor change.
    Rewriting(Rewrite),
    /// Old entries are being fed to the chunker.
    Rebuilding(Feed),
}

pub(super) struct Rewrite {
    pub(super) node: Arc<Node>,
    pub(super) last_key: Bytes,
    pub(super) natural: bool,
    pub(super) changes: Vec<(usize, Payload)>,
}

impl LevelEditor {
    pub(super) fn new(parameters: Parameters, level: u8, has_old: bool) -> Self {
        Self {
            level,
            has_old,
            cursor: None,
            state: State::Idle,
            chunker: Chunker::new(parameters, level),
            closed: Vec::new(),
            replaced: VecDeque::new(),
            region_edits: Vec::new(),
            output: Output::default(),
            touched: false,
            lost_entries: false,
        }
    }

    /// Whether no edit changed anything here.
    pub(super) const fn is_untouched(&self) -> bool {
        !self.touched
    }

    /// Whether an entry was removed.
    pub(super) const fn lost_entries(&self) -> bool {
        self.lost_entries
    }

    pub(super) fn push(&mut self, edit: LevelEdit, memo: &Memo) -> Result<()> {
        if let LevelEdit::Splice(splice) = edit {
            return self.splice_or_expand(&splice, memo);
        }
        if !self.has_old {
            if let LevelEdit::Put { key, payload } = edit {
                self.append(&key, payload.as_ref());
            }
            return Ok(());
        }
        if matches!(self.state, State::Rebuilding(_)) && self.feed_until(Some(edit.first_key()), memo)? {
            return self.edit_region(edit, memo);
        }
        self.seek(edit.first_key(), memo)?;
        match self.rewrite(&edit, memo)? {
            Outcome::Done => Ok(()),
            Outcome::MovesBoundaries => self.begin_region(vec![edit], memo),
        }
    }

    /// Appends an entry to a level that is built from nothing.
    pub(super) fn append(&mut self, key: &[u8], payload: PayloadRef<'_>) {
        self.touched = true;
        self.chunker.push(key, payload);
        self.collect();
    }

    /// Completes the level.
    pub(super) fn finish(&mut self, memo: &Memo) -> Result<()> {
        if !self.has_old {
            self.chunker.finish_at_end();
            self.collect();
            return Ok(());
        }
        while matches!(self.state, State::Rebuilding(_)) && self.feed_until(None, memo)? {
            if self.chunker.finish_at_end() {
                self.end_region();
            } else {
                self.extend_region(memo)?;
            }
        }
        self.close_rewrite();
        self.flush_closed(self.closed.len());
        Ok(())
    }

    /// Moves to the node of `key`, outside a region.
    pub(super) fn seek(&mut self, key: &[u8], memo: &Memo) -> Result<()> {
        match &mut self.cursor {
            Some(cursor) if cursor.covers(key) => return Ok(()),
            Some(cursor) => cursor.seek(memo, key)?,
            None => self.cursor = Some(Cursor::at(memo, self.level, key)?),
        }
        self.close_rewrite();
        // A region reaches back over at most two natural boundaries.
        let mut natural = 0;
        let reachable = self.closed.iter().rposition(|closed| {
            natural += usize::from(closed.is_natural());
            natural == 2
        });
        self.flush_closed(reachable.map_or(0, |last| last + 1));
        Ok(())
    }

    /// Takes an edit that leaves the keys of the node at the cursor as they are.
    fn rewrite(&mut self, edit: &LevelEdit, memo: &Memo) -> Result<Outcome> {
        let Some(cursor) = &self.cursor else { return Ok(Outcome::Done) };
        let node = match &self.state {
            State::Rewriting(rewrite) => Arc::clone(&rewrite.node),
            _ => cursor.load(memo)?,
        };
        let index = match edit {
            LevelEdit::Put { key, payload } => match node.search(key) {
                Ok(index) if payload.is_that_of(&node, index) => return Ok(Outcome::Done),
                Ok(index) => index,
                Err(_) => return Ok(Outcome::MovesBoundaries),
            },
            LevelEdit::Delete { key } if node.search(key).is_err() => return Ok(Outcome::Done),
            LevelEdit::Delete { .. } | LevelEdit::DeleteRange { .. } | LevelEdit::Splice(_) => {
                return Ok(Outcome::MovesBoundaries);
            }
        };
        let LevelEdit::Put { payload, .. } = edit else { return Ok(Outcome::Done) };
        if !matches!(self.state, State::Rewriting(_)) {
            let last_key = node.last_key().unwrap_or_default().into();
            let natural = cursor.is_natural();
            self.state = State::Rewriting(Rewrite { node, last_key, natural, changes: Vec::new() });
        }
        if let State::Rewriting(rewrite) = &mut self.state {
            rewrite.changes.push((index, payload.clone()));
            self.touched = true;
        }
        Ok(Outcome::Done)
    }

    pub(super) fn close_rewrite(&mut self) {
        if let State::Rewriting(rewrite) = std::mem::replace(&mut self.state, State::Idle) {
            self.closed.push(Closed::Rewrite(rewrite));
        }
    }

    /// Puts out the first `count` rewritten nodes and splices.
    pub(super) fn flush_closed(&mut self, count: usize) {
        for closed in self.closed.drain(..count) {
            let Rewrite { node, last_key, natural, changes } = match closed {
                Closed::Rewrite(rewrite) => rewrite,
                Closed::Splice(splice) => {
                    self.output.edit(LevelEdit::Splice(splice));
                    continue;
                }
            };
            let new = if self.level == 0 {
                let values = changes.iter().filter_map(|(index, payload)| match payload {
                    Payload::Value(value) => Some((*index, value.as_node_value())),
                    Payload::Child(_) => None,
                });
                node.with_values(&values.collect::<Vec<_>>())
            } else {
                node.with_children(changes.into_iter().filter_map(|(index, payload)| match payload {
                    Payload::Child(child) => Some((index, child)),
                    Payload::Value(_) => None,
                }))
            };
            self.output.node(new, Place { last_key, natural, replaces: None });
        }
    }
}

enum Outcome {
    Done,
    MovesBoundaries,
}
