//! Measures what a leaf of default size costs to verify, search and copy, and what hashing costs; prints the tables of
//! `docs/decisions/0003-no-decode-pass.md` and `docs/decisions/0006-hashing-in-lanes.md`.
//!
//! ```text
//! cargo run -p prolly-storage --no-default-features --profile native --example node_figures
//! ```
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints figures")]

use std::hint::black_box;
use std::time::Instant;

use prolly_storage::{Address, NewNode, Node, Parameters, StoredNode, Value, encode_leaf};

/// Entries of a leaf in the mean.
const ENTRIES: usize = 32;
const ROUNDS: u32 = 20_000;

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
    println!("\nMemory of the decoded node: {} bytes.\n", node.memory());

    println!("| bytes | crate `blake3`, ns | `Address::of`, ns |\n| --- | --- | --- |");
    let bytes: Vec<u8> = (0..8192_u32).map(|number| ((number * 31) >> 3) as u8).collect();
    for length in [1024, 2048, 2600, 3072, 3600, 4096, 4600, 5120, 6100, 7168, 8192] {
        let input = black_box(&bytes[..length]);
        println!("| {length} | {} | {} |", least(|| blake3::hash(input)), least(|| Address::of(input)));
    }
    let new = || NewNode::leaf(&Parameters::default(), entries.clone());
    println!("\n| {} leaves | ns each |\n| --- | --- |", NewNode::BEST_TOGETHER);
    let each = |total: u128| total / NewNode::BEST_TOGETHER as u128;
    let many = || (0..NewNode::BEST_TOGETHER).map(|_| new()).collect::<Vec<_>>();
    println!("| encoded, and hashed one by one | {} |", least(|| new().seal()));
    println!("| encoded, and hashed together | {} |", each(least(|| NewNode::seal_all(many()))));
}

fn time<T>(name: &str, work: impl FnMut() -> T) {
    println!("| {name} | {} |", least(work));
}

/// The least mean of five runs, in nanoseconds.
fn least<T>(mut work: impl FnMut() -> T) -> u128 {
    let run = |_| {
        let begin = Instant::now();
        (0..ROUNDS).for_each(|_| drop(black_box(work())));
        begin.elapsed().as_nanos() / u128::from(ROUNDS)
    };
    (0..5).map(run).min().unwrap()
}
