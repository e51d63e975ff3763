//! What the test files share: stores, parameter sets, and plain sorted maps to compare with.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::testing::CountingStorage;
use prolly_storage::{MemoryStorage, NodeBounds, NodeCache, NodeStore, Parameters};
use prolly_tree::{Direction, Edit, Entry, KeyRange, Tree};

pub type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// A store in memory with a small cache of its own.
pub fn store() -> NodeStore {
    NodeStore::with_cache(Arc::new(MemoryStorage::new()), Arc::new(NodeCache::with_capacity(1 << 20)))
}

/// A store in memory with a cache of `cache` bytes, and what is asked of the storage behind it.
pub fn counting_store(cache: u64) -> (NodeStore, Arc<CountingStorage>) {
    let storage = Arc::new(CountingStorage::new(Arc::new(MemoryStorage::new())));
    let store = NodeStore::with_cache(Arc::clone(&storage) as _, Arc::new(NodeCache::with_capacity(cache)));
    (store, storage)
}

pub fn parameters(leaf: [u16; 3], internal: [u16; 3], inline_value_max: u32) -> Parameters {
    let bounds = |[window, min, max]: [u16; 3]| NodeBounds { window, min, max };
    Parameters { leaf: bounds(leaf), internal: bounds(internal), inline_value_max }
}

/// Default parameters, and small ones that make deep trees of few entries.
pub fn parameter_sets() -> Vec<Parameters> {
    vec![
        Parameters::default(),
        parameters([2, 2, 6], [2, 2, 6], 8),
        parameters([1, 2, 3], [1, 2, 3], 8),
        parameters([3, 2, 12], [2, 3, 5], 8),
        parameters([8, 4, 9], [4, 4, 7], 8),
        parameters([4, 5, 16], [1, 2, 8], 8),
        parameters([2, 2, 40], [2, 2, 4], 8),
    ]
}

pub fn build(store: &NodeStore, parameters: Parameters, map: &Map) -> Tree {
    let edits = map.iter().map(|(key, value)| Edit::put(key.clone(), value.clone()));
    Tree::empty(store.clone(), parameters).unwrap().apply(edits).unwrap()
}

pub fn edits_of(changes: &BTreeMap<Vec<u8>, Option<Vec<u8>>>) -> Vec<Edit> {
    changes
        .iter()
        .map(|(key, value)| match value {
            Some(value) => Edit::put(key.clone(), value.clone()),
            None => Edit::delete(key.clone()),
        })
        .collect()
}

pub fn change(map: &mut Map, changes: &BTreeMap<Vec<u8>, Option<Vec<u8>>>) {
    for (key, value) in changes {
        match value {
            Some(value) => map.insert(key.clone(), value.clone()),
            None => map.remove(key),
        };
    }
}

pub fn read(tree: &Tree, entry: &Entry) -> (Vec<u8>, Vec<u8>) {
    (entry.key.to_vec(), tree.read(&entry.value).unwrap().to_vec())
}

pub fn contents(tree: &Tree) -> Map {
    tree.entries(KeyRange::all(), Direction::Forward).map(|entry| read(tree, &entry.unwrap())).collect()
}

pub fn bytes(text: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(text.as_ref())
}
