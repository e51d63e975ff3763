use std::path::{Path, PathBuf};
use std::process::Command;

use prolly_storage::{
    Address, Child, Durability, FileStorage, Node, NodeRef, NodeStorage, Parameters, Value, encode_internal,
    encode_leaf,
};

pub(crate) const FOLDER: &str = "PROLLY_TEST_FOLDER";

pub(crate) fn open(folder: &Path) -> FileStorage {
    FileStorage::open(folder, Durability::Commit).unwrap()
}

pub(crate) fn leaf(number: u32) -> Node {
    let key = format!("{number:08}");
    encode_leaf(&Parameters::default(), [(key.as_bytes(), Value::Inline(b"value"))].into_iter())
}

pub(crate) fn parent(leaves: &[Node]) -> Node {
    let keys: Vec<_> = leaves.iter().map(|leaf| leaf.key(0)).collect();
    let children =
        leaves.iter().map(|leaf| Child { target: leaf.address().into(), entries: 1, natural: true });
    encode_internal(&Parameters::default(), 1, keys.iter().map(|key| &**key).zip(children))
}

/// Ten leaves from `number` on and their parent, children first.
pub(crate) fn tree(number: u32) -> Vec<Node> {
    let mut nodes: Vec<_> = (number..number + 10).map(leaf).collect();
    nodes.push(parent(&nodes));
    nodes
}

pub(crate) fn root_of(nodes: &[Node]) -> NodeRef {
    nodes.last().unwrap().address().into()
}

pub(crate) fn place(folder: &Path, address: Address) -> PathBuf {
    let address = address.to_string();
    folder.join("nodes").join(&address[..2]).join(address)
}

pub(crate) fn read_all(storage: &FileStorage, root: &NodeRef) -> usize {
    let node = Node::decode(&root.address, storage.get(root).unwrap()).unwrap();
    1 + node.links().map(|link| read_all(storage, &link)).sum::<usize>()
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The folder that a parent process handed over, when this is a child.
pub(crate) fn folder_of_parent() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// This very test in a process of its own, with a folder.
pub(crate) fn again_in_child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(FOLDER, folder);
    command
}
