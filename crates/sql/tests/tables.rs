//! Tables beside keys in one store: what GlueSQL's own suite does not ask.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use gluesql_core::ast::IndexOperator;
use gluesql_core::data::{Key, Value};
use gluesql_core::prelude::{Glue, Payload};
use gluesql_core::store::{Index, Store, StoreMut, Transaction};
use prolly_sql::SqlStorage;
use prolly_versioning::{
    Author, CheckoutOptions, CommitOptions, Error, InitOptions, KeyRange, MergeOptions, Namespace,
    OpenOptions, Version, VersionedStore,
};
use proptest::prelude::*;

fn memory() -> Arc<VersionedStore> {
    Arc::new(VersionedStore::memory(InitOptions::default()).unwrap())
}

fn session(store: &Arc<VersionedStore>) -> Glue<SqlStorage> {
    Glue::new(SqlStorage::new(Arc::clone(store)))
}

fn run(glue: &mut Glue<SqlStorage>, sql: &str) {
    glue.execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn rows(glue: &mut Glue<SqlStorage>, sql: &str) -> Vec<Vec<Value>> {
    match glue.execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}")).pop() {
        Some(Payload::Select { rows, .. }) => rows,
        other => panic!("{other:?}"),
    }
}

fn number(glue: &mut Glue<SqlStorage>, sql: &str) -> i64 {
    match rows(glue, sql)[..] {
        [ref row] => match row[..] {
            [Value::I64(number)] => number,
            ref other => panic!("{other:?}"),
        },
        ref other => panic!("{other:?}"),
    }
}

fn commit(store: &VersionedStore, message: &str) {
    let author = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
    store.commit(&CommitOptions { author: Some(author), ..CommitOptions::message(message) }).unwrap();
}

fn checkout(store: &VersionedStore, revision: &str, create: Option<&str>) {
    let create = create.map(str::to_owned);
    store.checkout(revision, &CheckoutOptions { create, ..CheckoutOptions::default() }).unwrap();
}

const TABLE: &str = "CREATE TABLE t (id INT PRIMARY KEY, name TEXT UNIQUE NULL, rank INT NULL);
    CREATE INDEX by_rank ON t (rank); CREATE INDEX by_sum ON t (id + rank)";

#[derive(Clone, Debug)]
enum Change {
    Insert(i64, Option<i64>, Option<i64>),
    Update(i64, Option<i64>),
    Delete(i64),
}

fn change() -> impl Strategy<Value = Change> {
    let id = 0..12_i64;
    prop_oneof![
        (id.clone(), proptest::option::of(0..20_i64), proptest::option::of(-3..3_i64))
            .prop_map(|(id, name, rank)| Change::Insert(id, name, rank)),
        (id.clone(), proptest::option::of(-3..3_i64)).prop_map(|(id, rank)| Change::Update(id, rank)),
        id.prop_map(Change::Delete),
    ]
}

fn sql(change: &Change) -> String {
    let value = |value: &Option<i64>| value.map_or_else(|| "NULL".into(), |value| value.to_string());
    let name = |name: &Option<i64>| name.map_or_else(|| "NULL".into(), |name| format!("'n{name}'"));
    match change {
        Change::Insert(id, of, rank) => format!("INSERT INTO t VALUES ({id}, {}, {})", name(of), value(rank)),
        Change::Update(id, rank) => format!("UPDATE t SET rank = {} WHERE id = {id}", value(rank)),
        Change::Delete(id) => format!("DELETE FROM t WHERE id = {id}"),
    }
}

/// The rows that an index gives, and those of the table in the order of `value` and then of their keys, NULL last.
fn check_index(storage: &SqlStorage, index: &str, value: fn(&[Value]) -> Option<i64>) {
    let of_table: Vec<_> = storage.scan_data("t").unwrap().map(|row| row.unwrap()).collect();
    let sorted = |keep: &dyn Fn(Option<i64>) -> bool| {
        let mut rows: Vec<_> = of_table.iter().filter(|(_, row)| keep(value(row))).cloned().collect();
        rows.sort_by_key(|(_, row)| (value(row).is_none(), value(row)));
        format!("{rows:?}")
    };
    let scanned = |cmp| {
        let rows = storage.scan_indexed_data("t", index, None, cmp).unwrap();
        format!("{:?}", rows.map(|row| row.unwrap()).collect::<Vec<_>>())
    };
    assert_eq!(scanned(None), sorted(&|_| true));
    for bound in -4..4 {
        let above = |value: Option<i64>, least| value.is_none_or(|value| value >= least);
        // As numbers of the same type, and of another one, which an index cannot be searched for.
        for of in [Value::I64(bound), Value::I8(bound as i8), Value::F64(bound as f64)] {
            let cmp = |operator| scanned(Some((operator, of.clone())));
            assert_eq!(cmp(&IndexOperator::Eq), sorted(&|value| value == Some(bound)));
            assert_eq!(cmp(&IndexOperator::Gt), sorted(&|value| above(value, bound + 1)));
            assert_eq!(cmp(&IndexOperator::GtEq), sorted(&|value| above(value, bound)));
            assert_eq!(cmp(&IndexOperator::Lt), sorted(&|value| !above(value, bound)));
            assert_eq!(cmp(&IndexOperator::LtEq), sorted(&|value| !above(value, bound + 1)));
        }
        let between = Value::F64(bound as f64 + 0.5);
        assert_eq!(scanned(Some((&IndexOperator::Gt, between))), sorted(&|value| above(value, bound + 1)));
    }
}

fn rank(row: &[Value]) -> Option<i64> {
    match row[2] {
        Value::I64(rank) => Some(rank),
        _ => None,
    }
}

fn sum(row: &[Value]) -> Option<i64> {
    match (&row[0], &row[2]) {
        (Value::I64(id), Value::I64(rank)) => Some(id + rank),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn rows_and_indexes_are_those_of_a_model_and_one_root_whatever_the_way(
        changes in proptest::collection::vec(change(), 1..40),
    ) {
        let store = memory();
        let mut glue = session(&store);
        run(&mut glue, TABLE);
        let mut model: BTreeMap<i64, (Option<i64>, Option<i64>)> = BTreeMap::new();
        for change in &changes {
            let taken = |name: &Option<i64>| name.is_some() && model.values().any(|(known, _)| known == name);
            let expected = match change {
                Change::Insert(id, name, _) => !model.contains_key(id) && !taken(name),
                _ => true,
            };
            let before = store.root_hash().unwrap();
            prop_assert_eq!(glue.execute(sql(change)).is_ok(), expected);
            match change {
                _ if !expected => prop_assert_eq!(store.root_hash().unwrap(), before),
                Change::Insert(id, name, rank) => {
                    model.insert(*id, (*name, *rank));
                }
                Change::Update(id, rank) => {
                    if let Some((_, known)) = model.get_mut(id) {
                        *known = *rank;
                    }
                }
                Change::Delete(id) => {
                    model.remove(id);
                }
            }
        }
        check_index(&glue.storage, "by_rank", rank);
        check_index(&glue.storage, "by_sum", sum);
        // The same rows, last ones first.
        let other = memory();
        let mut glue = session(&other);
        run(&mut glue, TABLE);
        for (id, (name, rank)) in model.iter().rev() {
            run(&mut glue, &sql(&Change::Insert(*id, *name, *rank)));
        }
        prop_assert_eq!(other.root_hash().unwrap(), store.root_hash().unwrap());
    }
}

#[test]
fn altering_a_table_writes_no_row() {
    let store = memory();
    let mut glue = session(&store);
    run(&mut glue, "CREATE TABLE t (id INT PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
    run(&mut glue, "CREATE INDEX by_a ON t (a)");
    commit(&store, "rows");
    run(&mut glue, "ALTER TABLE t ADD COLUMN b INT DEFAULT 7");
    run(&mut glue, "ALTER TABLE t RENAME COLUMN a TO c");
    run(&mut glue, "ALTER TABLE t ADD COLUMN gone TEXT NULL");
    run(&mut glue, "ALTER TABLE t DROP COLUMN gone");
    run(&mut glue, "ALTER TABLE t RENAME TO u");
    let changed = store.diff(Version::Head, Version::Staged, Default::default()).unwrap();
    assert_eq!(changed.count().unwrap(), [0; 3]);
    let row = |id, c: &str, b| vec![Value::I64(id), Value::Str(c.into()), Value::I64(b)];
    assert_eq!(rows(&mut glue, "SELECT * FROM u"), [row(1, "x", 7), row(2, "y", 7)]);
    run(&mut glue, "UPDATE u SET b = 8 WHERE c = 'y'; INSERT INTO u (id, c) VALUES (3, 'z')");
    assert_eq!(rows(&mut glue, "SELECT * FROM u WHERE c > 'x'"), [row(2, "y", 8), row(3, "z", 7)]);
    // What was committed is read as it was.
    let mut past = Glue::new(SqlStorage::at(&store.at("HEAD").unwrap()));
    assert_eq!(rows(&mut past, "SELECT a FROM t WHERE a = 'y'"), [[Value::Str("y".into())]]);
    assert!(past.execute("INSERT INTO t VALUES (4, 'w')").is_err());
    assert!(matches!(past.storage.take_fault(), Some(Error::InvalidArgument { .. })));
}

#[test]
fn a_dropped_primary_key_leaves_the_rows() {
    let mut glue = session(&memory());
    run(
        &mut glue,
        "CREATE TABLE t (id TEXT PRIMARY KEY, a INT UNIQUE); INSERT INTO t VALUES ('b', 1), ('a', 2)",
    );
    run(&mut glue, "ALTER TABLE t DROP COLUMN id; INSERT INTO t VALUES (3)");
    assert_eq!(rows(&mut glue, "SELECT * FROM t"), [2, 1, 3].map(|a| vec![Value::I64(a)]));
    assert!(glue.execute("INSERT INTO t VALUES (1)").is_err());
}

#[test]
fn equal_decimals_are_one_key_and_are_shown_as_they_were_written() {
    let mut glue = session(&memory());
    run(&mut glue, "CREATE TABLE t (price DECIMAL PRIMARY KEY); INSERT INTO t VALUES (1.10), (0.25), (0.5)");
    assert!(glue.execute("INSERT INTO t VALUES (1.1)").is_err());
    let shown: Vec<_> =
        rows(&mut glue, "SELECT price FROM t").iter().map(|row| String::from(&row[0])).collect();
    assert_eq!(shown, ["0.25", "0.5", "1.10"]);
}

#[test]
fn a_key_that_comes_twice_in_one_insert_is_refused() {
    let store = memory();
    let mut glue = session(&store);
    run(&mut glue, TABLE);
    let before = store.root_hash().unwrap();
    let twice = glue.execute("INSERT INTO t VALUES (5, 'x', 1), (5, 'y', 2)").unwrap_err();
    assert!(twice.to_string().contains("duplicate entry"), "{twice}");
    assert_eq!(store.root_hash().unwrap(), before);
}

#[test]
fn rows_exchange_unique_values_in_one_step() {
    let mut glue = session(&memory());
    run(&mut glue, TABLE);
    run(&mut glue, "INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', NULL)");
    let row = |id, name: &str| (Key::I64(id), vec![Value::I64(id), Value::Str(name.into()), Value::Null]);
    glue.storage.begin(false).unwrap();
    glue.storage.insert_data("t", vec![row(1, "b"), row(2, "a")]).unwrap();
    // All or nothing, also within a transaction.
    assert!(glue.storage.insert_data("t", vec![row(3, "c"), row(4, "a")]).is_err());
    glue.storage.commit().unwrap();
    let names = rows(&mut glue, "SELECT name FROM t");
    assert_eq!(names, [[Value::Str("b".into())], [Value::Str("a".into())]]);
}

#[test]
fn the_second_to_commit_a_row_is_refused_and_disjoint_ones_both_stay() {
    let store = memory();
    let [mut one, mut other] = [session(&store), session(&store)];
    run(&mut one, TABLE);
    run(&mut one, "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)");
    run(&mut one, "BEGIN; UPDATE t SET rank = 10 WHERE id = 1");
    run(&mut other, "BEGIN; UPDATE t SET rank = 20 WHERE id = 2; INSERT INTO t VALUES (3, 'c', 3)");
    assert_eq!(number(&mut one, "SELECT rank FROM t WHERE id = 2"), 2);
    run(&mut one, "COMMIT");
    run(&mut other, "COMMIT");
    assert_eq!(number(&mut one, "SELECT SUM(rank) FROM t"), 33);
    run(&mut one, "BEGIN; UPDATE t SET rank = 11 WHERE id = 1");
    run(&mut other, "BEGIN; UPDATE t SET rank = 12 WHERE id = 1");
    run(&mut one, "COMMIT");
    assert!(other.execute("COMMIT").is_err());
    assert!(matches!(other.storage.take_fault(), Some(Error::Conflict { .. })));
    assert!(!other.storage.is_in_transaction());
    assert_eq!(number(&mut other, "SELECT rank FROM t WHERE id = 1"), 11);
    // One unique value in two rows meets in the index.
    run(&mut one, "BEGIN; INSERT INTO t VALUES (4, 'same', 4)");
    run(&mut other, "BEGIN; INSERT INTO t VALUES (5, 'same', 5)");
    run(&mut one, "COMMIT");
    assert!(other.execute("COMMIT").is_err());
    assert_eq!(number(&mut one, "SELECT COUNT(*) FROM t"), 4);
}

#[test]
fn tables_and_keys_share_commits_branches_and_merges() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(VersionedStore::init(folder.path(), InitOptions::default()).unwrap());
    let mut glue = session(&store);
    run(&mut glue, TABLE);
    run(&mut glue, "INSERT INTO t VALUES (1, 'a', 1)");
    store.put(&Namespace::Default, "key", "value").unwrap();
    commit(&store, "both");
    checkout(&store, "main", Some("other"));
    run(&mut glue, "INSERT INTO t VALUES (2, 'b', 2)");
    commit(&store, "two");
    checkout(&store, "main", None);
    assert_eq!(number(&mut glue, "SELECT COUNT(*) FROM t"), 1);
    run(&mut glue, "INSERT INTO t VALUES (3, 'c', 3)");
    commit(&store, "three");
    let author = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
    store.merge("other", &MergeOptions { author: Some(author), ..MergeOptions::default() }).unwrap();
    assert_eq!(number(&mut glue, "SELECT COUNT(*) FROM t"), 3);
    check_index(&glue.storage, "by_rank", rank);
    assert_eq!(store.count(&Namespace::Default, &KeyRange::all()).unwrap(), 1);
    drop((glue, store));
    let store = Arc::new(VersionedStore::open(folder.path(), OpenOptions::default()).unwrap());
    assert_eq!(number(&mut session(&store), "SELECT COUNT(*) FROM t WHERE name > 'a'"), 2);
    assert!(store.namespaces().unwrap().is_empty());
}

#[test]
fn transactions_begin_and_end_once() {
    let mut glue = session(&memory());
    for outside in ["COMMIT", "ROLLBACK"] {
        assert!(glue.execute(outside).unwrap_err().to_string().contains("outside a transaction"));
    }
    run(&mut glue, "BEGIN");
    assert!(glue.storage.is_in_transaction());
    assert!(glue.execute("BEGIN").unwrap_err().to_string().contains("within a transaction"));
    run(&mut glue, "ROLLBACK");
    assert!(!glue.storage.is_in_transaction());
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let store = memory();
    let mut glue = session(&store);
    run(&mut glue, "CREATE TABLE t (id TEXT PRIMARY KEY)");
    let before = store.root_hash().unwrap();
    let long = "x".repeat(9_000);
    assert!(glue.execute(format!("INSERT INTO t VALUES ('short'), ('{long}')")).is_err());
    assert!(matches!(glue.storage.take_fault(), Some(Error::InvalidArgument { .. })));
    assert!(glue.execute("CREATE INDEX \"\0i\" ON t (id)").is_err());
    assert_eq!(store.root_hash().unwrap(), before);
}
