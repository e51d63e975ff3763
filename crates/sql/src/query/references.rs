//! Foreign keys: what they name is there.

use std::collections::HashSet;
use std::sync::Arc;

use gluesql_core::ast::ForeignKey;
use gluesql_core::data::{Key, Value};
use gluesql_core::executor::DeleteError;
use prolly_tree::{Direction, KeyRange};
use prolly_versioning::Keyspaces;

use super::access::{Path, Span, Target, range_of};
use super::table::TableSource;
use crate::encoding::key::{Followed, key_bytes};
use crate::error::{Error, Result};
use crate::table::{KeyedRow, Rows, Table, Tables};

/// Refuses to remove rows that rows of other tables name. Cost: as [`named_by`].
pub(super) fn check_removed(
    tables: &Tables,
    table: &Table,
    rows: &[KeyedRow],
    keyspaces: &Keyspaces,
) -> Result<()> {
    match named_by(tables, table, rows, keyspaces)? {
        Some(column) => Err(Error::Sql(DeleteError::ReferencingColumnExists(column).into())),
        None => Ok(()),
    }
}

/// A column of another table that names one of these rows. Cost: O(depth) node loads for each row where an index has the column that
/// names it; else such a table is read once.
pub(crate) fn named_by(
    tables: &Tables,
    table: &Table,
    rows: &[KeyedRow],
    keyspaces: &Keyspaces,
) -> Result<Option<String>> {
    for other in tables.referencing(table.id).filter(|other| other.id != table.id) {
        let keys = other.schema.foreign_keys.iter();
        for key in keys.filter(|key| key.referenced_table_name == table.schema.table_name) {
            let [referenced, referencing] =
                [place(table, &key.referenced_column_name)?, place(other, &key.referencing_column_name)?];
            let named: HashSet<&Value> = rows.iter().map(|(_, row)| &row[referenced]).collect();
            if names_any(&TableSource::new(Arc::clone(other)), referencing, &named, keyspaces)? {
                return Ok(Some(format!("{}.{}", other.schema.table_name, key.referencing_column_name)));
            }
        }
    }
    Ok(None)
}

/// Whether a row has one of these values in a column.
fn names_any(
    source: &TableSource,
    column: usize,
    values: &HashSet<&Value>,
    keyspaces: &Keyspaces,
) -> Result<bool> {
    let table = &source.table;
    if let Some(path) = source.path(Target::Column(column)) {
        let id = match path {
            Path::Key => table.id,
            Path::Index(index) => index.id,
        };
        for value in values {
            let range = range_of(path, &Span::one(Key::try_from(*value)?));
            if keyspaces.entries(id, &range, Direction::Forward).next().transpose()?.is_some() {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    let wanted: Vec<bool> = (0..table.columns().len()).map(|place| place == column).collect();
    let all = vec![KeyRange::all()];
    let mut rows = Rows::of_ranges(Arc::clone(table), keyspaces.clone(), all, Direction::Forward)
        .with_columns(wanted.into());
    while let Some(row) = rows.next_values()? {
        if values.contains(&row[column]) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The first of these values of a foreign key that no row has. Cost: O(depth) node loads for each.
pub(crate) fn missing<'a>(
    tables: &Tables,
    key: &ForeignKey,
    values: impl Iterator<Item = &'a Value>,
    keyspaces: &Keyspaces,
) -> Result<Option<&'a Value>> {
    let Some(referenced) = tables.get(&key.referenced_table_name) else { return Ok(None) };
    for value in values.filter(|value| !value.is_null()) {
        let bytes = key_bytes(&Key::try_from(value)?, Followed::No);
        if !keyspaces.contains(referenced.id, &bytes)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// The place of a column that a foreign key names.
pub(crate) fn place(table: &Table, column: &str) -> Result<usize> {
    let place = table.columns().iter().position(|known| known.definition.name == column);
    place.ok_or_else(|| Error::corrupt(format!("a foreign key of {:?}", table.schema.table_name)))
}
