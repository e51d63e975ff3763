//! Collecting garbage deletes what nothing reaches, and nothing else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::*;
use prolly_versioning::{
    AddWorktreeOptions, CheckoutOptions, CommitId, DiffOptions, Direction, GarbageOptions, GarbageReport,
    InitOptions, KeyRange, OpenOptions, ResetMode, StorageKind, Version, VersionedStore,
};

const NOW: GarbageOptions = GarbageOptions { grace: Duration::ZERO, dry_run: false };

fn collect(store: &VersionedStore) -> GarbageReport {
    store.collect_garbage(&NOW).unwrap()
}

/// A store whose tree has several levels, with one commit.
fn grown(folder: &Path, storage: StorageKind) -> VersionedStore {
    let options = InitOptions { storage, branch: Some("main".into()), ..InitOptions::default() };
    let store = VersionedStore::init(folder, options).unwrap();
    let mut batch = prolly_versioning::Batch::new();
    for number in 0..3000 {
        batch.put(&DEFAULT, format!("key {number:05}"), format!("{number}").repeat(12));
    }
    batch.put(&named("files"), "long", "l".repeat(90_000));
    store.write(batch).unwrap();
    commit(&store, "many");
    store
}

/// Commits on a branch of its own, returns to main, and deletes the branch with all that remembers it.
fn lost_commit(folder: &Path, store: &VersionedStore) -> CommitId {
    let create = CheckoutOptions { create: Some("lost".into()), ..CheckoutOptions::default() };
    store.checkout("main", &create).unwrap();
    put(store, "key 01500", "lost");
    put(store, "lost", &"lost ".repeat(1000));
    let lost = commit(store, "lost").id;
    store.checkout("main", &CheckoutOptions::default()).unwrap();
    store.delete_branch("lost", true).unwrap();
    forget(folder);
    lost
}

/// Empties all reflogs.
fn forget(folder: &Path) {
    git(folder, &["reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all"]);
}

fn has(folder: &Path, commit: CommitId) -> bool {
    let id = commit.to_string();
    let output = Command::new("git").arg("-C").arg(folder).args(["cat-file", "-e", &id]).output();
    output.unwrap().status.success()
}

fn refs(folder: &Path) -> String {
    git(folder, &["for-each-ref", "--format=%(refname)"])
}

#[test]
fn what_nothing_reaches_goes_and_a_dry_run_says_how_much() {
    for kind in kinds() {
        let folder = tempfile::tempdir().unwrap();
        let store = grown(folder.path(), kind);
        let root = store.root_hash().unwrap();
        let before = (contents(&store), contents_of(&store, &named("files")));
        let lost = lost_commit(folder.path(), &store);
        let dry = store.collect_garbage(&GarbageOptions { dry_run: true, ..NOW }).unwrap();
        assert!(has(folder.path(), lost));
        assert_eq!(dry.bytes_before, dry.bytes_after);
        assert!(dry.garbage >= 4 && dry.garbage_bytes > 0, "{kind:?}: {dry:?}");
        let young = store.collect_garbage(&GarbageOptions::default()).unwrap();
        assert!(has(folder.path(), lost), "{kind:?}: what is young stays in Git");
        assert!(kind == StorageKind::RocksDb || young.garbage == 0, "{kind:?}: {young:?}");
        let report = collect(&store);
        assert!(!has(folder.path(), lost));
        if kind != StorageKind::RocksDb {
            assert_eq!((report.live, report.garbage), (dry.live, dry.garbage), "{kind:?}");
        }
        let again = collect(&store);
        assert_eq!((again.live, again.garbage, again.garbage_bytes), (report.live, 0, 0), "{kind:?}");
        assert!(again.bytes_after <= report.bytes_before);
        assert_eq!(refs(folder.path()).trim(), "refs/heads/main");
        drop(store);
        let store = open(folder.path());
        assert_eq!(store.root_hash().unwrap(), root);
        assert_eq!((contents(&store), contents_of(&store, &named("files"))), before);
        put(&store, "after", "gc");
        commit(&store, "after");
        fsck(folder.path());
    }
}

#[test]
fn reflogs_and_staged_changes_of_all_worktrees_are_kept() {
    for kind in kinds() {
        let folder = tempfile::tempdir().unwrap();
        let (main, linked) = (folder.path().join("main"), folder.path().join("linked"));
        drop(grown(&main, kind));
        // So small that what is staged is in a checkpoint.
        let options = OpenOptions { checkpoint_bytes: 300, ..OpenOptions::default() };
        let store = VersionedStore::open(&main, options).unwrap();
        put(&store, "committed", "and moved away from");
        let away = commit(&store, "away").id;
        store.reset("HEAD~1", ResetMode::Hard).unwrap();
        for number in 0..20 {
            put(&store, &format!("staged {number}"), &"s".repeat(60));
        }
        let add = AddWorktreeOptions { create: Some("other".into()), ..AddWorktreeOptions::default() };
        store.add_worktree(&linked, &add).unwrap();
        let other = VersionedStore::open(&linked, options).unwrap();
        for number in 0..20 {
            put(&other, &format!("other {number}"), &"o".repeat(60));
        }
        assert!(refs(&main).lines().filter(|name| name.starts_with("refs/prolly/staged/")).count() == 2);
        let (here, there) = (contents(&store), contents(&other));
        drop((store, other));
        // As on a drive that is away.
        std::fs::rename(&linked, folder.path().join("away")).unwrap();
        let report = collect(&open(&main));
        assert_eq!(report.garbage, 0, "{kind:?}");
        assert!(has(&main, away));
        std::fs::rename(folder.path().join("away"), &linked).unwrap();
        let (store, other) = (open(&main), open(&linked));
        assert_eq!((contents(&store), contents(&other)), (here, there));
        assert_eq!(contents_at(&store, &away.to_string())["committed"], "and moved away from");
        commit(&other, "theirs");
        commit(&store, "ours");
        fsck(&main);
    }
}

fn contents_at(store: &VersionedStore, revision: &str) -> Contents {
    let entries = store.at(revision).unwrap().entries(&DEFAULT, KeyRange::all(), Direction::Forward).unwrap();
    entries.map(|entry| entry.map(|(key, value)| (text(key), text(value))).unwrap()).collect()
}

/// Reads from a revision for as long as what it gives is held.
type Hold = fn(&VersionedStore, &str) -> Box<dyn std::any::Any>;

/// Whether it is kept is asked of Git and of the count: what was read before would be read from the cache.
#[test]
fn what_somebody_reads_from_is_kept_until_it_is_let_go() {
    for kind in kinds() {
        let folder = tempfile::tempdir().unwrap();
        let store = grown(folder.path(), kind);
        let holds: [Hold; 3] = [
            |store, lost| Box::new(store.at(lost).unwrap()),
            |store, lost| {
                let snapshot = store.at(lost).unwrap();
                Box::new(snapshot.entries(&DEFAULT, KeyRange::all(), Direction::Forward).unwrap())
            },
            |store, lost| {
                Box::new(store.diff(Version::Revision(lost), Version::Head, DiffOptions::default()).unwrap())
            },
        ];
        for hold in holds {
            let lost = lost_commit(folder.path(), &store);
            let held = hold(&store, &lost.to_string());
            let kept = collect(&store);
            assert_eq!(kept.garbage, 0, "{kind:?}");
            assert!(has(folder.path(), lost));
            drop(held);
            assert!(collect(&store).garbage > 0, "{kind:?}");
            assert!(!has(folder.path(), lost));
        }
        // A transaction that began on a commit which is no more.
        put(&store, "began", "here");
        let began = commit(&store, "began").id;
        let transaction = store.transaction().unwrap();
        store.reset("HEAD~1", ResetMode::Hard).unwrap();
        forget(folder.path());
        collect(&store);
        assert!(has(folder.path(), began));
        assert_eq!(transaction.get(&DEFAULT, b"began").unwrap().unwrap(), "here");
        drop(transaction);
        collect(&store);
        assert!(!has(folder.path(), began), "{kind:?}");
    }
}

#[test]
fn what_a_killed_collection_kept_goes_with_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let store = grown(folder.path(), StorageKind::Git);
    let lost = lost_commit(folder.path(), &store);
    git(folder.path(), &["update-ref", "--create-reflog", "refs/prolly/kept-by-gc", &lost.to_string()]);
    collect(&store);
    assert_eq!(refs(folder.path()).trim(), "refs/heads/main");
    collect(&store);
    assert!(!has(folder.path(), lost));
}

#[test]
fn a_store_in_memory_lets_nodes_go() {
    let store = VersionedStore::memory(InitOptions::default()).unwrap();
    for round in 0..3 {
        for number in 0..500 {
            put(&store, &format!("{number}"), &format!("{round}"));
        }
        commit(&store, "round");
    }
    let before = contents(&store);
    assert_eq!(collect(&store).garbage, 0);
    assert_eq!(contents(&store), before);
}
