//! Makes proofs.

use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{Address, Error as StorageError, Node, NodeRef};

use super::Query;
use super::format::{Form, write};
use super::walk::{Source, Step, Visit, find, values};
use crate::{Error, Result, Tree};

impl Tree {
    /// The bytes that prove the answer to `query`, for [`verify`](crate::proof::verify).
    ///
    /// They hold each node on the way to the answer once, and those of the answer's values that live outside their leaf. A
    /// tree, a query and their answer have one proof, on every platform and over every storage.
    ///
    /// Cost: each node of the proof is loaded once, those of a level together; one copy of them; memory for the whole
    /// proof.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn prove<Q: Query + ?Sized>(&self, query: &Q) -> Result<Bytes> {
        prove(self, query, Form::Complete)
    }

    /// As [`Tree::prove`], without the bytes of values that live outside their leaf: their lengths and addresses are
    /// proven. Where the answer has none, it is the same proof.
    ///
    /// # Errors
    /// As [`Tree::prove`].
    pub fn prove_links<Q: Query + ?Sized>(&self, query: &Q) -> Result<Bytes> {
        prove(self, query, Form::LinksOnly)
    }
}

fn prove<Q: Query + ?Sized>(tree: &Tree, query: &Q, wanted: Form) -> Result<Bytes> {
    let mut recorder = Recorder { tree, nodes: Vec::new() };
    let links = find(&mut recorder, &query.spans())?.links();
    let form = if links.is_empty() { Form::Complete } else { wanted };
    if form == Form::Complete {
        values(&mut recorder, &links)?;
    }
    Ok(write(form, &recorder.nodes))
}

/// The nodes of a tree, noted in the order they are asked for.
struct Recorder<'tree> {
    tree: &'tree Tree,
    nodes: Vec<Arc<Node>>,
}

impl Source for Recorder<'_> {
    fn root(&mut self) -> Result<Arc<Node>> {
        let root = self.tree.load_root()?;
        self.nodes.push(Arc::clone(&root));
        Ok(root)
    }

    fn children(&mut self, parents: &[Visit], steps: &[Step]) -> Result<Vec<Arc<Node>>> {
        let children = steps.iter().map(|step| (&*parents[step.parent].node, step.child));
        let loaded = self.tree.store().load_children(children)?;
        self.nodes.extend(loaded.iter().cloned());
        Ok(loaded)
    }

    fn values(&mut self, targets: &[NodeRef]) -> Result<Vec<Arc<Node>>> {
        let loaded = self.tree.store().load_many(targets)?;
        self.nodes.extend(loaded.iter().cloned());
        Ok(loaded)
    }

    fn fault(&self, node: &Address, reason: String) -> Error {
        StorageError::Corruption { subject: format!("node {node}"), reason }.into()
    }
}
