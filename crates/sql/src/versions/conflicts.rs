//! `prolly_conflicts_<table>`: the rows in conflict of a merge that waits for them to be settled.

use std::sync::Arc;

use gluesql_core::ast::DataType;
use gluesql_core::data::Value;
use prolly_versioning::{KeyspaceKind, MergeConflict};

use super::GivenRows;
use super::changes::{names_of, row_under};
use crate::error::Result;
use crate::query::RowIter;
use crate::storage::SqlStorage;
use crate::table::Table;

/// A row for each row in conflict: its values in the common ancestor, on the current branch and on the branch being merged, NULL where it is not
/// there. Columns that one of them lacks have what rows without them have. Cost: the conflicts.
pub(super) fn conflicts(storage: &SqlStorage, table: &Arc<Table>) -> Result<GivenRows> {
    let store = Arc::clone(storage.store()?);
    let shown = Arc::clone(table);
    let mut columns = Vec::new();
    for side in ["base", "destination", "source"] {
        columns.extend(names_of(table).map(|(name, data_type)| (format!("{side}_{name}"), data_type)));
    }
    columns.push(("conflict".to_owned(), DataType::Text));
    let rows = move || {
        let shown = Arc::clone(&shown);
        let is_of_table = {
            let shown = Arc::clone(&shown);
            move |conflict: &prolly_versioning::Result<MergeConflict>| match conflict {
                Ok(MergeConflict { kind: KeyspaceKind::Table, namespace: Some(name), .. }) => {
                    *name == shown.schema.table_name
                }
                Ok(_) => false,
                Err(_) => true,
            }
        };
        let row = move |conflict: prolly_versioning::Result<MergeConflict>| {
            let MergeConflict { key, base, destination, source, .. } = conflict?;
            let kind = match (&base, &destination, &source) {
                (_, None, _) => "removed by destination",
                (_, _, None) => "removed by source",
                (None, ..) => "added by both",
                _ => "modified by both",
            };
            let mut row = Vec::new();
            for side in [base, destination, source] {
                // What was merged so far knows the rows of all sides.
                row.extend(row_under(Some(&shown), &shown, &key, side.as_deref())?);
            }
            row.push(Value::Str(kind.to_owned()));
            Ok(row)
        };
        Ok(Box::new(store.conflicts()?.filter(is_of_table).map(row)) as RowIter)
    };
    Ok(GivenRows::new(columns, rows))
}
