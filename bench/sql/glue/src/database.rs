//! GlueSQL over a storage. It has no statements to prepare: its text is parsed each time, as its documentation has it.

use gluesql_core::data::Key;
use gluesql_core::error::Result;
use gluesql_core::executor::Payload;
use gluesql_core::prelude::Glue;
use gluesql_core::store::{GStore, GStoreMut, Planner};
use serde_json::{Value, json};

use crate::answer::{number_of, timed};
use crate::request::{Scalar, Take};

pub trait Rows: GStore + GStoreMut + Planner {}
impl<T: GStore + GStoreMut + Planner> Rows for T {}

pub struct Database<T: Rows>(Glue<T>);

impl<T: Rows> Database<T> {
    pub fn new(storage: T) -> Self {
        Self(Glue::new(storage))
    }

    pub fn run(&mut self, sql: &str) -> Result<Value> {
        self.0.execute(sql)?;
        Ok(json!({}))
    }

    /// Rows whose first column is the key, past the checks of INSERT: to compare each with all before takes hours.
    pub fn load(&mut self, table: &str, rows: Vec<Vec<Scalar>>) -> Result<Value> {
        let rows = rows.into_iter().map(|row| {
            let row: Vec<_> = row.into_iter().map(Scalar::into_value).collect();
            Ok((Key::try_from(&row[0])?, row))
        });
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let storage = &mut self.0.storage;
        let is_open = storage.begin(true)?;
        storage.insert_data(table, rows)?;
        if is_open {
            storage.commit()?;
        }
        Ok(json!({}))
    }

    pub fn query(&mut self, sql: &str, parameters: &[Vec<Scalar>], take: Take, budget: f64) -> Result<Value> {
        let sql = numbered(sql);
        timed(parameters, budget, |parameters| Ok(number_of(&self.execute(&sql, parameters)?, take)))
    }

    pub fn change(&mut self, sql: &str, parameters: &[Vec<Scalar>], budget: f64) -> Result<Value> {
        self.query(sql, parameters, Take::All, budget)
    }

    /// One statement is one transaction: the storage in memory knows no others.
    pub fn insert(&mut self, table: &str, transactions: &[Vec<Vec<Scalar>>], budget: f64) -> Result<Value> {
        timed(transactions, budget, |rows| {
            let row = |row: &Vec<Scalar>| row.iter().map(Scalar::written).collect::<Vec<_>>().join(", ");
            let rows: Vec<_> = rows.iter().map(|values| format!("({})", row(values))).collect();
            let sql = format!("INSERT INTO {table} VALUES {}", rows.join(", "));
            Ok(number_of(&self.execute(&sql, &[])?, Take::All))
        })
    }

    fn execute(&mut self, sql: &str, parameters: &[Scalar]) -> Result<Payload> {
        let mut payloads = self.0.execute_with_params(sql, parameters.iter().cloned())?;
        Ok(payloads.pop().unwrap())
    }
}

/// Its parameters have numbers.
fn numbered(sql: &str) -> String {
    let mut parts = sql.split('?');
    let first = parts.next().unwrap().to_owned();
    parts.enumerate().fold(first, |sql, (index, part)| format!("{sql}${}{part}", index + 1))
}
