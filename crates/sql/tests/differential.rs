//! Ten thousand random statements in a session and in stock GlueSQL over its own memory storage: the same rows, the same counts.
//!
//! What the two answer differently by design (`docs/sql.md`) is not asked: conditions that are unknown for some rows stand alone, and
//! numbers are compared with numbers of their type.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

use std::fmt::Write;
use std::sync::Arc;

use gluesql_core::executor::Payload;
use gluesql_core::prelude::Glue;
use gluesql_memory_storage::MemoryStorage;
use prolly_sql::{Parameters, Session, Value};
use prolly_versioning::{InitOptions, NodeBounds, VersionedStore};

const STATEMENTS: usize = 10_000;

/// Keys of rows are below this, or just above.
const IDS: u64 = 150;

/// Numbers that look random and are the same in every run (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    /// A condition on the columns of one table, which is true or false of every row.
    fn condition(&mut self, table: &str) -> String {
        let column = self.one_of(&["id", "a", "b"]);
        let number = self.below(60);
        match self.below(9) {
            0 => format!("{table}.{column} = {number}"),
            1 => format!("{table}.{column} < {number}"),
            2 => format!("{number} <= {table}.{column}"),
            3 => format!("{table}.{column} BETWEEN {number} AND {}", number + self.below(20)),
            4 => format!("{table}.{column} IN ({number}, {}, {})", self.below(60), self.below(60)),
            5 => format!("{table}.name LIKE 'n{}%'", self.below(6)),
            6 => format!("{table}.name = 'n{}'", self.below(60)),
            7 => format!("{table}.{column} % 3 = {}", self.below(3)),
            _ => format!("{table}.{column} IN (SELECT b FROM small WHERE small.a < {number})"),
        }
    }

    fn conditions(&mut self, table: &str) -> String {
        let mut all = self.condition(table);
        for _ in 0..self.below(3) {
            let (operator, next) = (self.one_of(&["AND", "OR"]), self.condition(table));
            let not = self.one_of(&["", "", "NOT "]);
            all = format!("({all}) {operator} {not}({next})");
        }
        all
    }

    fn query(&mut self) -> String {
        let condition = self.conditions("big");
        match self.below(12) {
            0 => format!("SELECT * FROM big WHERE {condition}"),
            1 => format!(
                "SELECT name, a + b AS sum FROM big WHERE {condition} ORDER BY id LIMIT {}",
                self.below(9)
            ),
            2 => format!(
                "SELECT id FROM big ORDER BY {} DESC, id LIMIT {} OFFSET {}",
                self.one_of(&["a", "b", "id"]),
                self.below(9),
                self.below(5)
            ),
            3 => format!("SELECT COUNT(*), SUM(a), MIN(b), MAX(id), COUNT(c) FROM big WHERE {condition}"),
            4 => format!(
                "SELECT a, COUNT(*), MAX(b) FROM big WHERE {condition} GROUP BY a HAVING COUNT(*) > {}",
                self.below(3)
            ),
            5 => format!("SELECT DISTINCT {} FROM big WHERE {condition}", self.one_of(&["a", "b", "a, b"])),
            6 => format!(
                "SELECT big.id, small.name FROM big JOIN small ON big.{} = small.{} WHERE {condition}",
                self.one_of(&["id", "a"]),
                self.one_of(&["id", "a", "b"])
            ),
            7 => format!(
                "SELECT small.id, big.id FROM small LEFT JOIN big ON big.{} = small.b AND big.b < {}",
                self.one_of(&["id", "a"]),
                self.below(60)
            ),
            8 => format!(
                "SELECT id, (SELECT COUNT(*) FROM small WHERE small.a = big.a) FROM big WHERE {condition}"
            ),
            9 => format!(
                "SELECT id FROM big WHERE EXISTS (SELECT 1 FROM small WHERE small.id = big.a AND small.b > {})",
                self.below(60)
            ),
            10 => format!("SELECT id FROM big WHERE c IS {}NULL AND {condition}", self.one_of(&["", "NOT "])),
            _ => format!(
                "SELECT x.a, x.n FROM (SELECT a, COUNT(*) AS n FROM big GROUP BY a) AS x WHERE x.n > {}",
                self.below(4)
            ),
        }
    }

    fn row(&mut self, id: u64) -> String {
        let (a, b) = (self.below(20), self.below(60));
        let c = if self.below(3) == 0 { "NULL".into() } else { self.below(60).to_string() };
        format!("({id}, {a}, {b}, {c}, 'n{}')", self.below(60))
    }

    fn change(&mut self) -> String {
        let table = self.one_of(&["big", "big", "small"]);
        match self.below(4) {
            0 | 1 => {
                // GlueSQL takes one key twice in a statement.
                let first = self.below(IDS);
                let mut sql = format!("INSERT INTO {table} VALUES {}", self.row(first));
                for next in 1..=self.below(3) {
                    write!(sql, ", {}", self.row(first + next)).unwrap();
                }
                sql
            }
            2 => format!(
                "UPDATE {table} SET a = b % 20, c = {}, name = 'n{}' WHERE {}",
                self.one_of(&["NULL", "a + 1", "7"]),
                self.below(60),
                self.conditions(table)
            ),
            _ => format!(
                "DELETE FROM {table} WHERE {table}.id = {} OR {table}.id > {}",
                self.below(IDS),
                IDS - 20 + self.below(20)
            ),
        }
    }
}

/// An answer that two databases can be compared by: rows in no order unless one was asked for.
fn shown(sql: &str, answer: &Payload) -> String {
    let Payload::Select { labels, rows } = answer else { return format!("{answer:?}") };
    let mut rows: Vec<String> =
        rows.iter().map(|row| row.iter().map(String::from).collect::<Vec<_>>().join("|")).collect();
    if !sql.contains("ORDER BY") {
        rows.sort();
    }
    format!("{labels:?} {rows:?}")
}

#[test]
fn sessions_answer_as_stock_gluesql_does() {
    let parameters = prolly_versioning::Parameters {
        leaf: NodeBounds { window: 1, min: 4, max: 16 },
        ..prolly_versioning::Parameters::default()
    };
    let store = VersionedStore::memory(InitOptions { parameters, ..InitOptions::default() }).unwrap();
    let mut session = Session::new(Arc::new(store));
    let mut stock = Glue::new(MemoryStorage::default());
    let columns = "(id INT PRIMARY KEY, a INT, b INT, c INT NULL, name TEXT)";
    for sql in [format!("CREATE TABLE big {columns}"), format!("CREATE TABLE small {columns}")] {
        session.run(&sql, &Parameters::none()).unwrap();
        stock.execute(&sql).unwrap();
    }
    for sql in [
        "CREATE INDEX by_a ON big (a)",
        "CREATE INDEX by_name ON big (name)",
        "CREATE INDEX by_b ON small (b)",
    ] {
        session.run(sql, &Parameters::none()).unwrap();
    }
    let mut random = Random(7);
    let mut found = 0;
    for _ in 0..STATEMENTS {
        let sql = if random.below(3) == 0 { random.change() } else { random.query() };
        let expected = stock.execute(&sql);
        let answer = session.run(&sql, &Parameters::none());
        match (expected, answer) {
            (Ok(expected), Ok(answer)) => {
                if let Payload::Select { rows, .. } = &answer[0] {
                    found += rows.len();
                }
                assert_eq!(shown(&sql, &answer[0]), shown(&sql, &expected[0]), "{sql}");
            }
            (Err(_), Err(_)) => {}
            (expected, answer) => panic!("{sql}\nstock {expected:?}\nsession {answer:?}"),
        }
    }
    // Else nothing would have been compared.
    assert!(found > 50_000, "{found} rows");
    let rows = session.run("SELECT COUNT(*) FROM big", &Parameters::none()).unwrap();
    assert!(
        matches!(&rows[..], [Payload::Select { rows, .. }] if matches!(rows[0][0], Value::I64(count) if count > 50))
    );
}
