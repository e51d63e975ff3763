//! What every storage of nodes does.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;

use crate::{Address, Collection, Error, Locators, Node, NodeMap, NodeRef, Result};

/// A node as a storage gives it: unverified bytes, and where its links are kept.
#[derive(Clone, Debug)]
pub struct StoredNode {
    /// The bytes.
    pub bytes: Bytes,
    /// One locator a link, or `None` when the storage finds nodes by address alone.
    pub locators: Locators,
}

/// What a storage promises, so that its users and the conformance suite know what to expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promises {
    /// A node can be read as soon as it was put; otherwise once a root that reaches it was published.
    pub reads_unpublished: bool,
    /// [`NodeStorage::delete_many`] deletes; otherwise nodes go by the storage's own garbage collection.
    pub deletes: bool,
    /// What was put before [`NodeStorage::sync`] returned survives a loss of power.
    pub durable: bool,
}

/// Keeps nodes by address, roots by name, and small configuration values.
///
/// Implementations are shared between threads. They are asked for many nodes at once where the caller knows more than
/// one, so that each round trip counts once. They need not verify what they return: [`NodeStore`](crate::NodeStore)
/// hashes every node it loads.
pub trait NodeStorage: Any + Send + Sync {
    /// The kind of storage, for messages: `memory`, `git`.
    fn kind(&self) -> &'static str;

    /// What it promises.
    fn promises(&self) -> Promises;

    /// Reads one node.
    ///
    /// # Errors
    /// [`MissingNode`](crate::Error::MissingNode) when the node is not there: never an empty answer.
    fn get(&self, node: &NodeRef) -> Result<StoredNode>;

    /// Reads many nodes, answers in the order asked.
    ///
    /// # Errors
    /// As [`NodeStorage::get`]; one missing node fails the whole request.
    fn get_many(&self, nodes: &[NodeRef]) -> Result<Vec<StoredNode>> {
        nodes.iter().map(|node| self.get(node)).collect()
    }

    /// Which of these nodes are there, in the order asked.
    ///
    /// `false` may also mean that finding out would cost more than storing the node again: Git looks for a node only
    /// among those that its branches reach, or that this handle has met.
    ///
    /// # Errors
    /// When the storage cannot read.
    fn contains_many(&self, addresses: &[Address]) -> Result<Vec<bool>> {
        let contains = |address: &Address| match self.get(&(*address).into()) {
            Ok(_) => Ok(true),
            Err(Error::MissingNode { .. }) => Ok(false),
            Err(error) => Err(error),
        };
        addresses.iter().map(contains).collect()
    }

    /// Stores nodes, in the order given. Storing a node that is already there changes nothing that can be read.
    ///
    /// Whoever stores a tree stores children before or together with their parents, so that a node that is there has
    /// below it all that it reaches.
    ///
    /// # Errors
    /// When the storage cannot write; none, some or all of the nodes may then be there.
    fn put_many(&self, nodes: &[Node]) -> Result<()>;

    /// Whether [`NodeStorage::put_many`] may be called on a thread of its own while the thread that edits a tree waits for
    /// it. One that needs that thread to answer must say no.
    fn writes_on_any_thread(&self) -> bool {
        true
    }

    /// Deletes nodes; one that is not there is no fault. A storage that does not promise to delete keeps them.
    ///
    /// # Errors
    /// When the storage cannot write.
    fn delete_many(&self, addresses: &[Address]) -> Result<()>;

    /// The root published under `name`, if any.
    ///
    /// # Errors
    /// When the storage cannot read, or `name` is none it accepts.
    fn root(&self, name: &str) -> Result<Option<NodeRef>>;

    /// All published roots by name, in the order of names.
    ///
    /// # Errors
    /// When the storage cannot read.
    fn roots(&self) -> Result<Vec<(String, NodeRef)>>;

    /// Moves the root `name` from `expected` to `new` in one step (`None`: no such root), after making durable every
    /// node that `new` reaches.
    ///
    /// # Errors
    /// [`Moved`](crate::Error::Moved) when the root is not `expected`; nothing has changed then.
    fn publish(&self, name: &str, expected: Option<Address>, new: Option<NodeRef>) -> Result<()>;

    /// The configuration value `name`, if any.
    ///
    /// # Errors
    /// When the storage cannot read.
    fn config(&self, name: &str) -> Result<Option<Bytes>>;

    /// Sets the configuration value `name`, or removes it.
    ///
    /// # Errors
    /// When the storage cannot write.
    fn set_config(&self, name: &str, value: Option<&[u8]>) -> Result<()>;

    /// The nodes themselves, when the storage is memory: [`NodeStore`](crate::NodeStore) then reads and writes there,
    /// and no cache holds them twice.
    fn resident(&self) -> Option<Arc<NodeMap>> {
        None
    }

    /// Returns once all that was put is durable, as far as the storage promises durability.
    ///
    /// # Errors
    /// When the storage cannot sync; what reached the disk is then unknown.
    fn sync(&self) -> Result<()>;

    /// Whether it refuses to write after a write failed, until it is opened again.
    fn refuses_writes(&self) -> bool {
        false
    }

    /// Deletes the nodes that neither a live root nor a recent node reaches. Called by
    /// [`NodeStore::collect_garbage`](crate::NodeStore::collect_garbage), which says what is kept; [`Collection`] says
    /// what an implementation does.
    ///
    /// # Errors
    /// [`Unsupported`](Error::Unsupported) when the storage collects by itself or not at all, and what
    /// [`Collection::keep`] reports; nothing is deleted then.
    fn collect_garbage(&self, collection: &mut Collection<'_>) -> Result<()> {
        let _ = collection;
        Err(Error::Unsupported {
            what: format!("collecting garbage in the {} storage", self.kind()),
            hint: "copy what is needed into a new storage and remove this one".into(),
        })
    }
}
