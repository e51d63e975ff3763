//! Other versions in SQL, and the store as tables.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::result_large_err,
    reason = "a fault here is a failed test"
)]

use std::sync::Arc;

use bytes::Bytes;
use prolly_sql::{Error, Parameter, Parameters, Payload, Rows, Session};
use prolly_versioning::{Author, CommitOptions, InitOptions, Namespace, VersionedStore};

fn commit(store: &VersionedStore, message: &str) {
    let author = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
    store.commit(&CommitOptions { author: Some(author), ..CommitOptions::message(message) }).unwrap();
}

/// Three commits: a table of two rows, one of three with one changed, and one with another column.
fn with_history() -> (Arc<VersionedStore>, Session) {
    let options = InitOptions { branch: Some("main".into()), ..InitOptions::default() };
    let store = Arc::new(VersionedStore::memory(options).unwrap());
    let mut session = Session::new(Arc::clone(&store));
    for (message, sql) in [
        (
            "one",
            "CREATE TABLE t (id INT PRIMARY KEY, name TEXT); CREATE INDEX by_name ON t (name);
             INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        ),
        ("two", "UPDATE t SET name = 'B' WHERE id = 2; INSERT INTO t VALUES (3, 'c')"),
        ("three", "ALTER TABLE t ADD COLUMN more INT DEFAULT 7; DELETE FROM t WHERE id = 1"),
    ] {
        session.run(sql, &Parameters::none()).unwrap();
        commit(&store, message);
    }
    (store, session)
}

fn rows_with(session: &mut Session, sql: &str, parameters: &Parameters) -> String {
    let answers = session.run(sql, parameters).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let rows = Rows::of(answers.into_iter().last().unwrap()).unwrap();
    let row = |row: prolly_sql::Result<Vec<prolly_sql::Value>>| {
        row.unwrap().iter().map(String::from).collect::<Vec<_>>().join(" ")
    };
    rows.map(row).collect::<Vec<_>>().join(", ")
}

fn check(session: &mut Session, answers: &[(&str, &str)]) {
    for (sql, wanted) in answers {
        assert_eq!(rows_with(session, sql, &Parameters::none()), *wanted, "{sql}");
    }
}

#[test]
fn tables_are_read_as_of_any_version_and_joined_across_versions() {
    let (_store, mut session) = with_history();
    session.run("UPDATE t SET name = 'staged' WHERE id = 3", &Parameters::none()).unwrap();
    check(
        &mut session,
        &[
            ("SELECT * FROM t", "2 B 7, 3 staged 7"),
            ("SELECT * FROM t AS OF 'HEAD'", "2 B 7, 3 c 7"),
            ("SELECT * FROM t AS OF 'HEAD~1'", "1 a, 2 B, 3 c"),
            ("SELECT * FROM t AS OF 'HEAD~2' WHERE t.id = 2", "2 b"),
            ("SELECT id FROM t as of 'main~2' old WHERE old.name = 'a'", "1"),
            ("SELECT COUNT(*) FROM \"t\" AS OF 'HEAD~1' AS x", "3"),
            (
                "SELECT n.id, o.name, n.name FROM t n JOIN t AS OF 'HEAD~2' o ON o.id = n.id WHERE o.name <> n.name",
                "2 b B",
            ),
            ("SELECT id FROM t AS OF 'HEAD~2' WHERE id NOT IN (SELECT id FROM t AS OF 'HEAD')", "1"),
        ],
    );
    let revision = |text: &str| Parameters::positional([Parameter::Text(text.into()), Parameter::Integer(1)]);
    let sql = "SELECT name FROM t AS OF ? WHERE id > ?";
    assert_eq!(rows_with(&mut session, sql, &revision("HEAD~2")), "b");
    assert_eq!(rows_with(&mut session, sql, &revision("HEAD~1")), "B, c");
    let refused = |session: &mut Session, sql: &str| session.run(sql, &Parameters::none()).unwrap_err();
    assert!(matches!(refused(&mut session, "SELECT * FROM t AS OF 'nowhere'"), Error::Store(_)));
    assert!(refused(&mut session, "SELECT * FROM u AS OF 'HEAD'").to_string().contains("u"));
    assert!(matches!(
        refused(&mut session, "DELETE FROM t AS OF 'HEAD'"),
        Error::Syntax { .. } | Error::Sql(_)
    ));
}

#[test]
fn the_store_is_told_of_in_tables() {
    let (store, mut session) = with_history();
    let users = Namespace::named("users").unwrap();
    store.put(&users, Bytes::from("1"), Bytes::from(r#"{"name": "Ada", "tags": ["x"]}"#)).unwrap();
    store.put(&users, Bytes::from("2"), Bytes::from("plain")).unwrap();
    session.run("INSERT INTO t VALUES (9, 'z', 1)", &Parameters::none()).unwrap();
    store.create_tag("v1", Some("HEAD~2")).unwrap();
    let head = store.resolve("HEAD").unwrap().to_string();
    check(
        &mut session,
        &[
            (
                "SELECT message, author, email FROM prolly_log LIMIT 2",
                "three Ada ada@example.com, two Ada ada@example.com",
            ),
            ("SELECT COUNT(*) FROM prolly_log", "3"),
            ("SELECT name, current FROM prolly_branches", "main TRUE"),
            ("SELECT name FROM prolly_tags", "v1"),
            (
                "SELECT name, kind, added, modified, removed FROM prolly_status ORDER BY name",
                "t table 1 0 0, users namespace 2 0 0",
            ),
            (
                "SELECT diff_type, from_id, from_name, to_id, to_name FROM prolly_diff('t', 'HEAD~2', 'HEAD~1')",
                "modified 2 b 2 B, added NULL NULL 3 c",
            ),
            (
                "SELECT diff_type, from_id, to_more FROM prolly_diff('t', 'HEAD~1', 'HEAD') d WHERE d.diff_type = 'removed'",
                "removed 1 NULL",
            ),
            ("SELECT to_name FROM prolly_diff('t', 'HEAD', 'STAGED')", "z"),
            ("SELECT key, value['name'] FROM prolly_keys('users') WHERE key = '1'", "1 Ada"),
            ("SELECT value FROM prolly_keys('users') WHERE key = '2'", "plain"),
            ("SELECT t.name FROM prolly_keys('users') k JOIN t ON t.id = CAST(k.key AS INT)", "B"),
        ],
    );
    let commit_of_main = "SELECT commit FROM prolly_branches";
    let of_main = rows_with(&mut session, commit_of_main, &Parameters::none());
    assert_eq!(of_main, head);
    for sql in ["SELECT * FROM prolly_keys('none')", "SELECT * FROM prolly_diff('none', 'HEAD', 'HEAD')"] {
        assert!(session.run(sql, &Parameters::none()).is_err(), "{sql}");
    }
    commit(&store, "keys");
    store.put(&users, Bytes::from("2"), Bytes::from("other")).unwrap();
    let both = "SELECT was.value, now.value FROM prolly_keys('users') AS OF 'HEAD' was
        JOIN prolly_keys('users') now ON now.key = was.key WHERE was.key = '2'";
    check(&mut session, &[(both, "plain other")]);
}

#[test]
fn procedures_do_what_the_store_does() {
    let (store, mut session) = with_history();
    let author = |name: &str, value: &str| {
        let set = std::process::Command::new("git")
            .args(["--git-dir", store.git_dir().to_str().unwrap(), "config", name, value])
            .status();
        assert!(set.unwrap().success());
    };
    author("user.name", "Ada");
    author("user.email", "ada@example.com");
    let mut run = |sql: &str| session.run(sql, &Parameters::none());
    run("CALL prolly_branch('feature')").unwrap();
    run("CALL prolly_checkout('feature')").unwrap();
    run("INSERT INTO t VALUES (10, 'ten', 0)").unwrap();
    run("CALL prolly_commit('ten')").unwrap();
    run("CALL prolly_checkout('main')").unwrap();
    run("CALL prolly_merge('feature')").unwrap();
    let found = run("SELECT name FROM t WHERE id = 10").unwrap();
    assert!(matches!(&found[..], [Payload::Select { rows, .. }] if rows.len() == 1));
    run("CALL prolly_tag('v2')").unwrap();
    run("DELETE FROM t").unwrap();
    run("CALL prolly_reset()").unwrap();
    assert!(
        matches!(&run("SELECT COUNT(*) FROM t").unwrap()[..], [Payload::Select { rows, .. }] if rows == &[[prolly_sql::Value::I64(3)]])
    );
    for sql in
        ["CALL prolly_commit()", "CALL nothing('x')", "CALL prolly_branch(1)", "BEGIN; CALL prolly_tag('v3')"]
    {
        assert!(run(sql).is_err(), "{sql}");
    }
}

#[test]
fn the_history_of_rows_is_a_table() {
    let (_store, mut session) = with_history();
    check(
        &mut session,
        &[
            (
                "SELECT commit_message, diff_type, id, name, more FROM prolly_history_t",
                "three removed 1 a NULL, two modified 2 B NULL, two added 3 c NULL, one added 1 a NULL, one added 2 b NULL",
            ),
            ("SELECT commit_message, name FROM prolly_history_t WHERE id = 2", "two B, one b"),
            (
                "SELECT commit_message FROM prolly_history_t WHERE id IN (1, 9) AND diff_type = 'removed'",
                "three",
            ),
            ("SELECT COUNT(*) FROM prolly_history_t h JOIN prolly_log l ON l.commit = h.commit", "5"),
            ("SELECT commit_author, commit_email FROM prolly_history_t LIMIT 1", "Ada ada@example.com"),
        ],
    );
    assert!(session.run("SELECT * FROM prolly_history_nothing", &Parameters::none()).is_err());
}
