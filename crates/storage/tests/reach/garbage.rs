use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use prolly_storage::testing::CountingStorage;
use prolly_storage::{
    Address, CollectOptions, Durability, Error, FileStorage, MemoryStorage, Node, NodeCache, NodeRef,
    NodeStorage, NodeStore, StoredNode,
};
use proptest::prelude::*;

use crate::common::{Entries, build, is_missing, key, mixed, reached, read_all, store_of};

/// Keeps only what is reached: nobody else writes.
const NOW: CollectOptions = CollectOptions { grace: Duration::ZERO, dry_run: false };
const DRY: CollectOptions = CollectOptions { grace: Duration::ZERO, dry_run: true };

fn file(folder: &tempfile::TempDir) -> FileStorage {
    FileStorage::open(folder.path(), Durability::Off).unwrap()
}

fn there(storage: &dyn NodeStorage, of: &BTreeSet<Address>) -> BTreeSet<Address> {
    let of: Vec<_> = of.iter().copied().collect();
    let is_there = storage.contains_many(&of).unwrap();
    of.into_iter().zip(is_there).filter(|(_, is_there)| *is_there).map(|(address, _)| address).collect()
}

/// What becomes of a version.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Published,
    Live,
    Dead,
}

/// Its fate, and what it changes: the number of a key, and the length of its new value unless it goes.
type Version = (Fate, Vec<(u32, Option<usize>)>);

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![Just(Fate::Published), Just(Fate::Live), Just(Fate::Dead)]
}

/// Versions that share most of their nodes, each a few changes from the one before.
fn history() -> impl Strategy<Value = Vec<Version>> {
    let change = (0_u32..400, prop::option::of(prop_oneof![0_usize..64, 64_usize..4000, Just(150_000)]));
    prop::collection::vec((fate(), prop::collection::vec(change, 0..12)), 1..7)
}

fn check_history(storage: &Arc<impl NodeStorage>, history: &[Version]) -> Result<(), TestCaseError> {
    let store = store_of(storage);
    let mut entries = mixed(200);
    let (mut all, mut kept, mut live) = (Vec::new(), Vec::<(NodeRef, Entries)>::new(), Vec::new());
    for (number, (fate, changes)) in history.iter().enumerate() {
        for (at, length) in changes {
            match length {
                Some(length) => entries.insert(key(*at), vec![at.to_le_bytes()[0]; *length]),
                None => entries.remove(&key(*at)),
            };
        }
        let root = build(&store, &entries);
        all.push(root);
        match fate {
            Fate::Published => storage.publish(&number.to_string(), None, Some(root)).unwrap(),
            Fate::Live => live.push(root),
            Fate::Dead => continue,
        }
        kept.push((root, entries.clone()));
    }
    let all = reached(&store, &all);
    let expected = reached(&store, &kept.iter().map(|(root, _)| *root).collect::<Vec<_>>());
    let dry = store.collect_garbage(&live, &DRY).unwrap();
    prop_assert_eq!(&there(&**storage, &all), &all);
    let collected = store.collect_garbage(&live, &NOW).unwrap();
    prop_assert_eq!(collected, dry);
    prop_assert_eq!(collected.live, expected.len() as u64);
    prop_assert_eq!(collected.garbage, (all.len() - expected.len()) as u64);
    prop_assert_eq!(&there(&**storage, &all), &expected);
    for (root, entries) in kept {
        prop_assert_eq!(read_all(&store, root).unwrap(), entries);
    }
    prop_assert_eq!(store.collect_garbage(&live, &NOW).unwrap().garbage, 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory_keeps_what_is_live_and_nothing_else(history in history()) {
        check_history(&Arc::new(MemoryStorage::new()), &history)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn files_keep_what_is_live_and_nothing_else(history in history()) {
        check_history(&Arc::new(file(&tempfile::tempdir().unwrap())), &history)?;
    }
}

#[test]
fn bytes_are_counted() {
    let memory = Arc::new(MemoryStorage::new());
    let store = store_of(&memory);
    let root = build(&store, &mixed(100));
    let bytes = |address: Address| memory.get(&address.into()).unwrap().bytes.len() as u64;
    let expected: u64 = reached(&store, &[root]).into_iter().map(bytes).sum();
    assert_eq!(store.collect_garbage(&[], &NOW).unwrap().garbage_bytes, expected);
    assert!(memory.is_empty());
}

#[test]
fn nothing_goes_when_a_live_root_cannot_be_read_whole() {
    let memory = Arc::new(MemoryStorage::new());
    let store = store_of(&memory);
    let live = build(&store, &mixed(150));
    build(&store, &mixed(50));
    for address in reached(&store, &[live]) {
        let node = Node::decode(&address, memory.get(&address.into()).unwrap()).unwrap();
        memory.delete_many(&[address]).unwrap();
        let count = memory.len();
        assert!(is_missing(store.collect_garbage(&[live], &NOW), address));
        memory.publish("main", None, Some(live)).unwrap();
        assert!(is_missing(store.collect_garbage(&[], &NOW), address));
        memory.publish("main", Some(live.address), None).unwrap();
        assert_eq!(memory.len(), count);
        memory.put_many(&[node]).unwrap();
    }
    assert!(store.collect_garbage(&[live], &NOW).unwrap().garbage > 0);
}

#[test]
fn nothing_goes_when_a_live_node_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Arc::new(file(&folder));
    let store = store_of(&storage);
    let live = build(&store, &mixed(50));
    let dead = build(&store, &mixed(40));
    let name = live.address.to_string();
    let path = folder.path().join("nodes").join(&name[..2]).join(&name);
    std::fs::write(&path, b"damaged").unwrap();
    assert!(matches!(store.collect_garbage(&[live], &NOW), Err(Error::Corruption { .. })));
    read_all(&store, dead).unwrap();
}

#[test]
fn the_cache_forgets_what_goes() {
    let store = NodeStore::with_cache(
        Arc::new(MemoryStorage::new()),
        Arc::new(NodeCache::with_capacity(16 * 1024 * 1024)),
    );
    let root = build(&store, &mixed(100));
    read_all(&store, root).unwrap();
    store.collect_garbage(&[], &DRY).unwrap();
    store.load(&root).unwrap();
    store.collect_garbage(&[], &NOW).unwrap();
    assert!(is_missing(store.load(&root), root.address));
}

#[test]
fn staged_roots_keep_what_they_have_in_the_storage() {
    let memory = Arc::new(MemoryStorage::new());
    let store = store_of(&memory);
    let mut entries = mixed(100);
    build(&store, &entries);
    let staged = store.staged();
    entries.insert(key(50), b"changed".to_vec());
    // Staged are all nodes here; take out those that the storage has.
    let root = build(&staged, &entries);
    staged.collect_garbage(&[root], &NOW).unwrap();
    assert_eq!(read_all(&staged, root).unwrap(), entries);
    for address in reached(&staged, &[root]) {
        let is_stored = memory.contains_many(&[address]).unwrap()[0];
        assert!(is_stored || staged.staged_nodes().unwrap().get(&address).is_some());
    }
}

#[test]
fn recent_nodes_stay_with_what_they_reach() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Arc::new(file(&folder));
    let store = store_of(&storage);
    let mut entries = mixed(200);
    let old = build(&store, &entries);
    let before = reached(&store, &[old]);
    // Everything is two hours old.
    let age = std::time::SystemTime::now() - Duration::from_secs(7200);
    for address in &before {
        let name = address.to_string();
        let path = folder.path().join("nodes").join(&name[..2]).join(&name);
        std::fs::File::options().write(true).open(path).unwrap().set_modified(age).unwrap();
    }
    // A writer has put a root over old leaves, and not published it yet.
    entries.insert(key(3), b"changed".to_vec());
    let staged = store.staged();
    let new = build(&staged, &entries);
    let fresh = reached(&staged, &[new]).difference(&before).copied().collect::<Vec<_>>();
    let node = |address: &Address| Node::clone(&staged.staged_nodes().unwrap().get(address).unwrap());
    storage.put_many(&fresh.iter().map(node).collect::<Vec<_>>()).unwrap();

    let collected = store.collect_garbage(&[], &CollectOptions::default()).unwrap();
    assert!(collected.garbage > 0);
    assert_eq!(read_all(&store, new).unwrap(), entries);
    assert!(is_missing(store.load(&old), old.address));
    // One that puts an old node again makes it new.
    assert_eq!(store.collect_garbage(&[], &CollectOptions::default()).unwrap().garbage, 0);
    assert_eq!(store.collect_garbage(&[], &NOW).unwrap().live, 0);
}

#[test]
fn nodes_that_wait_keep_what_they_link_to() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Arc::new(FileStorage::open(folder.path(), Durability::Commit).unwrap());
    let (writer, collector) = (open(), open());
    let mut entries = mixed(200);
    let store = store_of(&writer);
    build(&store, &entries);
    writer.sync().unwrap();
    entries.insert(key(3), b"changed".to_vec());
    let staged = store.staged();
    let new = build(&staged, &entries);
    let fresh: Vec<_> = reached(&staged, &[new])
        .into_iter()
        .filter(|address| !writer.contains_many(&[*address]).unwrap()[0])
        .map(|address| Node::clone(&staged.staged_nodes().unwrap().get(&address).unwrap()))
        .collect();
    writer.put_many(&fresh).unwrap();
    assert!(store_of(&collector).collect_garbage(&[], &NOW).unwrap().garbage > 0);
    // The same handle may collect as well.
    assert_eq!(store.collect_garbage(&[new], &NOW).unwrap().garbage, 0);
    writer.publish("main", None, Some(new)).unwrap();
    assert_eq!(read_all(&store_of(&collector), new).unwrap(), entries);
}

/// Puts and publishes a tree, and publishes one that was dead, while the first live nodes are being marked.
fn check_publishing_meanwhile(storage: &Arc<impl NodeStorage>) {
    let store = store_of(storage);
    let live = build(&store, &mixed(300));
    storage.publish("main", None, Some(live)).unwrap();
    build(&store, &mixed(40));
    let revived = build(&store, &mixed(30));
    let other = mixed(60);
    let (beside, entries) = (store.clone(), other.clone());
    let reads = AtomicUsize::new(0);
    let meddling = CountingStorage::new(Arc::clone(storage) as _).before_get_many(move || {
        if reads.fetch_add(1, Ordering::Relaxed) == 1 {
            let root = build(&beside, &entries);
            beside.storage().publish("other", None, Some(root)).unwrap();
            beside.storage().publish("revived", None, Some(revived)).unwrap();
            build(&beside, &mixed(20));
        }
    });
    let collected = store_of(&Arc::new(meddling)).collect_garbage(&[], &NOW).unwrap();
    assert!(collected.garbage > 0);
    let root = storage.root("other").unwrap().unwrap();
    assert_eq!(read_all(&store, root).unwrap(), other);
    // What was put meanwhile and not published stays until the next time.
    assert!(store.collect_garbage(&[], &NOW).unwrap().garbage > 0);
    assert_eq!(read_all(&store, root).unwrap(), other);
    assert_eq!(read_all(&store, revived).unwrap(), mixed(30));
    assert_eq!(read_all(&store, live).unwrap(), mixed(300));
}

#[test]
fn what_is_published_meanwhile_stays() {
    check_publishing_meanwhile(&Arc::new(MemoryStorage::new()));
    check_publishing_meanwhile(&Arc::new(file(&tempfile::tempdir().unwrap())));
}

#[test]
fn writers_lose_nothing_to_collections_without_grace() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Arc::new(FileStorage::open(folder.path(), Durability::Commit).unwrap());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..2_u32)
            .map(|writer| {
                let storage = open();
                scope.spawn(move || {
                    let store = store_of(&storage);
                    let name = writer.to_string();
                    let mut entries = mixed(60);
                    for round in 0..12 {
                        entries.insert(key(round * 2 + writer), format!("{round:300}").into_bytes());
                        let root = build(&store, &entries);
                        let last = storage.root(&name).unwrap().map(|root| root.address);
                        storage.publish(&name, last, Some(root)).unwrap();
                        assert_eq!(read_all(&store, root).unwrap(), entries);
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let store = store_of(&open());
            while !done.load(Ordering::Relaxed) {
                store.collect_garbage(&[], &NOW).unwrap();
                // Writers wait with growing pauses for what a collection holds, and must get their turn.
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    let store = store_of(&open());
    let roots: Vec<_> = store.storage().roots().unwrap().into_iter().map(|(_, root)| root).collect();
    let expected = reached(&store, &roots).len() as u64;
    store.collect_garbage(&[], &NOW).unwrap();
    let collected = store.collect_garbage(&[], &NOW).unwrap();
    assert_eq!((collected.live, collected.garbage), (expected, 0));
}

#[test]
fn a_storage_that_knows_no_collection_says_so() {
    struct Plain(MemoryStorage);
    impl NodeStorage for Plain {
        fn kind(&self) -> &'static str {
            "plain"
        }
        fn promises(&self) -> prolly_storage::Promises {
            self.0.promises()
        }
        fn get(&self, node: &NodeRef) -> prolly_storage::Result<StoredNode> {
            self.0.get(node)
        }
        fn put_many(&self, nodes: &[Node]) -> prolly_storage::Result<()> {
            self.0.put_many(nodes)
        }
        fn delete_many(&self, addresses: &[Address]) -> prolly_storage::Result<()> {
            self.0.delete_many(addresses)
        }
        fn root(&self, name: &str) -> prolly_storage::Result<Option<NodeRef>> {
            self.0.root(name)
        }
        fn roots(&self) -> prolly_storage::Result<Vec<(String, NodeRef)>> {
            self.0.roots()
        }
        fn publish(
            &self,
            name: &str,
            expected: Option<Address>,
            new: Option<NodeRef>,
        ) -> prolly_storage::Result<()> {
            self.0.publish(name, expected, new)
        }
        fn config(&self, name: &str) -> prolly_storage::Result<Option<bytes::Bytes>> {
            self.0.config(name)
        }
        fn set_config(&self, name: &str, value: Option<&[u8]>) -> prolly_storage::Result<()> {
            self.0.set_config(name, value)
        }
        fn sync(&self) -> prolly_storage::Result<()> {
            self.0.sync()
        }
    }
    let store = store_of(&Arc::new(Plain(MemoryStorage::new())));
    let root = build(&store, &mixed(10));
    let error = store.collect_garbage(&[], &NOW).unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    read_all(&store, root).unwrap();
}
