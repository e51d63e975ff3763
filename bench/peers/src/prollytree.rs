//! The crate prollytree, over its memory storage, with its default shape of nodes and without its optional features.
//!
//! Its tree is changed in place, and a version of it is a copy of its map of nodes; the copies are made outside of the
//! time. What it lacks, and what takes it longer than a benchmark may, it takes no part in.

use prollytree::config::TreeConfig;
use prollytree::diff::{IgnoreConflictsResolver, MergeResult};
use prollytree::storage::InMemoryNodeStorage;
use prollytree::tree::{ProllyTree as Map, Tree as _};

use crate::contender::{Contender, DIFFERENCES, GETS, MERGED, Outcome, Run, SINGLES, Task};
use crate::data::{Data, Entries};

pub struct ProllyTree;

type Tree = Map<32, InMemoryNodeStorage<32>>;

/// From here on a change takes it too long.
const EDITED_MAX: u64 = 100_000;

impl Contender for ProllyTree {
    fn name(&self) -> &'static str {
        "prollytree"
    }

    fn prepare(&self, task: Task, data: Data, repeats: usize) -> Result<Run, &'static str> {
        let edits = matches!(
            task,
            Task::Update
                | Task::Insert
                | Task::Batch(_)
                | Task::DiffWarm
                | Task::Merge
                | Task::MergeRemembered
        );
        if edits && data.size > EDITED_MAX {
            return Err("rewrites the tree at every change");
        }
        match task {
            Task::BuildSorted => Ok(build_run(data.sorted())),
            Task::BuildUnsorted => Ok(build_run(data.unsorted())),
            Task::Get => Ok(get(data, repeats)),
            Task::GetBorrowed => Err("a get copies a leaf"),
            Task::GetMany => Err("has no get of many"),
            Task::Scan => Err("has no scan of values"),
            Task::Update => Ok(edit(data, |number| vec![data.update(number)], repeats, SINGLES)),
            Task::Insert => Ok(edit(data, |number| data.inserts(1, number), repeats, SINGLES)),
            Task::Batch(count) => Ok(edit(data, |number| data.inserts(count, number), repeats, 1)),
            Task::DiffWarm => Ok(diff(data)),
            Task::DiffCold => Err("its memory storage has decoded nodes only"),
            Task::Merge => Ok(merge(data)),
            Task::MergeRemembered => Err("remembers no lineage"),
            Task::RocksDbBuild | Task::RocksDbGet => Err("its storage binds another version of RocksDB"),
            Task::Prove | Task::Verify => Err("a proof is hashes, checked against the tree itself"),
        }
    }
}

fn build(entries: &[(Vec<u8>, Vec<u8>)]) -> Tree {
    let mut tree = Tree::new(InMemoryNodeStorage::new(), TreeConfig::default());
    insert(&mut tree, entries.to_vec());
    tree
}

/// One batch; its interface of moved entries, which copies less than `insert_batch`.
fn insert(tree: &mut Tree, entries: Entries) {
    tree.apply_changes(entries.into_iter().map(|(key, value)| (key, Some(value))));
}

fn build_run(entries: Entries) -> Run {
    Box::new(move |_| {
        let input = entries.clone();
        Outcome::of(|| {
            let mut tree = Tree::new(InMemoryNodeStorage::new(), TreeConfig::default());
            insert(&mut tree, input);
            tree
        })
        .0
    })
}

/// A get answers with a copy of the leaf, in which the caller looks for the value.
fn get(data: Data, repeats: usize) -> Run {
    let tree = build(&data.sorted());
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(GETS, repeat as u64)).collect();
    Box::new(move |repeat| {
        let found = |key: &Vec<u8>| {
            let mut leaf = tree.find(key).unwrap();
            let at = leaf.keys.binary_search(key).unwrap();
            leaf.values.swap_remove(at).len()
        };
        Outcome::of(|| keys[repeat].iter().map(found).sum::<usize>()).0
    })
}

fn edit(data: Data, entries: impl Fn(u64) -> Entries, repeats: usize, together: usize) -> Run {
    let base = build(&data.sorted());
    let mut inputs: Vec<_> = (0..(repeats * together) as u64).map(entries).collect();
    Box::new(move |_| {
        let mut trees: Vec<_> = inputs.drain(..together).map(|input| (base.clone(), input)).collect();
        let work = || trees.iter_mut().for_each(|(tree, input)| insert(tree, std::mem::take(input)));
        Outcome::of(work).0
    })
}

/// The tree with more entries, over nodes that `base` has too.
fn grown(base: &Tree, entries: Entries) -> Tree {
    let mut tree = base.clone();
    insert(&mut tree, entries);
    tree
}

/// The changes that a merge into the unchanged side finds: `diff` itself compares root nodes alone.
fn diff(data: Data) -> Run {
    let mut base = build(&data.sorted());
    base.persist_root();
    let new = grown(&base, data.inserts(DIFFERENCES, 0));
    let (old_root, new_root) = (base.get_root_hash().unwrap(), new.get_root_hash().unwrap());
    Box::new(move |_| {
        let (outcome, changes) = Outcome::of(|| new.merge(&new_root, &old_root, &old_root));
        assert_eq!(changes.len(), DIFFERENCES);
        assert!(changes.iter().all(|change| matches!(change, MergeResult::Added(..))));
        outcome
    })
}

fn merge(data: Data) -> Run {
    let mut base = build(&data.sorted());
    base.persist_root();
    let left = grown(&base, data.inserts(MERGED, 0));
    let mut right = base.clone();
    right.storage = left.storage.clone();
    insert(&mut right, data.inserts(MERGED, 1));
    let [base, left, into] = [&base, &left, &right].map(|tree| tree.get_root_hash().unwrap());
    Box::new(move |_| {
        let work =
            || right.merge_trees(&left, &into, &base, &IgnoreConflictsResolver).map_err(|_| "conflicts");
        let (outcome, merged) = Outcome::of(|| work().unwrap());
        assert_eq!(merged.size() as u64, data.size + 2 * MERGED as u64);
        outcome
    })
}
