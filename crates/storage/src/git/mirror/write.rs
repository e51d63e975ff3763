//! Writes new nodes into the mirror.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::{LINKS_MAX, NODE, TreeEntry, encode_tree, link_name};
use crate::git::pack::{ObjectKind, PackedObject};
use crate::git::{Oid, Repository, failure};
use crate::{Address, Error, Locator, Node, NodeMap, NodeRef, Result};

/// Nodes compressed at once, in bytes: enough to keep all processors busy, little enough to hold in memory.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Fewer nodes are compressed by the caller's thread: handing them out would take longer.
const PARALLEL_MIN: usize = 32;

/// Where nodes are that were not made in this commit.
pub(in crate::git) type Places<'a> = dyn Fn(&Address) -> Option<Locator> + Sync + 'a;

/// The nodes that a new root reaches and that Git does not have yet, in rounds: a node's links lie in earlier rounds.
pub(in crate::git) struct NodePlan<'a> {
    staged: &'a NodeMap,
    places: &'a Places<'a>,
    /// Where the nodes are that are about to be in Git, in the same pack.
    packed: &'a HashMap<Address, Locator>,
    rounds: BTreeMap<u16, Vec<Arc<Node>>>,
    seen: HashSet<Address>,
    inherited: Vec<NodeRef>,
    objects: usize,
}

impl<'a> NodePlan<'a> {
    /// Walks from `root` over staged nodes, and stops at those that are packed. Any other must be in Git already: its locator
    /// says where, or else `places` does.
    ///
    /// # Errors
    /// [`MissingNode`](Error::MissingNode) for a node that is neither.
    pub(in crate::git) fn new(
        root: &NodeRef,
        staged: &'a NodeMap,
        places: &'a Places<'a>,
        packed: &'a HashMap<Address, Locator>,
    ) -> Result<Self> {
        let mut plan = Self {
            staged,
            places,
            packed,
            rounds: BTreeMap::new(),
            seen: HashSet::new(),
            inherited: Vec::new(),
            objects: 0,
        };
        plan.visit(root)?;
        Ok(plan)
    }

    /// How many Git objects will be written.
    pub(in crate::git) const fn objects(&self) -> usize {
        self.objects
    }

    /// The nodes that will be written.
    pub(in crate::git) fn nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.rounds.values().flatten()
    }

    fn visit(&mut self, link: &NodeRef) -> Result<()> {
        if self.packed.contains_key(&link.address) {
            return Ok(());
        }
        let Some(node) = self.staged.get(&link.address) else {
            let locator = self.inherited(link)?;
            self.inherited.push(NodeRef::new(link.address, locator));
            return Ok(());
        };
        if !self.seen.insert(link.address) {
            return Ok(());
        }
        let links = node.link_count();
        if links > LINKS_MAX {
            return Err(Error::Unsupported {
                what: format!("a node of {links} links"),
                hint: format!("the Git layout holds at most {LINKS_MAX}"),
            });
        }
        for link in node.links() {
            self.visit(&link)?;
        }
        self.objects += if links == 0 { 1 } else { 2 };
        self.rounds.entry(node.rank()).or_default().push(node);
        Ok(())
    }

    /// Where a node is that Git has.
    pub(in crate::git) fn inherited(&self, link: &NodeRef) -> Result<Locator> {
        let packed = self.packed.get(&link.address).copied();
        packed
            .or_else(|| Some(link.locator).filter(|locator| *locator != Locator::None))
            .or_else(|| (self.places)(&link.address))
            .ok_or(Error::MissingNode { address: link.address, storage: "git" })
    }

    /// Makes sure that Git still has what the new nodes name. A tree that was read long ago may since have lost the
    /// last ref that reached it, and then its objects; a commit that names them would be broken for ever.
    ///
    /// Those in `found` were looked for already, and those that are there are added to it.
    ///
    /// # Errors
    /// [`MissingNode`](Error::MissingNode) for one that is gone.
    pub(in crate::git) fn check_inherited(
        &self,
        repository: &Repository,
        found: &mut HashSet<Oid>,
    ) -> Result<()> {
        let id = |node: &NodeRef| Oid::of_locator(&node.locator).unwrap_or(Oid::ZERO);
        let unknown: Vec<_> =
            self.inherited.iter().filter(|&node| !found.contains(&id(node))).copied().collect();
        repository.with(|handle| {
            let odb = handle.odb().map_err(failure::git("open the object database"))?;
            let is_there = |node: &NodeRef| {
                let id = id(node).git();
                // Only a miss looks for new packs.
                odb.exists_ext(id, git2::OdbLookupFlags::NO_REFRESH) || odb.exists(id)
            };
            match unknown.iter().find(|&node| !is_there(node)) {
                Some(gone) => Err(Error::MissingNode { address: gone.address, storage: "git" }),
                None => Ok(()),
            }
        })?;
        found.extend(unknown.iter().map(id));
        Ok(())
    }

    /// Hands the nodes' objects to `append` and says where each node is.
    pub(in crate::git) fn write(
        mut self,
        append: &mut dyn FnMut(PackedObject) -> Result<()>,
    ) -> Result<HashMap<Address, Locator>> {
        let mut placed = HashMap::with_capacity(self.seen.len());
        for nodes in std::mem::take(&mut self.rounds).into_values() {
            for batch in batches(&nodes) {
                for (address, written) in self.pack_batch(batch, &placed)? {
                    for object in written.objects {
                        append(object)?;
                    }
                    placed.insert(address, written.locator);
                }
            }
        }
        Ok(placed)
    }

    fn pack_batch(
        &self,
        batch: &[Arc<Node>],
        placed: &HashMap<Address, Locator>,
    ) -> Result<Vec<(Address, Written)>> {
        let pack = |node: &Arc<Node>| Ok((node.address(), self.pack_node(node, placed)?));
        if batch.len() < PARALLEL_MIN {
            batch.iter().map(pack).collect()
        } else {
            batch.par_iter().map(pack).collect()
        }
    }

    fn pack_node(&self, node: &Node, placed: &HashMap<Address, Locator>) -> Result<Written> {
        let bytes = PackedObject::new(ObjectKind::Blob, node.bytes())?;
        if node.link_count() == 0 {
            let locator = Locator::GitBlob(*bytes.id.as_bytes());
            return Ok(Written { locator, objects: vec![bytes] });
        }
        let mut entries = Vec::with_capacity(node.link_count() + 1);
        for (index, link) in node.links().enumerate() {
            let locator = match placed.get(&link.address) {
                Some(locator) => *locator,
                None => self.inherited(&link)?,
            };
            let is_tree = matches!(locator, Locator::GitTree(_));
            let id = Oid::of_locator(&locator).unwrap_or(Oid::ZERO);
            entries.push(TreeEntry::new(link_name(index), is_tree, id));
        }
        entries.push(TreeEntry::new(NODE, false, bytes.id));
        let tree = PackedObject::new(ObjectKind::Tree, &encode_tree(&entries))?;
        Ok(Written { locator: Locator::GitTree(*tree.id.as_bytes()), objects: vec![bytes, tree] })
    }
}

/// A node's objects, and the id of the one that stands for it.
struct Written {
    locator: Locator,
    objects: Vec<PackedObject>,
}

/// Runs of nodes of about [`BATCH_BYTES`].
fn batches(nodes: &[Arc<Node>]) -> impl Iterator<Item = &[Arc<Node>]> {
    let mut rest = nodes;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |node: &&Arc<Node>| {
            let had = bytes;
            bytes += node.bytes().len();
            had < BATCH_BYTES
        };
        let count = rest.iter().take_while(fits).count();
        let (batch, after) = rest.split_at(count);
        rest = after;
        (count > 0).then_some(batch)
    })
}
