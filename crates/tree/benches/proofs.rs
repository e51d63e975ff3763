//! Making and verifying proofs at 10^6 keys, in memory: 24-byte random keys, 100-byte incompressible values.
//!
//! `cargo bench -p prolly-tree --bench proofs`
#![allow(clippy::unwrap_used, reason = "a fault here ends the benchmark")]

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use divan::Bencher;
use prolly_storage::{MemoryStorage, NodeStore, Parameters};
use prolly_tree::proof::verify;
use prolly_tree::{Edit, KeyRange, Tree};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

const SIZE: u64 = 1_000_000;

fn main() {
    divan::main();
}

fn key(number: u64) -> Bytes {
    let mut random = SplitMix64::seed_from_u64(number.wrapping_mul(0xA24B_AED4_963E_E407));
    [random.next_u64().to_be_bytes(), random.next_u64().to_be_bytes(), number.to_be_bytes()].concat().into()
}

fn value(seed: u64) -> Bytes {
    let mut random = SplitMix64::seed_from_u64(seed);
    (0..13).flat_map(|_| random.next_u64().to_le_bytes()).take(100).collect::<Vec<u8>>().into()
}

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let mut entries: Vec<_> = (0..SIZE).map(|number| (key(number), value(number))).collect();
    entries.sort_unstable();
    let store = NodeStore::new(Arc::new(MemoryStorage::new()));
    let edits = entries.into_iter().map(|(key, value)| Edit::put(key, value));
    Tree::empty(store, Parameters::default()).unwrap().apply(edits).unwrap()
});

/// Keys of the tree, or keys that it does not have.
fn keys(present: bool) -> impl FnMut() -> Bytes {
    let mut random = SplitMix64::seed_from_u64(1);
    move || key(random.next_u64() % SIZE + if present { 0 } else { SIZE })
}

/// Ranges of `count` entries in the mean.
fn ranges(count: u64) -> impl FnMut() -> KeyRange {
    let mut random = SplitMix64::seed_from_u64(2);
    let width = u64::MAX / SIZE * count;
    move || {
        let first = random.next_u64() / 2;
        let bound = |word: u64| Bytes::copy_from_slice(&word.to_be_bytes());
        KeyRange::inclusive(bound(first), bound(first + width))
    }
}

#[divan::bench(args = [true, false], sample_count = 20, sample_size = 1000)]
fn prove_key(bencher: Bencher, present: bool) {
    bencher.with_inputs(keys(present)).bench_local_refs(|key| TREE.prove(&key[..]).unwrap());
}

#[divan::bench(args = [true, false], sample_count = 20, sample_size = 1000)]
fn verify_key(bencher: Bencher, present: bool) {
    let mut next = keys(present);
    let root = TREE.root().address;
    let with_proof = move || {
        let key = next();
        (TREE.prove(&key[..]).unwrap(), key)
    };
    bencher.with_inputs(with_proof).bench_local_refs(|(proof, key)| {
        let value = verify(&root, proof, &key[..]).unwrap();
        assert_eq!(value.is_some(), present);
    });
}

#[divan::bench(args = [1000], sample_count = 20, sample_size = 10)]
fn prove_keys(bencher: Bencher, count: usize) {
    let mut next = keys(true);
    let some = move || std::iter::repeat_with(&mut next).take(count).collect::<Vec<_>>();
    bencher.with_inputs(some).bench_local_refs(|keys| TREE.prove(&keys[..]).unwrap());
}

#[divan::bench(args = [1000], sample_count = 20, sample_size = 10)]
fn verify_keys(bencher: Bencher, count: usize) {
    let mut next = keys(true);
    let root = TREE.root().address;
    let with_proof = move || {
        let keys: Vec<_> = std::iter::repeat_with(&mut next).take(count).collect();
        (TREE.prove(&keys[..]).unwrap(), keys)
    };
    bencher
        .with_inputs(with_proof)
        .bench_local_refs(|(proof, keys)| verify(&root, proof, &keys[..]).unwrap());
}

#[divan::bench(args = [1000], sample_count = 20, sample_size = 10)]
fn prove_range(bencher: Bencher, count: u64) {
    bencher.with_inputs(ranges(count)).bench_local_refs(|range| TREE.prove(range).unwrap());
}

#[divan::bench(args = [1000], sample_count = 20, sample_size = 10)]
fn verify_range(bencher: Bencher, count: u64) {
    let mut next = ranges(count);
    let root = TREE.root().address;
    let with_proof = move || {
        let range = next();
        (TREE.prove(&range).unwrap(), range)
    };
    bencher.with_inputs(with_proof).bench_local_refs(|(proof, range)| verify(&root, proof, range).unwrap());
}
