//! One statement, planned and run.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use gluesql_core::ast::DataType;
use gluesql_core::data::Value;
use gluesql_core::executor::{InsertError, Payload, PayloadVariable, execute};
use gluesql_core::plan::{
    DictionarySourcePlan, ExprPlan, ProjectInputPlan, ProjectPlan, ProjectionPlan, QueryPlan, SelectItemPlan,
    SourcePlan, StatementPlan, ValuesPlan,
};
use gluesql_core::planner::{fetch_schema_map, plan_aggregate, plan_schemaless, validate};
use gluesql_core::store::Planner;
use gluesql_core::translate::translate;
use sqlparser::ast::Statement as Ast;

use super::Session;
use super::parameter::Parameters;
use super::parse::{Statement, is_compiled};
use crate::error::{Error, Result};
use crate::query::{Database, Delete, Insert, Query, RowIter, Setting, Update};
use crate::storage::SqlStorage;
use crate::table::Tables;
use crate::versions;

/// The rows of a query, read as they are asked for.
pub struct Rows {
    columns: Vec<Column>,
    form: Option<NonZeroU32>,
    is_map: bool,
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

    /// A number that rows of the same columns have when the same statement is run again; `None` where that is not known.
    #[must_use]
    pub const fn form(&self) -> Option<NonZeroU32> {
        self.form
    }

    /// Whether each row is one value, a map: `SELECT *` from a table without columns.
    #[must_use]
    pub const fn is_map(&self) -> bool {
        self.is_map
    }

    /// The rows that a statement answered; `None` for one that answers none.
    #[must_use]
    pub fn of(answer: Payload) -> Option<Self> {
        let text = |text: &str| Value::Str(text.to_owned());
        let (names, rows) = match answer {
            Payload::Select { labels, rows } => (labels, rows),
            Payload::SelectMap(maps) => {
                let rows = maps.into_iter().map(|map| vec![Value::Map(map)]).collect();
                return Some(Self { is_map: true, ..Self::given(vec!["_doc".to_owned()], rows) });
            }
            Payload::ShowColumns(columns) => {
                let row = |(name, data_type): (String, DataType)| {
                    vec![Value::Str(name), text(&data_type.to_string())]
                };
                (vec!["Field".into(), "Type".into()], columns.into_iter().map(row).collect())
            }
            Payload::ShowVariable(PayloadVariable::Tables(names)) => {
                (vec!["tables".into()], names.iter().map(|name| vec![text(name)]).collect())
            }
            Payload::ShowVariable(PayloadVariable::Functions(names)) => {
                (vec!["functions".into()], names.iter().map(|name| vec![text(name)]).collect())
            }
            Payload::ShowVariable(PayloadVariable::Version(version)) => {
                (vec!["version".into()], vec![vec![Value::Str(version)]])
            }
            _ => return None,
        };
        Some(Self::given(names, rows))
    }

    fn given(names: Vec<String>, rows: Vec<Vec<Value>>) -> Self {
        let columns = names.into_iter().map(|name| Column { name, data_type: None }).collect();
        Self { columns, form: None, is_map: false, rows: Box::new(rows.into_iter().map(Ok)) }
    }
}

impl Iterator for Rows {
    type Item = Result<Vec<Value>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next()
    }
}

/// How many statements were compiled in this process.
static FORMS: AtomicU32 = AtomicU32::new(0);

/// A statement, compiled for what tables there are.
pub(super) struct Compiled {
    tables: Arc<Tables>,
    /// That of no other one.
    number: Option<NonZeroU32>,
    form: Form,
}

#[derive(Clone)]
enum Form {
    Query(Arc<Query>),
    Insert(Arc<Insert>),
    Update(Arc<Update>),
    Delete(Arc<Delete>),
    /// An INSERT into a table without columns, which GlueSQL runs.
    InsertMaps(Arc<InsertMaps>),
}

struct InsertMaps {
    table_name: String,
    columns: Vec<String>,
    source: QueryPlan,
    query: Option<Arc<Query>>,
}

impl Session {
    /// Opens a query.
    pub(super) fn open(&mut self, statement: &Statement, parameters: &Parameters) -> Result<Rows> {
        let not_a_query =
            || Error::Unsupported { what: "rows of what is no query".into(), hint: "run the statement" };
        if !matches!(statement.ast, Ast::Query(_)) {
            if is_compiled(&statement.ast) {
                return Err(not_a_query());
            }
            return Rows::of(self.execute(statement, parameters)?).ok_or_else(not_a_query);
        }
        let Form::Query(query) = self.compiled(statement, parameters)? else { return Err(not_a_query()) };
        let columns = columns_of(&query);
        let form = statement.compiled.lock().as_ref().and_then(|compiled| compiled.number);
        let rows = Query::rows(&query, self.setting(statement, parameters)?)?;
        Ok(Rows { columns, form, is_map: query.is_map, rows })
    }

    /// The columns of a query; none of what is none.
    pub(super) fn columns(&mut self, statement: &Statement) -> Result<Vec<Column>> {
        if !matches!(statement.ast, Ast::Query(_)) {
            return Ok(Vec::new());
        }
        match self.compiled(statement, &Parameters::none())? {
            Form::Query(query) => Ok(columns_of(&query)),
            _ => Ok(Vec::new()),
        }
    }

    /// Runs a statement: queries and changes of rows here, everything else by GlueSQL.
    pub(super) fn execute(&mut self, statement: &Statement, parameters: &Parameters) -> Result<Payload> {
        if !is_compiled(&statement.ast) {
            let plan = translate(&parameters.bind(statement)?)?;
            let plan = self.storage.plan(plan.into()).map_err(|error| self.fault(error))?;
            return self.execute_by_glue(&plan);
        }
        let form = self.compiled(statement, parameters)?;
        let setting = self.setting(statement, parameters)?;
        match form {
            Form::Query(query) => collect(&query, setting),
            Form::Insert(insert) => {
                let rows = insert.rows(setting)?;
                let count = rows.len();
                self.storage.add_rows(insert.table(), rows).map_err(|error| self.fault(error))?;
                Ok(Payload::Insert(count))
            }
            Form::Update(update) => {
                let rows = update.rows(setting)?;
                self.storage.replace_rows(update.table(), &rows).map_err(|error| self.fault(error))?;
                Ok(Payload::Update(rows.len()))
            }
            Form::Delete(delete) => {
                let rows = delete.rows(setting)?;
                self.storage.remove_rows(delete.table(), &rows).map_err(|error| self.fault(error))?;
                Ok(Payload::Delete(rows.len()))
            }
            Form::InsertMaps(insert) => {
                let InsertMaps { table_name, columns, source, query } = &*insert;
                let source = match (source, query) {
                    (_, Some(query)) => QueryPlan::Values(values(query, setting)?),
                    (QueryPlan::Values(values), None) => {
                        QueryPlan::Values(setting.parameters.put_into(values))
                    }
                    (source, None) => source.clone(),
                };
                let (table_name, columns) = (table_name.clone(), columns.clone());
                self.execute_by_glue(&StatementPlan::Insert { table_name, columns, source })
            }
        }
    }

    fn execute_by_glue(&mut self, plan: &StatementPlan) -> Result<Payload> {
        execute(&mut self.storage, plan).map_err(|error| self.fault(error))
    }

    fn setting(&self, statement: &Statement, parameters: &Parameters) -> Result<Setting> {
        let (keyspaces, interrupt) = (self.storage.keyspaces()?, self.interrupt.clone());
        Ok(Setting { keyspaces, parameters: parameters.literals(&statement.parameters)?, interrupt })
    }

    /// A statement, compiled; once for as long as no table changes.
    fn compiled(&mut self, statement: &Statement, parameters: &Parameters) -> Result<Form> {
        let tables = self.storage.tables()?;
        if let Some(Compiled { tables: known, form, .. }) = &*statement.compiled.lock()
            && Arc::ptr_eq(known, &tables)
        {
            return Ok(form.clone());
        }
        *statement.compiled.lock() = None;
        let plan = self.plan(translate(&statement.ast)?.into())?;
        let text = |place: usize| parameters.text(&statement.parameters, place);
        let (form, is_lasting) = self.with_database(&text, |database| compile(plan, database))?;
        if is_lasting {
            // Past the last number there is none.
            let number = FORMS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| last.checked_add(1));
            let number = number.ok().and_then(|last| NonZeroU32::new(last + 1));
            *statement.compiled.lock() = Some(Compiled { tables, number, form: form.clone() });
        }
        Ok(form)
    }

    /// The parts of GlueSQL's planner that decide what a statement means. How rows are found is decided here.
    fn plan(&mut self, plan: StatementPlan) -> Result<StatementPlan> {
        let planned = fetch_schema_map(&self.storage, &plan).and_then(|schemas| {
            validate(&schemas, &plan)?;
            Ok(plan_aggregate(plan_schemaless(&schemas, plan)?))
        });
        planned.map_err(|error| self.fault(error))
    }

    /// Does something with the tables there are now, and says whether its outcome holds as long as they stay.
    fn with_database<T>(
        &mut self,
        text: &dyn Fn(usize) -> Result<String>,
        run: impl FnOnce(&Database<'_>) -> Result<T>,
    ) -> Result<(T, bool)> {
        let tables = self.storage.tables()?;
        let storage = RefCell::new(&mut self.storage);
        let is_lasting = Cell::new(true);
        let dictionary = |plan: &DictionarySourcePlan| {
            is_lasting.set(false);
            read_dictionary(*storage.borrow_mut(), plan)
        };
        let elsewhere = |name: &str| {
            is_lasting.set(false);
            versions::find(*storage.borrow(), name, text)
        };
        let done = run(&Database::new(tables, &dictionary, &elsewhere))?;
        Ok((done, is_lasting.get()))
    }
}

fn columns_of(query: &Query) -> Vec<Column> {
    let columns = query.labels.iter().zip(&query.types);
    columns.map(|(name, data_type)| Column { name: name.clone(), data_type: data_type.clone() }).collect()
}

fn compile(plan: StatementPlan, database: &Database<'_>) -> Result<Form> {
    Ok(match plan {
        StatementPlan::Query(query) => Form::Query(Arc::new(Query::compile(&query, database)?)),
        StatementPlan::Insert { table_name, columns, source } => {
            let table = database.table(&table_name);
            let missing = || Error::Sql(InsertError::TableNotFound(table_name.clone()).into());
            let table = Arc::clone(table.ok_or_else(missing)?);
            if table.record.columns.is_some() {
                return Ok(Form::Insert(Arc::new(Insert::compile(database, &table, &columns, &source)?)));
            }
            let query = match &source {
                QueryPlan::Values(_) => None,
                query => Some(Arc::new(Query::compile(query, database)?)),
            };
            Form::InsertMaps(Arc::new(InsertMaps { table_name, columns, source, query }))
        }
        StatementPlan::Update { table_name, assignments, selection } => {
            let update = Update::compile(database, &table_name, &assignments, selection.as_ref())?;
            Form::Update(Arc::new(update))
        }
        StatementPlan::Delete { table_name, selection } => {
            Form::Delete(Arc::new(Delete::compile(database, &table_name, selection.as_ref())?))
        }
        _ => return Err(Error::invalid("a statement", "is neither a query nor a change of rows")),
    })
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

fn collect(query: &Arc<Query>, setting: Setting) -> Result<Payload> {
    let rows = Query::rows(query, setting)?;
    if query.is_map {
        let map = |row: Result<Vec<Value>>| match row?.pop() {
            Some(Value::Map(map)) => Ok(map),
            _ => Ok(BTreeMap::new()),
        };
        return rows.map(map).collect::<Result<_>>().map(Payload::SelectMap);
    }
    Ok(Payload::Select { labels: query.labels.clone(), rows: rows.collect::<Result<_>>()? })
}

/// What a query gives, as what GlueSQL inserts.
fn values(query: &Arc<Query>, setting: Setting) -> Result<ValuesPlan> {
    let row = |row: Result<Vec<Value>>| Ok(row?.into_iter().map(ExprPlan::Value).collect());
    Query::rows(query, setting)?.map(row).collect::<Result<_>>().map(ValuesPlan)
}
