//! Counts what a storage is asked.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::{Address, Node, NodeRef, NodeStorage, Promises, Result, StoredNode};

/// What was asked of a storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Nodes read, each time counted.
    pub loads: usize,
    /// Different nodes read.
    pub distinct_loads: usize,
    /// Nodes written.
    pub writes: usize,
    /// Bytes of the nodes written.
    pub bytes_written: usize,
}

/// A storage that counts what it passes on to another.
pub struct CountingStorage {
    storage: Arc<dyn NodeStorage>,
    seen: Mutex<(Counts, HashSet<Address>)>,
}

impl CountingStorage {
    /// Counts what is asked of `storage`.
    pub fn new(storage: Arc<dyn NodeStorage>) -> Self {
        Self { storage, seen: Mutex::default() }
    }

    /// What was asked since the last call.
    pub fn take(&self) -> Counts {
        let (counts, distinct) = std::mem::take(&mut *self.seen.lock());
        Counts { distinct_loads: distinct.len(), ..counts }
    }
}

impl NodeStorage for CountingStorage {
    fn kind(&self) -> &'static str {
        self.storage.kind()
    }

    fn promises(&self) -> Promises {
        self.storage.promises()
    }

    fn get(&self, node: &NodeRef) -> Result<StoredNode> {
        let mut seen = self.seen.lock();
        seen.0.loads += 1;
        seen.1.insert(node.address);
        drop(seen);
        self.storage.get(node)
    }

    fn put_many(&self, nodes: &[Node]) -> Result<()> {
        let mut seen = self.seen.lock();
        seen.0.writes += nodes.len();
        seen.0.bytes_written += nodes.iter().map(|node| node.bytes().len()).sum::<usize>();
        drop(seen);
        self.storage.put_many(nodes)
    }

    fn delete_many(&self, addresses: &[Address]) -> Result<()> {
        self.storage.delete_many(addresses)
    }

    fn root(&self, name: &str) -> Result<Option<NodeRef>> {
        self.storage.root(name)
    }

    fn publish(&self, name: &str, expected: Option<Address>, new: Option<NodeRef>) -> Result<()> {
        self.storage.publish(name, expected, new)
    }

    fn config(&self, name: &str) -> Result<Option<Bytes>> {
        self.storage.config(name)
    }

    fn set_config(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        self.storage.set_config(name, value)
    }

    fn sync(&self) -> Result<()> {
        self.storage.sync()
    }
}
