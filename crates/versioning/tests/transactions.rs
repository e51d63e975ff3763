//! Transactions beside staged changes and each other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use common::*;
use prolly_versioning::{
    Changes, CheckoutOptions, CommitOptions, Error, InitOptions, KeyRange, LogOptions, Transaction,
    VersionedStore,
};

fn set(transaction: &Transaction, key: &str, value: &str) {
    transaction.put(&DEFAULT, key.to_owned(), value.to_owned()).unwrap();
}

#[test]
fn a_transaction_is_one_commit_and_leaves_staged_changes_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "staged", "yes");
    let (info, answer) = store
        .transact::<_, Error>(&by_ada("work"), |transaction| {
            assert_eq!(transaction.get(&DEFAULT, b"staged")?, None, "it reads the commit");
            set(transaction, "t", "1");
            assert!(transaction.delete(&DEFAULT, b"a")?);
            assert!(transaction.update(&DEFAULT, "b", "two")?);
            transaction.put(&named("flags"), "dark", "on")?;
            assert_eq!(transaction.count(&DEFAULT, &KeyRange::all())?, 3);
            assert_eq!(store.get(&DEFAULT, b"t")?, None, "private until it commits");
            Ok(7)
        })
        .unwrap();
    assert_eq!(answer, 7);
    assert_eq!(store.resolve("main").unwrap(), info.id);
    assert_eq!(contents(&store), map([("b", "two"), ("c", "3"), ("staged", "yes"), ("t", "1")]));
    let committed = store.at("main").unwrap();
    assert_eq!(committed.get(&DEFAULT, b"staged").unwrap(), None);
    assert_eq!(committed.get(&named("flags"), b"dark").unwrap().unwrap(), "on");
    assert_eq!(store.status().unwrap().added, 1);
    drop(store);
    let store = open(folder.path());
    assert_eq!(get(&store, "staged").as_deref(), Some("yes"));
    commit(&store, "staged");
    assert_eq!(store.log(&LogOptions::default()).unwrap().count(), 3);
    fsck(folder.path());
}

#[test]
fn an_error_of_the_work_drops_it_and_is_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let failed = store.transact::<(), Error>(&by_ada("work"), |transaction| {
        set(transaction, "t", "1");
        Err(Error::Closed)
    });
    assert!(matches!(failed, Err(Error::Closed)));
    assert_eq!(store.log(&LogOptions::default()).unwrap().count(), 1);
    assert_eq!(get(&store, "t"), None);
}

#[test]
fn disjoint_transactions_follow_each_other_and_others_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let [one, other, late] = [(); 3].map(|()| store.transaction().unwrap());
    set(&one, "x", "1");
    set(&other, "y", "2");
    set(&late, "x", "3");
    late.put(&named("flags"), "dark", "on").unwrap();
    one.commit(&by_ada("one")).unwrap();
    let info = other.commit(&by_ada("other")).unwrap();
    assert_eq!(store.commit_info("HEAD~1").unwrap().message, "one");
    assert_eq!(info.parents.len(), 1);
    match late.commit(&by_ada("late")) {
        Err(Error::Conflict { changes: Changes::Transaction, branch, keys, more: false }) => {
            assert_eq!(branch, "main");
            assert_eq!(keys.iter().map(|key| text(key.key.clone())).collect::<Vec<_>>(), ["x"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(store.log(&LogOptions::default()).unwrap().count(), 3);
    assert_eq!(contents(&store), map([("a", "1"), ("b", "2"), ("c", "3"), ("x", "1"), ("y", "2")]));
}

/// Both count from 1 to 2: one of them must count again.
#[test]
fn equal_values_of_one_key_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let [one, other, removes, also] = [(); 4].map(|()| store.transaction().unwrap());
    set(&one, "a", "2");
    set(&other, "a", "2");
    set(&other, "else", "1");
    assert!(removes.delete(&DEFAULT, b"b").unwrap() && also.delete(&DEFAULT, b"b").unwrap());
    one.commit(&by_ada("one")).unwrap();
    removes.commit(&by_ada("removes")).unwrap();
    let conflicts_at = |transaction: Transaction, name: &str| match transaction.commit(&by_ada("late")) {
        Err(Error::Conflict { keys, .. }) => {
            assert_eq!(keys.iter().map(|key| text(key.key.clone())).collect::<Vec<_>>(), [name]);
        }
        other => panic!("{other:?}"),
    };
    conflicts_at(other, "a");
    conflicts_at(also, "b");
    // A namespace that both make is one.
    let [one, other] = [(); 2].map(|()| store.transaction().unwrap());
    one.put(&named("flags"), "dark", "on").unwrap();
    other.put(&named("flags"), "light", "on").unwrap();
    one.commit(&by_ada("one")).unwrap();
    other.commit(&by_ada("other")).unwrap();
    assert_eq!(contents_of(&store, &named("flags")), map([("dark", "on"), ("light", "on")]));
}

#[test]
fn a_deleted_range_conflicts_with_a_key_added_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let [one, other] = [(); 2].map(|()| store.transaction().unwrap());
    one.put(&DEFAULT, "bb", "new").unwrap();
    assert_eq!(other.delete_range(&DEFAULT, &KeyRange::prefix(b"b")).unwrap(), 1);
    one.commit(&by_ada("one")).unwrap();
    assert!(
        matches!(other.commit(&by_ada("other")), Err(Error::Conflict { keys, .. }) if keys[0].key == "bb")
    );
}

#[test]
fn a_key_that_is_staged_as_well_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let transaction = store.transaction().unwrap();
    set(&transaction, "k", "committed");
    put(&store, "k", "staged");
    let refused = transaction.commit(&by_ada("work"));
    assert!(
        matches!(&refused, Err(Error::Conflict { changes: Changes::TransactionAndStaged, keys, .. }) if keys[0].key == "k"),
        "{refused:?}"
    );
    assert_eq!(get(&store, "k").as_deref(), Some("staged"));
    assert_eq!(store.log(&LogOptions::default()).unwrap().count(), 1);
}

#[test]
fn a_transaction_without_changes_commits_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let nothing = store.transaction().unwrap().commit(&by_ada("nothing"));
    assert!(matches!(nothing, Err(Error::NothingToCommit { .. })));
    let empty = CommitOptions { allow_empty: true, ..by_ada("empty") };
    store.transaction().unwrap().commit(&empty).unwrap();
    assert_eq!(store.log(&LogOptions::default()).unwrap().count(), 2);
}

#[test]
fn it_commits_to_the_branch_it_began_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    store.create_branch("feature", None).unwrap();
    let transaction = store.transaction().unwrap();
    set(&transaction, "t", "1");
    store.checkout("feature", &CheckoutOptions::default()).unwrap();
    put(&store, "t", "staged elsewhere");
    let info = transaction.commit(&by_ada("work")).unwrap();
    assert_eq!(store.resolve("main").unwrap(), info.id);
    assert_ne!(store.resolve("feature").unwrap(), info.id);
    assert_eq!(get(&store, "t").as_deref(), Some("staged elsewhere"));
    fsck(folder.path());
}

#[test]
fn the_first_commit_can_be_a_transaction() {
    for store in [None, Some(VersionedStore::memory(InitOptions::default()).unwrap())] {
        let folder = tempfile::tempdir().unwrap();
        let store = store.unwrap_or_else(|| init(folder.path()));
        let [one, other] = [(); 2].map(|()| store.transaction().unwrap());
        set(&one, "a", "1");
        set(&other, "b", "2");
        one.commit(&by_ada("one")).unwrap();
        other.commit(&by_ada("other")).unwrap();
        assert_eq!(contents(&store), map([("a", "1"), ("b", "2")]));
    }
}

#[test]
fn threads_make_every_commit_they_ask_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "staged", "yes");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for round in 0..10 {
                    let key = format!("{thread}/{round}");
                    let work = |transaction: &Transaction| transaction.put(&DEFAULT, key.clone(), "done");
                    let (info, ()) = store.transact::<_, Error>(&by_ada("work"), work).unwrap();
                    let committed = store.at(&info.id.to_string()).unwrap();
                    assert!(committed.contains(&DEFAULT, key.as_bytes()).unwrap());
                }
            });
        }
    });
    assert_eq!(store.log(&LogOptions::default()).unwrap().count(), 41);
    assert_eq!(contents(&store).len(), 44);
    assert_eq!(store.status().unwrap().added, 1);
    fsck(folder.path());
}
