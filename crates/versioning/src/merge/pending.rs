//! Merges whose conflicts are settled one by one, by several calls, commands or processes.
//!
//! What such a merge makes is staged at once, and a key in conflict keeps the value of the current branch. Beside that the
//! working state has what Git keeps in its index, in a keyspace that no commit has: which keys are in conflict, the values
//! that the common ancestor and the other side give them, and what is to be committed. So a merge under way is as safe as
//! anything that is staged, every process sees it, and dropping what is staged aborts it. To write to a key settles its
//! conflict.

use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::git::{Oid, Time};
use prolly_tree::{Direction, Edit, EntryValue, KeyRange, MutableEntries, MutableTree};

use super::session::{Ending, LISTED, MergeSession, Step, listed};
use super::{Decision, MergeConflict, MergeOutcome, Strategy};
use crate::catalogue::Catalogue;
use crate::commit::Draft;
use crate::journal::Operation;
use crate::keyspace::{KeyspaceId, USER_KEY_MAX, user_key};
use crate::shared::Shared;
use crate::view::{Entries, View};
use crate::{Author, CommitId, CommitInfo, CommitOptions, Error, Namespace, Result, VersionedStore};

/// What is kept of a merge under way: the first byte of a key in its keyspace.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Part {
    /// Something about its commit.
    Ending = b'e',
    /// That a key is in conflict: the stored key.
    Conflict = b'c',
    /// The value of such a key in the common ancestor, if it has one.
    Base = b'b',
    /// The value that the other side gives it, if it has one.
    Source = b's',
}

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
        let Step::ByKey(by_key) = &mut self.step else { return self.finish() };
        if self.strategy.is_some() {
            return self.finish();
        }
        let mut kept: Vec<(Bytes, EntryValue)> = Vec::new();
        let mut conflicts = 0;
        for conflict in by_key.set_aside()? {
            conflicts += 1;
            let stored = &conflict.key;
            kept.push((record(Part::Conflict, stored), EntryValue::Inline(stored.clone())));
            kept.extend(conflict.base.map(|value| (record(Part::Base, stored), value)));
            kept.extend(conflict.right.map(|value| (record(Part::Source, stored), value)));
        }
        if conflicts == 0 {
            return self.finish();
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
            Ok((operations, ()))
        })
    }

    /// Settles all conflicts of the merge under way by taking one side, and says how many there were.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no merge under way.
    pub fn resolve_all_conflicts(&self, strategy: Strategy) -> Result<u64> {
        self.shared.stage(|entries| {
            if !entries.is_merging()? {
                return Err(none_under_way());
            }
            let (mut operations, mut count) = (Vec::new(), 0);
            for stored in entries.in_conflict() {
                let decision = match strategy {
                    Strategy::TakeSource => Decision::TakeSource,
                    Strategy::TakeDestination | Strategy::IgnoreAll => Decision::TakeDestination,
                };
                entries.settle(stored?, decision, &mut operations)?;
                count += 1;
            }
            Ok((operations, count))
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

/// What the working state has of a merge under way.
impl Entries {
    /// Whether a merge is under way.
    pub(crate) fn is_merging(&self) -> Result<bool> {
        if let Some(merging) = self.merging.get() {
            return Ok(*merging);
        }
        let merging = self.tree.contains(&about("operation"))?;
        Ok(*self.merging.get_or_init(|| merging))
    }

    /// What is under way: `merge`, `revert` or `cherry-pick`.
    pub(crate) fn merging(&self) -> Result<Option<&'static str>> {
        if self.is_merging()? { Ok(Ending::read(self)?.map(|ending| ending.operation)) } else { Ok(None) }
    }

    pub(crate) fn pending_merge(&self) -> Result<Option<PendingMerge>> {
        let Some(Ending { operation, source, message, .. }) = Ending::read(self)? else { return Ok(None) };
        let conflicts = self.tree.count(&all(Part::Conflict))?;
        let (source, named) = source.unzip();
        Ok(Some(PendingMerge { operation, source, named, message, conflicts }))
    }

    /// The stored keys in conflict.
    fn in_conflict(&self) -> impl Iterator<Item = Result<Bytes>> {
        let read =
            |entry: prolly_tree::Result<prolly_tree::Entry>| Ok(self.tree.tree().read(&entry?.value)?);
        self.tree.entries(all(Part::Conflict), Direction::Forward).map(read)
    }

    /// The sides of a key in conflict.
    fn conflict(&self, catalogue: &Catalogue, stored: &[u8]) -> Result<MergeConflict> {
        let stored = Bytes::copy_from_slice(stored);
        let name = KeyspaceId::of_stored(&stored).and_then(|id| catalogue.name_of(id));
        Ok(MergeConflict {
            namespace: name.map(|name| name.to_string()),
            base: self.tree.get(&record(Part::Base, &stored))?,
            destination: self.tree.get(&stored)?,
            source: self.tree.get(&record(Part::Source, &stored))?,
            key: user_key(&stored),
        })
    }

    /// What settles a key in conflict.
    fn settle(&self, stored: Bytes, decision: Decision, operations: &mut Vec<Operation>) -> Result<()> {
        operations.extend(settled(&stored));
        let value = match decision {
            // A key in conflict has this value already.
            Decision::TakeDestination => return Ok(()),
            Decision::TakeSource => self.tree.get(&record(Part::Source, &stored))?,
            Decision::Put(value) => {
                crate::changes::check_value(&value)?;
                Some(value)
            }
            Decision::Delete => None,
        };
        operations.push(match value {
            Some(value) => Operation::Put { key: stored, value },
            None => Operation::Delete { key: stored },
        });
        Ok(())
    }

    /// `operations`, and what they settle of the conflicts of a merge under way: the keys they write to.
    pub(crate) fn with_settled(&self, mut operations: Vec<Operation>) -> Result<Vec<Operation>> {
        if operations.is_empty() || !self.is_merging()? {
            return Ok(operations);
        }
        let mut written = Vec::new();
        for operation in &operations {
            match operation {
                Operation::Put { key, .. } | Operation::Delete { key } if is_entry(key) => {
                    if self.tree.contains(&record(Part::Conflict, key))? {
                        written.push(key.clone());
                    }
                }
                Operation::DeleteRange(range) => {
                    for stored in self.in_conflict() {
                        let stored = stored?;
                        if range.contains(&stored) {
                            written.push(stored);
                        }
                    }
                }
                Operation::Put { .. } | Operation::Delete { .. } => {}
            }
        }
        operations.extend(written.iter().flat_map(|stored| settled(stored)));
        Ok(operations)
    }
}

impl Ending {
    /// What [`Ending::read`] reads: fields under their names, as text.
    fn entries(&self) -> Vec<(Bytes, EntryValue)> {
        let person = |author: &Author| {
            let time = author.time.map(|time| format!("{} {}", time.seconds, time.offset_minutes));
            format!("{}\n{}\n{}", author.name, author.email, time.unwrap_or_default())
        };
        let fields = [
            ("operation", Some(self.operation.to_owned())),
            ("source", self.source.as_ref().map(|(commit, named)| format!("{commit} {named}"))),
            ("message", Some(self.message.clone())),
            ("author", self.author.as_ref().map(person)),
            ("committer", self.committer.as_ref().map(person)),
        ];
        let entry =
            |(name, text): (&str, Option<String>)| Some((about(name), EntryValue::Inline(text?.into())));
        fields.into_iter().filter_map(entry).collect()
    }

    fn read(entries: &Entries) -> Result<Option<Self>> {
        let corrupt = |name: &str| Error::Corruption {
            subject: format!("the {name} of the merge under way"),
            reason: "it is none that this version writes".into(),
        };
        let text = |name: &str| {
            let value = entries.tree.get(&about(name))?;
            value.map(|bytes| String::from_utf8(bytes.into()).map_err(|_| corrupt(name))).transpose()
        };
        let Some(operation) = text("operation")? else { return Ok(None) };
        let operation = ["merge", "revert", "cherry-pick"].into_iter().find(|known| operation == *known);
        let parsed = |name, parse: fn(&str) -> Option<Author>| {
            text(name)?.map(|text| parse(&text).ok_or_else(|| corrupt(name))).transpose()
        };
        let source = text("source")?.map(|text| {
            let (commit, named) = text.split_once(' ')?;
            Some((commit.parse::<Oid>().ok()?, named.to_owned()))
        });
        Ok(Some(Self {
            operation: operation.ok_or_else(|| corrupt("operation"))?,
            source: source.map(|source| source.ok_or_else(|| corrupt("source"))).transpose()?,
            message: text("message")?.ok_or_else(|| corrupt("message"))?,
            author: parsed("author", person)?,
            committer: parsed("committer", person)?,
        }))
    }
}

/// The inverse of how [`Ending::entries`] writes a person.
fn person(text: &str) -> Option<Author> {
    let mut lines = text.split('\n');
    let (name, email, time) = (lines.next()?, lines.next()?, lines.next()?);
    let time = match time.split_once(' ') {
        Some((seconds, offset)) => {
            Some(Time { seconds: seconds.parse().ok()?, offset_minutes: offset.parse().ok()? })
        }
        None => None,
    };
    Some(Author { name: name.to_owned(), email: email.to_owned(), time })
}

/// Bytes of a stored key that a key of the keyspace has room for, behind its part.
const ROOM: usize = USER_KEY_MAX - 1;

/// Where the keyspace has a part of what is known of a stored key. A longer one than fits is told by its beginning and its hash.
fn record(part: Part, stored: &[u8]) -> Bytes {
    let mut key = vec![part as u8];
    match stored.get(..ROOM - blake3::OUT_LEN) {
        Some(beginning) if stored.len() > ROOM => {
            key.extend_from_slice(beginning);
            key.extend_from_slice(blake3::hash(stored).as_bytes());
        }
        _ => key.extend_from_slice(stored),
    }
    KeyspaceId::PENDING.stored(&key)
}

/// Whether a stored key can be one of the tree.
const fn record_fits(stored: &[u8]) -> bool {
    stored.len() <= KeyspaceId::LENGTH + USER_KEY_MAX
}

fn about(name: &str) -> Bytes {
    record(Part::Ending, name.as_bytes())
}

fn all(part: Part) -> KeyRange {
    KeyspaceId::PENDING.within(&KeyRange::prefix(&[part as u8]))
}

/// What takes a stored key from those in conflict.
fn settled(stored: &[u8]) -> impl Iterator<Item = Operation> {
    let parts = [Part::Conflict, Part::Base, Part::Source];
    parts.map(|part| Operation::Delete { key: record(part, stored) }).into_iter()
}

/// Whether a stored key is one of an entry, which can be in conflict.
fn is_entry(stored: &[u8]) -> bool {
    KeyspaceId::of_stored(stored).is_some_and(|id| !id.is_internal())
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
