//! Merges of tables: rows by column, what tables are made of, and the rules that merged rows keep.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::result_large_err,
    reason = "a fault here is a failed test"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use prolly_sql::{Parameters, Rows, Session, Value};
use prolly_versioning::{
    Author, CommitOptions, Error, InitOptions, KeyspaceConflictKind, KeyspaceKind, MergeOptions,
    MergeOutcome, NodeBounds, Strategy as Settled, VersionedStore,
};
use proptest::prelude::*;

fn ada() -> Option<Author> {
    Some(Author { name: "Ada".into(), email: "ada@example.com".into(), time: None })
}

fn commit(store: &VersionedStore) {
    let options = CommitOptions { author: ada(), allow_empty: true, ..CommitOptions::message("change") };
    store.commit(&options).unwrap();
}

fn run(session: &mut Session, sql: &str) {
    session.run(sql, &Parameters::none()).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn rows(session: &mut Session, sql: &str) -> String {
    let answers = session.run(sql, &Parameters::none()).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let row = |row: prolly_sql::Result<Vec<Value>>| {
        row.unwrap().iter().map(String::from).collect::<Vec<_>>().join(" ")
    };
    Rows::of(answers.into_iter().last().unwrap()).unwrap().map(row).collect::<Vec<_>>().join(", ")
}

fn empty() -> Arc<VersionedStore> {
    let mut options = InitOptions { branch: Some("main".into()), ..InitOptions::default() };
    // Small nodes, so that few rows make a tree of some depth.
    options.parameters.leaf = NodeBounds { window: 1, min: 4, max: 16 };
    options.parameters.internal = NodeBounds { window: 1, min: 4, max: 16 };
    Arc::new(VersionedStore::memory(options).unwrap())
}

/// `base` on both branches, then `ours` on main and `theirs` on another one.
fn branches(base: &str, ours: &str, theirs: &str) -> (Arc<VersionedStore>, Session) {
    let store = empty();
    let mut session = Session::new(Arc::clone(&store));
    run(&mut session, base);
    commit(&store);
    store.create_branch("other", None).unwrap();
    run(&mut session, ours);
    commit(&store);
    store.checkout("other", &Default::default()).unwrap();
    run(&mut session, theirs);
    commit(&store);
    store.checkout("main", &Default::default()).unwrap();
    (store, session)
}

fn options(strategy: Option<Settled>) -> MergeOptions {
    MergeOptions { strategy, author: ada(), committer: ada(), ..MergeOptions::default() }
}

fn merge(store: &VersionedStore) -> Result<MergeOutcome, Error> {
    store.merge("other", &options(None))
}

/// The root of a store in which the statements were run and nothing else.
fn root_of(sql: &str) -> prolly_versioning::Address {
    let store = empty();
    run(&mut Session::new(Arc::clone(&store)), sql);
    store.root_hash().unwrap()
}

const PEOPLE: &str = "
    CREATE TABLE people (id INT PRIMARY KEY, name TEXT, email TEXT NULL UNIQUE, age INT NULL);
    CREATE INDEX by_name ON people (name);
    CREATE INDEX by_both ON people (id + age);
    INSERT INTO people VALUES (1, 'Ada', 'ada@x', 36), (2, 'Bob', 'bob@x', 40), (3, 'Cleo', NULL, NULL);";

#[test]
fn different_columns_of_a_row_merge_and_indexes_follow() {
    let (store, mut session) = branches(
        PEOPLE,
        "UPDATE people SET name = 'Ada L.' WHERE id = 1; UPDATE people SET age = 20 WHERE id = 3;
         DELETE FROM people WHERE id = 2",
        "UPDATE people SET age = 37, email = 'a@x' WHERE id = 1; UPDATE people SET email = 'c@x' WHERE id = 3;
         INSERT INTO people VALUES (4, 'Dan', 'ada@x', 1)",
    );
    assert!(matches!(merge(&store), Ok(MergeOutcome::Merged { conflicts: 0, .. })));
    assert_eq!(rows(&mut session, "SELECT * FROM people"), "1 Ada L. a@x 37, 3 Cleo c@x 20, 4 Dan ada@x 1");
    for (condition, wanted) in [
        ("name = 'Ada L.'", "1"),
        ("name = 'Ada'", ""),
        ("id + age = 38", "1"),
        ("id + age = 37", ""),
        ("email = 'ada@x'", "4"),
        ("email = 'c@x'", "3"),
        ("id + age = 23", "3"),
    ] {
        assert_eq!(
            rows(&mut session, &format!("SELECT id FROM people WHERE {condition}")),
            wanted,
            "{condition}"
        );
    }
    let built = PEOPLE.replace(
        "(1, 'Ada', 'ada@x', 36), (2, 'Bob', 'bob@x', 40), (3, 'Cleo', NULL, NULL)",
        "(1, 'Ada L.', 'a@x', 37), (3, 'Cleo', 'c@x', 20), (4, 'Dan', 'ada@x', 1)",
    );
    assert_eq!(store.root_hash().unwrap(), root_of(&built), "as if it had been made so");
}

#[test]
fn the_same_column_conflicts_and_so_do_a_removal_and_a_change() {
    let (store, _session) = branches(
        PEOPLE,
        "UPDATE people SET age = 1 WHERE id = 1; DELETE FROM people WHERE id = 2; INSERT INTO people VALUES (9, 'x', NULL, 1)",
        "UPDATE people SET age = 2 WHERE id = 1; UPDATE people SET age = 2 WHERE id = 2; INSERT INTO people VALUES (9, 'y', NULL, 1)",
    );
    let before = store.root_hash().unwrap();
    let Err(Error::MergeConflict { keyspaces, conflicts, .. }) = merge(&store) else { panic!() };
    assert_eq!(keyspaces, []);
    let sides: Vec<_> = conflicts
        .iter()
        .map(|conflict| {
            assert_eq!((conflict.kind, conflict.namespace.as_deref()), (KeyspaceKind::Table, Some("people")));
            [&conflict.base, &conflict.destination, &conflict.source].map(Option::is_some)
        })
        .collect();
    assert_eq!(sides, [[true, true, true], [true, false, true], [false, true, true]]);
    assert_eq!(store.root_hash().unwrap(), before);
    let mut session = Session::new(Arc::clone(&store));
    store.merge("other", &options(Some(Settled::TakeSource))).unwrap();
    assert_eq!(
        rows(&mut session, "SELECT id, name, age FROM people"),
        "1 Ada 2, 2 Bob 2, 3 Cleo NULL, 9 y 1"
    );
    assert_eq!(rows(&mut session, "SELECT id FROM people WHERE name = 'Bob'"), "2");
    assert_eq!(rows(&mut session, "SELECT id FROM people WHERE email = 'bob@x'"), "2");
    assert_eq!(rows(&mut session, "SELECT id FROM people WHERE name = 'x'"), "");
}

#[test]
fn columns_that_both_branches_added_are_there_with_the_rows_of_both() {
    let (store, mut session) = branches(
        PEOPLE,
        "ALTER TABLE people ADD COLUMN town TEXT NULL; UPDATE people SET town = 'Paris', age = 1 WHERE id = 1;
         INSERT INTO people VALUES (5, 'Eve', NULL, 5, 'Rome')",
        "ALTER TABLE people ADD COLUMN points INT DEFAULT 10; UPDATE people SET points = 11, name = 'A' WHERE id = 1;
         INSERT INTO people VALUES (6, 'Fay', NULL, 6, 12); CREATE INDEX by_points ON people (points);
         ALTER TABLE people RENAME COLUMN age TO years",
    );
    merge(&store).unwrap();
    assert_eq!(
        rows(&mut session, "SELECT id, name, years, town, points FROM people"),
        "1 A 1 Paris 11, 2 Bob 40 NULL 10, 3 Cleo NULL NULL 10, 5 Eve 5 Rome 10, 6 Fay 6 NULL 12"
    );
    assert_eq!(
        rows(&mut session, "SELECT id FROM people WHERE points = 10"),
        "2, 3, 5",
        "an index of the other branch"
    );
    assert_eq!(rows(&mut session, "SELECT id FROM people WHERE id + years = 2"), "1");
    run(&mut session, "INSERT INTO people VALUES (7, 'Gil', 'g@x', 7, 'Oslo', 7)");
    assert_eq!(rows(&mut session, "SELECT town FROM people WHERE points = 7"), "Oslo");
}

#[test]
fn tables_that_contradict_each_other_are_one_conflict_and_are_taken_whole() {
    let sides = (
        PEOPLE,
        "ALTER TABLE people ADD COLUMN more INT DEFAULT 1; INSERT INTO people VALUES (5, 'Eve', 'e@x', 5, 5)",
        "ALTER TABLE people ADD COLUMN more TEXT DEFAULT 'm'; INSERT INTO people VALUES (6, 'Fay', 'f@x', 6, 's')",
    );
    for (strategy, wanted) in [(Settled::TakeSource, "m, m, m, s"), (Settled::IgnoreAll, "1, 1, 1, 5")] {
        let (store, mut session) = branches(sides.0, sides.1, sides.2);
        let Err(Error::MergeConflict { keyspaces, .. }) = merge(&store) else { panic!() };
        assert_eq!(keyspaces.len(), 1);
        assert_eq!(
            (keyspaces[0].holds, &keyspaces[0].kind),
            (KeyspaceKind::Table, &KeyspaceConflictKind::Schemas)
        );
        store.merge("other", &options(Some(strategy))).unwrap();
        assert_eq!(rows(&mut session, "SELECT more FROM people"), wanted);
        assert_eq!(rows(&mut session, "SELECT COUNT(*) FROM people WHERE name IN ('Eve', 'Fay')"), "1");
    }
}

#[test]
fn a_table_dropped_on_one_side_and_changed_on_the_other_is_a_conflict() {
    let (store, mut session) =
        branches(PEOPLE, "DROP TABLE people", "UPDATE people SET age = 1 WHERE id = 1");
    let Err(Error::MergeConflict { keyspaces, conflicts, .. }) = merge(&store) else { panic!() };
    assert_eq!(keyspaces[0].kind, KeyspaceConflictKind::DroppedByDestination);
    assert_eq!((keyspaces.len(), conflicts.len()), (1, 0), "its indexes are no conflicts of their own");
    store.merge("other", &options(Some(Settled::TakeSource))).unwrap();
    assert_eq!(rows(&mut session, "SELECT age FROM people WHERE email = 'ada@x'"), "1");

    let (store, mut session) = branches(PEOPLE, "CREATE TABLE t (id INT PRIMARY KEY)", "DROP TABLE people");
    merge(&store).unwrap();
    let unknown = session.run("SELECT * FROM people", &Parameters::none());
    assert!(unknown.is_err());
    assert_eq!(
        store.root_hash().unwrap(),
        root_of("CREATE TABLE t (id INT PRIMARY KEY)"),
        "nothing is left of it"
    );
}

#[test]
fn an_index_that_one_side_dropped_or_made_fits_the_rows_of_both() {
    let (store, mut session) = branches(
        PEOPLE,
        "DROP INDEX people.by_name; CREATE INDEX by_age ON people (age); UPDATE people SET age = 50 WHERE id = 2",
        "INSERT INTO people VALUES (4, 'Dan', NULL, 50); DELETE FROM people WHERE id = 3",
    );
    merge(&store).unwrap();
    assert_eq!(rows(&mut session, "SELECT id FROM people WHERE age = 50"), "2, 4");
    assert_eq!(rows(&mut session, "SELECT id FROM people WHERE name = 'Dan'"), "4");
    let built = "CREATE TABLE people (id INT PRIMARY KEY, name TEXT, email TEXT NULL UNIQUE, age INT NULL);
        CREATE INDEX by_both ON people (id + age); CREATE INDEX by_name ON people (name);
        DROP INDEX people.by_name; CREATE INDEX by_age ON people (age);
        INSERT INTO people VALUES (1, 'Ada', 'ada@x', 36), (2, 'Bob', 'bob@x', 50), (4, 'Dan', NULL, 50)";
    let mut other = Session::new(empty());
    run(&mut other, built);
    assert_eq!(rows(&mut other, "SELECT * FROM people"), rows(&mut session, "SELECT * FROM people"));
}

fn broken(base: &str, ours: &str, theirs: &str) -> Vec<String> {
    let (store, _session) = branches(base, ours, theirs);
    let before = store.root_hash().unwrap();
    let Err(Error::BrokenRules { broken }) = merge(&store) else { panic!("{ours} and {theirs}") };
    assert_eq!(store.root_hash().unwrap(), before);
    for strategy in [Settled::TakeSource, Settled::TakeDestination] {
        assert!(matches!(store.merge("other", &options(Some(strategy))), Err(Error::BrokenRules { .. })));
    }
    broken.into_iter().map(|rule| format!("{} {}", rule.table, rule.reason)).collect()
}

#[test]
fn unique_values_are_checked_on_merged_rows() {
    assert_eq!(
        broken(
            PEOPLE,
            "INSERT INTO people VALUES (4, 'Dan', 'new@x', 1)",
            "UPDATE people SET email = 'new@x' WHERE id = 3",
        ),
        ["people would have \"new@x\" twice in its UNIQUE column email"]
    );
    // Here the value moves from one row to another, and each branch alone is right.
    let (store, mut session) = branches(
        PEOPLE,
        "UPDATE people SET email = NULL WHERE id = 1; UPDATE people SET email = 'ada@x' WHERE id = 2",
        "UPDATE people SET age = 1 WHERE id < 3; INSERT INTO people VALUES (4, 'Dan', 'd@x', 1)",
    );
    merge(&store).unwrap();
    assert_eq!(rows(&mut session, "SELECT id, age FROM people WHERE email = 'ada@x'"), "2 1");
}

const BOOKS: &str = "
    CREATE TABLE authors (id INT PRIMARY KEY, name TEXT);
    CREATE TABLE books (id INT PRIMARY KEY, author INT NULL, title TEXT, FOREIGN KEY (author) REFERENCES authors (id));
    INSERT INTO authors VALUES (1, 'Ada'), (2, 'Bob'); INSERT INTO books VALUES (1, 1, 'Notes');";

#[test]
fn foreign_keys_are_checked_on_merged_rows() {
    let lost = "books would have a row whose author is 2, which no row of \"authors\" is";
    let (removed, added) = ("DELETE FROM authors WHERE id = 2", "INSERT INTO books VALUES (2, 2, 'New')");
    assert_eq!(broken(BOOKS, removed, added), [lost]);
    assert_eq!(broken(BOOKS, added, removed), [lost]);
    let (store, mut session) =
        branches(BOOKS, "DELETE FROM authors WHERE id = 2", "INSERT INTO books VALUES (2, 1, 'New')");
    merge(&store).unwrap();
    assert_eq!(rows(&mut session, "SELECT COUNT(*) FROM books"), "2");
}

#[test]
fn what_names_a_column_that_is_gone_is_refused() {
    assert_eq!(
        broken(PEOPLE, "CREATE INDEX by_age ON people (age)", "ALTER TABLE people DROP COLUMN age"),
        ["people would lack a column of its index \"by_age\""]
    );
    assert_eq!(
        broken(
            "CREATE TABLE a (id INT PRIMARY KEY); CREATE TABLE b (id INT PRIMARY KEY, a INT NULL)",
            "DROP TABLE a",
            "CREATE TABLE c (id INT PRIMARY KEY, a INT NULL, FOREIGN KEY (a) REFERENCES a (id))",
        ),
        ["c would name what is gone in its foreign key \"FK_a-a_id\""]
    );
}

#[test]
fn rows_that_are_maps_merge_by_their_entries() {
    let base = "CREATE TABLE logs; INSERT INTO logs VALUES ('{\"a\": 1, \"b\": 2, \"c\": 3}')";
    let (store, mut session) = branches(base, "UPDATE logs SET a = 10", "UPDATE logs SET b = 20");
    merge(&store).unwrap();
    assert_eq!(rows(&mut session, "SELECT a, b, c FROM logs"), "10 20 3");
}

#[test]
fn conflicts_that_wait_are_shown_and_settled_in_sql() {
    let sides = [
        "UPDATE people SET age = 1 WHERE id = 1; DELETE FROM people WHERE id = 2; UPDATE people SET name = 'C' WHERE id = 3",
        "UPDATE people SET age = 2, email = 'a@x' WHERE id = 1; UPDATE people SET age = 2 WHERE id = 2; UPDATE people SET age = 3 WHERE id = 3",
    ];
    let suspended = || {
        let (store, session) = branches(PEOPLE, sides[0], sides[1]);
        let outcome = store.begin_merge("other", &options(None)).unwrap().finish_or_suspend().unwrap();
        assert_eq!(outcome, MergeOutcome::Suspended { conflicts: 2 });
        (store, session)
    };
    let shown = "SELECT base_id, base_age, destination_age, source_age, source_email, conflict FROM prolly_conflicts_people";
    let (store, mut session) = suspended();
    assert_eq!(
        rows(&mut session, "SELECT name, age FROM people WHERE id = 3"),
        "C 3",
        "what could be joined is"
    );
    assert_eq!(
        rows(&mut session, shown),
        "1 36 1 2 a@x modified by both, 2 40 NULL 2 bob@x removed by destination"
    );
    // A statement that writes to a row settles it.
    run(&mut session, "UPDATE people SET age = 12 WHERE id = 1");
    assert_eq!(rows(&mut session, "SELECT base_id FROM prolly_conflicts_people"), "2");
    assert_eq!(
        rows(
            &mut session,
            "CALL prolly_resolve('people', 'source'); SELECT COUNT(*) FROM prolly_conflicts_people"
        ),
        "0"
    );
    store.continue_merge(&Default::default()).unwrap();
    assert_eq!(rows(&mut session, "SELECT id, email, age FROM people"), "1 ada@x 12, 2 bob@x 2, 3 NULL 3");
    assert_eq!(rows(&mut session, "SELECT id FROM people WHERE name = 'Bob'"), "2", "its indexes have it");

    let (store, mut session) = suspended();
    store.resolve_all_conflicts(Settled::TakeSource).unwrap();
    store.continue_merge(&Default::default()).unwrap();
    assert_eq!(rows(&mut session, "SELECT id, email, age FROM people"), "1 a@x 2, 2 bob@x 2, 3 NULL 3");
    assert_eq!(rows(&mut session, "SELECT id FROM people WHERE email = 'a@x'"), "1");
    assert_eq!(rows(&mut session, "SELECT id FROM people WHERE email = 'ada@x'"), "");

    let (store, mut session) = suspended();
    // Meanwhile somebody gives its value to another row.
    run(&mut session, "INSERT INTO people VALUES (9, 'Zoe', 'a@x', 1)");
    let refused = store.resolve_table_conflicts("people", Settled::TakeSource);
    assert!(matches!(refused, Err(Error::BrokenRules { .. })), "{refused:?}");
    assert_eq!(store.pending_merge().unwrap().unwrap().conflicts, 2);
    assert!(matches!(
        store.resolve_table_conflicts("nobody", Settled::TakeSource),
        Err(Error::NotFound { .. })
    ));
}

#[test]
fn transactions_that_break_a_rule_together_conflict() {
    let store = empty();
    let (mut one, mut other) = (Session::new(Arc::clone(&store)), Session::new(Arc::clone(&store)));
    run(&mut one, BOOKS);
    run(&mut one, "BEGIN; DELETE FROM authors WHERE id = 2");
    run(&mut other, "BEGIN; INSERT INTO books VALUES (2, 2, 'New')");
    run(&mut one, "COMMIT");
    let lost = other.run("COMMIT", &Parameters::none());
    assert!(matches!(lost, Err(prolly_sql::Error::Store(Error::Conflict { .. }))), "{lost:?}");
    assert_eq!(rows(&mut other, "SELECT COUNT(*) FROM books"), "1");
    // An index that came meanwhile would lack the rows.
    run(&mut one, "BEGIN; CREATE INDEX by_title ON books (title)");
    run(&mut other, "INSERT INTO books VALUES (3, 1, 'Other')");
    let lost = one.run("COMMIT", &Parameters::none());
    assert!(matches!(lost, Err(prolly_sql::Error::Store(Error::Conflict { .. }))), "{lost:?}");
}

/// What a side does to a row: its number, whether it goes, and new values of its columns.
type Fate = (i64, bool, Option<i64>, Option<i64>, Option<i64>);
type Row = [Option<i64>; 3];

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let value = |limit: i64| prop::option::weighted(0.4, 0..limit);
    prop::collection::vec((0..30_i64, prop::bool::weighted(0.1), value(4), value(4), value(40)), 0..12)
}

/// Applies fates to a model, and says them in SQL. A UNIQUE value that another row has is not given.
fn apply(model: &mut BTreeMap<i64, Row>, fates: &[Fate]) -> String {
    let mut sql = String::from("SELECT 1;");
    let shown = |value: Option<i64>| value.map_or("NULL".into(), |value| value.to_string());
    for (id, goes, a, b, unique) in fates {
        let taken = |model: &BTreeMap<i64, Row>| {
            unique.is_some() && model.iter().any(|(other, row)| other != id && row[2] == *unique)
        };
        if *goes {
            model.remove(id);
            sql += &format!("DELETE FROM t WHERE id = {id};");
        } else if let Some(row) = model.get_mut(id) {
            for (place, value) in [(0, a), (1, b)] {
                if value.is_some() {
                    row[place] = *value;
                    sql +=
                        &format!("UPDATE t SET {} = {} WHERE id = {id};", ["a", "b"][place], shown(*value));
                }
            }
            if unique.is_some() && !taken(model) {
                model.get_mut(id).unwrap()[2] = *unique;
                sql += &format!("UPDATE t SET u = {} WHERE id = {id};", shown(*unique));
            }
        } else if !taken(model) {
            model.insert(*id, [*a, *b, *unique]);
            sql += &format!("INSERT INTO t VALUES ({id}, {}, {}, {});", shown(*a), shown(*b), shown(*unique));
        }
    }
    sql
}

/// The rows of a merge in which the source wins, by the definition.
fn merged_by_definition(
    base: &BTreeMap<i64, Row>,
    left: &BTreeMap<i64, Row>,
    right: &BTreeMap<i64, Row>,
) -> BTreeMap<i64, Row> {
    let ids = base.keys().chain(left.keys()).chain(right.keys());
    let row = |id: &i64| {
        let (base, left, right) = (base.get(id), left.get(id), right.get(id));
        let merged = match (base, left, right) {
            (base, left, right) if left == right || base == right => left.copied(),
            (base, left, right) if base == left => right.copied(),
            (Some(base), Some(left), Some(right)) => {
                let is_conflict =
                    (0..3).any(|at| left[at] != right[at] && left[at] != base[at] && right[at] != base[at]);
                let pick = |at: usize| if right[at] == base[at] { left[at] } else { right[at] };
                Some(if is_conflict { *right } else { [pick(0), pick(1), pick(2)] })
            }
            (_, _, right) => right.copied(),
        };
        merged.map(|merged| (*id, merged))
    };
    ids.filter_map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn merged_tables_are_what_the_definition_says_and_as_if_they_had_been_made_so(
        start in fates(), ours in fates(), theirs in fates(),
    ) {
        const TABLE: &str = "CREATE TABLE t (id INT PRIMARY KEY, a INT NULL, b INT NULL, u INT NULL UNIQUE);
            CREATE INDEX by_a ON t (a); CREATE INDEX by_sum ON t (a + b);";
        let mut base = BTreeMap::new();
        let made = apply(&mut base, &start);
        let (mut left, mut right) = (base.clone(), base.clone());
        let (ours, theirs) = (apply(&mut left, &ours), apply(&mut right, &theirs));
        let (store, _session) = branches(&format!("{TABLE}{made}"), &ours, &theirs);
        let expected = merged_by_definition(&base, &left, &right);
        let mut unique: Vec<i64> = expected.values().filter_map(|row| row[2]).collect();
        let count = unique.len();
        unique.sort_unstable();
        unique.dedup();
        let outcome = store.merge("other", &options(Some(Settled::TakeSource)));
        if unique.len() < count {
            prop_assert!(matches!(outcome, Err(Error::BrokenRules { .. })), "{outcome:?}");
            return Ok(());
        }
        outcome.unwrap();
        let shown = |value: Option<i64>| value.map_or("NULL".into(), |value| value.to_string());
        let values: Vec<_> = expected
            .iter()
            .map(|(id, [a, b, unique])| format!("({id}, {}, {}, {})", shown(*a), shown(*b), shown(*unique)))
            .collect();
        let insert = if values.is_empty() { String::new() } else { format!("INSERT INTO t VALUES {}", values.join(", ")) };
        prop_assert_eq!(store.root_hash().unwrap(), root_of(&format!("{TABLE}{insert}")));
    }
}
