//! Sessions: statements with parameters, transactions and savepoints.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

use std::sync::Arc;

use gluesql_core::data::Value;
use gluesql_core::executor::Payload;
use prolly_sql::{Error, Interrupt, Parameter, Parameters, Session};
use prolly_versioning::{Author, CommitOptions, Error as StoreError, InitOptions, VersionedStore};

fn memory() -> Arc<VersionedStore> {
    Arc::new(VersionedStore::memory(InitOptions::default()).unwrap())
}

fn with_table() -> Session {
    let mut session = Session::new(memory());
    run(
        &mut session,
        "CREATE TABLE t (id INT PRIMARY KEY, name TEXT NULL); INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    );
    session
}

fn run(session: &mut Session, sql: &str) {
    session.run(sql, &Parameters::none()).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn rows_with(session: &mut Session, sql: &str, parameters: &Parameters) -> Vec<Vec<Value>> {
    let mut answers = session.run(sql, parameters).unwrap_or_else(|error| panic!("{sql}: {error}"));
    match answers.pop() {
        Some(Payload::Select { rows, .. }) => rows,
        other => panic!("{other:?}"),
    }
}

fn ids(session: &mut Session) -> Vec<i64> {
    let rows = rows_with(session, "SELECT id FROM t", &Parameters::none());
    rows.iter().map(|row| if let Value::I64(id) = row[0] { id } else { panic!("{row:?}") }).collect()
}

fn text(text: &str) -> Parameter {
    Parameter::Text(text.into())
}

fn refused(session: &mut Session, sql: &str, parameters: &Parameters) -> Error {
    session.run(sql, parameters).unwrap_err()
}

#[test]
fn parameters_are_written_in_three_ways() {
    let mut session = with_table();
    let both = Parameters::positional([Parameter::Integer(2), text("b")]);
    let named = Parameters::named([("id", Parameter::Integer(2)), ("name", text("b"))]);
    for (sql, parameters) in [
        ("SELECT id FROM t WHERE id = ? AND name = ?", &both),
        ("SELECT id FROM t WHERE name = $2 AND id = $1 AND $1 = 2", &both),
        ("SELECT id FROM t WHERE id = :id AND name = :name AND id = :id::INT", &named),
        // Neither in text nor in a comment, and not where it is part of something else.
        ("SELECT id FROM t WHERE id = ? AND name = ? AND name <> '?' -- ?", &both),
        ("SELECT id FROM t WHERE id = ? AND name || 'c' = ?||'c'", &both),
    ] {
        assert_eq!(rows_with(&mut session, sql, parameters), [[Value::I64(2)]], "{sql}");
    }
    // One list for all statements of a text.
    let two = Parameters::positional([Parameter::Integer(3), Parameter::Integer(4)]);
    session.run("INSERT INTO t (id) VALUES (?); INSERT INTO t (id) VALUES (?)", &two).unwrap();
    assert_eq!(ids(&mut session), [1, 2, 3, 4]);
}

#[test]
fn parameters_that_are_not_those_of_the_text_are_refused() {
    let mut session = with_table();
    let one = Parameters::positional([Parameter::Integer(1)]);
    let named = Parameters::named([("id", Parameter::Integer(1))]);
    for (sql, parameters, reason) in [
        ("DELETE FROM t WHERE id = ? OR id = ?", &one, "number 2 is missing"),
        ("DELETE FROM t", &one, "number 1 is not in the text"),
        ("DELETE FROM t WHERE id = :other", &named, ":other is missing"),
        ("DELETE FROM t", &named, ":id is not in the text"),
        ("DELETE FROM t WHERE id = ? OR id = :id", &named, "number 1 is missing"),
    ] {
        let error = refused(&mut session, sql, parameters).to_string();
        assert!(error.ends_with(reason), "{error}");
    }
    assert!(matches!(refused(&mut session, "DELETE FROM t WHERE id = $0", &one), Error::Syntax { .. }));
    assert_eq!(ids(&mut session), [1, 2]);
}

#[test]
fn a_parameter_takes_on_the_type_of_its_column() {
    let mut session = Session::new(memory());
    let columns = [
        ("INT8", Parameter::Integer(-7)),
        ("UINT64", Parameter::Integer(u64::MAX.into())),
        ("INT128", Parameter::Integer(i128::MAX)),
        ("FLOAT", Parameter::Integer(2)),
        ("FLOAT", Parameter::Float(-2.5e-9)),
        ("FLOAT", Parameter::Float(f64::NAN)),
        ("DECIMAL", Parameter::Decimal("-1.10".parse().unwrap())),
        ("DECIMAL", Parameter::Float(0.25)),
        ("BOOLEAN", Parameter::Boolean(true)),
        ("TEXT", text("it's ?")),
        ("BYTEA", Parameter::Bytes(vec![0, 255])),
        ("DATE", text("2026-11-27")),
        ("UUID", text("936DA01F-9ABD-4D9D-80C7-02AF85C822A8")),
        ("MAP", text(r#"{"a": [1, null]}"#)),
        ("LIST", text("[1, 2]")),
    ];
    for (place, (data_type, parameter)) in columns.into_iter().enumerate() {
        run(&mut session, &format!("CREATE TABLE t{place} (v {data_type} NULL)"));
        let insert = format!("INSERT INTO t{place} VALUES (?)");
        session
            .run(&insert, &Parameters::positional([parameter.clone()]))
            .unwrap_or_else(|error| panic!("{data_type} {parameter:?}: {error}"));
        session.run(&insert, &Parameters::positional([Parameter::Null])).unwrap();
        let select = format!("SELECT v FROM t{place}");
        let stored = rows_with(&mut session, &select, &Parameters::none());
        let fits = match (&stored[0][0], &parameter) {
            (Value::F64(stored), Parameter::Float(number)) => stored.to_bits() == number.to_bits(),
            (Value::F64(stored), Parameter::Integer(number)) => *stored == *number as f64,
            (Value::Bytea(stored), Parameter::Bytes(bytes)) => stored == bytes,
            (Value::Bool(stored), Parameter::Boolean(value)) => stored == value,
            (Value::Map(_) | Value::List(_), _) => true,
            (stored, Parameter::Integer(number)) => String::from(stored) == number.to_string(),
            (stored, Parameter::Decimal(number)) => String::from(stored) == number.to_string(),
            (stored, Parameter::Float(number)) => String::from(stored) == number.to_string(),
            (stored, Parameter::Text(text)) => String::from(stored) == text.to_lowercase(),
            _ => false,
        };
        assert!(fits, "{data_type}: {parameter:?} came back as {:?}", stored[0][0]);
        assert!(matches!(stored[1][0], Value::Null));
    }
}

#[test]
fn a_statement_that_fails_leaves_nothing_and_the_transaction_goes_on() {
    let mut session = with_table();
    run(&mut session, "BEGIN; INSERT INTO t VALUES (3, 'c')");
    for failing in
        ["INSERT INTO t VALUES (4, 'd'), (1, 'e')", "DROP TABLE t, missing", "SELECT * FROM missing"]
    {
        assert!(matches!(refused(&mut session, failing, &Parameters::none()), Error::Sql(_)), "{failing}");
    }
    assert!(session.is_in_transaction());
    assert_eq!(ids(&mut session), [1, 2, 3]);
    run(&mut session, "COMMIT");
    refused(
        &mut session,
        "INSERT INTO t VALUES (4, 'd'); INSERT INTO t VALUES (4, 'e')",
        &Parameters::none(),
    );
    assert_eq!(ids(&mut session), [1, 2, 3, 4], "each statement is one, and those before stay");
}

#[test]
fn savepoints_nest_and_end_with_their_transaction() {
    let mut session = with_table();
    let none = Parameters::none();
    for outside in ["SAVEPOINT a", "RELEASE SAVEPOINT a", "ROLLBACK TO SAVEPOINT a"] {
        assert!(matches!(
            refused(&mut session, outside, &none),
            Error::Store(StoreError::InvalidArgument { .. })
        ));
    }
    run(&mut session, "BEGIN; INSERT INTO t VALUES (3, 'c'); SAVEPOINT a; INSERT INTO t VALUES (4, 'd')");
    run(&mut session, "SAVEPOINT b; CREATE TABLE u (id INT); INSERT INTO t VALUES (5, 'e')");
    run(&mut session, "ROLLBACK TO SAVEPOINT b");
    assert_eq!(ids(&mut session), [1, 2, 3, 4]);
    refused(&mut session, "SELECT * FROM u", &none);
    // It is still there, and those that came after it are not.
    run(&mut session, "INSERT INTO t VALUES (6, 'f'); ROLLBACK TO SAVEPOINT a; ROLLBACK TO SAVEPOINT a");
    refused(&mut session, "ROLLBACK TO SAVEPOINT b", &none);
    assert_eq!(ids(&mut session), [1, 2, 3]);
    run(&mut session, "RELEASE SAVEPOINT a; COMMIT");
    assert_eq!(ids(&mut session), [1, 2, 3]);
    run(&mut session, "BEGIN; SAVEPOINT a; ROLLBACK; BEGIN");
    refused(&mut session, "ROLLBACK TO SAVEPOINT a", &none);
}

#[test]
fn the_second_to_commit_gets_the_stores_own_conflict() {
    let store = memory();
    let [mut one, mut other] = [(); 2].map(|()| Session::new(Arc::clone(&store)));
    run(&mut one, "CREATE TABLE t (id INT PRIMARY KEY, name TEXT NULL); INSERT INTO t VALUES (1, 'a')");
    for session in [&mut one, &mut other] {
        run(session, "BEGIN; UPDATE t SET name = 'x' WHERE id = 1");
    }
    run(&mut one, "COMMIT");
    let conflict = refused(&mut other, "COMMIT", &Parameters::none());
    assert!(matches!(conflict, Error::Store(StoreError::Conflict { .. })), "{conflict}");
    assert!(!other.is_in_transaction());
}

#[test]
fn what_would_be_passed_over_is_refused() {
    let mut session = with_table();
    for (sql, what) in [
        ("SELECT SUM(id) OVER (PARTITION BY name) FROM t", "OVER of SUM"),
        ("SELECT 1 + COUNT(*) FILTER (WHERE id > 1) FROM t", "FILTER of COUNT"),
        (
            "SELECT id FROM t WHERE id IN (SELECT MAX(id) WITHIN GROUP (ORDER BY id) FROM t)",
            "WITHIN GROUP of MAX",
        ),
        ("SELECT MAX(id) IGNORE NULLS FROM t", "IGNORE NULLS of MAX"),
        (
            "CREATE TABLE u (a INT, b INT, FOREIGN KEY (a, b) REFERENCES t (id, name))",
            "a FOREIGN KEY of several columns",
        ),
    ] {
        match refused(&mut session, sql, &Parameters::none()) {
            Error::Unsupported { what: found, .. } => assert_eq!(found, what),
            error => panic!("{sql}: {error}"),
        }
    }
}

#[test]
fn what_is_no_sql_is_refused_with_its_place_before_anything_runs() {
    let mut session = with_table();
    for (sql, expected) in [
        ("SELECT 1;\nSELEC 2", Some((2, 1))),
        ("DELETE FROM t;\n  SELECT 'open", Some((2, 10))),
        ("DELETE FROM t WHERE id = 1 id", Some((1, 28))),
    ] {
        match refused(&mut session, sql, &Parameters::none()) {
            Error::Syntax { location, .. } => assert_eq!(location, expected, "{sql}"),
            error => panic!("{sql}: {error}"),
        }
    }
    assert_eq!(ids(&mut session), [1, 2]);
    assert_eq!(session.run(" ; -- nothing\n;", &Parameters::none()).unwrap().len(), 0);
}

#[test]
fn a_version_of_the_past_is_read_and_not_written() {
    let store = memory();
    let mut session = Session::new(Arc::clone(&store));
    run(&mut session, "CREATE TABLE t (id INT PRIMARY KEY, name TEXT NULL); INSERT INTO t VALUES (1, 'a')");
    let author = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
    store.commit(&CommitOptions { author: Some(author), ..CommitOptions::message("one") }).unwrap();
    run(&mut session, "INSERT INTO t VALUES (2, 'b')");
    let mut past = Session::at(&store.at("HEAD").unwrap());
    assert_eq!((ids(&mut past), ids(&mut session)), (vec![1], vec![1, 2]));
    for write in ["INSERT INTO t VALUES (3, 'c')", "DROP TABLE t", "CREATE TABLE u", "BEGIN"] {
        let error = refused(&mut past, write, &Parameters::none());
        assert!(matches!(error, Error::ReadOnly), "{write}: {error}");
    }
}

#[test]
fn a_statement_that_ran_before_sees_what_changed_since() {
    let mut session = with_table();
    let one = |id| Parameters::positional([Parameter::Integer(id)]);
    let find = "SELECT * FROM t WHERE id = ?";
    assert_eq!(rows_with(&mut session, find, &one(2)).len(), 1);
    run(&mut session, "DELETE FROM t WHERE id = 2; ALTER TABLE t ADD COLUMN more INT DEFAULT 7");
    assert_eq!(rows_with(&mut session, find, &one(2)).len(), 0);
    assert_eq!(rows_with(&mut session, find, &one(1))[0][2], Value::I64(7));
    for id in 10..13 {
        session
            .run(
                "INSERT INTO t (id, more) VALUES (?, ? + 1)",
                &Parameters::positional([Parameter::Integer(id), Parameter::Integer(id)]),
            )
            .unwrap();
    }
    let limited = Parameters::positional([text("a%"), Parameter::Integer(2), Parameter::Integer(1)]);
    let sql = "SELECT more + ? FROM t WHERE name IS NULL OR name LIKE ? ORDER BY id LIMIT ? OFFSET ?";
    let all = Parameters::positional([
        Parameter::Integer(100),
        text("a%"),
        Parameter::Integer(2),
        Parameter::Integer(1),
    ]);
    assert_eq!(rows_with(&mut session, sql, &all), [[Value::I64(111)], [Value::I64(112)]]);
    assert!(session.run(sql, &limited).is_err());
    let mut labels = session
        .query(
            "SELECT ?, id + ? AS sum FROM t",
            &Parameters::positional([Parameter::Integer(1), Parameter::Integer(1)]),
        )
        .unwrap();
    assert_eq!(labels.columns().iter().map(|column| &column.name[..]).collect::<Vec<_>>(), ["?", "sum"]);
    assert_eq!(labels.next().unwrap().unwrap(), [Value::I64(1), Value::I64(2)]);
}

#[test]
fn a_table_without_columns_takes_parameters_too() {
    let mut session = Session::new(memory());
    run(&mut session, "CREATE TABLE logs");
    let map = Parameters::positional([text(r#"{"id": 1, "kind": "x"}"#)]);
    session.run("INSERT INTO logs VALUES (?)", &map).unwrap();
    let found =
        session.run("SELECT id FROM logs WHERE kind = ?", &Parameters::positional([text("x")])).unwrap();
    assert!(matches!(&found[..], [Payload::Select { rows, .. }] if rows == &[[Value::I64(1)]]), "{found:?}");
}

#[test]
fn expressions_without_end_are_refused_and_long_lists_are_not() {
    let mut session = with_table();
    let chained = |part: &str, by: &str, times: usize| vec![part; times].join(by);
    for sql in [
        format!("SELECT id FROM t WHERE {}", chained("id = 1", " OR ", 100_000)),
        format!("SELECT {} FROM t", chained("id", " + ", 100_000)),
        format!("SELECT ({}) + ({}) FROM t", chained("id", "||", 100_000), chained("id", "::", 100_000)),
        format!("SELECT 1 {}", chained("", " UNION SELECT 1", 100_000)),
        format!("SELECT * FROM t {}", chained("", " JOIN t", 100_000)),
    ] {
        assert!(matches!(refused(&mut session, &sql, &Parameters::none()), Error::Unsupported { .. }));
    }
    run(&mut session, &format!("SELECT id FROM t WHERE id IN ({})", chained("-1", ", ", 10_000)));
    run(&mut session, &format!("SELECT id FROM t WHERE {}", chained("id = 1", " OR ", 10)));
}

#[test]
fn faults_are_told_in_the_words_of_the_statement() {
    let mut session = with_table();
    run(&mut session, "CREATE TABLE u (id INT PRIMARY KEY, code TEXT UNIQUE, n INT NOT NULL)");
    run(&mut session, "INSERT INTO u VALUES (1, 'it''s', 2)");
    for (sql, told) in [
        ("SELECT * FROM nowhere", "there is no table \"nowhere\""),
        ("DROP TABLE nowhere", "there is no table \"nowhere\""),
        (
            "CREATE TABLE t (id INT)",
            "there is a table \"t\" already: CREATE TABLE IF NOT EXISTS leaves it as it is",
        ),
        ("SELECT nothing FROM t", "there is no column \"nothing\""),
        ("SELECT t.nothing FROM t", "there is no column \"nothing\" in \"t\""),
        (
            "INSERT INTO u (id, code) VALUES (2, 'x')",
            "the column \"n\" has no default and may not be NULL: it must be given",
        ),
        ("INSERT INTO t (id, name) VALUES (3)", "there are not as many values as columns"),
        ("INSERT INTO t VALUES (3, 'c', 4)", "there are more values than columns"),
        ("INSERT INTO t VALUES (1, 'c')", "there is a row with the primary key 1 already"),
        (
            "INSERT INTO u VALUES (2, 'it''s', 2)",
            "there is a row with 'it''s' already, and the column \"code\" is UNIQUE",
        ),
        ("INSERT INTO u VALUES (2, 'x', NULL)", "NULL in a column that is NOT NULL"),
    ] {
        assert_eq!(refused(&mut session, sql, &Parameters::none()).to_string(), told, "{sql}");
    }
}

#[test]
fn an_interrupt_ends_the_statement_at_its_next_row() {
    let mut session = with_table();
    let interrupt = Interrupt::default();
    session.set_interrupt(interrupt.clone());
    let mut rows = session.query("SELECT N FROM SERIES(1000000000000)", &Parameters::none()).unwrap();
    assert!(rows.next().is_some_and(|row| row.is_ok()));
    let asking = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(5));
        interrupt.ask();
    });
    let delete = "DELETE FROM t WHERE id < (SELECT COUNT(*) FROM SERIES(1000000000000))";
    assert!(matches!(refused(&mut session, delete, &Parameters::none()), Error::Interrupted));
    asking.join().unwrap();
    assert!(matches!(rows.next(), Some(Err(Error::Interrupted))), "rows that were opened before");
    assert!(matches!(refused(&mut session, "DELETE FROM t", &Parameters::none()), Error::Interrupted));
    session.set_interrupt(Interrupt::default());
    assert_eq!(ids(&mut session), [1, 2]);
}
