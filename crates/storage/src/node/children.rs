//! Children of internal nodes.

use std::sync::Arc;

use super::layout::{CHILD, NATURAL_BIT, read_u64};
use super::{Child, Kind, Node};
use crate::NodeRef;

impl Node {
    /// Child `index` of an internal node.
    ///
    /// # Panics
    /// When this is no internal node or `index` is not below [`Node::len`].
    #[must_use]
    pub fn child(&self, index: usize) -> Child {
        let at = self.keys_end as usize + CHILD * index;
        let word = read_u64(&self.bytes, at + 32);
        Child {
            target: NodeRef::new(self.address_at(at), self.locator(index)),
            entries: word & !NATURAL_BIT,
            natural: word & NATURAL_BIT != 0,
        }
    }

    /// Child `index`, if this node has handed it out before and it is still in memory.
    pub(crate) fn loaded_child(&self, index: usize) -> Option<Arc<Self>> {
        self.loaded.get(index)
    }

    /// Asks the processor for what [`Node::loaded_child`] needs, when it will be called soon.
    pub(crate) fn prefetch_child(&self, index: usize) {
        self.loaded.prefetch(index);
    }

    /// Remembers a child that [`Node::accepts`].
    pub(crate) fn remember_child(&self, index: usize, child: &Arc<Self>) {
        self.loaded.set(index, self.len(), child);
    }

    /// Whether `child` can be a child of this node: one level below, under the same parameters.
    pub(crate) fn accepts(&self, child: &Self) -> bool {
        child.level + 1 == self.level && child.parameters() == self.parameters()
    }

    /// Entries in the leaves below child `index`.
    ///
    /// # Panics
    /// When this is no internal node or `index` is not below [`Node::len`].
    #[must_use]
    pub fn child_entries(&self, index: usize) -> u64 {
        read_u64(&self.bytes, self.keys_end as usize + CHILD * index + 32) & !NATURAL_BIT
    }

    /// Entries in the leaves at and below this leaf or internal node. Cost: O(children).
    #[must_use]
    pub fn entries(&self) -> u64 {
        match self.kind {
            Kind::Internal => (0..self.len()).map(|index| self.child_entries(index)).sum(),
            Kind::Leaf => self.len() as u64,
            Kind::Blob | Kind::ChunkList => 0,
        }
    }
}
