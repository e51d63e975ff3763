//! What a level puts out: its new nodes, and the edits of the level above that follow.

use std::collections::VecDeque;
use std::mem;

use bytes::Bytes;
use prolly_storage::{Address, Child, NewNode, NodeRef};

use super::background::{Background, Sealing};
use super::level::LevelEdit;
use crate::Result;
use crate::chunker::Payload;

/// Batches of a level that are being hashed while the next one fills. A fixed number, not whatever is done: so the same
/// edits always load the same nodes.
const BATCHES_AHEAD: usize = 4;

/// New nodes and edits of the level above, in key order.
///
/// Nodes wait until enough are there to be hashed together, and edits behind them wait with them: the level above may
/// lag behind, since it sees the same edits in the same order.
#[derive(Default)]
pub(super) struct Output {
    waiting: Vec<Waiting>,
    /// The nodes of those that wait.
    nodes: Vec<NewNode>,
    /// Those that waited before, their nodes being hashed.
    sealing: VecDeque<(Vec<Waiting>, Sealing)>,
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

    /// Has the nodes that wait hashed, and gives the edits of the level above that an earlier batch leads to.
    pub(super) fn take_due(&mut self, background: &mut Background) -> Result<Vec<LevelEdit>> {
        self.seal(background)?;
        let mut edits = Vec::new();
        if self.sealing.len() > BATCHES_AHEAD {
            self.emit_first(background, &mut edits)?;
        }
        Ok(edits)
    }

    /// The edits of the level above that all nodes lead to.
    pub(super) fn take_all(&mut self, background: &mut Background) -> Result<Vec<LevelEdit>> {
        self.seal(background)?;
        let mut edits = Vec::new();
        while !self.sealing.is_empty() {
            self.emit_first(background, &mut edits)?;
        }
        Ok(edits)
    }

    fn seal(&mut self, background: &mut Background) -> Result<()> {
        let sealing = background.seal(mem::take(&mut self.nodes))?;
        self.sealing.push_back((mem::take(&mut self.waiting), sealing));
        Ok(())
    }

    /// Hands on the nodes of the first batch, those that are new.
    fn emit_first(&mut self, background: &mut Background, edits: &mut Vec<LevelEdit>) -> Result<()> {
        let Some((waiting, sealing)) = self.sealing.pop_front() else { return Ok(()) };
        let mut nodes = background.sealed(sealing)?.into_iter();
        edits.reserve(waiting.len());
        for waiting in waiting {
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
            background.write(node);
        }
        Ok(())
    }

    /// In a level without old parents: the node that it is, or how many nodes it is.
    pub(super) fn only_node(&self) -> Result<NodeRef, usize> {
        match self.emitted {
            (1, Some(node)) => Ok(node),
            (count, _) => Err(count),
        }
    }
}
