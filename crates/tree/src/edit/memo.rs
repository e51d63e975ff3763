//! What one edit has loaded.

use std::cell::RefCell;
use std::sync::Arc;

use prolly_storage::Node;

use crate::cursor::Load;
use crate::{Result, Tree};

/// Nodes kept at most.
const LIMIT: usize = 4096;

/// Keeps the nodes that an edit has loaded in memory, where their parents find them: so that each is loaded once, as
/// long as the edit does not touch very many.
pub(super) struct Memo {
    tree: Tree,
    root: RefCell<Option<Arc<Node>>>,
    nodes: RefCell<Vec<Arc<Node>>>,
    source: Option<Box<Self>>,
}

impl Memo {
    pub(super) fn new(tree: Tree) -> Self {
        Self { tree, root: RefCell::default(), nodes: RefCell::default(), source: None }
    }

    /// Another tree, from which nodes are taken over.
    pub(super) fn with_source(mut self, source: Tree) -> Self {
        self.source = Some(Box::new(Self::new(source)));
        self
    }

    pub(super) fn source(&self) -> Option<&Self> {
        self.source.as_deref()
    }

    pub(super) const fn tree(&self) -> &Tree {
        &self.tree
    }
}

impl Load for Memo {
    fn load_root(&self) -> Result<Arc<Node>> {
        if let Some(root) = &*self.root.borrow() {
            return Ok(Arc::clone(root));
        }
        let root = self.tree.load_root()?;
        *self.root.borrow_mut() = Some(Arc::clone(&root));
        Ok(root)
    }

    fn load_child(&self, parent: &Node, index: usize) -> Result<Arc<Node>> {
        let node = self.tree.store().load_child(parent, index)?;
        let mut nodes = self.nodes.borrow_mut();
        // The cursors of several levels come to the same nodes one after the other.
        if !nodes.iter().rev().take(8).any(|kept| Arc::ptr_eq(kept, &node)) {
            if nodes.len() >= LIMIT {
                nodes.clear();
            }
            nodes.push(Arc::clone(&node));
        }
        Ok(node)
    }
}
