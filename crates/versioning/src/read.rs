//! Reading the working state.

use bytes::Bytes;
use prolly_tree::{Direction, KeyRange};

use crate::{Namespace, Result, VersionedStore};

/// The entries of a range in one namespace: `(key, value)` in the order asked for. It holds the snapshot it reads, and
/// later writes do not show in it.
pub struct StoreEntries {}

impl StoreEntries {
    /// The next entry's key; its value is not loaded, which for values above `inline_value_max` saves a node load.
    pub fn next_key(&mut self) -> Option<Result<Bytes>> {
        todo!()
    }
}

impl Iterator for StoreEntries {
    type Item = Result<(Bytes, Bytes)>;

    fn next(&mut self) -> Option<Self::Item> {
        todo!()
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
        todo!()
    }

    /// The values of many keys, in the order asked; cheaper than one by one, and all from one state.
    ///
    /// # Errors
    /// As [`VersionedStore::get`].
    pub fn get_many<K: AsRef<[u8]>>(&self, namespace: &Namespace, keys: &[K]) -> Result<Vec<Option<Bytes>>> {
        todo!()
    }

    /// Whether `key` is there.
    ///
    /// # Errors
    /// As [`VersionedStore::get`].
    pub fn contains(&self, namespace: &Namespace, key: &[u8]) -> Result<bool> {
        todo!()
    }

    /// How many keys are in `range`, exactly. Cost: O(depth) node loads, and a lookup for each key staged in the range
    /// and not yet applied to the tree.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn count(&self, namespace: &Namespace, range: &KeyRange) -> Result<u64> {
        todo!()
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
        todo!()
    }
}
