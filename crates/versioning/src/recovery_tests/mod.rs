//! What is found after an operation died between two of its steps, or a write failed.

mod died;
mod failed;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::fault::{Point, arm};
use crate::{
    Author, CheckoutOptions, CommitInfo, CommitOptions, Direction, Error, InitOptions, KeyRange, LoadOptions,
    LogOptions, Namespace, OpenOptions, Result, VersionedStore,
};

const DEFAULT: Namespace = Namespace::Default;

fn commit(store: &VersionedStore, message: &str) -> Result<CommitInfo> {
    let author = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
    store.commit(&CommitOptions { author: Some(author), ..CommitOptions::message(message) })
}

fn put(store: &VersionedStore, key: &'static str) {
    store.put(&DEFAULT, key, "value").unwrap();
}

fn keys(store: &VersionedStore) -> Vec<String> {
    let entries = store.entries(&DEFAULT, KeyRange::all(), Direction::Forward).unwrap();
    entries.map(|entry| String::from_utf8(entry.unwrap().0.into()).unwrap()).collect()
}

fn open(folder: &Path) -> VersionedStore {
    VersionedStore::open(folder, OpenOptions::default()).unwrap()
}

fn seeded(folder: &Path) -> VersionedStore {
    let store = VersionedStore::init(folder, InitOptions::default()).unwrap();
    put(&store, "seed");
    commit(&store, "seed").unwrap();
    store
}

fn commits(store: &VersionedStore) -> usize {
    store.log(&LogOptions::default()).unwrap().map(Result::unwrap).count()
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
