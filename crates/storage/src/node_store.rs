//! Nodes, verified and cached, over any storage.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::memory::AddressShards;
use crate::{Address, Node, NodeCache, NodeRef, NodeStorage, Result};

/// A storage with the decoded-node cache and the hash check in front of it. Cloning is cheap and shares both.
///
/// A store made by [`NodeStore::staged`] keeps what is written to it in memory, for trees that are not yet, and may
/// never be, part of a commit.
#[derive(Clone)]
pub struct NodeStore {
    storage: Arc<dyn NodeStorage>,
    cache: Arc<NodeCache>,
    number: u64,
    staged: Option<Arc<StagedNodes>>,
}

impl NodeStore {
    /// A store over `storage` with the cache of the process.
    pub fn new(storage: Arc<dyn NodeStorage>) -> Self {
        Self::with_cache(storage, NodeCache::shared())
    }

    /// A store over `storage` with a cache of its own.
    pub fn with_cache(storage: Arc<dyn NodeStorage>, cache: Arc<NodeCache>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { storage, cache, number: NEXT.fetch_add(1, Ordering::Relaxed), staged: None }
    }

    /// A store that reads as this one does, and keeps what is written to it in memory of its own. Whoever holds the
    /// store holds that memory.
    #[must_use]
    pub fn staged(&self) -> Self {
        Self { staged: Some(Arc::default()), ..self.clone() }
    }

    /// What was written to a staged store; `None` for any other.
    #[must_use]
    pub const fn staged_nodes(&self) -> Option<&Arc<StagedNodes>> {
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
        let found: Vec<_> = nodes.iter().map(|node| self.peek(node.address)).collect();
        let missing: Vec<_> =
            nodes.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(node, _)| *node).collect();
        let mut loaded =
            if missing.is_empty() { Vec::new() } else { self.storage.get_many(&missing)? }.into_iter();
        let mut answer = Vec::with_capacity(nodes.len());
        for (node, found) in nodes.iter().zip(found) {
            answer.push(match (found, node) {
                (Some(found), _) => found,
                (None, node) => {
                    let stored = loaded.next().ok_or_else(|| crate::Error::MissingNode {
                        address: node.address,
                        storage: self.storage.kind(),
                    })?;
                    self.accept(node.address, stored)?
                }
            });
        }
        Ok(answer)
    }

    /// Stores new nodes: in the staged memory, or in the storage with one request.
    ///
    /// # Errors
    /// What the storage reports.
    pub fn put_many(&self, nodes: Vec<Node>) -> Result<()> {
        if nodes.is_empty() {
            return Ok(());
        }
        if let Some(staged) = &self.staged {
            for node in nodes {
                staged.insert(Arc::new(node));
            }
            return Ok(());
        }
        self.storage.put_many(&nodes)?;
        for node in nodes {
            self.cache.insert(self.number, Arc::new(node));
        }
        Ok(())
    }

    /// Forgets what the cache holds of `address`, after it was deleted from the storage.
    pub fn forget(&self, address: Address) {
        self.cache.remove(self.number, address);
    }

    fn peek(&self, address: Address) -> Option<Arc<Node>> {
        let staged = self.staged.as_ref().and_then(|staged| staged.get(&address));
        staged.or_else(|| self.cache.get(self.number, address))
    }

    fn accept(&self, address: Address, stored: crate::StoredNode) -> Result<Arc<Node>> {
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

/// Nodes that were made and not yet handed to a storage.
#[derive(Debug, Default)]
pub struct StagedNodes {
    nodes: AddressShards<Arc<Node>>,
}

impl StagedNodes {
    pub(crate) fn insert(&self, node: Arc<Node>) {
        self.nodes.insert(node.address(), node);
    }

    /// Used by storages that keep nodes in memory before they write them.
    #[cfg(feature = "git")]
    pub(crate) fn remove(&self, address: &Address) {
        self.nodes.remove(address);
    }

    /// The node, when it is staged.
    #[must_use]
    pub fn get(&self, address: &Address) -> Option<Arc<Node>> {
        self.nodes.get(address)
    }

    /// How many nodes are staged.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no node is staged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
