//! What is answered: how long operations took, how many there was time for, and a number for what each gave, by which contenders are
//! compared. `bench/sql/answer.mjs` makes the same numbers.

use std::time::{Duration, Instant};

use gluesql_core::data::Value as Cell;
use gluesql_core::error::Result;
use gluesql_core::executor::Payload;
use serde_json::{Value, json};

use crate::request::Take;

/// Runs operations one after the other for as long as the budget lasts, in milliseconds.
pub fn timed<Input>(
    inputs: &[Input],
    budget: f64,
    mut operation: impl FnMut(&Input) -> Result<u32>,
) -> Result<Value> {
    let mut answers = Vec::with_capacity(inputs.len());
    let budget = Duration::from_secs_f64(budget / 1000.0);
    let start = Instant::now();
    for input in inputs {
        answers.push(operation(input)?);
        if start.elapsed() > budget {
            break;
        }
    }
    let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap();
    Ok(json!({ "nanoseconds": nanoseconds, "done": answers.len(), "answers": answers }))
}

/// Rows that were inserted, updated or deleted, or a number for the rows that were selected.
pub fn number_of(payload: &Payload, take: Take) -> u32 {
    match payload {
        Payload::Insert(count) | Payload::Update(count) | Payload::Delete(count) => {
            u32::try_from(*count).unwrap()
        }
        // Which one comes first is not said.
        Payload::Select { rows, .. } if take == Take::First => u32::try_from(rows[0].len()).unwrap(),
        Payload::Select { rows, .. } => rows.iter().map(|row| row_number(row)).fold(0, u32::wrapping_add),
        payload => panic!("{payload:?}"),
    }
}

/// Rows and columns in another order have the same sum of these.
fn row_number(row: &[Cell]) -> u32 {
    mixed(row.iter().map(|cell| mixed(cell_number(cell))).fold(1, u32::wrapping_add))
}

fn mixed(number: u32) -> u32 {
    (number ^ (number >> 15)).wrapping_mul(0x85eb_ca6b)
}

fn cell_number(cell: &Cell) -> u32 {
    match cell {
        Cell::Null => 7,
        Cell::I64(number) => u32::try_from(number.rem_euclid(1 << 32)).unwrap(),
        Cell::Str(text) => {
            let first = text.bytes().next().unwrap_or(0);
            u32::try_from(text.len()).unwrap().wrapping_mul(65_537).wrapping_add(first.into())
        }
        cell => panic!("{cell:?}"),
    }
}
