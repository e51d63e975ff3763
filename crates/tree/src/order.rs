//! Places in the order of a tree's keys: counts, ranks, the entry at a rank, the leaf around a key.

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{Address, Error as StorageError, Kind, Node};

use crate::{Entry, EntryValue, KeyRange, Result, Tree};

/// The leaf around a key, and where it stands in its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The nodes from the root, first, to the leaf, last.
    pub path: Vec<PathNode>,
    /// The leaf's entries. Their inline values share its memory.
    pub entries: Vec<Entry>,
    /// Where the key stands among them: `Ok` with its index, or `Err` with that of the first greater key, which is
    /// their number when there is none.
    pub place: Result<usize, usize>,
    /// How many entries the leaves before it have.
    pub entries_before: u64,
    /// The last key of the leaf before it, `None` for the first: the keys above it, up to the last of `entries`, belong
    /// into this leaf. So do all higher ones when it is the last.
    pub above: Option<Bytes>,
}

impl Leaf {
    /// How many keys of the tree are less than the key.
    #[must_use]
    pub fn rank(&self) -> u64 {
        let (Ok(index) | Err(index)) = self.place;
        self.entries_before.saturating_add(index as u64)
    }

    /// The entry of the key, if it has one.
    #[must_use]
    pub fn entry(&self) -> Option<&Entry> {
        self.entries.get(self.place.ok()?)
    }
}

/// A node on the way from the root to a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathNode {
    /// Its address.
    pub address: Address,
    /// Its height above the leaves, which are level 0.
    pub level: u8,
    /// Which child of its parent it is, counted from 0; 0 for the root.
    pub position: usize,
    /// Its children, or a leaf's entries.
    pub len: usize,
    /// Entries in all leaves at and below it.
    pub entries: u64,
    /// Bytes of the node.
    pub bytes: usize,
    /// Whether it ends at a natural boundary; otherwise it ends at a cut, or its level ends with it.
    pub natural: bool,
}

impl PathNode {
    fn root(node: &Node) -> Self {
        Self {
            address: node.address(),
            level: node.level(),
            position: 0,
            len: node.len(),
            entries: node.entries(),
            bytes: node.bytes().len(),
            natural: false,
        }
    }

    fn child(parent: &Node, position: usize, node: &Node) -> Self {
        Self { position, natural: parent.child(position).natural, ..Self::root(node) }
    }
}

impl Tree {
    /// How many keys lie in `range`. Cost: O(depth) node loads.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn count(&self, range: &KeyRange) -> Result<u64> {
        if range.is_empty() {
            return Ok(0);
        }
        let below = match &range.lower {
            Bound::Included(key) => self.rank_of(key, false)?,
            Bound::Excluded(key) => self.rank_of(key, true)?,
            Bound::Unbounded => 0,
        };
        let end = match &range.upper {
            Bound::Included(key) => self.rank_of(key, true)?,
            Bound::Excluded(key) => self.rank_of(key, false)?,
            Bound::Unbounded => self.len()?,
        };
        Ok(end.saturating_sub(below))
    }

    /// How many keys are less than `key`, whether the tree has it or not. Cost: at most depth node loads.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn rank(&self, key: &[u8]) -> Result<u64> {
        self.rank_of(key, false)
    }

    /// How many keys are less than `key`, or equal to it when `inclusive`.
    fn rank_of(&self, key: &[u8], inclusive: bool) -> Result<u64> {
        let mut rank = 0;
        let mut node = self.load_root()?;
        while node.kind() == Kind::Internal {
            let index = node.search(key).unwrap_or_else(|index| index);
            rank = add_entries_before(rank, &node, index);
            if index == node.len() {
                return Ok(rank);
            }
            node = self.store().load_child(&node, index)?;
        }
        let in_leaf = match node.search(key) {
            Ok(index) => index + usize::from(inclusive),
            Err(index) => index,
        };
        Ok(rank.saturating_add(in_leaf as u64))
    }

    /// The entry that `index` keys are less than; `None` when the tree has no more than that. Cost: depth node loads,
    /// one when there is none.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn nth(&self, index: u64) -> Result<Option<Entry>> {
        let mut rest = index;
        let mut node = self.load_root()?;
        if rest >= node.entries() {
            return Ok(None);
        }
        while node.kind() == Kind::Internal {
            let mut child = 0;
            while child < node.len() && rest >= node.child_entries(child) {
                rest -= node.child_entries(child);
                child += 1;
            }
            if child == node.len() {
                return Err(miscounted(&node));
            }
            node = self.store().load_child(&node, child)?;
        }
        match usize::try_from(rest) {
            Ok(rest) if rest < node.len() => Ok(Some(entry(&node, rest))),
            _ => Err(miscounted(&node)),
        }
    }

    /// The entry with the least key; `None` when the tree is empty. Cost: depth node loads.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn first(&self) -> Result<Option<Entry>> {
        let leaf = self.outermost_leaf(|_| 0)?;
        Ok((!leaf.is_empty()).then(|| entry(&leaf, 0)))
    }

    /// The entry with the greatest key; `None` when the tree is empty. Cost: depth node loads.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn last(&self) -> Result<Option<Entry>> {
        let leaf = self.outermost_leaf(|node| node.len() - 1)?;
        Ok(leaf.len().checked_sub(1).map(|last| entry(&leaf, last)))
    }

    fn outermost_leaf(&self, choose: impl Fn(&Node) -> usize) -> Result<Arc<Node>> {
        let mut node = self.load_root()?;
        while node.kind() == Kind::Internal {
            node = self.store().load_child(&node, choose(&node))?;
        }
        Ok(node)
    }

    /// The leaf that has `key`, or would have it; the last one when `key` is above all. Cost: depth node loads, a copy of
    /// the leaf's keys.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn find(&self, key: &[u8]) -> Result<Leaf> {
        let mut node = self.load_root()?;
        let mut path = vec![PathNode::root(&node)];
        let mut before = 0;
        let mut above = None;
        while node.kind() == Kind::Internal {
            let index = node.search(key).unwrap_or_else(|index| index).min(node.len() - 1);
            before = add_entries_before(before, &node, index);
            if let Some(sibling) = index.checked_sub(1) {
                above = Some(node.key(sibling).into());
            }
            let child = self.store().load_child(&node, index)?;
            path.push(PathNode::child(&node, index, &child));
            node = child;
        }
        let entries = (0..node.len()).map(|index| entry(&node, index)).collect();
        Ok(Leaf { path, entries, place: node.search(key), entries_before: before, above })
    }
}

/// `rank` and the entries below the first `index` children of an internal node. Counts that lie do not overflow it.
fn add_entries_before(rank: u64, node: &Node, index: usize) -> u64 {
    (0..index).fold(rank, |rank, before| rank.saturating_add(node.child_entries(before)))
}

fn entry(leaf: &Node, index: usize) -> Entry {
    Entry { key: leaf.key(index).into(), value: EntryValue::of_node(leaf, index) }
}

/// The fault of a node that has fewer entries than the nodes above it say.
fn miscounted(node: &Node) -> crate::Error {
    let reason = "it has fewer entries than the nodes above it say".into();
    StorageError::Corruption { subject: format!("node {}", node.address()), reason }.into()
}
