//! INSERT into a table with columns.

use std::cell::RefCell;
use std::sync::Arc;

use gluesql_core::ast::ColumnDef;
use gluesql_core::data::{Key, Value};
use gluesql_core::executor::{InsertError, ValidateError};
use gluesql_core::plan::{ExprPlan, QueryPlan, ValuesPlan, plan_scalar_expr};

use super::Query;
use super::compile::expression;
use super::expression::{Expression, as_type};
use super::references::{missing, place};
use super::run::{Run, Setting};
use super::scope::{Database, Scope};
use crate::encoding::key::{Followed, key_bytes};
use crate::error::{Error, Result};
use crate::table::{Table, Tables};

/// An INSERT, compiled.
pub(crate) struct Insert {
    tables: Arc<Tables>,
    table: Arc<Table>,
    /// For each column of the table the place of its value in what is inserted, or what it is without one.
    columns: Vec<Filling>,
    from: From,
}

enum Filling {
    Given(usize),
    Default(Expression),
    /// It cannot be left out.
    Missing,
}

enum From {
    Values(Vec<Vec<Expression>>),
    Query(Arc<Query>),
}

impl Insert {
    /// # Errors
    /// [`InsertError`] for columns that are not there, and values that are too many or too few.
    pub(crate) fn compile(
        database: &Database<'_>,
        table: &Arc<Table>,
        names: &[String],
        source: &QueryPlan,
    ) -> Result<Self> {
        let definitions = || table.columns().iter().map(|column| &column.definition);
        if let Some(name) = names.iter().find(|name| !definitions().any(|known| known.name == **name)) {
            return Err(fault(InsertError::WrongColumnName(name.clone())));
        }
        let taken = RefCell::default();
        let scope = Scope::new(database, &[], None, &taken);
        let (from, width) = match source {
            QueryPlan::Values(ValuesPlan(rows)) => {
                let row = |row: &Vec<ExprPlan>| row.iter().map(|expr| expression(expr, &scope)).collect();
                let rows: Vec<Vec<Expression>> = rows.iter().map(row).collect::<Result<_>>()?;
                let width = rows.iter().map(Vec::len).max().unwrap_or(0);
                if !names.is_empty() && rows.iter().any(|row| row.len() != names.len()) {
                    return Err(fault(InsertError::ColumnAndValuesNotMatched));
                }
                (From::Values(rows), width)
            }
            query => {
                let query = Query::compile(query, database)?;
                let width = query.labels.len();
                if !names.is_empty() && width != names.len() {
                    return Err(fault(InsertError::ColumnAndValuesNotMatched));
                }
                (From::Query(Arc::new(query)), width)
            }
        };
        if width > table.columns().len() {
            return Err(fault(InsertError::TooManyValues));
        }
        let filling = |(place, definition): (usize, &ColumnDef)| {
            let given = match names {
                [] => (place < width).then_some(place),
                names => names.iter().position(|name| *name == definition.name),
            };
            Ok(match (given, &definition.default) {
                (Some(given), _) => Filling::Given(given),
                (None, Some(default)) => {
                    Filling::Default(expression(&plan_scalar_expr(default.clone()), &scope)?)
                }
                (None, None) if definition.nullable => Filling::Default(Expression::Value(Value::Null)),
                (None, None) => Filling::Missing,
            })
        };
        let columns = definitions().enumerate().map(filling).collect::<Result<_>>()?;
        Ok(Self { tables: Arc::clone(&database.tables), table: Arc::clone(table), columns, from })
    }

    pub(crate) const fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// The rows that it inserts.
    ///
    /// # Errors
    /// [`ValidateError::DuplicateEntryOnPrimaryKeyField`] for a key that is there, and
    /// [`InsertError::CannotFindReferencedValue`] for a value of a foreign key that no row has.
    pub(crate) fn rows(&self, setting: Setting) -> Result<Vec<Vec<Value>>> {
        let run = Run::new(setting);
        let rows = match &self.from {
            From::Values(rows) => rows.iter().map(|row| self.fill(row, &run)).collect::<Result<Vec<_>>>()?,
            From::Query(query) => {
                let rows = Query::open(query, Arc::clone(&run))?;
                let fill = |row: Result<Vec<Value>>| {
                    let row: Vec<_> = row?.into_iter().map(Expression::Value).collect();
                    self.fill(&row, &run)
                };
                rows.map(fill).collect::<Result<Vec<_>>>()?
            }
        };
        let keyspaces = &run.state.keyspaces;
        if let Some(column) = self.table.key {
            let keys = rows.iter().map(|row| Ok(Key::try_from(&row[column])?)).collect::<Result<Vec<_>>>()?;
            let bytes: Vec<_> = keys.iter().map(|key| key_bytes(key, Followed::No)).collect();
            let found = keyspaces.find_many(self.table.id, &bytes)?;
            if let Some((_, key)) = found.iter().zip(keys).find(|(found, _)| found.is_some()) {
                return Err(Error::Sql(ValidateError::DuplicateEntryOnPrimaryKeyField(key).into()));
            }
        }
        for key in &self.table.schema.foreign_keys {
            let column = place(&self.table, &key.referencing_column_name)?;
            let values = rows.iter().map(|row| &row[column]);
            if let Some(value) = missing(&self.tables, key, values, keyspaces)? {
                return Err(fault(InsertError::CannotFindReferencedValue {
                    table_name: key.referenced_table_name.clone(),
                    column_name: key.referenced_column_name.clone(),
                    referenced_value: String::from(value),
                }));
            }
        }
        Ok(rows)
    }

    fn fill(&self, given: &[Expression], run: &Run) -> Result<Vec<Value>> {
        let fill = |(filling, column): (&Filling, &ColumnDef)| {
            let expression = match filling {
                Filling::Given(place) => given.get(*place),
                Filling::Default(default) => Some(default),
                Filling::Missing => None,
            };
            match expression {
                Some(expression) => as_type(expression, &[], run, &column.data_type, column.nullable),
                None => Err(fault(InsertError::LackOfRequiredColumn(column.name.clone()))),
            }
        };
        let definitions = self.table.columns().iter().map(|column| &column.definition);
        self.columns.iter().zip(definitions).map(fill).collect()
    }
}

fn fault(error: InsertError) -> Error {
    Error::Sql(error.into())
}
