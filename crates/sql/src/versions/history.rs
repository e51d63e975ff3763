//! `prolly_history_<table>`: which commits changed which rows.

use std::sync::Arc;

use gluesql_core::ast::DataType;
use gluesql_core::chrono::DateTime;
use gluesql_core::data::Value;
use prolly_tree::KeyRange;
use prolly_versioning::{CommitId, CommitInfo, HistoryEntry, KeyspaceId, LogOptions, VersionedStore};

use super::GivenRows;
use super::changes::{names_of, row_under};
use crate::error::Result;
use crate::query::RowIter;
use crate::storage::SqlStorage;
use crate::table::{Table, Tables};

/// The columns that come before those of the table.
const ABOUT: [(&str, DataType); 6] = [
    ("commit", DataType::Text),
    ("commit_author", DataType::Text),
    ("commit_email", DataType::Text),
    ("commit_date", DataType::Timestamp),
    ("commit_message", DataType::Text),
    ("diff_type", DataType::Text),
];

/// A row for each commit of HEAD's history and each row of the table that it changed, newest first: the row as it was then, or as it was
/// removed. Cost: no node for commits that hold what a parent holds; else the changes, and with a condition on the key O(depth) node
/// loads for each.
pub(super) fn history(storage: &SqlStorage, table: &Arc<Table>) -> Result<GivenRows> {
    let store = Arc::clone(storage.store()?);
    let shown = Arc::clone(table);
    let mut columns: Vec<(String, DataType)> =
        ABOUT.iter().map(|(name, data_type)| ((*name).to_owned(), data_type.clone())).collect();
    columns.extend(names_of(table));
    let rows = move |ranges: &[KeyRange]| {
        let history = store.keyspace_history(shown.id, ranges, &LogOptions::default())?;
        let mut tables =
            TablesThen { store: Arc::clone(&store), shown: Arc::clone(&shown), known: Vec::new() };
        let row = move |entry: prolly_versioning::Result<HistoryEntry>| tables.row(&entry?);
        Ok(Box::new(history.map(row)) as RowIter)
    };
    let key = table.key.map(|place| ABOUT.len() + place);
    Ok(GivenRows { columns, key, rows: Arc::new(rows) })
}

/// A table as it was at commits.
struct TablesThen {
    store: Arc<VersionedStore>,
    /// As it is shown.
    shown: Arc<Table>,
    /// Those of the commit that was looked at last, and of its parent.
    known: Vec<(CommitId, Option<Arc<Table>>)>,
}

impl TablesThen {
    fn row(&mut self, entry: &HistoryEntry) -> Result<Vec<Value>> {
        let HistoryEntry { commit, key, old, new } = entry;
        let (kind, side, bytes) = match (old, new) {
            (Some(_), Some(new)) => ("modified", Some(commit.id), Some(new)),
            (None, Some(new)) => ("added", Some(commit.id), Some(new)),
            (old, None) => ("removed", commit.parents.first().copied(), old.as_ref()),
        };
        let table = side.map(|side| self.table_at(side)).transpose()?.flatten();
        let mut row = about(commit, kind);
        row.extend(row_under(table.as_deref(), &self.shown, key, bytes.map(|bytes| &bytes[..]))?);
        Ok(row)
    }

    fn table_at(&mut self, commit: CommitId) -> Result<Option<Arc<Table>>> {
        if let Some((_, table)) = self.known.iter().find(|(known, _)| *known == commit) {
            return Ok(table.clone());
        }
        let catalogue = self.store.at(&commit.to_string())?.keyspaces().catalogue()?;
        let id: KeyspaceId = self.shown.id;
        let is_shown = |table: &Arc<Table>| {
            catalogue.get(id).is_some_and(|keyspace| keyspace.schema == table.record.encode())
        };
        // Seldom was it another one.
        let table =
            match self.known.iter().filter_map(|(_, table)| table.as_ref()).find(|table| is_shown(table)) {
                Some(table) => Some(Arc::clone(table)),
                None if is_shown(&self.shown) => Some(Arc::clone(&self.shown)),
                None => Tables::read(catalogue)?.by_id(id).cloned(),
            };
        if self.known.len() >= 2 {
            self.known.remove(0);
        }
        self.known.push((commit, table.clone()));
        Ok(table)
    }
}

fn about(commit: &CommitInfo, kind: &str) -> Vec<Value> {
    let date = DateTime::from_timestamp(commit.author.time.seconds, 0);
    vec![
        Value::Str(commit.id.to_string()),
        Value::Str(commit.author.name.clone()),
        Value::Str(commit.author.email.clone()),
        date.map_or(Value::Null, |date| Value::Timestamp(date.naive_utc())),
        Value::Str(commit.message.trim_end().to_owned()),
        Value::Str(kind.to_owned()),
    ]
}
