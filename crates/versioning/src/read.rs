//! Reading the working state.

use bytes::Bytes;
use prolly_tree::{Direction, Entry, EntryRef, FoundValues, KeyRange, MutableEntries, Tree, ValueReader};

use crate::keyspace::{KeyspaceId, user_key};
use crate::view::Entries;
use crate::{Namespace, Result, VersionedStore};

/// Pending writes, in bytes, past which they are applied before they are iterated or counted, which looks each of them up.
const LOOKED_UP: usize = 256 * 1024;

/// The entries of a range in one namespace, in the order asked for. It holds the snapshot it reads, and later writes do not
/// show in it.
///
/// As an iterator it gives `(key, value)` to keep; [`StoreEntries::lend`] gives them without copying.
pub struct StoreEntries {
    entries: MutableEntries,
    tree: Tree,
}

impl StoreEntries {
    /// The next entry, lent until the one after it is asked for; `None` at the end. A value that lives out of line is not
    /// loaded.
    ///
    /// # Errors
    /// When a node cannot be loaded; the scan ends there.
    #[inline]
    pub fn lend(&mut self) -> Result<Option<EntryRef<'_>>> {
        Ok(self.entries.lend()?.map(without_id))
    }

    /// The entry that was lent last, once more; `None` before the first and after the end.
    #[inline]
    pub fn lent(&mut self) -> Option<EntryRef<'_>> {
        self.entries.lent().map(without_id)
    }

    /// The tree that reads values which live out of line.
    #[must_use]
    pub const fn tree(&self) -> &Tree {
        &self.tree
    }
}

impl Iterator for StoreEntries {
    type Item = Result<(Bytes, Bytes)>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = |entry: Entry| Ok((user_key(&entry.key), self.tree.read(&entry.value)?));
        Some(self.entries.next()?.map_err(Into::into).and_then(read))
    }
}

/// The entry as its namespace has it.
fn without_id(entry: EntryRef<'_>) -> EntryRef<'_> {
    EntryRef { key: entry.key.get(KeyspaceId::LENGTH..).unwrap_or_default(), ..entry }
}

/// The values of one namespace in the state of a moment, to be read piece by piece.
pub struct StoreValues {
    entries: Entries,
    namespace: Namespace,
}

impl StoreValues {
    pub(crate) const fn new(entries: Entries, namespace: Namespace) -> Self {
        Self { entries, namespace }
    }

    /// Reads the value of `key`; `None` for a key that is not there. Cost: O(depth) node loads, and none of what holds the
    /// value.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn reader(&self, key: &[u8]) -> Result<Option<ValueReader>> {
        let Some(id) = self.entries.id_of(&self.namespace)? else { return Ok(None) };
        let tree = &self.entries.tree;
        let value = tree.get_entry(&id.stored(key))?;
        Ok(value.map(|value| tree.tree().value_reader(value)))
    }
}

/// Reading by namespace.
impl Entries {
    pub(crate) fn get(&self, namespace: &Namespace, key: &[u8]) -> Result<Option<Bytes>> {
        let Some(id) = self.id_of(namespace)? else { return Ok(None) };
        Ok(self.tree.get(&id.stored(key))?)
    }

    pub(crate) fn find_many<K: AsRef<[u8]>>(&self, namespace: &Namespace, keys: &[K]) -> Result<FoundValues> {
        let Some(id) = self.id_of(namespace)? else {
            return Ok(FoundValues::none(self.tree.tree().clone(), keys.len()));
        };
        let keys: Vec<_> = keys.iter().map(|key| id.stored(key.as_ref())).collect();
        Ok(self.tree.find_many(&keys)?)
    }

    pub(crate) fn contains(&self, namespace: &Namespace, key: &[u8]) -> Result<bool> {
        let Some(id) = self.id_of(namespace)? else { return Ok(false) };
        Ok(self.tree.contains(&id.stored(key))?)
    }

    pub(crate) fn count(&self, namespace: &Namespace, range: &KeyRange) -> Result<u64> {
        let Some(id) = self.id_of(namespace)?.filter(|_| !range.is_empty()) else { return Ok(0) };
        Ok(self.tree.count(&id.within(range))?)
    }

    pub(crate) fn entries(
        &self,
        namespace: &Namespace,
        range: &KeyRange,
        direction: Direction,
    ) -> Result<StoreEntries> {
        let id = self.id_of(namespace)?.filter(|_| !range.is_empty());
        Ok(self.entries_of(id, range, direction))
    }

    /// The entries of a keyspace; none when there is none.
    pub(crate) fn entries_of(
        &self,
        id: Option<KeyspaceId>,
        range: &KeyRange,
        direction: Direction,
    ) -> StoreEntries {
        let range = id.map_or_else(KeyRange::none, |id| id.within(range));
        StoreEntries { entries: self.tree.entries(range, direction), tree: self.tree.tree().clone() }
    }

    /// The named namespaces, by name.
    pub(crate) fn namespaces(&self) -> Result<Vec<crate::NamespaceInfo>> {
        let mut namespaces = Vec::new();
        for (name, id) in self.catalogue()?.namespaces() {
            namespaces.push(crate::NamespaceInfo {
                name: name.to_string(),
                entries: self.tree.count(&id.range())?,
            });
        }
        Ok(namespaces)
    }
}

/// Reading the working state: the commit this handle last saw, with staged changes over it. Snapshots
/// ([`Snapshot`](crate::Snapshot)) and transactions read with methods of the same names.
impl VersionedStore {
    /// The value of `key`. Cost: O(depth) node loads at most.
    ///
    /// # Errors
    /// When a node cannot be loaded. A key that is not there is `None`.
    pub fn get(&self, namespace: &Namespace, key: &[u8]) -> Result<Option<Bytes>> {
        let id = match namespace {
            Namespace::Default => KeyspaceId::DEFAULT,
            Namespace::Named(_) => match self.entries_now().id_of(namespace)? {
                Some(id) => id,
                None => return Ok(None),
            },
        };
        let key = id.stored(key);
        let (pending, tree) = {
            let view = self.shared.view.read();
            let pending = view.working.tree.pending(&key).map(|pending| pending.cloned());
            (pending, view.working.tree.tree().clone())
        };
        match pending {
            Some(value) => Ok(value.map(|value| tree.read(&value)).transpose()?),
            None => Ok(tree.get(&key)?),
        }
    }

    /// The values of a namespace as they are now, to be read piece by piece. Loads nothing.
    #[must_use]
    pub fn values(&self, namespace: &Namespace) -> StoreValues {
        StoreValues::new(self.entries_now(), namespace.clone())
    }

    /// The values of many keys, in the order asked, lent; cheaper than one by one, and all from one state.
    ///
    /// # Errors
    /// As [`VersionedStore::get`].
    pub fn find_many<K: AsRef<[u8]>>(&self, namespace: &Namespace, keys: &[K]) -> Result<FoundValues> {
        self.entries_now().find_many(namespace, keys)
    }

    /// Whether `key` is there.
    ///
    /// # Errors
    /// As [`VersionedStore::get`].
    pub fn contains(&self, namespace: &Namespace, key: &[u8]) -> Result<bool> {
        self.entries_now().contains(namespace, key)
    }

    /// How many keys are in `range`, exactly. Cost: O(depth) node loads, and a lookup for each key staged in the range
    /// and not yet applied to the tree.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn count(&self, namespace: &Namespace, range: &KeyRange) -> Result<u64> {
        self.shared.flush_when_over(LOOKED_UP)?;
        self.entries_now().count(namespace, range)
    }

    /// The entries of `range`. They are read as they are asked for, from the state of now.
    ///
    /// # Errors
    /// When the namespace cannot be looked up.
    pub fn entries(
        &self,
        namespace: &Namespace,
        range: KeyRange,
        direction: Direction,
    ) -> Result<StoreEntries> {
        self.shared.flush_when_over(LOOKED_UP)?;
        self.entries_now().entries(namespace, &range, direction)
    }

    /// The working state of now.
    pub(crate) fn entries_now(&self) -> Entries {
        self.shared.view.read().working.clone()
    }
}
