//! Loading many entries, past the journal.

mod runs;

use std::iter::Peekable;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::git::StoreLock;
use prolly_tree::{Direction, Edit, EntryValue, Merge, Resolution, Tree};

use self::runs::{Record, Sorted, Sorter};
use crate::changes::{check_value, ensure_namespace};
use crate::keyspace::{KeyspaceId, USER_KEY_MAX};
use crate::shared::Shared;
use crate::view::{Entries, Position};
use crate::{Error, Namespace, Result, VersionedStore};

/// Bytes of entries that are sorted in memory.
const SORTED_IN_MEMORY: usize = 64 << 20;
/// Bytes of entries whose nodes are held in memory before they are written, and as much again while they are.
const WRITTEN_AT_ONCE: usize = 32 << 20;
/// Conflicts settled at once.
const PAGE: usize = 1000;

/// How to load.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadOptions {
    /// Refuse a key that comes twice with different values, instead of letting the last one win.
    pub refuse_duplicates: bool,
    /// Delete every key of the namespace that is not pushed, in the same step: the namespace then holds what was pushed
    /// and nothing else. Reads the namespace once; what is there already is not written again.
    pub replace: bool,
}

/// What a load did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadReport {
    /// Entries that were pushed.
    pub entries: u64,
    /// Distinct keys among them.
    pub keys: u64,
}

/// Takes entries, sorted or not, and stages all of them in one step. Memory is bounded: entries that do not fit are
/// sorted in temporary files of the store's folder. Dropping it before [`Loader::finish`] loads nothing.
pub struct Loader {
    shared: Arc<Shared>,
    namespace: Namespace,
    options: LoadOptions,
    sorter: Sorter,
    written_at_once: usize,
}

impl Loader {
    /// Takes one entry. Later ones win.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) over the limits of keys and values, or a failed write
    /// of a temporary file.
    pub fn push(&mut self, key: Bytes, value: Bytes) -> Result<()> {
        if key.len() > USER_KEY_MAX {
            let number = self.sorter.pushed;
            let reason = format!("has {} bytes, at most {USER_KEY_MAX} are allowed", key.len());
            return Err(Error::invalid(format!("the key of entry {number}"), reason));
        }
        check_value(&value)?;
        self.sorter.push(key, value)
    }

    /// Stages what was pushed: all of it, or on an error nothing.
    ///
    /// # Errors
    /// [`Error::DuplicateKey`](crate::Error::DuplicateKey) when that was asked for, or as [`VersionedStore::put`].
    pub fn finish(self) -> Result<LoadReport> {
        let Self { shared, namespace, options, sorter, written_at_once } = self;
        let entries = sorter.pushed;
        if entries == 0 && !options.replace {
            return Ok(LoadReport { entries, keys: 0 });
        }
        let before = shared.exclusively(|store| Ok(shared.settled_entries(store)?.0))?;
        let (id, made) = ensure_namespace(&before, &namespace)?;
        let mut after = before.clone();
        after.take_all(made, usize::MAX)?;
        let start = after.tree.applied()?;
        let mut edits = Edits::new(sorter.finish()?, id, options, &start);
        let mut tree = start;
        loop {
            edits.bytes = 0;
            tree = tree.apply(edits.take_bytes(written_at_once))?;
            if let Some(error) = edits.failed.take() {
                return Err(error);
            }
            if edits.is_done() {
                break;
            }
            tree = shared.exclusively(|store| shared.write_load(store, &tree))?;
        }
        let before = before.tree.applied()?;
        shared.exclusively(|store| shared.stage_load(store, &before, tree, id))?;
        Ok(LoadReport { entries, keys: edits.keys })
    }
}

impl VersionedStore {
    /// Begins to load entries into a namespace, past the journal.
    ///
    /// # Errors
    /// When the store refuses writes.
    pub fn loader(&self, namespace: &Namespace, options: LoadOptions) -> Result<Loader> {
        self.loader_within(namespace, options, SORTED_IN_MEMORY, WRITTEN_AT_ONCE)
    }

    pub(crate) fn loader_within(
        &self,
        namespace: &Namespace,
        options: LoadOptions,
        sorted_in_memory: usize,
        written_at_once: usize,
    ) -> Result<Loader> {
        let shared = Arc::clone(&self.shared);
        shared.refuse_poisoned()?;
        let sorter = Sorter::new(&shared.folder, sorted_in_memory);
        Ok(Loader { shared, namespace: namespace.clone(), options, sorter, written_at_once })
    }

    /// Loads `entries` into a namespace and stages all of them in one step.
    ///
    /// # Errors
    /// As [`Loader::push`] and [`Loader::finish`].
    pub fn load(
        &self,
        namespace: &Namespace,
        entries: impl IntoIterator<Item = (Bytes, Bytes)>,
        options: LoadOptions,
    ) -> Result<LoadReport> {
        let mut loader = self.loader(namespace, options)?;
        for (key, value) in entries {
            loader.push(key, value)?;
        }
        loader.finish()
    }
}

/// Sorted records as edits of a tree.
struct Edits {
    sorted: Sorted,
    id: KeyspaceId,
    refuse_duplicates: bool,
    /// Read and not yet looked at.
    unseen: Option<Record>,
    /// The record of the next key.
    ahead: Option<Record>,
    /// What is there, when it is to be replaced.
    existing: Option<Existing>,
    /// Why the edits ended early.
    failed: Option<Error>,
    keys: u64,
    /// Bytes of the edits of this pass.
    bytes: usize,
}

/// The entries of a namespace that is replaced.
struct Existing {
    tree: Tree,
    entries: Peekable<prolly_tree::Entries>,
}

impl Edits {
    fn new(sorted: Sorted, id: KeyspaceId, options: LoadOptions, start: &Tree) -> Self {
        let existing = options.replace.then(|| Existing {
            tree: start.clone(),
            entries: start.entries(id.range(), Direction::Forward).peekable(),
        });
        let refuse_duplicates = options.refuse_duplicates;
        let (unseen, ahead, failed) = (None, None, None);
        Self { sorted, id, refuse_duplicates, unseen, ahead, existing, failed, keys: 0, bytes: 0 }
    }

    /// The last record of the next key.
    fn next_key(&mut self) -> Result<Option<Record>> {
        let Some(mut record) = self.next_record()? else { return Ok(None) };
        loop {
            match self.next_record()? {
                Some(next) if next.key == record.key => {
                    if self.refuse_duplicates && next.value != record.value {
                        let (first, second) = (record.number, next.number);
                        return Err(Error::DuplicateKey { key: record.key, first, second });
                    }
                    record = next;
                }
                next => {
                    self.unseen = next;
                    self.keys += 1;
                    return Ok(Some(record));
                }
            }
        }
    }

    fn next_record(&mut self) -> Result<Option<Record>> {
        self.unseen.take().map_or_else(|| self.sorted.next(), |record| Ok(Some(record)))
    }

    fn next_edit(&mut self) -> Result<Option<Edit>> {
        loop {
            if self.ahead.is_none() {
                self.ahead = self.next_key()?;
            }
            let record = self.ahead.as_ref().map(|record| self.id.stored(&record.key));
            let there = match &mut self.existing {
                Some(existing) => existing.entries.next_if(|entry| match (entry, &record) {
                    (Ok(entry), Some(record)) => entry.key <= *record,
                    _ => true,
                }),
                None => None,
            };
            let there = there.transpose()?;
            let (Some(key), false) = (record, there.as_ref().is_some_and(|there| self.is_before(&there.key)))
            else {
                // Nothing, or a key that is there and was not pushed.
                return Ok(there.map(|there| Edit::Delete { key: there.key }));
            };
            let Some(record) = self.ahead.take() else { return Ok(None) };
            let mut value = EntryValue::Inline(record.value);
            if let (Some(there), Some(Existing { tree, .. })) = (there, &self.existing) {
                if let EntryValue::Inline(bytes) = value {
                    value = tree.value_of(bytes)?;
                }
                if there.value == value {
                    continue;
                }
            }
            return Ok(Some(Edit::Put { key, value }));
        }
    }

    /// Whether a stored key comes before the next record's.
    fn is_before(&self, stored: &[u8]) -> bool {
        self.ahead.as_ref().is_some_and(|record| stored < &self.id.stored(&record.key)[..])
    }

    fn is_done(&mut self) -> bool {
        let existing = self.existing.as_mut().is_none_or(|existing| existing.entries.peek().is_none());
        self.ahead.is_none() && self.unseen.is_none() && existing
    }

    /// The edits of one pass. The next record is read ahead, so that [`Edits::is_done`] is right after it.
    fn take_bytes(&mut self, limit: usize) -> impl Iterator<Item = Edit> + '_ {
        std::iter::from_fn(move || {
            if self.bytes > 0 && self.bytes >= limit {
                return None;
            }
            let edit = self.next_edit().unwrap_or_else(|error| {
                self.failed = Some(error);
                None
            })?;
            self.bytes += match &edit {
                Edit::Put { key, value } => key.len() + value.len(),
                Edit::Delete { key } => key.len(),
                Edit::DeleteRange(_) => 0,
            };
            Some(edit)
        })
    }
}

impl Shared {
    /// The working state with nothing pending, where HEAD is, and how far the journal went then.
    pub(crate) fn settled_entries(&self, store: &StoreLock) -> Result<(Entries, Position, u64)> {
        let mut appending = self.appending()?;
        self.settle(store, &mut appending)?;
        self.flush()?;
        let view = self.view();
        let end = appending.writer.journal.as_ref().map_or(0, |journal| journal.end());
        Ok((view.working, Position::clone(&view.position), end))
    }

    fn load_ref(&self) -> String {
        format!("{}-load", self.staged_ref())
    }

    /// Writes the nodes of a load under way.
    fn write_load(&self, store: &StoreLock, tree: &Tree) -> Result<Tree> {
        let name = self.load_ref();
        let before = self.repository().ref_target(&name)?.into_iter().collect();
        Ok(self.write_kept(store, &name, before, tree)?.1)
    }

    /// Makes what a load changed from `before` to `loaded` the staged state. What was staged meanwhile stays, but for
    /// keys that were loaded.
    fn stage_load(&self, store: &StoreLock, before: &Tree, loaded: Tree, id: KeyspaceId) -> Result<()> {
        let (now, position, offset) = self.settled_entries(store)?;
        let now = now.tree.applied()?;
        let tree = if now == *before {
            loaded
        } else {
            // Once it is written it can be read through any store.
            let loaded = self.write_load(store, &loaded)?;
            let mut merge = Merge::new(before, &now, &loaded, Vec::new())?;
            loop {
                let page = merge.next_conflicts(PAGE)?.len();
                if page == 0 {
                    break;
                }
                merge.resolve((0..page).map(|_| Resolution::Right).collect())?;
            }
            merge.finish()?
        };
        if id != KeyspaceId::DEFAULT && !Entries::new(tree.clone()).catalogue()?.keyspaces.contains_key(&id) {
            return Err(Error::Moved { branch: position.name().to_owned(), operation: "load" });
        }
        self.restage(store, &position, &tree, offset)?;
        let name = self.load_ref();
        match self.repository().ref_target(&name)? {
            Some(found) => Ok(self.repository().update_ref(store, &name, Some(found), None, "")?),
            None => Ok(()),
        }
    }
}
