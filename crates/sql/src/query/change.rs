//! UPDATE and DELETE: which rows they change, found as a query finds them.

use std::cell::RefCell;
use std::sync::Arc;

use gluesql_core::data::Value;
use gluesql_core::executor::{ExecuteError, UpdateError};
use gluesql_core::plan::{AssignmentPlan, ExprPlan};

use super::compile::expression;
use super::expression::{Expression, as_type};
use super::join::holds;
use super::references::{check_removed, missing, place};
use super::run::{Run, Setting};
use super::scope::{Columns, Database, Scope};
use super::select::Select;
use super::table::TableSource;
use crate::error::{Error, Result};
use crate::table::{KeyedRow, ReplacedRow, Table, Tables};

/// The rows of a table that a condition leaves.
struct Selection {
    source: TableSource,
    filters: Vec<Expression>,
    tables: Arc<Tables>,
}

/// A DELETE, compiled.
pub(crate) struct Delete(Selection);

/// An UPDATE, compiled.
pub(crate) struct Update {
    selection: Selection,
    assignments: Vec<Assignment>,
}

struct Assignment {
    name: String,
    /// The column; `None` in a table without columns.
    place: Option<usize>,
    value: Expression,
}

impl Selection {
    fn compile(
        database: &Database<'_>,
        table_name: &str,
        selection: Option<&ExprPlan>,
    ) -> Result<(Self, Columns)> {
        let table = database.tables.get(table_name);
        let missing = || Error::Sql(ExecuteError::TableNotFound(table_name.to_owned()).into());
        let source = TableSource::new(Arc::clone(table.ok_or_else(missing)?));
        let taken = RefCell::default();
        let scope = Scope::new(database, &[], None, &taken);
        let (source, filters, columns) = Select::of_table(source, table_name, selection, &scope)?;
        Ok((Self { source, filters, tables: Arc::clone(&database.tables) }, columns))
    }

    fn rows(&self, run: &Run) -> Result<Vec<KeyedRow>> {
        let mut found = Vec::new();
        for row in self.source.rows(&self.source.access(run, None)?, run) {
            run.check()?;
            let (key, row) = row?;
            if holds(&self.filters, &row, run)? {
                found.push((key, row));
            }
        }
        Ok(found)
    }
}

impl Delete {
    pub(crate) fn compile(
        database: &Database<'_>,
        table_name: &str,
        selection: Option<&ExprPlan>,
    ) -> Result<Self> {
        Ok(Self(Selection::compile(database, table_name, selection)?.0))
    }

    pub(crate) const fn table(&self) -> &Arc<Table> {
        &self.0.source.table
    }

    /// The rows that it removes, each with its key.
    ///
    /// # Errors
    /// [`ReferencingColumnExists`](gluesql_core::executor::DeleteError) when a row of another table names one of them.
    pub(crate) fn rows(&self, setting: Setting) -> Result<Vec<KeyedRow>> {
        let run = Run::new(setting);
        let rows = self.0.rows(&run)?;
        check_removed(&self.0.tables, self.table(), &rows, &run.state.keyspaces)?;
        Ok(rows)
    }
}

impl Update {
    /// # Errors
    /// [`UpdateError`] for columns that cannot be changed so.
    pub(crate) fn compile(
        database: &Database<'_>,
        table_name: &str,
        assignments: &[AssignmentPlan],
        selection: Option<&ExprPlan>,
    ) -> Result<Self> {
        let (selection, columns) = Selection::compile(database, table_name, selection)?;
        let table = &selection.source.table;
        let (columns, taken) = ([columns], RefCell::default());
        let scope = Scope::new(database, &columns, None, &taken);
        let compile = |AssignmentPlan { id, value }: &AssignmentPlan| {
            let place = table.columns().iter().position(|column| column.definition.name == *id);
            if place.is_none() && table.record.columns.is_some() {
                return Err(fault(UpdateError::ColumnNotFound(id.clone())));
            }
            if place.is_some() && place == table.key {
                return Err(fault(UpdateError::UpdateOnPrimaryKeyNotSupported(id.clone())));
            }
            Ok(Assignment { name: id.clone(), place, value: expression(value, &scope)? })
        };
        let assignments = assignments.iter().map(compile).collect::<Result<_>>()?;
        Ok(Self { selection, assignments })
    }

    pub(crate) const fn table(&self) -> &Arc<Table> {
        &self.selection.source.table
    }

    /// The rows that it changes.
    ///
    /// # Errors
    /// [`UpdateError::CannotFindReferencedValue`] for a value of a foreign key that no row has.
    pub(crate) fn rows(&self, setting: Setting) -> Result<Vec<ReplacedRow>> {
        let run = Run::new(setting);
        let table = self.table();
        let mut changed = Vec::new();
        for (key, old) in self.selection.rows(&run)? {
            let mut new = old.clone();
            for Assignment { name, place, value } in &self.assignments {
                match place {
                    Some(place) => {
                        let column = &table.columns()[*place].definition;
                        new[*place] = as_type(value, &old, &run, &column.data_type, column.nullable)?;
                    }
                    None => match new.first_mut() {
                        Some(Value::Map(map)) => {
                            map.insert(name.clone(), value.evaluate(&old, &run)?.into_owned());
                        }
                        _ => return Err(fault(UpdateError::ConflictOnNonMapSchemalessRow)),
                    },
                }
            }
            changed.push(ReplacedRow { key, old, new });
        }
        for key in &table.schema.foreign_keys {
            if !self.assignments.iter().any(|assignment| assignment.name == key.referencing_column_name) {
                continue;
            }
            let column = place(table, &key.referencing_column_name)?;
            let changed = changed.iter().filter(|row| row.new[column] != row.old[column]);
            let values = changed.map(|row| &row.new[column]);
            if let Some(value) = missing(&self.selection.tables, key, values, &run.state.keyspaces)? {
                return Err(fault(UpdateError::CannotFindReferencedValue {
                    table_name: key.referenced_table_name.clone(),
                    column_name: key.referenced_column_name.clone(),
                    referenced_value: String::from(value),
                }));
            }
        }
        Ok(changed)
    }
}

fn fault(error: UpdateError) -> Error {
    Error::Sql(error.into())
}
