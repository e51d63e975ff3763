//! Nodes that nothing reaches any more: found, counted, deleted.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasherDefault;
use std::sync::Arc;
use std::time::Duration;

use crate::node_map::AddressHasher;
use crate::{Address, Error, Listener, Node, NodeRef, NodeStore, Result, StageProgress, unheard};

/// Nodes read with one request.
const BATCH: usize = 256;
/// Nodes of the storage after which the listener is told again.
const TOLD_EVERY: u64 = 4096;

/// How to collect garbage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectOptions {
    /// Nodes that were put less than this time before the collection began are kept, with all that they reach, so that a
    /// writer can publish a root for them yet. An hour by default. A storage that keeps no times, such as memory, keeps
    /// only what was put since the collection began.
    pub grace: Duration,
    /// Only count; delete nothing.
    pub dry_run: bool,
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self { grace: Duration::from_secs(3600), dry_run: false }
    }
}

/// What a collection found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Nodes that stay.
    pub live: u64,
    /// Nodes deleted, or in a dry run those that would be.
    pub garbage: u64,
    /// Bytes of these.
    pub garbage_bytes: u64,
}

impl NodeStore {
    /// Deletes from the storage the nodes that nothing needs: neither `roots`, nor a root published in the storage, nor a
    /// recent node ([`CollectOptions::grace`]) reaches them. `roots` are all that is live without being published:
    /// staged trees, snapshots that somebody reads.
    ///
    /// Others may read and write meanwhile, also from other processes where the storage allows it. What they put or
    /// publish during the collection is kept, with all that it reaches. One thing is theirs to see to: who keeps a root
    /// in mind for longer than the grace, to read it or to build on it later, publishes it or has it among `roots`.
    ///
    /// Cost: reads every live node but blobs, once, and holds about fifty bytes of memory for each; lists the storage.
    ///
    /// # Errors
    /// [`MissingNode`](Error::MissingNode) or [`Corruption`](Error::Corruption) when a live root cannot be read whole
    /// (of blobs, only that they are there is looked at), and [`Unsupported`](Error::Unsupported) when the storage
    /// collects by itself, as Git does. Nothing is deleted in these cases. When deleting fails midway, what is left is
    /// sound and the next collection goes on.
    pub fn collect_garbage(&self, roots: &[NodeRef], options: &CollectOptions) -> Result<Collected> {
        self.collect_garbage_beside(roots, &mut || Ok(Vec::new()), options, &mut unheard)
    }

    /// As [`NodeStore::collect_garbage`], for roots that move where the storage does not see it. `last_look` is called once what
    /// is live at first was found and before anything is deleted: it holds off whoever moves such roots and gives those that are
    /// live now.
    ///
    /// The listener is told how many nodes are found live, and then how many nodes of the storage were looked at. While the former
    /// are counted it can end the collection; once nodes are deleted, that is done whole.
    ///
    /// # Errors
    /// As [`NodeStore::collect_garbage`], what `last_look` gives, and [`Cancelled`](Error::Cancelled) when the listener asked for
    /// it; nothing is deleted then.
    pub fn collect_garbage_beside(
        &self,
        roots: &[NodeRef],
        last_look: &mut dyn FnMut() -> Result<Vec<NodeRef>>,
        options: &CollectOptions,
        listener: &mut Listener<'_>,
    ) -> Result<Collected> {
        let mut collection = Collection {
            store: self,
            options: *options,
            roots: roots.to_vec(),
            last_look,
            listener,
            live: HashMap::default(),
            collected: Collected::default(),
        };
        self.storage().collect_garbage(&mut collection)?;
        Ok(collection.collected)
    }
}

/// One collection of garbage, as a storage sees it: it says which nodes are live, and takes note of what goes.
///
/// [`NodeStorage::collect_garbage`](crate::NodeStorage::collect_garbage) does this, in this order:
///
/// 1. It notes the time, or begins to take note of what is put.
/// 2. It calls [`Collection::keep`] with its published roots. This takes long, and writers go on.
/// 3. It calls [`Collection::look_again`], and then holds off writers: in this order, since those who write to a store hold
///    its lock while they put nodes.
/// 4. It calls [`Collection::keep`] once more with the roots that are published now, and [`Collection::keep_recent`] with the
///    nodes put since the grace before the noted time. Both stop at what is live already.
/// 5. It passes each node for which [`Collection::is_live`] says no to [`Collection::discard`], and deletes it unless
///    this is a [dry run](CollectOptions::dry_run). A storage that can die midway deletes parents before their children
///    ([`Node::rank`], greatest first), so that a node that is there always has below it all that it reaches.
pub struct Collection<'store> {
    store: &'store NodeStore,
    options: CollectOptions,
    /// The caller's, until they are marked.
    roots: Vec<NodeRef>,
    /// Gives the caller's once more.
    last_look: &'store mut dyn FnMut() -> Result<Vec<NodeRef>>,
    listener: &'store mut Listener<'store>,
    /// What is reached, and whether its links were followed, which they are not for blobs.
    live: HashMap<Address, bool, BuildHasherDefault<AddressHasher>>,
    collected: Collected,
}

impl Collection<'_> {
    /// What the caller asked for.
    #[must_use]
    pub const fn options(&self) -> &CollectOptions {
        &self.options
    }

    /// Keeps all that `roots`, and those the caller named, reach.
    ///
    /// # Errors
    /// [`MissingNode`](Error::MissingNode), [`Corruption`](Error::Corruption) or what the storage reports, when some of
    /// it cannot be read: nothing may be deleted then.
    pub fn keep(&mut self, roots: &[NodeRef]) -> Result<()> {
        let mut start = std::mem::take(&mut self.roots);
        start.extend_from_slice(roots);
        self.walk(start, Missing::Fails)
    }

    /// Keeps what the caller's roots reach now.
    ///
    /// # Errors
    /// As [`Collection::keep`].
    pub fn look_again(&mut self) -> Result<()> {
        let roots = (self.last_look)()?;
        self.walk(roots, Missing::Fails)
    }

    /// Keeps the nodes that were put of late and all that they reach, as far as it is there: a writer that died leaves
    /// nodes without some that they name.
    ///
    /// # Errors
    /// When the storage cannot read.
    pub fn keep_recent(&mut self, nodes: &[Address]) -> Result<()> {
        self.walk(nodes.iter().map(|address| NodeRef::from(*address)).collect(), Missing::IsSkipped)
    }

    /// Whether the node must stay.
    #[must_use]
    pub fn is_live(&self, address: &Address) -> bool {
        self.live.contains_key(address)
    }

    /// Takes note that a node of `bytes` bytes goes, and has the cache forget it.
    pub fn discard(&mut self, address: Address, bytes: u64) {
        self.collected.garbage += 1;
        self.collected.garbage_bytes += bytes;
        if !self.options.dry_run {
            self.store.forget(address);
        }
        self.tell_swept();
    }

    /// Takes note that a node stays.
    pub fn retain(&mut self) {
        self.collected.live += 1;
        self.tell_swept();
    }

    /// Whoever wants an end now gets it when all garbage is gone.
    fn tell_swept(&mut self) {
        let looked_at = self.collected.live + self.collected.garbage;
        if looked_at.is_multiple_of(TOLD_EVERY) {
            let stage = if self.options.dry_run { "counting nodes" } else { "deleting nodes" };
            let _ = (self.listener)(&StageProgress::of(stage, looked_at));
        }
    }

    fn walk(&mut self, start: Vec<NodeRef>, missing: Missing) -> Result<()> {
        let mut waiting: Vec<_> =
            start.into_iter().filter(|node| self.live.insert(node.address, true) != Some(true)).collect();
        let mut blobs = Vec::new();
        // The last ones first, so that what waits is a few batches a level and not a whole level.
        while !waiting.is_empty() {
            StageProgress::of("marking nodes", self.live.len() as u64).tell(self.listener)?;
            let batch = waiting.split_off(waiting.len().saturating_sub(BATCH));
            for node in self.load(&batch, missing)? {
                for (link, is_blob) in node.links_and_blobs() {
                    if is_blob {
                        self.live.entry(link.address).or_insert_with(|| {
                            blobs.push(link.address);
                            false
                        });
                    } else if self.live.insert(link.address, true) != Some(true) {
                        waiting.push(link);
                    }
                }
            }
            if blobs.len() >= BATCH || waiting.is_empty() {
                self.check_blobs(&std::mem::take(&mut blobs), missing)?;
            }
        }
        Ok(())
    }

    /// Reads around the cache, which would gain nothing from nodes that are read once.
    fn load(&self, nodes: &[NodeRef], missing: Missing) -> Result<Vec<Node>> {
        let storage = self.store.storage();
        let mut found = Vec::with_capacity(nodes.len());
        let mut stored = Vec::with_capacity(nodes.len());
        for node in nodes {
            match self.staged(&node.address) {
                Some(node) => found.push(Node::clone(&node)),
                None => stored.push(*node),
            }
        }
        match missing {
            Missing::Fails => {
                for (node, answer) in stored.iter().zip(storage.get_many(&stored)?) {
                    found.push(Node::decode(&node.address, answer)?);
                }
            }
            Missing::IsSkipped => {
                for node in &stored {
                    match storage.get(node).and_then(|answer| Node::decode(&node.address, answer)) {
                        Ok(node) => found.push(node),
                        Err(Error::MissingNode { .. } | Error::Corruption { .. }) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        Ok(found)
    }

    fn check_blobs(&self, blobs: &[Address], missing: Missing) -> Result<()> {
        if matches!(missing, Missing::IsSkipped) {
            return Ok(());
        }
        let storage = self.store.storage();
        for (address, is_there) in blobs.iter().zip(storage.contains_many(blobs)?) {
            if !is_there && self.staged(address).is_none() {
                return Err(Error::MissingNode { address: *address, storage: storage.kind() });
            }
        }
        Ok(())
    }

    fn staged(&self, address: &Address) -> Option<Arc<Node>> {
        self.store.staged_nodes().and_then(|staged| staged.get(address))
    }
}

/// What a node that is not there means to a walk.
#[derive(Clone, Copy)]
enum Missing {
    Fails,
    IsSkipped,
}

impl fmt::Debug for Collection<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Collection")
            .field("options", &self.options)
            .field("live", &self.live.len())
            .field("collected", &self.collected)
            .finish_non_exhaustive()
    }
}
