//! Writes that failed, and what half of one leaves.

use super::*;

#[test]
fn a_store_that_could_not_write_refuses_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "a");
    store.shared.appending().unwrap().writer.journal.as_mut().unwrap().refuse_writes();
    assert!(matches!(store.put(&DEFAULT, "b", "value"), Err(Error::Storage(_))));
    assert!(matches!(store.put(&DEFAULT, "b", "value"), Err(Error::Poisoned { .. })));
    assert!(matches!(commit(&store, "no"), Err(Error::Poisoned { .. })));
    assert!(matches!(store.close(), Err(Error::Poisoned { .. })));
    assert_eq!(keys(&store), ["a", "seed"], "reads go on");
    drop(store);
    let store = open(folder.path());
    assert_eq!(keys(&store), ["a", "seed"]);
    put(&store, "b");
    commit(&store, "next").unwrap();
}

#[test]
fn whoever_waited_for_a_failed_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let other = store.clone();
    let appending = store.shared.appending().unwrap();
    let waiting = std::thread::spawn(move || other.put(&DEFAULT, "b", "value"));
    // By then it has looked whether the store refuses writes, and waits for the right to append.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let failed = std::io::Error::other("made up");
    store.shared.poison(Error::io("sync", "journal", failed));
    drop(appending);
    let answer = waiting.join().unwrap();
    assert!(matches!(answer, Err(Error::Poisoned { .. })), "{answer:?}");
}

/// The lock of a checkpoint's ref is held, and the journal is a new one already: what is shown is what is there.
#[cfg(unix)]
#[test]
fn what_was_dropped_is_not_shown_again_when_its_checkpoint_stays() {
    let folder = tempfile::tempdir().unwrap();
    drop(seeded(folder.path()));
    let small = OpenOptions { checkpoint_bytes: 200, ..OpenOptions::default() };
    let store = VersionedStore::open(folder.path(), small).unwrap();
    store.put(&DEFAULT, "large", "x".repeat(500)).unwrap();
    let lock = folder.path().join(".git/refs/prolly/staged/main.lock");
    std::fs::write(&lock, "").unwrap();
    assert!(matches!(store.discard(), Err(Error::Storage(prolly_storage::Error::Locked { .. }))));
    std::fs::remove_file(lock).unwrap();
    put(&store, "b");
    assert_eq!(keys(&store), ["b", "seed"]);
    assert_eq!(store.status().unwrap().added, 1);
    commit(&store, "next").unwrap();
    assert_eq!(keys(&store), ["b", "seed"]);
}

/// A process died as it wrote to the reflog, and another program moved the branch before we did.
#[test]
fn half_a_line_in_a_reflog_is_no_lost_branch() {
    for length in [1, 30, 40, 41, 60, 81, 100] {
        let folder = tempfile::tempdir().unwrap();
        let store = seeded(folder.path());
        put(&store, "a");
        commit(&store, "second").unwrap();
        let second = store.resolve("HEAD").unwrap().to_string();
        drop(store);
        let log = folder.path().join(".git/logs/refs/heads/main");
        let lines = std::fs::read_to_string(&log).unwrap();
        // Of a move that never was.
        let died =
            format!("{second} {} Ada <ada@example.com> 1700000000 +0000\tcommit: died", "1".repeat(40));
        let half = &died[..length];
        std::fs::write(&log, format!("{lines}{half}")).unwrap();
        let identity = ["-c", "user.name=A", "-c", "user.email=a@b"];
        let tree = git(folder.path(), &["rev-parse", "HEAD^{tree}"]);
        let commit_tree = ["commit-tree", &tree, "-p", &second, "-m", "by git"];
        let next = git(folder.path(), &[&identity[..], &commit_tree].concat());
        git(folder.path(), &["update-ref", "refs/heads/main", &next]);
        let store = open(folder.path());
        assert_eq!(store.resolve("HEAD").unwrap().to_string(), next, "{length}");
        put(&store, "b");
        commit(&store, "third").unwrap();
        drop(store);
        // And where we come first, half a line does not spoil the next.
        let lines = std::fs::read_to_string(&log).unwrap();
        std::fs::write(&log, format!("{lines}{half}")).unwrap();
        let store = open(folder.path());
        put(&store, "c");
        let fourth = commit(&store, "fourth").unwrap().id.to_string();
        drop(store);
        let lines = std::fs::read_to_string(&log).unwrap();
        assert!(lines.ends_with('\n'));
        let last = lines.lines().last().unwrap();
        assert_eq!(last.split(' ').nth(1), Some(&*fourth), "{length}");
        assert_eq!(last.find(' '), Some(40));
    }
}

/// The worktrees of a store share the storage of its nodes.
#[cfg(unix)]
#[test]
fn a_storage_that_refuses_writes_is_opened_again_by_every_worktree() {
    let folder = tempfile::tempdir().unwrap();
    let linked = folder.path().join("linked");
    let options = InitOptions { storage: crate::StorageKind::File, ..InitOptions::default() };
    let main = VersionedStore::init(folder.path().join("main"), options).unwrap();
    put(&main, "seed");
    commit(&main, "seed").unwrap();
    main.add_worktree(&linked, &crate::AddWorktreeOptions::default()).unwrap();
    let other = open(&linked);
    put(&other, "there");
    // A device cannot be synced.
    let temporary = folder.path().join("main/.git/prolly/nodes/roots/.new");
    std::os::unix::fs::symlink("/dev/null", &temporary).unwrap();
    let root = main.shared.applied().unwrap().root();
    let storage = std::sync::Arc::clone(main.shared.backend.nodes().storage());
    assert!(storage.publish("root", None, Some(root)).unwrap_err().is_failed_write());
    assert!(storage.refuses_writes());
    assert!(commit(&other, "no").is_err());
    assert!(matches!(commit(&other, "no"), Err(Error::Poisoned { .. })));
    // While the handles that refuse are still open.
    let again = open(&linked);
    assert_eq!(keys(&again), ["seed", "there"]);
    commit(&again, "yes").unwrap();
    let again = open(&folder.path().join("main"));
    put(&again, "here");
    commit(&again, "yes").unwrap();
    drop((main, other));
    git(&linked, &["fsck", "--strict"]);
}
