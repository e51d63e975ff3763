//! The decoded-node cache.

use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, LazyLock};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

use crate::{Address, Node};

const DEFAULT_CAPACITY: u64 = 256 * 1024 * 1024;
const EXPECTED_NODE: u64 = 4096;
/// The share of the cache for nodes that were read again after they came in; the rest is for what came in last.
///
/// What an edit writes comes in last, and what it replaces was read again and again. With nearly all for the latter, as
/// is usual for caches of what does not change, replaced leaves push out those of the tree as it now is.
const FOR_READ_AGAIN: f64 = 0.6;

/// Verified nodes by store and address: sharded, bounded in bytes, and not emptied by one long scan.
///
/// One cache serves the whole process ([`NodeCache::shared`]); the store's number is part of the key, so that no store
/// answers with a node that only another one has.
pub struct NodeCache {
    nodes: Cache<(u64, Address), Arc<Node>, Bytes, WordHasher>,
}

impl NodeCache {
    /// A cache of at most `capacity` bytes; 0 keeps nothing.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the options lack nothing")]
    pub fn with_capacity(capacity: u64) -> Self {
        let items = usize::try_from(capacity / EXPECTED_NODE).unwrap_or(usize::MAX).max(16);
        let options = OptionsBuilder::new()
            .estimated_items_capacity(items)
            .weight_capacity(capacity)
            .hot_allocation(FOR_READ_AGAIN)
            .build()
            .expect("both capacities are given");
        Self { nodes: Cache::with_options(options, Bytes, WordHasher, DefaultLifecycle::default()) }
    }

    /// The cache of the process: 256 MiB.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: LazyLock<Arc<NodeCache>> =
            LazyLock::new(|| Arc::new(NodeCache::with_capacity(DEFAULT_CAPACITY)));
        Arc::clone(&SHARED)
    }

    pub(crate) fn get(&self, store: u64, address: Address) -> Option<Arc<Node>> {
        self.nodes.get(&(store, address))
    }

    pub(crate) fn insert(&self, store: u64, node: Arc<Node>) {
        if self.nodes.capacity() > 0 {
            self.nodes.insert((store, node.address()), node);
        }
    }

    pub(crate) fn remove(&self, store: u64, address: Address) {
        self.nodes.remove(&(store, address));
    }
}

impl fmt::Debug for NodeCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NodeCache")
            .field("nodes", &self.nodes.len())
            .field("bytes", &self.nodes.weight())
            .field("capacity", &self.nodes.capacity())
            .finish()
    }
}

#[derive(Clone)]
struct Bytes;

impl Weighter<(u64, Address), Arc<Node>> for Bytes {
    fn weight(&self, _key: &(u64, Address), node: &Arc<Node>) -> u64 {
        node.memory() as u64
    }
}

/// An address is a hash already; the store's number only has to tell stores apart.
#[derive(Clone)]
struct WordHasher;

struct Word(u64);

impl BuildHasher for WordHasher {
    type Hasher = Word;

    fn build_hasher(&self) -> Word {
        Word(0)
    }
}

impl Hasher for Word {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(word) = bytes.first_chunk() {
            self.0 ^= u64::from_le_bytes(*word);
        }
    }

    fn write_u64(&mut self, store: u64) {
        self.0 ^= store.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write_usize(&mut self, _length_prefix: usize) {}
}
