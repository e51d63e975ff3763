//! Work that is committed in one step beside whatever else goes on.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use prolly_tree::{Direction, FoundValues, KeyRange, Tree};

use crate::changes::{self, Change};
use crate::publication::Publication;
use crate::shared::Shared;
use crate::view::{Entries, Position};
use crate::{Batch, CommitInfo, CommitOptions, Namespace, Result, StoreEntries, StoreValues, VersionedStore};

/// Private writes over the commit that HEAD was on when it began, published in one step as a commit of their own. They
/// never mix with what is staged or with another transaction. Dropping it drops the writes. It holds no lock.
///
/// It reads that commit and its own writes, and so sees neither staged changes nor what others commit meanwhile.
pub struct Transaction {
    shared: Arc<Shared>,
    /// Where HEAD was when it began.
    position: Position,
    base: Tree,
    entries: Mutex<Entries>,
}

impl Transaction {
    /// As [`VersionedStore::get`].
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn get(&self, namespace: &Namespace, key: &[u8]) -> Result<Option<Bytes>> {
        self.now().get(namespace, key)
    }

    /// As [`VersionedStore::values`].
    #[must_use]
    pub fn values(&self, namespace: &Namespace) -> StoreValues {
        StoreValues::new(self.now(), namespace.clone())
    }

    /// As [`VersionedStore::find_many`].
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn find_many<K: AsRef<[u8]>>(&self, namespace: &Namespace, keys: &[K]) -> Result<FoundValues> {
        self.now().find_many(namespace, keys)
    }

    /// As [`VersionedStore::contains`].
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn contains(&self, namespace: &Namespace, key: &[u8]) -> Result<bool> {
        self.now().contains(namespace, key)
    }

    /// As [`VersionedStore::count`].
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn count(&self, namespace: &Namespace, range: &KeyRange) -> Result<u64> {
        self.now().count(namespace, range)
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
        self.now().entries(namespace, &range, direction)
    }

    /// Creates or replaces `key`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) over the limits.
    pub fn put(&self, namespace: &Namespace, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Result<()> {
        let (key, value) = (key.into(), value.into());
        self.change(|entries| changes::put(entries, namespace, key, value))
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
        let found = self.update_many(namespace, vec![(key.into(), value.into())])?;
        Ok(found == [true])
    }

    /// Deletes `key` if it is there, and says whether it was.
    ///
    /// # Errors
    /// As [`Transaction::put`].
    pub fn delete(&self, namespace: &Namespace, key: &[u8]) -> Result<bool> {
        self.change(|entries| changes::delete(entries, namespace, key))
    }

    /// As [`VersionedStore::update_many`].
    ///
    /// # Errors
    /// As [`Transaction::put`].
    pub fn update_many(&self, namespace: &Namespace, entries: Vec<(Bytes, Bytes)>) -> Result<Vec<bool>> {
        self.change(|working| changes::update_many(working, namespace, entries))
    }

    /// Deletes every key in `range` and says how many there were.
    ///
    /// # Errors
    /// As [`Transaction::put`].
    pub fn delete_range(&self, namespace: &Namespace, range: &KeyRange) -> Result<u64> {
        self.change(|entries| changes::delete_range(entries, namespace, range))
    }

    /// Makes the writes of a batch.
    ///
    /// # Errors
    /// As [`Transaction::put`]; none was made then.
    pub fn write(&self, batch: Batch) -> Result<()> {
        self.change(|entries| changes::batch(entries, batch))
    }

    /// Publishes the writes as one commit on the branch that HEAD was on when the transaction began. When the branch
    /// moved meanwhile they are carried over to it, if no key changed on both sides. Transactions of other threads that arrive
    /// meanwhile are published together with it: a commit each, and the syncs of one.
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::Error::Conflict) names the keys that the branch changed too, or that are staged in
    /// this worktree: nothing was committed, run it again. [`Error::NothingToCommit`](crate::Error::NothingToCommit)
    /// when nothing changed and an empty commit was not allowed.
    pub fn commit(self, options: &CommitOptions) -> Result<CommitInfo> {
        let Self { shared, position, base, entries } = self;
        let publication = Publication::new(position, base, entries.into_inner(), options.clone());
        let commit = shared.publish_transaction(publication)?;
        shared.tidy();
        shared.info(commit)
    }

    /// Drops the named namespace with all its entries, and says whether it was there.
    ///
    /// # Errors
    /// As [`Transaction::put`].
    pub fn drop_namespace(&self, name: &str) -> Result<bool> {
        self.change(|entries| changes::drop_namespace(entries, name))
    }

    /// As [`VersionedStore::rename_namespace`].
    ///
    /// # Errors
    /// As [`VersionedStore::rename_namespace`].
    pub fn rename_namespace(&self, from: &str, to: &str) -> Result<()> {
        self.change(|entries| changes::rename_namespace(entries, from, to))
    }

    fn now(&self) -> Entries {
        self.entries.lock().clone()
    }

    fn change<T>(&self, change: impl FnOnce(&Entries) -> Result<Change<T>>) -> Result<T> {
        let mut entries = self.entries.lock();
        let (operations, answer) = change(&entries)?;
        entries.take_all(operations, self.shared.options.overlay_bytes)?;
        Ok(answer)
    }
}

impl VersionedStore {
    /// Begins a transaction on the tip of the current branch. Nothing is written and no lock held until it commits.
    ///
    /// # Errors
    /// When HEAD cannot be read.
    pub fn transaction(&self) -> Result<Transaction> {
        let shared = &self.shared;
        let position = shared.position()?;
        let view = shared.view();
        // Its own store, so that what it drops is not kept.
        let base = if *view.position == position && view.conflict.is_none() && position.commit.is_some() {
            view.base.with_store(view.base.store().staged())
        } else {
            shared.tree_of(position.commit)?
        };
        let entries = Mutex::new(Entries::new(base.clone()));
        Ok(Transaction { shared: Arc::clone(shared), position, base, entries })
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
        let transaction = self.transaction()?;
        let answer = work(&transaction)?;
        Ok((transaction.commit(options)?, answer))
    }
}
