//! The store itself as tables: its commits, branches and tags, what is staged, and keys.

use std::sync::Arc;

use gluesql_core::ast::DataType;
use gluesql_core::chrono::DateTime;
use gluesql_core::data::Value;
use prolly_tree::{Direction, KeyRange};
use prolly_versioning::{KeyspaceId, KeyspaceKind, Keyspaces, LogOptions, Namespace, VersionedStore};

use super::GivenRows;
use crate::error::{Error, Result};
use crate::query::RowIter;
use crate::storage::SqlStorage;

/// Finds a table of the store's own by its name.
pub(super) fn find(storage: &SqlStorage, name: &str) -> Result<Option<GivenRows>> {
    Ok(Some(match name {
        "prolly_log" => log(storage.store()?),
        "prolly_branches" => branches(storage.store()?),
        "prolly_tags" => tags(storage.store()?),
        "prolly_status" => status(storage)?,
        _ => return Ok(None),
    }))
}

fn columns<const N: usize>(columns: [(&str, DataType); N]) -> Vec<(String, DataType)> {
    columns.into_iter().map(|(name, data_type)| (name.to_owned(), data_type)).collect()
}

fn text(text: impl ToString) -> Value {
    Value::Str(text.to_string())
}

/// Rows that are read at once.
fn read_at_once<const N: usize>(
    named: [(&str, DataType); N],
    rows: impl Fn() -> Result<Vec<Vec<Value>>> + Send + Sync + 'static,
) -> GivenRows {
    GivenRows::new(columns(named), move || Ok(Box::new(rows()?.into_iter().map(Ok))))
}

/// The commits that HEAD reaches, newest first, read as they are asked for.
fn log(store: &Arc<VersionedStore>) -> GivenRows {
    let store = Arc::clone(store);
    let rows = move || {
        let log = store.log(&LogOptions::default())?;
        let row = |commit: prolly_versioning::Result<prolly_versioning::CommitInfo>| {
            let commit = commit?;
            let date = DateTime::from_timestamp(commit.author.time.seconds, 0);
            Ok(vec![
                text(commit.id),
                Value::List(commit.parents.iter().map(text).collect()),
                text(&commit.author.name),
                text(&commit.author.email),
                date.map_or(Value::Null, |date| Value::Timestamp(date.naive_utc())),
                text(commit.message.trim_end()),
            ])
        };
        Ok(Box::new(log.map(row)) as RowIter)
    };
    let columns = columns([
        ("commit", DataType::Text),
        ("parents", DataType::List),
        ("author", DataType::Text),
        ("email", DataType::Text),
        ("date", DataType::Timestamp),
        ("message", DataType::Text),
    ]);
    GivenRows::new(columns, rows)
}

fn branches(store: &Arc<VersionedStore>) -> GivenRows {
    let store = Arc::clone(store);
    let columns = [
        ("name", DataType::Text),
        ("commit", DataType::Text),
        ("current", DataType::Boolean),
        ("remote", DataType::Boolean),
    ];
    read_at_once(columns, move || {
        let branches = store.branches()?.into_iter();
        let row = |branch: prolly_versioning::BranchInfo| {
            let commit = branch.commit.map_or(Value::Null, text);
            vec![text(branch.name), commit, Value::Bool(branch.current), Value::Bool(branch.remote)]
        };
        Ok(branches.map(row).collect())
    })
}

fn tags(store: &Arc<VersionedStore>) -> GivenRows {
    let store = Arc::clone(store);
    read_at_once([("name", DataType::Text), ("commit", DataType::Text)], move || {
        Ok(store.tags()?.into_iter().map(|tag| vec![text(tag.name), text(tag.commit)]).collect())
    })
}

/// What differs from HEAD: a row for each table and namespace. Cost: O(changes).
fn status(storage: &SqlStorage) -> Result<GivenRows> {
    let newer = storage.keyspaces()?;
    let older = match storage.store()?.head()?.commit() {
        Some(commit) => Some(storage.store()?.at(&commit.to_string())?.keyspaces()),
        None => None,
    };
    let columns = [
        ("name", DataType::Text),
        ("kind", DataType::Text),
        ("added", DataType::Int),
        ("modified", DataType::Int),
        ("removed", DataType::Int),
    ];
    Ok(read_at_once(columns, move || {
        let after = newer.catalogue()?;
        let before = older.as_ref().map(|older| older.catalogue()).transpose()?;
        let mut known: Vec<(KeyspaceId, String, &str)> =
            vec![(KeyspaceId::DEFAULT, String::new(), "namespace")];
        for (id, keyspace) in before.iter().flat_map(|before| before.iter()).chain(after.iter()) {
            let kind = match keyspace.kind {
                KeyspaceKind::Table => "table",
                KeyspaceKind::Namespace => "namespace",
                KeyspaceKind::Index | KeyspaceKind::Function => continue,
            };
            known.retain(|(known, ..)| *known != id);
            known.push((id, keyspace.name.to_string(), kind));
        }
        let mut rows = Vec::new();
        for (id, name, kind) in known {
            let mut counts = [0_i64; 3];
            match &older {
                Some(older) => {
                    for change in older.changes_to(&newer, id, &KeyRange::all())? {
                        let change = change?;
                        counts[match (change.old, change.new) {
                            (None, _) => 0,
                            (Some(_), Some(_)) => 1,
                            (Some(_), None) => 2,
                        }] += 1;
                    }
                }
                None => counts[0] = i64::try_from(newer.count(id, &KeyRange::all())?).unwrap_or(i64::MAX),
            }
            let is_same = before.as_ref().is_some_and(|before| before.get(id) == after.get(id));
            if counts != [0; 3] || !is_same && id != KeyspaceId::DEFAULT {
                let [added, modified, removed] = counts.map(Value::I64);
                rows.push(vec![text(name), text(kind), added, modified, removed]);
            }
        }
        Ok(rows)
    }))
}

/// The keys of a namespace, the default one for the empty name.
pub(super) fn keys(keyspaces: Keyspaces, namespace: &str) -> Result<GivenRows> {
    let id = match namespace {
        "" => KeyspaceId::DEFAULT,
        name => {
            let missing = || {
                Error::Store(prolly_versioning::Error::NotFound {
                    what: "namespace",
                    name: name.to_owned(),
                    hint: "list them with store.namespaces()".into(),
                })
            };
            keyspaces.catalogue()?.id_of(&Namespace::named(name)?).ok_or_else(missing)?
        }
    };
    let rows = move || {
        let entries = keyspaces.entries(id, &KeyRange::all(), Direction::Forward);
        let row = |entry: prolly_versioning::Result<(bytes::Bytes, bytes::Bytes)>| {
            let (key, value) = entry?;
            Ok(vec![plain(&key), structured(&value)])
        };
        Ok(Box::new(entries.map(row)) as RowIter)
    };
    // A value may be of any type.
    let columns = columns([("key", DataType::Text), ("value", DataType::Map)]);
    Ok(GivenRows::new(columns, rows))
}

fn plain(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::Str(text.to_owned()),
        Err(_) => Value::Bytea(bytes.to_vec()),
    }
}

/// JSON as what it says, and all else as it is.
fn structured(bytes: &[u8]) -> Value {
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(json) => Value::try_from(json).unwrap_or_else(|_| plain(bytes)),
        Err(_) => plain(bytes),
    }
}
