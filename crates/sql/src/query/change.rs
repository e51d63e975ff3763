//! UPDATE and DELETE: which rows they change, found as a query finds them.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use gluesql_core::ast::ForeignKey;
use gluesql_core::data::{Key, Value};
use gluesql_core::executor::{DeleteError, ExecuteError, UpdateError};
use gluesql_core::plan::{AssignmentPlan, ExprPlan};
use prolly_tree::{Direction, KeyRange};

use super::access::{Path, Span, Target, range_of};
use super::compile::expression;
use super::expression::{Expression, as_type};
use super::join::holds;
use super::run::Run;
use super::scope::{Database, Scope};
use super::select::Select;
use super::table::TableSource;
use crate::encoding::key::{Followed, key_bytes};
use crate::error::{Error, Result};
use crate::storage::ReplacedRow;
use crate::table::{Rows, Table};

/// A row with its key.
pub(crate) type KeyedRow = (Vec<u8>, Vec<Value>);

/// The rows that a DELETE removes, each with its key.
///
/// # Errors
/// [`DeleteError::ReferencingColumnExists`] when a row of another table names one of them.
pub(crate) fn delete(
    database: &Database<'_>,
    table_name: &str,
    selection: Option<&ExprPlan>,
) -> Result<(Arc<Table>, Vec<KeyedRow>)> {
    let taken = RefCell::default();
    let scope = Scope::new(database, &[], None, &taken);
    let (source, filters, _) =
        Select::of_table(source(database, table_name)?, table_name, selection, &scope)?;
    let rows = rows(&source, &filters, &Arc::default())?;
    check_references(database, &source.table, &rows)?;
    Ok((source.table, rows))
}

/// The rows that an UPDATE changes.
///
/// # Errors
/// [`UpdateError`] for columns that cannot be changed so.
pub(crate) fn update(
    database: &Database<'_>,
    table_name: &str,
    assignments: &[AssignmentPlan],
    selection: Option<&ExprPlan>,
) -> Result<(Arc<Table>, Vec<ReplacedRow>)> {
    let taken = RefCell::default();
    let scope = Scope::new(database, &[], None, &taken);
    let (source, filters, columns) =
        Select::of_table(source(database, table_name)?, table_name, selection, &scope)?;
    let table = Arc::clone(&source.table);
    let columns = [columns];
    let scope = Scope { sources: &columns, ..scope.same() };
    let mut compiled = Vec::with_capacity(assignments.len());
    for AssignmentPlan { id, value } in assignments {
        let place = table.columns().iter().position(|column| column.definition.name == *id);
        if place.is_none() && table.record.columns.is_some() {
            return Err(fault(UpdateError::ColumnNotFound(id.clone())));
        }
        if place.is_some() && place == table.key {
            return Err(fault(UpdateError::UpdateOnPrimaryKeyNotSupported(id.clone())));
        }
        compiled.push((id, place, expression(value, &scope)?));
    }
    let run = Arc::default();
    let mut changed = Vec::new();
    for (key, old) in rows(&source, &filters, &run)? {
        let mut new = old.clone();
        for (name, place, expression) in &compiled {
            match place {
                Some(place) => {
                    let column = &table.columns()[*place].definition;
                    new[*place] = as_type(expression, &old, &run, &column.data_type, column.nullable)?;
                }
                None => match new.first_mut() {
                    Some(Value::Map(map)) => {
                        map.insert((*name).clone(), expression.evaluate(&old, &run)?.into_owned());
                    }
                    _ => return Err(fault(UpdateError::ConflictOnNonMapSchemalessRow)),
                },
            }
        }
        changed.push(ReplacedRow { key, old, new });
    }
    let keys = table.schema.foreign_keys.iter();
    for key in keys.filter(|key| compiled.iter().any(|(name, ..)| **name == key.referencing_column_name)) {
        check_referenced(database, &table, key, &changed)?;
    }
    Ok((table, changed))
}

fn source(database: &Database<'_>, table_name: &str) -> Result<TableSource> {
    let table = database.tables.get(table_name);
    let table = table.ok_or_else(|| Error::Sql(ExecuteError::TableNotFound(table_name.to_owned()).into()))?;
    Ok(TableSource::new(Arc::clone(table), database.keyspaces.clone()))
}

/// The rows of a table of which conditions hold.
fn rows(source: &TableSource, filters: &[Expression], run: &Arc<Run>) -> Result<Vec<KeyedRow>> {
    let mut found = Vec::new();
    for row in source.rows(&source.access(run, None)?) {
        let (key, row) = row?;
        if holds(filters, &row, run)? {
            found.push((key, row));
        }
    }
    Ok(found)
}

/// Refuses to remove rows that rows of other tables name. Cost: O(depth) node loads for each row where an index has the column that
/// names it; else such a table is read once.
fn check_references(database: &Database<'_>, table: &Arc<Table>, rows: &[KeyedRow]) -> Result<()> {
    for other in database.tables.referencing(table.id).filter(|other| other.id != table.id) {
        let keys = other.schema.foreign_keys.iter();
        for key in keys.filter(|key| key.referenced_table_name == table.schema.table_name) {
            let [referenced, referencing] =
                [place(table, &key.referenced_column_name)?, place(other, &key.referencing_column_name)?];
            let named: HashSet<&Value> = rows.iter().map(|(_, row)| &row[referenced]).collect();
            let source = TableSource::new(Arc::clone(other), database.keyspaces.clone());
            if names_any(&source, referencing, &named)? {
                let column = format!("{}.{}", other.schema.table_name, key.referencing_column_name);
                return Err(Error::Sql(DeleteError::ReferencingColumnExists(column).into()));
            }
        }
    }
    Ok(())
}

/// Whether a row has one of these values in a column.
fn names_any(source: &TableSource, column: usize, values: &HashSet<&Value>) -> Result<bool> {
    let TableSource { table, keyspaces, .. } = source;
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

/// Refuses values of a foreign key that no row has.
fn check_referenced(
    database: &Database<'_>,
    table: &Table,
    key: &ForeignKey,
    rows: &[ReplacedRow],
) -> Result<()> {
    let column = place(table, &key.referencing_column_name)?;
    let Some(referenced) = database.tables.get(&key.referenced_table_name) else { return Ok(()) };
    for ReplacedRow { old, new, .. } in rows {
        let value = &new[column];
        if value.is_null() || *value == old[column] {
            continue;
        }
        let bytes = key_bytes(&Key::try_from(value)?, Followed::No);
        if !database.keyspaces.contains(referenced.id, &bytes)? {
            return Err(fault(UpdateError::CannotFindReferencedValue {
                table_name: key.referenced_table_name.clone(),
                column_name: key.referenced_column_name.clone(),
                referenced_value: String::from(value),
            }));
        }
    }
    Ok(())
}

fn place(table: &Table, column: &str) -> Result<usize> {
    let place = table.columns().iter().position(|known| known.definition.name == column);
    place.ok_or_else(|| Error::corrupt(format!("a foreign key of {:?}", table.schema.table_name)))
}

fn fault(error: UpdateError) -> Error {
    Error::Sql(error.into())
}
