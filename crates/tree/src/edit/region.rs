//! Rebuilding a region of a level: old entries and edits are fed to the chunker, from one natural boundary to another.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{Address, Node};

use super::after;
use super::level::{Closed, LevelEdit, LevelEditor, Rewrite, State};
use super::memo::Memo;
use super::output::Place;
use crate::Result;
use crate::chunker::{Guard, Piece};
use crate::cursor::Cursor;

/// Where old entries are read from.
pub(super) struct Feed {
    /// Where the region began.
    start: Cursor,
    /// The boundary before that.
    guard: Option<Bytes>,
    node: Arc<Node>,
    /// The next entry of `node`.
    index: usize,
    /// The entry fed last has the key of the last entry of `node`.
    at_old_end: bool,
    /// All nodes of the level are used up.
    ended: bool,
}

/// What a region has used up of the old level, as the parents know it.
pub(super) enum Replaced {
    Node {
        last_key: Bytes,
        address: Address,
        natural: bool,
    },
    /// Nodes with last keys in `from..end`.
    Range {
        from: Bytes,
        end: Bytes,
    },
}

impl LevelEditor {
    /// Begins to rebuild at the gap of the node at the cursor, and applies `edits`, which lie there or behind.
    pub(super) fn begin_region(&mut self, mut edits: Vec<LevelEdit>, memo: &Memo) -> Result<()> {
        let Some(mut start) = self.cursor.take() else { return Ok(()) };
        self.close_rewrite();
        self.touched = true;
        let mut before = start.clone();
        let guard = loop {
            if !before.previous(memo)? {
                break None;
            }
            if before.is_natural() {
                break before.parent().map(|(parent, index)| Bytes::from(parent.key(index)));
            }
            start = before.clone();
        };
        // Changes of nodes within the region are applied again.
        while let Some(Closed::Rewrite(rewrite)) = self.closed.pop_if(|closed| {
            matches!(closed, Closed::Rewrite(rewrite)
                if guard.as_ref().is_none_or(|guard| rewrite.last_key[..] > guard[..]))
        }) {
            let Rewrite { node, changes, .. } = rewrite;
            let again = changes
                .into_iter()
                .map(|(index, payload)| LevelEdit::Put { key: node.key(index).into(), payload });
            edits.splice(0..0, again);
        }
        self.replaced.clear();
        self.rebuild(start, guard, edits, memo)
    }

    /// Begins to rebuild after `guard` with the old node at `start`, and applies `edits`.
    pub(super) fn rebuild(
        &mut self,
        start: Cursor,
        guard: Option<Bytes>,
        edits: Vec<LevelEdit>,
        memo: &Memo,
    ) -> Result<()> {
        self.chunker.start(guard.as_deref());
        let node = start.load(memo)?;
        self.cursor = Some(start.clone());
        self.state =
            State::Rebuilding(Feed { start, guard, node, index: 0, at_old_end: false, ended: false });
        for edit in edits {
            self.push(edit, memo)?;
        }
        Ok(())
    }

    /// Begins the region again at the gap before it: the boundary between them fell.
    pub(super) fn extend_region(&mut self, memo: &Memo) -> Result<()> {
        let State::Rebuilding(feed) = std::mem::replace(&mut self.state, State::Idle) else { return Ok(()) };
        let edits = std::mem::take(&mut self.region_edits);
        if let Some(Closed::Splice(splice)) = self
            .closed
            .pop_if(|closed| matches!(closed, Closed::Splice(splice) if splice.through == feed.guard))
        {
            return self.shorten_splice(splice, feed.start, edits, memo);
        }
        let mut cursor = feed.start;
        cursor.previous(memo)?;
        self.cursor = Some(cursor);
        self.begin_region(edits, memo)
    }

    /// Feeds old entries up to `key`, or to the end of the level. Returns whether the region goes on there; otherwise
    /// it ended before, and the level is as it was from the cursor on.
    pub(super) fn feed_until(&mut self, key: Option<&[u8]>, memo: &Memo) -> Result<bool> {
        loop {
            if self.chunker.guard() == Guard::Fell {
                self.extend_region(memo)?;
            }
            let (State::Rebuilding(feed), Some(cursor)) = (&mut self.state, &mut self.cursor) else {
                return Ok(false);
            };
            if feed.ended {
                return Ok(true);
            }
            if feed.index < feed.node.len() {
                if key.is_some_and(|key| feed.node.compare_key(feed.index, key).is_ge()) {
                    return Ok(true);
                }
                self.chunker.push_entry(&feed.node, feed.index);
                feed.index += 1;
                feed.at_old_end = feed.index == feed.node.len();
                if self.chunker.has_pieces() {
                    self.collect();
                }
                continue;
            }
            let ends = feed.at_old_end
                && cursor.is_natural()
                && self.chunker.is_least_so_far()
                && is_before_next_gap(cursor, key, memo)?;
            use_up(&mut self.replaced, cursor);
            if ends {
                cursor.next(memo)?;
                self.chunker.finish_at_boundary();
                self.end_region();
                return Ok(false);
            }
            feed.at_old_end = false;
            if cursor.next(memo)? {
                feed.node = cursor.load(memo)?;
                feed.index = 0;
            } else {
                feed.ended = true;
            }
        }
    }

    /// Applies an edit at the place that old entries were fed up to.
    pub(super) fn edit_region(&mut self, edit: LevelEdit, memo: &Memo) -> Result<()> {
        if self.chunker.guard() == Guard::Stands {
            self.region_edits.clear();
        } else {
            self.region_edits.push(edit.clone());
        }
        let State::Rebuilding(feed) = &mut self.state else { return Ok(()) };
        match edit {
            LevelEdit::Put { key, payload } => {
                let replaces = feed.take(&key);
                self.chunker.push(&key, payload.as_ref());
                feed.at_old_end = replaces && feed.index == feed.node.len();
            }
            LevelEdit::Delete { key } => {
                if feed.take(&key) {
                    feed.at_old_end = false;
                    self.lost_entries = true;
                }
            }
            LevelEdit::DeleteRange { end, .. } => self.delete_up_to(end.as_deref(), memo)?,
            LevelEdit::Splice(_) => {} // Handled before any region.
        }
        self.collect();
        Ok(())
    }

    /// Removes old entries before `end`, whole nodes unread.
    fn delete_up_to(&mut self, end: Option<&[u8]>, memo: &Memo) -> Result<()> {
        let (State::Rebuilding(feed), Some(cursor)) = (&mut self.state, &mut self.cursor) else {
            return Ok(());
        };
        if feed.ended {
            return Ok(());
        }
        self.lost_entries = true;
        feed.at_old_end = false;
        let place = end.map_or(feed.node.len(), |end| feed.node.search(end).unwrap_or_else(|index| index));
        if place < feed.node.len() {
            feed.index = feed.index.max(place);
            return Ok(());
        }
        use_up(&mut self.replaced, cursor);
        if !cursor.next(memo)? {
            feed.ended = true;
            return Ok(());
        }
        let first = cursor.clone();
        match end {
            Some(end) => cursor.seek(memo, end)?,
            None => *cursor = Cursor::last(memo, self.level)?,
        }
        let mut last = cursor.clone();
        if !first.is_same(cursor) && last.previous(memo)? {
            let key = |cursor: &Cursor| cursor.parent().map(|(parent, index)| parent.key(index));
            if let (Some(from), Some(last)) = (key(&first), key(&last)) {
                self.replaced.push_back(Replaced::Range { from: from.into(), end: after(&last) });
            }
        }
        feed.node = cursor.load(memo)?;
        feed.index = end.map_or(feed.node.len(), |end| feed.node.search(end).unwrap_or_else(|index| index));
        if feed.index == feed.node.len() {
            // Only the last node of a level can lie before the end of the range it was sought by.
            use_up(&mut self.replaced, cursor);
            feed.ended = true;
        }
        Ok(())
    }

    pub(super) fn end_region(&mut self) {
        self.collect();
        while let Some(replaced) = self.replaced.pop_front() {
            self.output.edit(replaced.into_delete());
        }
        self.region_edits.clear();
        self.state = State::Idle;
    }

    /// Puts out the nodes that the chunker has cut.
    pub(super) fn collect(&mut self) {
        if !self.chunker.has_pieces() {
            return;
        }
        // The boundary to the left stands: nothing before it changes any more.
        self.flush_closed(self.closed.len());
        for Piece { last_key, natural, node } in self.chunker.take_pieces() {
            let mut replaces = None;
            while let Some(replaced) =
                self.replaced.pop_front_if(|replaced| replaced.first_key() <= &last_key)
            {
                match replaced {
                    Replaced::Node { last_key: old_key, address, natural: was_natural }
                        if old_key == last_key =>
                    {
                        replaces = Some((address, was_natural));
                    }
                    Replaced::Range { from, end } if end > last_key => {
                        self.output.edit(LevelEdit::DeleteRange { from, end: Some(last_key.clone()) });
                        self.replaced.push_front(Replaced::Range { from: after(&last_key), end });
                        break;
                    }
                    other => self.output.edit(other.into_delete()),
                }
            }
            self.output.node(node, Place { last_key, natural, replaces });
        }
    }
}

impl Feed {
    /// Passes over the next old entry if it has this key.
    fn take(&mut self, key: &[u8]) -> bool {
        let found =
            !self.ended && self.index < self.node.len() && self.node.compare_key(self.index, key).is_eq();
        self.index += usize::from(found);
        found
    }
}

impl Replaced {
    const fn first_key(&self) -> &Bytes {
        match self {
            Self::Node { last_key, .. } => last_key,
            Self::Range { from, .. } => from,
        }
    }

    fn into_delete(self) -> LevelEdit {
        match self {
            Self::Node { last_key, .. } => LevelEdit::Delete { key: last_key },
            Self::Range { from, end } => LevelEdit::DeleteRange { from, end: Some(end) },
        }
    }
}

/// Records that the node at `cursor` is used up; the root has no parent that would have to know.
fn use_up(replaced: &mut VecDeque<Replaced>, cursor: &Cursor) {
    if let Some((parent, index)) = cursor.parent() {
        let child = parent.child(index);
        let last_key = parent.key(index).into();
        replaced.push_back(Replaced::Node {
            last_key,
            address: child.target.address,
            natural: child.natural,
        });
    }
}

/// Whether the gap after the node at `cursor` ends before `key`, so that no edit can reach back to this node's end.
fn is_before_next_gap(cursor: &Cursor, key: Option<&[u8]>, memo: &Memo) -> Result<bool> {
    let Some(key) = key else { return Ok(true) };
    let mut next = cursor.clone();
    while next.next(memo)? {
        if next.covers(key) {
            return Ok(false);
        }
        if next.is_natural() {
            return Ok(true);
        }
    }
    Ok(false)
}
