//! The edit pass in one level.
//!
//! Untouched nodes are passed over by address. A node where only payloads change under the keys it has is rewritten
//! alone, since boundaries follow from keys. Any other change rebuilds a *region*: it begins after the natural boundary
//! to the left of the edit, feeds old entries and edits to the chunker, and ends at the first old natural boundary that
//! is one still, with no edit before the next: from there on the level is as it was.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{Address, Child, Node, NodeRef, Parameters};

use super::memo::Memo;
use super::{Context, after};
use crate::Result;
use crate::chunker::{Chunker, Guard, Payload, Piece, rewrite_leaf};
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
    fn first_key(&self) -> Bytes {
        match self {
            Self::Put { key, .. } | Self::Delete { key } => key.clone(),
            Self::DeleteRange { from, .. } => from.clone(),
            Self::Splice(splice) => splice.from(),
        }
    }
}

pub(super) struct LevelEditor {
    pub(super) level: u8,
    parameters: Parameters,
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
    region_edits: Vec<LevelEdit>,
    output: Vec<LevelEdit>,
    emitted: usize,
    last_emitted: Option<NodeRef>,
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
    node: Arc<Node>,
    last_key: Bytes,
    natural: bool,
    changes: Vec<(usize, Payload)>,
}

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
    pub(super) fn new(parameters: Parameters, level: u8, has_old: bool) -> Self {
        Self {
            level,
            parameters,
            has_old,
            cursor: None,
            state: State::Idle,
            chunker: Chunker::new(parameters, level),
            closed: Vec::new(),
            replaced: VecDeque::new(),
            region_edits: Vec::new(),
            output: Vec::new(),
            emitted: 0,
            last_emitted: None,
            touched: false,
            lost_entries: false,
        }
    }

    /// Edits of the level above that follow from those pushed so far.
    pub(super) fn take_output(&mut self) -> Vec<LevelEdit> {
        std::mem::take(&mut self.output)
    }

    /// Whether no edit changed anything here.
    pub(super) const fn is_untouched(&self) -> bool {
        !self.touched
    }

    /// Whether an entry was removed.
    pub(super) const fn lost_entries(&self) -> bool {
        self.lost_entries
    }

    /// In a level without old parents: the node that it is, or how many nodes it is.
    pub(super) fn only_node(&self) -> Result<NodeRef, usize> {
        self.last_emitted.filter(|_| self.emitted == 1).ok_or(self.emitted)
    }

    pub(super) fn push(&mut self, edit: LevelEdit, memo: &Memo, context: &mut Context) -> Result<()> {
        if let LevelEdit::Splice(splice) = edit {
            return self.splice_or_expand(&splice, memo, context);
        }
        if !self.has_old {
            self.touched = true;
            if let LevelEdit::Put { key, payload } = edit {
                self.chunker.push(&key, payload);
                self.collect(context);
            }
            return Ok(());
        }
        if matches!(self.state, State::Rebuilding(_))
            && self.feed_until(Some(&edit.first_key()), memo, context)?
        {
            return self.edit_region(edit, memo, context);
        }
        self.seek(&edit.first_key(), memo, context)?;
        match self.rewrite(&edit, memo)? {
            Outcome::Done => Ok(()),
            Outcome::MovesBoundaries => self.begin_region(vec![edit], memo, context),
        }
    }

    /// Completes the level.
    pub(super) fn finish(&mut self, memo: &Memo, context: &mut Context) -> Result<()> {
        if !self.has_old {
            self.chunker.finish_at_end();
            self.collect(context);
            return Ok(());
        }
        while matches!(self.state, State::Rebuilding(_)) && self.feed_until(None, memo, context)? {
            if self.chunker.finish_at_end() {
                self.end_region(context);
            } else {
                self.extend_region(memo, context)?;
            }
        }
        self.close_rewrite();
        self.flush_closed(self.closed.len(), context);
        Ok(())
    }

    /// Moves to the node of `key`, outside a region.
    pub(super) fn seek(&mut self, key: &[u8], memo: &Memo, context: &mut Context) -> Result<()> {
        match &mut self.cursor {
            Some(cursor) if cursor.covers(key) => return Ok(()),
            Some(cursor) => {
                let mut moved = cursor.clone();
                moved.seek(memo, key)?;
                self.close_rewrite();
                self.cursor = Some(moved);
            }
            None => self.cursor = Some(Cursor::at(memo, self.level, key)?),
        }
        // A region reaches back over at most two natural boundaries.
        let mut natural = 0;
        let reachable = self.closed.iter().rposition(|closed| {
            natural += usize::from(closed.is_natural());
            natural == 2
        });
        self.flush_closed(reachable.map_or(0, |last| last + 1), context);
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
                Ok(index) if Payload::of_node(&node, index) == *payload => return Ok(Outcome::Done),
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
    pub(super) fn flush_closed(&mut self, count: usize, context: &mut Context) {
        for closed in self.closed.drain(..count) {
            let Rewrite { node, last_key, natural, changes } = match closed {
                Closed::Rewrite(rewrite) => rewrite,
                Closed::Splice(splice) => {
                    self.output.push(LevelEdit::Splice(splice));
                    continue;
                }
            };
            let new = if self.level == 0 {
                rewrite_leaf(&self.parameters, &node, changes)
            } else {
                node.with_children(changes.into_iter().filter_map(|(index, payload)| match payload {
                    Payload::Child(child) => Some((index, child)),
                    Payload::Value(_) => None,
                }))
            };
            emit(&mut self.output, &mut self.emitted, &mut self.last_emitted, last_key, natural, &new);
            context.write(new);
        }
    }

    /// Begins to rebuild at the gap of the node at the cursor, and applies `edits`, which lie there or behind.
    fn begin_region(&mut self, mut edits: Vec<LevelEdit>, memo: &Memo, context: &mut Context) -> Result<()> {
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
        self.rebuild(start, guard, edits, memo, context)
    }

    /// Begins to rebuild after `guard` with the old node at `start`, and applies `edits`.
    pub(super) fn rebuild(
        &mut self,
        start: Cursor,
        guard: Option<Bytes>,
        edits: Vec<LevelEdit>,
        memo: &Memo,
        context: &mut Context,
    ) -> Result<()> {
        self.chunker.start(guard.as_deref());
        let node = start.load(memo)?;
        self.cursor = Some(start.clone());
        self.state =
            State::Rebuilding(Feed { start, guard, node, index: 0, at_old_end: false, ended: false });
        for edit in edits {
            self.push(edit, memo, context)?;
        }
        Ok(())
    }

    /// Begins the region again at the gap before it: the boundary between them fell.
    fn extend_region(&mut self, memo: &Memo, context: &mut Context) -> Result<()> {
        let State::Rebuilding(feed) = std::mem::replace(&mut self.state, State::Idle) else { return Ok(()) };
        let edits = std::mem::take(&mut self.region_edits);
        if let Some(Closed::Splice(splice)) = self
            .closed
            .pop_if(|closed| matches!(closed, Closed::Splice(splice) if splice.through == feed.guard))
        {
            return self.shorten_splice(splice, feed.start, edits, memo, context);
        }
        let mut cursor = feed.start;
        cursor.previous(memo)?;
        self.cursor = Some(cursor);
        self.begin_region(edits, memo, context)
    }

    /// Feeds old entries up to `key`, or to the end of the level. Returns whether the region goes on there; otherwise
    /// it ended before, and the level is as it was from the cursor on.
    pub(super) fn feed_until(
        &mut self,
        key: Option<&[u8]>,
        memo: &Memo,
        context: &mut Context,
    ) -> Result<bool> {
        loop {
            if self.chunker.guard() == Guard::Fell {
                self.extend_region(memo, context)?;
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
                    self.collect(context);
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
                self.end_region(context);
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
    fn edit_region(&mut self, edit: LevelEdit, memo: &Memo, context: &mut Context) -> Result<()> {
        if self.chunker.guard() == Guard::Stands {
            self.region_edits.clear();
        } else {
            self.region_edits.push(edit.clone());
        }
        let State::Rebuilding(feed) = &mut self.state else { return Ok(()) };
        match edit {
            LevelEdit::Put { key, payload } => {
                let replaces = feed.take(&key);
                self.chunker.push(&key, payload);
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
        self.collect(context);
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

    pub(super) fn end_region(&mut self, context: &mut Context) {
        self.collect(context);
        while let Some(replaced) = self.replaced.pop_front() {
            self.output.push(replaced.into_delete());
        }
        self.region_edits.clear();
        self.state = State::Idle;
    }

    /// Puts out the nodes that the chunker has cut.
    pub(super) fn collect(&mut self, context: &mut Context) {
        if !self.chunker.has_pieces() {
            return;
        }
        // The boundary to the left stands: nothing before it changes any more.
        self.flush_closed(self.closed.len(), context);
        for Piece { last_key, natural, node } in self.chunker.take_pieces() {
            let mut unchanged = false;
            while let Some(replaced) =
                self.replaced.pop_front_if(|replaced| replaced.first_key() <= &last_key)
            {
                match replaced {
                    Replaced::Node { last_key: old_key, address, natural: was_natural }
                        if old_key == last_key =>
                    {
                        unchanged = address == node.address() && was_natural == natural;
                    }
                    Replaced::Range { from, end } if end > last_key => {
                        self.output.push(LevelEdit::DeleteRange { from, end: Some(last_key.clone()) });
                        self.replaced.push_front(Replaced::Range { from: after(&last_key), end });
                        break;
                    }
                    other => self.output.push(other.into_delete()),
                }
            }
            if !unchanged {
                emit(&mut self.output, &mut self.emitted, &mut self.last_emitted, last_key, natural, &node);
                context.write(node);
            }
        }
    }
}

enum Outcome {
    Done,
    MovesBoundaries,
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

/// Tells the level above of a new node.
fn emit(
    output: &mut Vec<LevelEdit>,
    emitted: &mut usize,
    last_emitted: &mut Option<NodeRef>,
    last_key: Bytes,
    natural: bool,
    node: &Node,
) {
    let target = NodeRef::from(node.address());
    *emitted += 1;
    *last_emitted = Some(target);
    let child = Child { target, entries: node.entries(), natural };
    output.push(LevelEdit::Put { key: last_key, payload: Payload::Child(child) });
}
