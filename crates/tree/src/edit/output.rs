//! What a level puts out: its new nodes, and the edits of the level above that follow.

use bytes::Bytes;
use prolly_storage::{Address, Child, NewNode, NodeRef};

use super::Context;
use super::level::LevelEdit;
use crate::chunker::Payload;

/// New nodes and edits of the level above, in key order.
///
/// Nodes wait until enough are there to be hashed together, and edits behind them wait with them: the level above may
/// lag behind, since it sees the same edits in the same order.
#[derive(Default)]
pub(super) struct Output {
    waiting: Vec<Waiting>,
    /// The nodes of those that wait.
    nodes: Vec<NewNode>,
    /// Of all nodes so far: how many, and the last.
    emitted: (usize, Option<NodeRef>),
}

enum Waiting {
    Edit(LevelEdit),
    Node(Place),
}

/// What the parent of a new node is told, but for its address.
pub(super) struct Place {
    pub(super) last_key: Bytes,
    pub(super) natural: bool,
    /// The old node with the same last key, and whether it ended naturally.
    pub(super) replaces: Option<(Address, bool)>,
}

impl Output {
    pub(super) fn edit(&mut self, edit: LevelEdit) {
        self.waiting.push(Waiting::Edit(edit));
    }

    pub(super) fn node(&mut self, node: NewNode, place: Place) {
        self.nodes.push(node);
        self.waiting.push(Waiting::Node(place));
    }

    /// Whether enough waits to be worth handing on.
    pub(super) const fn is_due(&self) -> bool {
        self.nodes.len() >= NewNode::BEST_TOGETHER
    }

    /// Hashes the nodes that wait, writes those that are new, and gives the edits of the level above.
    pub(super) fn take(&mut self, context: &mut Context) -> Vec<LevelEdit> {
        let mut nodes = NewNode::seal_all(std::mem::take(&mut self.nodes)).into_iter();
        let mut edits = Vec::with_capacity(self.waiting.len());
        for waiting in self.waiting.drain(..) {
            let Place { last_key, natural, replaces } = match waiting {
                Waiting::Node(place) => place,
                Waiting::Edit(edit) => {
                    edits.push(edit);
                    continue;
                }
            };
            let Some(node) = nodes.next() else { break };
            if replaces == Some((node.address(), natural)) {
                continue; // The parent has this very entry.
            }
            let target = NodeRef::from(node.address());
            self.emitted = (self.emitted.0 + 1, Some(target));
            let child = Child { target, entries: node.entries(), natural };
            edits.push(LevelEdit::Put { key: last_key, payload: Payload::Child(child) });
            context.write(node);
        }
        edits
    }

    /// In a level without old parents: the node that it is, or how many nodes it is.
    pub(super) fn only_node(&self) -> Result<NodeRef, usize> {
        match self.emitted {
            (1, Some(node)) => Ok(node),
            (count, _) => Err(count),
        }
    }
}
