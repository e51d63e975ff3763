//! Merges whose conflicts are settled one by one, by several calls, commands or processes.
//!
//! What such a merge makes is staged at once, and a key in conflict keeps the value of the current branch. Beside that the
//! working state has what Git keeps in its index, in a keyspace that no commit has: which keys are in conflict, the values
//! that the common ancestor and the other side give them, and what is to be committed. So a merge under way is as safe as
//! anything that is staged, every process sees it, and dropping what is staged aborts it. To write to a key settles its
//! conflict.

use std::sync::Arc;

use bytes::Bytes;
use prolly_tree::{Direction, Edit, EntryValue, MutableEntries, MutableTree};

use super::kept::{Part, all, record, record_fits};
use super::session::{Ending, LISTED, MergeSession, Step, listed};
use super::tables::with_indexes;
use super::{Decision, MergeConflict, MergeOutcome, Strategy};
use crate::catalogue::Catalogue;
use crate::commit::Draft;
use crate::keyspace::{KeyspaceId, KeyspaceKind};
use crate::shared::Shared;
use crate::view::{Entries, View};
use crate::{Author, CommitId, CommitInfo, CommitOptions, Error, Namespace, Result, VersionedStore};

/// A merge under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingMerge {
    /// `merge`, `revert` or `cherry-pick`.
    pub operation: &'static str,
    /// The commit that is merged; `None` when the commit to come has one parent.
    pub source: Option<CommitId>,
    /// How the caller named it.
    pub named: Option<String>,
    /// The message of the commit to come.
    pub message: String,
    /// How many keys are in conflict still.
    pub conflicts: u64,
}

/// How to commit a merge under way; what is left out is as it was told when the merge began.
#[derive(Clone, Debug, Default)]
pub struct ContinueOptions {
    /// The message.
    pub message: Option<String>,
    /// As in [`CommitOptions`].
    pub author: Option<Author>,
    /// As in [`CommitOptions`].
    pub committer: Option<Author>,
}

/// The keys in conflict of a merge under way, in the order of their stored keys, read as they are asked for. It holds the
/// state it reads: conflicts that are settled meanwhile do not go from it.
pub struct PendingConflicts {
    entries: Entries,
    catalogue: Arc<Catalogue>,
    conflicts: MutableEntries,
}

impl Iterator for PendingConflicts {
    type Item = Result<MergeConflict>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.conflicts.next()?.map_err(Error::from);
        Some(entry.and_then(|entry| {
            let stored = self.entries.tree.tree().read(&entry.value)?;
            self.entries.conflict(&self.catalogue, &stored)
        }))
    }
}

impl MergeSession {
    /// Commits the merge when there is no conflict; else stages what it makes and leaves the conflicts for
    /// [`VersionedStore::conflicts`]. Those of the last page count, whether they were resolved or not: resolve none.
    ///
    /// # Errors
    /// As [`MergeSession::finish`], but for the conflicts.
    pub fn finish_or_suspend(mut self) -> Result<MergeOutcome> {
        let mut listener = self.take_listener();
        if self.strategy.is_some() {
            return self.finish_telling(&mut listener);
        }
        let Step::ByKey(by_key) = &mut self.step else { return self.finish_telling(&mut listener) };
        let mut kept: Vec<(Bytes, EntryValue)> = Vec::new();
        let mut conflicts = 0;
        for conflict in by_key.set_aside(&mut listener)? {
            conflicts += 1;
            let stored = &conflict.key;
            kept.push((record(Part::Conflict, stored), EntryValue::Inline(stored.clone())));
            kept.extend(conflict.base.map(|value| (record(Part::Base, stored), value)));
            kept.extend(conflict.right.map(|value| (record(Part::Source, stored), value)));
        }
        if conflicts == 0 {
            return self.finish_telling(&mut listener);
        }
        let Self { shared, dry_run, position, step, ending, .. } = self;
        if let (Step::ByKey(by_key), false) = (step, dry_run) {
            let mut working = MutableTree::new(by_key.finish()?);
            for (key, value) in kept.into_iter().chain(ending.entries()) {
                working.put_value(key, value)?;
            }
            let tree = working.snapshot()?;
            shared.exclusively(|store| {
                let mut appending = shared.appending()?;
                shared.settle(store, &mut appending)?;
                shared.refuse_moved(&position, ending.operation)?;
                // The commit that is merged must outlive its branch.
                let source = ending.source.as_ref().map(|(source, _)| *source);
                shared.replace_staged(store, &mut appending, &position, source, &tree)
            })?;
        }
        Ok(MergeOutcome::Suspended { conflicts })
    }
}

impl VersionedStore {
    /// The merge, revert or cherry-pick under way in this worktree, if there is one. Brings the handle up to date first.
    ///
    /// # Errors
    /// As [`VersionedStore::refresh`].
    pub fn pending_merge(&self) -> Result<Option<PendingMerge>> {
        self.shared.refresh()?;
        self.entries_now().pending_merge()
    }

    /// The keys in conflict of the merge under way; none when there is no merge under way. Brings the handle up to date
    /// first.
    ///
    /// # Errors
    /// As [`VersionedStore::refresh`].
    pub fn conflicts(&self) -> Result<PendingConflicts> {
        self.shared.refresh()?;
        let entries = self.entries_now();
        let conflicts = entries.tree.entries(all(Part::Conflict), Direction::Forward);
        Ok(PendingConflicts { catalogue: entries.catalogue()?, conflicts, entries })
    }

    /// Settles conflicts of the merge under way, all of these or none.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a key that is not in conflict.
    pub fn resolve_conflicts(&self, decisions: Vec<(Namespace, Bytes, Decision)>) -> Result<()> {
        self.shared.stage(|entries| {
            let mut operations = Vec::new();
            for (namespace, key, decision) in decisions {
                let stored = entries.id_of(&namespace)?.map(|id| id.stored(&key));
                let stored = stored.filter(|stored| record_fits(stored));
                let found = match &stored {
                    Some(stored) => entries.tree.contains(&record(Part::Conflict, stored))?,
                    None => false,
                };
                let Some(stored) = stored.filter(|_| found) else {
                    return Err(no_conflict(&namespace, &key));
                };
                entries.settle(stored, decision, &mut operations)?;
            }
            Ok((with_indexes(entries, operations)?, ()))
        })
    }

    /// Settles all conflicts of the merge under way by taking one side, and says how many there were.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no merge under way; [`Error::BrokenRules`] when rows of tables would break one.
    pub fn resolve_all_conflicts(&self, strategy: Strategy) -> Result<u64> {
        self.take_side(strategy, |_| Ok(None))
    }

    /// As [`VersionedStore::resolve_all_conflicts`], for the rows of one table.
    ///
    /// # Errors
    /// As there, and [`Error::NotFound`] when there is no such table.
    pub fn resolve_table_conflicts(&self, table: &str, strategy: Strategy) -> Result<u64> {
        self.take_side(strategy, |entries| {
            let found = entries.catalogue()?.find(KeyspaceKind::Table, KeyspaceId::CATALOGUE, table);
            let missing = || Error::NotFound {
                what: "table",
                name: table.to_owned(),
                hint: "see what is in conflict with `git-prolly conflicts`".into(),
            };
            found.map(Some).ok_or_else(missing)
        })
    }

    /// Settles the conflicts in the keyspace that `within` names, or all.
    fn take_side(
        &self,
        strategy: Strategy,
        within: impl Fn(&Entries) -> Result<Option<KeyspaceId>>,
    ) -> Result<u64> {
        self.shared.stage(|entries| {
            if !entries.is_merging()? {
                return Err(none_under_way());
            }
            let within = within(entries)?;
            let (mut operations, mut count) = (Vec::new(), 0);
            for stored in entries.in_conflict() {
                let stored = stored?;
                if within.is_some() && KeyspaceId::of_stored(&stored) != within {
                    continue;
                }
                let decision = match strategy {
                    Strategy::TakeSource => Decision::TakeSource,
                    Strategy::TakeDestination | Strategy::IgnoreAll => Decision::TakeDestination,
                };
                entries.settle(stored, decision, &mut operations)?;
                count += 1;
            }
            Ok((with_indexes(entries, operations)?, count))
        })
    }

    /// Commits the merge under way with all that is staged, once no key is in conflict.
    ///
    /// # Errors
    /// [`Error::MergeConflict`] lists the keys in conflict; [`Error::NotFound`] when there is no merge under way;
    /// [`Error::NothingToCommit`] when nothing of a revert or cherry-pick is left; else as [`VersionedStore::commit`].
    pub fn continue_merge(&self, options: &ContinueOptions) -> Result<CommitInfo> {
        let shared = &self.shared;
        let commit = shared
            .exclusively(|store| shared.commit_staged(store, |view| shared.draft_merge(view, options)))?;
        shared.tidy();
        shared.info(commit)
    }

    /// Drops the merge under way, and with it all that is staged.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no merge under way.
    pub fn abort_merge(&self) -> Result<()> {
        if self.pending_merge()?.is_none() {
            return Err(none_under_way());
        }
        self.discard()
    }
}

impl Shared {
    fn draft_merge(&self, view: &View, options: &ContinueOptions) -> Result<Draft> {
        let working = &view.working;
        let Some(ending) = Ending::read(working)? else { return Err(none_under_way()) };
        let catalogue = working.catalogue()?;
        let unsettled = working.in_conflict().take(LISTED + 1);
        let unsettled =
            unsettled.map(|stored| working.conflict(&catalogue, &stored?)).collect::<Result<Vec<_>>>()?;
        if !unsettled.is_empty() {
            return Err(listed(Vec::new(), unsettled));
        }
        let tree = working.tree.applied()?.apply([Edit::DeleteRange(KeyspaceId::PENDING.range())])?;
        if ending.source.is_none() && tree == view.base {
            return Err(Error::NothingToCommit { head: view.position.name().to_owned() });
        }
        let told = ending.commit_options();
        let options = CommitOptions {
            message: options.message.clone().unwrap_or(told.message),
            author: options.author.clone().or(told.author),
            committer: options.committer.clone().or(told.committer),
            allow_empty: true,
        };
        let source = ending.source.as_ref().map(|(source, _)| *source);
        let parents = view.position.commit.into_iter().chain(source).collect();
        Ok(Draft { commit: self.new_commit(&options, parents)?, reflog: ending.reflog(), tree })
    }
}

fn none_under_way() -> Error {
    Error::NotFound {
        what: "operation",
        name: "merge".into(),
        hint: "no merge, revert or cherry-pick is under way".into(),
    }
}

fn no_conflict(namespace: &Namespace, key: &[u8]) -> Error {
    let shown = key[..key.len().min(80)].escape_ascii();
    let name = match namespace.name() {
        Some(namespace) => format!("{shown} in namespace {namespace}"),
        None => shown.to_string(),
    };
    Error::NotFound { what: "conflict", name, hint: "it is settled, or never was one".into() }
}
