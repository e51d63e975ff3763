//! Worktrees: a branch and staged changes each, over one store.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use std::path::Path;
use std::process::Command;

use common::*;
use prolly_versioning::{
    AddWorktreeOptions, CheckoutOptions, Error, MergeOutcome, ResetMode, StorageKind, VersionedStore,
    WorktreeInfo,
};
use tempfile::TempDir;

/// A store in the folder `main`, and where worktrees can be made.
fn shop() -> (TempDir, VersionedStore) {
    let folder = TempDir::new().unwrap();
    let store = seeded(&folder.path().join("main"));
    (folder, store)
}

fn add(store: &VersionedStore, path: &Path) -> WorktreeInfo {
    store.add_worktree(path, &AddWorktreeOptions::default()).unwrap()
}

fn on(target: &str) -> AddWorktreeOptions {
    AddWorktreeOptions { target: Some(target.into()), ..AddWorktreeOptions::default() }
}

fn names(store: &VersionedStore) -> Vec<Option<String>> {
    store.worktrees().unwrap().into_iter().map(|worktree| worktree.name).collect()
}

#[test]
fn work_goes_on_side_by_side_and_is_merged() {
    let (folder, store) = shop();
    let path = folder.path().join("sale");
    let made = add(&store, &path);
    assert_eq!(
        (made.name.as_deref(), made.locked, made.missing, made.current),
        (Some("sale"), None, false, false)
    );
    assert_eq!(made.head.as_ref().unwrap().branch(), Some("sale"));
    // Nothing is checked out.
    let files: Vec<_> = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, [".git"]);

    let sale = open(&path);
    put(&sale, "a", "sale");
    put(&store, "b", "main");
    assert_eq!((get(&store, "a").as_deref(), get(&sale, "b").as_deref()), (Some("1"), Some("2")));
    commit(&sale, "cheaper");
    commit(&store, "dearer");
    let outcome = store.merge("sale", &merging()).unwrap();
    assert!(matches!(outcome, MergeOutcome::Merged { conflicts: 0, .. }));
    assert_eq!((get(&store, "a").as_deref(), get(&store, "b").as_deref()), (Some("sale"), Some("main")));
    let current: Vec<_> = sale.worktrees().unwrap().into_iter().map(|worktree| worktree.current).collect();
    assert_eq!(current, [false, true]);
    fsck(&folder.path().join("main"));
}

#[test]
fn no_stray_git_commit_can_remove_the_data() {
    let (folder, store) = shop();
    let path = folder.path().join("sale");
    add(&store, &path);
    for arguments in [&["commit", "-qam", "oops"][..], &["add", "-A"], &["checkout", "main"]] {
        let ran = Command::new("git").arg("-C").arg(&path).args(arguments).output().unwrap();
        assert!(!ran.status.success(), "{arguments:?}");
    }
    assert_eq!(contents(&open(&path)).len(), 3);
    // What reads works.
    assert!(git(&path, &["log", "--oneline"]).contains("seed"));
    assert!(git(&path, &["worktree", "list"]).contains("sale"));
    git(&path, &["gc", "--quiet", "--prune=now"]);
    assert_eq!(contents(&open(&path)).len(), 3);
}

#[test]
fn a_branch_is_checked_out_once() {
    let (folder, store) = shop();
    add(&store, &folder.path().join("sale"));
    for (path, options) in [("other", on("main")), ("other", on("sale"))] {
        let answer = store.add_worktree(folder.path().join(path), &options);
        assert!(matches!(answer, Err(Error::InUse { .. })), "{options:?}");
    }
    let taken = store.checkout("sale", &CheckoutOptions::default());
    assert!(matches!(taken, Err(Error::InUse { .. })));
    assert!(matches!(store.delete_branch("sale", true), Err(Error::InUse { .. })));
    assert_eq!(names(&store).len(), 2);
}

#[test]
fn a_worktree_begins_where_it_is_told_to() {
    let (folder, store) = shop();
    put(&store, "a", "2");
    commit(&store, "second");
    let made = store.add_worktree(folder.path().join("past"), &on("HEAD~1")).unwrap();
    assert_eq!(made.head.unwrap().branch(), None);
    assert_eq!(get(&open(&folder.path().join("past")), "a").as_deref(), Some("1"));
    let options = AddWorktreeOptions { create: Some("fix".into()), ..on("HEAD~1") };
    let made = store.add_worktree(folder.path().join("folder"), &options).unwrap();
    assert_eq!((made.name.as_deref(), made.head.unwrap().branch()), (Some("folder"), Some("fix")));
    let detached = AddWorktreeOptions { detach: true, ..on("main") };
    let made = store.add_worktree(folder.path().join("detached"), &detached).unwrap();
    assert_eq!(made.head.unwrap().branch(), None);
    // A branch named after the folder is taken when it is there.
    store.create_branch("there", Some("HEAD~1")).unwrap();
    let made = add(&store, &folder.path().join("there"));
    assert_eq!(made.head.unwrap().commit(), store.at("HEAD~1").unwrap().commit());
}

#[test]
fn what_cannot_be_made_changes_nothing() {
    let (folder, store) = shop();
    let full = folder.path().join("full");
    std::fs::create_dir(&full).unwrap();
    std::fs::write(full.join("file"), "mine").unwrap();
    assert!(matches!(store.add_worktree(&full, &on("main")), Err(Error::AlreadyExists { .. })));
    let path = folder.path().join("new");
    assert!(matches!(store.add_worktree(&path, &on("nowhere")), Err(Error::NotFound { .. })));
    let taken = AddWorktreeOptions { create: Some("main".into()), ..AddWorktreeOptions::default() };
    assert!(matches!(store.add_worktree(&path, &taken), Err(Error::AlreadyExists { .. })));
    assert!(!path.exists());
    assert_eq!(names(&store), [None]);
    assert_eq!(store.branches().unwrap().len(), 1);
}

#[test]
fn removing_refuses_to_lose_what_is_staged() {
    let (folder, store) = shop();
    let path = folder.path().join("sale");
    add(&store, &path);
    let sale = open(&path);
    put(&sale, "a", "staged");
    assert!(matches!(store.remove_worktree("sale", false), Err(Error::InUse { .. })), "open here");
    drop(sale);
    assert!(matches!(store.remove_worktree("sale", false), Err(Error::StagedChanges { .. })));
    store.lock_worktree("sale", "on a stick").unwrap();
    let Err(Error::InUse { by, .. }) = store.remove_worktree("sale", false) else { panic!("it went") };
    assert_eq!(by, "a lock: on a stick");
    assert_eq!(store.worktrees().unwrap()[1].locked.as_deref(), Some("on a stick"));
    assert!(matches!(store.lock_worktree("sale", ""), Err(Error::AlreadyExists { .. })));
    store.unlock_worktree("sale").unwrap();
    assert!(matches!(store.unlock_worktree("sale"), Err(Error::NotFound { .. })));
    assert_eq!(get(&open(&path), "a").as_deref(), Some("staged"));

    store.remove_worktree(path.to_str().unwrap(), true).unwrap();
    assert!(!path.exists());
    assert_eq!(names(&store), [None]);
    assert!(matches!(store.remove_worktree("sale", true), Err(Error::NotFound { .. })));
    assert!(matches!(
        store.remove_worktree(folder.path().join("main").to_str().unwrap(), true),
        Err(Error::InvalidArgument { .. })
    ));
    // A later one of the same name finds nothing of it.
    add(&store, &path);
    let again = open(&path);
    assert!(again.status().unwrap().is_clean());
    assert_eq!(get(&again, "a").as_deref(), Some("1"));
}

#[test]
fn one_that_git_removed_leaves_nothing_to_a_later_one() {
    let (folder, store) = shop();
    let path = folder.path().join("sale");
    add(&store, &path);
    put(&open(&path), "a", "staged");
    git(&folder.path().join("main"), &["worktree", "remove", "--force", path.to_str().unwrap()]);
    add(&store, &path);
    assert!(open(&path).status().unwrap().is_clean());
    // One whose folder was just deleted can be told and removed.
    std::fs::remove_dir_all(&path).unwrap();
    let found = &store.worktrees().unwrap()[1];
    assert!(found.missing && found.head.is_none());
    store.remove_worktree("sale", false).unwrap();
    assert_eq!(names(&store), [None]);
}

#[test]
fn what_is_staged_in_one_outlives_a_garbage_collection_in_another() {
    let (folder, store) = shop();
    let path = folder.path().join("sale");
    add(&store, &path);
    let sale = open(&path);
    let long = "x".repeat(100_000);
    for number in 0..400 {
        put(&sale, &format!("k{number}"), &long);
    }
    drop(sale);
    store.reset("HEAD", ResetMode::Hard).unwrap();
    git(&folder.path().join("main"), &["gc", "--quiet", "--prune=now"]);
    let sale = open(&path);
    assert_eq!(contents(&sale).len(), 403);
    assert_eq!(get(&sale, "k399"), Some(long));
}

#[test]
fn worktrees_share_nodes_that_are_beside_git() {
    let folder = TempDir::new().unwrap();
    let options = prolly_versioning::InitOptions {
        storage: StorageKind::File,
        branch: Some("main".into()),
        ..prolly_versioning::InitOptions::default()
    };
    let store = VersionedStore::init(folder.path().join("main"), options).unwrap();
    put(&store, "a", "1");
    commit(&store, "begin");
    add(&store, &folder.path().join("sale"));
    let sale = open(&folder.path().join("sale"));
    assert_eq!(sale.storage(), "file");
    put(&sale, "a", "2");
    commit(&sale, "cheaper");
    store.merge("sale", &merging()).unwrap();
    assert_eq!(get(&store, "a").as_deref(), Some("2"));
}
