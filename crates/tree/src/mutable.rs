//! Single writes over a tree: an ordered overlay that is applied in one pass.

use std::fmt;

use bytes::Bytes;
use prolly_storage::{KEY_MAX, NodeRef, NodeStore};

use crate::overlay::{Overlay, Pending};
use crate::{
    Direction, Edit, EntryValue, Error, FoundValues, KeyRange, MutableEntries, Result, SortedEntries, Tree,
};

/// Memory that an entry of the overlay takes beside its key and value, give or take a few words.
const ENTRY_OVERHEAD: usize = 96;

/// A tree that takes single writes. They are kept in order beside a snapshot, and applied to it in one pass: before they
/// take more memory than a limit, and when a root or snapshot is asked for. Reads see them at once.
///
/// A clone is a snapshot too, at a cost of O(1): the two share what is pending, and a write to either copies O(log n) of it. A
/// [fork](MutableTree::fork) is for many writes that may be dropped.
///
/// ```
/// use std::sync::Arc;
/// use prolly_storage::{MemoryStorage, NodeStore, Parameters};
/// use prolly_tree::{Direction, KeyRange, MutableTree, Tree};
///
/// # fn main() -> prolly_tree::Result<()> {
/// let store = NodeStore::new(Arc::new(MemoryStorage::new()));
/// let mut tree = MutableTree::new(Tree::empty(store, Parameters::default())?);
/// tree.put("a", "1")?;
/// let before = tree.clone();
/// tree.put("b", "2")?;
/// tree.delete("a")?;
/// assert_eq!(tree.get(b"b")?.as_deref(), Some(&b"2"[..]));
/// assert_eq!(tree.count(&KeyRange::all())?, 1);
/// assert_eq!(before.entries(KeyRange::all(), Direction::Forward).count(), 1);
/// let snapshot = tree.snapshot()?;
/// assert_eq!(snapshot.len()?, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MutableTree {
    tree: Tree,
    /// Writes that `tree` does not have: a value, or `None` for a deletion.
    overlay: Overlay,
    pending: usize,
    limit: usize,
}

impl MutableTree {
    /// The memory, in bytes, that pending writes may take unless told otherwise: 8 MiB.
    pub const DEFAULT_LIMIT: usize = 8 << 20;

    /// Takes writes over `tree`.
    #[must_use]
    pub fn new(tree: Tree) -> Self {
        Self::with_limit(tree, Self::DEFAULT_LIMIT)
    }

    /// Takes writes over `tree`, and applies them before they take more than about `limit` bytes.
    #[must_use]
    pub fn with_limit(tree: Tree, limit: usize) -> Self {
        Self { tree, overlay: Overlay::default(), pending: 0, limit }
    }

    /// Sets the value of `key`, whether it had one or not. A value that lives out of line is written to the store now.
    ///
    /// # Errors
    /// When the key or value is over the limit of the format, or the store cannot read or write.
    pub fn put(&mut self, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Result<()> {
        let value = self.tree.value_of(value.into())?;
        self.put_value(key, value)
    }

    /// As [`MutableTree::put`], with a value that [`Tree::value_of`] made for this tree's store.
    ///
    /// # Errors
    /// As [`MutableTree::put`].
    pub fn put_value(&mut self, key: impl Into<Bytes>, value: EntryValue) -> Result<()> {
        self.set(key.into(), Some(value))
    }

    /// Removes `key`; one that is not there is no fault.
    ///
    /// # Errors
    /// As [`MutableTree::put`].
    pub fn delete(&mut self, key: impl Into<Bytes>) -> Result<()> {
        self.set(key.into(), None)
    }

    /// Sets the values of many keys, in any order; of equal keys the last one wins. Gives how many different keys there
    /// were. Cost: a sort when they are not in order, and one pass when they are more than may be pending.
    ///
    /// # Errors
    /// As [`MutableTree::put`]; some of them may have been set then.
    pub fn put_many(&mut self, entries: &[(Bytes, Bytes)]) -> Result<u64> {
        let memory = |(key, value): &(Bytes, Bytes)| key.len() + value.len() + ENTRY_OVERHEAD;
        let memory: usize = entries.iter().map(memory).sum();
        let mut keys = 0;
        let mut sorted = SortedEntries::new(entries).inspect(|_| keys += 1);
        if self.pending.saturating_add(memory) <= self.limit {
            sorted.try_for_each(|(key, value)| self.put(key.clone(), value.clone()))?;
            return Ok(keys);
        }
        self.flush()?;
        let tree = if self.tree.is_empty() {
            Tree::build(self.tree.store().clone(), *self.tree.parameters(), sorted)?
        } else {
            self.tree.apply(sorted.map(|(key, value)| Edit::put(key.clone(), value.clone())))?
        };
        self.replace(tree);
        Ok(keys)
    }

    /// What was written for `key` since this was forked, or made, and is pending: as [`MutableTree::pending`].
    #[must_use]
    pub fn written(&self, key: &[u8]) -> Option<Option<EntryValue>> {
        self.overlay.added(key).cloned()
    }

    /// Makes what is pending for `key` as it was when [`MutableTree::written`] gave this. Nothing was applied to the tree since.
    pub fn undo(&mut self, key: Bytes, written: Option<Option<EntryValue>>) {
        let length = key.len();
        let undone = match written {
            Some(written) => {
                self.pending += memory(length, &written);
                self.overlay.insert(key, written)
            }
            None => self.overlay.remove(&key),
        };
        if let Some(undone) = undone {
            self.pending -= memory(length, &undone);
        }
    }

    /// Removes all keys of `range`. Cost: one pass with what is pending, and O(depth).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub fn delete_range(&mut self, range: KeyRange) -> Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        let edits = |outside: fn(&KeyRange, &[u8]) -> bool| {
            let range = &range;
            self.overlay.edits().filter(move |edit| match edit {
                Edit::Put { key, .. } | Edit::Delete { key } => outside(range, key),
                Edit::DeleteRange(_) => false,
            })
        };
        let deletion = std::iter::once(Edit::DeleteRange(range.clone()));
        let tree =
            self.tree.apply(edits(KeyRange::is_below).chain(deletion).chain(edits(KeyRange::is_above)))?;
        self.replace(tree);
        Ok(())
    }

    /// The value of `key`. Cost: O(depth) node loads, none for a key that is pending.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        match self.overlay.get(key) {
            Some(Some(value)) => self.tree.read(value).map(Some),
            Some(None) => Ok(None),
            None => self.tree.get(key),
        }
    }

    /// The value of `key` as an entry holds it, out-of-line bytes unread.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn get_entry(&self, key: &[u8]) -> Result<Option<EntryValue>> {
        self.pending(key).map_or_else(|| self.tree.get_entry(key), |pending| Ok(pending.cloned()))
    }

    /// The same entries, for writes that are kept apart from those pending here: neither side copies anything of the other's. Cost:
    /// O(1), and for the fork of a fork the merge of what both have pending.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { overlay: self.overlay.fork(), ..self.clone() }
    }

    /// What is pending for `key`: `None` when nothing is, `Some(None)` when it is to go. Loads nothing.
    #[must_use]
    pub fn pending(&self, key: &[u8]) -> Option<Option<&EntryValue>> {
        self.overlay.get(key).map(Option::as_ref)
    }

    /// The values of `keys`, in the order given. Cost: as [`MutableTree::find_many`], and [`Tree::read`] of each.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn get_many<K: AsRef<[u8]>>(&self, keys: &[K]) -> Result<Vec<Option<Bytes>>> {
        self.find_many(keys)?.to_vec()
    }

    /// The values of `keys`, in the order given, out-of-line bytes unread. Cost: as [`Tree::find_many`] for those that are
    /// not pending.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn find_many<K: AsRef<[u8]>>(&self, keys: &[K]) -> Result<FoundValues> {
        if self.overlay.is_empty() {
            return self.tree.find_many(keys);
        }
        let (mut places, mut missing) = (Vec::new(), Vec::new());
        let mut found = FoundValues::none(self.tree.clone(), keys.len());
        for (place, key) in keys.iter().map(AsRef::as_ref).enumerate() {
            match self.overlay.get(key) {
                Some(Some(value)) => found.set_pending(place, value.clone()),
                Some(None) => {}
                None => {
                    places.push(place);
                    missing.push(key);
                }
            }
        }
        found.take_over(self.tree.find_many(&missing)?, places);
        Ok(found)
    }

    /// Whether `key` has a value. Cost: O(depth) node loads, none for a key that is pending.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn contains(&self, key: &[u8]) -> Result<bool> {
        self.overlay.get(key).map_or_else(|| self.tree.contains(key), |pending| Ok(pending.is_some()))
    }

    /// How many keys lie in `range`, exactly. Cost: O(depth) node loads, and as many for each pending key in it.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn count(&self, range: &KeyRange) -> Result<u64> {
        let mut count = self.tree.count(range)?;
        for (key, pending) in self.overlay.range(range) {
            match (pending.is_some(), self.tree.contains(key)?) {
                (true, false) => count += 1,
                (false, true) => count -= 1,
                _ => {}
            }
        }
        Ok(count)
    }

    /// The entries of `range` as they are now, read as they are asked for; later writes do not show in them.
    #[must_use]
    pub fn entries(&self, range: KeyRange, direction: Direction) -> MutableEntries {
        let below = self.tree.entries(range.clone(), direction);
        MutableEntries::new(self.overlay.clone(), below, range, direction)
    }

    /// About how many keys lie in `range`: pending ones count as new, also where the tree has them. Cost: O(depth) node loads, and a step
    /// for each pending key in it.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn estimate(&self, range: &KeyRange) -> Result<u64> {
        let pending = self.overlay.range(range).filter(|(_, pending)| pending.is_some()).count();
        Ok(self.tree.count(range)? + pending as u64)
    }

    /// Applies what is pending and gives the tree.
    ///
    /// # Errors
    /// When the store cannot read or write; everything is as before then.
    pub fn snapshot(&mut self) -> Result<Tree> {
        self.flush()?;
        Ok(self.tree.clone())
    }

    /// Applies what is pending and gives the root: equal roots hold equal entries.
    ///
    /// # Errors
    /// As [`MutableTree::snapshot`].
    pub fn root(&mut self) -> Result<NodeRef> {
        self.flush()?;
        Ok(self.tree.root())
    }

    /// Applies what is pending.
    ///
    /// # Errors
    /// As [`MutableTree::snapshot`].
    pub fn flush(&mut self) -> Result<()> {
        if !self.overlay.is_empty() {
            let tree = self.applied()?;
            self.replace(tree);
        }
        Ok(())
    }

    /// The tree with what is pending applied, while all of it stays pending here: for whoever must not hold up others,
    /// and hands the tree to [`MutableTree::replace`] afterwards.
    ///
    /// # Errors
    /// As [`MutableTree::snapshot`].
    pub fn applied(&self) -> Result<Tree> {
        self.tree.apply(self.overlay.edits())
    }

    /// Goes on over `tree`, with nothing pending.
    pub fn replace(&mut self, tree: Tree) {
        self.tree = tree;
        self.overlay = Overlay::default();
        self.pending = 0;
    }

    /// The same entries, read and written through `store`, which has all nodes that this tree can reach.
    #[must_use]
    pub fn with_store(&self, store: NodeStore) -> Self {
        Self { tree: self.tree.with_store(store), ..self.clone() }
    }

    /// Whether the other one is this one's clone, and neither was written to since. `false` says nothing. Cost: O(1).
    #[must_use]
    pub fn is_clone_of(&self, other: &Self) -> bool {
        self.tree == other.tree && self.overlay.ptr_eq(&other.overlay)
    }

    /// The snapshot that pending writes are kept beside.
    #[must_use]
    pub const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Whether writes are pending.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !self.overlay.is_empty()
    }

    /// The memory that pending writes take, in bytes.
    #[must_use]
    pub const fn pending_bytes(&self) -> usize {
        self.pending
    }

    fn set(&mut self, key: Bytes, value: Option<EntryValue>) -> Result<()> {
        if key.len() > KEY_MAX {
            return Err(Error::KeyTooLong { length: key.len() });
        }
        let length = key.len();
        self.pending += memory(length, &value);
        if let Some(old) = self.overlay.insert(key, value) {
            self.pending -= memory(length, &old);
        }
        if self.pending > self.limit { self.flush() } else { Ok(()) }
    }
}

/// What a write takes while it is pending.
fn memory(key_length: usize, pending: &Pending) -> usize {
    let value = match pending {
        Some(EntryValue::Inline(bytes)) => bytes.len(),
        Some(EntryValue::Linked(_)) | None => 0,
    };
    key_length + value + ENTRY_OVERHEAD
}

impl fmt::Debug for MutableTree {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "MutableTree({:?}, {} bytes pending)", self.tree, self.pending)
    }
}
