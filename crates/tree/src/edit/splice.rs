//! Taking over whole nodes of another tree, unread.
//!
//! A range of keys is to become what it is in the *source*, a tree of the same parameters. Where both ends of the range
//! are natural boundaries of a level, in the source and in the level as it will be, the nodes between are those of the
//! source: boundaries inside depend on entries inside alone. The level hands the range up, and only the lowest level
//! where an end is not natural puts out entries one by one.

use bytes::Bytes;

use super::after;
use super::level::{Closed, LevelEdit, LevelEditor, Splice, State};
use super::memo::Memo;
use super::region::Replaced;
use crate::Result;
use crate::chunker::Payload;
use crate::cursor::{Cursor, Load};

impl Splice {
    /// The least key it holds.
    pub(super) fn from(&self) -> Bytes {
        self.after.as_ref().map_or_else(Bytes::new, |key| after(key))
    }

    /// The least key above it.
    fn end(&self) -> Option<Bytes> {
        self.through.as_ref().map(|key| after(key))
    }
}

impl LevelEditor {
    /// Takes over the nodes of a range, or, where this level cannot, its entries.
    pub(super) fn splice_or_expand(&mut self, splice: &Splice, memo: &Memo) -> Result<()> {
        if self.try_splice(splice, memo)? {
            return Ok(());
        }
        self.push(LevelEdit::DeleteRange { from: splice.from(), end: splice.end() }, memo)?;
        for (key, payload) in entries_of_source(self.level, splice, memo)? {
            self.push(LevelEdit::Put { key, payload }, memo)?;
        }
        Ok(())
    }

    /// Takes over the nodes of a range if both its ends are natural; otherwise leaves the level as it is and returns
    /// false. Cost: O(depth) node loads.
    pub(super) fn try_splice(&mut self, splice: &Splice, memo: &Memo) -> Result<bool> {
        let Some(source) = memo.source().filter(|_| self.has_old) else { return Ok(false) };
        if source.load_root()?.level() <= self.level || memo.load_root()?.level() <= self.level {
            return Ok(false);
        }
        let mut next = None;
        if let Some(through) = &splice.through {
            let mut cursor = Cursor::at(memo, self.level, through)?;
            if !ends_naturally(source, self.level, through)? || !is_natural_end(&cursor, through) {
                return Ok(false);
            }
            cursor.next(memo)?;
            next = Some(cursor);
        }
        if let Some(before) = &splice.after
            && (!ends_naturally(source, self.level, before)? || !self.end_at(before, memo)?)
        {
            return Ok(false);
        }
        self.close_rewrite();
        self.touched = true;
        self.lost_entries = true;
        self.cursor = match next {
            Some(cursor) => Some(cursor),
            None => Some(Cursor::last(memo, self.level)?), // Nothing can follow.
        };
        self.closed.push(Closed::Splice(splice.clone()));
        Ok(true)
    }

    /// Ends what is under way at `key`, if that is a natural boundary when what follows it lets it be one.
    fn end_at(&mut self, key: &[u8], memo: &Memo) -> Result<bool> {
        if matches!(self.state, State::Rebuilding(_)) && self.feed_until(Some(&after(key)), memo)? {
            if !self.chunker.is_least_so_far() || self.chunker.last_key() != Some(key) {
                return Ok(false);
            }
            self.chunker.finish_at_boundary();
            self.end_region();
            return Ok(true);
        }
        Ok(is_natural_end(&Cursor::at(memo, self.level, key)?, key))
    }

    /// The boundary at the end of a splice fell to an edit behind it: its last gap is rebuilt, from the entries of the
    /// source.
    pub(super) fn shorten_splice(
        &mut self,
        splice: Splice,
        start: Cursor,
        edits: Vec<LevelEdit>,
        memo: &Memo,
    ) -> Result<()> {
        let (Some(source), Some(through)) = (memo.source(), &splice.through) else { return Ok(()) };
        let mut cursor = Cursor::at(source, self.level, through)?;
        let mut guard = None;
        while cursor.previous(source)? {
            let last_key = cursor.parent().map(|(parent, index)| Bytes::from(parent.key(index)));
            if cursor.is_natural() {
                guard = last_key;
                break;
            }
        }
        let gap = Splice { after: guard.clone(), through: splice.through.clone() };
        let mut again: Vec<_> = entries_of_source(self.level, &gap, memo)?
            .into_iter()
            .map(|(key, payload)| LevelEdit::Put { key, payload })
            .collect();
        again.extend(edits);
        if guard != splice.after {
            self.closed.push(Closed::Splice(Splice { after: splice.after, through: guard.clone() }));
        }
        self.replaced.clear();
        self.replaced.push_back(Replaced::Range { from: gap.from(), end: after(through) });
        self.rebuild(start, guard, again, memo)
    }
}

/// Whether the level of `tree` has a natural boundary at `key`.
fn ends_naturally(tree: &Memo, level: u8, key: &[u8]) -> Result<bool> {
    Ok(is_natural_end(&Cursor::at(tree, level, key)?, key))
}

fn is_natural_end(cursor: &Cursor, key: &[u8]) -> bool {
    cursor.is_natural()
        && cursor.parent().is_some_and(|(parent, index)| parent.compare_key(index, key).is_eq())
}

/// The source's entries of a range at a level.
fn entries_of_source(level: u8, splice: &Splice, memo: &Memo) -> Result<Vec<(Bytes, Payload)>> {
    let Some(source) = memo.source() else { return Ok(Vec::new()) };
    let mut entries = Vec::new();
    let mut cursor = Cursor::at(source, level, &splice.from())?;
    loop {
        let node = cursor.load(source)?;
        let first = node.search(&splice.from()).unwrap_or_else(|index| index);
        for index in first..node.len() {
            let key = node.key(index);
            if splice.through.as_ref().is_some_and(|through| key[..] > through[..]) {
                return Ok(entries);
            }
            entries.push((key.into(), Payload::of_node(&node, index)));
        }
        if !cursor.next(source)? {
            return Ok(entries);
        }
    }
}
