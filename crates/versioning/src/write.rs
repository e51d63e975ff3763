//! Staging changes.

use bytes::Bytes;
use prolly_tree::KeyRange;

use crate::{Namespace, Result, VersionedStore};

/// Writes that are staged together: all of them or none, also when the process dies meanwhile. Later ones win.
#[derive(Clone, Debug, Default)]
pub struct Batch {}

impl Batch {
    /// No writes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates or replaces `key`.
    pub fn put(&mut self, namespace: &Namespace, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        todo!()
    }

    /// Deletes `key`, if it is there.
    pub fn delete(&mut self, namespace: &Namespace, key: impl Into<Bytes>) {
        todo!()
    }

    /// Deletes every key in `range`.
    pub fn delete_range(&mut self, namespace: &Namespace, range: KeyRange) {
        todo!()
    }

    /// How many writes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        todo!()
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
        todo!()
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
        todo!()
    }

    /// Deletes `key` if it is there, and says whether it was.
    ///
    /// # Errors
    /// As [`VersionedStore::put`].
    pub fn delete(&self, namespace: &Namespace, key: &[u8]) -> Result<bool> {
        todo!()
    }

    /// Replaces the values of those `entries` whose keys are there, in one step, and says for each whether it was.
    ///
    /// # Errors
    /// As [`VersionedStore::put`]; nothing is staged then.
    pub fn update_many(&self, namespace: &Namespace, entries: Vec<(Bytes, Bytes)>) -> Result<Vec<bool>> {
        todo!()
    }

    /// Deletes every key in `range` and says how many there were. Cost: O(depth).
    ///
    /// # Errors
    /// As [`VersionedStore::put`].
    pub fn delete_range(&self, namespace: &Namespace, range: &KeyRange) -> Result<u64> {
        todo!()
    }

    /// Stages a batch: all of it or nothing.
    ///
    /// # Errors
    /// As [`VersionedStore::put`].
    pub fn write(&self, batch: Batch) -> Result<()> {
        todo!()
    }

    /// Drops a named namespace with all its entries, and says whether it was there. Cost: O(depth).
    ///
    /// # Errors
    /// As [`VersionedStore::put`].
    pub fn drop_namespace(&self, name: &str) -> Result<bool> {
        todo!()
    }

    /// Gives a named namespace another name. Its entries stay where they are.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::AlreadyExists`](crate::Error::AlreadyExists), or as
    /// [`VersionedStore::put`].
    pub fn rename_namespace(&self, from: &str, to: &str) -> Result<()> {
        todo!()
    }
}
