//! Reading one version.

use bytes::Bytes;
use prolly_tree::{Direction, KeyRange};

use crate::{Address, CommitId, Namespace, NamespaceInfo, Result, StoreEntries, VersionedStore};

/// One version, read-only, for as long as it is held: a commit, or the working state of a moment. Cheap to clone; reading
/// takes no lock.
#[derive(Clone)]
pub struct Snapshot {}

impl Snapshot {
    /// The commit it shows; `None` for a working state.
    #[must_use]
    pub fn commit(&self) -> Option<CommitId> {
        todo!()
    }

    /// The root of its tree.
    #[must_use]
    pub fn root(&self) -> Address {
        todo!()
    }

    /// As [`VersionedStore::get`].
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn get(&self, namespace: &Namespace, key: &[u8]) -> Result<Option<Bytes>> {
        todo!()
    }

    /// As [`VersionedStore::get_many`].
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn get_many<K: AsRef<[u8]>>(&self, namespace: &Namespace, keys: &[K]) -> Result<Vec<Option<Bytes>>> {
        todo!()
    }

    /// As [`VersionedStore::contains`].
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn contains(&self, namespace: &Namespace, key: &[u8]) -> Result<bool> {
        todo!()
    }

    /// How many keys are in `range`, exactly. Cost: O(depth).
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn count(&self, namespace: &Namespace, range: &KeyRange) -> Result<u64> {
        todo!()
    }

    /// As [`VersionedStore::entries`].
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

    /// The named namespaces, by name.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn namespaces(&self) -> Result<Vec<NamespaceInfo>> {
        todo!()
    }
}

impl VersionedStore {
    /// The version that a Git revision names. Cost: O(1) objects.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for a misspelt revision.
    pub fn at(&self, revision: &str) -> Result<Snapshot> {
        todo!()
    }

    /// The working state of now.
    ///
    /// # Errors
    /// When staged changes cannot be applied.
    pub fn snapshot(&self) -> Result<Snapshot> {
        todo!()
    }
}
