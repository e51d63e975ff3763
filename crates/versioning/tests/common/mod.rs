//! What the tests share.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use prolly_versioning::{
    Author, CommitInfo, CommitOptions, Direction, InitOptions, KeyRange, MergeOptions, Namespace,
    OpenOptions, StorageKind, Time, VersionedStore,
};

pub(crate) const DEFAULT: Namespace = Namespace::Default;

/// The storages that this build has.
pub(crate) fn kinds() -> Vec<StorageKind> {
    let all = StorageKind::ALL.into_iter();
    all.filter(|kind| *kind != StorageKind::RocksDb || cfg!(feature = "rocksdb")).collect()
}

/// Whether everything is tried, which takes minutes.
pub(crate) fn is_torture() -> bool {
    std::env::var("PROLLY_TORTURE").is_ok_and(|value| value == "1")
}

/// Bytes that do not compress, others for each seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut word = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    std::iter::repeat_with(|| {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word.to_le_bytes()[3]
    })
    .take(length)
    .collect()
}

pub(crate) fn named(name: &str) -> Namespace {
    Namespace::named(name).unwrap()
}

pub(crate) fn ada() -> Author {
    Author {
        name: "Ada".into(),
        email: "ada@example.com".into(),
        time: Some(Time { seconds: 1_700_000_000, offset_minutes: 60 }),
    }
}

pub(crate) fn by_ada(message: &str) -> CommitOptions {
    CommitOptions { author: Some(ada()), committer: Some(ada()), ..CommitOptions::message(message) }
}

pub(crate) fn merging() -> MergeOptions {
    MergeOptions { author: Some(ada()), committer: Some(ada()), ..MergeOptions::default() }
}

pub(crate) fn init(folder: &Path) -> VersionedStore {
    VersionedStore::init(folder, InitOptions::default()).unwrap()
}

pub(crate) fn open(folder: &Path) -> VersionedStore {
    VersionedStore::open(folder, OpenOptions::default()).unwrap()
}

/// A store with the keys a, b and c committed.
pub(crate) fn seeded(folder: &Path) -> VersionedStore {
    let store = init(folder);
    for (key, value) in [("a", "1"), ("b", "2"), ("c", "3")] {
        store.put(&DEFAULT, key, value).unwrap();
    }
    commit(&store, "seed");
    store
}

pub(crate) fn commit(store: &VersionedStore, message: &str) -> CommitInfo {
    store.commit(&by_ada(message)).unwrap()
}

pub(crate) fn put(store: &VersionedStore, key: &str, value: &str) {
    store.put(&DEFAULT, key.to_owned(), value.to_owned()).unwrap();
}

pub(crate) fn get(store: &VersionedStore, key: &str) -> Option<String> {
    store.get(&DEFAULT, key.as_bytes()).unwrap().map(text)
}

pub(crate) fn text(bytes: Bytes) -> String {
    String::from_utf8(bytes.into()).unwrap()
}

pub(crate) type Contents = BTreeMap<String, String>;

/// All entries of a namespace.
pub(crate) fn contents_of(store: &VersionedStore, namespace: &Namespace) -> Contents {
    let entries = store.entries(namespace, KeyRange::all(), Direction::Forward).unwrap();
    entries.map(|entry| entry.map(|(key, value)| (text(key), text(value))).unwrap()).collect()
}

pub(crate) fn contents(store: &VersionedStore) -> Contents {
    contents_of(store, &DEFAULT)
}

pub(crate) fn map<const N: usize>(entries: [(&str, &str); N]) -> Contents {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Runs the stock `git` on a repository and gives what it printed.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn fsck(folder: &Path) {
    git(folder, &["fsck", "--strict", "--full"]);
}
