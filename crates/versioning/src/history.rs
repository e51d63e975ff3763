//! Which commits changed a key.

use std::iter::Peekable;
use std::sync::Arc;

use bytes::Bytes;
use prolly_tree::{Change, Diff, KeyRange, Tree};

use crate::keyspace::user_key;
use crate::shared::Shared;
use crate::view::Entries;
use crate::{CommitInfo, Error, KeyspaceId, Log, LogOptions, Namespace, Result, VersionedStore};

/// What a commit did to a key: added it (no old value), removed it (no new one) or changed its value (both).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The commit.
    pub commit: Arc<CommitInfo>,
    /// The key.
    pub key: Bytes,
    /// The value in the commit's first parent.
    pub old: Option<Bytes>,
    /// The value in the commit.
    pub new: Option<Bytes>,
}

/// What the commits of a log did to the keys of some ranges: newest commit first, the keys of each range in order. Found as
/// it is asked for.
pub struct History {
    shared: Arc<Shared>,
    log: Log,
    first_parent: bool,
    /// Of stored keys.
    ranges: Vec<KeyRange>,
    current: Option<Current>,
}

/// The commit that is being looked at.
struct Current {
    commit: Arc<CommitInfo>,
    compared: Compared,
    /// How many ranges were begun, and the changes of the last of them.
    begun: usize,
    changes: Option<Changes>,
}

impl History {
    fn next_entry(&mut self) -> Result<Option<HistoryEntry>> {
        loop {
            let Some(current) = &mut self.current else {
                let Some(commit) = self.log.next().transpose()? else { return Ok(None) };
                let compared = self.shared.compare_with_parents(&commit, self.first_parent)?;
                let commit = commit.into();
                self.current = compared.map(|compared| Current { commit, compared, begun: 0, changes: None });
                continue;
            };
            if let Some(changes) = &mut current.changes
                && let Some(change) = changes.next_change()?
            {
                let Compared { older, newer, .. } = &current.compared;
                let old = change.old.map(|value| older.read(&value)).transpose()?;
                let new = change.new.map(|value| newer.read(&value)).transpose()?;
                let commit = Arc::clone(&current.commit);
                return Ok(Some(HistoryEntry { commit, key: user_key(&change.key), old, new }));
            }
            current.changes = self.ranges.get(current.begun).map(|range| current.compared.changes(range));
            current.begun += 1;
            if current.changes.is_none() {
                self.current = None;
            }
        }
    }
}

impl Iterator for History {
    type Item = Result<HistoryEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_entry();
        if next.is_err() {
            // What follows is not known.
            self.current = None;
            self.log = Log::none();
        }
        next.transpose()
    }
}

/// A commit beside its parents.
pub(crate) struct Compared {
    /// The first parent; empty for the first commit.
    older: Tree,
    newer: Tree,
    /// The other parents of a merge.
    others: Vec<Tree>,
}

impl Compared {
    /// What the commit did to the keys of a range: those that differ from every one of its parents. What a merge took over
    /// from one of them was done by commits before it.
    pub(crate) fn changes(&self, range: &KeyRange) -> Changes {
        let diff = |parent: &Tree| parent.diff(&self.newer, range.clone());
        let others = self.others.iter().map(|other| diff(other).peekable()).collect();
        Changes { first: diff(&self.older), others }
    }
}

/// The keys that differ from every parent, in order.
pub(crate) struct Changes {
    first: Diff,
    others: Vec<Peekable<Diff>>,
}

impl Changes {
    pub(crate) fn next_change(&mut self) -> Result<Option<Change>> {
        'changes: for change in &mut self.first {
            let change = change?;
            for other in &mut self.others {
                if !reach(other, &change.key)? {
                    continue 'changes;
                }
            }
            return Ok(Some(change));
        }
        Ok(None)
    }
}

/// Goes on to `key`, and says whether it is among the changes.
fn reach(diff: &mut Peekable<Diff>, key: &[u8]) -> prolly_tree::Result<bool> {
    while diff.next_if(|change| change.as_ref().is_ok_and(|change| change.key < key)).is_some() {}
    match diff.next_if(|change| change.as_ref().map_or(true, |change| change.key == key)) {
        Some(change) => change.map(|_| true),
        None => Ok(false),
    }
}

impl Shared {
    /// A commit beside its parents; `None` when it holds what one of them holds. Cost: the commits, and no nodes.
    pub(crate) fn compare_with_parents(
        &self,
        commit: &CommitInfo,
        first_parent: bool,
    ) -> Result<Option<Compared>> {
        let count = if first_parent { 1 } else { commit.parents.len() };
        let mut parents = Vec::new();
        // A shallow clone has the commit and lacks its parents.
        if count > 0 && !self.repository().is_shallow_boundary(commit.id)? {
            for id in commit.parents.iter().take(count) {
                if self.info(*id)?.tree == commit.tree {
                    return Ok(None);
                }
                parents.push(self.backend.tree(*id)?);
            }
        }
        let newer = self.backend.tree(commit.id)?;
        let mut parents = parents.into_iter();
        let older = match parents.next() {
            Some(older) => older,
            None => self.backend.empty(self.parameters)?,
        };
        Ok(Some(Compared { older, newer, others: parents.collect() }))
    }

    /// The stored keys that ranges of namespaces are, as a commit names them. A namespace keeps its keys under another name.
    pub(crate) fn stored_ranges(
        &self,
        commit: Option<crate::CommitId>,
        ranges: &[(Namespace, KeyRange)],
    ) -> Result<Vec<KeyRange>> {
        let catalogue = Entries::new(self.tree_of(commit)?).catalogue()?;
        let stored = |(namespace, range): &(Namespace, KeyRange)| match catalogue.id_of(namespace) {
            Some(id) => Ok(id.within(range)),
            None => Err(Error::NotFound {
                what: "namespace",
                name: namespace.name().unwrap_or_default().to_owned(),
                hint: "begin at a revision that has it".into(),
            }),
        };
        ranges.iter().map(stored).collect()
    }
}

impl VersionedStore {
    /// The commits that changed a key of `ranges`, newest first, with what they did to it: those of
    /// [`VersionedStore::log`] where the key differs from every parent (with `first_parent`: from the first). A namespace is
    /// followed under its earlier names. Loads no node for a commit that holds what a parent holds; else, for one key,
    /// O(depth) nodes.
    ///
    /// ```
    /// use prolly_versioning::{Author, CommitOptions, InitOptions, KeyRange, LogOptions, Namespace, VersionedStore};
    ///
    /// # fn main() -> prolly_versioning::Result<()> {
    /// let store = VersionedStore::memory(InitOptions::default())?;
    /// let ada = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
    /// for value in ["red", "blue"] {
    ///     store.put(&Namespace::Default, "color", value)?;
    ///     store.commit(&CommitOptions { author: Some(ada.clone()), ..CommitOptions::message(value) })?;
    /// }
    /// let color = vec![KeyRange::one("color")];
    /// let mut history = store.history(&Namespace::Default, color, &LogOptions::default())?;
    /// let last = history.next().unwrap()?;
    /// assert_eq!((last.old.as_deref(), last.new.as_deref()), (Some(&b"red"[..]), Some(&b"blue"[..])));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] for a misspelt revision, and for a namespace that is not there where the log begins.
    pub fn history(
        &self,
        namespace: &Namespace,
        ranges: Vec<KeyRange>,
        options: &LogOptions,
    ) -> Result<History> {
        let log = self.log(options)?;
        let ranges: Vec<_> = ranges.into_iter().map(|range| (namespace.clone(), range)).collect();
        let ranges = self.shared.stored_ranges(log.start(), &ranges)?;
        Ok(self.history_of(log, ranges, options))
    }

    /// As [`VersionedStore::history`], of a keyspace, which need not be there where the log begins.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a misspelt revision.
    pub fn keyspace_history(
        &self,
        id: KeyspaceId,
        ranges: &[KeyRange],
        options: &LogOptions,
    ) -> Result<History> {
        let ranges = ranges.iter().filter(|range| !range.is_empty()).map(|range| id.within(range)).collect();
        Ok(self.history_of(self.log(options)?, ranges, options))
    }

    fn history_of(&self, log: Log, ranges: Vec<KeyRange>, options: &LogOptions) -> History {
        let (shared, first_parent) = (Arc::clone(&self.shared), options.first_parent);
        History { shared, log, first_parent, ranges, current: None }
    }
}

#[cfg(test)]
mod tests {
    use prolly_storage::testing::CountingStorage;
    use prolly_storage::{MemoryStorage, NodeCache, NodeStore};

    use super::*;
    use crate::{Author, Batch, CommitOptions, InitOptions};

    const DEFAULT: Namespace = Namespace::Default;
    const KEYS: u32 = 20_000;

    fn key(number: u32) -> Bytes {
        Bytes::copy_from_slice(&blake3::hash(&number.to_be_bytes()).as_bytes()[..16])
    }

    fn commit(store: &VersionedStore) {
        let author = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
        let options =
            CommitOptions { author: Some(author), allow_empty: true, ..CommitOptions::message("change") };
        store.commit(&options).unwrap();
    }

    /// Nodes that the history of a key loads, behind no cache, and how many commits changed it.
    fn cost(store: &VersionedStore, storage: &CountingStorage) -> (usize, usize) {
        storage.take();
        let history = store.history(&DEFAULT, vec![KeyRange::one(key(7))], &LogOptions::default()).unwrap();
        let found = history.map(Result::unwrap).count();
        (storage.take().loads, found)
    }

    #[test]
    fn a_commit_costs_a_path_and_one_that_changed_nothing_costs_nothing() {
        let storage = Arc::new(CountingStorage::new(Arc::new(MemoryStorage::new())));
        let nodes = NodeStore::with_cache(Arc::clone(&storage) as _, Arc::new(NodeCache::with_capacity(0)));
        let store = VersionedStore::temporary(InitOptions::default(), nodes).unwrap();
        let mut all = Batch::new();
        (0..KEYS).for_each(|number| all.put(&DEFAULT, key(number), vec![7; 100]));
        store.write(all).unwrap();
        commit(&store);
        let depth = usize::from(store.shared.view().base.depth().unwrap());
        assert!(depth >= 3);
        let (first, found) = cost(&store, &storage);
        assert_eq!(found, 1);
        for round in 0..40 {
            store.put(&DEFAULT, key(100 + round), vec![8; 100]).unwrap();
            commit(&store);
        }
        let (others, found) = cost(&store, &storage);
        assert_eq!(found, 1);
        assert!(others - first <= 40 * 2 * depth, "{others} loads for commits of other keys");
        for _ in 0..40 {
            commit(&store);
        }
        assert_eq!(cost(&store, &storage), (others, 1), "commits that changed nothing");
        for round in 0..10 {
            store.put(&DEFAULT, key(7), vec![round; 100]).unwrap();
            commit(&store);
        }
        let (changed, found) = cost(&store, &storage);
        assert_eq!(found, 11);
        assert!(changed - others <= 10 * 2 * depth, "{changed} loads with commits of the key");
    }
}
