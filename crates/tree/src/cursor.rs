//! A place in one level of a tree.

use std::sync::Arc;

use prolly_storage::Node;

use crate::{Result, Tree};

/// How a cursor gets nodes: from the tree's store, or from what an edit has already loaded.
pub(crate) trait Load {
    fn load_root(&self) -> Result<Arc<Node>>;
    fn load_child(&self, parent: &Node, index: usize) -> Result<Arc<Node>>;
}

impl Load for Tree {
    fn load_root(&self) -> Result<Arc<Node>> {
        Self::load_root(self)
    }

    fn load_child(&self, parent: &Node, index: usize) -> Result<Arc<Node>> {
        Ok(self.store().load_child(parent, index)?)
    }
}

/// Points at a node of one level, through its ancestors: their entries tell its last key, its address and how it ends
/// without loading it.
#[derive(Clone)]
pub(crate) struct Cursor {
    level: u8,
    root: Arc<Node>,
    /// From the root down to the parent of the node: an ancestor, and which child leads on. Empty at the root itself.
    path: Vec<(Arc<Node>, usize)>,
}

impl Cursor {
    /// At the first node of `level`, which the tree must have.
    pub(crate) fn first(nodes: &impl Load, level: u8) -> Result<Self> {
        let mut cursor = Self { level, root: nodes.load_root()?, path: Vec::new() };
        cursor.descend(nodes, |_| 0)?;
        Ok(cursor)
    }

    /// At the last node of `level`, which the tree must have.
    pub(crate) fn last(nodes: &impl Load, level: u8) -> Result<Self> {
        let mut cursor = Self { level, root: nodes.load_root()?, path: Vec::new() };
        cursor.descend(nodes, |node| node.len() - 1)?;
        Ok(cursor)
    }

    /// At the node of `level` that holds `key` if any does: the first whose last key is not less, or the last.
    pub(crate) fn at(nodes: &impl Load, level: u8, key: &[u8]) -> Result<Self> {
        let mut cursor = Self { level, root: nodes.load_root()?, path: Vec::new() };
        cursor.descend(nodes, |node| place_of(node, key))?;
        Ok(cursor)
    }

    /// Moves as [`Cursor::at`] would, climbing only as far as it must. Never moves backward.
    pub(crate) fn seek(&mut self, nodes: &impl Load, key: &[u8]) -> Result<()> {
        // The root serves every key; another ancestor only those up to its last key.
        while self.path.len() > 1 && self.path.last().is_some_and(|(node, _)| is_above(node, key)) {
            self.path.pop();
        }
        if let Some((node, index)) = self.path.last_mut() {
            *index = (*index).max(place_of(node, key));
        }
        self.descend_from_top(nodes, |node| place_of(node, key))
    }

    /// Moves to the next node of the level; stays and returns false at the last.
    pub(crate) fn next(&mut self, nodes: &impl Load) -> Result<bool> {
        let Some(depth) = self.path.iter().rposition(|(node, index)| index + 1 < node.len()) else {
            return Ok(false);
        };
        self.path.truncate(depth + 1);
        self.path[depth].1 += 1;
        self.descend_from_top(nodes, |_| 0)?;
        Ok(true)
    }

    /// Moves to the previous node of the level; stays and returns false at the first.
    pub(crate) fn previous(&mut self, nodes: &impl Load) -> Result<bool> {
        let Some(depth) = self.path.iter().rposition(|(_, index)| *index > 0) else { return Ok(false) };
        self.path.truncate(depth + 1);
        self.path[depth].1 -= 1;
        self.descend_from_top(nodes, |node| node.len() - 1)?;
        Ok(true)
    }

    /// Loads the node.
    pub(crate) fn load(&self, nodes: &impl Load) -> Result<Arc<Node>> {
        match self.path.last() {
            Some((parent, index)) => nodes.load_child(parent, *index),
            None => Ok(Arc::clone(&self.root)),
        }
    }

    /// The node's entry in its parent; `None` at the root.
    pub(crate) fn parent(&self) -> Option<(&Node, usize)> {
        self.path.last().map(|(parent, index)| (&**parent, *index))
    }

    /// Whether the node ends naturally. The root does not: it is the last of its level.
    pub(crate) fn is_natural(&self) -> bool {
        self.parent().is_some_and(|(parent, index)| parent.child(index).natural)
    }

    /// Whether both cursors point at one node.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.path.iter().map(|(_, index)| index).eq(other.path.iter().map(|(_, index)| index))
    }

    /// Whether no node of the level follows.
    pub(crate) fn is_last(&self) -> bool {
        self.path.iter().all(|(node, index)| index + 1 == node.len())
    }

    /// Whether `key` lies in the node's range: it is not above its last key, or nothing follows.
    pub(crate) fn covers(&self, key: &[u8]) -> bool {
        let Some((parent, index)) = self.parent() else { return true };
        parent.compare_key(index, key).is_ge() || self.is_last()
    }

    fn descend(&mut self, nodes: &impl Load, choose: impl Fn(&Node) -> usize) -> Result<()> {
        if self.root.level() > self.level {
            let root = Arc::clone(&self.root);
            let index = choose(&root);
            self.path.push((root, index));
            self.descend_from_top(nodes, choose)?;
        }
        Ok(())
    }

    fn descend_from_top(&mut self, nodes: &impl Load, choose: impl Fn(&Node) -> usize) -> Result<()> {
        while let Some((parent, index)) = self.path.last() {
            if parent.level() == self.level + 1 {
                break;
            }
            let child = nodes.load_child(parent, *index)?;
            let index = choose(&child);
            self.path.push((child, index));
        }
        Ok(())
    }
}

/// Whether `key` is above every key of `node`.
fn is_above(node: &Node, key: &[u8]) -> bool {
    node.compare_key(node.len() - 1, key).is_lt()
}

/// The child of `node` that holds `key` if any does.
fn place_of(node: &Node, key: &[u8]) -> usize {
    node.search(key).unwrap_or_else(|index| index).min(node.len() - 1)
}
