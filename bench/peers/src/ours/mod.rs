//! This project's tree, over memory storage. It has nothing to configure there: nodes are in memory once, and no cache
//! stands before them.

mod counts;
mod edits;
mod proofs;
mod reads;
mod rocksdb;

use std::sync::Arc;

use prolly_storage::testing::Counts;
use prolly_storage::{MemoryStorage, NodeCache, NodeStore, Parameters};
use prolly_tree::{Direction, KeyRange, SortedEntries, Tree};

use crate::contender::{Contender, Outcome, Run, SINGLES, Task};
use crate::data::{Data, Entries};
use crate::values::Values;

pub struct Ours;

impl Contender for Ours {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn prepare(&self, task: Task, data: Data, repeats: usize) -> Result<Run, &'static str> {
        Ok(match task {
            Task::BuildSorted => {
                build(data.sorted(), |input| Tree::build(memory(), Parameters::default(), input).unwrap())
            }
            // Dropping the entries is part of the time, as it is where a tree takes them.
            Task::BuildUnsorted => build(data.unsorted(), |input| build_tree(memory(), &input)),
            Task::Get | Task::GetBorrowed => reads::get(data, repeats),
            Task::GetMany => reads::get_many(data, repeats),
            Task::Scan => reads::scan(data),
            Task::Update => edits::edit(data, |number| vec![data.update(number)], repeats, SINGLES),
            Task::Insert => edits::edit(data, |number| data.inserts(1, number), repeats, SINGLES),
            Task::Batch(count) => edits::edit(data, |number| data.inserts(count, number), repeats, 1),
            Task::DiffWarm => edits::diff_warm(data),
            Task::DiffCold => edits::diff_cold(data),
            Task::Merge | Task::MergeRemembered => edits::merge(data, repeats),
            Task::Prove => proofs::prove(data, repeats),
            Task::Verify => proofs::verify(data, repeats),
            Task::RocksDbBuild => rocksdb::build(data),
            Task::RocksDbGet => rocksdb::get(data, repeats),
        })
    }

    fn counts(&self, task: Task, data: Data) -> Vec<Counts> {
        counts::counts(task, data)
    }
}

fn memory() -> NodeStore {
    NodeStore::new(Arc::new(MemoryStorage::new()))
}

/// An empty cache with room for every node of a tree of a million entries and those of a few versions.
fn cache(data: Data) -> Arc<NodeCache> {
    Arc::new(NodeCache::with_capacity(match data.values {
        Values::Bytes100 => 512 << 20,
        Values::Json1k => 4 << 30,
    }))
}

/// A tree of all entries that was read once, as those of the others are.
fn tree(data: Data) -> Tree {
    let tree = build_tree(memory(), &data.sorted());
    let mut entries = tree.entries(KeyRange::all(), Direction::Forward);
    while entries.lend().unwrap().is_some() {}
    tree
}

/// A tree of entries in any order; in order they are not sorted again.
fn build_tree(store: NodeStore, entries: &Entries) -> Tree {
    Tree::build(store, Parameters::default(), SortedEntries::new(entries)).unwrap()
}

fn build(entries: Entries, work: impl Fn(Entries) -> Tree + 'static) -> Run {
    Box::new(move |_| {
        let input = entries.clone();
        Outcome::of(|| work(input)).0
    })
}
