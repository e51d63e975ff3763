//! What GlueSQL answers wrongly or not at all is answered right in sessions, or refused.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

use std::sync::Arc;

use gluesql_core::executor::Payload;
use prolly_sql::{Parameters, Session};
use prolly_versioning::{InitOptions, VersionedStore};

fn session(sql: &str) -> Session {
    let mut session = Session::new(Arc::new(VersionedStore::memory(InitOptions::default()).unwrap()));
    session.run(sql, &Parameters::none()).unwrap();
    session
}

/// The rows of a query, as text.
fn rows(session: &mut Session, sql: &str) -> String {
    let mut answers = session.run(sql, &Parameters::none()).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let Some(Payload::Select { rows, .. }) = answers.pop() else { panic!("{sql}: no rows") };
    let row =
        |row: Vec<gluesql_core::data::Value>| row.iter().map(String::from).collect::<Vec<_>>().join(" ");
    rows.into_iter().map(row).collect::<Vec<_>>().join(", ")
}

fn check(session: &mut Session, answers: &[(&str, &str)]) {
    for (sql, wanted) in answers {
        assert_eq!(rows(session, sql), *wanted, "{sql}");
    }
}

fn refused(session: &mut Session, sql: &str) -> String {
    session.run(sql, &Parameters::none()).unwrap_err().to_string()
}

#[test]
fn truth_has_three_values() {
    let mut session = session(
        "CREATE TABLE t (a INT NULL, b INT NULL);
         INSERT INTO t VALUES (1, NULL), (2, 5), (3, 6), (NULL, NULL)",
    );
    check(
        &mut session,
        &[
            ("SELECT TRUE OR NULL, NULL OR TRUE, FALSE OR NULL, FALSE OR FALSE", "TRUE TRUE NULL FALSE"),
            ("SELECT FALSE AND NULL, NULL AND FALSE, TRUE AND NULL, TRUE AND TRUE", "FALSE FALSE NULL TRUE"),
            ("SELECT NOT NULL, NOT (NULL AND TRUE), NOT (NULL OR TRUE)", "NULL NULL FALSE"),
            ("SELECT a FROM t WHERE a = 1 OR b = 5", "1, 2"),
            ("SELECT a FROM t WHERE NOT (a = 1 AND b = 5)", "2, 3"),
            ("SELECT a FROM t WHERE (a = 1 OR b = 5) AND NOT (b = 6 AND a = 1)", "2"),
            ("SELECT a FROM t WHERE a NOT IN (1, NULL)", ""),
            ("SELECT a FROM t WHERE a IN (1, NULL)", "1"),
            ("SELECT a FROM t WHERE a NOT IN (SELECT b FROM t)", ""),
            ("SELECT a FROM t WHERE a IN (SELECT a FROM t WHERE b IS NULL)", "1"),
            ("SELECT a FROM t WHERE a NOT IN (SELECT b FROM t WHERE b > 100)", "1, 2, 3, NULL"),
            ("SELECT CASE WHEN a = 1 OR b = 5 THEN 'yes' ELSE 'no' END FROM t", "yes, yes, no, no"),
            ("SELECT COUNT(*) FROM t HAVING COUNT(*) > 3 OR NULL", "4"),
            ("SELECT a FROM t WHERE a BETWEEN 2 AND NULL OR a BETWEEN NULL AND 0", ""),
        ],
    );
}

#[test]
fn numbers_of_different_types_are_compared_as_numbers() {
    let mut session = session(
        "CREATE TABLE t (id INT8 PRIMARY KEY, small INT8, big UINT64, float FLOAT, single FLOAT32, decimal DECIMAL);
         INSERT INTO t VALUES (1, 1, 1, 1.5, 0.1, 1.5), (2, -2, 18446744073709551615, -0.5, 2, 2.50), (3, 3, 3, 3, 3, 3);
         CREATE INDEX by_small ON t (small); CREATE INDEX by_float ON t (float); CREATE INDEX by_big ON t (big);
         CREATE INDEX by_decimal ON t (decimal)",
    );
    check(
        &mut session,
        &[
            (
                "SELECT 1 = 1.5, 0 > -0.5, 2 = 2.0, 1 < 1.5, 9007199254740993 = 9007199254740992.0",
                "FALSE TRUE TRUE TRUE FALSE",
            ),
            ("SELECT id FROM t WHERE small < 300 ORDER BY id", "1, 2, 3"),
            ("SELECT id FROM t WHERE small > -129 AND small < 1.5 ORDER BY id", "1, 2"),
            ("SELECT id FROM t WHERE small = 1.5 OR id = 1.5 ORDER BY id", ""),
            ("SELECT id FROM t WHERE small >= 1.5 ORDER BY id", "3"),
            ("SELECT id FROM t WHERE id = 1.0 ORDER BY id", "1"),
            ("SELECT id FROM t WHERE id IN (1.0, 2.5, 3, 4000) ORDER BY id", "1, 3"),
            ("SELECT id FROM t WHERE big > 1000000000000000000000 ORDER BY id", ""),
            ("SELECT id FROM t WHERE big > 3 AND big > -1 ORDER BY id", "2"),
            ("SELECT id FROM t WHERE single = 0.1 ORDER BY id", "1"),
            ("SELECT id FROM t WHERE float = 1.5 AND decimal = 1.5 ORDER BY id", "1"),
            ("SELECT id FROM t WHERE float = decimal ORDER BY id", "1, 3"),
            ("SELECT id FROM t WHERE float > small ORDER BY id", "1, 2"),
            ("SELECT id FROM t WHERE decimal > small AND decimal < 2.6 ORDER BY id", "1, 2"),
            ("SELECT id FROM t WHERE small = float ORDER BY id", "3"),
            ("SELECT id FROM t WHERE decimal = 2.5 ORDER BY id", "2"),
            ("SELECT id FROM t WHERE small IN (SELECT float FROM t) ORDER BY id", "3"),
            ("SELECT id FROM t ORDER BY CASE WHEN id = 1 THEN 2.5 ELSE id END, id", "2, 1, 3"),
        ],
    );
}

#[test]
fn keys_compared_with_what_they_cannot_be_find_nothing() {
    let mut session = session(
        "CREATE TABLE t (id INT PRIMARY KEY, day DATE UNIQUE, tag UUID NULL);
         INSERT INTO t VALUES (1, '2026-01-31', NULL), (2, '2026-02-01', '936da01f-9abd-4d9d-80c7-02af85c822a8')",
    );
    check(
        &mut session,
        &[
            ("SELECT id FROM t WHERE id = 'abc'", ""),
            ("SELECT id FROM t WHERE id = NULL", ""),
            ("SELECT id FROM t WHERE NOT id = NULL", ""),
            ("SELECT id FROM t WHERE id = 1e30", ""),
            ("SELECT id FROM t WHERE id < 1e30", "1, 2"),
            ("SELECT id FROM t WHERE day = '2026-02-01'", "2"),
            ("SELECT id FROM t WHERE day > '2026-01-31' AND day < '2026-' || '03-01'", "2"),
            ("SELECT id FROM t WHERE day = 'no day'", ""),
            ("SELECT id FROM t WHERE day = TIMESTAMP '2026-02-01 00:00:00'", "2"),
            ("SELECT id FROM t WHERE tag = '936DA01F-9ABD-4D9D-80C7-02AF85C822A8'", "2"),
        ],
    );
}

#[test]
fn joins_find_equal_numbers_of_different_types() {
    let mut session = session(
        "CREATE TABLE narrow (id INT32 PRIMARY KEY, x INT8 NULL);
         CREATE TABLE wide (id INT PRIMARY KEY, f FLOAT NULL, d DECIMAL);
         INSERT INTO narrow VALUES (1, 1), (2, 2), (3, NULL);
         INSERT INTO wide VALUES (1, 1.0, 1.0), (2, NULL, 2.5), (4000000000, 3, 2)",
    );
    check(
        &mut session,
        &[
            ("SELECT n.id FROM narrow n JOIN wide w ON n.id = w.id", "1, 2"),
            ("SELECT n.id, w.id FROM narrow n LEFT JOIN wide w ON w.id = n.id", "1 1, 2 2, 3 NULL"),
            ("SELECT w.id, n.id FROM wide w LEFT JOIN narrow n ON w.id = n.id", "1 1, 2 2, 4000000000 NULL"),
            ("SELECT n.id, w.id FROM narrow n JOIN wide w ON n.x = w.f", "1 1"),
            ("SELECT n.id, w.id FROM narrow n JOIN wide w ON n.x = w.d", "1 1, 2 4000000000"),
            ("SELECT n.id, w.id FROM narrow n JOIN wide w WHERE n.x = w.d", "1 1, 2 4000000000"),
            ("SELECT n.id FROM narrow n JOIN wide w ON n.x = w.d AND w.id > 1", "2"),
            ("SELECT COUNT(*) FROM narrow n JOIN wide w ON n.x <> w.d", "4"),
            (
                "SELECT n.id, m.id FROM narrow n LEFT JOIN narrow m ON m.id = n.x AND m.x > 1 WHERE n.id < 3",
                "1 NULL, 2 2",
            ),
            ("SELECT n.id FROM narrow n LEFT JOIN wide w ON w.id = n.id WHERE w.id IS NULL", "3"),
        ],
    );
}

#[test]
fn unique_columns_take_their_own_value_and_no_other_rows() {
    let mut session = session(
        "CREATE TABLE t (id INT PRIMARY KEY, code TEXT UNIQUE, n INT NULL UNIQUE);
         INSERT INTO t VALUES (1, 'a', 10), (2, 'b', NULL), (3, 'c', NULL)",
    );
    session.run("UPDATE t SET code = code, n = n", &Parameters::none()).unwrap();
    session.run("UPDATE t SET n = n + 1 WHERE n IS NOT NULL", &Parameters::none()).unwrap();
    for sql in [
        "UPDATE t SET code = 'a' WHERE id = 2",
        "UPDATE t SET code = 'd'",
        "INSERT INTO t VALUES (4, 'a', 1)",
        "INSERT INTO t VALUES (4, 'd', 1), (5, 'd', 2)",
        "INSERT INTO t SELECT id + 10, code, NULL FROM t WHERE id = 1",
    ] {
        assert!(refused(&mut session, sql).contains("already"), "{sql}");
    }
    assert!(refused(&mut session, "INSERT INTO t VALUES (7, 'x', 1), (7, 'y', 2)").contains("primary key"));
    check(&mut session, &[("SELECT * FROM t", "1 a 11, 2 b NULL, 3 c NULL")]);
}

#[test]
fn an_insert_of_a_query_fills_the_columns_it_names() {
    let mut session = session("CREATE TABLE t (a INT, b INT, c TEXT DEFAULT 'none')");
    session.run("INSERT INTO t (b, a) SELECT N, N * 10 FROM SERIES(2)", &Parameters::none()).unwrap();
    check(&mut session, &[("SELECT a, b, c FROM t", "10 1 none, 20 2 none")]);
}

#[test]
fn an_index_follows_a_renamed_column_and_has_no_order_for_null() {
    let mut session = session(
        "CREATE TABLE t (id INT PRIMARY KEY, n INT NULL);
         INSERT INTO t VALUES (1, 1), (2, NULL), (3, 3), (4, 2);
         CREATE INDEX by_n ON t (n); CREATE INDEX by_sum ON t (n + id);
         ALTER TABLE t RENAME COLUMN n TO m",
    );
    check(
        &mut session,
        &[
            ("SELECT id FROM t WHERE m > 1 ORDER BY id", "3, 4"),
            ("SELECT id FROM t WHERE m >= 0 ORDER BY m DESC", "3, 4, 1"),
            ("SELECT id FROM t WHERE m + id = 6", "3, 4"),
            ("SELECT id FROM t WHERE m + id < 6", "1"),
            ("SELECT id FROM t ORDER BY m LIMIT 4", "1, 4, 3, 2"),
            ("SELECT id FROM t ORDER BY m DESC LIMIT 1", "2"),
            ("SELECT id FROM t WHERE m IS NULL", "2"),
            ("SELECT MIN(m), MAX(m), COUNT(m), COUNT(*) FROM t", "1 3 3 4"),
        ],
    );
}

#[test]
fn names_that_mean_two_things_or_none_are_refused() {
    let mut session = session(
        "CREATE TABLE a (id INT PRIMARY KEY, x INT); CREATE TABLE b (id INT PRIMARY KEY, y INT);
         INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (1, 3)",
    );
    for (sql, part) in [
        ("SELECT x FROM a JOIN b ON a.id = b.id WHERE id = 1", "ambiguous"),
        ("SELECT z FROM a", "z"),
        ("SELECT x FROM a WHERE b.y = 1", "\"y\" in \"b\""),
        ("SELECT x FROM a ORDER BY z", "z"),
        ("SELECT x FROM a ORDER BY 2", "2"),
        ("SELECT c.* FROM a", "c"),
        ("SELECT x FROM nowhere", "nowhere"),
        ("SELECT (SELECT id, y FROM b) FROM a", "column"),
        ("SELECT x FROM a WHERE x", "boolean"),
        ("UPDATE a SET id = 2", "primary key"),
        ("UPDATE a SET z = 2", "z"),
        ("DELETE FROM nowhere", "nowhere"),
    ] {
        let message = refused(&mut session, sql);
        assert!(message.contains(part), "{sql}: {message}");
    }
}

#[test]
fn subqueries_see_the_rows_around_them() {
    let mut session = session(
        "CREATE TABLE a (id INT PRIMARY KEY, x INT); CREATE TABLE b (id INT PRIMARY KEY, a INT, y INT);
         INSERT INTO a VALUES (1, 10), (2, 20), (3, 30);
         INSERT INTO b VALUES (1, 1, 5), (2, 1, 6), (3, 2, 25); CREATE INDEX by_a ON b (a)",
    );
    check(
        &mut session,
        &[
            ("SELECT id, (SELECT SUM(y) FROM b WHERE b.a = a.id) FROM a", "1 11, 2 25, 3 NULL"),
            ("SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.a = a.id AND b.y > a.x)", "2"),
            ("SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.a = a.id)", "3"),
            ("SELECT id FROM a WHERE id IN (SELECT a FROM b WHERE y < a.x)", "1"),
            (
                "SELECT id FROM a WHERE x > (SELECT MIN(y) FROM b WHERE b.a = a.id AND EXISTS (SELECT 1 FROM a c WHERE c.id = b.id AND c.x <= a.x))",
                "1",
            ),
            ("SELECT s.n FROM (SELECT a AS n, COUNT(*) AS c FROM b GROUP BY a) AS s WHERE s.c = 2", "1"),
            (
                "SELECT a.id, s.c FROM a JOIN (SELECT a AS n, COUNT(*) AS c FROM b GROUP BY a) AS s ON s.n = a.id",
                "1 2, 2 1",
            ),
            ("SELECT a AS key, SUM(y) AS total FROM b GROUP BY a HAVING SUM(y) > 11 ORDER BY total", "2 25"),
            ("SELECT DISTINCT a FROM b ORDER BY a DESC LIMIT 1 OFFSET 1", "1"),
            ("SELECT -x AS x FROM a ORDER BY x", "-30, -20, -10"),
        ],
    );
    session.run("DELETE FROM a WHERE id NOT IN (SELECT a FROM b)", &Parameters::none()).unwrap();
    session.run("UPDATE a SET x = (SELECT MAX(y) FROM b WHERE b.a = a.id)", &Parameters::none()).unwrap();
    check(&mut session, &[("SELECT * FROM a", "1 6, 2 25")]);
}

#[test]
fn rows_come_as_they_are_asked_for_and_stay_as_they_were() {
    let mut session = session("CREATE TABLE t (id INT PRIMARY KEY)");
    session.run("INSERT INTO t SELECT N FROM SERIES(1000)", &Parameters::none()).unwrap();
    let mut rows = session.query("SELECT id AS number FROM t WHERE id > 10", &Parameters::none()).unwrap();
    assert_eq!(rows.columns()[0].name, "number");
    rows.next().unwrap().unwrap();
    session.run("DELETE FROM t", &Parameters::none()).unwrap();
    assert_eq!(rows.by_ref().map(Result::unwrap).count(), 989);
    for sql in ["DELETE FROM t", "SELECT 1; SELECT 2", ""] {
        assert!(session.query(sql, &Parameters::none()).is_err(), "{sql}");
    }
}

#[test]
fn rows_that_others_name_cannot_be_deleted() {
    for index in ["", "; CREATE INDEX by_a ON b (a)"] {
        let mut session = session(&format!(
            "CREATE TABLE a (id INT PRIMARY KEY); CREATE TABLE b (a INT NULL, FOREIGN KEY (a) REFERENCES a (id));
             INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (1), (NULL){index}"
        ));
        assert!(refused(&mut session, "DELETE FROM a").contains("b.a"));
        assert!(refused(&mut session, "UPDATE b SET a = 3").contains('3'));
        session
            .run("DELETE FROM a WHERE id = 2; UPDATE b SET a = NULL; DELETE FROM a", &Parameters::none())
            .unwrap();
    }
}

#[test]
fn arithmetic_widens_the_narrower_side() {
    check(
        &mut session("CREATE TABLE n (id INT PRIMARY KEY, c INT, r FLOAT, d DECIMAL, small INT8); CREATE INDEX by_half ON n (c * 0.5);
         CREATE INDEX by_more ON n (c * 0.5 + 1);
         INSERT INTO n VALUES (1, 3, 7.0, 0.25, 100), (2, 4, 0.5, 1.5, 1)"),
        &[
            ("SELECT c * 0.5, 0.5 * c, c / 2.5, c / 2.0, c + 0.5, c - 0.25 FROM n WHERE id = 1", "1.5 1.5 1.2 1.5 3.5 2.75"),
            ("SELECT c / r < 0.43, c / r > 0.42 FROM n WHERE id = 1", "TRUE TRUE"),
            ("SELECT c + d, d + c, ROUND(c * 0.5) FROM n WHERE id = 1", "3.25 3.25 2"),
            ("SELECT SUM(c) / 2.0, SUM(c) / 2 FROM n", "3.5 3"),
            ("SELECT SUM(CASE WHEN id = 1 THEN c ELSE 28.5 END), AVG(CASE WHEN id = 1 THEN c ELSE r END) FROM n", "31.5 1.75"),
            ("SELECT NULLIF(c, 3.0), NULLIF(c, 3.5), NULLIF(r, c) FROM n WHERE id = 1", "NULL 3 7"),
            ("SELECT id FROM n WHERE c * 0.5 > 1.5", "2"),
            ("SELECT id FROM n WHERE c * 0.5 = 1.5", "1"),
            ("SELECT id FROM n WHERE c * 0.5 + 1 = 2.5", "1"),
            ("SELECT c + 1, c * 2, small + 1 FROM n WHERE id = 2", "5 8 2"),
        ],
    );
}

#[test]
fn numbers_are_stored_as_what_the_column_is() {
    check(
        &mut session("CREATE TABLE n (id INT PRIMARY KEY, c INT, r FLOAT NULL); INSERT INTO n SELECT 1, 22, 22;
         INSERT INTO n VALUES (2, 5, NULL); UPDATE n SET r = c + 1 WHERE id = 2; INSERT INTO n VALUES (3, 1, 1e300)"),
        &[("SELECT id, r FROM n WHERE id < 3", "1 22, 2 6"), ("SELECT r = 1e300 FROM n WHERE id = 3", "TRUE")],
    );
}

#[test]
fn nothing_is_like_null() {
    check(
        &mut session(
            "CREATE TABLE n (id INT PRIMARY KEY, t TEXT NULL); INSERT INTO n VALUES (1, 'ab'), (2, NULL)",
        ),
        &[
            ("SELECT id FROM n WHERE t LIKE 'a%'", "1"),
            ("SELECT id FROM n WHERE t NOT LIKE 'x%'", "1"),
            ("SELECT id FROM n WHERE t NOT ILIKE 'x%'", "1"),
            ("SELECT t LIKE NULL, t NOT LIKE 'b' FROM n WHERE id = 2", "NULL NULL"),
            ("SELECT COUNT(*) FROM n WHERE t LIKE NULL", "0"),
            (
                "SELECT m['a']['b'], m['x']['y'], m['x'] FROM (SELECT CAST('{\"a\": {\"b\": 1}}' AS MAP) AS m) AS q",
                "1 NULL NULL",
            ),
        ],
    );
}

#[test]
fn columns_are_called_by_their_names_and_tables_tell_how_they_are_made() {
    let mut session = session("CREATE TABLE n (id INT PRIMARY KEY, \"odd name\" TEXT NULL)");
    let found = session.query("SELECT \"id\", n.\"odd name\" FROM n", &Parameters::none()).unwrap();
    let names: Vec<_> = found.columns().iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["id", "odd name"]);
    let made = rows(&mut session, "SHOW CREATE TABLE n");
    assert_eq!(
        made,
        "n CREATE TABLE \"n\" (\n  \"id\" INT NOT NULL PRIMARY KEY,\n  \"odd name\" TEXT NULL\n);"
    );
    let sql = "CREATE TABLE \"o\" (\n  \"id\" INT NOT NULL PRIMARY KEY,\n  \"n\" INT NULL DEFAULT 1 UNIQUE,\n  \
               CONSTRAINT \"of_n\" FOREIGN KEY (\"n\") REFERENCES \"n\" (\"id\") ON DELETE NO ACTION ON UPDATE NO ACTION\n);\n\
               CREATE INDEX \"by_sum\" ON \"o\" (\"id\" + 1);";
    session.run(sql, &Parameters::none()).unwrap();
    assert_eq!(rows(&mut session, "SHOW CREATE TABLE o"), format!("o {sql}"));
    assert_eq!(
        refused(&mut session, "SELECT 1 +"),
        "Expected: an expression, found: end of statement in line 1, column 11"
    );
    assert_eq!(
        refused(&mut session, "SELECT 1;\nSELECT (1;SELECT 2"),
        "Expected: ), found: end of statement in line 2, column 10"
    );
}
