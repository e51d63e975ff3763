//! Cuts a stream of entries of one level into nodes.

use std::collections::VecDeque;

use bytes::Bytes;
use prolly_storage::{Address, Child, NewNode, Node, NodeBounds, Parameters, Value};

use crate::EntryValue;
use crate::boundary::{cut_gap, hash_key};

/// What stands beside a key: a value in a leaf, a child in an internal node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    Value(EntryValue),
    Child(Child),
}

/// A payload that is elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PayloadRef<'entry> {
    Value(Value<'entry>),
    Child(Child),
}

impl Payload {
    pub(crate) fn as_ref(&self) -> PayloadRef<'_> {
        match self {
            Self::Value(value) => PayloadRef::Value(value.as_node_value()),
            Self::Child(child) => PayloadRef::Child(*child),
        }
    }

    pub(crate) fn of_node(node: &Node, index: usize) -> Self {
        if node.level() == 0 {
            Self::Value(EntryValue::of_node(node, index))
        } else {
            Self::Child(node.child(index))
        }
    }

    /// Whether entry `index` of `node` has this payload already.
    pub(crate) fn is_that_of(&self, node: &Node, index: usize) -> bool {
        match self {
            Self::Value(value) => node.value(index) == value.as_node_value(),
            Self::Child(child) => node.child(index) == *child,
        }
    }
}

/// A node that was cut, and its entry in its parent.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) last_key: Bytes,
    pub(crate) natural: bool,
    pub(crate) node: NewNode,
}

/// What is known of the boundary to the left of a run of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// It stands, or there is none: the run begins the level.
    Stands,
    /// Fewer than `window` entries follow it so far.
    Pending,
    /// An entry within its window has no greater hash: it is no boundary.
    Fell,
}

/// Applies the boundary rule to a run of entries that begins after a natural boundary, or begins the level.
///
/// It holds the entries since the last boundary it found, and a window beyond it.
pub(crate) struct Chunker {
    parameters: Parameters,
    level: u8,
    bounds: NodeBounds,
    entries: EntryBuffer,
    /// How many entries of the run were pushed; an entry's position is its number, counted from 1. Position 0 is the
    /// boundary to the left.
    pushed: u64,
    /// Hashes within the window of the next entry that are below all hashes after them, by position.
    minima: VecDeque<(u64, u64)>,
    /// The last entry that is the least of its left window and, so far, of its right one.
    candidate: Option<(u64, u64)>,
    /// The hash of the boundary to the left.
    guard: Option<u64>,
    guard_fell: bool,
    /// In a run that begins the level and is not yet longer than one node: the natural boundaries found.
    held: Option<Vec<u64>>,
    pieces: Vec<Piece>,
}

impl Chunker {
    pub(crate) fn new(parameters: Parameters, level: u8) -> Self {
        Self {
            parameters,
            level,
            bounds: parameters.bounds(level),
            entries: EntryBuffer::default(),
            pushed: 0,
            minima: VecDeque::new(),
            candidate: None,
            guard: None,
            guard_fell: false,
            held: Some(Vec::new()),
            pieces: Vec::new(),
        }
    }

    /// Begins a run after the natural boundary `guard`, or at the beginning of the level.
    pub(crate) fn start(&mut self, guard: Option<&[u8]>) {
        self.entries.clear();
        self.minima.clear();
        self.pieces.clear();
        self.pushed = 0;
        self.candidate = None;
        self.guard_fell = false;
        self.guard = guard.map(|key| hash_key(self.level, key));
        self.held = if self.guard.is_some() { None } else { Some(Vec::new()) };
        if let Some(hash) = self.guard {
            self.minima.push_back((0, hash));
        }
    }

    /// Appends an entry, whose key is above all before it.
    pub(crate) fn push(&mut self, key: &[u8], payload: PayloadRef<'_>) {
        self.entries.push(key, payload);
        self.settle();
    }

    /// Appends entry `index` of an existing node.
    pub(crate) fn push_entry(&mut self, node: &Node, index: usize) {
        self.entries.push_entry(node, index);
        self.settle();
    }

    /// Finds out what the entry pushed last decides.
    fn settle(&mut self) {
        let hash = self.entries.hash_last(self.level);
        self.pushed += 1;
        let (position, window) = (self.pushed, u64::from(self.bounds.window));
        while self.minima.front().is_some_and(|(first, _)| position - first > window) {
            self.minima.pop_front();
        }
        let is_least = self.minima.front().is_none_or(|(_, least)| hash < *least);
        while self.minima.back().is_some_and(|(_, last)| *last >= hash) {
            self.minima.pop_back();
        }
        self.minima.push_back((position, hash));

        if position <= window && self.guard.is_some_and(|guard| hash <= guard) {
            self.guard_fell = true;
        }
        if self.candidate.is_some_and(|(_, least)| hash <= least) {
            self.candidate = None;
        }
        if is_least {
            self.candidate = Some((position, hash));
        }
        if let Some((least, _)) = self.candidate
            && position - least == window
        {
            self.candidate = None;
            self.boundary(least);
        }
        if self.held.is_some() && self.pushed > u64::from(self.bounds.max) {
            self.release();
        }
    }

    /// Whether the boundary to the left is known to stand.
    pub(crate) fn guard(&self) -> Guard {
        match self.guard {
            Some(_) if self.guard_fell => Guard::Fell,
            Some(_) if self.pushed < u64::from(self.bounds.window) => Guard::Pending,
            _ => Guard::Stands,
        }
    }

    /// The key pushed last, while it is held.
    pub(crate) fn last_key(&self) -> Option<&[u8]> {
        self.entries.slots.last().map(|slot| self.entries.key(slot))
    }

    /// Whether the entry pushed last is the least of its left window.
    pub(crate) fn is_least_so_far(&self) -> bool {
        self.candidate.is_some_and(|(position, _)| position == self.pushed)
    }

    /// Ends the run at the entry pushed last, which is a natural boundary.
    pub(crate) fn finish_at_boundary(&mut self) {
        self.release();
        self.emit(self.pushed, true);
    }

    /// Ends the run at the end of the level. Returns false, and does nothing, when the run is empty and follows a
    /// boundary: that one is then the last entry of its level, and not natural.
    pub(crate) fn finish_at_end(&mut self) -> bool {
        if self.pushed == 0 && self.guard.is_some() {
            return false;
        }
        if self.held.take().is_none()
            && let Some((least, _)) = self.candidate.filter(|(position, _)| *position < self.pushed)
        {
            self.emit(least, true);
        }
        self.emit(self.pushed, false);
        true
    }

    /// The nodes cut since the last call.
    pub(crate) fn take_pieces(&mut self) -> std::vec::Drain<'_, Piece> {
        self.pieces.drain(..)
    }

    pub(crate) fn has_pieces(&self) -> bool {
        !self.pieces.is_empty()
    }

    fn boundary(&mut self, position: u64) {
        match &mut self.held {
            Some(held) => held.push(position),
            None => self.emit(position, true),
        }
    }

    /// Emits the gaps of a run that turned out to be longer than one node.
    fn release(&mut self) {
        for position in self.held.take().unwrap_or_default() {
            self.emit(position, true);
        }
    }

    /// Cuts the gap that ends at `position` into nodes.
    fn emit(&mut self, position: u64, natural: bool) {
        let first = self.pushed + 1 - self.entries.len() as u64;
        // Positions of buffered entries: the difference is at most their number.
        let count = usize::try_from(position + 1 - first).unwrap_or(0);
        if count == 0 {
            return;
        }
        let (entries, pieces) = (&self.entries, &mut self.pieces);
        let mut start = 0;
        let hashes = entries.slots[..count].iter().map(|slot| slot.hash);
        let label = |index: usize| Address::of(entries.key(&entries.slots[index])).word();
        cut_gap(self.bounds, hashes, label, |end| {
            let node = entries.encode(start..end, &self.parameters, self.level);
            let last_key = Bytes::copy_from_slice(entries.key(&entries.slots[end - 1]));
            pieces.push(Piece { last_key, natural: natural && end == count, node });
            start = end;
        });
        self.entries.remove_first(count);
    }
}

/// Entries in a row, their keys and inline values in one piece of memory.
#[derive(Default)]
struct EntryBuffer {
    bytes: Vec<u8>,
    slots: Vec<Slot>,
}

struct Slot {
    key: (usize, usize),
    payload: SlotPayload,
    hash: u64,
}

enum SlotPayload {
    /// Where the inline value lies in the buffer.
    Inline(usize, usize),
    Linked(prolly_storage::Link),
    Child(Child),
}

impl EntryBuffer {
    fn len(&self) -> usize {
        self.slots.len()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.slots.clear();
    }

    fn push(&mut self, key: &[u8], payload: PayloadRef<'_>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(key);
        self.push_payload(start, payload);
    }

    fn push_entry(&mut self, node: &Node, index: usize) {
        let start = self.bytes.len();
        node.append_key(index, &mut self.bytes);
        let is_leaf = node.level() == 0;
        let payload =
            if is_leaf { PayloadRef::Value(node.value(index)) } else { PayloadRef::Child(node.child(index)) };
        self.push_payload(start, payload);
    }

    /// Completes an entry whose key goes from `start` to the end of the buffer.
    fn push_payload(&mut self, start: usize, payload: PayloadRef<'_>) {
        let end = self.bytes.len();
        let payload = match payload {
            PayloadRef::Value(Value::Inline(value)) => {
                self.bytes.extend_from_slice(value);
                SlotPayload::Inline(end, self.bytes.len())
            }
            PayloadRef::Value(Value::Linked(link)) => SlotPayload::Linked(link),
            PayloadRef::Child(child) => SlotPayload::Child(child),
        };
        self.slots.push(Slot { key: (start, end), payload, hash: 0 });
    }

    /// Hashes the key of the entry pushed last.
    fn hash_last(&mut self, level: u8) -> u64 {
        let Some(slot) = self.slots.last_mut() else { return 0 };
        slot.hash = hash_key(level, &self.bytes[slot.key.0..slot.key.1]);
        slot.hash
    }

    fn key(&self, slot: &Slot) -> &[u8] {
        &self.bytes[slot.key.0..slot.key.1]
    }

    fn encode(&self, range: std::ops::Range<usize>, parameters: &Parameters, level: u8) -> NewNode {
        let slots = self.slots[range].iter();
        if level == 0 {
            NewNode::leaf(parameters, slots.map(|slot| (self.key(slot), self.value(slot))))
        } else {
            NewNode::internal(parameters, level, slots.map(|slot| (self.key(slot), self.child(slot))))
        }
    }

    fn value(&self, slot: &Slot) -> Value<'_> {
        match &slot.payload {
            SlotPayload::Inline(start, end) => Value::Inline(&self.bytes[*start..*end]),
            SlotPayload::Linked(link) => Value::Linked(*link),
            SlotPayload::Child(_) => unreachable!("entries of leaves are values"),
        }
    }

    fn child(&self, slot: &Slot) -> Child {
        match slot.payload {
            SlotPayload::Child(child) => child,
            _ => unreachable!("entries of internal nodes are children"),
        }
    }

    fn remove_first(&mut self, count: usize) {
        let moved = self.slots.get(count).map_or(self.bytes.len(), |slot| slot.key.0);
        self.slots.drain(..count);
        self.bytes.drain(..moved);
        for slot in &mut self.slots {
            slot.key = (slot.key.0 - moved, slot.key.1 - moved);
            if let SlotPayload::Inline(start, end) = &mut slot.payload {
                (*start, *end) = (*start - moved, *end - moved);
            }
        }
    }
}
