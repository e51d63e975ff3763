//! This project's tree, over memory storage. It has nothing to configure there: nodes are in memory once, and no cache
//! stands before them.

use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::rocksdb::{RocksDbOptions, RocksDbStorage};
use prolly_storage::testing::CountingStorage;
use prolly_storage::{MemoryStorage, NodeCache, NodeStore, Parameters, Value};
use prolly_tree::proof::verify;
use prolly_tree::{Direction, Edit, KeyRange, Merge, SortedEntries, Tree};

use tempfile::TempDir;

use crate::contender::{Contender, DIFFERENCES, GETS, MERGED, Outcome, Run, SINGLES, Seen, Task};
use crate::data::{Data, Entries};

pub struct Ours;

/// Room for every node of a tree of a million entries and those of a few versions.
const CACHE: u64 = 512 << 20;

impl Contender for Ours {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn prepare(&self, task: Task, data: Data, repeats: usize) -> Result<Run, &'static str> {
        Ok(match task {
            Task::BuildSorted => build_from(data.sorted()),
            Task::BuildUnsorted => build_from(data.unsorted()),
            Task::Get | Task::GetBorrowed => get(data, repeats),
            Task::GetMany => get_many(data, repeats),
            Task::Scan => scan(data),
            Task::Update => edit(data, |number| vec![data.update(number)], repeats, SINGLES),
            Task::Insert => edit(data, |number| data.inserts(1, number), repeats, SINGLES),
            Task::Batch(count) => edit(data, |number| data.inserts(count, number), repeats, 1),
            Task::DiffWarm => diff_warm(data),
            Task::DiffCold => diff_cold(data),
            Task::Merge | Task::MergeRemembered => merge(data, repeats),
            Task::Prove => prove(data, repeats),
            Task::Verify => verify_proofs(data, repeats),
            Task::RocksDbBuild => rocksdb_build(data),
            Task::RocksDbGet => rocksdb_get(data, repeats),
        })
    }
}

fn empty(store: NodeStore) -> Tree {
    Tree::empty(store, Parameters::default()).unwrap()
}

fn memory() -> NodeStore {
    NodeStore::new(Arc::new(MemoryStorage::new()))
}

/// A store behind which nodes are bytes, to be decoded and verified; and what counts them.
fn counted() -> (NodeStore, Arc<CountingStorage>) {
    let counting = Arc::new(CountingStorage::new(Arc::new(MemoryStorage::new())));
    (NodeStore::with_cache(counting.clone(), Arc::new(NodeCache::with_capacity(CACHE))), counting)
}

fn edits(entries: Entries) -> Vec<Edit> {
    entries.into_iter().map(|(key, value)| Edit::put(key, value)).collect()
}

/// A tree of all entries that was read once, as those of the others are.
fn tree(data: Data) -> Tree {
    let tree = build(memory(), &data.sorted());
    let mut entries = tree.entries(KeyRange::all(), Direction::Forward);
    while entries.lend().unwrap().is_some() {}
    tree
}

/// A tree of entries in any order; in order they are not sorted again.
fn build(store: NodeStore, entries: &Entries) -> Tree {
    Tree::build(store, Parameters::default(), SortedEntries::new(entries)).unwrap()
}

/// Dropping the entries is part of the time, as it is where a tree takes them.
fn build_from(entries: Entries) -> Run {
    let (store, counting) = counted();
    build(store, &entries);
    let counts = counting.take();
    let written = Some((counts.writes, counts.bytes_written));
    Box::new(move |_| {
        let input = entries.clone();
        let outcome = Outcome::of(|| {
            let tree = build(memory(), &input);
            drop(input);
            tree
        });
        Outcome { written, ..outcome.0 }
    })
}

/// There is no borrowed get: a short value is copied out of its leaf.
fn get(data: Data, repeats: usize) -> Run {
    let tree = tree(data);
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(GETS, repeat as u64)).collect();
    Box::new(move |repeat| {
        let found = |key: &Vec<u8>| tree.get(key).unwrap().unwrap().len();
        Outcome::of(|| keys[repeat].iter().map(found).sum::<usize>()).0
    })
}

fn get_many(data: Data, repeats: usize) -> Run {
    let tree = tree(data);
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(GETS, repeat as u64)).collect();
    Box::new(move |repeat| {
        let (outcome, values) = Outcome::of(|| tree.get_many(&keys[repeat]).unwrap());
        assert!(values.iter().all(Option::is_some));
        outcome
    })
}

fn scan(data: Data) -> Run {
    let tree = tree(data);
    Box::new(move |_| {
        let (outcome, seen) = Outcome::of(|| {
            let mut entries = tree.entries(KeyRange::all(), Direction::Forward);
            let mut seen = Seen::default();
            while let Some(entry) = entries.lend().unwrap() {
                if let Value::Inline(value) = entry.value {
                    seen.look_at(entry.key, value);
                }
            }
            seen
        });
        assert_eq!(seen.bytes, data.size * 124);
        outcome
    })
}

/// `together` edits of one tree a run, each with a root of its own, all of whose nodes stay.
fn edit(data: Data, entries: impl Fn(u64) -> Entries, repeats: usize, together: usize) -> Run {
    let (store, counting) = counted();
    let base = empty(store).apply(edits(data.sorted())).unwrap();
    let written: Vec<_> = (0..repeats)
        .map(|number| {
            counting.take();
            base.apply(edits(entries(number as u64))).unwrap();
            let counts = counting.take();
            (counts.writes, counts.bytes_written)
        })
        .collect();
    drop((base, counting));
    let base = tree(data);
    let mut inputs: Vec<_> = (0..(repeats * together) as u64).map(|number| edits(entries(number))).collect();
    Box::new(move |repeat| {
        let inputs: Vec<_> = inputs.drain(..together).collect();
        let work = || inputs.into_iter().map(|edits| base.apply(edits).unwrap()).collect::<Vec<_>>();
        let outcome = Outcome::of(work).0;
        Outcome { written: Some(written[repeat]), ..outcome }
    })
}

fn differences(old: &Tree, new: &Tree) -> usize {
    let mut changes = old.diff(new, KeyRange::all());
    changes.try_fold(0, |count, change| change.map(|_| count + 1)).unwrap()
}

fn diff_warm(data: Data) -> Run {
    let old = tree(data);
    let new = old.apply(edits(data.inserts(DIFFERENCES, 0))).unwrap();
    Box::new(move |_| {
        let (outcome, count) = Outcome::of(|| differences(&old, &new));
        assert_eq!(count, DIFFERENCES);
        outcome
    })
}

/// Memory storage has its nodes decoded always; here they are bytes behind an empty cache.
fn diff_cold(data: Data) -> Run {
    let (store, storage) = counted();
    let old = empty(store).apply(edits(data.sorted())).unwrap();
    let new = old.apply(edits(data.inserts(DIFFERENCES, 0))).unwrap();
    Box::new(move |_| {
        let store = NodeStore::with_cache(storage.clone(), Arc::new(NodeCache::with_capacity(CACHE)));
        let (old, new) = (old.with_store(store.clone()), new.with_store(store));
        let (outcome, count) = Outcome::of(|| differences(&old, &new));
        assert_eq!(count, DIFFERENCES);
        outcome
    })
}

fn merge(data: Data, repeats: usize) -> Run {
    let base = tree(data);
    let side =
        |repeat: usize, side: u64| base.apply(edits(data.inserts(MERGED, 2 * repeat as u64 + side))).unwrap();
    let sides: Vec<_> = (0..repeats).map(|repeat| (side(repeat, 0), side(repeat, 1))).collect();
    Box::new(move |repeat| {
        let (left, right) = &sides[repeat];
        let merge = || Merge::new(&base, left, right, Vec::new()).unwrap().finish().unwrap();
        let (outcome, merged) = Outcome::of(merge);
        assert_eq!(merged.len().unwrap(), data.size + 2 * MERGED as u64);
        outcome
    })
}

fn prove(data: Data, repeats: usize) -> Run {
    let tree = tree(data);
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(SINGLES, repeat as u64)).collect();
    Box::new(move |repeat| {
        let prove = |key: &Vec<u8>| tree.prove(&key[..]).unwrap();
        let (outcome, proofs) = Outcome::of(|| keys[repeat].iter().map(prove).collect::<Vec<_>>());
        Outcome { proof: Some(proofs[0].len()), ..outcome }
    })
}

fn verify_proofs(data: Data, repeats: usize) -> Run {
    let tree = tree(data);
    let root = tree.root().address;
    let proven = |key: Vec<u8>| (tree.prove(&key[..]).unwrap(), key);
    let proofs: Vec<Vec<_>> = (0..repeats)
        .map(|repeat| data.present(SINGLES, repeat as u64).into_iter().map(proven).collect())
        .collect();
    drop(tree);
    Box::new(move |repeat| {
        let verify = |(proof, key): &(Bytes, Vec<u8>)| verify(&root, proof, &key[..]).unwrap();
        let (outcome, values) = Outcome::of(|| proofs[repeat].iter().map(verify).collect::<Vec<_>>());
        assert!(values.iter().all(Option::is_some));
        outcome
    })
}

/// A store in RocksDB as it is opened unless told otherwise, without a cache of nodes.
fn rocksdb(folder: &TempDir) -> NodeStore {
    let storage = RocksDbStorage::open(folder.path(), &RocksDbOptions::default()).unwrap();
    NodeStore::with_cache(Arc::new(storage), Arc::new(NodeCache::with_capacity(0)))
}

/// Publishing the root is part of the time: all that it reaches is in files then, and synced.
fn rocksdb_build(data: Data) -> Run {
    let entries = data.sorted();
    Box::new(move |_| {
        let folder = TempDir::new().unwrap();
        let store = rocksdb(&folder);
        let input = entries.clone();
        let outcome = Outcome::of(|| {
            let tree = build(store, &input);
            tree.store().storage().publish("tree", None, Some(tree.root())).unwrap();
            drop(input);
            tree
        });
        outcome.0
    })
}

fn rocksdb_get(data: Data, repeats: usize) -> Run {
    let folder = TempDir::new().unwrap();
    let tree = build(rocksdb(&folder), &data.sorted());
    tree.store().storage().publish("tree", None, Some(tree.root())).unwrap();
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(GETS, repeat as u64)).collect();
    Box::new(move |repeat| {
        let _kept = &folder;
        let found = |key: &Vec<u8>| tree.get(key).unwrap().unwrap().len();
        Outcome::of(|| keys[repeat].iter().map(found).sum::<usize>()).0
    })
}
