//! What stores write: journals, and what Git keeps for a version.

use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use prolly_versioning::testing::with_checksums;
use prolly_versioning::{
    Author, Batch, CommitOptions, Durability, InitOptions, KeyRange, Namespace, OpenOptions, VersionedStore,
};

use crate::{seed, small};

/// Kind and length of the payload of a record that announces a commit, as `journal/record.rs` writes it.
const INTENT: u8 = 3;
const INTENT_LENGTH: u64 = 28;

pub fn write() {
    let folder = tempfile::tempdir().unwrap();
    let open = OpenOptions { durability: Durability::default(), ..OpenOptions::default() };
    let options = InitOptions { open, parameters: small(), branch: Some("main".into()) };
    let store = VersionedStore::init(folder.path(), options).unwrap();
    let keys = Namespace::Default;
    let author = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };

    store.put(&keys, "a", "1").unwrap();
    journal(folder.path(), "before-the-first-commit");
    let mut batch = Batch::default();
    for number in 0..60 {
        batch.put(&keys, format!("key:{number:02}"), vec![b'v'; number % 20]);
    }
    store.write(batch).unwrap();
    store.commit(&CommitOptions { author: Some(author), ..CommitOptions::message("seed") }).unwrap();

    store.put(&keys, "b", "2").unwrap();
    store.delete(&keys, b"key:07").unwrap();
    let mut batch = Batch::default();
    let text = |text: &'static str| Bytes::from_static(text.as_bytes());
    batch.delete_range(
        &keys,
        KeyRange { lower: Bound::Included(text("key:1")), upper: Bound::Excluded(text("key:2")) },
    );
    batch.put(&keys, "", "");
    store.write(batch).unwrap();
    let path = journal(folder.path(), "of-changes");
    let intent =
        [&INTENT_LENGTH.to_be_bytes()[..], &[INTENT], &[7; 20], &99_u64.to_be_bytes(), &[0; 4]].concat();
    let announced = with_checksums(&[fs::read(path).unwrap(), intent].concat());
    seed("journal", "of-an-announced-commit", &announced, 3);

    version(folder.path());
}

/// Keeps the journal of the store in `folder`.
fn journal(folder: &Path, name: &str) -> PathBuf {
    let path = find(folder, "journal").unwrap();
    seed("journal", name, &fs::read(&path).unwrap(), 3);
    path
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            folders.push(path);
        } else if path.ends_with(name) {
            return Some(path);
        }
    }
    folders.iter().find_map(|folder| find(folder, name))
}

/// Keeps `meta` of the commit, and the Git trees of a few nodes.
fn version(folder: &Path) {
    seed("meta", "of-a-small-tree", &git(folder, &["cat-file", "blob", "main:meta"]), 0);
    let root = String::from_utf8(git(folder, &["rev-parse", "main:root"])).unwrap();
    seed("links", "of-the-root", &git(folder, &["cat-file", "tree", root.trim()]), 0);
    let all = String::from_utf8(git(folder, &["ls-tree", "-r", "-t", "main:root"])).unwrap();
    for (number, line) in all.lines().filter(|line| line.contains(" tree ")).take(4).enumerate() {
        let id = line.split_whitespace().nth(2).unwrap();
        seed("links", &format!("of-node-{number}"), &git(folder, &["cat-file", "tree", id]), 0);
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
