//! Verifies proofs.

use std::collections::HashMap;
use std::sync::Arc;

use prolly_storage::{Address, Node, NodeRef, Parameters};

use super::Query;
use super::format::{Form, Reader, invalid};
use super::walk::{Source, Step, Visit, find, values};
use crate::{Error, Result};

/// The answer to `query` of the tree with this root, as `proof` proves it.
///
/// Every node's bytes are hashed and compared with the address that its parent, or the caller, gives; then it is
/// checked to be what its parent says: its level, its parameters, its last key, its count, and that its keys lie above
/// those of the node before it. The proof must have exactly the nodes that the query needs, in their order. A proof
/// of another query is good where it happens to have just those: two keys of one leaf have the same proof.
///
/// Cost: one copy, one hash and one pass over the proof, O(proof) memory whatever its bytes say.
///
/// # Errors
/// [`Error::InvalidProof`] when it does not prove the answer; it says nothing about the tree then.
pub fn verify<Q: Query + ?Sized>(root: &Address, proof: &[u8], query: &Q) -> Result<Q::Answer> {
    let (form, reader) = Reader::new(proof)?;
    let mut checker =
        Checker { root: *root, reader, parameters: [0; Parameters::LENGTH], floors: Vec::new() };
    let found = find(&mut checker, &query.spans())?;
    let links = found.links();
    let values = match form {
        Form::Complete => values(&mut checker, &links)?,
        Form::LinksOnly if links.is_empty() => {
            return Err(invalid("it leaves out values where there are none"));
        }
        Form::LinksOnly => HashMap::new(),
    };
    checker.reader.finish()?;
    Ok(query.answer(found.entries(&values)))
}

/// The nodes of a proof, each checked against what names it.
struct Checker {
    root: Address,
    reader: Reader,
    /// Those of the root, and so of all.
    parameters: [u8; Parameters::LENGTH],
    /// For each node of the level reached last: the key that all of its keys must be above, if any.
    floors: Vec<Option<Vec<u8>>>,
}

impl Checker {
    fn child(&mut self, parent: &Node, index: usize, floor: Option<&[u8]>) -> Result<Arc<Node>> {
        let named = parent.child(index);
        let address = named.target.address;
        let node = self.reader.node(&address)?;
        let refuse = |reason: &str| Err(self.fault(&address, reason.into()));
        if node.parameters() != Some(self.parameters) {
            return refuse("it is no node of a tree with the root's parameters");
        }
        if node.level() != parent.level() - 1 {
            return refuse("it has not the level below its parent's");
        }
        if node.entries() != named.entries {
            return refuse("it has not as many entries as its parent says");
        }
        if node.last_key() != Some(parent.key(index)) {
            return refuse("it has not the last key that its parent says");
        }
        if floor.is_some_and(|floor| node.compare_key(0, floor).is_le()) {
            return refuse("it begins before the node before it ends");
        }
        Ok(Arc::new(node))
    }
}

impl Source for Checker {
    fn root(&mut self) -> Result<Arc<Node>> {
        let node = self.reader.node(&self.root)?;
        let Some(parameters) = node.parameters() else {
            return Err(self.fault(&self.root, "it is no node of a tree".into()));
        };
        self.parameters = parameters;
        self.floors = vec![None];
        Ok(Arc::new(node))
    }

    fn children(&mut self, parents: &[Visit], steps: &[Step]) -> Result<Vec<Arc<Node>>> {
        let mut floors = Vec::with_capacity(steps.len());
        let mut nodes = Vec::with_capacity(steps.len());
        for step in steps {
            let parent = &parents[step.parent].node;
            let floor = match step.child.checked_sub(1) {
                Some(before) => Some(parent.key(before)),
                None => self.floors.get(step.parent).cloned().flatten(),
            };
            nodes.push(self.child(parent, step.child, floor.as_deref())?);
            floors.push(floor);
        }
        self.floors = floors;
        Ok(nodes)
    }

    fn values(&mut self, targets: &[NodeRef]) -> Result<Vec<Arc<Node>>> {
        targets.iter().map(|target| self.reader.node(&target.address).map(Arc::new)).collect()
    }

    fn fault(&self, node: &Address, reason: String) -> Error {
        invalid(format!("node {node}: {reason}"))
    }
}
