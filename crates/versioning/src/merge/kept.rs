//! What the working state keeps of a merge under way, in a keyspace that no commit has: which keys are in conflict, the values that the
//! common ancestor and the other side give them, and what is to be committed.

use bytes::Bytes;
use prolly_storage::git::{Oid, Time};
use prolly_tree::{Direction, EntryValue, KeyRange};

use super::pending::PendingMerge;
use super::session::Ending;
use super::{Decision, MergeConflict};
use crate::catalogue::Catalogue;
use crate::journal::Operation;
use crate::keyspace::{KeyspaceId, KeyspaceKind, USER_KEY_MAX, user_key};
use crate::view::Entries;
use crate::{Author, Error, Result};

/// What is kept of a merge under way: the first byte of a key in its keyspace.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Part {
    /// Something about its commit.
    Ending = b'e',
    /// That a key is in conflict: the stored key.
    Conflict = b'c',
    /// The value of such a key in the common ancestor, if it has one.
    Base = b'b',
    /// The value that the other side gives it, if it has one.
    Source = b's',
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
    pub(super) fn in_conflict(&self) -> impl Iterator<Item = Result<Bytes>> {
        let read =
            |entry: prolly_tree::Result<prolly_tree::Entry>| Ok(self.tree.tree().read(&entry?.value)?);
        self.tree.entries(all(Part::Conflict), Direction::Forward).map(read)
    }

    /// The sides of a key in conflict.
    pub(super) fn conflict(&self, catalogue: &Catalogue, stored: &[u8]) -> Result<MergeConflict> {
        let stored = Bytes::copy_from_slice(stored);
        let keyspace = KeyspaceId::of_stored(&stored).and_then(|id| catalogue.get(id));
        Ok(MergeConflict {
            kind: keyspace.map_or(KeyspaceKind::Namespace, |keyspace| keyspace.kind),
            namespace: keyspace.map(|keyspace| keyspace.name.to_string()),
            base: self.tree.get(&record(Part::Base, &stored))?,
            destination: self.tree.get(&stored)?,
            source: self.tree.get(&record(Part::Source, &stored))?,
            key: user_key(&stored),
        })
    }

    /// What settles a key in conflict.
    pub(super) fn settle(
        &self,
        stored: Bytes,
        decision: Decision,
        operations: &mut Vec<Operation>,
    ) -> Result<()> {
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
    pub(super) fn entries(&self) -> Vec<(Bytes, EntryValue)> {
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

    pub(super) fn read(entries: &Entries) -> Result<Option<Self>> {
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
pub(super) fn record(part: Part, stored: &[u8]) -> Bytes {
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
pub(super) const fn record_fits(stored: &[u8]) -> bool {
    stored.len() <= KeyspaceId::LENGTH + USER_KEY_MAX
}

fn about(name: &str) -> Bytes {
    record(Part::Ending, name.as_bytes())
}

pub(super) fn all(part: Part) -> KeyRange {
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
