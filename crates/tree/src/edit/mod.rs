//! The edit pass: sorted edits in, the canonical tree of the new entries out.
//!
//! Each level has a [`LevelEditor`] that turns edits of its entries into edits of its parents' entries, so edits stream
//! through all levels at once. Building a tree is an edit of the empty one.

mod background;
mod level;
mod memo;
mod output;
mod region;
mod splice;

use std::ops::Bound;

use bytes::Bytes;
use prolly_storage::{Child, KEY_MAX, Node, NodeRef, Value, encode_internal, encode_leaf};

use self::background::Background;
pub(crate) use self::level::Splice;
use self::level::{LevelEdit, LevelEditor};
use self::memo::Memo;
use crate::chunker::{Payload, PayloadRef};
use crate::cursor::Load;
use crate::large_value::store_value;
use crate::tree::empty_leaf;
use crate::{Direction, EntryValue, Error, KeyRange, Result, Tree};

/// A change of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Sets the value of a key, whether it had one or not.
    Put {
        /// The key.
        key: Bytes,
        /// Its value; [`EntryValue::Inline`] bytes of any length are taken.
        value: EntryValue,
    },
    /// Removes a key; one that is not there is no fault.
    Delete {
        /// The key.
        key: Bytes,
    },
    /// Removes all keys of a range. Cost: O(depth) node loads and writes, whatever it removes.
    DeleteRange(KeyRange),
}

impl Edit {
    /// Sets `key` to `value`.
    pub fn put(key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        Self::Put { key: key.into(), value: EntryValue::Inline(value.into()) }
    }

    /// Removes `key`.
    pub fn delete(key: impl Into<Bytes>) -> Self {
        Self::Delete { key: key.into() }
    }
}

/// One edit pass over a tree.
pub(crate) struct Editor {
    memo: Memo,
    levels: Vec<LevelEditor>,
    /// Levels of the old tree; 0 when it has no entries.
    old_depth: usize,
    frontier: Frontier,
    background: Background,
}

/// Where the next edit may begin. It keeps its own copy of a key: keys come by the million.
struct Frontier {
    /// At the key, above it, or anywhere.
    bound: Bound<()>,
    key: Vec<u8>,
}

impl Frontier {
    const fn new() -> Self {
        Self { bound: Bound::Unbounded, key: Vec::new() }
    }

    fn set(&mut self, bound: Bound<&[u8]>) {
        self.key.clear();
        if let Bound::Included(key) | Bound::Excluded(key) = bound {
            self.key.extend_from_slice(key);
        }
        self.bound = bound.map(|_| ());
    }

    /// No edit may follow.
    fn close(&mut self) {
        // No key is less than the empty one, and no edit may begin at it.
        self.set(Bound::Included(&[]));
    }

    fn allows(&self, key: &[u8]) -> bool {
        match self.bound {
            Bound::Unbounded => true,
            Bound::Included(()) => !self.key.is_empty() && key >= &self.key[..],
            Bound::Excluded(()) => key > &self.key[..],
        }
    }
}

impl Editor {
    /// Begins to edit `tree`; loads nothing yet.
    pub(crate) fn new(tree: &Tree) -> Self {
        let background = Background::new(tree.store().clone());
        let memo = Memo::new(tree.clone());
        Self { memo, levels: Vec::new(), old_depth: 0, frontier: Frontier::new(), background }
    }

    /// Begins to edit `tree`, in which ranges may become what they are in `source`.
    pub(crate) fn with_source(tree: &Tree, source: &Tree) -> Self {
        let mut editor = Self::new(tree);
        editor.memo = editor.memo.with_source(source.clone());
        editor
    }

    /// Makes a range what it is in the source by taking over nodes, if the tree has natural boundaries at both its
    /// ends; otherwise changes nothing and returns false.
    pub(crate) fn try_splice(&mut self, splice: &Splice) -> Result<bool> {
        if self.levels.is_empty() {
            self.open_levels()?;
        }
        let taken = self.levels[0].try_splice(splice, &self.memo)?;
        self.cascade(0)?;
        if taken {
            match &splice.through {
                Some(through) => self.frontier.set(Bound::Excluded(through)),
                None => self.frontier.close(),
            }
        }
        Ok(taken)
    }

    /// Takes the next edit.
    pub(crate) fn push(&mut self, edit: Edit) -> Result<()> {
        let edit = self.accept(edit)?;
        let Some(edit) = edit else { return Ok(()) };
        if self.levels.is_empty() {
            self.open_levels()?;
        }
        self.levels[0].push(edit, &self.memo)?;
        self.hand_on()
    }

    /// As a put of the next entry into a tree that had none: the bytes are copied once, to where the node is made.
    pub(crate) fn append(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.pass_put(key)?;
        if self.levels.is_empty() {
            self.open_levels()?;
        }
        let tree = self.memo.tree();
        if value.len() <= tree.parameters().inline_value_max as usize {
            self.levels[0].append(key, PayloadRef::Value(Value::Inline(value)));
        } else {
            let value = tree.value_of(Bytes::copy_from_slice(value))?;
            self.levels[0].append(key, PayloadRef::Value(value.as_node_value()));
        }
        self.hand_on()
    }

    /// Hands new nodes on to the level above and the store, where there is enough of them.
    fn hand_on(&mut self) -> Result<()> {
        self.cascade(0)?;
        self.background.write_if_due()
    }

    /// Completes all levels and gives the new tree.
    pub(crate) fn finish(mut self) -> Result<Tree> {
        let mut level = 0;
        let root = loop {
            if level == self.levels.len() {
                return Ok(self.memo.tree().clone()); // Nothing was pushed.
            }
            self.levels[level].finish(&self.memo)?;
            let edits = self.levels[level].output.take_all(&mut self.background)?;
            if level + 1 >= self.old_depth {
                let editor = &self.levels[level];
                if editor.is_untouched() {
                    return Ok(self.memo.tree().clone());
                }
                match editor.output.only_node() {
                    Ok(root) => break root,
                    Err(0) => {
                        let leaf = empty_leaf(self.memo.tree().parameters());
                        let root = leaf.address().into();
                        self.background.write(leaf);
                        break root;
                    }
                    Err(_) => {}
                }
            }
            self.hand_up(level, edits)?;
            level += 1;
        };
        self.background.finish()?;
        self.lower(self.memo.tree().with_root(root))
    }

    /// Checks order and limits; moves a long value out of line.
    fn accept(&mut self, edit: Edit) -> Result<Option<LevelEdit>> {
        match edit {
            Edit::Put { key, value } => {
                self.pass_put(&key)?;
                let tree = self.memo.tree();
                let value = match value {
                    EntryValue::Inline(bytes) => store_value(tree.store(), tree.parameters(), bytes)?,
                    linked @ EntryValue::Linked(_) => linked,
                };
                Ok(Some(LevelEdit::Put { key, payload: Payload::Value(value) }))
            }
            Edit::Delete { key } => {
                self.pass(&key)?;
                Ok(Some(LevelEdit::Delete { key }))
            }
            Edit::DeleteRange(range) if range.is_empty() => Ok(None),
            Edit::DeleteRange(range) => {
                let (from, end) = (from_of(&range), end_of(&range));
                self.pass(&from)?;
                match &end {
                    Some(end) => self.frontier.set(Bound::Included(end)),
                    None => self.frontier.close(),
                }
                Ok(Some(LevelEdit::DeleteRange { from, end }))
            }
        }
    }

    /// Checks that an edit may begin at `key`, and lets the next one begin above it.
    fn pass(&mut self, key: &[u8]) -> Result<()> {
        if !self.frontier.allows(key) {
            return Err(Error::Unsorted { key: key.to_vec() });
        }
        self.frontier.set(Bound::Excluded(key));
        Ok(())
    }

    fn pass_put(&mut self, key: &[u8]) -> Result<()> {
        self.pass(key)?;
        if key.len() > KEY_MAX { Err(Error::KeyTooLong { length: key.len() }) } else { Ok(()) }
    }

    fn open_levels(&mut self) -> Result<()> {
        let tree = self.memo.tree();
        let root = self.memo.load_root()?;
        if !root.is_empty() {
            self.old_depth = usize::from(root.level()) + 1;
        }
        let parameters = *tree.parameters();
        for level in 0..self.old_depth.max(1) {
            self.levels.push(LevelEditor::new(parameters, level_number(level)?, level < self.old_depth));
        }
        Ok(())
    }

    /// Hands what a level put out to the level above, and so on, where there is enough of it.
    fn cascade(&mut self, level: usize) -> Result<()> {
        if !self.levels[level].output.is_due() {
            return Ok(());
        }
        let edits = self.levels[level].output.take_due(&mut self.background)?;
        self.hand_up(level, edits)
    }

    fn hand_up(&mut self, from: usize, edits: Vec<LevelEdit>) -> Result<()> {
        if edits.is_empty() {
            return Ok(());
        }
        let level = from + 1;
        if level == self.levels.len() {
            let parameters = *self.memo.tree().parameters();
            self.levels.push(LevelEditor::new(parameters, level_number(level)?, false));
        }
        for edit in edits {
            self.levels[level].push(edit, &self.memo)?;
        }
        self.cascade(level)
    }

    /// A level that lost entries may now fit in one node, which is then the root: looks for it from the top down, and
    /// at the leaves, whose bounds are their own.
    fn lower(&self, mut tree: Tree) -> Result<Tree> {
        if !self.levels.iter().any(LevelEditor::lost_entries) {
            return Ok(tree);
        }
        let parameters = self.memo.tree().parameters();
        loop {
            let root = tree.load_root()?;
            if root.level() == 0 {
                return Ok(tree);
            }
            if root.entries() <= u64::from(parameters.leaf.max) {
                let entries: Vec<_> =
                    tree.entries(KeyRange::all(), Direction::Forward).collect::<Result<_>>()?;
                let leaf = encode_leaf(
                    parameters,
                    entries.iter().map(|entry| (&entry.key[..], entry.value.as_node_value())),
                );
                return tree.with_new_root(leaf);
            }
            if root.len() == 1 {
                tree = tree.with_root(root.child(0).target);
                continue;
            }
            let below = root.level() - 1;
            let bounds = parameters.bounds(below);
            // Natural boundaries are more than a window apart, so a level of few entries has few nodes.
            let few = usize::from(bounds.max) / (usize::from(bounds.window) + 1) + 2;
            if below == 0 || root.len() > few || !self.levels[usize::from(below)].lost_entries() {
                return Ok(tree);
            }
            let children = tree.store().load_children((0..root.len()).map(|index| (&*root, index)))?;
            if children.iter().map(|child| child.len()).sum::<usize>() > usize::from(bounds.max) {
                return Ok(tree);
            }
            let entries: Vec<(Vec<u8>, Child)> = children
                .iter()
                .flat_map(|child| (0..child.len()).map(|index| (child.key(index), child.child(index))))
                .collect();
            let node =
                encode_internal(parameters, below, entries.iter().map(|(key, child)| (&key[..], *child)));
            tree = tree.with_new_root(node)?;
        }
    }
}

impl Tree {
    fn with_root(&self, root: NodeRef) -> Self {
        Self::open(self.store().clone(), *self.parameters(), root)
    }

    fn with_new_root(&self, node: Node) -> Result<Self> {
        let root = node.address().into();
        self.store().put_many(vec![node])?;
        Ok(self.with_root(root))
    }
}

/// The least key that a range can hold.
fn from_of(range: &KeyRange) -> Bytes {
    match &range.lower {
        Bound::Included(key) => key.clone(),
        Bound::Excluded(key) => after(key),
        Bound::Unbounded => Bytes::new(),
    }
}

/// The least key above a range.
fn end_of(range: &KeyRange) -> Option<Bytes> {
    match &range.upper {
        Bound::Included(key) => Some(after(key)),
        Bound::Excluded(key) => Some(key.clone()),
        Bound::Unbounded => None,
    }
}

/// The least key above `key`.
pub(super) fn after(key: &[u8]) -> Bytes {
    [key, &[0]].concat().into()
}

fn level_number(level: usize) -> Result<u8> {
    u8::try_from(level).map_err(|_| {
        Error::Storage(prolly_storage::Error::Corruption {
            subject: "the tree".into(),
            reason: "it has more than 256 levels".into(),
        })
    })
}
