use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use parking_lot::Mutex;
use prolly_storage::testing::CountingStorage;
use prolly_storage::{
    CopyReport, Durability, Error, FileStorage, MemoryStorage, NodeRef, NodeStorage, NodeStore,
};

use crate::common::{WIDTH, build, is_missing, key, mixed, reached, read_all, short, store_of};

pub(crate) fn copy(
    source: &NodeStore,
    target: &NodeStore,
    root: NodeRef,
) -> prolly_storage::Result<CopyReport> {
    source.copy_to(target, root, &mut |_| ControlFlow::Continue(()))
}

/// A path to the root, or the failure that a storage reports.
fn failure() -> Error {
    Error::io("write", "storage", std::io::Error::other("no space"))
}

#[test]
fn twenty_missing_of_a_large_tree_cost_twenty_paths() {
    const DEPTH: usize = 5;
    let source = Arc::new(CountingStorage::new(Arc::new(MemoryStorage::new())));
    let target = Arc::new(CountingStorage::new(Arc::new(MemoryStorage::new())));
    let (from, to) = (store_of(&source), store_of(&target));
    let mut entries = short(200_000);
    let old = build(&from, &entries);
    let first = copy(&from, &to, old).unwrap();
    let (read, written) = (source.take(), target.take());
    assert_eq!(first.copied as usize, written.writes);
    assert_eq!(first.bytes as usize, written.bytes_written);
    assert_eq!((read.loads, read.distinct_loads), (written.writes, written.writes), "each node is read once");
    // Requests are for many nodes: those of one level below up to 256 parents.
    assert!(read.requests - written.writes.div_ceil(256) < written.writes / 10, "{read:?}");

    for number in 0..20 {
        entries.insert(key(number * 9973), b"changed".to_vec());
    }
    let new = build(&from, &entries);
    source.take();
    let report = copy(&from, &to, new).unwrap();
    let (read, written) = (source.take(), target.take());
    assert!(report.copied as usize <= 20 * DEPTH, "{report:?}");
    assert_eq!((read.loads, written.writes), (report.copied as usize, report.copied as usize));
    assert_eq!(written.loads, 0);
    assert!(written.asked <= 20 * DEPTH * WIDTH + 1, "{written:?}");
    assert!(read.requests + written.requests <= 10 * DEPTH, "{read:?} {written:?}");
    assert_eq!(read_all(&to, new).unwrap(), entries);

    source.take();
    target.take();
    assert_eq!(copy(&from, &to, new).unwrap(), CopyReport::default());
    assert_eq!((source.take().requests, target.take().requests), (0, 1));
}

#[test]
fn values_out_of_line_and_their_chunks_are_carried() {
    let folder = tempfile::tempdir().unwrap();
    let memory = Arc::new(MemoryStorage::new());
    let file = Arc::new(FileStorage::open(folder.path(), Durability::Commit).unwrap());
    let back = Arc::new(MemoryStorage::new());
    let entries = mixed(300);
    let root = build(&store_of(&memory), &entries);
    let out = copy(&store_of(&memory), &store_of(&file), root).unwrap();
    file.publish("main", None, Some(root)).unwrap();
    assert_eq!(copy(&store_of(&file), &store_of(&back), root).unwrap(), out);
    assert_eq!(read_all(&store_of(&back), root).unwrap(), entries);
    assert_eq!(back.len(), memory.len());
}

#[test]
fn staged_nodes_are_copied_and_copied_to() {
    let source = store_of(&Arc::new(MemoryStorage::new())).staged();
    let target = store_of(&Arc::new(MemoryStorage::new())).staged();
    let entries = mixed(100);
    let root = build(&source, &entries);
    copy(&source, &target, root).unwrap();
    assert_eq!(read_all(&target, root).unwrap(), entries);
    assert_eq!(copy(&source, &target, root).unwrap(), CopyReport::default());
}

#[test]
fn a_copy_that_fails_at_any_put_goes_on_where_it_was() {
    let memory = Arc::new(MemoryStorage::new());
    let source = store_of(&memory);
    let entries = mixed(600);
    let root = build(&source, &entries);
    let total = memory.len() as u64;
    let goal = Arc::new(MemoryStorage::new());
    // Each try fails one put later than the one before, over what that left.
    for put in 1.. {
        let before = goal.len() as u64;
        let puts = Mutex::new((0, HashSet::new()));
        let failing = CountingStorage::new(Arc::clone(&goal) as _).before_put(move |nodes| {
            let (number, addresses) = &mut *puts.lock();
            *number += 1;
            if *number == put {
                return Err(failure());
            }
            assert!(nodes.iter().all(|node| addresses.insert(node.address())), "a node is put twice");
            Ok(())
        });
        let failing = Arc::new(failing);
        let answer = copy(&source, &store_of(&failing), root);
        // What is there has everything below it.
        let there: Vec<_> = reached(&source, &[root])
            .into_iter()
            .filter(|address| goal.contains_many(&[*address]).unwrap()[0])
            .map(NodeRef::from)
            .collect();
        assert_eq!(there.len(), goal.len());
        assert_eq!(reached(&store_of(&goal), &there).len(), goal.len());
        match answer {
            Ok(report) => {
                assert_eq!(report.copied, total - before);
                break;
            }
            Err(Error::Io { .. }) => assert!(put == 1 || goal.len() as u64 > before),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(read_all(&store_of(&goal), root).unwrap(), entries);
}

#[test]
fn a_node_that_the_source_lacks_is_missing() {
    let memory = Arc::new(MemoryStorage::new());
    let source = store_of(&memory);
    let root = build(&source, &mixed(200));
    for address in reached(&source, &[root]) {
        let node = memory.get(&address.into()).unwrap();
        memory.delete_many(&[address]).unwrap();
        let goal = Arc::new(MemoryStorage::new());
        assert!(is_missing(copy(&source, &store_of(&goal), root), address));
        assert!(!goal.contains_many(&[root.address]).unwrap()[0]);
        let node = prolly_storage::Node::decode(&address, node).unwrap();
        memory.put_many(&[node]).unwrap();
        copy(&source, &store_of(&goal), root).unwrap();
    }
}

#[test]
fn progress_grows_and_can_end_the_copy() {
    let memory = Arc::new(MemoryStorage::new());
    let source = store_of(&memory);
    let root = build(&source, &mixed(2000));
    let goal = Arc::new(MemoryStorage::new());
    let mut last = CopyReport::default();
    let report = source.copy_to(&store_of(&goal), root, &mut |now| {
        assert!(now.found >= last.found && now.copied >= last.copied && now.copied <= now.found);
        last = *now;
        ControlFlow::Continue(())
    });
    assert_eq!(report.unwrap(), last);
    assert_eq!(last.found, last.copied);
    let goal = Arc::new(MemoryStorage::new());
    let enough = &mut |now: &CopyReport| {
        if now.copied > 40 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    assert!(matches!(source.copy_to(&store_of(&goal), root, enough), Err(Error::Cancelled)));
    assert!(goal.len() > 40 && goal.len() < memory.len());
}
