//! Figures of the real tree.

use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{Kind, MemoryStorage, NodeCache, NodeMap, NodeRef, NodeStore, Parameters};
use prolly_tree::{Edit, Tree};

use super::sample::Sample;

/// A tree in memory of `keys`, which are sorted, all with one value of `value_length` bytes.
pub fn build(keys: &[Vec<u8>], value_length: usize) -> Tree {
    let cache = Arc::new(NodeCache::with_capacity(1 << 30));
    let store = NodeStore::with_cache(Arc::new(MemoryStorage::new()), cache);
    let value = Bytes::from(vec![7; value_length]);
    let edits = keys.iter().map(|key| Edit::put(key.clone(), value.clone()));
    Tree::empty(store, Parameters::default()).unwrap().apply(edits).unwrap()
}

/// Entries of every node at `level`, from left to right; only the nodes above are read.
pub fn node_sizes(tree: &Tree, level: u8) -> Sample {
    let mut sizes = Sample::default();
    let mut nodes = vec![tree.root()];
    while let Some(reference) = nodes.pop() {
        let node = tree.store().load(&reference).unwrap();
        if node.level() == level {
            sizes.push(node.len());
        } else if level == 0 && node.level() == 1 {
            // A leaf has as many entries as its parent says.
            (0..node.len()).for_each(|index| sizes.push(node.child(index).entries as usize));
        } else {
            nodes.extend((0..node.len()).rev().map(|index| node.child(index).target));
        }
    }
    sizes
}

/// What single edits of one tree wrote.
#[derive(Default)]
pub struct Written {
    /// Leaves.
    pub leaves: Sample,
    /// Nodes of all levels.
    pub nodes: Sample,
    /// Bytes of these nodes.
    pub bytes: Sample,
}

/// Applies each edit to `tree` alone, and counts the nodes of the result that `tree` does not have.
pub fn edit(tree: &Tree, edits: impl Iterator<Item = Edit>) -> Written {
    let mut written = Written::default();
    for edit in edits {
        let store = tree.store().staged();
        let edited = tree.with_store(store.clone()).apply([edit]).unwrap();
        assert_ne!(edited.root(), tree.root(), "the edit changes something");
        let mut counts = Counts::default();
        counts.walk(store.staged_nodes().unwrap(), &edited.root());
        written.leaves.push(counts.leaves);
        written.nodes.push(counts.nodes);
        written.bytes.push(counts.bytes);
    }
    written
}

#[derive(Default)]
struct Counts {
    leaves: usize,
    nodes: usize,
    bytes: usize,
}

impl Counts {
    /// Nodes are new exactly when they are staged; below an old node there is nothing new.
    fn walk(&mut self, staged: &NodeMap, reference: &NodeRef) {
        let Some(node) = staged.get(&reference.address) else { return };
        self.nodes += 1;
        self.bytes += node.bytes().len();
        self.leaves += usize::from(node.kind() == Kind::Leaf);
        if node.level() > 0 {
            node.links().for_each(|link| self.walk(staged, &link));
        }
    }
}
