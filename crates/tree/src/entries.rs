//! Reading a range of entries in order.

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::Node;

use crate::cursor::Cursor;
use crate::{Direction, EntryValue, KeyRange, Result, Tree};

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Bytes,
    /// The value.
    pub value: EntryValue,
}

/// The entries of a range, in the order asked for. It holds the snapshot it reads and loads one leaf at a time.
///
/// Cost: O(depth) node loads for the first entry, then one for each leaf and each internal node on the way.
pub struct Entries {
    tree: Tree,
    range: KeyRange,
    direction: Direction,
    /// `None` before the first entry.
    cursor: Option<Cursor>,
    leaf: Option<(Arc<Node>, usize)>,
    done: bool,
}

impl Entries {
    pub(crate) fn new(tree: Tree, range: KeyRange, direction: Direction) -> Self {
        let done = range.is_empty();
        Self { tree, range, direction, cursor: None, leaf: None, done }
    }

    fn step(&mut self) -> Result<Option<Entry>> {
        if self.done {
            return Ok(None);
        }
        if self.cursor.is_none() {
            self.cursor = Some(self.start()?);
        }
        loop {
            let Some((leaf, index)) = &mut self.leaf else { return Ok(None) };
            let next = match self.direction {
                Direction::Forward if *index < leaf.len() => {
                    *index += 1;
                    Some(*index - 1)
                }
                Direction::Backward if *index > 0 => {
                    *index -= 1;
                    Some(*index)
                }
                _ => None,
            };
            if let Some(index) = next {
                let key = leaf.key(index);
                let outside = match self.direction {
                    Direction::Forward => self.range.is_above(&key),
                    Direction::Backward => self.range.is_below(&key),
                };
                if outside {
                    self.leaf = None;
                    return Ok(None);
                }
                return Ok(Some(Entry { key: key.into(), value: EntryValue::of_node(leaf, index) }));
            }
            self.leaf = self.next_leaf()?;
        }
    }

    /// Seeks the end of the range where reading begins.
    fn start(&mut self) -> Result<Cursor> {
        let forward = self.direction == Direction::Forward;
        let bound = if forward { &self.range.lower } else { &self.range.upper };
        let cursor = match bound {
            Bound::Included(key) | Bound::Excluded(key) => Cursor::at(&self.tree, 0, key)?,
            Bound::Unbounded if forward => Cursor::first(&self.tree, 0)?,
            Bound::Unbounded => Cursor::last(&self.tree, 0)?,
        };
        let leaf = cursor.load(&self.tree)?;
        // Entries before the place are not read forward, those from it on not backward.
        let place = match bound {
            Bound::Included(key) => {
                leaf.search(key).map_or_else(|at| at, |at| if forward { at } else { at + 1 })
            }
            Bound::Excluded(key) => {
                leaf.search(key).map_or_else(|at| at, |at| if forward { at + 1 } else { at })
            }
            Bound::Unbounded if forward => 0,
            Bound::Unbounded => leaf.len(),
        };
        self.leaf = Some((leaf, place));
        Ok(cursor)
    }

    fn next_leaf(&mut self) -> Result<Option<(Arc<Node>, usize)>> {
        let Some(cursor) = &mut self.cursor else { return Ok(None) };
        let moved = match self.direction {
            Direction::Forward => cursor.next(&self.tree)?,
            Direction::Backward => cursor.previous(&self.tree)?,
        };
        if !moved {
            return Ok(None);
        }
        let leaf = cursor.load(&self.tree)?;
        let index = if self.direction == Direction::Forward { 0 } else { leaf.len() };
        Ok(Some((leaf, index)))
    }
}

impl Iterator for Entries {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step().transpose();
        if !matches!(step, Some(Ok(_))) {
            self.done = true;
        }
        step
    }
}
