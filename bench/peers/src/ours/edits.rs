//! Edits, and what compares and joins the trees that they make.

use std::hint::black_box;
use std::sync::Arc;

use prolly_storage::testing::CountingStorage;
use prolly_storage::{MemoryStorage, NodeStore};
use prolly_tree::{Edit, EntryValue, KeyRange, Merge, Tree};

use super::{build_tree, cache, tree};
use crate::contender::{DIFFERENCES, MERGED, Outcome, Run};
use crate::data::{Data, Entries};

pub fn edits(entries: Entries) -> Vec<Edit> {
    entries.into_iter().map(|(key, value)| Edit::put(key, value)).collect()
}

/// `together` edits of one tree a run, each with a root of its own, all of whose nodes stay.
pub fn edit(data: Data, entries: impl Fn(u64) -> Entries, repeats: usize, together: usize) -> Run {
    let base = tree(data);
    let mut inputs: Vec<_> = (0..(repeats * together) as u64).map(|number| edits(entries(number))).collect();
    Box::new(move |_| {
        let inputs: Vec<_> = inputs.drain(..together).collect();
        let work = || inputs.into_iter().map(|edits| base.apply(edits).unwrap()).collect::<Vec<_>>();
        Outcome::of(work).0
    })
}

/// How many keys were inserted. Their values are at hand wherever they are, as the other trees have theirs within leaves.
pub fn differences(old: &Tree, new: &Tree) -> usize {
    let mut count = 0;
    for change in old.diff(new, KeyRange::all()) {
        if let Some(value @ EntryValue::Linked(_)) = change.unwrap().new {
            black_box(new.read(&value).unwrap());
        }
        count += 1;
    }
    count
}

pub fn diff_warm(data: Data) -> Run {
    let old = tree(data);
    let new = old.apply(edits(data.inserts(DIFFERENCES, 0))).unwrap();
    Box::new(move |_| {
        let (outcome, count) = Outcome::of(|| differences(&old, &new));
        assert_eq!(count, DIFFERENCES);
        outcome
    })
}

/// Memory storage has its nodes decoded always; here they are bytes behind an empty cache.
pub fn diff_cold(data: Data) -> Run {
    let storage = Arc::new(CountingStorage::new(Arc::new(MemoryStorage::new())));
    let old = build_tree(NodeStore::with_cache(storage.clone(), cache(data)), &data.sorted());
    let new = old.apply(edits(data.inserts(DIFFERENCES, 0))).unwrap();
    Box::new(move |_| {
        let store = NodeStore::with_cache(storage.clone(), cache(data));
        let (old, new) = (old.with_store(store.clone()), new.with_store(store));
        let (outcome, count) = Outcome::of(|| differences(&old, &new));
        assert_eq!(count, DIFFERENCES);
        outcome
    })
}

pub fn merge(data: Data, repeats: usize) -> Run {
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
