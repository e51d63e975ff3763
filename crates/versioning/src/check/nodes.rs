//! Every node that a root reaches, against what its parent says of it.

use std::collections::HashSet;

use prolly_storage::{Address, Kind, Node, NodeRef, NodeStore, Parameters, Value};

use super::{Check, FROM_A_COPY, StoreFault};
use crate::backend::Backend;
use crate::{Error, Result};

/// Nodes asked for at once.
const BATCH: usize = 256;

/// Where nodes are.
pub(super) struct NodeChecks {
    /// In the store's own storage.
    pub(super) own: NodeCheck,
    /// In Git.
    pub(super) in_git: NodeCheck,
}

impl NodeChecks {
    pub(super) fn new(backend: &Backend) -> Self {
        let git = NodeStore::new(backend.repository.storage());
        Self { own: NodeCheck::new(backend.nodes(), backend.in_git()), in_git: NodeCheck::new(&git, true) }
    }
}

/// The nodes of a storage, as far as they were looked at.
pub(super) struct NodeCheck {
    store: NodeStore,
    seen: HashSet<Address>,
    in_git: bool,
}

/// A node to be looked at, and what its parent says of it.
struct Visit {
    node: NodeRef,
    expected: Expected,
}

enum Expected {
    /// A node of the tree: `after` is the last key before its own, `last` its last one.
    Entries { level: u8, entries: u64, after: Option<Vec<u8>>, last: Option<Vec<u8>>, parameters: Parameters },
    /// A value, or a chunk of one, of so many bytes.
    Bytes(u64),
}

impl NodeCheck {
    /// Reads from the disk, whatever the cache has.
    fn new(nodes: &NodeStore, in_git: bool) -> Self {
        Self { store: nodes.uncached(), seen: HashSet::new(), in_git }
    }

    /// Looks at all that a root reaches and that was not looked at. `version` is for the messages.
    pub(super) fn check(
        &mut self,
        root: NodeRef,
        expected: (Parameters, u64, u16),
        version: &str,
        check: &mut Check<'_>,
    ) -> Result<()> {
        let (parameters, entries, levels) = expected;
        let level = u8::try_from(levels.saturating_sub(1)).unwrap_or(u8::MAX);
        let expected = Expected::Entries { level, entries, after: None, last: None, parameters };
        let mut waiting = vec![Visit { node: root, expected }];
        // The last ones first, so that what waits is a few batches a level and not a whole level.
        while !waiting.is_empty() && !check.is_full() {
            let batch = waiting.split_off(waiting.len().saturating_sub(BATCH));
            let batch: Vec<_> =
                batch.into_iter().filter(|visit| self.seen.insert(visit.node.address)).collect();
            for (visit, node) in batch.iter().zip(self.load(&batch)) {
                let found = node.and_then(|node| {
                    let described = visit.expected.describes(&node);
                    described.map_err(|reason| corrupt(&node, reason))?;
                    Ok(node)
                });
                match found {
                    Ok(node) => waiting.extend(links(&node, &visit.expected)),
                    Err(error) if super::is_fault(&error) => {
                        let subject = format!("node {} of {version}", visit.node.address);
                        check.fault(StoreFault {
                            problem: super::problem_of(&error, &subject),
                            remedy: self.remedy().into(),
                            subject,
                            repairable: false,
                        });
                    }
                    Err(error) => return Err(error),
                }
                check.report.nodes += 1;
            }
            check.go_on()?;
        }
        Ok(())
    }

    /// All at once; where that fails, one by one, so that each has its own answer.
    fn load(&self, batch: &[Visit]) -> Vec<Result<std::sync::Arc<Node>>> {
        let nodes: Vec<NodeRef> = batch.iter().map(|visit| visit.node).collect();
        match self.store.load_many(&nodes) {
            Ok(found) => found.into_iter().map(Ok).collect(),
            Err(_) => nodes.iter().map(|node| Ok(self.store.load(node)?)).collect(),
        }
    }

    const fn remedy(&self) -> &'static str {
        if self.in_git {
            "get its objects again with \"git fetch --refetch\" from a healthy copy"
        } else {
            FROM_A_COPY
        }
    }
}

impl Expected {
    /// What a node is that is not the one described.
    fn describes(&self, node: &Node) -> Result<(), &'static str> {
        match self {
            Self::Bytes(length) => match node.kind() {
                Kind::Blob if node.blob().len() as u64 != *length => {
                    Err("its length is not the one that is named")
                }
                Kind::ChunkList if node.chunked_length() != *length => {
                    Err("its length is not the one that is named")
                }
                Kind::Blob | Kind::ChunkList => Ok(()),
                Kind::Leaf | Kind::Internal => Err("it is a node of a tree where a value was expected"),
            },
            Self::Entries { level, entries, after, last, parameters } => {
                let kind = if *level == 0 { Kind::Leaf } else { Kind::Internal };
                let is_after = |after: &Vec<u8>| {
                    !node.is_empty() && node.compare_key(0, after) == std::cmp::Ordering::Greater
                };
                if node.kind() != kind || node.level() != *level {
                    Err("its level is not the one that is named")
                } else if node.parameters() != Some(parameters.encode()) {
                    Err("its parameters are not those of the tree")
                } else if node.entries() != *entries {
                    Err("it has another number of entries than is named")
                } else if last.as_ref().is_some_and(|last| node.last_key().as_ref() != Some(last)) {
                    Err("its last key is not the one that is named")
                } else if after.as_ref().is_some_and(|after| node.kind() == Kind::Leaf && !is_after(after)) {
                    Err("its keys do not follow those before it")
                } else {
                    Ok(())
                }
            }
        }
    }
}

/// What a node links to, and what it says of that.
fn links(node: &Node, expected: &Expected) -> Vec<Visit> {
    let bytes = |(node, length): (NodeRef, u32)| Visit { node, expected: Expected::Bytes(u64::from(length)) };
    match (node.kind(), expected) {
        (Kind::Internal, Expected::Entries { level, after, parameters, .. }) => {
            let mut before = after.clone();
            let child = |index: usize| {
                let child = node.child(index);
                let last = Some(node.key(index));
                let after = std::mem::replace(&mut before, last.clone());
                let (level, entries) = (level.saturating_sub(1), child.entries);
                let expected = Expected::Entries { level, entries, after, last, parameters: *parameters };
                Visit { node: child.target, expected }
            };
            (0..node.len()).map(child).collect()
        }
        (Kind::Leaf, _) if node.link_count() > 0 => (0..node.len())
            .filter_map(|index| match node.value(index) {
                Value::Linked(link) => Some(bytes((link.target, link.length))),
                Value::Inline(_) => None,
            })
            .collect(),
        (Kind::ChunkList, _) => (0..node.len()).map(|index| bytes(node.chunk(index))).collect(),
        _ => Vec::new(),
    }
}

fn corrupt(node: &Node, reason: &str) -> Error {
    Error::Corruption { subject: format!("node {}", node.address()), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Arc;

    use prolly_storage::{Child, Link, MemoryStorage, encode_blob, encode_internal, encode_leaf};

    use super::super::CheckReport;
    use super::*;

    fn leaf(keys: &[&str]) -> Node {
        encode_leaf(&Parameters::default(), keys.iter().map(|key| (key.as_bytes(), Value::Inline(b"value"))))
    }

    fn parent(level: u8, children: &[(&str, Address, u64)]) -> Node {
        let entries = children.iter().map(|(key, address, entries)| {
            let child = Child { target: NodeRef::from(*address), entries: *entries, natural: true };
            (key.as_bytes(), child)
        });
        encode_internal(&Parameters::default(), level, entries)
    }

    /// What a check of the last of these nodes, as a root with so many entries, finds.
    fn problems(nodes: Vec<Node>, entries: u64) -> Vec<String> {
        let store = NodeStore::new(Arc::new(MemoryStorage::new()));
        let root = nodes.last().unwrap().clone();
        store.put_many(nodes).unwrap();
        let mut goes_on = |_: &CheckReport| ControlFlow::Continue(());
        let mut check = Check { report: CheckReport::default(), progress: &mut goes_on };
        let expected = (Parameters::default(), entries, u16::from(root.level()) + 1);
        NodeCheck::new(&store, false)
            .check(root.address().into(), expected, "a version", &mut check)
            .unwrap();
        check.report.faults.into_iter().map(|fault| fault.problem).collect()
    }

    #[test]
    fn a_node_is_what_its_parent_says_of_it() {
        let (one, two) = (leaf(&["a", "b"]), leaf(&["c", "d", "e"]));
        let (first, second) = (one.address(), two.address());
        let with = |root: Node, entries| {
            let found = problems(vec![one.clone(), two.clone(), root], entries);
            found.iter().map(|problem| problem.rsplit(": ").next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let sound = parent(1, &[("b", first, 2), ("e", second, 3)]);
        assert_eq!(with(sound.clone(), 5), Vec::<String>::new());
        let entries = "it has another number of entries than is named";
        assert_eq!(with(sound.clone(), 6), [entries]);
        assert_eq!(with(parent(1, &[("b", first, 2), ("e", second, 4)]), 6), [entries]);
        let last = "its last key is not the one that is named";
        assert_eq!(with(parent(1, &[("b", first, 2), ("f", second, 3)]), 5), [last]);
        assert_eq!(
            with(parent(1, &[("a", first, 2), ("e", second, 3)]), 5),
            [last],
            "a key beyond what its parent says"
        );
        // Overlapping ranges.
        let three = leaf(&["b", "z"]);
        let overlapping = parent(1, &[("e", second, 3), ("z", three.address(), 2)]);
        assert_eq!(
            problems(vec![two.clone(), three, overlapping], 5).len(),
            1,
            "its keys do not follow those before it"
        );
        let levels = "its level is not the one that is named";
        assert_eq!(with(parent(2, &[("b", first, 2), ("e", second, 3)]), 5), [levels, levels]);
        let missing = problems(vec![one.clone(), sound], 5);
        assert_eq!(missing.len(), 1);
        assert!(missing[0].contains("is missing"), "{missing:?}");
    }

    #[test]
    fn a_value_has_the_length_that_its_leaf_says() {
        let blob = encode_blob(&[7; 3000]);
        for (length, faults) in [(3000, 0), (2999, 1)] {
            let link = Value::Linked(Link { target: blob.address().into(), length });
            let root = encode_leaf(&Parameters::default(), [(&b"a"[..], link)].into_iter());
            assert_eq!(problems(vec![blob.clone(), root], 1).len(), faults);
        }
    }
}
