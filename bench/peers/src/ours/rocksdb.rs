//! The tree in RocksDB.

use std::sync::Arc;

use prolly_storage::rocksdb::{RocksDbOptions, RocksDbStorage};
use prolly_storage::{NodeCache, NodeStore, Parameters};
use prolly_tree::Tree;
use tempfile::TempDir;

use super::build_tree;
use crate::contender::{GETS, Outcome, Run};
use crate::data::Data;

/// A store in RocksDB as it is opened unless told otherwise, without a cache of nodes.
fn open(folder: &TempDir) -> NodeStore {
    let storage = RocksDbStorage::open(folder.path(), &RocksDbOptions::default()).unwrap();
    NodeStore::with_cache(Arc::new(storage), Arc::new(NodeCache::with_capacity(0)))
}

/// Publishing the root is part of the time: all that it reaches is in files then, and synced.
pub fn build(data: Data) -> Run {
    let entries = data.sorted();
    Box::new(move |_| {
        let folder = TempDir::new().unwrap();
        let store = open(&folder);
        let input = entries.clone();
        let outcome = Outcome::of(|| {
            let tree = Tree::build(store, Parameters::default(), input).unwrap();
            tree.store().storage().publish("tree", None, Some(tree.root())).unwrap();
            tree
        });
        outcome.0
    })
}

pub fn get(data: Data, repeats: usize) -> Run {
    let folder = TempDir::new().unwrap();
    let tree = build_tree(open(&folder), &data.sorted());
    tree.store().storage().publish("tree", None, Some(tree.root())).unwrap();
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(GETS, repeat as u64)).collect();
    Box::new(move |repeat| {
        let _kept = &folder;
        let found = |key: &Vec<u8>| tree.get(key).unwrap().unwrap().len();
        Outcome::of(|| keys[repeat].iter().map(found).sum::<usize>()).0
    })
}
