//! What a tree is made of.

use std::collections::HashSet;

use prolly_storage::{Address, BLOB_VALUE_MAX, Error as StorageError, Kind, Node, NodeRef, Value};

use crate::{Result, Tree};

/// Chunk lists asked for at once.
const LISTS_PER_REQUEST: usize = 64;
/// Bytes of a blob before its value.
const BLOB_HEADER: u64 = 8;

/// The nodes of a tree, counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// How many levels it has, 1 for a single leaf.
    pub depth: u8,
    /// How many entries it has.
    pub entries: u64,
    /// Its levels, leaves first.
    pub levels: Vec<LevelStatistics>,
    /// Values outside their leaf.
    pub values: ValueStatistics,
}

/// The nodes of one level.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelStatistics {
    /// The height above the leaves, which are level 0.
    pub level: u8,
    /// How many nodes there are.
    pub nodes: u64,
    /// Bytes of these nodes.
    pub bytes: u64,
    /// Entries of these nodes: keys of leaves, children of internal nodes.
    pub entries: u64,
    /// Entries of the node that has the fewest.
    pub min: usize,
    /// Entries of the node that has the most.
    pub max: usize,
    /// Entries that a node of the level may have.
    pub limit: u16,
}

/// Values that live outside their leaf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValueStatistics {
    /// Entries with such a value.
    pub links: u64,
    /// Bytes of these entries' values.
    pub length: u64,
    /// Nodes that hold them, each counted once: equal values and chunks share theirs.
    pub nodes: u64,
    /// Bytes of these nodes.
    pub bytes: u64,
}

impl Statistics {
    /// Nodes of the tree, and of values outside their leaf.
    #[must_use]
    pub fn nodes(&self) -> u64 {
        self.levels.iter().map(|level| level.nodes).sum::<u64>() + self.values.nodes
    }

    /// Bytes of all these nodes: what a storage keeps for the tree alone, but for what it adds around nodes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.levels.iter().map(|level| level.bytes).sum::<u64>() + self.values.bytes
    }
}

impl LevelStatistics {
    fn new(level: u8, limit: u16) -> Self {
        Self { level, nodes: 0, bytes: 0, entries: 0, min: usize::MAX, max: 0, limit }
    }

    fn add(&mut self, node: &Node) {
        self.nodes += 1;
        self.bytes += node.bytes().len() as u64;
        self.entries += node.len() as u64;
        self.min = self.min.min(node.len());
        self.max = self.max.max(node.len());
    }

    /// Entries of a node, in the mean.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a mean is approximate")]
    pub fn mean(&self) -> f64 {
        self.entries as f64 / self.nodes as f64
    }

    /// The share of the entries that nodes may have which they do have, in the mean: at most 1.
    #[must_use]
    pub fn fill(&self) -> f64 {
        self.mean() / f64::from(self.limit)
    }
}

impl Tree {
    /// Counts the nodes of the tree. Cost: a load of each node of the tree and each chunk list, not of the values; memory
    /// for the nodes of O(depth) parents, and for the address of each node of a value.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn stats(&self) -> Result<Statistics> {
        let root = self.load_root()?;
        let depth = root.level() + 1;
        let mut levels: Vec<LevelStatistics> = (0..=root.level())
            .map(|level| LevelStatistics::new(level, self.parameters().bounds(level).max))
            .collect();
        let mut values = Values::default();
        let mut pending = vec![root];
        while let Some(node) = pending.pop() {
            levels[usize::from(node.level())].add(&node);
            if node.kind() == Kind::Internal {
                pending.extend(self.store().load_children((0..node.len()).map(|index| (&*node, index)))?);
            } else {
                values.add_leaf(self, &node)?;
            }
        }
        values.read_lists(self)?;
        Ok(Statistics { depth, entries: levels[0].entries, levels, values: values.statistics })
    }
}

/// Some nodes of a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeCount {
    /// How many.
    pub nodes: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Tree {
    /// Counts the nodes that this tree has and `other` has not, values outside their leaf apart. Cost: a load of each of these
    /// nodes and of each internal node of the other tree; memory for the addresses of all nodes of the other tree.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn nodes_missing_in(&self, other: &Self) -> Result<NodeCount> {
        let mut count = NodeCount::default();
        if self == other {
            return Ok(count);
        }
        let root = other.load_root()?;
        let mut known = HashSet::from([root.address()]);
        let mut pending = vec![root];
        while let Some(node) = pending.pop().filter(|node| node.kind() == Kind::Internal) {
            known.extend((0..node.len()).map(|index| node.child(index).target.address));
            if node.level() > 1 {
                pending.extend(other.store().load_children((0..node.len()).map(|index| (&*node, index)))?);
            }
        }
        let mut pending = vec![self.load_root()?];
        pending.retain(|root| !known.contains(&root.address()));
        while let Some(node) = pending.pop() {
            count.nodes += 1;
            count.bytes += node.bytes().len() as u64;
            if node.kind() == Kind::Internal {
                let new: Vec<usize> = (0..node.len())
                    .filter(|index| !known.contains(&node.child(*index).target.address))
                    .collect();
                pending.extend(self.store().load_children(new.iter().map(|index| (&*node, *index)))?);
            }
        }
        Ok(count)
    }
}

/// The nodes of values, met leaf by leaf.
#[derive(Default)]
struct Values {
    statistics: ValueStatistics,
    seen: HashSet<Address>,
    /// Chunk lists that were not read yet.
    lists: Vec<NodeRef>,
}

impl Values {
    fn add_leaf(&mut self, tree: &Tree, leaf: &Node) -> Result<()> {
        if leaf.link_count() == 0 {
            return Ok(());
        }
        for index in 0..leaf.len() {
            let Value::Linked(link) = leaf.value(index) else { continue };
            self.statistics.links += 1;
            self.statistics.length += u64::from(link.length);
            if link.length as usize <= BLOB_VALUE_MAX {
                self.add_blob(link.target.address, link.length);
            } else if self.seen.insert(link.target.address) {
                self.lists.push(link.target);
            }
        }
        if self.lists.len() >= LISTS_PER_REQUEST { self.read_lists(tree) } else { Ok(()) }
    }

    fn read_lists(&mut self, tree: &Tree) -> Result<()> {
        for list in tree.store().load_many(&std::mem::take(&mut self.lists))? {
            if list.kind() != Kind::ChunkList {
                let reason = "it is not the chunk list that a leaf names".into();
                return Err(
                    StorageError::Corruption { subject: format!("node {}", list.address()), reason }.into()
                );
            }
            self.statistics.nodes += 1;
            self.statistics.bytes += list.bytes().len() as u64;
            for (target, length) in (0..list.len()).map(|index| list.chunk(index)) {
                self.add_blob(target.address, length);
            }
        }
        Ok(())
    }

    /// A blob is not read: what names it says how long its value is, and it has a header before it.
    fn add_blob(&mut self, address: Address, length: u32) {
        if self.seen.insert(address) {
            self.statistics.nodes += 1;
            self.statistics.bytes += BLOB_HEADER + u64::from(length);
        }
    }
}
