//! Nodes that one call of a task reads and writes, behind an empty cache.

use std::sync::Arc;

use prolly_storage::testing::{CountingStorage, Counts};
use prolly_storage::{MemoryStorage, NodeStore};
use prolly_tree::{Direction, KeyRange, Merge, Tree};

use super::edits::{differences, edits};
use super::{build_tree, cache};
use crate::contender::{DIFFERENCES, GETS, MERGED, Task};
use crate::data::Data;

/// Calls that are counted, each with another input; where one input is all there is, one.
const CALLS: u64 = 9;

/// The counts of some calls, each by itself.
pub fn counts(task: Task, data: Data) -> Vec<Counts> {
    let counting = Arc::new(CountingStorage::new(Arc::new(MemoryStorage::new())));
    let base = build_tree(store(&counting, data), &data.sorted());
    if matches!(task, Task::BuildSorted | Task::BuildUnsorted | Task::RocksDbBuild) {
        return vec![counting.take()];
    }
    let calls = if task == Task::Scan { 1 } else { CALLS };
    (0..calls).map(|number| count(task, data, &base, &counting, number)).collect()
}

fn store(counting: &Arc<CountingStorage>, data: Data) -> NodeStore {
    NodeStore::with_cache(counting.clone(), cache(data))
}

/// The counts of one call.
fn count(task: Task, data: Data, base: &Tree, counting: &Arc<CountingStorage>, number: u64) -> Counts {
    let inserted = |count, salt| base.apply(edits(data.inserts(count, salt))).unwrap();
    let others = match task {
        Task::DiffWarm | Task::DiffCold => vec![inserted(DIFFERENCES, number)],
        Task::Merge | Task::MergeRemembered => {
            vec![inserted(MERGED, 2 * number), inserted(MERGED, 2 * number + 1)]
        }
        _ => Vec::new(),
    };
    let store = store(counting, data);
    let base = base.with_store(store.clone());
    let others: Vec<_> = others.iter().map(|other| other.with_store(store.clone())).collect();
    let apply = |entries| drop(base.apply(edits(entries)).unwrap());
    counting.take();
    match task {
        Task::Get | Task::GetBorrowed | Task::RocksDbGet => {
            base.get(&data.present(1, number)[0]).unwrap().unwrap();
        }
        Task::GetMany => drop(base.get_many(&data.present(GETS, number)).unwrap()),
        Task::Scan => {
            let mut entries = base.entries(KeyRange::all(), Direction::Forward);
            while entries.lend().unwrap().is_some() {}
        }
        Task::Update => apply(vec![data.update(number)]),
        Task::Insert => apply(data.inserts(1, number)),
        Task::Batch(count) => apply(data.inserts(count, number)),
        Task::DiffWarm | Task::DiffCold => assert_eq!(differences(&base, &others[0]), DIFFERENCES),
        Task::Merge | Task::MergeRemembered => {
            Merge::new(&base, &others[0], &others[1], Vec::new()).unwrap().finish().unwrap();
        }
        Task::Prove => drop(base.prove(&data.present(1, number)[0][..]).unwrap()),
        // A proof is verified without a storage; builds were counted before.
        Task::Verify | Task::BuildSorted | Task::BuildUnsorted | Task::RocksDbBuild => {}
    }
    counting.take()
}
