use std::path::Path;
use std::process::Stdio;

use prolly_storage::{Error, Node, NodeStorage, Value};

use crate::common::{again_in_child, folder_of_parent, leaf, open};

const PROCESSES: u32 = 4;
const ROUNDS: u32 = 25;

fn number_in(node: &Node) -> u32 {
    assert!(matches!(node.value(0), Value::Inline(b"value")));
    String::from_utf8(node.key(0)).unwrap().parse().unwrap()
}

/// Adds one to a number, `ROUNDS` times, against others that do the same.
fn count(folder: &Path) {
    let storage = open(folder);
    for _ in 0..ROUNDS {
        loop {
            let root = storage.root("counter").unwrap().unwrap();
            let node = Node::decode(&root.address, storage.get(&root).unwrap()).unwrap();
            let next = leaf(number_in(&node) + 1);
            storage.put_many(std::slice::from_ref(&next)).unwrap();
            match storage.publish("counter", Some(root.address), Some(next.address().into())) {
                Ok(()) => break,
                Err(Error::Moved { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn check(folder: &Path) {
    let storage = open(folder);
    let root = storage.root("counter").unwrap().unwrap();
    let node = Node::decode(&root.address, storage.get(&root).unwrap()).unwrap();
    assert_eq!(number_in(&node), PROCESSES * ROUNDS);
}

fn begin(folder: &Path) {
    let storage = open(folder);
    storage.put_many(&[leaf(0)]).unwrap();
    storage.publish("counter", None, Some(leaf(0).address().into())).unwrap();
}

#[test]
fn processes_lose_no_publishing() {
    if let Some(folder) = folder_of_parent() {
        count(&folder);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    begin(folder.path());
    let child = || {
        let mut child = again_in_child("writers::processes_lose_no_publishing", folder.path());
        child.stdout(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = (0..PROCESSES).map(|_| child()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    check(folder.path());
}

#[test]
fn threads_with_handles_of_their_own_lose_no_publishing() {
    let folder = tempfile::tempdir().unwrap();
    begin(folder.path());
    std::thread::scope(|scope| {
        for _ in 0..PROCESSES {
            scope.spawn(|| count(folder.path()));
        }
    });
    check(folder.path());
}

#[test]
fn handles_that_make_a_storage_at_once_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let storage = open(path);
                storage.put_many(&[leaf(number)]).unwrap();
                storage.publish(&number.to_string(), None, Some(leaf(number).address().into())).unwrap();
            });
        }
    });
    assert_eq!(open(&path).roots().unwrap().len(), 8);
}
