//! Nodes in memory, by address.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use parking_lot::RwLock;

use crate::insertions::Insertions;
use crate::{Address, Node};

const SHARDS: usize = 32;

type Shard = RwLock<HashMap<Address, Arc<Node>, BuildHasherDefault<AddressHasher>>>;

/// Verified nodes in memory: those of a memory storage, or those that were made and not yet handed to a storage.
///
/// The map is split by address, each part with a lock of its own, so that threads seldom wait for each other.
pub struct NodeMap {
    shards: Box<[Shard]>,
    /// Maps whose nodes are found through this one too.
    below: Vec<Arc<NodeMap>>,
    pub(crate) insertions: Insertions,
}

impl NodeMap {
    fn shard(&self, address: &Address) -> &Shard {
        &self.shards[usize::from(address.as_bytes()[Address::LENGTH - 1]) % SHARDS]
    }

    /// A map without nodes of its own, through which those of other maps are found as well.
    #[must_use]
    pub fn over(below: Vec<Arc<Self>>) -> Self {
        Self { below, ..Self::default() }
    }

    /// The node, when it is there.
    #[must_use]
    pub fn get(&self, address: &Address) -> Option<Arc<Node>> {
        let own = self.shard(address).read().get(address).cloned();
        own.or_else(|| self.below.iter().find_map(|map| map.get(address)))
    }

    /// Keeps what is already there.
    pub fn insert_all(&self, nodes: impl IntoIterator<Item = Node>) {
        let insertion = self.insertions.begin();
        for node in nodes {
            let address = node.address();
            insertion.note(address);
            self.shard(&address).write().entry(address).or_insert_with(|| Arc::new(node));
        }
    }

    /// Drops what `keep` says no to.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&Address, &Node) -> bool) {
        for shard in &self.shards {
            shard.write().retain(|address, node| keep(address, node));
        }
    }

    pub(crate) fn remove(&self, address: &Address) {
        self.shard(address).write().remove(address);
    }

    /// How many nodes it holds itself.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }

    /// Whether it holds no node itself.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for NodeMap {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            below: Vec::new(),
            insertions: Insertions::default(),
        }
    }
}

impl fmt::Debug for NodeMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NodeMap({} nodes)", self.len())
    }
}

/// Hashes an address by its first word: it is a hash already.
#[derive(Default)]
pub(crate) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(word) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*word);
        }
    }

    fn write_usize(&mut self, _length_prefix: usize) {}
}
