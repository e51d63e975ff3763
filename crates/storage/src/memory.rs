//! Nodes in memory.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};

use crate::{Address, Collection, Error, Node, NodeRef, NodeStorage, Promises, Result, StoredNode};

const SHARDS: usize = 32;

/// Keeps nodes in the memory of this process, in a map split by address so that threads seldom wait for each other.
#[derive(Debug, Default)]
pub struct MemoryStorage {
    nodes: AddressShards<StoredNode>,
    named: Mutex<Named>,
    /// What was put since a collection of garbage began; `None` when there is none. Writers hold it shared.
    recent: RwLock<Option<Mutex<Vec<Address>>>>,
    /// Held by the one collection.
    collector: Mutex<()>,
}

#[derive(Debug, Default)]
struct Named {
    roots: HashMap<String, NodeRef>,
    config: HashMap<String, Bytes>,
}

impl MemoryStorage {
    /// An empty storage.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many nodes it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it holds no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl NodeStorage for MemoryStorage {
    fn kind(&self) -> &'static str {
        "memory"
    }

    fn promises(&self) -> Promises {
        Promises { reads_unpublished: true, deletes: true, durable: false }
    }

    fn get(&self, node: &NodeRef) -> Result<StoredNode> {
        self.nodes
            .get(&node.address)
            .ok_or_else(|| Error::MissingNode { address: node.address, storage: self.kind() })
    }

    fn put_many(&self, nodes: &[Node]) -> Result<()> {
        let recent = self.recent.read();
        if let Some(recent) = &*recent {
            recent.lock().extend(nodes.iter().map(Node::address));
        }
        for node in nodes {
            self.nodes.insert(node.address(), node.into());
        }
        Ok(())
    }

    fn delete_many(&self, addresses: &[Address]) -> Result<()> {
        for address in addresses {
            self.nodes.remove(address);
        }
        Ok(())
    }

    fn root(&self, name: &str) -> Result<Option<NodeRef>> {
        Ok(self.named.lock().roots.get(name).copied())
    }

    fn roots(&self) -> Result<Vec<(String, NodeRef)>> {
        let mut roots = self.named.lock().list();
        roots.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(roots)
    }

    fn publish(&self, name: &str, expected: Option<Address>, new: Option<NodeRef>) -> Result<()> {
        let mut named = self.named.lock();
        let found = named.roots.get(name).map(|root| root.address);
        if found != expected {
            let show =
                |address: Option<Address>| address.map_or("nothing".into(), |address| address.to_string());
            return Err(Error::Moved { name: name.into(), expected: show(expected), found: show(found) });
        }
        match new {
            Some(root) => named.roots.insert(name.into(), root),
            None => named.roots.remove(name),
        };
        Ok(())
    }

    fn config(&self, name: &str) -> Result<Option<Bytes>> {
        Ok(self.named.lock().config.get(name).cloned())
    }

    fn set_config(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        let mut named = self.named.lock();
        match value {
            Some(value) => named.config.insert(name.into(), Bytes::copy_from_slice(value)),
            None => named.config.remove(name),
        };
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }

    fn collect_garbage(&self, collection: &mut Collection<'_>) -> Result<()> {
        let _only = self.collector.lock();
        *self.recent.write() = Some(Mutex::default());
        let marked = self.roots().and_then(|roots| collection.keep(&refs(roots)));
        // From here on nobody puts or publishes.
        let mut held_off = self.recent.write();
        let recent = held_off.take().map(Mutex::into_inner).unwrap_or_default();
        marked?;
        let named = self.named.lock();
        collection.keep(&refs(named.list()))?;
        collection.keep_recent(&recent)?;
        self.nodes.retain(|address, node| {
            if collection.is_live(address) {
                collection.retain();
                return true;
            }
            collection.discard(*address, node.bytes.len() as u64);
            collection.options().dry_run
        });
        Ok(())
    }
}

impl Named {
    fn list(&self) -> Vec<(String, NodeRef)> {
        self.roots.iter().map(|(name, root)| (name.clone(), *root)).collect()
    }
}

fn refs(roots: Vec<(String, NodeRef)>) -> Vec<NodeRef> {
    roots.into_iter().map(|(_, root)| root).collect()
}

type AddressMap<T> = HashMap<Address, T, BuildHasherDefault<AddressHasher>>;

/// A map from addresses, split into shards with a lock each.
#[derive(Debug)]
pub(crate) struct AddressShards<T> {
    shards: Box<[RwLock<AddressMap<T>>]>,
}

impl<T> Default for AddressShards<T> {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| RwLock::default()).collect() }
    }
}

impl<T: Clone> AddressShards<T> {
    fn shard(&self, address: &Address) -> &RwLock<AddressMap<T>> {
        &self.shards[usize::from(address.as_bytes()[Address::LENGTH - 1]) % SHARDS]
    }

    pub(crate) fn get(&self, address: &Address) -> Option<T> {
        self.shard(address).read().get(address).cloned()
    }

    /// Keeps what is already there.
    pub(crate) fn insert(&self, address: Address, value: T) {
        self.shard(&address).write().entry(address).or_insert(value);
    }

    pub(crate) fn remove(&self, address: &Address) {
        self.shard(address).write().remove(address);
    }

    /// Drops what `keep` says no to.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&Address, &T) -> bool) {
        for shard in &self.shards {
            shard.write().retain(|address, value| keep(address, value));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
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
