//! Trees copied from one storage to another.

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::{Address, Error, Node, NodeRef, NodeStore, Result, StoredNode};

/// Nodes with links that are asked for at once.
const BATCH: usize = 256;
/// Blobs that are asked for at once: they may be 256 KiB each.
const BLOB_BATCH: usize = 64;

/// How far a copy has come, or what it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyReport {
    /// Nodes found that the target did not have.
    pub found: u64,
    /// Nodes put into the target.
    pub copied: u64,
    /// Bytes of these.
    pub bytes: u64,
}

impl NodeStore {
    /// Copies to `target` the nodes that `root` reaches and `target` does not have, and says how many they were. The
    /// root is not published: that is for the caller, who knows its name.
    ///
    /// The copy descends from the root and stops at each node that the target has: below it the target has everything,
    /// for children are put before their parents, here and by whoever else writes trees. So a copy that was cut short
    /// can be run again, and goes on where it was. Every node is verified on its way.
    ///
    /// `progress` is called after each request; [`ControlFlow::Break`] ends the copy.
    ///
    /// Until the root is published the target may take what was copied for garbage: publish before the grace of a
    /// collection is over ([`CollectOptions::grace`](crate::CollectOptions::grace)). A Git repository keeps what is put
    /// in memory, writes it as one commit when the root is published, and loses it when the handle goes before that. Nodes
    /// that no branch of it reaches any more, and values of changed leaves, may be copied though it has them, which costs
    /// time and does no harm.
    ///
    /// Cost: reads and writes each missing node once, and asks the target for each link of these. A request is for up to
    /// 256 nodes or 64 blobs; memory holds one such batch a level, with what its nodes link to.
    ///
    /// # Errors
    /// [`MissingNode`](Error::MissingNode) and [`Corruption`](Error::Corruption) for what cannot be read from this
    /// store, [`Cancelled`](Error::Cancelled) when `progress` asked for it, and what either storage reports. What was
    /// put by then stays.
    pub fn copy_to(
        &self,
        target: &Self,
        root: NodeRef,
        progress: &mut dyn FnMut(&CopyReport) -> ControlFlow<()>,
    ) -> Result<CopyReport> {
        let mut copy = Copy { source: self, target, progress, report: CopyReport::default() };
        copy.copy(&[root])?;
        Ok(copy.report)
    }
}

struct Copy<'a> {
    source: &'a NodeStore,
    target: &'a NodeStore,
    progress: &'a mut dyn FnMut(&CopyReport) -> ControlFlow<()>,
    report: CopyReport,
}

impl Copy<'_> {
    /// Copies what these nodes reach, and then them. As deep as the tree is high.
    fn copy(&mut self, nodes: &[NodeRef]) -> Result<()> {
        let missing = self.missing(nodes)?;
        if missing.is_empty() {
            return Ok(());
        }
        self.report.found += missing.len() as u64;
        self.report()?;
        let found = self.source.load_many(&missing)?;
        let (mut seen, mut links, mut blobs) = (HashSet::new(), Vec::new(), Vec::new());
        for (link, is_blob) in found.iter().flat_map(|node| node.links_and_blobs()) {
            if seen.insert(link.address) {
                if is_blob { blobs.push(link) } else { links.push(link) }
            }
        }
        drop(seen);
        blobs.chunks(BLOB_BATCH).try_for_each(|batch| self.copy(batch))?;
        links.chunks(BATCH).try_for_each(|batch| self.copy(batch))?;
        let nodes = found.iter().map(|node| without_locators(node)).collect::<Result<Vec<_>>>()?;
        self.report.copied += nodes.len() as u64;
        self.report.bytes += nodes.iter().map(|node| node.bytes().len() as u64).sum::<u64>();
        self.target.put_many(nodes)?;
        self.report()
    }

    fn missing(&self, nodes: &[NodeRef]) -> Result<Vec<NodeRef>> {
        let is_staged = |node: &NodeRef| {
            self.target.staged_nodes().is_some_and(|staged| staged.get(&node.address).is_some())
        };
        let mut missing: Vec<_> = nodes.iter().filter(|node| !is_staged(node)).copied().collect();
        let addresses: Vec<Address> = missing.iter().map(|node| node.address).collect();
        let mut is_there = self.target.storage().contains_many(&addresses)?.into_iter();
        missing.retain(|_| !is_there.next().unwrap_or(false));
        Ok(missing)
    }

    fn report(&mut self) -> Result<()> {
        match (self.progress)(&self.report) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }
}

/// The node as any storage can hold it: where the source keeps its links means nothing to the target.
fn without_locators(node: &Node) -> Result<Node> {
    if node.locators().is_none() {
        return Ok(node.clone());
    }
    Node::decode(&node.address(), StoredNode { bytes: node.bytes().clone(), locators: None })
}
