//! The crate prolly-map, over its memory store.
//!
//! Chosen for it: a cache of decoded nodes without a limit, as ours keeps all nodes too; its default shape of nodes; and
//! for each task the fastest of its interfaces, as measured on the machine of `docs/performance.md`. Every tree is read once
//! before it is timed, so that its nodes are in the cache, except where the task says cold.

use std::sync::Arc;

use prolly::{Config, KeyProof, MemStore, Mutation, Prolly, SortedBatchBuilder, Tree};

use crate::contender::{Contender, DIFFERENCES, GETS, MERGED, Outcome, Run, SINGLES, Seen, Task};
use crate::data::{Data, Entries};
use crate::prolly_map_in_rocksdb;

pub struct ProllyMap;

type Manager = Prolly<Arc<MemStore>>;

impl Contender for ProllyMap {
    fn name(&self) -> &'static str {
        "prolly-map"
    }

    fn prepare(&self, task: Task, data: Data, repeats: usize) -> Result<Run, &'static str> {
        Ok(match task {
            Task::BuildSorted => build(data.sorted(), stream),
            Task::BuildUnsorted => build(data.unsorted(), |manager, entries| {
                manager.batch(&manager.create(), mutations(entries)).unwrap()
            }),
            Task::Get => get(data, repeats),
            Task::GetBorrowed => get_borrowed(data, repeats),
            Task::GetMany => get_many(data, repeats),
            Task::Scan => scan(data),
            Task::Update => put(data, |number| data.update(number), repeats),
            Task::Insert => put(data, |number| data.inserts(1, number).remove(0), repeats),
            Task::Batch(count) => batch(data, count, repeats),
            Task::DiffWarm => diff(data, false),
            Task::DiffCold => diff(data, true),
            Task::Merge => merge(data, repeats, false),
            Task::MergeRemembered => merge(data, repeats, true),
            Task::Prove => prove(data, repeats),
            Task::Verify => verify(data, repeats),
            Task::RocksDbBuild => prolly_map_in_rocksdb::build(data),
            Task::RocksDbGet => prolly_map_in_rocksdb::get(data, repeats),
        })
    }
}

fn manager() -> Manager {
    Prolly::new(Arc::new(MemStore::new()), Config::builder().unbounded_node_cache().build())
}

/// A tree of all entries, its nodes in the cache.
fn tree(data: Data) -> (Manager, Tree) {
    let manager = manager();
    let tree = manager.build_from_sorted_entries(data.sorted()).unwrap();
    warm(&manager, &tree);
    (manager, tree)
}

fn warm(manager: &Manager, tree: &Tree) {
    manager.scan_range(tree, &[], None, |_| ()).unwrap();
}

fn mutations(entries: Entries) -> Vec<Mutation> {
    entries.into_iter().map(|(key, val)| Mutation::Upsert { key, val }).collect()
}

/// The builder for sorted entries, which holds a few nodes at a time. At 10^6 entries it and a batch into the empty tree
/// were the fastest of its four ways to build; `build_from_sorted_entries` took twice as long.
fn stream(manager: &Manager, entries: Entries) -> Tree {
    let mut builder = SortedBatchBuilder::new(manager.store().clone(), manager.config().clone());
    for (key, value) in entries {
        builder.add(key, value).unwrap();
    }
    builder.build().unwrap()
}

fn build(entries: Entries, work: impl Fn(&Manager, Entries) -> Tree + 'static) -> Run {
    Box::new(move |_| {
        let input = entries.clone();
        Outcome::of(|| {
            let manager = manager();
            let tree = work(&manager, input);
            (manager, tree)
        })
        .0
    })
}

fn get(data: Data, repeats: usize) -> Run {
    let (manager, tree) = tree(data);
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(GETS, repeat as u64)).collect();
    Box::new(move |repeat| {
        let found = |key: &Vec<u8>| manager.get(&tree, key).unwrap().unwrap().len();
        Outcome::of(|| keys[repeat].iter().map(found).sum::<usize>()).0
    })
}

/// A read session borrows values from its nodes, and remembers where it was.
fn get_borrowed(data: Data, repeats: usize) -> Run {
    let (manager, tree) = tree(data);
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(GETS, repeat as u64)).collect();
    Box::new(move |repeat| {
        let mut session = manager.read(&tree).unwrap();
        let mut found = |key: &Vec<u8>| session.get_with(key, <[u8]>::len).unwrap().unwrap();
        Outcome::of(|| keys[repeat].iter().map(&mut found).sum::<usize>()).0
    })
}

fn get_many(data: Data, repeats: usize) -> Run {
    let (manager, tree) = tree(data);
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(GETS, repeat as u64)).collect();
    Box::new(move |repeat| {
        let (outcome, values) = Outcome::of(|| manager.get_many(&tree, &keys[repeat]).unwrap());
        assert!(values.iter().all(Option::is_some));
        outcome
    })
}

fn scan(data: Data) -> Run {
    let (manager, tree) = tree(data);
    let bytes = data.bytes();
    Box::new(move |_| {
        let (outcome, seen) = Outcome::of(|| {
            let mut seen = Seen::default();
            manager.scan_range(&tree, &[], None, |entry| seen.look_at(entry.key(), entry.value())).unwrap();
            seen
        });
        assert_eq!(seen.bytes, bytes);
        outcome
    })
}

fn put(data: Data, entry: impl Fn(u64) -> (Vec<u8>, Vec<u8>), repeats: usize) -> Run {
    let (manager, tree) = tree(data);
    let mut entries: Vec<_> = (0..(repeats * SINGLES) as u64).map(entry).collect();
    Box::new(move |_| {
        let entries: Vec<_> = entries.drain(..SINGLES).collect();
        let put = |(key, value)| manager.put(&tree, key, value).unwrap();
        Outcome::of(|| entries.into_iter().map(put).collect::<Vec<_>>()).0
    })
}

fn batch(data: Data, count: usize, repeats: usize) -> Run {
    let (manager, tree) = tree(data);
    let mut inputs: Vec<_> =
        (0..repeats).map(|repeat| Some(mutations(data.inserts(count, repeat as u64)))).collect();
    Box::new(move |repeat| {
        let input = inputs[repeat].take().unwrap();
        Outcome::of(|| manager.batch(&tree, input).unwrap()).0
    })
}

/// `scan_diff` hands out borrowed entries.
fn diff(data: Data, cold: bool) -> Run {
    let (manager, old) = tree(data);
    let new = manager.batch(&old, mutations(data.inserts(DIFFERENCES, 0))).unwrap();
    warm(&manager, &new);
    Box::new(move |_| {
        if cold {
            manager.clear_cache();
        }
        let (outcome, count) = Outcome::of(|| manager.scan_diff(&old, &new, |_| ()).unwrap());
        assert_eq!(count, DIFFERENCES as u64);
        outcome
    })
}

/// Told to remember the lineage, a manager keeps the changes that made a tree, and merges by applying them again. It can
/// do so only for trees that it made itself, not for those that another process wrote.
fn merge(data: Data, repeats: usize, remembered: bool) -> Run {
    let (manager, base) = tree(data);
    let side = |repeat: usize, side: u64| {
        let changes = mutations(data.inserts(MERGED, 2 * repeat as u64 + side));
        let made = if remembered {
            manager.batch_with_lineage(&base, Arc::new(changes))
        } else {
            manager.batch(&base, changes)
        };
        made.unwrap()
    };
    let sides: Vec<_> = (0..repeats).map(|repeat| (side(repeat, 0), side(repeat, 1))).collect();
    Box::new(move |repeat| {
        let (left, right) = &sides[repeat];
        let (outcome, merged) = Outcome::of(|| manager.merge(&base, left, right, None).unwrap());
        assert_eq!(manager.len(&merged).unwrap(), data.size + 2 * MERGED as u64);
        outcome
    })
}

fn prove(data: Data, repeats: usize) -> Run {
    let (manager, tree) = tree(data);
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(SINGLES, repeat as u64)).collect();
    Box::new(move |repeat| {
        let prove = |key: &Vec<u8>| manager.prove_key(&tree, key).unwrap().to_bundle_bytes().unwrap();
        let (outcome, proofs) = Outcome::of(|| keys[repeat].iter().map(prove).collect::<Vec<_>>());
        Outcome { proof: Some(proofs[0].len()), ..outcome }
    })
}

fn verify(data: Data, repeats: usize) -> Run {
    let (manager, tree) = tree(data);
    let proven = |key: Vec<u8>| manager.prove_key(&tree, &key).unwrap().to_bundle_bytes().unwrap();
    let proofs: Vec<Vec<_>> = (0..repeats)
        .map(|repeat| data.present(SINGLES, repeat as u64).into_iter().map(proven).collect())
        .collect();
    drop(manager);
    Box::new(move |repeat| {
        let verify = |proof: &Vec<u8>| KeyProof::from_bundle_bytes(proof).unwrap().verify();
        let (outcome, answers) = Outcome::of(|| proofs[repeat].iter().map(verify).collect::<Vec<_>>());
        assert!(answers.iter().all(|answer| answer.exists() && answer.root == tree.root));
        outcome
    })
}
