//! Measures a tree in RocksDB: its build from sorted entries, and reads with and without a node cache. 10^6 entries of
//! 24-byte random keys and 100-byte incompressible values unless said otherwise.
//!
//! ```text
//! cargo run -p prolly-tree --features rocksdb --profile native --example rocksdb_figures -- [FOLDER] [ENTRIES]
//! ```
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints figures")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use prolly_storage::rocksdb::{Compression, RocksDbOptions, RocksDbStorage};
use prolly_storage::{NodeCache, NodeStorage, NodeStore, Parameters};
use prolly_tree::{Edit, Tree};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

const ROUNDS: u32 = 3;
const GETS: usize = 100_000;

fn random_bytes(random: &mut SplitMix64, length: usize) -> Bytes {
    let words = std::iter::repeat_with(|| random.next_u64().to_le_bytes());
    words.take(length.div_ceil(8)).flatten().take(length).collect()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let count = arguments.next().map_or(1_000_000, |count| count.parse().unwrap());
    let mut random = SplitMix64::seed_from_u64(1);
    let mut entries: Vec<_> =
        (0..count).map(|_| (random_bytes(&mut random, 24), random_bytes(&mut random, 100))).collect();
    entries.sort();

    let lz4 = RocksDbOptions { bottom_compression: Compression::Lz4, ..RocksDbOptions::default() };
    let none = RocksDbOptions {
        compression: Compression::None,
        bottom_compression: Compression::None,
        ..RocksDbOptions::default()
    };
    let large_cache = RocksDbOptions { block_cache_bytes: 512 << 20, ..RocksDbOptions::default() };
    println!(
        "| options | build, s | sync, s | open, ms | get, us | with a node cache, us | get_many of 100, us |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (name, options) in [
        ("default", RocksDbOptions::default()),
        ("lz4 throughout", lz4),
        ("not compressed", none),
        ("512 MiB block cache", large_cache),
    ] {
        let rounds = (0..ROUNDS).map(|_| measure(&folder.join("prolly-rocksdb-figures"), &options, &entries));
        let best = rounds.reduce(|best, round| std::array::from_fn(|index| best[index].min(round[index])));
        let [build, sync, open, get, cached, many] = best.unwrap();
        println!("| {name} | {build:.2} | {sync:.2} | {open:.1} | {get:.2} | {cached:.2} | {many:.2} |");
    }
}

/// Seconds of the build and of the sync after it, milliseconds of an open, microseconds of three kinds of reads.
fn measure(path: &Path, options: &RocksDbOptions, entries: &[(Bytes, Bytes)]) -> [f64; 6] {
    let _ = std::fs::remove_dir_all(path);
    let edits = entries.iter().map(|(key, value)| Edit::put(key.clone(), value.clone()));
    let storage: Arc<dyn NodeStorage> = Arc::new(RocksDbStorage::open(path, options).unwrap());
    let start = Instant::now();
    let empty = Tree::empty(store(&storage, 0), Parameters::default()).unwrap();
    let root = empty.apply(edits).unwrap().root();
    let build = start.elapsed().as_secs_f64();
    let start = Instant::now();
    storage.publish("main", None, Some(root)).unwrap();
    let sync = start.elapsed().as_secs_f64();
    drop((empty, storage));

    let start = Instant::now();
    let storage: Arc<dyn NodeStorage> = Arc::new(RocksDbStorage::open(path, options).unwrap());
    let open = start.elapsed().as_secs_f64() * 1e3;
    let gets = |store: NodeStore| {
        let tree = Tree::open(store, Parameters::default(), root);
        let mut random = SplitMix64::seed_from_u64(2);
        let mut best = f64::MAX;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            for _ in 0..GETS {
                let (key, value) = &entries[usize::try_from(random.next_u64()).unwrap() % entries.len()];
                assert_eq!(tree.get(key).unwrap().as_ref(), Some(value));
            }
            best = best.min(start.elapsed().as_secs_f64() * 1e6 / GETS as f64);
        }
        best
    };
    let get = gets(store(&storage, 0));
    let cached = gets(store(&storage, 1 << 30));
    let many = get_many(&storage, root, entries);
    drop(storage);
    std::fs::remove_dir_all(path).unwrap();
    [build, sync, open, get, cached, many]
}

/// A store with a node cache of its own.
fn store(storage: &Arc<dyn NodeStorage>, cache_bytes: u64) -> NodeStore {
    NodeStore::with_cache(Arc::clone(storage), Arc::new(NodeCache::with_capacity(cache_bytes)))
}

/// Microseconds of a key when a hundred are asked for at once, without a node cache.
fn get_many(
    storage: &Arc<dyn NodeStorage>,
    root: prolly_storage::NodeRef,
    entries: &[(Bytes, Bytes)],
) -> f64 {
    let tree = Tree::open(store(storage, 0), Parameters::default(), root);
    let mut random = SplitMix64::seed_from_u64(3);
    let start = Instant::now();
    for _ in 0..GETS / 100 {
        let keys: Vec<_> = (0..100)
            .map(|_| entries[usize::try_from(random.next_u64()).unwrap() % entries.len()].0.clone())
            .collect();
        assert_eq!(tree.get_many(&keys).unwrap().iter().flatten().count(), 100);
    }
    start.elapsed().as_secs_f64() * 1e6 / GETS as f64
}
