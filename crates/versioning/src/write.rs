//! Staging changes.

use bytes::Bytes;
use prolly_tree::KeyRange;

use crate::changes::{self, Write};
use crate::{Namespace, Result, VersionedStore};

/// Writes that are staged together: all of them or none, also when the process dies meanwhile. Later ones win.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(crate) writes: Vec<(Namespace, Write)>,
}

impl Batch {
    /// No writes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates or replaces `key`.
    pub fn put(&mut self, namespace: &Namespace, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        self.writes.push((namespace.clone(), Write::Put { key: key.into(), value: value.into() }));
    }

    /// Deletes `key`, if it is there.
    pub fn delete(&mut self, namespace: &Namespace, key: impl Into<Bytes>) {
        self.writes.push((namespace.clone(), Write::Delete { key: key.into() }));
    }

    /// Deletes every key in `range`.
    pub fn delete_range(&mut self, namespace: &Namespace, range: KeyRange) {
        self.writes.push((namespace.clone(), Write::DeleteRange(range)));
    }

    /// How many writes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Staging changes. Each call is one record of the journal: it is there whole after the process died, or not at all. The
/// first write to a named namespace makes the namespace.
impl VersionedStore {
    /// Creates or replaces `key`. Keys have at most 8192 bytes, values at most 256 MiB.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) over these limits;
    /// [`Error::Conflict`](crate::Error::Conflict) when another process moved the branch and both changed a key;
    /// [`Error::Poisoned`](crate::Error::Poisoned) after a failed sync.
    pub fn put(&self, namespace: &Namespace, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Result<()> {
        let (key, value) = (key.into(), value.into());
        self.shared.stage(|entries| changes::put(entries, namespace, key, value))
    }

    /// Replaces the value of `key` if it is there, and says whether it was.
    ///
    /// # Errors
    /// As [`VersionedStore::put`].
    pub fn update(
        &self,
        namespace: &Namespace,
        key: impl Into<Bytes>,
        value: impl Into<Bytes>,
    ) -> Result<bool> {
        let found = self.update_many(namespace, vec![(key.into(), value.into())])?;
        Ok(found == [true])
    }

    /// Deletes `key` if it is there, and says whether it was.
    ///
    /// # Errors
    /// As [`VersionedStore::put`].
    pub fn delete(&self, namespace: &Namespace, key: &[u8]) -> Result<bool> {
        self.shared.stage(|entries| changes::delete(entries, namespace, key))
    }

    /// Replaces the values of those `entries` whose keys are there, in one step, and says for each whether it was.
    ///
    /// # Errors
    /// As [`VersionedStore::put`]; nothing is staged then.
    pub fn update_many(&self, namespace: &Namespace, entries: Vec<(Bytes, Bytes)>) -> Result<Vec<bool>> {
        self.shared.stage(|working| changes::update_many(working, namespace, entries))
    }

    /// Deletes every key in `range` and says how many there were. Cost: O(depth).
    ///
    /// # Errors
    /// As [`VersionedStore::put`].
    pub fn delete_range(&self, namespace: &Namespace, range: &KeyRange) -> Result<u64> {
        self.shared.stage(|entries| changes::delete_range(entries, namespace, range))
    }

    /// Stages a batch: all of it or nothing.
    ///
    /// # Errors
    /// As [`VersionedStore::put`].
    pub fn write(&self, batch: Batch) -> Result<()> {
        self.shared.stage(|entries| changes::batch(entries, batch))
    }

    /// Drops a named namespace with all its entries, and says whether it was there. Cost: O(depth).
    ///
    /// # Errors
    /// As [`VersionedStore::put`].
    pub fn drop_namespace(&self, name: &str) -> Result<bool> {
        self.shared.stage(|entries| changes::drop_namespace(entries, name))
    }

    /// Gives a named namespace another name. Its entries stay where they are.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::AlreadyExists`](crate::Error::AlreadyExists), or as
    /// [`VersionedStore::put`].
    pub fn rename_namespace(&self, from: &str, to: &str) -> Result<()> {
        self.shared.stage(|entries| changes::rename_namespace(entries, from, to))
    }
}
