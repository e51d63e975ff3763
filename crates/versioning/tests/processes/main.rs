//! Several processes on one store, and processes that are killed.
//!
//! The program runs itself as the other processes: `processes worker NAME …`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a fault here is a failed test")]

#[path = "../common/mod.rs"]
mod common;
mod kills;
mod model;
mod soak;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use common::*;
use prolly_versioning::{Error, LogOptions, StorageKind, Transaction};

/// Each test with its name.
const TESTS: &[(&str, fn())] = &[
    ("four_processes_make_every_commit_they_ask_for", four_processes_commit),
    ("sets_of_four_processes_are_all_kept", four_processes_set),
    ("commits_and_sets_of_other_processes_mix", commits_beside_sets),
    ("killed_processes_lose_nothing_over_git", || kills::killed_processes_lose_nothing(StorageKind::Git)),
    ("killed_processes_lose_nothing_over_files", || kills::killed_processes_lose_nothing(StorageKind::File)),
    #[cfg(feature = "rocksdb")]
    ("killed_processes_lose_nothing_over_rocksdb", || {
        kills::killed_processes_lose_nothing(StorageKind::RocksDb);
    }),
    ("four_processes_of_four_threads_over_git", || soak::soak(StorageKind::Git)),
    ("four_processes_of_four_threads_over_files", || soak::soak(StorageKind::File)),
    #[cfg(feature = "rocksdb")]
    ("sixteen_threads_over_rocksdb", || soak::soak(StorageKind::RocksDb)),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("worker", rest)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return work(rest);
    }
    if arguments.iter().any(|argument| argument == "--list") {
        TESTS.iter().for_each(|(name, _)| println!("{name}: test"));
        return;
    }
    let filters: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted =
        |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()));
    let mut passed = 0;
    for (name, test) in TESTS.iter().filter(|(name, _)| wanted(name)) {
        let start = Instant::now();
        test();
        println!("test {name} ... ok ({} ms)", start.elapsed().as_millis());
        passed += 1;
    }
    println!("test result: ok. {passed} passed; 0 failed; {} filtered out", TESTS.len() - passed);
}

/// Starts this program as a worker.
fn start(arguments: &[&str], folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("worker").args(arguments).arg(folder).stdout(Stdio::piped());
    command.spawn().unwrap()
}

/// What a worker printed, once it ended well.
fn finish(child: Child) -> Vec<String> {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "a worker failed: {}", output.status);
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn work(arguments: &[String]) {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["transact", name, count, folder] => transact(name, count.parse().unwrap(), Path::new(folder)),
        ["set", name, count, folder] => set(name, count.parse().unwrap(), Path::new(folder)),
        ["commit", count, folder] => commits(count.parse().unwrap(), Path::new(folder)),
        ["soak", process, threads, actions, seconds, folder] => {
            let numbers = [process, threads, actions, seconds].map(|number| number.parse().unwrap());
            soak::work(numbers, Path::new(folder));
        }
        ["random", seed, folder] => kills::random(seed.parse().unwrap(), Path::new(folder)),
        _ => panic!("{arguments:?}"),
    }
}

fn transact(name: &str, count: usize, folder: &Path) {
    let store = open(folder);
    for round in 0..count {
        let key = format!("{name}/{round}");
        let work = |transaction: &Transaction| transaction.put(&DEFAULT, key.clone(), "done");
        let (info, ()) = store.transact::<_, Error>(&by_ada(&key), work).unwrap();
        let committed = store.at(&info.id.to_string()).unwrap();
        assert_eq!(committed.get(&DEFAULT, key.as_bytes()).unwrap().unwrap(), "done");
        println!("{}", info.id);
    }
}

fn set(name: &str, count: usize, folder: &Path) {
    for round in 0..count {
        // Each as a command of its own would: open, set, end.
        let store = open(folder);
        put(&store, &format!("{name}/{round}"), "set");
    }
}

fn commits(count: usize, folder: &Path) {
    let store = open(folder);
    let mut made = 0;
    while made < count {
        match store.commit(&by_ada("all that is staged")) {
            Ok(info) => {
                println!("{}", info.id);
                made += 1;
            }
            Err(Error::NothingToCommit { .. }) => put(&store, &format!("commit/{made}"), "mine"),
            Err(error) => panic!("{error}"),
        }
    }
}

fn four_processes_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "staged", "yes");
    drop(store);
    let workers: Vec<_> =
        (0..4).map(|number| start(&["transact", &number.to_string(), "25"], folder.path())).collect();
    let mut commits: Vec<_> = workers.into_iter().flat_map(finish).collect();
    commits.sort_unstable();
    commits.dedup();
    assert_eq!(commits.len(), 100);
    let store = open(folder.path());
    let mut log: Vec<_> =
        store.log(&LogOptions::default()).unwrap().map(|commit| commit.unwrap().id.to_string()).collect();
    assert_eq!(log.len(), 101);
    log.sort_unstable();
    assert!(commits.iter().all(|commit| log.binary_search(commit).is_ok()));
    assert_eq!(contents(&store).len(), 104);
    assert_eq!(get(&store, "staged").as_deref(), Some("yes"));
    assert_eq!(store.status().unwrap().added, 1);
    fsck(folder.path());
}

fn four_processes_set() {
    let folder = tempfile::tempdir().unwrap();
    let store = init(folder.path());
    let workers: Vec<_> =
        (0..4).map(|number| start(&["set", &number.to_string(), "50"], folder.path())).collect();
    for round in 0..50 {
        put(&store, &format!("parent/{round}"), "set");
    }
    workers.into_iter().for_each(|worker| drop(finish(worker)));
    assert_eq!(store.status().unwrap().added, 250);
    assert_eq!(contents(&store).len(), 250);
    commit(&store, "all");
    assert_eq!(contents(&open(folder.path())).len(), 250);
    fsck(folder.path());
}

fn commits_beside_sets() {
    let folder = tempfile::tempdir().unwrap();
    drop(seeded(folder.path()));
    let mut workers: Vec<_> =
        (0..3).map(|number| start(&["set", &number.to_string(), "50"], folder.path())).collect();
    workers.push(start(&["commit", "15"], folder.path()));
    let printed: usize = workers.into_iter().map(|worker| finish(worker).len()).sum();
    assert_eq!(printed, 15);
    let store = open(folder.path());
    assert_eq!(store.log(&LogOptions::default()).unwrap().count(), 16);
    let sets = contents(&store).into_iter().filter(|(_, value)| value == "set").count();
    assert_eq!(sets, 150, "each was committed once, or is staged");
    fsck(folder.path());
}
