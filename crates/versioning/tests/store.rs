//! The working state, against what a caller expects.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use std::ops::Bound;

use bytes::Bytes;
use common::*;
use prolly_versioning::{
    Batch, CheckoutOptions, Direction, Durability, Error, Head, InitOptions, KeyRange, LogOptions,
    NamespaceChange, NamespaceInfo, OpenOptions, Parameters, StoreValues, VersionedStore,
};

#[test]
fn writes_are_read_at_once_and_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let store = init(folder.path());
    put(&store, "a", "1");
    assert!(store.update(&DEFAULT, "a", "2").unwrap());
    assert!(!store.update(&DEFAULT, "b", "2").unwrap());
    assert!(!store.delete(&DEFAULT, b"b").unwrap());
    put(&store, "c", "3");
    assert!(store.delete(&DEFAULT, b"c").unwrap());
    let updated =
        store.update_many(&DEFAULT, vec![("a".into(), "4".into()), ("z".into(), "5".into())]).unwrap();
    assert_eq!(updated, [true, false]);
    assert_eq!(contents(&store), map([("a", "4")]));
    drop(store);
    assert_eq!(contents(&open(folder.path())), map([("a", "4")]));
}

#[test]
fn reads_cover_keys_ranges_and_counts() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "b", "two");
    put(&store, "d", "4");
    store.delete(&DEFAULT, b"a").unwrap();
    let many = store.find_many(&DEFAULT, &["d", "a", "b", "x"]).unwrap().to_vec().unwrap();
    assert_eq!(many, [Some("4".into()), None, Some("two".into()), None]);
    assert!(store.contains(&DEFAULT, b"c").unwrap() && !store.contains(&DEFAULT, b"a").unwrap());
    assert_eq!(store.count(&DEFAULT, &KeyRange::all()).unwrap(), 3);
    let range = KeyRange { lower: Bound::Excluded("b".into()), upper: Bound::Included("d".into()) };
    assert_eq!(store.count(&DEFAULT, &range).unwrap(), 2);
    let backward = store.entries(&DEFAULT, range, Direction::Backward).unwrap();
    assert_eq!(backward.map(|entry| text(entry.unwrap().0)).collect::<Vec<_>>(), ["d", "c"]);
    let mut keys = store.entries(&DEFAULT, KeyRange::prefix(b"c"), Direction::Forward).unwrap();
    assert_eq!(keys.lend().unwrap().unwrap().key, b"c");
    assert_eq!(keys.lent().unwrap().value.inline_bytes(), b"3");
    assert!(keys.lend().unwrap().is_none());
}

#[test]
fn values_are_read_piece_by_piece_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let store = init(folder.path());
    let named = named("films");
    let film = |seed: u8| -> Bytes { (0..300_000_u32).map(|at| (at / 1000) as u8 ^ seed).collect() };
    let read = |values: StoreValues, key: &[u8]| {
        values.reader(key).unwrap().map(|reader| reader.within(150_000..250_000).read_all().unwrap())
    };
    store.put(&DEFAULT, "film", film(1)).unwrap();
    let (before, none) = (store.values(&DEFAULT), store.values(&named));
    store.put(&DEFAULT, "film", film(2)).unwrap();
    store.put(&named, "film", film(3)).unwrap();
    let snapshot = store.snapshot().unwrap();
    let transaction = store.transaction().unwrap();
    transaction.put(&named, "film", film(4)).unwrap();
    store.delete(&DEFAULT, b"film").unwrap();
    assert_eq!(read(before, b"film").unwrap(), film(1)[150_000..250_000]);
    assert!(read(none, b"film").is_none() && read(store.values(&DEFAULT), b"film").is_none());
    assert_eq!(read(store.values(&named), b"film").unwrap(), film(3)[150_000..250_000]);
    assert_eq!(read(snapshot.values(&DEFAULT), b"film").unwrap(), film(2)[150_000..250_000]);
    assert_eq!(read(transaction.values(&named), b"film").unwrap(), film(4)[150_000..250_000]);
    assert!(read(transaction.values(&DEFAULT), b"film").is_none());
}

#[test]
fn an_iterator_and_a_snapshot_keep_what_they_began_with() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "d", "4");
    let snapshot = store.snapshot().unwrap();
    let entries = store.entries(&DEFAULT, KeyRange::all(), Direction::Forward).unwrap();
    store.delete_range(&DEFAULT, &KeyRange::all()).unwrap();
    commit(&store, "empty");
    assert_eq!(contents(&store).len(), 0);
    assert_eq!(entries.count(), 4);
    assert_eq!(snapshot.count(&DEFAULT, &KeyRange::all()).unwrap(), 4);
    assert_eq!(snapshot.commit(), None);
}

#[test]
fn a_batch_is_staged_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let mut batch = Batch::new();
    batch.put(&DEFAULT, "d", "4");
    batch.delete_range(&DEFAULT, KeyRange::prefix(b"a"));
    batch.put(&named("flags"), "dark", "on");
    batch.put(&DEFAULT, vec![b'k'; 8193], "too long");
    assert!(matches!(store.write(batch.clone()), Err(Error::InvalidArgument { .. })));
    assert!(store.status().unwrap().is_clean());
    assert!(store.namespaces().unwrap().is_empty());
    let mut batch = Batch::new();
    batch.put(&DEFAULT, "a", "gone");
    batch.delete_range(&DEFAULT, KeyRange::prefix(b"a"));
    batch.put(&DEFAULT, "a", "again");
    batch.delete(&DEFAULT, "b");
    store.write(batch).unwrap();
    assert_eq!(contents(&store), map([("a", "again"), ("c", "3")]));
    store.put(&DEFAULT, vec![b'k'; 8192], "longest").unwrap();
}

#[test]
fn equal_entries_have_equal_roots_whatever_the_history() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = seeded(one.path());
    let other = init(other.path());
    for (key, value) in [("c", "3"), ("x", "9"), ("b", "0"), ("a", "1"), ("b", "2")] {
        put(&other, key, value);
    }
    assert_ne!(one.root_hash().unwrap(), other.root_hash().unwrap());
    other.delete(&DEFAULT, b"x").unwrap();
    assert_eq!(one.root_hash().unwrap(), other.root_hash().unwrap());
}

#[test]
fn status_counts_and_discard_drops() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    assert!(store.status().unwrap().is_clean());
    put(&store, "d", "4");
    put(&store, "a", "one");
    put(&store, "b", "2");
    store.delete(&DEFAULT, b"c").unwrap();
    store.put(&named("flags"), "dark", "on").unwrap();
    let status = store.status().unwrap();
    assert_eq!((status.added, status.modified, status.removed), (2, 1, 1));
    assert_eq!(status.namespaces, [NamespaceChange::Created("flags".into())]);
    assert_eq!(status.head.branch(), Some("main"));
    store.discard().unwrap();
    assert!(store.status().unwrap().is_clean());
    assert_eq!(contents(&store), map([("a", "1"), ("b", "2"), ("c", "3")]));
    assert!(contents_of(&store, &named("flags")).is_empty());
    drop(store);
    assert!(open(folder.path()).status().unwrap().is_clean());
}

#[test]
fn namespaces_come_by_the_first_write_and_keep_their_entries_when_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let (flags, colours) = (named("flags"), named("colours"));
    assert_eq!(store.get(&flags, b"a").unwrap(), None);
    assert!(!store.delete(&flags, b"a").unwrap());
    assert!(store.namespaces().unwrap().is_empty(), "reading and deleting makes none");
    store.put(&flags, "a", "flag").unwrap();
    assert_eq!(get(&store, "a").as_deref(), Some("1"), "another entry");
    commit(&store, "flags");
    store.rename_namespace("flags", "colours").unwrap();
    assert_eq!(contents_of(&store, &colours), map([("a", "flag")]));
    assert!(contents_of(&store, &flags).is_empty());
    assert!(matches!(store.rename_namespace("flags", "x"), Err(Error::NotFound { .. })));
    store.put(&flags, "b", "new").unwrap();
    assert!(matches!(store.rename_namespace("flags", "colours"), Err(Error::AlreadyExists { .. })));
    let info = |name: &str, entries| NamespaceInfo { name: name.into(), entries };
    assert_eq!(store.namespaces().unwrap(), [info("colours", 1), info("flags", 1)]);
    commit(&store, "renamed");
    assert!(store.drop_namespace("colours").unwrap());
    assert!(!store.drop_namespace("colours").unwrap());
    assert!(contents_of(&store, &colours).is_empty());
    // Nothing comes back when the name is used again.
    store.put(&colours, "z", "1").unwrap();
    assert_eq!(contents_of(&store, &colours), map([("z", "1")]));
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.namespaces().unwrap(), [info("colours", 1), info("flags", 1)]);
    let old = store.at("HEAD~1").unwrap();
    assert_eq!(old.namespaces().unwrap(), [info("flags", 1)]);
    assert_eq!(old.get(&flags, b"a").unwrap().unwrap(), "flag");
}

#[test]
fn past_a_size_the_journal_becomes_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let small = OpenOptions { checkpoint_bytes: 2000, overlay_bytes: 500, ..OpenOptions::default() };
    let store =
        VersionedStore::init(folder.path(), InitOptions { open: small, ..InitOptions::default() }).unwrap();
    let mut expected = Contents::new();
    for number in 0..200 {
        let (key, value) = (format!("key{number:03}"), format!("value {number}"));
        put(&store, &key, &value);
        expected.insert(key, value);
    }
    let journal = folder.path().join(".git/prolly/worktrees/main/journal");
    assert!(std::fs::metadata(&journal).unwrap().len() <= 2100);
    let checkpoint = git(folder.path(), &["for-each-ref", "--format=%(refname)", "refs/prolly"]);
    assert_eq!(checkpoint.trim(), "refs/prolly/staged/main");
    assert_eq!(contents(&store), expected);
    drop(store);
    git(folder.path(), &["gc", "--prune=now", "--quiet"]);
    let store = VersionedStore::open(folder.path(), small).unwrap();
    assert_eq!(contents(&store), expected);
    // A batch longer than the journal may be goes past it.
    let mut batch = Batch::new();
    for number in 0..500 {
        batch.put(&named("many"), format!("key{number:03}"), "value");
    }
    store.write(batch).unwrap();
    assert!(std::fs::metadata(&journal).unwrap().len() < 1000);
    assert_eq!(contents_of(&store, &named("many")).len(), 500);
    commit(&store, "all");
    assert_eq!(git(folder.path(), &["for-each-ref", "refs/prolly"]), "");
    assert_eq!(contents(&store), expected);
    fsck(folder.path());
}

#[test]
fn one_process_has_one_native_store_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let other = open(&folder.path().join(".git"));
    put(&store, "d", "4");
    assert_eq!(get(&other, "d").as_deref(), Some("4"), "seen without refreshing");
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    let found = VersionedStore::discover(folder.path().join("sub"), OpenOptions::default()).unwrap();
    assert_eq!(get(&found, "d").as_deref(), Some("4"));
}

#[test]
fn opening_says_what_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path| VersionedStore::open(path, OpenOptions::default()).err().unwrap();
    assert!(matches!(open(folder.path()), Error::NotFound { what: "store", .. }));
    seeded(folder.path());
    let again = VersionedStore::init(folder.path(), InitOptions::default());
    assert!(matches!(again, Err(Error::AlreadyExists { .. })));
}

#[test]
fn parameters_are_kept_before_and_after_the_first_commit() {
    let folder = tempfile::tempdir().unwrap();
    let parameters = Parameters { inline_value_max: 64, ..Parameters::default() };
    let options = InitOptions { parameters, branch: Some("trunk".into()), ..InitOptions::default() };
    drop(VersionedStore::init(folder.path(), options).unwrap());
    let store = open(folder.path());
    assert_eq!(store.parameters(), parameters);
    assert_eq!(store.head().unwrap(), Head::Branch { name: "trunk".into(), commit: None });
    store.put(&DEFAULT, "long", vec![b'x'; 200_000]).unwrap();
    commit(&store, "seed");
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.parameters(), parameters);
    assert_eq!(store.get(&DEFAULT, b"long").unwrap().unwrap().len(), 200_000);
    let broken = Parameters { inline_value_max: 1 << 30, ..parameters };
    let refused = VersionedStore::init(
        folder.path().join("x"),
        InitOptions { parameters: broken, ..InitOptions::default() },
    );
    assert!(refused.is_err());
}

#[test]
fn a_memory_store_does_what_others_do_and_leaves_nothing() {
    let store = VersionedStore::memory(InitOptions::default()).unwrap();
    let folder = store.git_dir().to_owned();
    store.put(&DEFAULT, "long", vec![b'x'; 200_000]).unwrap();
    put(&store, "a", "1");
    commit(&store, "seed");
    put(&store, "a", "2");
    commit(&store, "second");
    store
        .checkout("HEAD~1", &CheckoutOptions { create: Some("feature".into()), ..CheckoutOptions::default() })
        .unwrap();
    assert_eq!(get(&store, "a").as_deref(), Some("1"));
    put(&store, "b", "3");
    commit(&store, "third");
    store.merge("main", &merging()).unwrap();
    assert_eq!((get(&store, "a").as_deref(), get(&store, "b").as_deref()), (Some("2"), Some("3")));
    assert_eq!(store.get(&DEFAULT, b"long").unwrap().unwrap().len(), 200_000);
    assert!(folder.exists());
    drop(store);
    assert!(!folder.exists());
}

#[test]
fn reads_go_on_while_others_write_and_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let rounds = 30;
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for round in 0..rounds {
                let mut batch = Batch::new();
                for number in 0..50 {
                    batch.put(&DEFAULT, format!("pair{number}"), round.to_string());
                }
                store.write(batch).unwrap();
                commit(&store, "round");
            }
        });
        let mut seen = 0;
        while !writer.is_finished() {
            let keys: Vec<_> = (0..50).map(|number| format!("pair{number}")).collect();
            let values = store.find_many(&DEFAULT, &keys).unwrap().to_vec().unwrap();
            assert!(values.iter().all(|value| *value == values[0]), "a batch is seen whole");
            let value = values[0].clone().map_or(-1, |value| text(value).parse().unwrap());
            assert!(value >= seen - 1, "nothing is taken back");
            seen = value;
        }
    });
    assert_eq!(store.log(&LogOptions::default()).unwrap().count(), rounds + 1);
}

#[test]
fn every_durability_keeps_what_was_written_when_a_process_ends() {
    for durability in [Durability::Full, Durability::Commit, Durability::Off] {
        let folder = tempfile::tempdir().unwrap();
        let open = OpenOptions { durability, ..OpenOptions::default() };
        let store =
            VersionedStore::init(folder.path(), InitOptions { open, ..InitOptions::default() }).unwrap();
        put(&store, "a", "1");
        commit(&store, "seed");
        put(&store, "b", "2");
        store.close().unwrap();
        drop(store);
        let store = VersionedStore::open(folder.path(), open).unwrap();
        assert_eq!(contents(&store), map([("a", "1"), ("b", "2")]));
    }
}

#[test]
fn binary_keys_and_long_values_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = init(folder.path());
    let keys: Vec<Bytes> =
        [&b""[..], b"\0", b"\xff\xff", b"a\0b", &[0xff; 8192]].map(Bytes::copy_from_slice).to_vec();
    for (number, key) in keys.iter().enumerate() {
        store.put(&DEFAULT, key.clone(), vec![number as u8; number * 70_000]).unwrap();
    }
    commit(&store, "seed");
    drop(store);
    let store = open(folder.path());
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(store.get(&DEFAULT, key).unwrap().unwrap(), vec![number as u8; number * 70_000]);
    }
    assert_eq!(store.count(&DEFAULT, &KeyRange::all()).unwrap(), 5);
    fsck(folder.path());
}
