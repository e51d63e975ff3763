//! Reading a range of entries in order.

use std::collections::VecDeque;
use std::ops::{Bound, Range};
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{Node, Value};

use crate::cursor::Cursor;
use crate::{Direction, EntryValue, KeyRange, Result, Tree};

/// Leaves asked for at once by a long scan.
const LEAVES_PER_REQUEST: usize = 32;

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Bytes,
    /// The value.
    pub value: EntryValue,
}

/// A key and its value, lent by a leaf.
#[derive(Clone, Copy, Debug)]
pub struct EntryRef<'scan> {
    /// The key.
    pub key: &'scan [u8],
    /// The value.
    pub value: Value<'scan>,
}

/// The entries of a range, in the order asked for. It holds the snapshot it reads.
///
/// As an iterator it gives entries to keep; [`Entries::lend`] gives them without copying. Cost: O(depth) node loads for
/// the first entry, then one for each leaf and each internal node on the way; a long scan asks for up to 32 leaves at
/// once.
pub struct Entries {
    tree: Tree,
    range: KeyRange,
    direction: Direction,
    /// Points at `leaf`; `None` before the first entry.
    cursor: Option<Cursor>,
    leaf: Option<Arc<Node>>,
    /// The entry of `leaf` that was given last.
    index: Option<usize>,
    /// Entries of `leaf` that were not given yet.
    rest: Range<usize>,
    /// Leaves that follow `leaf`, loaded with it.
    ahead: VecDeque<Arc<Node>>,
    request: usize,
    /// What the keys of `leaf` begin with, and room for the rest of one.
    key: Vec<u8>,
    prefix_length: usize,
    done: bool,
}

impl Entries {
    pub(crate) fn new(tree: Tree, range: KeyRange, direction: Direction) -> Self {
        let done = range.is_empty();
        Self {
            tree,
            range,
            direction,
            cursor: None,
            leaf: None,
            index: None,
            rest: 0..0,
            ahead: VecDeque::new(),
            request: 1,
            key: Vec::new(),
            prefix_length: 0,
            done,
        }
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
        let (leaf, index) = (self.leaf.as_ref()?, self.index?);
        let suffix = leaf.key_suffix(index);
        let length = self.prefix_length + suffix.len();
        if self.key.len() < length {
            self.key.resize(length, 0);
        }
        self.key[self.prefix_length..length].copy_from_slice(suffix);
        Some(EntryRef { key: &self.key[..length], value: leaf.value(index) })
    }

    /// The entry that was lent last, to keep.
    pub(crate) fn kept(&self) -> Option<Entry> {
        let (leaf, index) = (self.leaf.as_ref()?, self.index?);
        Some(Entry { key: leaf.key(index).into(), value: EntryValue::of_node(leaf, index) })
    }

    /// Moves on to the next entry; false at the end.
    #[inline]
    pub(crate) fn advance(&mut self) -> Result<bool> {
        self.index = None; // Unless there is another one.
        self.index = self.step()?;
        if let (Some(index), Some(leaf), Some(next)) = (self.index, &self.leaf, self.ahead.front()) {
            next.prefetch_beside(leaf, index);
        }
        Ok(self.index.is_some())
    }

    /// Moves on and gives the index of the next entry in the leaf.
    #[inline]
    fn step(&mut self) -> Result<Option<usize>> {
        let next = match self.direction {
            Direction::Forward => self.rest.next(),
            Direction::Backward => self.rest.next_back(),
        };
        if next.is_some() || self.done { Ok(next) } else { self.step_over() }
    }

    /// As [`Entries::step`], at the end of a leaf.
    fn step_over(&mut self) -> Result<Option<usize>> {
        self.done = true; // Unless there is another leaf.
        let loaded = if self.cursor.is_none() { self.start()? } else { self.next_leaf()? };
        let Some(leaf) = loaded else { return Ok(None) };
        self.rest = self.within(&leaf);
        self.key.clear();
        self.key.extend_from_slice(leaf.key_prefix());
        self.prefix_length = self.key.len();
        self.leaf = Some(leaf);
        self.done = false;
        self.step()
    }

    /// Seeks the end of the range where reading begins.
    fn start(&mut self) -> Result<Option<Arc<Node>>> {
        let forward = self.direction == Direction::Forward;
        let bound = if forward { &self.range.lower } else { &self.range.upper };
        let cursor = match bound {
            Bound::Included(key) | Bound::Excluded(key) => Cursor::at(&self.tree, 0, key)?,
            Bound::Unbounded if forward => Cursor::first(&self.tree, 0)?,
            Bound::Unbounded => Cursor::last(&self.tree, 0)?,
        };
        let leaf = cursor.load(&self.tree)?;
        self.cursor = Some(cursor);
        Ok(Some(leaf))
    }

    fn next_leaf(&mut self) -> Result<Option<Arc<Node>>> {
        let Some(cursor) = &mut self.cursor else { return Ok(None) };
        // The last key of a leaf tells whether anything within the range can follow.
        let leaf_ends = cursor.parent().map(|(parent, index)| match self.direction {
            Direction::Forward => self.range.is_above(&parent.key(index)),
            Direction::Backward => index > 0 && self.range.is_below(&parent.key(index - 1)),
        });
        let moved = match self.direction {
            Direction::Forward => cursor.next(&self.tree)?,
            Direction::Backward => cursor.previous(&self.tree)?,
        };
        if leaf_ends == Some(true) || !moved {
            return Ok(None);
        }
        if self.ahead.is_empty()
            && let Some((parent, index)) = cursor.parent()
        {
            let siblings: Vec<usize> = match self.direction {
                Direction::Forward => (index..parent.len())
                    .take_while(|sibling| *sibling == index || !self.range.is_above(&parent.key(sibling - 1)))
                    .take(self.request)
                    .collect(),
                Direction::Backward => (0..=index)
                    .rev()
                    .take_while(|sibling| *sibling == index || !self.range.is_below(&parent.key(*sibling)))
                    .take(self.request)
                    .collect(),
            };
            let siblings = siblings.iter().map(|index| (parent, *index));
            self.ahead = self.tree.store().load_children(siblings)?.into();
            self.request = (2 * self.request).min(LEAVES_PER_REQUEST);
        }
        Ok(self.ahead.pop_front())
    }

    /// The entries of `leaf` that lie in the range.
    fn within(&self, leaf: &Node) -> Range<usize> {
        let place = |key: &[u8], inclusive: bool| match leaf.search(key) {
            Ok(index) => index + usize::from(inclusive),
            Err(index) => index,
        };
        let start = match &self.range.lower {
            Bound::Included(key) => place(key, false),
            Bound::Excluded(key) => place(key, true),
            Bound::Unbounded => 0,
        };
        let end = match &self.range.upper {
            Bound::Included(key) => place(key, true),
            Bound::Excluded(key) => place(key, false),
            Bound::Unbounded => leaf.len(),
        };
        start..end
    }
}

impl Iterator for Entries {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.advance() {
            Ok(_) => self.kept().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }
}
