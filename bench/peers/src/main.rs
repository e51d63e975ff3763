//! This project's tree against other prolly trees in Rust: the same data in the same order, in one process, the runs of
//! all of them taking turns, so that a slow minute of the machine slows all of them.
//!
//! `npm run bench:peers` runs it at 10^4 and 10^6 keys; sizes behind `--` run those instead, and other words only the
//! tasks whose titles have one of them. `--values=bytes-100,json-1k` runs it with both kinds of values, where
//! `bytes-100`, 100 incompressible bytes, is what it takes unless told otherwise, and `json-1k` is records of about 1 KB, at
//! 10^4 and 10^5 keys. Medians are printed, the nodes that one call of ours reads and writes behind an empty cache, and the
//! memory that each took.
#![allow(clippy::unwrap_used, reason = "a fault here ends the benchmark")]

mod arguments;
mod contender;
mod data;
mod memory;
mod ours;
mod prolly_map;
mod prolly_map_in_rocksdb;
mod prollytree;
mod table;
mod values;

use std::process::ExitCode;

use arguments::Arguments;
use contender::{Contender, Outcome, Run, Task};
use data::Data;
use prolly_storage::testing::Counts;
use table::{Cell, Table};

#[global_allocator]
static ALLOCATOR: memory::Watched = memory::Watched;

fn main() -> ExitCode {
    let arguments = match Arguments::of(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(fault) => {
            eprintln!("{fault}");
            return ExitCode::FAILURE;
        }
    };
    for &values in &arguments.values {
        for &size in arguments.sizes(values) {
            compare(Data { size, values }, &arguments);
        }
    }
    ExitCode::SUCCESS
}

/// Prints the tables of one kind and number of entries.
fn compare(data: Data, arguments: &Arguments) {
    let contenders: [&dyn Contender; 3] = [&ours::Ours, &prolly_map::ProllyMap, &prollytree::ProllyTree];
    let mut table = Table::new(data, contenders.map(Contender::name));
    for task in Task::ALL {
        let too_large = matches!(task, Task::Batch(count) if count as u64 > data.size);
        if arguments.asks_for(&task.title()) && !too_large {
            run(task, data, contenders, &mut table);
        }
    }
    print!("{table}");
}

/// One row, and for proofs a second one of their sizes. What the task held is dropped when it ends.
fn run(task: Task, data: Data, contenders: [&dyn Contender; 3], table: &mut Table) {
    let repeats = task.repeats();
    // One more, whose memory is counted instead of its time.
    let mut runs = contenders.map(|contender| contender.prepare(task, data, repeats + 1));
    let mut outcomes = contenders.map(|_| Vec::new());
    for repeat in 0..=repeats {
        memory::watch(repeat == 0);
        for (run, outcomes) in runs.iter_mut().zip(&mut outcomes) {
            if let Ok(run) = run {
                outcomes.push(run(repeat));
            }
        }
    }
    let cells = |skipped: usize, value: fn(&Outcome) -> Option<f64>, scale: f64| -> Vec<Cell> {
        let column = |(run, outcomes): (&Result<Run, &'static str>, &Vec<Outcome>)| match run {
            Ok(_) => Ok(median(outcomes.iter().skip(skipped).filter_map(value))? / scale),
            Err(reason) => Err(*reason),
        };
        runs.iter().zip(&outcomes).map(column).collect()
    };
    let nanoseconds =
        cells(1, |outcome| Some(outcome.time.as_nanos() as f64), task.operations(data.size) as f64);
    let memory = cells(0, |outcome| Some(outcome.memory? as f64), 1.0);
    let proofs = cells(1, |outcome| Some(outcome.proof? as f64), 1.0);
    drop(runs);
    let counts = contenders[0].counts(task, data);
    let count = |part: fn(&Counts) -> usize| {
        median(counts.iter().map(|counts| part(counts) as f64)).unwrap_or_default()
    };
    let counts =
        [count(|counts| counts.loads), count(|counts| counts.writes), count(|counts| counts.bytes_written)];
    table.times(task.title(), nanoseconds, counts);
    table.memory(task.title(), memory);
    if task == Task::Prove {
        table.sizes("proof of one key, size", proofs);
    }
}

fn median(values: impl Iterator<Item = f64>) -> Cell {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().ok_or("was not measured")
}
