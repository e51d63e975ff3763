//! Merges of branches that have several common ancestors, or none.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use common::*;
use prolly_versioning::{
    CheckoutOptions, Error, InitOptions, MergeOptions, MergeOutcome, Parameters, Strategy, VersionedStore,
};

fn checkout(store: &VersionedStore, branch: &str) {
    store.checkout(branch, &CheckoutOptions::default()).unwrap();
}

fn merge(store: &VersionedStore, source: &str) {
    let strategy = Some(Strategy::TakeDestination);
    store.merge(source, &MergeOptions { strategy, ..merging() }).unwrap();
}

/// The branches `main` and `other`, each of which merged what the other one set `keys` to.
fn criss_cross(store: &VersionedStore, on_main: (&str, &str), on_other: (&str, &str)) {
    put(store, "seed", "0");
    commit(store, "seed");
    store.create_branch("other", None).unwrap();
    put(store, on_main.0, on_main.1);
    let first = commit(store, "on main").id.to_string();
    checkout(store, "other");
    put(store, on_other.0, on_other.1);
    let second = commit(store, "on other").id.to_string();
    merge(store, &first);
    checkout(store, "main");
    merge(store, &second);
}

fn stores() -> Vec<VersionedStore> {
    let small = Parameters { inline_value_max: 8, ..Parameters::default() };
    [Parameters::default(), small]
        .map(|parameters| {
            VersionedStore::memory(InitOptions { parameters, ..InitOptions::default() }).unwrap()
        })
        .into()
}

#[test]
fn what_was_taken_back_since_stays_back_whichever_ancestor_it_was_in() {
    for store in stores() {
        criss_cross(&store, ("a", "1"), ("b", "1"));
        // Either ancestor alone lacks one of the two keys, and would bring it in again.
        store.delete(&DEFAULT, b"a").unwrap();
        commit(&store, "take back a");
        checkout(&store, "other");
        store.delete(&DEFAULT, b"b").unwrap();
        commit(&store, "take back b");
        checkout(&store, "main");
        let outcome = store.merge("other", &merging()).unwrap();
        assert!(matches!(outcome, MergeOutcome::Merged { conflicts: 0, .. }), "{outcome:?}");
        assert_eq!(contents(&store), map([("seed", "0")]));
        // The other way round there is nothing left to do.
        checkout(&store, "other");
        assert!(matches!(store.merge("main", &merging()).unwrap(), MergeOutcome::FastForward { .. }));
    }
}

#[test]
fn what_ancestors_disagree_about_is_a_conflict_unless_both_sides_agree() {
    for store in stores() {
        criss_cross(&store, ("k", "main"), ("k", "other"));
        assert_eq!(get(&store, "k").as_deref(), Some("main"));
        let Err(Error::MergeConflict { conflicts, .. }) = store.merge("other", &merging()) else {
            panic!("no conflict");
        };
        let sides = |number: usize| {
            let conflict: &prolly_versioning::MergeConflict = &conflicts[number];
            [&conflict.base, &conflict.destination, &conflict.source].map(|value| value.clone().map(text))
        };
        assert_eq!(sides(0), [None, Some("main".into()), Some("other".into())]);
        checkout(&store, "other");
        store.delete(&DEFAULT, b"k").unwrap();
        commit(&store, "without it");
        checkout(&store, "main");
        assert!(matches!(store.merge("other", &merging()), Err(Error::MergeConflict { .. })), "a deletion");
        store.delete(&DEFAULT, b"k").unwrap();
        commit(&store, "without it, too");
        store.merge("other", &merging()).unwrap();
        assert_eq!(contents(&store), map([("seed", "0")]));
    }
}

#[test]
fn ancestors_may_have_crossed_before() {
    for store in stores() {
        criss_cross(&store, ("a", "1"), ("b", "1"));
        for round in 0..3 {
            let number = round.to_string();
            put(&store, "main", &number);
            let first = commit(&store, "on main").id.to_string();
            checkout(&store, "other");
            put(&store, "other", &number);
            let second = commit(&store, "on other").id.to_string();
            merge(&store, &first);
            checkout(&store, "main");
            merge(&store, &second);
        }
        put(&store, "last", "1");
        commit(&store, "last");
        store.delete(&DEFAULT, b"a").unwrap();
        commit(&store, "take back a");
        assert!(matches!(
            store.merge("other", &merging()).unwrap(),
            MergeOutcome::Merged { conflicts: 0, .. }
        ));
        let expected = map([("b", "1"), ("last", "1"), ("main", "2"), ("other", "2"), ("seed", "0")]);
        assert_eq!(contents(&store), expected);
    }
}

#[test]
fn histories_that_have_nothing_in_common_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(seeded(folder.path()));
    let other = tempfile::tempdir().unwrap();
    let stranger = init(other.path());
    put(&stranger, "x", "1");
    commit(&stranger, "of a stranger");
    let url = format!("file://{}", folder.path().display());
    git(other.path(), &["fetch", "--quiet", &url, "main:stranger"]);
    let head = stranger.head().unwrap();
    assert!(matches!(stranger.merge("stranger", &merging()), Err(Error::InvalidArgument { .. })));
    assert_eq!(stranger.head().unwrap(), head);
}
