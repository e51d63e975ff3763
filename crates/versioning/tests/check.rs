//! Faults are found and named, and what can be put right is.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use common::*;
use prolly_versioning::{
    AddWorktreeOptions, CheckReport, CheckoutOptions, Error, InitOptions, OpenOptions, StorageKind,
    StoreFault, VersionedStore,
};

fn check(folder: &Path) -> CheckReport {
    VersionedStore::check(folder, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn faults(folder: &Path) -> Vec<StoreFault> {
    check(folder).faults
}

/// Three commits, one of them on a branch, a namespace, a long value, a worktree, and staged changes in both.
fn grown(folder: &Path, storage: StorageKind) -> PathBuf {
    let (main, linked) = (folder.join("main"), folder.join("linked"));
    let options = InitOptions { storage, branch: Some("main".into()), ..InitOptions::default() };
    let store = VersionedStore::init(&main, options).unwrap();
    let mut batch = prolly_versioning::Batch::new();
    for number in 0..2000 {
        batch.put(&DEFAULT, format!("key {number:05}"), format!("{number}").repeat(12));
    }
    batch.put(&named("files"), "long", "l".repeat(90_000));
    store.write(batch).unwrap();
    commit(&store, "many");
    put(&store, "key 01000", "again");
    commit(&store, "again");
    let add = AddWorktreeOptions { create: Some("other".into()), ..AddWorktreeOptions::default() };
    store.add_worktree(&linked, &add).unwrap();
    let other = open(&linked);
    put(&other, "other", "1");
    commit(&other, "other");
    put(&other, "staged", "there");
    put(&store, "staged", "here");
    main
}

#[test]
fn a_sound_store_has_no_faults() {
    for kind in kinds() {
        let folder = tempfile::tempdir().unwrap();
        let main = grown(folder.path(), kind);
        let report = check(&main);
        assert_eq!(report.faults, []);
        assert_eq!(report.versions, 3);
        assert!(report.nodes > 30, "{kind:?}: {}", report.nodes);
        // A clone whose nodes are in Git still.
        let url = format!("file://{}", main.display());
        let clone = folder.path().join("clone");
        git(folder.path(), &["clone", "--quiet", "--bare", &url, &clone.display().to_string()]);
        assert_eq!(
            !faults(&clone).is_empty(),
            kind != StorageKind::Git,
            "{kind:?}: commits without their nodes"
        );
        assert_eq!(VersionedStore::repair(&main).unwrap(), Vec::<String>::new());
    }
}

#[test]
fn it_can_be_cut_short_and_needs_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let main = grown(folder.path(), StorageKind::Git);
    let stopped = VersionedStore::check(&main, &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Storage(prolly_storage::Error::Cancelled))));
    let nothing = VersionedStore::check(folder.path(), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(nothing, Err(Error::NotFound { .. })), "{nothing:?}");
}

/// Every file of nodes in turn.
#[test]
fn a_damaged_or_missing_node_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let main = grown(folder.path(), StorageKind::File);
    let nodes = files_below(&main.join(".git/prolly/nodes"));
    let nodes: Vec<_> = nodes.into_iter().filter(|path| fs::metadata(path).unwrap().len() > 40).collect();
    assert!(nodes.len() > 30);
    let mut named = 0;
    for path in &nodes {
        let bytes = fs::read(path).unwrap();
        let mut broken = bytes.clone();
        broken[bytes.len() / 2] ^= 4;
        for damaged in [Some(broken), None] {
            match &damaged {
                Some(broken) => fs::write(path, broken).unwrap(),
                None => fs::remove_file(path).unwrap(),
            }
            let found = faults(&main);
            assert!(!found.is_empty(), "{}", path.display());
            named += usize::from(found[0].subject.starts_with("node ") && !found[0].repairable);
            fs::write(path, &bytes).unwrap();
        }
    }
    assert!(named >= 2 * nodes.len() - 4, "{named} of {}", 2 * nodes.len());
    assert_eq!(faults(&main), []);
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_ref_and_a_head_that_name_nothing_are_faults() {
    let folder = tempfile::tempdir().unwrap();
    let main = grown(folder.path(), StorageKind::Git);
    fs::write(main.join(".git/refs/heads/gone"), format!("{}\n", "1".repeat(40))).unwrap();
    fs::write(main.join(".git/worktrees/linked/HEAD"), format!("{}\n", "2".repeat(40))).unwrap();
    let found = faults(&main);
    let about = |subject: &str| found.iter().any(|fault| fault.subject.contains(subject));
    assert!(about("refs/heads/gone") && about("worktrees/linked/HEAD"), "{found:?}");
    // No text of an id at all: told with what to do about it.
    fs::write(main.join(".git/refs/heads/gone"), "nonsense\n").unwrap();
    let found = faults(&main);
    assert!(found.iter().any(|fault| fault.remedy.contains("reflog")), "{found:?}");
    fs::write(main.join(".git/worktrees/linked/HEAD"), "nonsense").unwrap();
    assert!(faults(&main).iter().any(|fault| fault.subject.contains("worktrees/linked/HEAD")));
}

#[test]
fn a_pack_without_its_index_gets_one() {
    let folder = tempfile::tempdir().unwrap();
    let main = grown(folder.path(), StorageKind::Git);
    let before = contents(&open(&main));
    for index in files_below(&main.join(".git/objects/pack")) {
        if index.extension().is_some_and(|extension| extension == "idx") {
            fs::remove_file(index).unwrap();
        }
    }
    let found = faults(&main);
    assert!(found.iter().filter(|fault| fault.repairable).count() >= 3, "{found:?}");
    assert!(VersionedStore::repair(&main).unwrap().len() >= 3);
    assert_eq!(faults(&main), []);
    assert_eq!(contents(&open(&main)), before);
}

#[test]
fn a_damaged_journal_keeps_what_is_before_the_damage() {
    let folder = tempfile::tempdir().unwrap();
    let main = grown(folder.path(), StorageKind::Git);
    let journal = main.join(".git/prolly/worktrees/main/journal");
    let store = open(&main);
    put(&store, "first", "1");
    store.close().unwrap();
    let length = fs::metadata(&journal).unwrap().len();
    put(&store, "second", "2");
    put(&store, "third", "3");
    store.close().unwrap();
    drop(store);
    let bytes = fs::read(&journal).unwrap();

    // In the middle of the second: it was durable, so nothing is dropped unasked.
    let mut broken = bytes.clone();
    broken[usize::try_from(length).unwrap() + 12] ^= 1;
    fs::write(&journal, &broken).unwrap();
    let refused = VersionedStore::open(&main, OpenOptions::default());
    assert!(matches!(refused, Err(Error::Corruption { .. })));
    let found = faults(&main);
    assert!(found.len() == 1 && found[0].repairable && found[0].subject.contains("journal"), "{found:?}");
    let done = VersionedStore::repair(&main).unwrap();
    assert_eq!(done.len(), 1, "{done:?}");
    let aside: Vec<_> = files_below(journal.parent().unwrap());
    let aside = aside.iter().find(|path| path.display().to_string().contains("journal.damaged-")).unwrap();
    assert_eq!(fs::read(aside).unwrap(), broken);
    fs::remove_file(aside).unwrap();
    assert_eq!(faults(&main), []);
    let store = open(&main);
    assert_eq!(
        (get(&store, "first").as_deref(), get(&store, "second"), get(&store, "third")),
        (Some("1"), None, None)
    );
    commit(&store, "goes on");
    drop(store);

    // A torn tail: the next write would cut it, too.
    let bytes = fs::read(&journal).unwrap();
    fs::write(&journal, [&bytes[..], b"torn"].concat()).unwrap();
    assert!(faults(&main)[0].problem.contains("torn record"));
    assert_eq!(VersionedStore::repair(&main).unwrap().len(), 1);
    assert_eq!(fs::read(&journal).unwrap(), bytes);

    // The header: nothing can be read, and nothing else was staged.
    let mut broken = bytes;
    broken[20] ^= 1;
    fs::write(&journal, &broken).unwrap();
    assert!(faults(&main)[0].repairable);
    VersionedStore::repair(&main).unwrap();
    let store = open(&main);
    assert!(store.status().unwrap().is_clean());
    assert_eq!(get(&store, "first").as_deref(), Some("1"));
}

#[test]
fn a_journal_without_its_header_goes_on_from_the_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let main = grown(folder.path(), StorageKind::Git);
    let linked = folder.path().join("linked");
    let small = OpenOptions { checkpoint_bytes: 300, ..OpenOptions::default() };
    let other = VersionedStore::open(&linked, small).unwrap();
    for number in 0..30 {
        put(&other, &format!("many {number:02}"), &"m".repeat(60));
    }
    let (staged, head) = (contents(&other), other.resolve("HEAD").unwrap());
    drop(other);
    let journal = main.join(".git/prolly/worktrees/linked-linked/journal");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[9] ^= 1;
    fs::write(&journal, bytes).unwrap();
    assert_eq!(VersionedStore::repair(&main).unwrap().len(), 1);
    let other = open(&linked);
    assert_eq!(other.resolve("HEAD").unwrap(), head);
    let kept = contents(&other);
    assert!(kept.len() > staged.len() - 6 && kept.iter().all(|(key, value)| staged.get(key) == Some(value)));
    commit(&other, "what was left");
    assert_eq!(other.head().unwrap().branch(), Some("other"));
    assert_eq!(faults(&main), []);
    fsck(&main);
}

#[test]
fn what_was_left_unfinished_long_ago_goes() {
    let folder = tempfile::tempdir().unwrap();
    let main = grown(folder.path(), StorageKind::Git);
    let git_dir = main.join(".git");
    let left = ["prolly/storage.new", "prolly/worktrees/main/journal.new", "objects/pack/tmp_pack_aBcDeF"];
    for name in left {
        fs::write(git_dir.join(name), "half").unwrap();
    }
    assert_eq!(faults(&main), [], "somebody may be at it");
    for name in left {
        let file = File::options().write(true).open(git_dir.join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    }
    assert_eq!(faults(&main).len(), 3);
    assert_eq!(VersionedStore::repair(&main).unwrap().len(), 3);
    assert_eq!(faults(&main), []);
    assert!(left.iter().all(|name| !git_dir.join(name).exists()));
    // And the store goes on.
    let store = open(&main);
    store.checkout("main", &CheckoutOptions { force: true, ..CheckoutOptions::default() }).unwrap();
}

/// As `git` does it, which goes on when the process that started it has ended.
#[test]
fn whoever_rolls_up_packs_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let main = grown(folder.path(), StorageKind::Git);
    let packs = main.join(".git/objects/pack");
    let index = fs::read_dir(&packs).unwrap().map(|entry| entry.unwrap().path());
    let index = index.into_iter().find(|path| path.extension().is_some_and(|it| it == "idx")).unwrap();
    let (away, unfinished) = (folder.path().join("away"), packs.join(".tmp-1-pack-0.pack"));
    let lock = File::create(main.join(".git/prolly/repack.lock")).unwrap();
    lock.lock().unwrap();
    fs::rename(&index, &away).unwrap();
    fs::write(&unfinished, "PACK").unwrap();
    std::thread::scope(|scope| {
        let checking = scope.spawn(|| faults(&main));
        std::thread::sleep(Duration::from_millis(300));
        assert!(!checking.is_finished());
        fs::rename(&away, &index).unwrap();
        lock.unlock().unwrap();
        assert_eq!(checking.join().unwrap(), []);
    });
    // One that nobody finished for long is named, and goes.
    let old = SystemTime::now() - Duration::from_secs(3600);
    File::options().write(true).open(&unfinished).unwrap().set_modified(old).unwrap();
    assert_eq!(faults(&main).len(), 1);
    VersionedStore::repair(&main).unwrap();
    assert!(!unfinished.exists());
    assert_eq!(faults(&main), []);
}
