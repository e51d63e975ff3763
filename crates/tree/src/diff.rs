//! What differs between two trees.
//!
//! Two cursors move over the trees side by side. Where both stand before the same subtree they skip it unread, at any
//! level. Otherwise one opens the node before it, and the choice is what keeps loads near the least possible: a node is
//! opened only when it cannot be in the other tree, as far as the nodes at hand tell.

use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{Kind, Node, NodeRef, Value};

use crate::edit::Splice;
use crate::{EntryValue, Error, KeyRange, Result, Tree};

/// A key whose value differs. At least one of the values is there, and they are not equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: Bytes,
    /// Its value in the older tree.
    pub old: Option<EntryValue>,
    /// Its value in the newer tree.
    pub new: Option<EntryValue>,
}

/// The changes from one tree to another, in key order. It holds both snapshots and reads as it is asked.
///
/// Cost: about the nodes that are in only one of the trees, and O(depth); nothing when the roots are equal.
pub struct Diff {
    old: Side,
    new: Side,
    range: KeyRange,
    state: State,
    /// The range last given: whose subtree to open next, and where the range ends in both sides' nodes.
    offered: Option<(Which, Option<(usize, usize)>)>,
}

/// What a diff comes upon.
pub(crate) enum Difference {
    Change(Change),
    Subtree(Splice),
}

enum State {
    Unopened,
    Open,
    Done,
}

impl Diff {
    pub(crate) fn new(old: &Tree, new: &Tree, range: KeyRange) -> Self {
        let state = if range.is_empty() || old == new { State::Done } else { State::Unopened };
        Self { old: Side::new(old), new: Side::new(new), range, state, offered: None }
    }

    /// The next change, or, before subtrees that differ are opened, the range they stand for; the caller then decides
    /// with [`Diff::pass_range`] or [`Diff::open_subtree`].
    pub(crate) fn next_or_subtree(&mut self) -> Result<Option<Difference>> {
        self.step(true)
    }

    /// Passes over the range last given.
    pub(crate) fn pass_range(&mut self) {
        match self.offered.take() {
            Some((_, Some((old, new)))) => {
                self.old.advance_past(old);
                self.new.advance_past(new);
            }
            Some((_, None)) => self.state = State::Done,
            None => {}
        }
    }

    /// Opens one of the subtrees of the range last given.
    pub(crate) fn open_subtree(&mut self) -> Result<()> {
        match self.offered.take() {
            Some((Which::Old, _)) => self.old.open(),
            Some((Which::New, _)) => self.new.open(),
            None => Ok(()),
        }
    }

    /// The range that two different subtrees stand for, when both trees have a natural boundary at its ends, or it
    /// reaches to the end of both. Only internal subtrees are worth it.
    fn subtree(&self) -> Option<(Splice, Option<(usize, usize)>)> {
        let ((old, old_index), (new, new_index)) = (self.old.path.last()?, self.new.path.last()?);
        if old.level() != new.level() || old.level() < 2 {
            return None;
        }
        let before = self.old.key_before();
        if before != self.new.key_before() || before.as_ref().is_some_and(|key| self.range.is_below(key)) {
            return None;
        }
        if before.is_none() && self.range.lower != Bound::Unbounded {
            return None;
        }
        let after = before.map(Bytes::from);
        let common = match new.search(&old.key(*old_index)) {
            Ok(found) if found >= *new_index => Some((*old_index, found)),
            _ => old
                .search(&new.key(*new_index))
                .ok()
                .filter(|found| found >= old_index)
                .map(|found| (found, *new_index)),
        };
        match common {
            Some((old_end, new_end)) if old.child(old_end).natural && new.child(new_end).natural => {
                let through = Bytes::from(old.key(old_end));
                let within = !self.range.is_above(&through);
                within.then_some((Splice { after, through: Some(through) }, Some((old_end, new_end))))
            }
            Some(_) => None,
            None => (self.range.upper == Bound::Unbounded).then_some((Splice { after, through: None }, None)),
        }
    }

    fn step(&mut self, offer: bool) -> Result<Option<Difference>> {
        match self.state {
            State::Done => return Ok(None),
            State::Open => {}
            State::Unopened => {
                if self.old.tree.parameters() != self.new.tree.parameters() {
                    return Err(Error::DifferentParameters);
                }
                self.old.open_root()?;
                self.new.open_root()?;
                self.state = State::Open;
            }
        }
        loop {
            self.old.skip_below(&self.range);
            self.new.skip_below(&self.range);
            let turn = match (self.old.item(), self.new.item()) {
                (None, None) => return Ok(None),
                (Some(old), None) => Turn::one(&old, Which::Old),
                (None, Some(new)) => Turn::one(&new, Which::New),
                (Some(old), Some(new)) => self.compare(&old, &new),
            };
            if offer
                && let Turn::Open(which) = turn
                && let Some((splice, ends)) = self.subtree()
            {
                self.offered = Some((which, ends));
                return Ok(Some(Difference::Subtree(splice)));
            }
            match turn {
                Turn::Open(Which::Old) => self.old.open()?,
                Turn::Open(Which::New) => self.new.open()?,
                Turn::Removed => {
                    let old = self.old.take();
                    return Ok(self.within(old, None));
                }
                Turn::Added => {
                    let new = self.new.take();
                    return Ok(self.within(None, new));
                }
                Turn::Same if self.is_past_range() => return Ok(None),
                Turn::Same => {
                    self.old.advance();
                    self.new.advance();
                }
                Turn::Changed => {
                    let (old, new) = (self.old.take(), self.new.take());
                    return Ok(self.within(old, new));
                }
            }
        }
    }

    /// What to do with two items that are not both exhausted.
    fn compare(&self, old: &Item<'_>, new: &Item<'_>) -> Turn {
        match (old.level(), new.level()) {
            (None, None) => match old.compare_keys(new) {
                Ordering::Less => Turn::Removed,
                Ordering::Greater => Turn::Added,
                Ordering::Equal if old.value() == new.value() => Turn::Same,
                Ordering::Equal => Turn::Changed,
            },
            (Some(level), Some(other)) if level == other => {
                if old.address() == new.address() {
                    return Turn::Same;
                }
                // Of two nodes at one place, the one that ends first cannot be further on in the other tree.
                if old.compare_keys(new).is_le() { Turn::Open(Which::Old) } else { Turn::Open(Which::New) }
            }
            (old_level, new_level) if old_level < new_level => {
                if self.old.has_ahead(new) {
                    Turn::one(old, Which::Old)
                } else {
                    Turn::Open(Which::New)
                }
            }
            _ => {
                if self.new.has_ahead(old) {
                    Turn::one(new, Which::New)
                } else {
                    Turn::Open(Which::Old)
                }
            }
        }
    }

    /// Whether what both sides stand before reaches behind the range, so that nothing further lies within.
    fn is_past_range(&self) -> bool {
        let is_past = |item: Item<'_>| self.range.is_above_with(|bound| item.compare_with(bound));
        self.old.item().is_some_and(is_past)
    }

    /// The change, or `None` behind the end of the range, where the diff ends.
    fn within(
        &self,
        old: Option<(Bytes, EntryValue)>,
        new: Option<(Bytes, EntryValue)>,
    ) -> Option<Difference> {
        let key = old.as_ref().or(new.as_ref()).map(|(key, _)| key.clone())?;
        let value = |entry: Option<(Bytes, EntryValue)>| entry.map(|(_, value)| value);
        let is_within = !self.range.is_above(&key);
        is_within.then(|| Difference::Change(Change { key, old: value(old), new: value(new) }))
    }
}

impl Iterator for Diff {
    type Item = Result<Change>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.step(false) {
            Ok(Some(Difference::Change(change))) => Some(Ok(change)),
            Ok(_) => {
                self.state = State::Done;
                None
            }
            Err(error) => {
                self.state = State::Done;
                Some(Err(error))
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Which {
    Old,
    New,
}

enum Turn {
    /// Both stand before the same subtree or entry.
    Same,
    Open(Which),
    /// Only the older tree has the entry.
    Removed,
    /// Only the newer tree has the entry.
    Added,
    /// Both have a value for the key, not the same.
    Changed,
}

impl Turn {
    /// The other side has nothing here.
    const fn one(item: &Item<'_>, which: Which) -> Self {
        match (item.is_entry(), which) {
            (true, Which::Old) => Self::Removed,
            (true, Which::New) => Self::Added,
            (false, which) => Self::Open(which),
        }
    }
}

/// What a side stands before: an entry of `node`, which is a key and value or a subtree not yet opened.
struct Item<'side> {
    node: &'side Node,
    index: usize,
}

impl Item<'_> {
    const fn is_entry(&self) -> bool {
        self.node.level() == 0
    }

    /// The level of the subtree; `None`, which is less, for a key and value.
    fn level(&self) -> Option<u8> {
        self.node.level().checked_sub(1)
    }

    fn address(&self) -> NodeRef {
        self.node.child(self.index).target
    }

    fn value(&self) -> Value<'_> {
        self.node.value(self.index)
    }

    fn compare_with(&self, key: &[u8]) -> Ordering {
        self.node.compare_key(self.index, key)
    }

    fn compare_keys(&self, other: &Self) -> Ordering {
        let (left, right) = (self.node.key_suffix(self.index), other.node.key_suffix(other.index));
        let (before_left, before_right) = (self.node.key_prefix(), other.node.key_prefix());
        if before_left == before_right {
            return left.cmp(right);
        }
        before_left.iter().chain(left).cmp(before_right.iter().chain(right))
    }
}

/// One of the trees, and where the diff stands in it.
struct Side {
    tree: Tree,
    /// From the root down: a node, and the entry of it that comes next.
    path: Vec<(Arc<Node>, usize)>,
}

impl Side {
    fn new(tree: &Tree) -> Self {
        Self { tree: tree.clone(), path: Vec::new() }
    }

    fn open_root(&mut self) -> Result<()> {
        let root = self.tree.load_root()?;
        if !root.is_empty() {
            self.path.push((root, 0));
        }
        Ok(())
    }

    fn item(&self) -> Option<Item<'_>> {
        self.path.last().map(|(node, index)| Item { node, index: *index })
    }

    /// Opens the subtree it stands before.
    fn open(&mut self) -> Result<()> {
        if let Some((node, index)) = self.path.last()
            && node.kind() == Kind::Internal
        {
            let child = self.tree.store().load_child(node, *index)?;
            self.path.push((child, 0));
        }
        Ok(())
    }

    /// Passes over what it stands before.
    fn advance(&mut self) {
        while let Some((node, index)) = self.path.last_mut() {
            *index += 1;
            if *index < node.len() {
                break;
            }
            self.path.pop();
        }
    }

    /// Passes over the entries of the node it stands in up to and with `index`.
    fn advance_past(&mut self, index: usize) {
        if let Some((_, next)) = self.path.last_mut() {
            *next = index;
        }
        self.advance();
    }

    /// The last key that was passed, if any.
    fn key_before(&self) -> Option<Vec<u8>> {
        self.path.iter().rev().find(|(_, index)| *index > 0).map(|(node, index)| node.key(index - 1))
    }

    /// Passes over a key and value and gives them.
    fn take(&mut self) -> Option<(Bytes, EntryValue)> {
        let entry = self
            .path
            .last()
            .map(|(node, index)| (node.key(*index).into(), EntryValue::of_node(node, *index)));
        self.advance();
        entry
    }

    /// Passes over what lies before the range.
    fn skip_below(&mut self, range: &KeyRange) {
        if matches!(range.lower, Bound::Unbounded) {
            return;
        }
        let is_below = |item: Item<'_>| range.is_below_with(|bound| item.compare_with(bound));
        while self.item().is_some_and(is_below) {
            self.advance();
        }
    }

    /// Whether `item`, a subtree of the other tree, is known to come later in this one: a node at hand lists it. Then
    /// all that comes before it is in this tree only.
    fn has_ahead(&self, item: &Item<'_>) -> bool {
        let level = item.node.level();
        let Some((node, index)) = self.path.iter().find(|(node, _)| node.level() == level) else {
            return false;
        };
        let key = item.node.key(item.index);
        // The entry at `index` is open already, so it is not the one.
        node.search(&key).is_ok_and(|found| found > *index && node.child(found).target == item.address())
    }
}
