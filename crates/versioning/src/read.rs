//! Reading the working state.

use bytes::Bytes;
use prolly_tree::{Direction, Entry, KeyRange, MutableEntries, Tree, ValueReader};

use crate::keyspace::{KeyspaceId, user_key};
use crate::view::Entries;
use crate::{Namespace, Result, VersionedStore};

/// Pending writes, in bytes, past which they are applied before they are iterated or counted: an iterator holds them, and
/// the next write then copies them.
const COPIED: usize = 256 * 1024;

/// The entries of a range in one namespace: `(key, value)` in the order asked for. It holds the snapshot it reads, and
/// later writes do not show in it.
pub struct StoreEntries {
    /// `None` for a namespace that is not there.
    entries: Option<(MutableEntries, Tree)>,
}

impl StoreEntries {
    /// The next entry's key; its value is not loaded, which for values above `inline_value_max` saves a node load.
    pub fn next_key(&mut self) -> Option<Result<Bytes>> {
        self.step(|key, _, _| Ok(key))
    }

    fn step<T>(&mut self, read: impl FnOnce(Bytes, &Entry, &Tree) -> Result<T>) -> Option<Result<T>> {
        let (entries, tree) = self.entries.as_mut()?;
        let entry = entries.next()?;
        Some(entry.map_err(Into::into).and_then(|entry| read(user_key(&entry.key), &entry, tree)))
    }
}

impl Iterator for StoreEntries {
    type Item = Result<(Bytes, Bytes)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(|key, entry, tree| Ok((key, tree.read(&entry.value)?)))
    }
}

/// The values of one namespace in the state of a moment, to be read piece by piece. To be dropped once what is looked for
/// is found: a write copies what is pending while somebody holds it. The readers it gives do not.
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

    pub(crate) fn get_many<K: AsRef<[u8]>>(
        &self,
        namespace: &Namespace,
        keys: &[K],
    ) -> Result<Vec<Option<Bytes>>> {
        let Some(id) = self.id_of(namespace)? else { return Ok(vec![None; keys.len()]) };
        let keys: Vec<_> = keys.iter().map(|key| id.stored(key.as_ref())).collect();
        Ok(self.tree.get_many(&keys)?)
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
        let Some(id) = self.id_of(namespace)?.filter(|_| !range.is_empty()) else {
            return Ok(StoreEntries { entries: None });
        };
        let entries = self.tree.entries(id.within(range), direction);
        Ok(StoreEntries { entries: Some((entries, self.tree.tree().clone())) })
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

    /// The values of many keys, in the order asked; cheaper than one by one, and all from one state.
    ///
    /// # Errors
    /// As [`VersionedStore::get`].
    pub fn get_many<K: AsRef<[u8]>>(&self, namespace: &Namespace, keys: &[K]) -> Result<Vec<Option<Bytes>>> {
        self.entries_now().get_many(namespace, keys)
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
        self.shared.flush_when_over(COPIED)?;
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
        self.shared.flush_when_over(COPIED)?;
        self.entries_now().entries(namespace, &range, direction)
    }

    /// The working state of now. To be dropped soon: a write copies what is pending while somebody holds it.
    pub(crate) fn entries_now(&self) -> Entries {
        self.shared.view.read().working.clone()
    }
}
