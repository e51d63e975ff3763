//! Large edits hash and write on a thread of their own: what may go wrong there.
#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use prolly_storage::testing::CountingStorage;
use prolly_storage::{Error as StorageError, MemoryStorage, NodeStorage, NodeStore, Parameters};
use prolly_tree::{Error, Result, Tree};

/// About 13 MB in 3,000 nodes.
const ENTRIES: u32 = 100_000;

fn entries(count: u32) -> impl Iterator<Item = ([u8; 4], [u8; 100])> {
    (0..count).map(|number| (number.to_be_bytes(), [number as u8; 100]))
}

fn build(storage: Arc<CountingStorage>, count: u32) -> Result<Tree> {
    Tree::build(NodeStore::new(storage), Parameters::default(), entries(count))
}

fn counting() -> CountingStorage {
    CountingStorage::new(Arc::new(MemoryStorage::new()))
}

/// The threads that put nodes while a tree of so many entries was built.
fn writers(storage: CountingStorage, count: u32) -> HashSet<thread::ThreadId> {
    let threads = Arc::new(Mutex::new(HashSet::new()));
    let seen = Arc::clone(&threads);
    let storage = storage.before_put(move |_| {
        seen.lock().unwrap().insert(thread::current().id());
        Ok(())
    });
    build(Arc::new(storage), count).unwrap();
    Arc::into_inner(threads).map_or_else(HashSet::new, |threads| threads.into_inner().unwrap())
}

#[test]
fn large_edits_write_on_a_thread_of_their_own_where_that_is_allowed() {
    let own = thread::current().id();
    assert_eq!(writers(counting(), 1000), HashSet::from([own]), "a small edit needs none");
    assert_eq!(writers(counting().written_where_edited(), ENTRIES), HashSet::from([own]));
    let threads = writers(counting(), ENTRIES);
    // The node of the empty tree is written here.
    assert!(threads.len() == 2 && threads.contains(&own), "{threads:?}");
}

#[test]
fn nothing_is_written_after_a_write_that_failed() {
    let needed = Arc::new(counting());
    let whole = build(Arc::clone(&needed), ENTRIES).unwrap();
    let requests = needed.take().requests;
    assert!(requests >= 10, "{requests}");
    for failing in 1..requests {
        let memory = Arc::new(MemoryStorage::new());
        let puts = AtomicUsize::new(0);
        let failed = AtomicBool::new(false);
        let storage = CountingStorage::new(Arc::clone(&memory) as _).before_put(move |_| {
            assert!(!failed.load(Ordering::Relaxed), "a write follows one that failed");
            if puts.fetch_add(1, Ordering::Relaxed) < failing {
                return Ok(());
            }
            failed.store(true, Ordering::Relaxed);
            Err(StorageError::Corruption { subject: "the disk".into(), reason: "it is full".into() })
        });
        let built = build(Arc::new(storage), ENTRIES);
        assert!(
            matches!(built, Err(Error::Storage(StorageError::Corruption { .. }))),
            "{failing}: {built:?}"
        );
        assert_eq!(memory.contains_many(&[whole.root().address]).unwrap(), [false]);
    }
}

#[test]
fn a_panic_of_the_storage_is_one_of_the_edit() {
    let storage = counting().before_put(|nodes| {
        assert!(nodes.len() < 2, "this storage panics");
        Ok(())
    });
    let built = catch_unwind(AssertUnwindSafe(|| build(Arc::new(storage), ENTRIES)));
    let message = built.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(*message, "this storage panics");
}

#[test]
fn an_edit_that_is_given_up_writes_nothing_more() {
    let storage = Arc::new(counting());
    let unsorted = entries(ENTRIES).chain(entries(1));
    let built = Tree::build(NodeStore::new(Arc::clone(&storage) as _), Parameters::default(), unsorted);
    assert!(matches!(built, Err(Error::Unsorted { .. })));
    assert!(storage.take().writes > 1);
    assert_eq!(Arc::strong_count(&storage), 1, "the thread has ended");
}
