//! One statement, planned and run.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use gluesql_core::ast::DataType;
use gluesql_core::data::Value;
use gluesql_core::executor::{Payload, execute};
use gluesql_core::plan::{
    DictionarySourcePlan, ExprPlan, ProjectInputPlan, ProjectPlan, ProjectionPlan, QueryPlan, SelectItemPlan,
    SourcePlan, StatementPlan, ValuesPlan,
};
use gluesql_core::planner::{fetch_schema_map, plan_aggregate, plan_schemaless, validate};
use gluesql_core::store::Planner;
use gluesql_core::translate::translate;
use sqlparser::ast::Statement as Ast;

use super::Session;
use crate::error::{Error, Result};
use crate::query::{Database, Query, RowIter, delete, update};
use crate::storage::{SqlStorage, checked_here};

/// The rows of a query, read as they are asked for.
pub struct Rows {
    columns: Vec<Column>,
    rows: RowIter,
}

/// A column of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// Its type, where that is known before the rows are read: of a column of a table.
    pub data_type: Option<DataType>,
}

impl Rows {
    /// The columns that every row has.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
}

impl Iterator for Rows {
    type Item = Result<Vec<Value>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next()
    }
}

impl Session {
    /// Opens a query without parameters.
    pub(super) fn open(&mut self, ast: &Ast) -> Result<Rows> {
        match StatementPlan::from(translate(ast)?) {
            plan @ StatementPlan::Query(_) => {
                let query = self.compile(plan)?;
                let columns = query.labels.iter().zip(&query.types);
                let columns = columns
                    .map(|(name, data_type)| Column { name: name.clone(), data_type: data_type.clone() })
                    .collect();
                Ok(Rows { columns, rows: Query::rows(&query)? })
            }
            _ => Err(Error::Unsupported {
                what: "rows of what is no SELECT".into(),
                hint: "run the statement",
            }),
        }
    }

    /// Runs a statement without parameters: queries and changes of rows here, everything else by GlueSQL.
    pub(super) fn execute(&mut self, ast: &Ast) -> Result<Payload> {
        let plan: StatementPlan = translate(ast)?.into();
        match plan {
            StatementPlan::Query(_) => {
                let query = self.compile(plan)?;
                collect(&query)
            }
            StatementPlan::Insert { table_name, columns, source } => {
                let source = match source {
                    QueryPlan::Values(values) => QueryPlan::Values(values),
                    source => QueryPlan::Values(values(&self.compile(StatementPlan::Query(source))?)?),
                };
                let known = self.storage.tables()?.get(&table_name).is_some();
                let table_name = if known { checked_here(&table_name) } else { table_name };
                self.execute_by_glue(StatementPlan::Insert { table_name, columns, source })
            }
            StatementPlan::Update { table_name, assignments, selection } => {
                let plan = self.plan(StatementPlan::Update { table_name, assignments, selection })?;
                let StatementPlan::Update { table_name, assignments, selection } = plan else {
                    return Ok(Payload::Update(0));
                };
                let (table, rows) = self.with_database(|database| {
                    update(database, &table_name, &assignments, selection.as_ref())
                })?;
                self.storage.replace_rows(&table, &rows).map_err(|error| self.fault(error))?;
                Ok(Payload::Update(rows.len()))
            }
            StatementPlan::Delete { table_name, selection } => {
                let plan = self.plan(StatementPlan::Delete { table_name, selection })?;
                let StatementPlan::Delete { table_name, selection } = plan else {
                    return Ok(Payload::Delete(0));
                };
                let (table, rows) =
                    self.with_database(|database| delete(database, &table_name, selection.as_ref()))?;
                self.storage.remove_rows(&table, &rows).map_err(|error| self.fault(error))?;
                Ok(Payload::Delete(rows.len()))
            }
            plan => {
                let plan = self.storage.plan(plan).map_err(|error| self.fault(error))?;
                self.execute_by_glue(plan)
            }
        }
    }

    fn execute_by_glue(&mut self, plan: StatementPlan) -> Result<Payload> {
        execute(&mut self.storage, &plan).map_err(|error| self.fault(error))
    }

    /// A query, compiled for what is read now.
    fn compile(&mut self, plan: StatementPlan) -> Result<Arc<Query>> {
        match self.plan(plan)? {
            StatementPlan::Query(query) => {
                self.with_database(|database| Query::compile(&query, database)).map(Arc::new)
            }
            _ => Err(Error::invalid("a statement", "is no query")),
        }
    }

    /// The parts of GlueSQL's planner that decide what a statement means. How rows are found is decided here.
    fn plan(&mut self, plan: StatementPlan) -> Result<StatementPlan> {
        let planned = fetch_schema_map(&self.storage, &plan).and_then(|schemas| {
            validate(&schemas, &plan)?;
            Ok(plan_aggregate(plan_schemaless(&schemas, plan)?))
        });
        planned.map_err(|error| self.fault(error))
    }

    fn with_database<T>(&mut self, run: impl FnOnce(&Database<'_>) -> Result<T>) -> Result<T> {
        let (tables, keyspaces) = (self.storage.tables()?, self.storage.keyspaces()?);
        let storage = RefCell::new(&mut self.storage);
        let dictionary = |plan: &DictionarySourcePlan| read_dictionary(*storage.borrow_mut(), plan);
        run(&Database::new(tables, keyspaces, &dictionary))
    }
}

/// Reads one of the tables in which GlueSQL says what tables there are.
fn read_dictionary(
    storage: &mut SqlStorage,
    dictionary: &DictionarySourcePlan,
) -> Result<(Vec<String>, Vec<Vec<Value>>)> {
    let plan = StatementPlan::Query(QueryPlan::Project(ProjectPlan {
        input: ProjectInputPlan::Source(SourcePlan::Dictionary(dictionary.clone())),
        projection: ProjectionPlan::SelectItems(vec![SelectItemPlan::Wildcard]),
    }));
    match execute(storage, &plan)? {
        Payload::Select { labels, rows } => Ok((labels, rows)),
        _ => Err(Error::invalid("a dictionary", "has no rows")),
    }
}

fn collect(query: &Arc<Query>) -> Result<Payload> {
    let rows = Query::rows(query)?;
    if query.is_map {
        let map = |row: Result<Vec<Value>>| match row?.pop() {
            Some(Value::Map(map)) => Ok(map),
            _ => Ok(BTreeMap::new()),
        };
        return rows.map(map).collect::<Result<_>>().map(Payload::SelectMap);
    }
    Ok(Payload::Select { labels: query.labels.clone(), rows: rows.collect::<Result<_>>()? })
}

/// What a query gives, as what INSERT takes.
fn values(query: &Arc<Query>) -> Result<ValuesPlan> {
    let row = |row: Result<Vec<Value>>| Ok(row?.into_iter().map(ExprPlan::Value).collect());
    Query::rows(query)?.map(row).collect::<Result<_>>().map(ValuesPlan)
}
