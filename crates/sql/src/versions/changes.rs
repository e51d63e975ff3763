//! What differs between two versions of a table.

use std::mem;
use std::sync::Arc;

use gluesql_core::ast::DataType;
use gluesql_core::data::Value;
use gluesql_core::executor::FetchError;
use prolly_tree::KeyRange;
use prolly_versioning::{KeyspaceChange, Keyspaces};

use super::{Found, GivenRows, is_staged};
use crate::error::{Error, Result};
use crate::query::RowIter;
use crate::storage::SqlStorage;
use crate::table::Table;
use crate::table::record::Column;

/// One side: the table there, if it is, and what it is read from.
type Side = (Option<Arc<Table>>, Keyspaces);

/// `prolly_diff`: a row for each row that differs, with the columns of both sides. Cost: O(changes).
pub(super) fn diff(storage: &SqlStorage, table: &str, from: &str, to: &str) -> Result<Found> {
    let side = |revision: &str| -> Result<Side> {
        let (tables, keyspaces) = if is_staged(revision) {
            (storage.tables()?, storage.keyspaces()?)
        } else {
            storage.at_version(revision)?
        };
        Ok((tables.get(table).cloned(), keyspaces))
    };
    let (from, to) = (side(from)?, side(to)?);
    let missing = || Error::Sql(FetchError::TableNotFound(table.to_owned()).into());
    let shown = Arc::clone(to.0.as_ref().or(from.0.as_ref()).ok_or_else(missing)?);
    let mut columns = vec![("diff_type".to_owned(), DataType::Text)];
    for prefix in ["from", "to"] {
        columns.extend(names_of(&shown).map(|(name, data_type)| (format!("{prefix}_{name}"), data_type)));
    }
    let rows = move || {
        let mut changes: Vec<prolly_versioning::KeyspaceChanges> = Vec::new();
        let mut ids: Vec<_> = [&from.0, &to.0].into_iter().flatten().map(|table| table.id).collect();
        ids.dedup();
        for id in ids {
            changes.push(from.1.changes_to(&to.1, id, &KeyRange::all())?);
        }
        let (old, new, shown) = (from.0.clone(), to.0.clone(), Arc::clone(&shown));
        let row = move |change: prolly_versioning::Result<KeyspaceChange>| {
            let KeyspaceChange { key, old: before, new: after } = change?;
            let kind = match (&before, &after) {
                (None, _) => "added",
                (Some(_), Some(_)) => "modified",
                (Some(_), None) => "removed",
            };
            let mut row = vec![Value::Str(kind.to_owned())];
            row.extend(row_under(old.as_deref(), &shown, &key, before.as_deref())?);
            row.extend(row_under(new.as_deref(), &shown, &key, after.as_deref())?);
            Ok(row)
        };
        Ok(Box::new(changes.into_iter().flatten().map(row)) as RowIter)
    };
    Ok(Found::Rows(GivenRows::new(columns, rows)))
}

/// The columns of a table, with their types.
pub(super) fn names_of(table: &Table) -> impl Iterator<Item = (String, DataType)> {
    let is_map = table.record.columns.is_none();
    let column = |column: &Column| (column.definition.name.clone(), column.definition.data_type.clone());
    is_map.then(|| ("doc".to_owned(), DataType::Map)).into_iter().chain(table.columns().iter().map(column))
}

fn ids_of(table: &Table) -> impl Iterator<Item = u32> {
    table.columns().iter().map(|column| column.id)
}

/// A row of a table under the columns of the one that is shown: those that it lacks are NULL, and so are all where there is no row.
pub(super) fn row_under(
    table: Option<&Table>,
    shown: &Table,
    key: &[u8],
    row: Option<&[u8]>,
) -> Result<Vec<Value>> {
    let width = shown.record.columns.as_ref().map_or(1, Vec::len);
    let (Some(table), Some(row)) = (table, row) else { return Ok(vec![Value::Null; width]) };
    let mut values = table.read_row(key, row)?;
    if table.record.columns.is_none() || shown.record.columns.is_none() || ids_of(table).eq(ids_of(shown)) {
        return Ok(values);
    }
    let mut value = |column: &Column| {
        let place = table.columns().iter().position(|known| known.id == column.id);
        place
            .and_then(|place| values.get_mut(place))
            .map_or(Value::Null, |value| mem::replace(value, Value::Null))
    };
    Ok(shown.columns().iter().map(&mut value).collect())
}
