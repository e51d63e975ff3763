//! Build, read, edit, diff and merge at 10^4 to 10^6 keys, in memory: 24-byte random keys, 100-byte incompressible
//! values, random order unless a name says otherwise.
//!
//! `cargo bench -p prolly-tree` runs all; a name behind `--` runs those that match it. Medians are the figures to quote.
#![allow(clippy::unwrap_used, reason = "a fault here ends the benchmark")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use divan::Bencher;
use divan::counter::ItemsCount;
use prolly_storage::{MemoryStorage, NodeStore, Parameters, Value};
use prolly_tree::{Direction, Edit, KeyRange, Merge, SortedEntries, Tree};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

fn main() {
    divan::main();
}

const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];

fn key(number: u64) -> Bytes {
    let mut random = SplitMix64::seed_from_u64(number.wrapping_mul(0xA24B_AED4_963E_E407));
    [random.next_u64().to_be_bytes(), random.next_u64().to_be_bytes(), number.to_be_bytes()].concat().into()
}

fn value(seed: u64) -> Bytes {
    let mut random = SplitMix64::seed_from_u64(seed ^ 0x5555);
    (0..13).flat_map(|_| random.next_u64().to_le_bytes()).take(100).collect::<Vec<u8>>().into()
}

fn put(number: u64, seed: u64) -> Edit {
    Edit::put(key(number), value(seed))
}

fn sorted(mut entries: Vec<(Bytes, Bytes)>) -> Vec<(Bytes, Bytes)> {
    entries.sort_unstable();
    entries
}

/// The entries as parts of one piece of memory, one after the other, as a reader of a sorted file would hand them over.
fn in_order(entries: &[(Bytes, Bytes)]) -> Vec<(Bytes, Bytes)> {
    let file: Vec<u8> = entries.iter().flat_map(|(key, value)| [&key[..], &value[..]].concat()).collect();
    let mut rest = Bytes::from(file);
    entries.iter().map(|(key, value)| (rest.split_to(key.len()), rest.split_to(value.len()))).collect()
}

fn entries(size: u64) -> Vec<(Bytes, Bytes)> {
    (0..size).map(|number| (key(number), value(number))).collect()
}

/// A tree of entries in any order.
fn build(entries: &[(Bytes, Bytes)]) -> Tree {
    let store = NodeStore::new(Arc::new(MemoryStorage::new()));
    Tree::build(store, Parameters::default(), SortedEntries::new(entries)).unwrap()
}

/// One tree of each size, built once.
fn tree(size: u64) -> Tree {
    static TREES: LazyLock<Mutex<BTreeMap<u64, Tree>>> = LazyLock::new(Mutex::default);
    TREES.lock().unwrap().entry(size).or_insert_with(|| build(&entries(size))).clone()
}

/// New keys and values in key order; other salts give other keys.
fn inserts(size: u64, count: u64, salt: u64) -> Vec<Edit> {
    let numbers: BTreeMap<_, _> = (0..count)
        .map(|number| size + salt * 10_000_000 + number)
        .map(|number| (key(number), number))
        .collect();
    numbers.into_values().map(|number| put(number, number)).collect()
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn build_sorted(bencher: Bencher, size: u64) {
    let entries = sorted(entries(size));
    bencher
        .counter(ItemsCount::new(size))
        .with_inputs(|| in_order(&entries))
        .bench_values(|entries| build(&entries));
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn build_unsorted(bencher: Bencher, size: u64) {
    let entries = entries(size);
    bencher
        .counter(ItemsCount::new(size))
        .with_inputs(|| entries.clone())
        .bench_values(|entries| build(&entries));
}

#[divan::bench(args = SIZES, sample_count = 20, sample_size = 10_000)]
fn get(bencher: Bencher, size: u64) {
    let tree = tree(size);
    let mut random = SplitMix64::seed_from_u64(1);
    bencher
        .with_inputs(|| key(random.next_u64() % size))
        .bench_local_refs(|key| tree.get(key).unwrap().unwrap().len());
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn get_many_1000(bencher: Bencher, size: u64) {
    let tree = tree(size);
    let mut random = SplitMix64::seed_from_u64(2);
    bencher
        .counter(ItemsCount::new(1000_u64))
        .with_inputs(|| (0..1000).map(|_| key(random.next_u64() % size)).collect::<Vec<_>>())
        .bench_local_refs(|keys| tree.get_many(keys).unwrap().len());
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn scan(bencher: Bencher, size: u64) {
    let tree = tree(size);
    bencher.counter(ItemsCount::new(size)).bench_local(|| {
        let mut entries = tree.entries(KeyRange::all(), Direction::Forward);
        let mut bytes = 0;
        while let Some(entry) = entries.lend().unwrap() {
            if let Value::Inline(value) = entry.value {
                bytes += entry.key.len() + value.len();
            }
        }
        bytes
    });
}

/// One edit with a new root each time, of a tree that stays as it is. The nodes of `kept` edits stay in memory.
fn edit(bencher: Bencher, size: u64, kept: usize, mut next: impl FnMut() -> Edit) {
    let tree = tree(size);
    let mut edited = tree.clone();
    let mut count = 0;
    bencher
        .with_inputs(|| {
            if count % kept == 0 {
                edited = tree.with_store(tree.store().staged());
            }
            count += 1;
            (edited.clone(), [next()])
        })
        .bench_local_values(|(tree, edit)| tree.apply(edit).unwrap());
}

const EDITS: usize = 100;
const ALL: usize = usize::MAX;

#[divan::bench(args = SIZES, sample_count = 200, sample_size = EDITS as u32)]
fn update_one(bencher: Bencher, size: u64) {
    let mut random = SplitMix64::seed_from_u64(3);
    edit(bencher, size, EDITS, || put(random.next_u64() % size, random.next_u64()));
}

#[divan::bench(args = SIZES, sample_count = 200, sample_size = EDITS as u32)]
fn update_one_keeping_all_versions(bencher: Bencher, size: u64) {
    let mut random = SplitMix64::seed_from_u64(3);
    edit(bencher, size, ALL, || put(random.next_u64() % size, random.next_u64()));
}

#[divan::bench(args = SIZES, sample_count = 200, sample_size = EDITS as u32)]
fn insert_one(bencher: Bencher, size: u64) {
    let mut number = size;
    edit(bencher, size, EDITS, || {
        number += 1;
        put(number, number)
    });
}

#[divan::bench(args = SIZES, sample_count = 200, sample_size = EDITS as u32)]
fn delete_one(bencher: Bencher, size: u64) {
    let mut random = SplitMix64::seed_from_u64(4);
    edit(bencher, size, EDITS, || Edit::delete(key(random.next_u64() % size)));
}

#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 10)]
fn batch_of_random_inserts_into_a_million(bencher: Bencher, count: u64) {
    let tree = tree(1_000_000);
    let mut salt = 0;
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| {
            salt += 1;
            (tree.with_store(tree.store().staged()), inserts(1_000_000, count, salt))
        })
        .bench_local_values(|(tree, edits)| tree.apply(edits).unwrap());
}

#[divan::bench(args = [1, 1_000, 10_000], sample_count = 20)]
fn diff_of_random_inserts_into_a_million(bencher: Bencher, count: u64) {
    let tree = tree(1_000_000);
    let other = tree.apply(inserts(1_000_000, count, 50)).unwrap();
    bencher.bench_local(|| black_box(tree.diff(&other, KeyRange::all()).count()));
}

#[divan::bench(args = [100, 1_000, 10_000], sample_count = 10)]
fn merge_of_random_inserts_into_a_million(bencher: Bencher, count: u64) {
    let base = tree(1_000_000);
    let left = base.apply(inserts(1_000_000, count, 51)).unwrap();
    let right = base.apply(inserts(1_000_000, count, 52)).unwrap();
    bencher
        .with_inputs(|| left.with_store(left.store().staged()))
        .bench_local_values(|left| Merge::new(&base, &left, &right, Vec::new()).unwrap().finish().unwrap());
}
