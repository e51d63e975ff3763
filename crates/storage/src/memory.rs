//! Nodes in memory.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::{Address, Error, Node, NodeMap, NodeRef, NodeStorage, Promises, Result, StoredNode};

/// Keeps nodes in the memory of this process.
#[derive(Debug, Default)]
pub struct MemoryStorage {
    nodes: Arc<NodeMap>,
    named: Mutex<Named>,
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
        for node in nodes {
            self.nodes.insert(Arc::new(node.clone()));
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
}
