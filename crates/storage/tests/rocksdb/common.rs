//! Versions of a small tree made by hand, and the folders they are kept in.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use prolly_storage::rocksdb::{RocksDbOptions, RocksDbStorage};
use prolly_storage::{
    Link, Node, NodeCache, NodeStorage, NodeStore, Parameters, Value, encode_blob, encode_leaf,
};

pub(crate) const NAME: &str = "main";
const BLOB: u32 = 40_000;
const LARGE_BLOB: u32 = 250_000;
const STORE_VARIABLE: &str = "PROLLY_TEST_STORE";

pub(crate) fn open(path: &Path) -> RocksDbStorage {
    RocksDbStorage::open(path, &RocksDbOptions::default()).unwrap()
}

/// Bytes that do not compress.
pub(crate) fn noise(seed: u32, length: u32) -> Vec<u8> {
    let mut word = (u64::from(seed) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

/// The nodes of version `number`, the root last: a leaf with its number and some out-of-line values. Every third version
/// is more than the log takes between two moves of a root.
pub(crate) fn version(number: u32) -> Vec<Node> {
    let (count, length) = if is_large(number) { (60, LARGE_BLOB) } else { (2, BLOB) };
    let mut nodes: Vec<_> =
        (0..count).map(|index| encode_blob(&noise(number * 100 + index, length))).collect();
    let keys: Vec<_> = (0..nodes.len()).map(|index| format!("value{index:03}")).collect();
    let link = |node: &Node| Value::Linked(Link { target: node.address().into(), length });
    let number = number.to_be_bytes();
    let mut entries = vec![(&b"number"[..], Value::Inline(&number))];
    entries.extend(keys.iter().map(|key| key.as_bytes()).zip(nodes.iter().map(link)));
    let root = encode_leaf(&Parameters::default(), entries.iter().copied());
    nodes.push(root);
    nodes
}

pub(crate) const fn is_large(number: u32) -> bool {
    number.is_multiple_of(3)
}

/// Puts version `number` and moves the root from the version before.
pub(crate) fn publish(storage: &RocksDbStorage, number: u32) {
    let nodes = version(number);
    let before = storage.root(NAME).unwrap().map(|root| root.address);
    let root = nodes.last().unwrap().address();
    storage.put_many(&nodes).unwrap();
    storage.publish(NAME, before, Some(root.into())).unwrap();
}

/// The number of the published version, read whole and verified; `None` when no root was published.
pub(crate) fn published(storage: RocksDbStorage) -> prolly_storage::Result<Option<u32>> {
    let storage: Arc<dyn NodeStorage> = Arc::new(storage);
    let store = NodeStore::with_cache(Arc::clone(&storage), Arc::new(NodeCache::with_capacity(0)));
    let Some(root) = storage.root(NAME)? else { return Ok(None) };
    let root = store.load(&root)?;
    let links: Vec<_> = root.links().collect();
    let values = store.load_many(&links)?;
    let number = u32::from_be_bytes(root.inline_value(0)[..].try_into().unwrap());
    assert_eq!(values.len() + 1, version(number).len());
    Ok(Some(number))
}

/// Runs the test `name` of this program again in a process of its own, with the store at `path`.
pub(crate) fn again_in_child(name: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(STORE_VARIABLE, path);
    command
}

/// The store that [`again_in_child`] passed, when this is such a process.
pub(crate) fn store_of_parent() -> Option<RocksDbStorage> {
    std::env::var_os(STORE_VARIABLE).map(|path| open(path.as_ref()))
}

/// Every file of a folder with its bytes.
pub(crate) fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = |entry: fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap_or_default())
    };
    fs::read_dir(folder).unwrap().map(|entry| file(entry.unwrap())).collect()
}
