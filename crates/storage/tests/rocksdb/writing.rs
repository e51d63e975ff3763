//! Roots, large batches, deletion and checkpoints.

use std::fs;

use prolly_storage::Durability;
use prolly_storage::rocksdb::{RocksDbOptions, RocksDbStorage};
use prolly_storage::{Address, Error, NodeRef, NodeStorage};

use crate::common::{NAME, is_large, open, publish, published, version};

#[test]
fn names_have_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    let root = Address::of(b"root");
    for name in ["", &"n".repeat(1001)] {
        let answers = [
            storage.root(name).map(drop),
            storage.publish(name, None, Some(root.into())),
            storage.config(name).map(drop),
            storage.set_config(name, Some(b"")),
        ];
        for answer in answers {
            assert!(matches!(answer, Err(Error::InvalidName { .. })), "{answer:?}");
        }
    }
    let long = "n".repeat(1000);
    storage.publish(&long, None, Some(root.into())).unwrap();
    // The store's own values are out of reach.
    storage.set_config("format", Some(b"9")).unwrap();
    drop(storage);
    assert_eq!(open(folder.path()).root(&long).unwrap(), Some(root.into()));
}

#[test]
fn nodes_are_found_wherever_they_are_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    let nodes: Vec<_> = (1..60).flat_map(version).collect();
    for nodes in nodes.chunks(100) {
        storage.put_many(nodes).unwrap();
    }
    let mut wanted: Vec<_> = nodes.iter().rev().map(|node| NodeRef::from(node.address())).collect();
    wanted.extend_from_within(..10);
    assert!(wanted.len() > 600, "more than one request");
    let found = storage.get_many(&wanted).unwrap();
    for (node, found) in wanted.iter().zip(&found) {
        assert_eq!(Address::of(&found.bytes), node.address);
    }
    let absent = Address::of(b"absent");
    wanted.insert(550, absent.into());
    let error = storage.get_many(&wanted).unwrap_err();
    assert!(matches!(error, Error::MissingNode { address, .. } if address == absent), "{error}");
}

#[test]
fn deleted_nodes_are_gone_and_can_be_put_again() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    for number in 2..4 {
        let nodes = version(number);
        let addresses: Vec<_> = nodes.iter().map(prolly_storage::Node::address).collect();
        storage.put_many(&nodes).unwrap();
        storage.sync().unwrap();
        storage.delete_many(&addresses).unwrap();
        storage.delete_many(&[]).unwrap();
        for address in addresses {
            assert!(matches!(storage.get(&address.into()), Err(Error::MissingNode { .. })));
        }
        publish(&storage, number);
    }
    drop(storage);
    assert_eq!(published(open(folder.path())).unwrap(), Some(3));
}

#[test]
fn a_checkpoint_is_a_store_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(&folder.path().join("store"));
    let copy = folder.path().join("copy");
    publish(&storage, 2);
    storage.put_many(&version(3)).unwrap();
    storage.checkpoint(&copy).unwrap();
    publish(&storage, 4);
    let error = storage.checkpoint(&copy).unwrap_err();
    assert!(matches!(error, Error::AlreadyExists { .. }), "{error}");
    let error = storage.checkpoint(&folder.path().join("not/there")).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");

    let copied = open(&copy);
    for node in version(3) {
        assert_eq!(copied.get(&node.address().into()).unwrap().bytes, node.bytes());
    }
    assert_eq!(published(copied).unwrap(), Some(2));
    publish(&open(&copy), 5);
    assert_eq!(published(storage).unwrap(), Some(4));
    fs::remove_dir_all(folder.path().join("store")).unwrap();
    assert_eq!(published(open(&copy)).unwrap(), Some(5));
}

/// Nodes of a large batch that no root reaches skip the log; once a root moves they are in files, and the log is written
/// again.
#[test]
fn large_batches_skip_the_log() {
    for durability in [Durability::Full, Durability::Commit, Durability::Off] {
        let folder = tempfile::tempdir().unwrap();
        let options = RocksDbOptions { durability, ..RocksDbOptions::default() };
        let storage = RocksDbStorage::open(folder.path(), &options).unwrap();
        let put = |number| {
            let before = log_bytes(&storage);
            let nodes = version(number);
            let bytes: usize = nodes.iter().map(|node| node.bytes().len()).sum();
            storage.put_many(&nodes).unwrap();
            (log_bytes(&storage) - before, bytes as u64)
        };
        for number in [2, 3] {
            let (logged, bytes) = put(number);
            if is_large(number) && durability != Durability::Full {
                assert_eq!(logged, 0);
            } else {
                assert!(logged >= bytes, "{logged}");
            }
        }
        storage.publish(NAME, None, Some(version(3).last().unwrap().address().into())).unwrap();
        let (logged, bytes) = put(4);
        assert!(logged >= bytes, "{logged}");
        drop(storage);
        assert_eq!(published(open(folder.path())).unwrap(), Some(3));
    }
}

/// Many small batches are a large one, unless a root moves between them.
#[test]
fn small_batches_add_up_until_a_root_moves() {
    let most = 12 << 20;
    for publishes in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(folder.path());
        let (mut put, mut logged) = (0, 0);
        for number in (1..).filter(|number| !is_large(*number)).take(200) {
            let nodes = version(number);
            put += nodes.iter().map(|node| node.bytes().len() as u64).sum::<u64>();
            let before = log_bytes(&storage);
            storage.put_many(&nodes).unwrap();
            logged += log_bytes(&storage) - before;
            if publishes {
                let before = storage.root(NAME).unwrap().map(|root| root.address);
                storage.publish(NAME, before, Some(nodes.last().unwrap().address().into())).unwrap();
            }
        }
        assert!(put > most + (1 << 20), "{put}");
        if publishes {
            assert!(logged >= put, "{logged} of {put}");
        } else {
            assert!(logged > most - (1 << 20) && logged < most + (1 << 20), "{logged} of {put}");
        }
    }
}

/// Bytes of the write-ahead log.
fn log_bytes(storage: &RocksDbStorage) -> u64 {
    let logs = fs::read_dir(storage.path()).unwrap().map(|entry| entry.unwrap());
    logs.filter(|file| file.path().extension().is_some_and(|extension| extension == "log"))
        .map(|file| file.metadata().unwrap().len())
        .sum()
}
