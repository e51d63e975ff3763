//! Nodes, verified and cached, over any storage.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use crate::{Address, Node, NodeCache, NodeMap, NodeRef, NodeStorage, Result};

/// A storage with the decoded-node cache and the hash check in front of it. Cloning is cheap and shares both.
///
/// A store made by [`NodeStore::staged`] keeps what is written to it in memory, for trees that are not yet, and may
/// never be, part of a commit.
#[derive(Clone)]
pub struct NodeStore {
    storage: Arc<dyn NodeStorage>,
    cache: Arc<NodeCache>,
    number: u64,
    /// The storage's own nodes, when it is memory.
    resident: Option<Arc<NodeMap>>,
    staged: Option<Arc<NodeMap>>,
    /// Goes with the last clone.
    held: Option<Arc<dyn Any + Send + Sync>>,
}

/// A node that is at hand, or what to ask the storage for.
enum Found {
    Node(Arc<Node>),
    Not(NodeRef),
}

static LOADS: AtomicU64 = AtomicU64::new(0);

/// How many nodes this process has read from storages so far: those that were not in memory.
#[must_use]
pub fn load_count() -> u64 {
    LOADS.load(Ordering::Relaxed)
}

/// Children that are fetched from memory while one is looked at.
const PREFETCHED: usize = 8;

impl NodeStore {
    /// A store over `storage` with the cache of the process.
    pub fn new(storage: Arc<dyn NodeStorage>) -> Self {
        Self::with_cache(storage, NodeCache::shared())
    }

    /// A store over `storage` with a cache of its own.
    pub fn with_cache(storage: Arc<dyn NodeStorage>, cache: Arc<NodeCache>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let resident = storage.resident();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { storage, cache, number, resident, staged: None, held: None }
    }

    /// A store that reads as this one does and holds `held` for as long as it, or a store made of it, is in use: what keeps
    /// the nodes that are read through it from being collected.
    #[must_use]
    pub fn holding(&self, held: Arc<dyn Any + Send + Sync>) -> Self {
        Self { held: Some(held), ..self.clone() }
    }

    /// A store that reads as this one does and holds what `other` holds as well: for a tree that has nodes of both.
    #[must_use]
    pub fn holding_as(&self, other: &Self) -> Self {
        match (&self.held, &other.held) {
            (Some(own), Some(others)) if !Arc::ptr_eq(own, others) => {
                self.holding(Arc::new((Arc::clone(own), Arc::clone(others))))
            }
            (None, Some(others)) => self.holding(Arc::clone(others)),
            _ => self.clone(),
        }
    }

    /// A store that reads as this one does, staged nodes among them, and keeps what is written to it in memory of its own.
    /// Whoever holds the store holds that memory, and what is staged below.
    #[must_use]
    pub fn staged(&self) -> Self {
        let below = self.staged.iter().cloned().collect();
        Self { staged: Some(Arc::new(NodeMap::over(below))), ..self.clone() }
    }

    /// As [`NodeStore::staged`], with what is staged in `other` to be read too, and held what it holds: for a tree that is made of
    /// trees in both.
    #[must_use]
    pub fn staged_with(&self, other: &Self) -> Self {
        let below = self.staged.iter().chain(&other.staged).cloned().collect();
        Self { staged: Some(Arc::new(NodeMap::over(below))), ..self.holding_as(other) }
    }

    /// A store of the same nodes, staged ones among them, that neither looks into the cache nor keeps anything there: for
    /// what is read or written once, and would take the place of nodes that are of use.
    #[must_use]
    pub fn uncached(&self) -> Self {
        static NONE: LazyLock<Arc<NodeCache>> = LazyLock::new(|| Arc::new(NodeCache::with_capacity(0)));
        Self { cache: Arc::clone(&NONE), ..self.clone() }
    }

    /// What was written to a staged store; `None` for any other.
    #[must_use]
    pub const fn staged_nodes(&self) -> Option<&Arc<NodeMap>> {
        self.staged.as_ref()
    }

    /// The storage below.
    #[must_use]
    pub fn storage(&self) -> &Arc<dyn NodeStorage> {
        &self.storage
    }

    /// Loads one node: from what is staged, the cache, or the storage, in that order. What comes from the storage is
    /// verified.
    ///
    /// # Errors
    /// [`MissingNode`](crate::Error::MissingNode), [`Corruption`](crate::Error::Corruption), or what the storage
    /// reports.
    pub fn load(&self, node: &NodeRef) -> Result<Arc<Node>> {
        match self.peek(node.address) {
            Some(found) => Ok(found),
            None => self.accept(node.address, self.storage.get(node)?),
        }
    }

    /// Loads many nodes, in the order asked, with one request to the storage for those not at hand.
    ///
    /// # Errors
    /// As [`NodeStore::load`].
    pub fn load_many(&self, nodes: &[NodeRef]) -> Result<Vec<Arc<Node>>> {
        self.complete(nodes.iter().map(|node| self.find(*node)).collect())
    }

    /// Loads child `index` of an internal node. While both are in memory, the parent finds it without a search.
    ///
    /// # Errors
    /// As [`NodeStore::load`]; [`Corruption`](crate::Error::Corruption) as well for a node of another level or other
    /// parameters than the place of a child asks for.
    ///
    /// # Panics
    /// When `parent` is no internal node or `index` is not below [`Node::len`].
    pub fn load_child(&self, parent: &Node, index: usize) -> Result<Arc<Node>> {
        if let Some(child) = parent.loaded_child(index) {
            return Ok(child);
        }
        let target = parent.child(index).target;
        let child = match self.peek(target.address) {
            Some(child) => child,
            None => {
                self.mark_used(parent);
                self.accept(target.address, self.storage.get(&target)?)?
            }
        };
        self.adopt(parent, index, &child)?;
        Ok(child)
    }

    /// Loads children of internal nodes, in the order asked, with one request to the storage for those not at hand.
    ///
    /// # Errors
    /// As [`NodeStore::load_child`].
    ///
    /// # Panics
    /// As [`NodeStore::load_child`].
    pub fn load_children<'node>(
        &self,
        children: impl Iterator<Item = (&'node Node, usize)> + Clone,
    ) -> Result<Vec<Arc<Node>>> {
        let mut unlinked = Vec::new();
        let mut upcoming = children.clone();
        upcoming.by_ref().take(PREFETCHED).for_each(|(parent, index)| parent.prefetch_child(index));
        let mut at_hand = Vec::with_capacity(children.size_hint().0);
        for (place, (parent, index)) in children.clone().enumerate() {
            if let Some((parent, index)) = upcoming.next() {
                parent.prefetch_child(index);
            }
            at_hand.push(parent.loaded_child(index).map_or_else(
                || {
                    unlinked.push(place);
                    self.find(parent.child(index).target)
                },
                Found::Node,
            ));
        }
        let loaded = self.complete(at_hand)?;
        let mut unlinked = unlinked.into_iter().peekable();
        for (place, ((parent, index), child)) in children.zip(&loaded).enumerate() {
            if unlinked.next_if_eq(&place).is_some() {
                self.adopt(parent, index, child)?;
            }
        }
        Ok(loaded)
    }

    fn find(&self, node: NodeRef) -> Found {
        self.peek(node.address).map_or(Found::Not(node), Found::Node)
    }

    /// Asks the storage for those nodes that are not at hand.
    fn complete(&self, nodes: Vec<Found>) -> Result<Vec<Arc<Node>>> {
        let missing = |found: &Found| match found {
            Found::Node(_) => None,
            Found::Not(node) => Some(*node),
        };
        let missing: Vec<_> = nodes.iter().filter_map(missing).collect();
        let mut loaded =
            if missing.is_empty() { Vec::new() } else { self.storage.get_many(&missing)? }.into_iter();
        let complete = |found| match found {
            Found::Node(node) => Ok(node),
            Found::Not(node) => {
                let stored = loaded.next().ok_or_else(|| crate::Error::MissingNode {
                    address: node.address,
                    storage: self.storage.kind(),
                })?;
                self.accept(node.address, stored)
            }
        };
        nodes.into_iter().map(complete).collect()
    }

    /// Stores new nodes: in the staged memory, or in the storage with one request.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn put_many(&self, nodes: Vec<Node>) -> Result<()> {
        if nodes.is_empty() {
            return Ok(());
        }
        if let Some(memory) = self.staged.as_ref().or(self.resident.as_ref()) {
            memory.insert_all(nodes);
            return Ok(());
        }
        self.storage.put_many(&nodes)?;
        for node in nodes {
            self.cache.insert(self.number, Arc::new(node));
        }
        Ok(())
    }

    /// Whether [`NodeStore::put_many`] may be called on another thread than the one of whoever waits for it.
    #[must_use]
    pub fn writes_on_any_thread(&self) -> bool {
        self.staged.is_some() || self.storage.writes_on_any_thread()
    }

    /// Forgets what the cache holds of `address`, after it was deleted from the storage.
    pub fn forget(&self, address: Address) {
        self.cache.remove(self.number, address);
    }

    fn peek(&self, address: Address) -> Option<Arc<Node>> {
        let staged = self.staged.as_ref().and_then(|staged| staged.get(&address));
        staged.or_else(|| match &self.resident {
            Some(resident) => resident.get(&address),
            None => self.cache.get(self.number, address),
        })
    }

    /// Checks that `child` can be child `index` of `parent`, which then remembers it, unless it is staged: others share
    /// the parent, and a staged node may name nodes that only this store has, or does not know where storages keep them.
    fn adopt(&self, parent: &Node, index: usize, child: &Arc<Node>) -> Result<()> {
        if !parent.accepts(child) {
            let reason = "it has another level or other parameters than its place in the tree asks for";
            return Err(crate::Error::corrupt_node(&child.address(), reason));
        }
        if self.staged.as_ref().is_none_or(|staged| staged.get(&child.address()).is_none()) {
            parent.remember_child(index, child);
        }
        Ok(())
    }

    /// Tells the cache that a node is of use: children that their parents find are not asked of it.
    fn mark_used(&self, node: &Node) {
        self.cache.get(self.number, node.address());
    }

    fn accept(&self, address: Address, stored: crate::StoredNode) -> Result<Arc<Node>> {
        LOADS.fetch_add(1, Ordering::Relaxed);
        let node = Arc::new(Node::decode(&address, stored)?);
        self.cache.insert(self.number, Arc::clone(&node));
        Ok(node)
    }
}

impl fmt::Debug for NodeStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NodeStore")
            .field("storage", &self.storage.kind())
            .field("number", &self.number)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::CountingStorage;
    use crate::{Child, MemoryStorage, Parameters, Value, encode_internal, encode_leaf};

    fn parent_and_child() -> (Node, Node) {
        let parameters = Parameters::default();
        let child = encode_leaf(&parameters, [(&b"key"[..], Value::Inline(b"value"))].into_iter());
        let entry = Child { target: child.address().into(), entries: 1, natural: false };
        let parent = encode_internal(&parameters, 1, [(&b"key"[..], entry)].into_iter());
        (parent, child)
    }

    #[test]
    fn a_child_in_memory_is_found_through_its_parent() {
        let storage = Arc::new(CountingStorage::new(Arc::new(MemoryStorage::new())));
        let store = NodeStore::with_cache(storage.clone(), Arc::new(NodeCache::with_capacity(0)));
        let (parent, child) = parent_and_child();
        store.put_many(vec![parent.clone(), child]).unwrap();
        let held = store.load_child(&parent, 0).unwrap();
        assert_eq!(storage.take().loads, 1);
        assert!(Arc::ptr_eq(&held, &store.load_child(&parent, 0).unwrap()));
        assert!(Arc::ptr_eq(&held, &store.load_children([(&parent, 0)].into_iter()).unwrap()[0]));
        assert_eq!(storage.take().loads, 0);
        drop(held);
        store.load_child(&parent, 0).unwrap();
        assert_eq!(storage.take().loads, 1);
    }

    #[test]
    fn an_uncached_store_has_the_same_nodes_and_keeps_none() {
        let storage = Arc::new(CountingStorage::new(Arc::new(MemoryStorage::new())));
        let store = NodeStore::with_cache(storage.clone(), Arc::new(NodeCache::with_capacity(1 << 20)));
        let (parent, child) = parent_and_child();
        let staged = store.staged();
        staged.put_many(vec![child.clone()]).unwrap();
        assert_eq!(staged.uncached().load(&child.address().into()).unwrap().address(), child.address());
        assert_eq!(storage.take().loads, 0);
        store.uncached().put_many(vec![parent.clone()]).unwrap();
        for _ in 0..2 {
            store.uncached().load(&parent.address().into()).unwrap();
        }
        assert_eq!(storage.take().loads, 2);
        store.load(&parent.address().into()).unwrap();
        assert_eq!(storage.take().loads, 1, "nothing was kept");
    }

    #[test]
    fn a_parent_that_others_share_does_not_lead_to_staged_nodes() {
        let storage = Arc::new(CountingStorage::new(Arc::new(MemoryStorage::new())));
        let store = NodeStore::with_cache(storage, Arc::new(NodeCache::with_capacity(0)));
        let (parent, child) = parent_and_child();
        store.put_many(vec![parent.clone(), child.clone()]).unwrap();
        let staged = store.staged();
        staged.put_many(vec![child]).unwrap();
        let ours = staged.load_child(&parent, 0).unwrap();
        assert!(!Arc::ptr_eq(&ours, &store.load_child(&parent, 0).unwrap()));
    }

    #[test]
    fn a_node_that_is_no_child_there_is_refused() {
        let store = NodeStore::new(Arc::new(MemoryStorage::new()));
        let (parent, child) = parent_and_child();
        let entry = Child { target: child.address().into(), entries: 1, natural: false };
        let above = encode_internal(&Parameters::default(), 2, [(&b"key"[..], entry)].into_iter());
        store.put_many(vec![parent, child, above.clone()]).unwrap();
        assert!(matches!(store.load_child(&above, 0), Err(crate::Error::Corruption { .. })));
    }
}
