//! What a handle sees: a commit, and what is staged over it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use prolly_storage::git::{Head as GitHead, Oid};
use prolly_tree::{EntryValue, KeyRange, MutableTree, Tree};

use crate::catalogue::Catalogue;
use crate::journal::Operation;
use crate::keyspace::KeyspaceId;
use crate::{ConflictKey, Error, Namespace, Result};

/// Where HEAD is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The branch; `None` when detached.
    pub(crate) branch: Option<String>,
    /// The commit; `None` before the first one.
    pub(crate) commit: Option<Oid>,
}

impl Position {
    /// What a message calls it.
    pub(crate) fn name(&self) -> &str {
        self.branch.as_deref().unwrap_or("HEAD")
    }
}

impl From<GitHead> for Position {
    fn from(head: GitHead) -> Self {
        Self { branch: head.branch().map(str::to_owned), commit: head.target() }
    }
}

/// A tree that takes writes, and its catalogue.
#[derive(Clone)]
pub(crate) struct Entries {
    pub(crate) tree: MutableTree,
    /// Read when a named namespace is first asked for.
    catalogue: Arc<OnceLock<Arc<Catalogue>>>,
    /// Whether a merge is under way, found out when that is first asked.
    pub(crate) merging: Arc<OnceLock<bool>>,
    /// Ranges that were deleted.
    pub(crate) deleted: Arc<Vec<KeyRange>>,
}

impl Entries {
    pub(crate) fn new(tree: Tree) -> Self {
        // The tree is never applied behind our back: that is done where no reader waits for it.
        let tree = MutableTree::with_limit(tree, usize::MAX);
        Self { tree, catalogue: Arc::default(), merging: Arc::default(), deleted: Arc::default() }
    }

    /// The same entries, for writes that may be dropped: as [`MutableTree::fork`].
    pub(crate) fn fork(&self) -> Self {
        Self { tree: self.tree.fork(), ..self.clone() }
    }

    /// The catalogue with all pending changes.
    pub(crate) fn catalogue(&self) -> Result<Arc<Catalogue>> {
        if let Some(catalogue) = self.catalogue.get() {
            return Ok(Arc::clone(catalogue));
        }
        let catalogue = Arc::new(Catalogue::read(&self.tree)?);
        Ok(Arc::clone(self.catalogue.get_or_init(|| catalogue)))
    }

    /// The id under which `namespace` is kept; `None` when it is not there.
    pub(crate) fn id_of(&self, namespace: &Namespace) -> Result<Option<KeyspaceId>> {
        match namespace {
            Namespace::Default => Ok(Some(KeyspaceId::DEFAULT)),
            Namespace::Named(name) => Ok(self.catalogue()?.namespace(name)),
        }
    }

    /// Makes a change.
    pub(crate) fn take(&mut self, operation: Operation) -> Result<()> {
        match operation {
            Operation::Put { key, value } => {
                let value = self.tree.tree().value_of(value)?;
                self.put(key, value)?;
            }
            Operation::Delete { key } => {
                self.forget_derived(&key);
                self.tree.delete(key)?;
            }
            Operation::DeleteRange(range) => {
                (self.catalogue, self.merging) = Default::default();
                Arc::make_mut(&mut self.deleted).push(range.clone());
                self.tree.delete_range(range)?;
            }
        }
        Ok(())
    }

    /// Sets a key to a value that was made for this tree.
    pub(crate) fn put(&mut self, key: Bytes, value: EntryValue) -> Result<()> {
        self.forget_derived(&key);
        Ok(self.tree.put_value(key, value)?)
    }

    /// Makes what is pending for a key as it was when [`MutableTree::written`] gave this.
    pub(crate) fn undo(&mut self, key: Bytes, written: Option<Option<EntryValue>>) {
        self.forget_derived(&key);
        self.tree.undo(key, written);
    }

    fn forget_derived(&mut self, key: &[u8]) {
        match KeyspaceId::of_stored(key) {
            Some(KeyspaceId::CATALOGUE) => self.catalogue = Arc::default(),
            Some(KeyspaceId::PENDING) => self.merging = Arc::default(),
            _ => {}
        }
    }

    /// Makes changes of a copy that nobody reads yet, and applies them when they take more than `limit` bytes.
    pub(crate) fn take_all(
        &mut self,
        operations: impl IntoIterator<Item = Operation>,
        limit: usize,
    ) -> Result<()> {
        for operation in operations {
            self.take(operation)?;
            if self.tree.pending_bytes() > limit {
                self.tree.flush()?;
            }
        }
        Ok(())
    }
}

/// What a handle sees.
#[derive(Clone)]
pub(crate) struct View {
    /// Where HEAD was when it was last looked at.
    pub(crate) position: Arc<Position>,
    /// The tree of the commit there.
    pub(crate) base: Tree,
    /// That tree with what is staged.
    pub(crate) working: Entries,
    /// Keys that the branch changed as well as what is staged, so that neither can be joined to the other.
    pub(crate) conflict: Option<Arc<(Vec<ConflictKey>, bool)>>,
}

impl View {
    /// Nothing is staged.
    pub(crate) fn clean(position: Position, base: Tree) -> Self {
        Self { position: position.into(), working: Entries::new(base.clone()), base, conflict: None }
    }

    /// Refuses what would drop staged changes, or a merge under way, or mix with them.
    pub(crate) fn refuse_staged(&self, operation: &'static str) -> Result<()> {
        match self.working.merging()? {
            Some(pending) => Err(Error::MergePending { operation, pending }),
            None if self.is_staged()? => Err(Error::StagedChanges { operation }),
            None => Ok(()),
        }
    }

    /// Whether something is staged: whether a commit would change anything. Applies what is pending on a copy.
    pub(crate) fn is_staged(&self) -> Result<bool> {
        Ok(self.conflict.is_some() || self.working.tree.applied()? != self.base)
    }
}
