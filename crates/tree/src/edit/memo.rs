//! What one edit has loaded.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use prolly_storage::{Address, Node};

use crate::cursor::Load;
use crate::{Result, Tree};

/// Nodes kept at most.
const LIMIT: usize = 4096;

/// Loads each node of a tree once, as long as an edit does not touch very many.
pub(super) struct Memo {
    tree: Tree,
    root: RefCell<Option<Arc<Node>>>,
    nodes: RefCell<HashMap<Address, Arc<Node>>>,
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
        let address = parent.child(index).target.address;
        if let Some(node) = self.nodes.borrow().get(&address) {
            return Ok(Arc::clone(node));
        }
        let node = self.tree.load_child(parent, index)?;
        let mut nodes = self.nodes.borrow_mut();
        if nodes.len() >= LIMIT {
            nodes.clear();
        }
        nodes.insert(address, Arc::clone(&node));
        Ok(node)
    }
}
