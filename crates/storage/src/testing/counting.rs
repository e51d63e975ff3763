//! Counts what a storage is asked, and lets tests come between.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::{Address, Collection, Node, NodeRef, NodeStorage, Promises, Result, StoredNode};

/// What was asked of a storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Nodes read, each time counted.
    pub loads: usize,
    /// Different nodes read.
    pub distinct_loads: usize,
    /// Nodes whose presence was asked for.
    pub asked: usize,
    /// Requests: each time one or many nodes were read, written or asked for.
    pub requests: usize,
    /// Nodes written.
    pub writes: usize,
    /// Bytes of the nodes written.
    pub bytes_written: usize,
}

/// A storage that counts what it passes on to another.
pub struct CountingStorage {
    storage: Arc<dyn NodeStorage>,
    seen: Mutex<(Counts, HashSet<Address>)>,
    before_put: Box<BeforePut>,
    before_get_many: Box<dyn Fn() + Send + Sync>,
    writes_on_any_thread: bool,
}

type BeforePut = dyn Fn(&[Node]) -> Result<()> + Send + Sync;

impl CountingStorage {
    /// Counts what is asked of `storage`.
    pub fn new(storage: Arc<dyn NodeStorage>) -> Self {
        Self {
            storage,
            seen: Mutex::default(),
            before_put: Box::new(|_| Ok(())),
            before_get_many: Box::new(|| ()),
            writes_on_any_thread: true,
        }
    }

    /// Calls `hook` with nodes before they are put; with its error they are not.
    #[must_use]
    pub fn before_put(self, hook: impl Fn(&[Node]) -> Result<()> + Send + Sync + 'static) -> Self {
        Self { before_put: Box::new(hook), ..self }
    }

    /// Calls `hook` before several nodes are read with one request.
    #[must_use]
    pub fn before_get_many(self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        Self { before_get_many: Box::new(hook), ..self }
    }

    /// Wants to be written to by the thread that edits.
    #[must_use]
    pub fn written_where_edited(self) -> Self {
        Self { writes_on_any_thread: false, ..self }
    }

    /// What was asked since the last call.
    pub fn take(&self) -> Counts {
        let (counts, distinct) = std::mem::take(&mut *self.seen.lock());
        Counts { distinct_loads: distinct.len(), ..counts }
    }

    fn count_loads(&self, nodes: &[NodeRef]) {
        let mut seen = self.seen.lock();
        seen.0.requests += 1;
        seen.0.loads += nodes.len();
        seen.1.extend(nodes.iter().map(|node| node.address));
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
        self.count_loads(std::slice::from_ref(node));
        self.storage.get(node)
    }

    fn get_many(&self, nodes: &[NodeRef]) -> Result<Vec<StoredNode>> {
        self.count_loads(nodes);
        (self.before_get_many)();
        self.storage.get_many(nodes)
    }

    fn contains_many(&self, addresses: &[Address]) -> Result<Vec<bool>> {
        let mut seen = self.seen.lock();
        seen.0.requests += 1;
        seen.0.asked += addresses.len();
        drop(seen);
        self.storage.contains_many(addresses)
    }

    fn put_many(&self, nodes: &[Node]) -> Result<()> {
        let mut seen = self.seen.lock();
        seen.0.requests += 1;
        seen.0.writes += nodes.len();
        seen.0.bytes_written += nodes.iter().map(|node| node.bytes().len()).sum::<usize>();
        drop(seen);
        (self.before_put)(nodes)?;
        self.storage.put_many(nodes)
    }

    fn writes_on_any_thread(&self) -> bool {
        self.writes_on_any_thread
    }

    fn delete_many(&self, addresses: &[Address]) -> Result<()> {
        self.storage.delete_many(addresses)
    }

    fn root(&self, name: &str) -> Result<Option<NodeRef>> {
        self.storage.root(name)
    }

    fn roots(&self) -> Result<Vec<(String, NodeRef)>> {
        self.storage.roots()
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

    fn collect_garbage(&self, collection: &mut Collection<'_>) -> Result<()> {
        self.storage.collect_garbage(collection)
    }
}
