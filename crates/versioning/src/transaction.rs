//! Work that is committed in one step beside whatever else goes on.

use bytes::Bytes;
use prolly_tree::{Direction, KeyRange};

use crate::{Batch, CommitInfo, CommitOptions, Namespace, Result, StoreEntries, VersionedStore};

/// Private writes over the commit that HEAD was on when it began, published in one step as a commit of their own. They
/// never mix with what is staged or with another transaction. Dropping it drops the writes. It holds no lock.
///
/// It reads that commit and its own writes, and so sees neither staged changes nor what others commit meanwhile.
pub struct Transaction {}

impl Transaction {
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

    /// As [`VersionedStore::count`].
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

    /// Creates or replaces `key`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) over the limits.
    pub fn put(&self, namespace: &Namespace, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Result<()> {
        todo!()
    }

    /// Replaces the value of `key` if it is there, and says whether it was.
    ///
    /// # Errors
    /// As [`Transaction::put`].
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
    /// As [`Transaction::put`].
    pub fn delete(&self, namespace: &Namespace, key: &[u8]) -> Result<bool> {
        todo!()
    }

    /// As [`VersionedStore::update_many`].
    ///
    /// # Errors
    /// As [`Transaction::put`].
    pub fn update_many(&self, namespace: &Namespace, entries: Vec<(Bytes, Bytes)>) -> Result<Vec<bool>> {
        todo!()
    }

    /// Deletes every key in `range` and says how many there were.
    ///
    /// # Errors
    /// As [`Transaction::put`].
    pub fn delete_range(&self, namespace: &Namespace, range: &KeyRange) -> Result<u64> {
        todo!()
    }

    /// Makes the writes of a batch.
    ///
    /// # Errors
    /// As [`Transaction::put`]; none was made then.
    pub fn write(&self, batch: Batch) -> Result<()> {
        todo!()
    }

    /// Publishes the writes as one commit on the branch that HEAD was on when the transaction began. When the branch
    /// moved meanwhile they are carried over to it, if no key changed on both sides.
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) names the keys that the branch changed too, or that are staged in
    /// this worktree: nothing was committed, run it again. [`Error::NothingToCommit`](crate::Error::NothingToCommit)
    /// when nothing changed and an empty commit was not allowed.
    pub fn commit(self, options: &CommitOptions) -> Result<CommitInfo> {
        todo!()
    }
}

impl VersionedStore {
    /// Begins a transaction on the tip of the current branch. Nothing is written and no lock held until it commits.
    ///
    /// # Errors
    /// When HEAD cannot be read.
    pub fn transaction(&self) -> Result<Transaction> {
        todo!()
    }

    /// Runs `work` in a transaction and commits what it wrote. An error of `work` drops the writes and is returned.
    ///
    /// # Errors
    /// Those of `work` and of [`Transaction::commit`].
    pub fn transact<T, E: From<crate::Error>>(
        &self,
        options: &CommitOptions,
        work: impl FnOnce(&Transaction) -> Result<T, E>,
    ) -> Result<(CommitInfo, T), E> {
        todo!()
    }
}
