//! GlueSQL over one of its own storages, as a contender of `bench/sql`: `glue redb|sled|memory FOLDER` reads requests as lines of JSON
//! and answers each with one. `bench/sql/child.mjs` does the same for contenders in JavaScript.
#![allow(clippy::unwrap_used, reason = "a fault here ends the benchmark")]
// Sled goes with GlueSQL 0.21; it is the one of its storages that has indexes.
#![allow(deprecated)]

mod answer;
mod database;
mod request;

use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;
use std::process::ExitCode;

use database::{Database, Rows};
use gluesql_core::error::Result;
use gluesql_memory_storage::MemoryStorage;
use gluesql_redb_storage::RedbStorage;
use gluesql_sled_storage::{SledStorage, sled};
use request::Request;
use serde_json::{Value, json};

/// What ours and SQLite may keep in memory of what is on the disk.
const CACHE_BYTES: u64 = 320 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, folder] = &arguments[..] else { return refused("two arguments: a storage and a folder") };
    let path = Path::new(folder).join("data");
    let served = match kind.as_str() {
        "memory" => Ok(serve(Database::new(MemoryStorage::default()))),
        "redb" => RedbStorage::new(path).map(|storage| serve(Database::new(storage))),
        "sled" => sled_storage(&path).map(|storage| serve(Database::new(storage))),
        _ => return refused("the storages are redb, sled and memory"),
    };
    served.unwrap_or_else(|error| refused(&error.to_string()))
}

fn sled_storage(path: &Path) -> Result<SledStorage> {
    SledStorage::try_from(sled::Config::default().path(path).cache_capacity(CACHE_BYTES))
}

/// Answers requests until there are no more.
fn serve(mut database: Database<impl Rows>) -> ExitCode {
    for line in stdin().lock().lines() {
        let answer = serde_json::from_str(&line.unwrap())
            .map_err(|error| error.to_string())
            .and_then(|request| done(&mut database, request).map_err(|error| error.to_string()))
            .unwrap_or_else(|error| json!({ "error": error }));
        writeln!(stdout().lock(), "{answer}").unwrap();
    }
    ExitCode::SUCCESS
}

fn done(database: &mut Database<impl Rows>, request: Request) -> Result<Value> {
    Ok(match request {
        Request::Open | Request::Ready => json!({}),
        Request::Run { sql } => database.run(&sql)?,
        Request::Load { table, rows } => database.load(&table, rows)?,
        Request::Query { sql, parameters, take, budget } => {
            database.query(&sql, &parameters, take, budget)?
        }
        Request::Change { sql, parameters, budget } => database.change(&sql, &parameters, budget)?,
        Request::Insert { table, transactions, budget } => database.insert(&table, &transactions, budget)?,
    })
}

fn refused(fault: &str) -> ExitCode {
    eprintln!("glue: {fault}");
    ExitCode::FAILURE
}
