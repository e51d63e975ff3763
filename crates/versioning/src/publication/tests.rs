use std::path::Path;
use std::thread;
use std::time::Duration;

use super::*;
use crate::{Author, InitOptions, LogOptions, Namespace, StorageKind, Transaction, VersionedStore};

const KEYS: Namespace = Namespace::Default;

fn by_ada(message: &str) -> CommitOptions {
    let author = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
    CommitOptions { author: Some(author), ..CommitOptions::message(message) }
}

fn store(folder: &Path, storage: StorageKind) -> VersionedStore {
    let options = InitOptions { storage, branch: Some("main".into()), ..InitOptions::default() };
    let store = VersionedStore::init(folder, options).unwrap();
    for number in 0..500 {
        store.put(&KEYS, format!("k{number:03}"), "0").unwrap();
    }
    store.commit(&by_ada("begin")).unwrap();
    store
}

/// Packs, each of which takes three syncs.
fn packs(store: &VersionedStore) -> usize {
    let packs = std::fs::read_dir(store.git_dir().join("objects/pack")).unwrap();
    packs.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|it| it == "pack")).count()
}

/// Commits transactions that all wait when the lock is free, in their order.
fn together(store: &VersionedStore, transactions: Vec<Transaction>) -> Vec<Result<Oid>> {
    let shared = &store.shared;
    let mut threads = Vec::new();
    shared
        .exclusively(|_| {
            for (index, transaction) in transactions.into_iter().enumerate() {
                threads.push(thread::spawn(move || {
                    transaction.commit(&by_ada(&format!("t{index}"))).map(|commit| commit.id)
                }));
                while shared.publications.len() <= index {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            Ok(())
        })
        .unwrap();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

/// How often the branch moved.
fn moves(store: &VersionedStore) -> usize {
    store.shared.repository().reflog("refs/heads/main").unwrap().len()
}

fn putting(store: &VersionedStore, entries: &[(&str, &str)]) -> Transaction {
    let transaction = store.transaction().unwrap();
    for (key, value) in entries {
        transaction.put(&KEYS, (*key).to_owned(), (*value).to_owned()).unwrap();
    }
    transaction
}

fn messages(store: &VersionedStore) -> Vec<String> {
    let log = store.log(&LogOptions::default()).unwrap();
    let mut messages: Vec<_> = log.map(|commit| commit.unwrap().message.trim().to_owned()).collect();
    messages.reverse();
    messages
}

fn get(store: &VersionedStore, revision: &str, key: &str) -> Option<String> {
    let value = store.at(revision).unwrap().get(&KEYS, key.as_bytes()).unwrap();
    value.map(|value| String::from_utf8(value.into()).unwrap())
}

#[test]
fn those_that_wait_together_share_a_pack_and_have_a_commit_each() {
    for storage in [StorageKind::Git, StorageKind::File] {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), storage);
        let (packs_before, moves_before) = (packs(&store), moves(&store));
        let long = "x".repeat(5000);
        let transactions: Vec<_> = (0..20)
            .map(|number| {
                let key = format!("k{:03}", number * 17 + 1);
                putting(&store, &[(&key, &number.to_string()), (&format!("new{number}"), &long)])
            })
            .collect();
        let answers = together(&store, transactions);
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!((packs(&store), moves(&store)), (packs_before + 1, moves_before + 1));
        let expected: Vec<_> = (0..20).map(|number| format!("t{number}")).collect();
        assert_eq!(messages(&store)[1..], expected);
        for (number, commit) in answers.into_iter().enumerate() {
            let commit = commit.unwrap().to_string();
            let key = format!("k{:03}", number * 17 + 1);
            assert_eq!(get(&store, &commit, &key), Some(number.to_string()));
            assert_eq!(get(&store, &format!("{commit}^"), &key).as_deref(), Some("0"));
            assert_eq!(get(&store, &commit, &format!("new{number}")).as_deref(), Some(&*long));
        }
        drop(store);
        let again = VersionedStore::open(folder.path(), crate::OpenOptions::default()).unwrap();
        assert_eq!(again.get(&KEYS, b"new19").unwrap().unwrap().len(), 5000);
        let fsck = ["fsck", "--strict", "--full"];
        let status = std::process::Command::new("git").arg("-C").arg(folder.path()).args(fsck).status();
        assert!(status.unwrap().success());
    }
}

#[test]
fn one_that_cannot_be_published_keeps_no_other_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), StorageKind::Git);
    let transactions = vec![
        putting(&store, &[("a", "1")]),
        putting(&store, &[("a", "2")]),
        putting(&store, &[]),
        putting(&store, &[("b", "1")]),
        // The same as an earlier one made: both may have counted to it.
        putting(&store, &[("a", "1")]),
        putting(&store, &[("c", "1")]),
    ];
    let answers = together(&store, transactions);
    assert!(matches!(
        &answers[..],
        [
            Ok(_),
            Err(Error::Conflict { .. }),
            Err(Error::NothingToCommit { .. }),
            Ok(_),
            Err(Error::Conflict { .. }),
            Ok(_)
        ]
    ));
    assert_eq!(messages(&store)[1..], ["t0", "t3", "t5"]);
}

#[test]
fn a_group_may_go_back_to_what_an_earlier_one_of_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), StorageKind::Git);
    let options = CommitOptions { allow_empty: true, ..by_ada("empty") };
    let shared = &store.shared;
    let mut threads = Vec::new();
    shared
        .exclusively(|_| {
            for index in 0..3 {
                let (transaction, options) = (store.transaction()?, options.clone());
                threads.push(thread::spawn(move || transaction.commit(&options).map(|commit| commit.id)));
                while shared.publications.len() <= index {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap().is_ok()));
    assert_eq!(messages(&store).len(), 4);
}

#[test]
fn one_in_conflict_with_what_is_staged_leaves_the_others_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), StorageKind::Git);
    store.put(&KEYS, "staged", "here").unwrap();
    let transactions = vec![
        putting(&store, &[("x", "1")]),
        putting(&store, &[("staged", "there")]),
        putting(&store, &[("y", "1")]),
    ];
    let answers = together(&store, transactions);
    assert!(matches!(&answers[..], [Ok(_), Err(Error::Conflict { .. }), Ok(_)]));
    assert_eq!(store.get(&KEYS, b"staged").unwrap().as_deref(), Some(&b"here"[..]));
    assert_eq!(messages(&store)[1..], ["t0", "t2"]);
}
