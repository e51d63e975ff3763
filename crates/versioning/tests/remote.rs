//! Clone, push and pull, and the stock `git` beside the store.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use common::*;
use prolly_versioning::{
    CheckoutOptions, CloneOptions, Direction, Error, FetchOptions, KeyRange, MergeOutcome, OpenOptions,
    PullOptions, PushOptions, VersionedStore,
};

#[test]
fn work_goes_through_a_bare_remote_and_back() {
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let remote = folders[0].path().join("remote.git");
    git(folders[0].path(), &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
    git(&remote, &["config", "receive.fsckObjects", "true"]);
    let url = format!("file://{}", remote.display());
    let store = seeded(folders[1].path());
    assert!(matches!(store.push(&PushOptions::default()), Err(Error::NotFound { .. })));
    store.add_remote("origin", &url).unwrap();
    assert!(matches!(store.add_remote("origin", &url), Err(Error::AlreadyExists { .. })));
    store.push(&PushOptions::default()).unwrap();

    let directory = folders[2].path().join("clone");
    let clone = VersionedStore::clone_from(&url, &directory, CloneOptions::default()).unwrap();
    assert_eq!(contents(&clone), contents(&store));
    assert_eq!(clone.root_hash().unwrap(), store.root_hash().unwrap());
    store.create_branch("feature", None).unwrap();
    store.push(&PushOptions { branch: Some("feature".into()), ..PushOptions::default() }).unwrap();
    clone.fetch(&FetchOptions::default()).unwrap();
    assert_eq!(clone.checkout("feature", &CheckoutOptions::default()).unwrap().branch(), Some("feature"));
    clone.checkout("main", &CheckoutOptions::default()).unwrap();
    put(&clone, "d", "4");
    commit(&clone, "from the clone");
    clone.push(&PushOptions::default()).unwrap();

    put(&store, "e", "5");
    assert!(matches!(store.pull(&PullOptions::default()), Err(Error::StagedChanges { .. })));
    commit(&store, "here");
    assert!(matches!(store.push(&PushOptions::default()), Err(Error::PushRejected { .. })));
    let outcome = store.pull(&PullOptions { merge: merging(), ..PullOptions::default() }).unwrap();
    assert!(matches!(outcome, MergeOutcome::Merged { .. }));
    store.push(&PushOptions::default()).unwrap();
    clone.fetch(&FetchOptions::default()).unwrap();
    assert_eq!(clone.at("origin/main").unwrap().count(&DEFAULT, &KeyRange::all()).unwrap(), 5);
    assert!(matches!(clone.pull(&PullOptions::default()).unwrap(), MergeOutcome::FastForward { .. }));
    assert_eq!(contents(&clone), contents(&store));
    for folder in [folders[1].path(), &directory, &remote] {
        git(folder, &["gc", "--prune=now", "--quiet"]);
        fsck(folder);
    }
    assert_eq!(contents(&open(&directory)).len(), 5);
}

#[test]
fn a_plain_clone_is_read_as_it_is_and_turned_bare_by_the_first_write() {
    let folders: Vec<_> = (0..2).map(|_| tempfile::tempdir().unwrap()).collect();
    let store = seeded(folders[0].path());
    let url = format!("file://{}", folders[0].path().display());
    let directory = folders[1].path().join("clone");
    git(folders[1].path(), &["clone", "--quiet", &url, "clone"]);
    let clone = open(&directory);
    assert_eq!(contents(&clone), contents(&store));
    assert!(directory.join(".gitattributes").exists(), "reading changes nothing");
    put(&clone, "d", "4");
    assert!(!directory.join(".gitattributes").exists());
    commit(&clone, "first write");
    assert_eq!(git(&directory, &["config", "core.bare"]).trim(), "true");
    assert_eq!(contents(&clone).len(), 4);
    fsck(&directory);
}

#[test]
fn a_worktree_has_its_own_branch_and_staged_changes() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    store.create_branch("feature", None).unwrap();
    let linked = folder.path().join("linked");
    git(folder.path(), &["worktree", "add", "--quiet", "--no-checkout", linked.to_str().unwrap(), "feature"]);
    let other = open(&linked);
    put(&store, "x", "main");
    put(&other, "x", "feature");
    assert_eq!((get(&store, "x").as_deref(), get(&other, "x").as_deref()), (Some("main"), Some("feature")));
    let refused = store.checkout("feature", &CheckoutOptions { force: true, ..CheckoutOptions::default() });
    assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");
    assert!(matches!(store.delete_branch("feature", true), Err(Error::InUse { .. })));
    assert!(matches!(store.rename_branch("feature", "x"), Err(Error::InUse { .. })));
    commit(&other, "in the linked one");
    assert_eq!(get(&store, "x").as_deref(), Some("main"));
    assert_eq!(store.status().unwrap().added, 1);
    let branch = store.branches().unwrap().into_iter().find(|branch| branch.name == "feature").unwrap();
    assert!(branch.checked_out_at.is_some());
    drop((store, other));
    assert_eq!(get(&open(&linked), "x").as_deref(), Some("feature"));
    assert_eq!(get(&open(folder.path()), "x").as_deref(), Some("main"));
    fsck(folder.path());
}

#[test]
fn staged_changes_are_carried_over_when_git_moves_the_branch() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let first = store.resolve("HEAD").unwrap().to_string();
    put(&store, "d", "4");
    let second = commit(&store, "second").id.to_string();
    put(&store, "e", "5");
    git(folder.path(), &["update-ref", "refs/heads/main", &first]);
    store.refresh().unwrap();
    assert_eq!(contents(&store), map([("a", "1"), ("b", "2"), ("c", "3"), ("e", "5")]));
    put(&store, "d", "mine");
    git(folder.path(), &["update-ref", "refs/heads/main", &second]);
    let refused = store.status();
    assert!(
        matches!(&refused, Err(Error::Conflict { keys, more: false, .. }) if keys.len() == 1 && keys[0].key == "d"),
        "{refused:?}"
    );
    assert!(store.put(&DEFAULT, "f", "6").is_err());
    assert!(store.commit(&by_ada("no")).is_err());
    assert_eq!(get(&store, "d").as_deref(), Some("mine"), "reads go on, and nothing is dropped");
    drop(store);
    let store = open(folder.path());
    assert_eq!(get(&store, "d").as_deref(), Some("mine"));
    assert!(matches!(store.refresh(), Err(Error::Conflict { .. })));
    git(folder.path(), &["update-ref", "refs/heads/main", &first]);
    store.refresh().unwrap();
    assert_eq!(get(&store, "d").as_deref(), Some("mine"));
    git(folder.path(), &["update-ref", "refs/heads/main", &second]);
    assert!(store.refresh().is_err());
    store.discard().unwrap();
    assert_eq!(get(&store, "d").as_deref(), Some("4"));
    assert!(store.status().unwrap().is_clean());
}

#[test]
fn a_deleted_range_conflicts_with_keys_that_came_to_be_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let first = store.resolve("HEAD").unwrap().to_string();
    put(&store, "bb", "new");
    let second = commit(&store, "second").id.to_string();
    git(folder.path(), &["update-ref", "refs/heads/main", &first]);
    store.refresh().unwrap();
    assert_eq!(store.delete_range(&DEFAULT, &KeyRange::prefix(b"b")).unwrap(), 1);
    git(folder.path(), &["update-ref", "refs/heads/main", &second]);
    assert!(matches!(store.refresh(), Err(Error::Conflict { keys, .. }) if keys[0].key == "bb"));
}

#[test]
fn a_lost_branch_is_an_error_that_names_the_last_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let tip = store.resolve("HEAD").unwrap();
    drop(store);
    git(folder.path(), &["update-ref", "-d", "refs/heads/main"]);
    match VersionedStore::open(folder.path(), OpenOptions::default()).err() {
        Some(Error::BranchMissing { branch, last_known }) => {
            assert_eq!(branch, "main");
            assert_eq!(last_known, Some(tip));
        }
        other => panic!("{other:?}"),
    }
    git(folder.path(), &["update-ref", "refs/heads/main", &tip.to_string()]);
    assert_eq!(contents(&open(folder.path())).len(), 3);
    // Without a journal or reflog, another ref still says that there was something.
    std::fs::remove_dir_all(folder.path().join(".git/prolly")).unwrap();
    std::fs::remove_dir_all(folder.path().join(".git/logs")).unwrap();
    git(folder.path(), &["branch", "other"]);
    git(folder.path(), &["update-ref", "-d", "refs/heads/main"]);
    let refused = VersionedStore::open(folder.path(), OpenOptions::default()).err();
    assert!(matches!(refused, Some(Error::BranchMissing { .. })), "{refused:?}");
}

#[test]
fn a_store_on_a_read_only_copy_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "staged", "yes");
    let snapshot = store.at("HEAD").unwrap();
    let entries = snapshot.entries(&DEFAULT, KeyRange::all(), Direction::Backward).unwrap();
    assert_eq!(entries.map(|entry| text(entry.unwrap().0)).collect::<Vec<_>>(), ["c", "b", "a"]);
    drop(store);
    let before = std::fs::read(folder.path().join(".git/prolly/worktrees/main/journal")).unwrap();
    let store = open(folder.path());
    assert_eq!(get(&store, "staged").as_deref(), Some("yes"));
    let after = std::fs::read(folder.path().join(".git/prolly/worktrees/main/journal")).unwrap();
    assert_eq!(before, after, "reading writes nothing");
}
