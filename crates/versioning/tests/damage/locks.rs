//! Locks that programs left.

use std::fs;
use std::path::Path;

use prolly_versioning::{CheckoutOptions, Error, StorageKind, VersionedStore};

use super::common::*;
use super::files::{grow, read_all};

/// What takes the lock.
type Operation = fn(&VersionedStore) -> prolly_versioning::Result<()>;

/// One of `git` stays, since who knows what it is for; the error names it.
#[test]
fn a_lock_of_another_program_is_named_and_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    grow(folder.path(), StorageKind::Git);
    let before = read_all(folder.path()).unwrap();
    let operations: [(&str, Operation); 3] = [
        ("refs/heads/main.lock", |store| store.commit(&by_ada("refused")).map(drop)),
        ("HEAD.lock", |store| store.commit(&by_ada("refused")).map(drop)),
        ("packed-refs.lock", |store| store.delete_branch("feature", true).map(drop)),
    ];
    for (name, operation) in operations {
        let lock = folder.path().join(".git").join(name);
        fs::write(&lock, "").unwrap();
        let store = open(folder.path());
        match operation(&store) {
            Err(Error::Storage(prolly_storage::Error::Locked { path })) => {
                assert!(same(&path, &lock), "{path:?}")
            }
            other => panic!("{name}: {other:?}"),
        }
        drop(store);
        assert_eq!(read_all(folder.path()).unwrap(), before, "{name}");
        fs::remove_file(&lock).unwrap();
    }
    let store = open(folder.path());
    commit(&store, "goes on");
    store.checkout("feature", &CheckoutOptions::default()).unwrap();
}

fn same(one: &Path, other: &Path) -> bool {
    one.canonicalize().unwrap() == other.canonicalize().unwrap()
}
