//! The statements of GlueSQL's own suite in sessions: what they answer there is what they answer when GlueSQL runs them, or one of the
//! differences listed here, each with its reason.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a fault here is a failed test")]

use std::sync::Arc;

use gluesql_core::executor::Payload;
use gluesql_core::prelude::Glue;
use gluesql_test_suite::fixture;
use prolly_sql::{Parameters, Session, SqlStorage};
use prolly_versioning::{InitOptions, VersionedStore};

/// The fixtures, by their paths.
const FIXTURES: &str = include_str!("fixtures.txt");

/// What differs, by a part of the statement, and why.
const DIFFERENCES: [(&str, &str, &str); 7] = [
    (
        "expr/between.sql",
        "BETWEEN",
        "what is beyond one bound is not between them, also where the other is NULL",
    ),
    ("data_type/list.sql", "items['not']['list']", "in what is not there, nothing is there"),
    ("function/generate_uuid.sql", "GENERATE_UUID", "two UUIDs are not the same"),
    ("type_match.sql", "TypeMatch", "a column of UUIDs that were generated"),
    ("index/null.sql", "date >= DATE '2040-12-24'", "NULL is not greater than a date"),
    ("index/null.sql", "id > 2", "NULL is not greater than a number"),
    ("index/null.sql", "date IS NOT NULL", "rows come in no order unless one is asked for"),
];

fn store() -> Arc<VersionedStore> {
    Arc::new(VersionedStore::memory(InitOptions::default()).unwrap())
}

/// The statements of a fixture: expectations are comments.
fn statements(source: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut sql = String::new();
    for line in source.lines() {
        if line.trim_start().starts_with("-- @expect") && !sql.trim().is_empty() {
            statements.push(std::mem::take(&mut sql));
        } else if !line.trim_start().starts_with("--") {
            sql.push_str(line);
            sql.push('\n');
        }
    }
    statements
}

#[test]
fn sessions_answer_as_glue_does() {
    let (mut compared, mut differences) = (0, Vec::new());
    for path in FIXTURES.lines() {
        let mut glue = Glue::new(SqlStorage::new(store()));
        let mut session = Session::new(store());
        for sql in statements(fixture::source(path)) {
            let expected = glue.execute(&sql);
            let found = session.run(&sql, &Parameters::none());
            compared += 1;
            let same = match (&expected, &found) {
                (Ok(expected), Ok(found)) => format!("{expected:?}") == format!("{found:?}"),
                (Err(_), Err(_)) => true,
                _ => false,
            };
            let is_known = |(known, part, _): &(&str, &str, &str)| path == *known && sql.contains(part);
            if !same && !DIFFERENCES.iter().any(is_known) {
                let said =
                    |payloads: &[Payload]| format!("{payloads:?}").chars().take(400).collect::<String>();
                let expected = expected.map_or_else(|error| format!("{error:?}"), |found| said(&found));
                let found = found.map_or_else(|error| format!("{error:?}"), |found| said(&found));
                differences.push(format!("{path}\n{sql}glue    {expected}\nsession {found}\n"));
            }
        }
    }
    assert!(differences.is_empty(), "{} of {compared} differ\n{}", differences.len(), differences.join("\n"));
}
