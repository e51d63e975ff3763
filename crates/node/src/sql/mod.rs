//! SQL: statements, their rows and their parameters. `ts/sql` is the other side.

mod value;

use std::num::NonZeroU32;
use std::sync::Arc;

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, ToNapiValue, Uint8Array, Uint8ArraySlice};
use napi_derive::napi;
use prolly_sql::{Interrupt, Payload, Rows, Session};

use crate::blocking::promise;
use crate::cursor::NativeCursor;
use crate::exclusive::Exclusive;
use crate::fault::{Fault, Result};
use crate::map::number;
use crate::page::{self, Record};
use crate::progress::NativeCancellation;
use crate::records::IteratedRecords;
use crate::scratch::bytes_of;
use crate::snapshot::NativeSnapshot;
use crate::store::NativeStore;

/// A connection to the tables of a store, or of one version of it.
#[napi]
pub struct NativeSql {
    session: Arc<Exclusive<Session>>,
}

/// A column of rows.
#[napi(object, object_from_js = false)]
pub struct NativeColumn {
    /// What it is called.
    pub name: String,
    /// Its type, where that is known.
    pub data_type: Option<String>,
}

/// Rows that are read as they are asked for.
#[napi]
pub struct NativeRows {
    columns: Vec<prolly_sql::Column>,
    form: u32,
    is_map: bool,
    cursor: Option<NativeCursor>,
}

/// What a statement answered.
#[napi(object, object_from_js = false)]
pub struct NativeAnswer {
    /// What it was: `insert`, `select`, `create`.
    pub kind: String,
    /// Rows that it changed.
    pub changes: f64,
    /// The columns of its rows; none for a statement without rows.
    pub columns: Option<Vec<NativeColumn>>,
    /// Whether each row is one map.
    pub is_map: bool,
    /// A page of its rows.
    pub rows: Option<Uint8Array>,
}

impl NativeSql {
    fn new(session: Session) -> Self {
        Self { session: Arc::new(Exclusive::new("connection", session)) }
    }

    /// Works off the event loop, until it is cancelled.
    fn aside<'env, T: ToNapiValue + Send + 'static>(
        &self,
        env: &'env Env,
        cancellation: Option<&NativeCancellation>,
        work: impl FnOnce(&mut Session) -> Result<T> + Send + 'static,
    ) -> napi::Result<PromiseRaw<'env, T>> {
        let interrupt = cancellation.map(|cancellation| Interrupt::new(cancellation.asked()));
        let session = Arc::clone(&self.session);
        promise(env, move || {
            session.work(|session| {
                session.set_interrupt(interrupt.unwrap_or_default());
                let answer = work(session);
                session.set_interrupt(Interrupt::default());
                answer
            })
        })
    }
}

#[napi]
impl NativeSql {
    /// A connection to what is staged.
    #[napi(factory, catch_unwind)]
    pub fn of_store(store: &NativeStore) -> napi::Result<Self> {
        Ok(Self::new(Session::new(Arc::new(store.slot.get()?))))
    }

    /// A connection to one version, read-only.
    #[napi(factory, catch_unwind)]
    pub fn of_snapshot(snapshot: &NativeSnapshot) -> napi::Result<Self> {
        Ok(Self::new(Session::at(&snapshot.slot.get()?)))
    }

    /// Runs the statements of a text.
    #[napi(catch_unwind)]
    pub fn run(&self, sql: String, parameters: Uint8ArraySlice<'_>) -> napi::Result<Vec<NativeAnswer>> {
        let parameters = value::parameters(&parameters)?;
        let answers = self.session.work(|session| Ok(session.run(&sql, &parameters)?))?;
        Ok(answers.into_iter().map(answer).collect::<Result<_>>()?)
    }

    /// As `run`, off the event loop, until it is cancelled.
    #[napi(catch_unwind)]
    pub fn run_async<'env>(
        &self,
        env: &'env Env,
        sql: String,
        parameters: Uint8ArraySlice<'_>,
        cancellation: Option<&NativeCancellation>,
    ) -> napi::Result<PromiseRaw<'env, Vec<NativeAnswer>>> {
        let parameters = value::parameters(&parameters)?;
        self.aside(env, cancellation, move |session| {
            session.run(&sql, &parameters)?.into_iter().map(answer).collect()
        })
    }

    /// As `run`, where only the number of rows that are changed is wanted.
    #[napi(catch_unwind)]
    pub fn change(&self, sql: String, parameters: Uint8ArraySlice<'_>) -> napi::Result<f64> {
        let parameters = value::parameters(&parameters)?;
        Ok(changes(&self.session.work(|session| Ok(session.run(&sql, &parameters)?))?))
    }

    /// As `change`, off the event loop.
    #[napi(catch_unwind)]
    pub fn change_async<'env>(
        &self,
        env: &'env Env,
        sql: String,
        parameters: Uint8ArraySlice<'_>,
        cancellation: Option<&NativeCancellation>,
    ) -> napi::Result<PromiseRaw<'env, f64>> {
        let parameters = value::parameters(&parameters)?;
        self.aside(env, cancellation, move |session| Ok(changes(&session.run(&sql, &parameters)?)))
    }

    /// Opens a query.
    #[napi(catch_unwind)]
    pub fn open(&self, sql: String, parameters: Uint8ArraySlice<'_>) -> napi::Result<NativeRows> {
        let parameters = value::parameters(&parameters)?;
        Ok(rows(self.session.work(|session| Ok(session.query(&sql, &parameters)?))?))
    }

    /// As `open`, off the event loop.
    #[napi(catch_unwind)]
    pub fn open_async<'env>(
        &self,
        env: &'env Env,
        sql: String,
        parameters: Uint8ArraySlice<'_>,
        cancellation: Option<&NativeCancellation>,
    ) -> napi::Result<PromiseRaw<'env, NativeRows>> {
        let parameters = value::parameters(&parameters)?;
        self.aside(env, cancellation, move |session| Ok(rows(session.query(&sql, &parameters)?)))
    }

    /// Writes the first row of a query into `target`, behind the number of its form in four bytes. Returns how many bytes that are: 0
    /// for no row, and less when there is no room, so many being needed.
    #[napi(catch_unwind)]
    pub fn first(
        &self,
        sql: String,
        parameters: Uint8ArraySlice<'_>,
        mut target: Uint8ArraySlice<'_>,
    ) -> napi::Result<i64> {
        let parameters = value::parameters(&parameters)?;
        let first = self.session.work(|session| {
            let mut rows = session.query(&sql, &parameters)?;
            let form = rows.form().map_or(0, NonZeroU32::get);
            let row = rows.next().transpose()?;
            Ok(row.map(|row| [&form.to_le_bytes()[..], &value::row(&row)].concat()))
        })?;
        let Some(first) = first else { return Ok(0) };
        let length = i64::try_from(first.len()).map_err(|error| Fault::internal(error.to_string()))?;
        match bytes_of(&mut target).get_mut(..first.len()) {
            Some(target) => {
                target.copy_from_slice(&first);
                Ok(length)
            }
            None => Ok(-length),
        }
    }

    /// The columns of a query whose parameters are all NULL.
    #[napi(catch_unwind)]
    pub fn describe(&self, sql: String) -> napi::Result<Vec<NativeColumn>> {
        let columns = self.session.work(|session| Ok(session.describe(&sql)?))?;
        Ok(columns.iter().map(column).collect())
    }

    /// Whether a transaction is under way.
    #[napi(getter, catch_unwind)]
    pub fn in_transaction(&self) -> napi::Result<bool> {
        Ok(self.session.work(|session| Ok(session.is_in_transaction()))?)
    }

    /// Drops the transaction under way and lets go of the store.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.session.close();
    }
}

#[napi]
impl NativeRows {
    /// What the columns of every row are called.
    #[napi(getter, catch_unwind)]
    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| &column.name[..]).collect()
    }

    /// A number that rows of the same columns have when the statement is run again; 0 where that is not known.
    #[napi(getter, catch_unwind)]
    pub fn form(&self) -> u32 {
        self.form
    }

    /// Whether each row is one map.
    #[napi(getter, catch_unwind)]
    pub fn is_map(&self) -> bool {
        self.is_map
    }

    /// What walks over the rows, for the first who asks.
    #[napi(catch_unwind)]
    pub fn cursor(&mut self) -> Option<NativeCursor> {
        self.cursor.take()
    }
}

/// Where the statements of a text begin and end, in units of UTF-16: those that are whole, one after the other, and then what follows the
/// last semicolon, unless that is blank.
#[napi(object, object_from_js = false)]
pub struct NativeStatements {
    /// Two numbers a statement.
    pub whole: Vec<u32>,
    /// Where what follows begins.
    pub rest: Option<u32>,
}

/// Splits a text into statements, without looking what they are.
#[napi(catch_unwind)]
pub fn split_statements(sql: String) -> NativeStatements {
    let (statements, rest) = prolly_sql::split(&sql);
    let (mut bytes, mut units) = (0, 0_usize);
    // The places come in their order.
    let mut unit = |place: usize| {
        units += sql.get(bytes..place).map_or(0, |text| text.encode_utf16().count());
        bytes = place;
        u32::try_from(units).unwrap_or(u32::MAX)
    };
    let whole = statements.into_iter().flat_map(|range| [range.start, range.end]).map(&mut unit).collect();
    NativeStatements { whole, rest: rest.map(|range| unit(range.start)) }
}

fn column(column: &prolly_sql::Column) -> NativeColumn {
    let data_type = column.data_type.as_ref().map(ToString::to_string);
    NativeColumn { name: column.name.clone(), data_type }
}

fn rows(rows: Rows) -> NativeRows {
    let (columns, is_map) = (rows.columns().to_vec(), rows.is_map());
    let form = rows.form().map_or(0, NonZeroU32::get);
    let cursor = NativeCursor::new(1, IteratedRecords::boxed(rows.map(|row| record(row?))));
    NativeRows { columns, form, is_map, cursor: Some(cursor) }
}

fn record(row: Vec<prolly_sql::Value>) -> Result<Record> {
    Ok(Record::new([Some(Bytes::from(value::row(&row)))]))
}

/// How many rows statements changed.
fn changes(answers: &[Payload]) -> f64 {
    let changes = answers.iter().map(|answer| match answer {
        Payload::Insert(count) | Payload::Update(count) | Payload::Delete(count) => *count as u64,
        _ => 0,
    });
    number(changes.sum())
}

fn answer(payload: Payload) -> Result<NativeAnswer> {
    let kind = match &payload {
        Payload::Insert(_) => "insert",
        Payload::Update(_) => "update",
        Payload::Delete(_) => "delete",
        Payload::Select { .. } | Payload::SelectMap(_) => "select",
        Payload::ShowColumns(_) | Payload::ShowVariable(_) => "show",
        Payload::Create | Payload::CreateIndex => "create",
        Payload::DropTable(_) | Payload::DropFunction | Payload::DropIndex => "drop",
        Payload::AlterTable => "alter",
        Payload::StartTransaction => "begin",
        Payload::Commit => "commit",
        Payload::Rollback => "rollback",
    };
    let (kind, changes) = (kind.to_owned(), changes(std::slice::from_ref(&payload)));
    let Some(rows) = Rows::of(payload) else {
        return Ok(NativeAnswer { kind, changes, columns: None, is_map: false, rows: None });
    };
    let (columns, is_map) = (rows.columns().iter().map(column).collect(), rows.is_map());
    let records = rows.map(|row| record(row?)).collect::<Result<Vec<_>>>()?;
    let page = Uint8Array::from(page::encode(1, &records)?);
    Ok(NativeAnswer { kind, changes, columns: Some(columns), is_map, rows: Some(page) })
}
