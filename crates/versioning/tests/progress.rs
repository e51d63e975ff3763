//! Long work tells how far it is, and ends when whoever listens asks for it, with the store as it was.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use common::*;
use prolly_versioning::{
    Batch, CheckoutOptions, CloneOptions, Error, FetchOptions, GarbageOptions, InitOptions, MergeOutcome,
    PushOptions, Result, StageProgress, StorageKind, VersionedStore,
};
use tempfile::TempDir;

const NOW: GarbageOptions = GarbageOptions { grace: Duration::ZERO, dry_run: false };

/// A store of three versions whose trees have several levels.
fn grown(folder: &Path, storage: StorageKind) -> VersionedStore {
    let options = InitOptions { storage, branch: Some("main".into()), ..InitOptions::default() };
    let store = VersionedStore::init(folder, options).unwrap();
    for version in 0..3 {
        let mut batch = Batch::new();
        for number in 0..3000 {
            batch.put(&DEFAULT, format!("key {number:05}"), format!("{number} {version}").repeat(12));
        }
        store.write(batch).unwrap();
        commit(&store, "many");
    }
    store
}

/// Runs work that is told on, and gives what it told.
fn told<T>(
    work: impl FnOnce(&mut dyn FnMut(&StageProgress) -> ControlFlow<()>) -> Result<T>,
) -> Vec<StageProgress> {
    let mut told = Vec::new();
    let mut listener = |progress: &StageProgress| {
        told.push(progress.clone());
        ControlFlow::Continue(())
    };
    work(&mut listener).unwrap();
    told
}

/// Runs work that is to end at a stage.
fn ended<T: Debug>(
    stage: &str,
    work: impl FnOnce(&mut dyn FnMut(&StageProgress) -> ControlFlow<()>) -> Result<T>,
) {
    let mut listener = |progress: &StageProgress| {
        if progress.stage == stage { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let cancelled = work(&mut listener);
    let is_cancelled = |error: &Error| matches!(error.storage(), Some(prolly_storage::Error::Cancelled));
    assert!(cancelled.as_ref().is_err_and(is_cancelled), "{stage}: {cancelled:?}");
}

/// The stages, each once, as they came.
fn stages(told: &[StageProgress]) -> Vec<&str> {
    let mut stages: Vec<&str> = told.iter().map(|progress| &*progress.stage).collect();
    stages.dedup();
    stages
}

/// That counts go up within a stage, and end at the total where there is one.
fn counts_up(told: &[StageProgress]) {
    for stage in told.chunk_by(|one, other| one.stage == other.stage) {
        assert!(stage.is_sorted_by_key(|progress| progress.done), "{stage:?}");
        let last = stage.last().unwrap();
        assert!(last.total.is_none_or(|total| total == last.done), "{last:?}");
    }
}

#[test]
fn collecting_garbage_tells_and_ends() {
    for kind in kinds() {
        let folder = TempDir::new().unwrap();
        let store = grown(folder.path(), kind);
        let before = contents(&store);
        let beside: &[&str] =
            if kind == StorageKind::Git { &[] } else { &["reading versions", "marking nodes"] };
        let in_git = ["counting objects", "listing objects", "packing objects"];
        for stage in beside.iter().chain(&in_git) {
            ended(stage, |listener| store.collect_garbage_telling(&NOW, listener));
            store.refresh().unwrap();
            assert_eq!(contents(&store), before, "{kind:?} {stage}");
            assert!(!git(folder.path(), &["for-each-ref"]).contains("kept-by-gc"));
            assert!(!folder.path().join(".git/gc.pid").exists());
        }
        let told = told(|listener| store.collect_garbage_telling(&NOW, listener));
        let stages = stages(&told);
        assert!(stages.starts_with(beside), "{stages:?}");
        let in_order: Vec<_> = stages.iter().filter(|stage| in_git.contains(stage)).collect();
        assert!(in_order.starts_with(&[&"counting objects", &"listing objects", &"packing objects"]));
        assert_eq!(contents(&store), before);
        fsck(folder.path());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn collecting_garbage_tells_how_much_git_has_packed() {
    let folder = TempDir::new().unwrap();
    let store = grown(folder.path(), StorageKind::Git);
    let told = told(|listener| store.collect_garbage_telling(&NOW, listener));
    let packed = told.iter().rfind(|progress| progress.stage == "writing objects").unwrap();
    assert_eq!(packed.total, Some(packed.done));
}

#[test]
fn migrating_tells_and_ends_with_the_store_as_it_was() {
    let folder = TempDir::new().unwrap();
    drop(grown(folder.path(), StorageKind::Git));
    let nodes = folder.path().join(".git/prolly/nodes");
    ended("copying versions", |listener| {
        let mut late = |progress: &StageProgress| {
            if progress.done < 2 { ControlFlow::Continue(()) } else { listener(progress) }
        };
        VersionedStore::migrate_telling(folder.path(), StorageKind::File, &mut late)
    });
    assert!(!nodes.exists());
    let store = open(folder.path());
    assert_eq!((store.storage(), contents(&store).len()), ("git", 3000));
    drop(store);

    let there = told(|listener| VersionedStore::migrate_telling(folder.path(), StorageKind::File, listener));
    assert_eq!((stages(&there), there.last().unwrap().total), (vec!["copying versions"], Some(3)));
    counts_up(&there);
    ended("writing versions", |listener| {
        VersionedStore::migrate_telling(folder.path(), StorageKind::Git, listener)
    });
    let store = open(folder.path());
    assert_eq!((store.storage(), contents(&store).len()), ("file", 3000));
    put(&store, "after", "1");
    commit(&store, "after");
    drop(store);
    let back = told(|listener| VersionedStore::migrate_telling(folder.path(), StorageKind::Git, listener));
    assert_eq!(stages(&back).first(), Some(&"writing versions"));
    assert!(!nodes.exists());
    assert_eq!(contents(&open(folder.path())).len(), 3001);
}

#[test]
fn cloning_tells_and_leaves_nothing_when_it_ends() {
    let folders: Vec<_> = (0..2).map(|_| TempDir::new().unwrap()).collect();
    let store = grown(folders[0].path(), StorageKind::Git);
    let url = format!("file://{}", folders[0].path().display());
    let copy = folders[1].path().join("copy");
    let options = CloneOptions { storage: StorageKind::File, ..CloneOptions::default() };
    let clone = |listener: &mut dyn FnMut(&StageProgress) -> ControlFlow<()>| {
        VersionedStore::clone_telling(&url, &copy, options, listener).map(drop)
    };
    for stage in ["connecting", "receiving objects", "copying versions"] {
        ended(stage, clone);
        assert!(!copy.exists(), "{stage}");
    }
    // A folder that was there stays, and what is not the clone's.
    std::fs::create_dir(&copy).unwrap();
    ended("copying versions", clone);
    assert_eq!(std::fs::read_dir(&copy).unwrap().count(), 0);

    let told = told(clone);
    let stages = stages(&told);
    assert_eq!((stages.first(), stages.last()), (Some(&"connecting"), Some(&"copying versions")));
    assert!(stages.contains(&"counting objects") && stages.contains(&"receiving objects"), "{stages:?}");
    let copied: Vec<_> = told.iter().filter(|progress| progress.stage == "copying versions").collect();
    assert_eq!(copied.last().unwrap().total, Some(3));
    assert_eq!(contents(&open(&copy)), contents(&store));
}

#[test]
fn a_clone_that_fails_says_what_is_wrong_and_not_how_far_it_was() {
    let folder = TempDir::new().unwrap();
    let nowhere = folder.path().join("nowhere").display().to_string();
    let failed = VersionedStore::clone_from(&nowhere, folder.path().join("copy"), CloneOptions::default());
    let message = failed.map(drop).unwrap_err().to_string();
    assert!(message.contains("does not exist") && !message.contains("Cloning into"), "{message}");
}

#[test]
fn pushing_and_fetching_tell_and_end() {
    let folders: Vec<_> = (0..3).map(|_| TempDir::new().unwrap()).collect();
    let remote = folders[0].path();
    git(remote, &["init", "--quiet", "--bare", "--initial-branch=main"]);
    let store = grown(folders[1].path(), StorageKind::File);
    store.add_remote("origin", &format!("file://{}", remote.display())).unwrap();
    for stage in ["writing versions", "connecting"] {
        ended(stage, |listener| store.push_telling(&PushOptions::default(), listener));
        assert_eq!(git(remote, &["for-each-ref"]), "");
    }
    // What a push that ended had written into Git is there.
    let sent = told(|listener| store.push_telling(&PushOptions::default(), listener));
    assert_eq!(stages(&sent).first(), Some(&"connecting"));
    assert!(sent.iter().any(|told| told.stage == "writing objects" && told.total == Some(told.done)));

    let copy = folders[2].path().join("copy");
    let url = format!("file://{}", remote.display());
    let options = CloneOptions { storage: StorageKind::File, ..CloneOptions::default() };
    let clone = VersionedStore::clone_from(&url, &copy, options).unwrap();
    put(&store, "new", "1");
    commit(&store, "new");
    store.push(&PushOptions::default()).unwrap();
    for stage in ["connecting", "copying versions"] {
        ended(stage, |listener| clone.fetch_telling(&FetchOptions::default(), listener));
    }
    let fetched = told(|listener| clone.pull_telling(&Default::default(), listener));
    assert!(stages(&fetched).starts_with(&["connecting"]), "{fetched:?}");
    assert_eq!(contents(&clone), contents(&store));
    fsck(&copy);
}

#[test]
fn merging_tells_and_changes_nothing_when_it_ends() {
    let folder = TempDir::new().unwrap();
    let store = grown(folder.path(), StorageKind::Git);
    let create = CheckoutOptions { create: Some("feature".into()), ..CheckoutOptions::default() };
    store.checkout("main", &create).unwrap();
    for number in (0..3000).step_by(3) {
        put(&store, &format!("key {number:05}"), "feature");
    }
    commit(&store, "feature");
    store.checkout("main", &CheckoutOptions::default()).unwrap();
    for number in (1..3000).step_by(3) {
        put(&store, &format!("key {number:05}"), "main");
    }
    let head = commit(&store, "main").id;
    for stage in ["merging keys", "committing"] {
        ended(stage, |listener| store.merge_telling("feature", &merging(), listener));
        assert_eq!(store.head().unwrap().commit(), Some(head), "{stage}");
    }
    let told = told(|listener| {
        let outcome = store.merge_telling("feature", &merging(), listener)?;
        assert!(matches!(outcome, MergeOutcome::Merged { conflicts: 0, .. }));
        Ok(())
    });
    assert_eq!(stages(&told), ["merging keys", "committing"]);
    assert_eq!(get(&store, "key 00003").as_deref(), Some("feature"));
    assert_eq!(get(&store, "key 00004").as_deref(), Some("main"));
}
