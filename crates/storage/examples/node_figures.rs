//! Measures what a leaf of default size costs to verify, search and copy; prints the table of
//! `docs/decisions/0003-no-decode-pass.md`.
//!
//! ```text
//! cargo run -p prolly-storage --no-default-features --profile native --example node_figures
//! ```
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints figures")]

use std::hint::black_box;
use std::time::Instant;

use prolly_storage::{Address, Node, Parameters, StoredNode, Value, encode_leaf};

/// Entries of a leaf in the mean.
const ENTRIES: usize = 32;
const ROUNDS: u32 = 100_000;

fn main() {
    let key = |number: usize| Address::of(&number.to_le_bytes()).as_bytes()[..24].to_vec();
    let mut keys: Vec<Vec<u8>> = (0..ENTRIES).map(key).collect();
    keys.sort();
    let value = [7; 100];
    let entries = keys.iter().map(|key| (&key[..], Value::Inline(&value)));
    let node = encode_leaf(&Parameters::default(), entries.clone());
    let stored = StoredNode::from(&node);
    let address = node.address();

    println!("A leaf of {ENTRIES} entries with 24 + 100 bytes: {} bytes.\n", node.bytes().len());
    println!("| | ns |\n| --- | --- |");
    time("hash the bytes", || Address::of(&stored.bytes));
    time("`Node::decode`: hash and verify", || Node::decode(&address, stored.clone()).unwrap());
    time("copy every key and value into a vector", || {
        (0..node.len()).map(|index| (node.key(index), node.inline_value(index).to_vec())).collect::<Vec<_>>()
    });
    let mut next = 0;
    time("`Node::search` in the stored bytes, and the value", || {
        next = (next + 7) % ENTRIES;
        node.search(&keys[next]).map(|index| node.inline_value(index)).unwrap()
    });
    time("encode and hash", || encode_leaf(&Parameters::default(), entries.clone()));
    println!("\nMemory of the decoded node: {} bytes.", node.memory());
}

/// The least mean of five runs.
fn time<T>(name: &str, mut work: impl FnMut() -> T) {
    let run = |_| {
        let begin = Instant::now();
        (0..ROUNDS).for_each(|_| drop(black_box(work())));
        begin.elapsed().as_nanos() / u128::from(ROUNDS)
    };
    println!("| {name} | {} |", (0..5).map(run).min().unwrap());
}
