//! Writers that die, and several that live at once.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;
use std::{fs, thread};

use prolly_storage::Error;
use prolly_storage::git::{Oid, Repository};

use crate::common::{
    BRANCH, Store, again_in_child, build, new_commit, nodes_of, pack_files, parameters, read_all,
    read_revision, resolve, sample, store_of_parent,
};

fn leftovers(repository: &Repository) -> Vec<std::path::PathBuf> {
    let list = |folder: &str| {
        let folder = repository.common_dir().join("prolly").join(folder);
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    [list("intents"), list("incoming"), pack_files(repository, "keep")].concat()
}

/// One more commit on `main`, whose root holds `number` entries; retried when another process was faster.
fn commit_number(repository: &Repository, number: u32) -> Oid {
    let lock = repository.lock().unwrap();
    let parent = repository.ref_target(BRANCH).unwrap();
    let store = nodes_of(repository).staged();
    let root = build(&store, &sample(number));
    let commit = new_commit(parent.into_iter().collect(), &format!("{number}"));
    let staged = store.staged_nodes().unwrap();
    let written = repository.write_version(&lock, root, &parameters(), staged, &commit).unwrap();
    repository.update_ref(&lock, BRANCH, parent, Some(written.commit), "commit").unwrap();
    let commit = written.commit;
    drop(written);
    drop(lock);
    repository.roll_up_packs().unwrap();
    commit
}

#[test]
fn what_a_dead_writer_kept_is_dropped_by_the_next_one() {
    if let Some(repository) = store_of_parent() {
        let lock = repository.lock().unwrap();
        let store = nodes_of(&repository).staged();
        let root = build(&store, &sample(20));
        let commit = new_commit(Vec::new(), "never published");
        let staged = store.staged_nodes().unwrap();
        let _written = repository.write_version(&lock, root, &parameters(), staged, &commit).unwrap();
        fs::write(repository.common_dir().join("prolly/incoming/unfinished.pack"), "PACK").unwrap();
        std::process::abort();
    }
    let store = Store::new();
    store.commit(&sample(10));
    fs::write(pack_files(&store.repository, "pack")[0].with_extension("keep"), "mine").unwrap();
    let dead = again_in_child("crash::what_a_dead_writer_kept_is_dropped_by_the_next_one", &store.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(!dead.success());
    assert_eq!(leftovers(&store.repository).len(), 4, "an intent, a pack, its keep file, and the user's own");
    // While it is kept, gc leaves the unpublished pack alone.
    store.git(&["gc", "--prune=now", "--quiet"]);
    assert_eq!(pack_files(&store.repository, "pack").len(), 2);

    drop(store.repository.lock().unwrap());
    let left = leftovers(&store.repository);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(fs::read_to_string(&left[0]).unwrap(), "mine");
    fs::remove_file(&left[0]).unwrap();
    store.git(&["gc", "--prune=now", "--quiet"]);
    assert_eq!(pack_files(&store.repository, "pack").len(), 1);
    assert_eq!(read_revision(&store.path(), "main"), sample(10));
}

#[test]
fn a_lock_of_git_s_is_waited_for_and_left_alone() {
    let store = Store::new();
    let first = store.commit(&sample(10)).commit;
    let path = store.repository.common_dir().join("refs/heads/main.lock");
    fs::write(&path, "").unwrap();
    let lock = store.repository.lock().unwrap();
    let refused = store.repository.update_ref(&lock, BRANCH, Some(first), None, "").unwrap_err();
    assert!(matches!(&refused, Error::Locked { path: found } if *found == path), "{refused}");
    assert!(path.exists());
    drop(lock);
    assert!(leftovers(&store.repository).is_empty());
    // Git holds such a lock for a moment only.
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(100));
            fs::remove_file(&path).unwrap();
        });
        store.commit_update(b"key:00000001", b"after the wait");
    });
    assert_eq!(store.repository.reflog(BRANCH).unwrap().len(), 2);
}

#[test]
fn a_writer_that_takes_too_long_is_named() {
    let store = Store::new();
    let held = store.repository.lock().unwrap();
    let other = Repository::open(&store.path()).unwrap();
    let refused = other.lock_within(Duration::from_millis(20)).unwrap_err();
    assert!(matches!(&refused, Error::Locked { path } if path == held.path()), "{refused}");
    drop(held);
    other.lock_within(Duration::ZERO).unwrap();
}

#[test]
fn writers_killed_at_any_moment_lose_nothing_they_acknowledged() {
    if let Some(repository) = store_of_parent() {
        for number in 1.. {
            println!("\ncommitted {}", commit_number(&repository, number % 100 + 1));
        }
    }
    let store = Store::new();
    let mut acknowledged = Vec::new();
    for round in 0..40_u64 {
        let mut child = again_in_child(
            "crash::writers_killed_at_any_moment_lose_nothing_they_acknowledged",
            &store.path(),
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The child is killed while it goes on, at another moment in each round.
        let mut lines = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("committed ")?.parse::<Oid>().ok());
        acknowledged.extend(lines.by_ref().take(1));
        thread::sleep(Duration::from_micros(round * 397 % 9000));
        child.kill().unwrap();
        acknowledged.extend(lines);
        child.wait().unwrap();

        let repository = Repository::open(&store.path()).unwrap();
        let tip = resolve(&repository, "main");
        let last: Oid = *acknowledged.last().unwrap();
        assert!(repository.is_ancestor(last, tip).unwrap(), "round {round} lost {last}");
        read_all(&nodes_of(&repository), repository.read_version(tip).unwrap().root).unwrap();
        acknowledged.push(commit_number(&repository, 3));
        assert!(leftovers(&repository).is_empty(), "round {round}: {:?}", leftovers(&repository));
    }
    assert!(acknowledged.len() >= 80);
    assert_eq!(store.git(&["fsck", "--full", "--strict", "--no-dangling"]), "");
    // One line a commit: the branch's own history holds them all.
    assert!(store.git(&["rev-list", "main"]).lines().count() >= acknowledged.len());
}

#[test]
fn processes_and_threads_that_commit_at_once_lose_nothing() {
    const PROCESSES: usize = 3;
    const COMMITS: usize = 10;
    const NAME: &str = "crash::processes_and_threads_that_commit_at_once_lose_nothing";
    if let Some(repository) = store_of_parent() {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for number in 0..COMMITS {
                        commit_number(&repository, number as u32 + 1);
                    }
                });
            }
        });
        return;
    }
    let store = Store::new();
    let spawn = |_| again_in_child(NAME, &store.path()).stdout(Stdio::null()).spawn().unwrap();
    let children: Vec<_> = (0..PROCESSES).map(spawn).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let expected = PROCESSES * 2 * COMMITS;
    assert_eq!(store.git(&["rev-list", "main"]).lines().count(), expected);
    assert!(pack_files(&store.repository, "pack").len() <= 51, "packs were rolled up meanwhile");
    assert_eq!(store.repository.reflog(BRANCH).unwrap().len(), expected);
    assert_eq!(store.repository.reflog("HEAD").unwrap().len(), expected);
    assert_eq!(store.git(&["fsck", "--full", "--strict"]), "");
}

#[test]
fn readers_see_whole_versions_while_git_collects_garbage() {
    let store = Store::new();
    store.commit(&sample(200));
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..12 {
                store.commit_update(b"key:00000001", format!("{number}").as_bytes());
            }
        });
        let collector = scope.spawn(|| {
            for _ in 0..4 {
                store.git(&["gc", "--prune=now", "--quiet"]);
            }
        });
        let nodes = store.nodes();
        while !(writer.is_finished() && collector.is_finished()) {
            let version = store.repository.read_version(resolve(&store.repository, "main")).unwrap();
            assert_eq!(read_all(&nodes, version.root).unwrap().len(), 200);
        }
    });
    assert_eq!(store.git(&["rev-list", "main"]).lines().count(), 13);
    assert_eq!(store.git(&["fsck", "--full", "--strict"]), "");
}
