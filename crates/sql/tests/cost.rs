//! What statements cost in nodes, however many rows a table has. One test, so that no other one loads nodes in its process.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

use std::path::Path;
use std::sync::Arc;

use gluesql_core::data::Value;
use gluesql_core::executor::Payload;
use prolly_sql::{Parameters, Session};
use prolly_storage::load_count;
use prolly_versioning::{
    Author, CheckoutOptions, CommitOptions, Durability, InitOptions, MergeOptions, MergeOutcome, OpenOptions,
    ResetMode, StorageKind, VersionedStore,
};

/// Nodes on the way from the root to a leaf of the larger table.
const PATH: u64 = 4;

/// Rows that a statement inserts.
const BATCH: u64 = 10_000;

fn make(folder: &Path, rows: u64) {
    // Nothing of it needs to outlive the test.
    let open = OpenOptions { durability: Durability::Off, ..OpenOptions::default() };
    let options = InitOptions { storage: StorageKind::File, open, ..InitOptions::default() };
    let store = Arc::new(VersionedStore::init(folder, options).unwrap());
    let mut session = Session::new(Arc::clone(&store));
    let mut run = |sql: &str| session.run(sql, &Parameters::none()).unwrap();
    run("CREATE TABLE big (id INT PRIMARY KEY, code INT UNIQUE, kind INT, name TEXT, other INT NULL);
         CREATE INDEX by_kind ON big (kind); CREATE INDEX by_name ON big (name);
         CREATE TABLE small (id INT PRIMARY KEY, big INT, kind INT)");
    for start in (0..rows).step_by(usize::try_from(BATCH).unwrap()) {
        run(&format!(
            "INSERT INTO big SELECT N + {start}, (N + {start}) * 7, (N + {start}) / 10,
             'name ' || CAST(1000000000 + N + {start} AS TEXT), N FROM SERIES({BATCH})"
        ));
    }
    run("INSERT INTO small SELECT N, N * 100, N * 10 FROM SERIES(20)");
    let author = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
    store.commit(&CommitOptions { author: Some(author), ..CommitOptions::message("rows") }).unwrap();
}

/// The nodes that a statement loads with nothing in memory, and what it answers.
fn cost(folder: &Path, sql: &str) -> (u64, Payload) {
    let store = VersionedStore::open(folder, OpenOptions::default()).unwrap();
    let mut session = Session::new(Arc::new(store));
    // What tables there are is not what is measured.
    session.run("SELECT * FROM small WHERE id = 0", &Parameters::none()).unwrap();
    let before = load_count();
    let answer = session.run(sql, &Parameters::none()).unwrap_or_else(|error| panic!("{sql}: {error}"));
    (load_count() - before, answer.into_iter().last().unwrap())
}

/// Ten rows changed on main and ten on another branch, one of them the same in another column; then what a merge loads, and what it costs to
/// look at it.
fn check_merge(folder: &Path, rows: u64) {
    let author = || Some(Author { name: "Ada".into(), email: "ada@example.com".into(), time: None });
    let committing = || CommitOptions { author: author(), ..CommitOptions::message("change") };
    let open = || Arc::new(VersionedStore::open(folder, OpenOptions::default()).unwrap());
    let ids =
        |first: u64| (0..10).map(|place| (first + place * 900).to_string()).collect::<Vec<_>>().join(", ");
    let store = open();
    let mut session = Session::new(Arc::clone(&store));
    let mut run = |sql: &str| session.run(sql, &Parameters::none()).unwrap();
    store.reset("HEAD", ResetMode::Hard).unwrap();
    store.create_branch("other", None).unwrap();
    run(&format!("UPDATE big SET kind = kind + 1 WHERE id IN ({})", ids(30)));
    store.commit(&committing()).unwrap();
    store.checkout("other", &CheckoutOptions::default()).unwrap();
    run(&format!("UPDATE big SET other = 1 WHERE id IN (30, {})", ids(40)));
    store.commit(&committing()).unwrap();
    store.checkout("main", &CheckoutOptions::default()).unwrap();
    drop((session, store));
    let store = open();
    let before = load_count();
    let merging = MergeOptions { author: author(), ..MergeOptions::default() };
    let merged = store.merge("other", &merging).unwrap();
    assert!(matches!(merged, MergeOutcome::Merged { conflicts: 0, .. }), "{merged:?}");
    let loads = load_count() - before;
    assert!(loads <= 45 * PATH, "a merge of {rows}: {loads} loads");
    drop(store);
    for (sql, wanted, most) in [
        ("SELECT * FROM prolly_diff('big', 'HEAD~1', 'HEAD')", 11, 22 * PATH),
        ("SELECT kind, other FROM prolly_history_big WHERE id = 30", 4, 10 * PATH),
    ] {
        let (loads, answer) = cost(folder, sql);
        let Payload::Select { rows: found, .. } = answer else { panic!("{sql}: {answer:?}") };
        assert_eq!(found.len(), wanted, "{sql} of {rows}: {found:?}");
        assert!(loads <= most, "{sql} of {rows}: {loads} loads, at most {most}");
    }
}

#[test]
fn statements_load_the_nodes_of_the_rows_they_touch() {
    let count = |count: i64| vec![vec![Value::I64(count)]];
    for rows in [10_000, 1_000_000] {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), rows);
        // A statement, the rows or the number it answers, and how many nodes it may load: a path for each key and each end of a range,
        // and the leaves between.
        let queries: [(&str, usize, u64); 24] = [
            ("SELECT * FROM big WHERE id = 4711", 1, 4),
            ("SELECT name FROM big b WHERE b.id = 4711 AND b.other > 0", 1, 4),
            ("SELECT * FROM big WHERE id = 4711.5", 0, 0),
            ("SELECT * FROM big WHERE id IN (17, 4711, 9000, -1)", 3, 9),
            ("SELECT * FROM big WHERE id IN (SELECT big FROM small WHERE id < 4)", 3, 7),
            ("SELECT * FROM big WHERE id > 100 AND id <= 200", 100, 6),
            ("SELECT * FROM big WHERE 100 < id AND 200 >= id AND kind = 15", 10, 11),
            ("SELECT * FROM big WHERE id BETWEEN 101 AND 200 ORDER BY id DESC", 100, 6),
            ("SELECT * FROM big ORDER BY id LIMIT 10", 10, 4),
            ("SELECT * FROM big ORDER BY id DESC LIMIT 10 OFFSET 5", 10, 4),
            ("SELECT * FROM big ORDER BY kind DESC LIMIT 10", 10, 5),
            ("SELECT * FROM big WHERE code = 4711 * 7", 1, 6),
            ("SELECT * FROM big WHERE kind = 471", 10, 9),
            ("SELECT * FROM big WHERE kind > 470 AND kind < 473", 20, 13),
            ("SELECT * FROM big WHERE name LIKE 'name 100000471%'", 10, 7),
            ("SELECT * FROM big WHERE kind = 471 AND id > 0 AND name LIKE 'name%'", 10, 14),
            ("SELECT * FROM small s JOIN big b ON b.id = s.big", 20, 32),
            ("SELECT * FROM small s LEFT JOIN big b ON s.kind = b.kind", 200, 70),
            ("SELECT * FROM small s JOIN big b WHERE s.big = b.id AND s.id < 3", 2, 10),
            ("SELECT * FROM small s WHERE EXISTS (SELECT 1 FROM big b WHERE b.id = s.big)", 20, 28),
            ("SELECT * FROM big LIMIT 3", 3, 4),
            ("SELECT DISTINCT kind FROM big WHERE id < 100", 10, 7),
            ("SELECT MIN(id), MAX(id), MAX(kind), MIN(code) FROM big", 1, 8),
            ("SELECT id FROM big WHERE id > (SELECT MAX(id) - 5 FROM big)", 5, 4),
        ];
        for (sql, wanted, most) in queries {
            let (loads, answer) = cost(folder.path(), sql);
            let Payload::Select { rows: found, .. } = answer else { panic!("{sql}: {answer:?}") };
            assert_eq!(found.len(), wanted, "{sql} of {rows}");
            assert!(loads <= most, "{sql} of {rows}: {loads} loads, at most {most}");
        }
        let (loads, answer) = cost(folder.path(), "SELECT COUNT(*) FROM big");
        assert!(matches!(answer, Payload::Select { rows: found, .. } if found == count(rows as i64)));
        assert!(loads <= 2 * PATH, "COUNT(*) of {rows}: {loads} loads");
        let changes = [
            ("UPDATE big SET name = 'x', other = other + 1 WHERE id = 4711", 1, 5 * PATH),
            ("UPDATE big SET code = 1 WHERE kind = 471 AND id = 4712", 1, 8 * PATH),
            ("UPDATE big SET code = code WHERE id = 4713", 1, 3 * PATH),
            ("DELETE FROM big WHERE id IN (4714, 4715)", 2, 10 * PATH),
            ("DELETE FROM big WHERE name = 'name 1000005000'", 1, 10 * PATH),
        ];
        for (sql, wanted, most) in changes {
            let (loads, answer) = cost(folder.path(), sql);
            assert!(
                matches!(answer, Payload::Update(changed) | Payload::Delete(changed) if changed == wanted),
                "{sql} of {rows}: {answer:?}"
            );
            assert!(loads <= most, "{sql} of {rows}: {loads} loads, at most {most}");
        }
        let (loads, _) = cost(folder.path(), "INSERT INTO big VALUES (-1, -1, -1, 'a', NULL)");
        assert!(loads <= 8 * PATH, "INSERT of {rows}: {loads} loads");
        let store = VersionedStore::open(folder.path(), OpenOptions::default()).unwrap();
        let mut session = Session::new(Arc::new(store));
        let taken = session.run("INSERT INTO big VALUES (-2, -1, -1, 'a', NULL)", &Parameters::none());
        assert!(taken.unwrap_err().to_string().contains("UNIQUE"));
        check_merge(folder.path(), rows);
    }
}
