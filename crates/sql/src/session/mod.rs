//! SQL as callers use it: statements with parameters, one after the other, each all or nothing.

mod call;
mod guard;
mod parameter;
mod parse;
mod run;
mod show;
mod versions;

use std::collections::HashMap;
use std::sync::Arc;

use gluesql_core::data::Value;
use gluesql_core::executor::Payload;
use gluesql_core::store::Transaction;
use prolly_versioning::{Savepoint, Snapshot, VersionedStore};
use sqlparser::ast::{Ident, ObjectName, ShowCreateObject, Statement as Ast};

pub use self::parameter::{Parameter, Parameters};
use self::parse::Statement;
pub use self::parse::split;
pub use self::run::{Column, Rows};
use crate::error::{Error, Result};
use crate::interrupt::Interrupt;
use crate::storage::{SqlStorage, no_table};

/// Texts whose statements are kept parsed.
const KEPT: usize = 256;

/// A connection to the tables of a store.
///
/// Outside a transaction each statement is one: it is planned and run on one state, and what it writes is staged when it ends.
/// `BEGIN` opens one for several statements, `COMMIT` stages what they wrote and `ROLLBACK` drops it; `SAVEPOINT a`, `ROLLBACK TO a` and
/// `RELEASE a` work within. A statement that fails leaves nothing behind, within a transaction too, which then goes on. Who commits
/// second what two transactions changed gets [`Conflict`](prolly_versioning::Error::Conflict) and begins again.
///
/// ```
/// use std::sync::Arc;
/// use gluesql_core::data::Value;
/// use gluesql_core::executor::Payload;
/// use prolly_sql::{Parameter, Parameters, Session};
/// use prolly_versioning::{InitOptions, VersionedStore};
///
/// # fn main() -> prolly_sql::Result<()> {
/// let store = Arc::new(VersionedStore::memory(InitOptions::default())?);
/// let mut session = Session::new(store);
/// session.run("CREATE TABLE users (id INT PRIMARY KEY, name TEXT)", &Parameters::none())?;
/// let ada = Parameters::positional([Parameter::Integer(1), Parameter::Text("Ada".into())]);
/// session.run("INSERT INTO users VALUES (?, ?)", &ada)?;
/// let named = Parameters::named([("name", Parameter::Text("Ada".into()))]);
/// let found = session.run("SELECT id FROM users WHERE name = :name", &named)?;
/// assert!(matches!(&found[..], [Payload::Select { rows, .. }] if rows == &[[Value::I64(1)]]));
/// # Ok(())
/// # }
/// ```
pub struct Session {
    storage: SqlStorage,
    parsed: HashMap<Arc<str>, Arc<[Statement]>>,
    savepoints: Vec<(String, Savepoint)>,
    interrupt: Interrupt,
}

impl Session {
    /// A session on the working state of `store`.
    #[must_use]
    pub fn new(store: Arc<VersionedStore>) -> Self {
        Self::over(SqlStorage::new(store))
    }

    /// A session on a version, read-only.
    #[must_use]
    pub fn at(version: &Snapshot) -> Self {
        Self::over(SqlStorage::at(version))
    }

    fn over(storage: SqlStorage) -> Self {
        Self { storage, parsed: HashMap::new(), savepoints: Vec::new(), interrupt: Interrupt::default() }
    }

    /// Whether `BEGIN` was run, and neither `COMMIT` nor `ROLLBACK` since.
    #[must_use]
    pub fn is_in_transaction(&self) -> bool {
        self.storage.is_in_transaction()
    }

    /// Statements that are begun from now on end with [`Error::Interrupted`] when `interrupt` is asked for, and leave nothing behind.
    /// What they do beside reading rows is done first.
    pub fn set_interrupt(&mut self, interrupt: Interrupt) {
        self.interrupt = interrupt;
    }

    /// Runs the statements of a text, and gives what each of them answers. Parameters are written `?`, `$1` or `:name`, in one way in
    /// one text.
    ///
    /// # Errors
    /// [`Error::Syntax`] for what is no SQL, [`Error::Unsupported`] for SQL that would be run otherwise than it says,
    /// [`Error::Parameters`] when they are not those of the text, [`Error::Sql`] and [`Error::Store`] from running it. The statements before
    /// the one that failed stay.
    pub fn run(&mut self, sql: &str, parameters: &Parameters) -> Result<Vec<Payload>> {
        let statements = self.parse(sql)?;
        let names: Vec<_> = statements.iter().flat_map(|statement| &statement.parameters).collect();
        parameters.check(&names)?;
        statements.iter().map(|statement| self.run_one(statement, parameters)).collect()
    }

    /// Runs one query, whose rows are read as they are asked for, from the state of this moment: whatever is written meanwhile does
    /// not show in them. What sorts or groups reads all it needs at the first row.
    ///
    /// # Errors
    /// As [`Session::run`]; [`Error::Unsupported`] for several statements, and for one that is no query.
    pub fn query(&mut self, sql: &str, parameters: &Parameters) -> Result<Rows> {
        let statements = self.parse(sql)?;
        let [statement] = &*statements else {
            return Err(Error::Unsupported {
                what: format!("a query of {} statements", statements.len()),
                hint: "run them one by one",
            });
        };
        parameters.check(&statement.parameters.iter().collect::<Vec<_>>())?;
        if self.storage.is_read_only() && parse::is_write(&statement.ast) {
            return Err(Error::ReadOnly);
        }
        if matches!(statement.ast, Ast::Call(_) | Ast::ShowCreate { .. }) {
            let answer = self.run_one(statement, parameters)?;
            return Rows::of(answer).ok_or_else(|| outside("CALL"));
        }
        self.atomically(|session| session.open(statement, parameters))
    }

    /// The columns that a query answers. Its rows are not read.
    ///
    /// # Errors
    /// As [`Session::query`], but for those of its rows.
    pub fn describe(&mut self, sql: &str) -> Result<Vec<Column>> {
        let statements = self.parse(sql)?;
        match &*statements {
            [statement] => self.atomically(|session| session.columns(statement)),
            _ => Ok(Vec::new()),
        }
    }

    fn parse(&mut self, sql: &str) -> Result<Arc<[Statement]>> {
        if let Some(known) = self.parsed.get(sql) {
            return Ok(Arc::clone(known));
        }
        let statements: Arc<[Statement]> = parse::statements(sql)?.into();
        if self.parsed.len() >= KEPT {
            self.parsed.clear();
        }
        self.parsed.insert(sql.into(), Arc::clone(&statements));
        Ok(statements)
    }

    fn run_one(&mut self, statement: &Statement, parameters: &Parameters) -> Result<Payload> {
        self.interrupt.check()?;
        if self.storage.is_read_only() && parse::is_write(&statement.ast) {
            return Err(Error::ReadOnly);
        }
        match &statement.ast {
            Ast::Savepoint { name } => {
                if !self.is_in_transaction() {
                    return Err(outside("SAVEPOINT"));
                }
                self.savepoints.push((name.value.clone(), self.storage.savepoint()?));
                Ok(Payload::StartTransaction)
            }
            Ast::ReleaseSavepoint { name } => {
                let place = self.find_savepoint(&name.value)?;
                for (_, savepoint) in self.savepoints.drain(place..).rev() {
                    self.storage.release(savepoint)?;
                }
                Ok(Payload::Commit)
            }
            Ast::Rollback { chain: false, savepoint: Some(name) } => {
                let place = self.find_savepoint(&name.value)?;
                self.savepoints.truncate(place + 1);
                if let Some((_, savepoint)) = self.savepoints.last() {
                    self.storage.go_back_to(savepoint)?;
                }
                Ok(Payload::Rollback)
            }
            Ast::StartTransaction { .. } | Ast::Commit { .. } | Ast::Rollback { .. } => {
                let answer = self.execute(statement, parameters);
                if !self.is_in_transaction() {
                    self.savepoints.clear();
                }
                answer
            }
            Ast::ShowCreate { obj_type: ShowCreateObject::Table, obj_name } => self.show_create(obj_name),
            Ast::Call(_) => match &parameters.bind(statement)? {
                Ast::Call(function) => self.call(function),
                _ => Err(outside("CALL")),
            },
            _ => self.atomically(|session| session.execute(statement, parameters)),
        }
    }

    /// Does something on one state, and leaves nothing of it when it fails.
    fn atomically<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.is_in_transaction() {
            let before = self.storage.savepoint()?;
            let answer = run(self);
            if answer.is_err() {
                self.storage.go_back_to(&before)?;
            }
            self.storage.release(before)?;
            return answer;
        }
        // Begun before it is planned, so that both see one state.
        let began = self.storage.begin(true).map_err(|error| self.fault(error))?;
        let answer = run(self);
        if !began {
            return answer;
        }
        let ended = match &answer {
            Ok(_) => self.storage.commit(),
            Err(_) => self.storage.rollback(),
        };
        ended.map_err(|error| self.fault(error)).and(answer)
    }

    /// The statements that make a table as it is.
    fn show_create(&self, name: &ObjectName) -> Result<Payload> {
        let [Ident { value: name, .. }] = &name.0[..] else { return Err(no_table(&name.to_string())) };
        let tables = self.storage.tables()?;
        let table = tables.get(name).ok_or_else(|| no_table(name))?;
        let row = vec![Value::Str(name.clone()), Value::Str(show::create_statements(&table.schema))];
        Ok(Payload::Select { labels: vec!["table".into(), "statement".into()], rows: vec![row] })
    }

    fn find_savepoint(&self, name: &str) -> Result<usize> {
        let place = self.savepoints.iter().rposition(|(known, _)| known == name);
        place.ok_or_else(|| Error::invalid(format!("the savepoint {name:?}"), "is none of this transaction"))
    }

    /// The fault behind what GlueSQL says of one.
    fn fault(&mut self, error: gluesql_core::error::Error) -> Error {
        match self.storage.take_fault() {
            Some(fault) if matches!(error, gluesql_core::error::Error::StorageMsg(_)) => Error::Store(fault),
            _ => Error::Sql(error),
        }
    }
}

fn outside(statement: &str) -> Error {
    Error::invalid(statement, "is outside a transaction: BEGIN one first")
}
