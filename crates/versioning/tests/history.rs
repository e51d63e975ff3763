//! Commits, branches, revisions and what differs between them, against what a caller expects.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use common::*;
use prolly_versioning::{
    CheckoutOptions, CommitOptions, DiffOptions, Error, Head, KeyRange, LogOptions, NamespaceChange,
    ResetMode, StoreChange, Version,
};

#[test]
fn a_commit_takes_what_is_staged_and_names_its_root() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "d", "4");
    let root = store.root_hash().unwrap();
    let second = commit(&store, "second\n\nwith a body");
    assert_eq!(second.root, Some(root));
    assert_eq!(second.author.name, "Ada");
    assert_eq!(second.message, "second\n\nwith a body");
    assert_eq!(second.parents.len(), 1);
    let body = git(folder.path(), &["log", "-1", "--format=%B"]);
    assert!(body.contains(&format!("Prolly-Root: {root}")), "{body}");
    assert!(matches!(store.commit(&by_ada("again")), Err(Error::NothingToCommit { .. })));
    let empty = store.commit(&CommitOptions { allow_empty: true, ..by_ada("empty") }).unwrap();
    assert_eq!(empty.root, Some(root));
    let messages: Vec<_> =
        store.log(&LogOptions::default()).unwrap().map(|commit| commit.unwrap().message).collect();
    assert_eq!(messages, ["empty", "second\n\nwith a body", "seed"]);
    fsck(folder.path());
}

#[test]
fn a_commit_needs_a_message_and_a_sound_author() {
    let folder = tempfile::tempdir().unwrap();
    let store = init(folder.path());
    put(&store, "a", "1");
    assert!(matches!(store.commit(&by_ada(" \n")), Err(Error::InvalidArgument { .. })));
    let mut options = by_ada("seed");
    options.author.as_mut().unwrap().name = "A<B".into();
    assert!(matches!(store.commit(&options), Err(Error::InvalidArgument { .. })));
    assert_eq!(contents(&store), map([("a", "1")]), "nothing changed");
    assert_eq!(store.head().unwrap().commit(), None);
}

#[test]
fn a_diff_lists_changes_by_namespace() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "a", "one");
    store.put(&named("flags"), "dark", "on").unwrap();
    store.delete(&DEFAULT, b"b").unwrap();
    let change = |namespace: Option<&str>, key: &str, old: Option<&str>, new: Option<&str>| StoreChange {
        namespace: namespace.map(Into::into),
        key: key.to_owned().into(),
        old: old.map(|value| value.to_owned().into()),
        new: new.map(|value| value.to_owned().into()),
    };
    let expected = [
        change(None, "a", Some("1"), Some("one")),
        change(None, "b", Some("2"), None),
        change(Some("flags"), "dark", None, Some("on")),
    ];
    let staged = store.diff(Version::Head, Version::Staged, DiffOptions::default()).unwrap();
    assert_eq!(staged.namespaces(), [NamespaceChange::Created("flags".into())]);
    assert_eq!(staged.map(Result::unwrap).collect::<Vec<_>>(), expected);
    commit(&store, "second");
    let between = |options| {
        let diff = store.diff(Version::Revision("main~1"), Version::Revision("main"), options).unwrap();
        diff.map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(between(DiffOptions::default()), expected);
    assert_eq!(between(DiffOptions { namespace: Some(named("flags")), range: None }), expected[2..]);
    let range = Some(KeyRange::prefix(b"b"));
    assert_eq!(between(DiffOptions { namespace: Some(DEFAULT), range: range.clone() }), expected[1..2]);
    let all = store.diff(Version::Empty, Version::Head, DiffOptions::default()).unwrap();
    assert_eq!(all.count().unwrap(), [3, 0, 0]);
    let refused = |older, options| store.diff(older, Version::Head, options).err().unwrap();
    assert!(matches!(refused(Version::Revision("mian"), DiffOptions::default()), Error::NotFound { .. }));
    let unknown = DiffOptions { namespace: Some(named("none")), range: None };
    assert!(matches!(refused(Version::Empty, unknown), Error::NotFound { .. }));
    assert!(matches!(
        refused(Version::Empty, DiffOptions { namespace: None, range }),
        Error::InvalidArgument { .. }
    ));
}

#[test]
fn any_revision_names_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let first = store.resolve("HEAD").unwrap();
    store.create_tag("v1.0", None).unwrap();
    put(&store, "a", "one");
    commit(&store, "second");
    for revision in ["v1.0", "main~1", "HEAD^", &first.short(), "HEAD@{1}"] {
        let snapshot = store.at(revision).unwrap();
        assert_eq!(snapshot.commit(), Some(first), "{revision}");
        assert_eq!(snapshot.get(&DEFAULT, b"a").unwrap().unwrap(), "1");
    }
    assert!(matches!(store.at("v2"), Err(Error::NotFound { .. })));
    assert_eq!(store.tags().unwrap().len(), 1);
    assert!(matches!(store.create_tag("v1.0", None), Err(Error::AlreadyExists { .. })));
    assert_eq!(store.delete_tag("v1.0").unwrap(), first);
    assert!(matches!(store.delete_tag("v1.0"), Err(Error::NotFound { .. })));
}

#[test]
fn branches_are_made_renamed_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = init(folder.path());
    assert!(matches!(store.create_branch("early", None), Err(Error::NotFound { .. })));
    put(&store, "a", "1");
    let first = commit(&store, "seed").id;
    assert_eq!(store.create_branch("feature", None).unwrap(), first);
    assert!(matches!(store.create_branch("feature", None), Err(Error::AlreadyExists { .. })));
    assert!(matches!(store.create_branch("x", Some("mian")), Err(Error::NotFound { .. })));
    assert!(matches!(store.create_branch("a..b", None), Err(Error::InvalidArgument { .. })));
    assert!(matches!(store.delete_branch("main", true), Err(Error::InUse { .. })));
    assert!(matches!(store.delete_branch("featrue", false), Err(Error::NotFound { .. })));
    assert!(matches!(store.rename_branch("feature", "main"), Err(Error::AlreadyExists { .. })));
    store.rename_branch("feature", "topic").unwrap();
    put(&store, "staged", "yes");
    store.rename_branch("main", "trunk").unwrap();
    assert_eq!(store.head().unwrap(), Head::Branch { name: "trunk".into(), commit: Some(first) });
    assert_eq!(get(&store, "staged").as_deref(), Some("yes"), "staged changes follow");
    assert_eq!(store.status().unwrap().added, 1);
    let names: Vec<_> =
        store.branches().unwrap().into_iter().map(|branch| (branch.name, branch.current)).collect();
    assert_eq!(names, [("topic".into(), false), ("trunk".into(), true)]);
    store.discard().unwrap();
    store.checkout("topic", &CheckoutOptions::default()).unwrap();
    put(&store, "b", "2");
    commit(&store, "unmerged");
    store.checkout("trunk", &CheckoutOptions::default()).unwrap();
    assert!(matches!(store.delete_branch("topic", false), Err(Error::InUse { .. })));
    store.delete_branch("topic", true).unwrap();
    assert_eq!(store.branches().unwrap().len(), 1);
    fsck(folder.path());
}

#[test]
fn checkout_refuses_to_drop_staged_changes() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    store.create_branch("feature", None).unwrap();
    put(&store, "d", "4");
    let plain = CheckoutOptions::default();
    assert!(matches!(store.checkout("feature", &plain), Err(Error::StagedChanges { .. })));
    let create = CheckoutOptions { create: Some("new".into()), ..plain.clone() };
    assert!(matches!(store.checkout("main", &create), Err(Error::StagedChanges { .. })));
    assert!(matches!(store.resolve("new"), Err(Error::NotFound { .. })), "no branch was made");
    assert_eq!(get(&store, "d").as_deref(), Some("4"));
    assert!(matches!(
        store.checkout("featrue", &CheckoutOptions { force: true, ..plain.clone() }),
        Err(Error::NotFound { .. })
    ));
    assert_eq!(get(&store, "d").as_deref(), Some("4"), "a misspelt target drops nothing");
    store.checkout("feature", &CheckoutOptions { force: true, ..plain.clone() }).unwrap();
    assert_eq!(get(&store, "d"), None);
    assert_eq!(store.head().unwrap().branch(), Some("feature"));
    store.checkout("HEAD~0", &plain).unwrap();
    assert_eq!(store.head().unwrap().branch(), None);
    put(&store, "d", "5");
    let detached = commit(&store, "detached");
    assert_eq!(store.head().unwrap(), Head::Detached { commit: detached.id });
    store.checkout("main", &plain).unwrap();
    assert_eq!(get(&store, "d"), None);
    store
        .checkout(&detached.id.to_string(), &CheckoutOptions { create: Some("kept".into()), ..plain })
        .unwrap();
    assert_eq!(store.head().unwrap(), Head::Branch { name: "kept".into(), commit: Some(detached.id) });
    assert_eq!(get(&store, "d").as_deref(), Some("5"));
    fsck(folder.path());
}

#[test]
fn reset_moves_the_branch_and_keeps_or_drops_the_state() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "a", "one");
    commit(&store, "second");
    put(&store, "d", "4");
    let state = contents(&store);
    store.reset("HEAD~1", ResetMode::Soft).unwrap();
    assert_eq!(contents(&store), state);
    let status = store.status().unwrap();
    assert_eq!((status.added, status.modified), (1, 1));
    drop(store);
    let store = open(folder.path());
    assert_eq!(contents(&store), state, "what was kept is staged durably");
    git(folder.path(), &["gc", "--prune=now", "--quiet"]);
    assert_eq!(contents(&open(folder.path())), state);
    commit(&store, "both");
    assert_eq!(store.log(&LogOptions::default()).unwrap().count(), 2);
    put(&store, "e", "5");
    store.reset("HEAD~1", ResetMode::Hard).unwrap();
    assert_eq!(contents(&store), map([("a", "1"), ("b", "2"), ("c", "3")]));
    assert!(store.status().unwrap().is_clean());
    assert_eq!(git(folder.path(), &["for-each-ref", "refs/prolly"]), "", "no checkpoint is left");
    fsck(folder.path());
}

#[test]
fn first_parents_and_exclusions_narrow_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    store.create_branch("feature", None).unwrap();
    put(&store, "d", "4");
    commit(&store, "on main");
    store.checkout("feature", &CheckoutOptions::default()).unwrap();
    put(&store, "e", "5");
    commit(&store, "on feature");
    store.checkout("main", &CheckoutOptions::default()).unwrap();
    store.merge("feature", &merging()).unwrap();
    let count = |options: &LogOptions| store.log(options).unwrap().map(Result::unwrap).count();
    assert_eq!(count(&LogOptions::default()), 4);
    assert_eq!(count(&LogOptions { first_parent: true, ..LogOptions::default() }), 3);
    let exclude = Some("feature".to_owned());
    assert_eq!(count(&LogOptions { exclude: exclude.clone(), ..LogOptions::default() }), 2);
    assert_eq!(count(&LogOptions { exclude, first_parent: true, ..LogOptions::default() }), 2);
    assert_eq!(count(&LogOptions { revision: Some("feature".into()), ..LogOptions::default() }), 2);
}
