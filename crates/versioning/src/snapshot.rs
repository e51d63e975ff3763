//! Reading one version.

use bytes::Bytes;
use prolly_tree::{Direction, FoundValues, KeyRange};

use crate::view::Entries;
use crate::{Address, CommitId, Namespace, NamespaceInfo, Result, StoreEntries, StoreValues, VersionedStore};

/// One version, read-only, for as long as it is held: a commit, or the working state of a moment. Cheap to clone; reading
/// takes no lock.
#[derive(Clone)]
pub struct Snapshot {
    commit: Option<CommitId>,
    /// Nothing is pending in it.
    pub(crate) entries: Entries,
}

impl Snapshot {
    /// The commit it shows; `None` for a working state.
    #[must_use]
    pub const fn commit(&self) -> Option<CommitId> {
        self.commit
    }

    /// The root of its tree.
    #[must_use]
    pub fn root(&self) -> Address {
        self.entries.tree.tree().root().address
    }

    /// As [`VersionedStore::get`].
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn get(&self, namespace: &Namespace, key: &[u8]) -> Result<Option<Bytes>> {
        self.entries.get(namespace, key)
    }

    /// As [`VersionedStore::values`].
    #[must_use]
    pub fn values(&self, namespace: &Namespace) -> StoreValues {
        StoreValues::new(self.entries.clone(), namespace.clone())
    }

    /// As [`VersionedStore::find_many`].
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn find_many<K: AsRef<[u8]>>(&self, namespace: &Namespace, keys: &[K]) -> Result<FoundValues> {
        self.entries.find_many(namespace, keys)
    }

    /// As [`VersionedStore::contains`].
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn contains(&self, namespace: &Namespace, key: &[u8]) -> Result<bool> {
        self.entries.contains(namespace, key)
    }

    /// How many keys are in `range`, exactly. Cost: O(depth).
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn count(&self, namespace: &Namespace, range: &KeyRange) -> Result<u64> {
        self.entries.count(namespace, range)
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
        self.entries.entries(namespace, &range, direction)
    }

    /// The named namespaces, by name.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn namespaces(&self) -> Result<Vec<NamespaceInfo>> {
        self.entries.namespaces()
    }
}

impl VersionedStore {
    /// The version that a Git revision names. Cost: O(1) objects.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for a misspelt revision.
    pub fn at(&self, revision: &str) -> Result<Snapshot> {
        let commit = self.resolve(revision)?;
        Ok(Snapshot { commit: Some(commit), entries: Entries::new(self.shared.backend.tree(commit)?) })
    }

    /// The working state of now.
    ///
    /// # Errors
    /// When staged changes cannot be applied.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot { commit: None, entries: Entries::new(self.shared.applied()?) })
    }
}
