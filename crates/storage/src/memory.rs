//! Nodes in memory.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::{Address, Collection, Error, Node, NodeMap, NodeRef, NodeStorage, Promises, Result, StoredNode};

/// Keeps nodes in the memory of this process.
#[derive(Debug, Default)]
pub struct MemoryStorage {
    nodes: Arc<NodeMap>,
    named: Mutex<Named>,
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
            .map(|node| (&*node).into())
            .ok_or_else(|| Error::MissingNode { address: node.address, storage: self.kind() })
    }

    fn put_many(&self, nodes: &[Node]) -> Result<()> {
        self.nodes.insert_all(nodes.iter().cloned());
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

    fn resident(&self) -> Option<Arc<NodeMap>> {
        Some(Arc::clone(&self.nodes))
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }

    fn collect_garbage(&self, collection: &mut Collection<'_>) -> Result<()> {
        let _only = self.collector.lock();
        self.nodes.insertions.watch();
        let marked = self.roots().and_then(|roots| collection.keep(&refs(roots)));
        let marked = marked.and_then(|()| collection.look_again());
        // From here on nobody puts or publishes.
        let (_held_off, recent) = self.nodes.insertions.hold_off();
        marked?;
        let named = self.named.lock();
        collection.keep(&refs(named.list()))?;
        collection.keep_recent(&recent)?;
        self.nodes.retain(|address, node| {
            if collection.is_live(address) {
                collection.retain();
                return true;
            }
            collection.discard(*address, node.bytes().len() as u64);
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
