//! A snapshot of the tree, and reading single keys from it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{
    Error as StorageError, Kind, Node, NodeRef, NodeStore, Parameters, Value, encode_leaf, prefetch,
};

use crate::edit::Editor;
use crate::key_order::key_order;
use crate::large_value::{read_link, store_value};
use crate::{
    Diff, Direction, Edit, Entries, EntryValue, FoundValues, KeyRange, Result, TreeBuilder, ValueReader,
    ValueWriter,
};

/// Leaves that are fetched from memory while one is looked at.
const PREFETCHED: usize = 8;
/// Entries that are fetched from memory while one is taken into a new tree.
const ENTRIES_AHEAD: usize = 32;

/// An immutable snapshot of a tree: a root in a store. Cloning is cheap; every thread may read one.
///
/// "Node load" below means asking the store, whose cache usually answers.
#[derive(Clone)]
pub struct Tree {
    store: NodeStore,
    parameters: Parameters,
    root: NodeRef,
}

impl Tree {
    /// The tree without entries, its one node written to `store`.
    ///
    /// # Errors
    /// When `parameters` are out of bounds or the store cannot write.
    pub fn empty(store: NodeStore, parameters: Parameters) -> Result<Self> {
        parameters.validate()?;
        let leaf = empty_leaf(&parameters);
        let root = leaf.address().into();
        store.put_many(vec![leaf])?;
        Ok(Self { store, parameters, root })
    }

    /// The tree of `entries`, which are in strictly ascending key order, its nodes written to `store`.
    ///
    /// Cost: O(n), in one pass that holds O(depth) nodes. The root is that of any tree with these entries and parameters;
    /// [`SortedEntries`](crate::SortedEntries) puts entries in order.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use prolly_storage::{MemoryStorage, NodeStore, Parameters};
    /// use prolly_tree::{SortedEntries, Tree};
    ///
    /// # fn main() -> prolly_tree::Result<()> {
    /// let store = NodeStore::new(Arc::new(MemoryStorage::new()));
    /// let entries = [("b", "2"), ("a", "1")];
    /// let tree = Tree::build(store, Parameters::default(), SortedEntries::new(&entries))?;
    /// assert_eq!(tree.get(b"a")?.as_deref(), Some(&b"1"[..]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When `parameters` are out of bounds, the entries are out of order or over the limits, or the store cannot write.
    pub fn build<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        store: NodeStore,
        parameters: Parameters,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self> {
        let mut builder = TreeBuilder::new(store, parameters)?;
        let mut upcoming = VecDeque::with_capacity(ENTRIES_AHEAD + 1);
        for (key, value) in entries {
            prefetch(key.as_ref());
            prefetch(value.as_ref());
            upcoming.push_back((key, value));
            if upcoming.len() > ENTRIES_AHEAD
                && let Some((key, value)) = upcoming.pop_front()
            {
                builder.append(key.as_ref(), value.as_ref())?;
            }
        }
        for (key, value) in upcoming {
            builder.append(key.as_ref(), value.as_ref())?;
        }
        builder.finish()
    }

    /// The tree with this root. Loads nothing: a root that is not there, or has other parameters, is an error of the
    /// first read.
    #[must_use]
    pub const fn open(store: NodeStore, parameters: Parameters, root: NodeRef) -> Self {
        Self { store, parameters, root }
    }

    /// The same entries, read and edited through another store.
    #[must_use]
    pub fn with_store(&self, store: NodeStore) -> Self {
        Self { store, ..self.clone() }
    }

    /// The root: equal roots hold equal entries.
    #[must_use]
    pub const fn root(&self) -> NodeRef {
        self.root
    }

    /// What decides its shape.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Where its nodes are.
    #[must_use]
    pub const fn store(&self) -> &NodeStore {
        &self.store
    }

    /// How many entries it has. Cost: one node load.
    ///
    /// # Errors
    /// When the root cannot be loaded.
    pub fn len(&self) -> Result<u64> {
        Ok(self.load_root()?.entries())
    }

    /// Whether it has no entries. Loads nothing: the empty tree has one root.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.address == empty_leaf(&self.parameters).address()
    }

    /// How many levels it has, 1 for a single leaf. Cost: one node load.
    ///
    /// # Errors
    /// When the root cannot be loaded.
    pub fn depth(&self) -> Result<u8> {
        Ok(self.load_root()?.level() + 1)
    }

    /// The value of `key`. Cost: O(depth) node loads, and those of an out-of-line value.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        self.get_entry(key)?.map(|value| self.bytes_of(value)).transpose()
    }

    /// Whether `key` has a value. Cost: O(depth) node loads.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn contains(&self, key: &[u8]) -> Result<bool> {
        Ok(self.find_leaf(key)?.search(key).is_ok())
    }

    /// The value of `key` as its leaf holds it, out-of-line bytes unread. Cost: O(depth) node loads.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn get_entry(&self, key: &[u8]) -> Result<Option<EntryValue>> {
        let leaf = self.find_leaf(key)?;
        Ok(leaf.search(key).ok().map(|index| EntryValue::of_node(&leaf, index)))
    }

    /// The values of `keys`, in the order given. Cost: as [`Tree::find_many`], and [`Tree::read`] of each.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn get_many<K: AsRef<[u8]>>(&self, keys: &[K]) -> Result<Vec<Option<Bytes>>> {
        self.find_many(keys)?.to_vec()
    }

    /// The values of `keys` as their leaves hold them, in the order given, out-of-line bytes unread. Cost: each node on the
    /// way is loaded once, and those of a level together.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn find_many<K: AsRef<[u8]>>(&self, keys: &[K]) -> Result<FoundValues> {
        let order = key_order(keys.len(), |place| keys[place].as_ref());
        // Nodes of one level, each with the run of `order` that it is searched for.
        let mut nodes = vec![(self.load_root()?, 0..order.len())];
        while nodes.first().is_some_and(|(node, _)| node.kind() == Kind::Internal) {
            let mut children = Vec::new();
            for (node, run) in &nodes {
                let mut start = run.start;
                while start < run.end {
                    let key = keys[order[start]].as_ref();
                    let index = node.search(key).unwrap_or_else(|index| index);
                    if index == node.len() {
                        break; // Above every key of the tree.
                    }
                    let above = |place: &usize| node.compare_key(index, keys[*place].as_ref()).is_lt();
                    let end = start + order[start..run.end].partition_point(|place| !above(place));
                    children.push((&**node, index, start..end));
                    start = end;
                }
            }
            let loaded = self.store.load_children(children.iter().map(|(node, index, _)| (*node, *index)))?;
            let runs: Vec<_> = children.into_iter().map(|(_, _, run)| run).collect();
            nodes = loaded.into_iter().zip(runs).collect();
        }
        // While one leaf is searched, memory is asked for the next ones, and for the values found.
        let mut found = FoundValues::none(self.clone(), keys.len());
        nodes.iter().take(PREFETCHED).for_each(|(leaf, _)| leaf.prefetch());
        for (number, (leaf, run)) in nodes.iter().enumerate() {
            if let Some((leaf, _)) = nodes.get(number + PREFETCHED) {
                leaf.prefetch();
            }
            for place in &order[run.clone()] {
                if let Ok(index) = leaf.search(keys[*place].as_ref()) {
                    leaf.prefetch_value(index);
                    found.set_in_next_leaf(*place, index);
                }
            }
            found.add_leaf(Arc::clone(leaf));
        }
        Ok(found)
    }

    /// The entries of `range`, read as they are asked for.
    #[must_use]
    pub fn entries(&self, range: KeyRange, direction: Direction) -> Entries {
        Entries::new(self.clone(), range, direction)
    }

    /// The bytes of a value of this tree. Cost: no node load for an inline value, one for a value of up to 64 KiB, else
    /// one for about every 64 KiB.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn read(&self, value: &EntryValue) -> Result<Bytes> {
        self.bytes_of(value.clone())
    }

    /// As [`Tree::read`], of a value that a leaf of this tree lends.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn read_lent<'value>(&self, value: Value<'value>) -> Result<Cow<'value, [u8]>> {
        match value {
            Value::Inline(bytes) => Ok(Cow::Borrowed(bytes)),
            Value::Linked(link) => Ok(Cow::Owned(read_link(&self.store, &link)?.into())),
        }
    }

    pub(crate) fn bytes_of(&self, value: EntryValue) -> Result<Bytes> {
        match value {
            EntryValue::Inline(bytes) => Ok(bytes),
            EntryValue::Linked(link) => read_link(&self.store, &link),
        }
    }

    /// `bytes` as an entry of this tree holds them; long ones are written to the store.
    ///
    /// # Errors
    /// When they are over the limit of the format, or the store cannot write.
    pub fn value_of(&self, bytes: Bytes) -> Result<EntryValue> {
        store_value(&self.store, &self.parameters, bytes)
    }

    /// Reads a value of this tree piece by piece. Loads nothing yet.
    #[must_use]
    pub fn value_reader(&self, value: EntryValue) -> ValueReader {
        ValueReader::new(self.store.clone(), value)
    }

    /// Takes the bytes of a value piece by piece, and gives what [`Tree::value_of`] gives for all of them.
    #[must_use]
    pub fn value_writer(&self) -> ValueWriter {
        ValueWriter::new(self.store.uncached(), self.parameters)
    }

    /// The tree after `edits`, which are in strictly ascending key order. This tree stays as it is.
    ///
    /// The result has the root of a tree built fresh from its entries, and shares every node that the edits left alone.
    /// Cost: O(k x depth) node loads and writes for k edits, in one pass that holds O(depth) nodes; an edit of an
    /// existing key writes exactly depth nodes.
    ///
    /// # Errors
    /// When the edits are out of order or over the limits, or the store cannot read or write.
    pub fn apply(&self, edits: impl IntoIterator<Item = Edit>) -> Result<Self> {
        let mut editor = Editor::new(self);
        for edit in edits {
            editor.push(edit)?;
        }
        editor.finish()
    }

    /// What `newer` changed in `range`, in key order. Equal subtrees are skipped unread, wherever boundaries moved.
    #[must_use]
    pub fn diff(&self, newer: &Self, range: KeyRange) -> Diff {
        Diff::new(self, newer, range)
    }

    /// Loads the root, and checks that it is one under the parameters of this tree; what lies below it then is, too.
    pub(crate) fn load_root(&self) -> Result<Arc<Node>> {
        let root = self.store.load(&self.root)?;
        if root.parameters() == Some(self.parameters.encode()) {
            return Ok(root);
        }
        Err(StorageError::Corruption {
            subject: format!("node {}", root.address()),
            reason: "it is no root of a tree with these parameters".into(),
        }
        .into())
    }

    fn find_leaf(&self, key: &[u8]) -> Result<Arc<Node>> {
        let mut node = self.load_root()?;
        while node.kind() == Kind::Internal {
            // A key above all keys is looked for, in vain, in the last leaf.
            let index = node.search(key).unwrap_or_else(|index| index).min(node.len() - 1);
            node = self.store.load_child(&node, index)?;
        }
        Ok(node)
    }
}

/// The canonical root of the tree without entries.
pub(crate) fn empty_leaf(parameters: &Parameters) -> Node {
    encode_leaf(parameters, std::iter::empty())
}

impl fmt::Debug for Tree {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Tree({})", self.root.address)
    }
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root
    }
}

impl Eq for Tree {}
