//! Reverting and cherry-picking commits.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use common::*;
use prolly_versioning::{
    CheckoutOptions, CommitInfo, Decision, Error, LogOptions, MergeOutcome, PickOptions, Strategy,
    VersionedStore,
};

fn picking() -> PickOptions {
    PickOptions { author: Some(grace()), committer: Some(grace()), ..PickOptions::default() }
}

fn grace() -> prolly_versioning::Author {
    prolly_versioning::Author { name: "Grace".into(), email: "grace@example.com".into(), time: None }
}

fn head(store: &VersionedStore) -> CommitInfo {
    store.commit_info("HEAD").unwrap()
}

#[test]
fn a_revert_undoes_one_commit_and_keeps_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "a", "one");
    store.delete(&DEFAULT, b"b").unwrap();
    put(&store, "d", "4");
    let undone = commit(&store, "second");
    put(&store, "e", "5");
    commit(&store, "third");
    let outcome = store.revert("HEAD~1", &picking()).unwrap();
    let made = head(&store);
    assert_eq!(outcome, MergeOutcome::Merged { commit: Some(made.id), conflicts: 0 });
    assert_eq!(contents(&store), map([("a", "1"), ("b", "2"), ("c", "3"), ("e", "5")]));
    assert_eq!(made.message, format!("Revert \"second\"\n\nThis reverts commit {}.", undone.id));
    assert_eq!((made.parents.len(), &made.author.name[..]), (1, "Grace"));
    assert!(git(folder.path(), &["reflog", "-1"]).contains("revert: Revert \"second\""));
    // Reverting the revert brings all of it back.
    store.revert("HEAD", &picking()).unwrap();
    assert_eq!(contents(&store), map([("a", "one"), ("c", "3"), ("d", "4"), ("e", "5")]));
    // The first commit has nothing before it.
    store.revert("HEAD~4", &PickOptions { strategy: Some(Strategy::TakeSource), ..picking() }).unwrap();
    assert_eq!(contents(&store), map([("d", "4"), ("e", "5")]));
    fsck(folder.path());
}

#[test]
fn keys_that_were_changed_since_are_conflicts() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "a", "one");
    put(&store, "b", "two");
    commit(&store, "second");
    put(&store, "a", "eins");
    let last = commit(&store, "third").id;
    let before = contents(&store);
    let Err(Error::MergeConflict { conflicts, .. }) = store.revert("HEAD~1", &picking()) else {
        panic!("no conflict");
    };
    assert_eq!(conflicts.len(), 1);
    let conflict = &conflicts[0];
    assert_eq!(
        [&conflict.base, &conflict.destination, &conflict.source].map(|value| value.clone().map(text)),
        [Some("one".into()), Some("eins".into()), Some("1".into())]
    );
    assert_eq!((head(&store).id, contents(&store)), (last, before.clone()), "nothing changed");
    let dry = PickOptions { dry_run: true, strategy: Some(Strategy::TakeSource), ..picking() };
    let outcome = store.revert("HEAD~1", &dry).unwrap();
    assert_eq!(outcome, MergeOutcome::Merged { commit: None, conflicts: 1 });
    assert_eq!((head(&store).id, contents(&store)), (last, before));
    let mut session = store.begin_revert("HEAD~1", &picking()).unwrap();
    assert_eq!(session.next_conflicts(10).unwrap().len(), 1);
    session.resolve(vec![Decision::Put("uno".into())]).unwrap();
    session.finish().unwrap();
    assert_eq!(contents(&store), map([("a", "uno"), ("b", "2"), ("c", "3")]));
}

#[test]
fn what_changes_nothing_is_no_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "a", "one");
    commit(&store, "second");
    put(&store, "a", "1");
    let last = commit(&store, "by hand").id;
    assert!(matches!(store.revert("HEAD~1", &picking()), Err(Error::NothingToCommit { .. })));
    assert!(matches!(store.cherry_pick("HEAD", &picking()), Err(Error::NothingToCommit { .. })));
    assert_eq!(head(&store).id, last);
}

#[test]
fn a_cherry_pick_takes_the_changes_the_author_and_the_message() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let plain = CheckoutOptions::default();
    store.checkout("main", &CheckoutOptions { create: Some("feature".into()), ..plain.clone() }).unwrap();
    put(&store, "x", "1");
    commit(&store, "not this one");
    put(&store, "d", "4");
    let wanted = commit(&store, "this one\n\nwith a body");
    store.checkout("main", &plain).unwrap();
    put(&store, "a", "one");
    commit(&store, "on main");
    store.cherry_pick("feature", &picking()).unwrap();
    assert_eq!(contents(&store), map([("a", "one"), ("b", "2"), ("c", "3"), ("d", "4")]));
    let made = head(&store);
    assert_eq!((&made.message, &made.author), (&wanted.message, &wanted.author));
    assert_eq!((made.parents.len(), &made.committer.name[..]), (1, "Grace"));
    assert!(git(folder.path(), &["reflog", "-1"]).contains("cherry-pick: this one"));
    put(&store, "staged", "1");
    for refused in [store.cherry_pick("feature~1", &picking()), store.revert("HEAD", &picking())] {
        assert!(matches!(refused, Err(Error::StagedChanges { .. })));
    }
    store.discard().unwrap();
    assert!(matches!(store.cherry_pick("featrue", &picking()), Err(Error::NotFound { .. })));
    assert_eq!(store.log(&LogOptions::default()).unwrap().count(), 3);
    fsck(folder.path());
}

#[test]
fn of_a_merge_one_side_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let plain = CheckoutOptions::default();
    store.create_branch("feature", None).unwrap();
    put(&store, "m", "main");
    commit(&store, "on main");
    store.checkout("feature", &plain).unwrap();
    put(&store, "f", "feature");
    commit(&store, "on feature");
    store.checkout("main", &plain).unwrap();
    store.merge("feature", &merging()).unwrap();
    let merge = head(&store);
    let mainline = |number| PickOptions { mainline: Some(number), ..picking() };
    for (revision, options) in [("HEAD", picking()), ("HEAD", mainline(0)), ("HEAD", mainline(3))] {
        assert!(
            matches!(store.revert(revision, &options), Err(Error::InvalidArgument { .. })),
            "{options:?}"
        );
    }
    assert!(matches!(store.revert("HEAD~1", &mainline(1)), Err(Error::InvalidArgument { .. })));
    store.revert("HEAD", &mainline(1)).unwrap();
    assert_eq!(get(&store, "f"), None);
    assert_eq!(get(&store, "m").as_deref(), Some("main"));
    let message = head(&store).message;
    assert!(message.contains(&format!("reversing\nchanges made to {}.", merge.parents[0])), "{message}");
    store.reset("HEAD~1", prolly_versioning::ResetMode::Hard).unwrap();
    store.revert("HEAD", &mainline(2)).unwrap();
    assert_eq!(get(&store, "m"), None);
    assert_eq!(get(&store, "f").as_deref(), Some("feature"));
}
