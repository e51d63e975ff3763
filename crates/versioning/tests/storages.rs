//! Stores whose nodes are in Git, in files or in RocksDB have the same roots, and can be made from each other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use std::path::{Path, PathBuf};

use common::*;
use prolly_versioning::{
    AddWorktreeOptions, CheckoutOptions, CloneOptions, CommitId, Error, FetchOptions, InitOptions,
    LogOptions, MergeOutcome, OpenOptions, PullOptions, PushOptions, ResetMode, StorageKind, VersionedStore,
};
use tempfile::TempDir;

fn init_with(folder: &Path, storage: StorageKind) -> VersionedStore {
    let options = InitOptions { storage, branch: Some("main".into()), ..InitOptions::default() };
    VersionedStore::init(folder, options).unwrap()
}

/// A few commits with enough entries for a tree of several levels, long values and a merge.
fn grown(folder: &Path, storage: StorageKind) -> VersionedStore {
    let store = init_with(folder, storage);
    let mut batch = prolly_versioning::Batch::new();
    for number in 0..3000 {
        batch.put(&DEFAULT, format!("key {number:05}"), format!("{number}").repeat(12));
    }
    batch.put(&DEFAULT, "long", "l".repeat(3000));
    batch.put(
        &named("files"),
        "larger",
        (0..90_000_u32).map(|number| char::from(b'a' + (number % 7) as u8)).collect::<String>(),
    );
    store.write(batch).unwrap();
    commit(&store, "many");
    create(&store, "feature");
    put(&store, "key 00100", "feature");
    commit(&store, "on feature");
    store.checkout("main", &CheckoutOptions::default()).unwrap();
    put(&store, "key 02000", "main");
    commit(&store, "on main");
    store.merge("feature", &merging()).unwrap();
    store
}

fn create(store: &VersionedStore, branch: &str) {
    let options = CheckoutOptions { create: Some(branch.into()), ..CheckoutOptions::default() };
    store.checkout("HEAD", &options).unwrap();
}

/// The ids of all commits, and the entries and roots of their versions.
fn history(store: &VersionedStore) -> Vec<(CommitId, String, Contents)> {
    let log = store.log(&LogOptions { topological: true, ..LogOptions::default() }).unwrap();
    log.map(|commit| {
        let commit = commit.unwrap();
        let version = store.at(&commit.id.to_string()).unwrap();
        assert_eq!(commit.root, Some(version.root()));
        let entries = version
            .entries(&DEFAULT, prolly_versioning::KeyRange::all(), prolly_versioning::Direction::Forward)
            .unwrap();
        let entries = entries.map(|entry| entry.map(|(key, value)| (text(key), text(value))).unwrap());
        (commit.id, version.root().to_string(), entries.collect())
    })
    .collect()
}

fn remote(folder: &TempDir) -> (PathBuf, String) {
    let path = folder.path().join("remote.git");
    git(folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
    git(&path, &["config", "receive.fsckObjects", "true"]);
    let url = format!("file://{}", path.display());
    (path, url)
}

#[test]
fn equal_work_gives_equal_roots_and_is_there_again() {
    let mut roots = Vec::new();
    for kind in kinds() {
        let folder = TempDir::new().unwrap();
        let store = grown(folder.path(), kind);
        assert_eq!(store.storage(), kind.name());
        let before = history(&store);
        put(&store, "staged", "yes");
        drop(store);
        let store = open(folder.path());
        assert_eq!(store.storage(), kind.name());
        assert_eq!(history(&store), before, "{kind:?}");
        assert_eq!(get(&store, "staged").as_deref(), Some("yes"));
        roots.push(before.into_iter().map(|(_, root, contents)| (root, contents)).collect::<Vec<_>>());
        store.reset("HEAD~1", ResetMode::Hard).unwrap();
        assert_eq!(get(&store, "key 00100"), Some("100".repeat(12)));
        fsck(folder.path());
    }
    assert!(roots.windows(2).all(|pair| pair[0] == pair[1]));
}

/// Without a push in between: Git carries only what is in Git.
#[test]
fn a_store_on_this_machine_is_cloned_and_fetched_from_wherever_its_nodes_are() {
    for kind in kinds() {
        for other in kinds() {
            let folder = TempDir::new().unwrap();
            let (original, directory) = (folder.path().join("original"), folder.path().join("clone"));
            let store = grown(&original, kind);
            let url = format!("file://{}", original.display());
            let options = CloneOptions { storage: other, ..CloneOptions::default() };
            let clone = VersionedStore::clone_from(&url, &directory, options).unwrap();
            assert_eq!(history(&clone), history(&store), "{kind:?} to {other:?}");
            put(&store, "later", "1");
            commit(&store, "later");
            clone.pull(&PullOptions { merge: merging(), ..PullOptions::default() }).unwrap();
            assert_eq!(history(&clone), history(&store), "{kind:?} to {other:?}");
        }
    }
}

#[test]
fn any_store_is_pushed_to_and_cloned_into_any() {
    for kind in kinds() {
        let folders: Vec<_> = (0..2).map(|_| TempDir::new().unwrap()).collect();
        let (bare, url) = remote(&folders[0]);
        let store = grown(folders[1].path(), kind);
        store.add_remote("origin", &url).unwrap();
        store.push(&PushOptions::default()).unwrap();
        store.push(&PushOptions { branch: Some("feature".into()), ..PushOptions::default() }).unwrap();
        fsck(&bare);
        git(&bare, &["gc", "--quiet", "--prune=now"]);
        for other in kinds() {
            let folder = TempDir::new().unwrap();
            let directory = folder.path().join("clone");
            let options = CloneOptions { storage: other, ..CloneOptions::default() };
            let clone = VersionedStore::clone_from(&url, &directory, options).unwrap();
            assert_eq!(clone.storage(), other.name());
            assert_eq!(history(&clone), history(&store), "{kind:?} to {other:?}");

            // There, and back.
            put(&clone, "from the clone", other.name());
            commit(&clone, "there");
            clone.push(&PushOptions::default()).unwrap();
            store.fetch(&FetchOptions::default()).unwrap();
            let pulled = store.pull(&PullOptions { merge: merging(), ..PullOptions::default() }).unwrap();
            assert!(matches!(pulled, MergeOutcome::FastForward { .. }), "{kind:?} to {other:?}");
            assert_eq!(history(&store), history(&clone));
            put(&store, "here", other.name());
            commit(&store, "here");
            store.push(&PushOptions::default()).unwrap();
            clone.pull(&PullOptions::default()).unwrap();
            assert_eq!(history(&store), history(&clone));
            fsck(&directory);
        }
        fsck(&bare);
    }
}

#[test]
fn a_clone_without_the_nodes_is_no_empty_store() {
    let folders: Vec<_> = (0..3).map(|_| TempDir::new().unwrap()).collect();
    let (bare, url) = remote(&folders[0]);
    let store = grown(folders[1].path(), StorageKind::File);
    store.add_remote("origin", &url).unwrap();
    // As the stock git pushes: the commits alone.
    git(folders[1].path(), &["push", "--quiet", "origin", "main"]);
    let copy = folders[2].path().join("copy");
    let missing = |answer: Result<VersionedStore, Error>| {
        let Err(error) = answer else { return false };
        matches!(error.storage(), Some(prolly_storage::Error::MissingNode { .. }))
    };
    assert!(missing(VersionedStore::clone_from(&url, &copy, CloneOptions::default())));
    assert!(missing(VersionedStore::open(&copy, OpenOptions::default())));
    // What goes with the commits comes later.
    store.push(&PushOptions::default()).unwrap();
    git(&copy, &["fetch", "--quiet", "origin"]);
    assert_eq!(history(&open(&copy)), history(&store));
    drop(store);
    fsck(&bare);
}

#[test]
fn companions_are_the_same_whoever_makes_them() {
    let folders: Vec<_> = (0..3).map(|_| TempDir::new().unwrap()).collect();
    let (_, url) = remote(&folders[0]);
    let store = grown(folders[1].path(), StorageKind::File);
    store.add_remote("origin", &url).unwrap();
    store.push(&PushOptions::default()).unwrap();
    let companion = |folder: &Path| git(folder, &["rev-parse", "refs/prolly/nodes/heads/main"]);
    let first = companion(folders[1].path());
    let directory = folders[2].path().join("clone");
    let options = CloneOptions { storage: StorageKind::File, ..CloneOptions::default() };
    let clone = VersionedStore::clone_from(&url, &directory, options).unwrap();
    git(&directory, &["update-ref", "-d", "refs/prolly/nodes/heads/main"]);
    clone.push(&PushOptions::default()).unwrap();
    assert_eq!(companion(&directory), first);
}

#[test]
fn migrating_keeps_every_version_and_what_is_staged() {
    for from in kinds() {
        for to in kinds() {
            let folder = TempDir::new().unwrap();
            let store = grown(folder.path(), from);
            let (lost, all) = (store.at("HEAD").unwrap().commit().unwrap(), history(&store).len());
            store.reset("HEAD~1", ResetMode::Hard).unwrap();
            let before = history(&store);
            put(&store, "staged", "yes");
            let busy = VersionedStore::migrate(folder.path(), to);
            assert!(matches!(busy, Err(Error::InUse { .. })), "{from:?} to {to:?}");
            drop(store);

            let report = VersionedStore::migrate(folder.path(), to).unwrap();
            assert_eq!((report.from, report.to), (from, to));
            assert_eq!(report.versions > 0, from != to);
            let store = open(folder.path());
            assert_eq!(store.storage(), to.name());
            assert_eq!(history(&store), before, "{from:?} to {to:?}");
            assert_eq!(get(&store, "staged").as_deref(), Some("yes"));
            // What only the reflog has can still be gone back to.
            store.reset(&lost.to_string(), ResetMode::Hard).unwrap();
            assert_eq!(get(&store, "key 00100").as_deref(), Some("feature"));
            put(&store, "after", "1");
            commit(&store, "after");
            drop(store);
            fsck(folder.path());
            // And back again.
            VersionedStore::migrate(folder.path(), from).unwrap();
            let store = open(folder.path());
            assert_eq!(history(&store).len(), all + 1);
            assert_eq!(get(&store, "after").as_deref(), Some("1"));
        }
    }
}

#[test]
fn a_note_that_names_no_storage_is_corruption() {
    let folder = TempDir::new().unwrap();
    drop(init_with(folder.path(), StorageKind::File));
    let note = folder.path().join(".git/prolly/storage");
    std::fs::write(&note, "tape\n").unwrap();
    let opened = VersionedStore::open(folder.path(), OpenOptions::default());
    assert!(matches!(opened, Err(Error::Corruption { .. })));
}

#[test]
fn a_remote_that_rewrites_its_branch_takes_no_nodes_away() {
    let folders: Vec<_> = (0..3).map(|_| TempDir::new().unwrap()).collect();
    let (bare, url) = remote(&folders[0]);
    let store = grown(folders[1].path(), StorageKind::File);
    store.add_remote("origin", &url).unwrap();
    store.push(&PushOptions::default()).unwrap();
    let directory = folders[2].path().join("clone");
    // Its nodes are in the companions alone.
    let clone = VersionedStore::clone_from(&url, &directory, CloneOptions::default()).unwrap();
    let before = history(&clone);
    store.reset("HEAD~1", ResetMode::Hard).unwrap();
    put(&store, "key 00001", "rewritten");
    commit(&store, "rewritten");
    store.push(&PushOptions { force: true, ..PushOptions::default() }).unwrap();
    drop(clone);
    let clone = open(&directory);
    clone.fetch(&FetchOptions::default()).unwrap();
    git(&directory, &["gc", "--quiet", "--prune=now"]);
    drop(clone);
    assert_eq!(history(&open(&directory)), before);
    fsck(&bare);
}

/// A commit that no branch reaches, only the detached HEAD of a worktree or the reflog of it.
#[test]
fn migrating_keeps_what_only_another_worktree_has() {
    let folder = TempDir::new().unwrap();
    let (main, side) = (folder.path().join("main"), folder.path().join("side"));
    let store = init_with(&main, StorageKind::File);
    put(&store, "base", "1");
    commit(&store, "base");
    let detached = AddWorktreeOptions { detach: true, ..AddWorktreeOptions::default() };
    store.add_worktree(&side, &detached).unwrap();
    let worktree = open(&side);
    put(&worktree, "left", "in the reflog");
    commit(&worktree, "left");
    let left = worktree.at("HEAD").unwrap().commit().unwrap();
    worktree.reset("HEAD~1", ResetMode::Hard).unwrap();
    put(&worktree, "kept", "at HEAD");
    commit(&worktree, "kept");
    drop((store, worktree));

    // As on a drive that is away.
    let away = folder.path().join("away");
    std::fs::rename(&side, &away).unwrap();
    VersionedStore::migrate(&main, StorageKind::Git).unwrap();
    std::fs::rename(&away, &side).unwrap();
    let worktree = open(&side);
    assert_eq!(get(&worktree, "kept").as_deref(), Some("at HEAD"));
    worktree.reset(&left.to_string(), ResetMode::Hard).unwrap();
    assert_eq!(get(&worktree, "left").as_deref(), Some("in the reflog"));
}
