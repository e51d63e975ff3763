//! The walk that makes and verifies proofs: which nodes a query needs, and in which order.
//!
//! Both sides take the same walk, over nodes of a store or of a proof, so they cannot disagree on what a proof holds.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use prolly_storage::{Address, BLOB_VALUE_MAX, Kind, Link, Node, NodeRef, Value};

use super::query::Span;
use super::{ProvenEntry, ProvenValue};
use crate::{Error, Result};

/// Where the walk gets nodes, each asked for once and in the order of the proof.
pub(super) trait Source {
    /// The root of the tree: a leaf or an internal node.
    fn root(&mut self) -> Result<Arc<Node>>;

    /// The children that `steps` lead to from `parents`, nodes of one level: a leaf or an internal node each.
    fn children(&mut self, parents: &[Visit], steps: &[Step]) -> Result<Vec<Arc<Node>>>;

    /// Nodes of values, of any kind.
    fn values(&mut self, targets: &[NodeRef]) -> Result<Vec<Arc<Node>>>;

    /// The fault that `node` is not what names it.
    fn fault(&self, node: &Address, reason: String) -> Error;
}

/// A node on the way, and the spans that lead through it.
pub(super) struct Visit {
    pub(super) node: Arc<Node>,
    spans: Range<usize>,
}

/// A child on the way: whose it is of the nodes above, which it is, and the spans that lead to it.
pub(super) struct Step {
    pub(super) parent: usize,
    pub(super) child: usize,
    spans: Range<usize>,
}

/// Entries of the tree: the leaves they are in, and which of each.
pub(super) struct Found {
    leaves: Vec<(Arc<Node>, Vec<usize>)>,
}

/// Finds the entries of `spans`, level by level from the root, each level in key order.
pub(super) fn find(source: &mut impl Source, spans: &[Span<'_>]) -> Result<Found> {
    let mut level = vec![Visit { node: source.root()?, spans: 0..spans.len() }];
    while level.first().is_some_and(|visit| visit.node.kind() == Kind::Internal) {
        let steps = steps(&level, spans);
        let children = source.children(&level, &steps)?;
        level =
            children.into_iter().zip(steps).map(|(node, step)| Visit { node, spans: step.spans }).collect();
    }
    let entries = |visit: &Visit| {
        spans[visit.spans.clone()].iter().flat_map(|span| span.entries(&visit.node)).collect::<Vec<_>>()
    };
    let leaves = level.into_iter().map(|visit| (Arc::clone(&visit.node), entries(&visit))).collect();
    Ok(Found { leaves })
}

/// The children of `level` that spans lead to, each once, in key order.
fn steps(level: &[Visit], spans: &[Span<'_>]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (parent, visit) in level.iter().enumerate() {
        for span in visit.spans.clone() {
            for child in spans[span].children(&visit.node) {
                match steps.last_mut() {
                    Some(last) if last.parent == parent && last.child == child => last.spans.end = span + 1,
                    _ => steps.push(Step { parent, child, spans: span..span + 1 }),
                }
            }
        }
    }
    steps
}

impl Found {
    /// The links of those whose values live outside their leaf.
    pub(super) fn links(&self) -> Vec<Link> {
        let link = |leaf: &Node, index: usize| match leaf.value(index) {
            Value::Linked(link) => Some(link),
            Value::Inline(_) => None,
        };
        let leaves = self.leaves.iter().filter(|(leaf, _)| leaf.link_count() > 0);
        leaves.flat_map(|(leaf, entries)| entries.iter().filter_map(|index| link(leaf, *index))).collect()
    }

    /// The entries, with `values` for those outside their leaf, or their links where there is none.
    pub(super) fn entries(&self, values: &HashMap<Address, ProvenValue>) -> Vec<ProvenEntry> {
        let entry = |leaf: &Node, index: usize| ProvenEntry {
            key: leaf.key(index).into(),
            value: match leaf.value(index) {
                Value::Inline(_) => ProvenValue::Bytes(leaf.inline_value(index)),
                Value::Linked(link) => {
                    values.get(&link.target.address).cloned().unwrap_or(ProvenValue::Link(link))
                }
            },
        };
        self.leaves
            .iter()
            .flat_map(|(leaf, entries)| entries.iter().map(move |index| entry(leaf, *index)))
            .collect()
    }
}

/// The values of `links`, by the address linked: first the nodes linked, then the chunks that they list, in the order of
/// the links, each node when it is first needed and never again.
pub(super) fn values(source: &mut impl Source, links: &[Link]) -> Result<HashMap<Address, ProvenValue>> {
    let mut nodes = HashMap::new();
    fetch(source, links.iter().map(|link| link.target), &mut nodes)?;
    let mut lists = Vec::new();
    let mut values = HashMap::new();
    for link in links {
        let address = link.target.address;
        let Some(node) = nodes.get(&address) else { continue };
        check_value(node, link).map_err(|reason| source.fault(&address, reason))?;
        if node.kind() == Kind::Blob {
            values.insert(address, ProvenValue::Bytes(node.blob()));
        } else if values.insert(address, ProvenValue::Link(*link)).is_none() {
            lists.push(Arc::clone(node));
        }
    }
    fetch(source, lists.iter().flat_map(|list| list.links()), &mut nodes)?;
    for list in &lists {
        let mut pieces = Vec::with_capacity(list.len());
        for (target, length) in (0..list.len()).map(|index| list.chunk(index)) {
            let Some(node) = nodes.get(&target.address) else { continue };
            if node.kind() != Kind::Blob || node.blob().len() != length as usize {
                return Err(source.fault(&target.address, format!("it is not a chunk of {length} bytes")));
            }
            pieces.push(node.blob());
        }
        values.insert(list.address(), ProvenValue::Chunks(pieces.into()));
    }
    Ok(values)
}

/// Gets those of `targets` that are not among `nodes` yet.
fn fetch(
    source: &mut impl Source,
    targets: impl Iterator<Item = NodeRef>,
    nodes: &mut HashMap<Address, Arc<Node>>,
) -> Result<()> {
    let mut asked = HashSet::new();
    let missing: Vec<_> = targets
        .filter(|target| !nodes.contains_key(&target.address) && asked.insert(target.address))
        .collect();
    let found = source.values(&missing)?;
    nodes.extend(missing.iter().map(|target| target.address).zip(found));
    Ok(())
}

/// That `node` is a value of the length that `link` says, stored as values of that length are.
fn check_value(node: &Node, link: &Link) -> Result<(), String> {
    let length = match node.kind() {
        Kind::Blob if link.length as usize <= BLOB_VALUE_MAX => node.blob().len() as u64,
        Kind::ChunkList if link.length as usize > BLOB_VALUE_MAX => node.chunked_length(),
        kind => return Err(format!("a value of {} bytes is no node of kind {kind:?}", link.length)),
    };
    if length != u64::from(link.length) {
        return Err(format!("it is a value of {length} bytes, its leaf says {}", link.length));
    }
    Ok(())
}
