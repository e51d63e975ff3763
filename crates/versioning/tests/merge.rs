//! Merges: fast-forward, by key, of namespaces, with strategies and with resolvers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use std::path::Path;

use common::*;
use prolly_versioning::{
    CheckoutOptions, Decision, Error, KeyspaceConflictKind, KeyspaceKind, LogOptions, MergeConflict,
    MergeOptions, MergeOutcome, Strategy, VersionedStore,
};

/// A store whose branches main and feature went apart after a seed with a, b and c: `ours` happened on main, `theirs` on
/// feature. HEAD is on main.
fn apart(
    folder: &Path,
    seed: impl FnOnce(&VersionedStore),
    ours: impl FnOnce(&VersionedStore),
    theirs: impl FnOnce(&VersionedStore),
) -> VersionedStore {
    let store = init(folder);
    for (key, value) in [("a", "1"), ("b", "2"), ("c", "3")] {
        put(&store, key, value);
    }
    seed(&store);
    commit(&store, "seed");
    store.create_branch("feature", None).unwrap();
    ours(&store);
    commit(&store, "ours");
    store.checkout("feature", &CheckoutOptions::default()).unwrap();
    theirs(&store);
    commit(&store, "theirs");
    store.checkout("main", &CheckoutOptions::default()).unwrap();
    store
}

fn nothing(_: &VersionedStore) {}

fn with(strategy: Strategy) -> MergeOptions {
    MergeOptions { strategy: Some(strategy), ..merging() }
}

/// The state and history that a failed merge must leave alone.
fn untouched(store: &VersionedStore) -> (String, Contents, bool) {
    let head = format!("{:?}", store.head().unwrap());
    (head, contents(store), store.status().unwrap().is_clean())
}

#[test]
fn changes_of_both_sides_meet_in_a_commit_with_two_parents() {
    let folder = tempfile::tempdir().unwrap();
    let ours = |store: &VersionedStore| {
        put(store, "a", "one");
        put(store, "same", "x");
        store.delete(&DEFAULT, b"c").unwrap();
    };
    let theirs = |store: &VersionedStore| {
        put(store, "b", "two");
        put(store, "same", "x");
        put(store, "d", "4");
        store.delete(&DEFAULT, b"c").unwrap();
    };
    let store = apart(folder.path(), nothing, ours, theirs);
    let before = untouched(&store);
    let dry = store.merge("feature", &MergeOptions { dry_run: true, ..merging() }).unwrap();
    assert_eq!(dry, MergeOutcome::Merged { commit: None, conflicts: 0 });
    assert_eq!(untouched(&store), before);
    let parents = [store.resolve("main").unwrap(), store.resolve("feature").unwrap()];
    let MergeOutcome::Merged { commit: Some(commit), conflicts: 0 } =
        store.merge("feature", &merging()).unwrap()
    else {
        panic!("not merged");
    };
    assert_eq!(contents(&store), map([("a", "one"), ("b", "two"), ("d", "4"), ("same", "x")]));
    let info = store.commit_info("HEAD").unwrap();
    assert_eq!((info.id, &info.parents[..]), (commit, &parents[..]));
    assert_eq!(info.message, "Merge 'feature' into 'main'");
    assert_eq!(info.root, Some(store.root_hash().unwrap()));
    assert_eq!(store.merge("feature", &merging()).unwrap(), MergeOutcome::UpToDate);
    fsck(folder.path());
}

#[test]
fn a_branch_that_is_behind_is_moved_forward_unless_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let create = CheckoutOptions { create: Some("feature".into()), ..CheckoutOptions::default() };
    store.checkout("main", &create).unwrap();
    put(&store, "d", "4");
    let tip = commit(&store, "ahead").id;
    store.checkout("main", &CheckoutOptions::default()).unwrap();
    let dry = store.merge("feature", &MergeOptions { dry_run: true, ..merging() }).unwrap();
    assert_eq!(dry, MergeOutcome::FastForward { commit: tip });
    assert_eq!(get(&store, "d"), None);
    store.create_branch("other", None).unwrap();
    assert_eq!(store.merge("feature", &merging()).unwrap(), MergeOutcome::FastForward { commit: tip });
    assert_eq!(store.resolve("main").unwrap(), tip);
    store.checkout("other", &CheckoutOptions::default()).unwrap();
    let outcome = store.merge("feature", &MergeOptions { no_fast_forward: true, ..merging() }).unwrap();
    assert!(matches!(outcome, MergeOutcome::Merged { commit: Some(_), .. }));
    assert_eq!(store.commit_info("HEAD").unwrap().parents.len(), 2);
    assert_eq!(get(&store, "d").as_deref(), Some("4"));
    put(&store, "e", "5");
    commit(&store, "more");
    store.checkout("main", &CheckoutOptions::default()).unwrap();
    put(&store, "f", "6");
    commit(&store, "apart");
    let only = MergeOptions { fast_forward_only: true, ..merging() };
    assert!(matches!(store.merge("other", &only), Err(Error::InvalidArgument { .. })));
}

#[test]
fn merge_refuses_staged_changes_and_misspelt_sources() {
    let folder = tempfile::tempdir().unwrap();
    let store = apart(folder.path(), nothing, |store| put(store, "x", "1"), |store| put(store, "y", "2"));
    assert!(matches!(store.merge("featrue", &merging()), Err(Error::NotFound { .. })));
    put(&store, "z", "3");
    let before = untouched(&store);
    assert!(matches!(store.merge("feature", &merging()), Err(Error::StagedChanges { .. })));
    assert_eq!(untouched(&store), before);
    // Set and set back is nothing staged.
    store.delete(&DEFAULT, b"z").unwrap();
    store.merge("feature", &merging()).unwrap();
}

fn conflicting(folder: &Path) -> VersionedStore {
    let ours = |store: &VersionedStore| {
        put(store, "a", "ours");
        put(store, "new", "ours");
        store.delete(&DEFAULT, b"b").unwrap();
        put(store, "c", "same");
        store.put(&named("flags"), "dark", "ours").unwrap();
        put(store, "only ours", "1");
    };
    let theirs = |store: &VersionedStore| {
        put(store, "a", "theirs");
        put(store, "new", "theirs");
        put(store, "b", "theirs");
        put(store, "c", "same");
        store.put(&named("flags"), "dark", "theirs").unwrap();
        put(store, "only theirs", "1");
    };
    apart(folder, nothing, ours, theirs)
}

fn conflict(
    namespace: Option<&str>,
    key: &str,
    base: Option<&str>,
    destination: Option<&str>,
    source: Option<&str>,
) -> MergeConflict {
    let value = |value: Option<&str>| value.map(|value| value.to_owned().into());
    MergeConflict {
        kind: KeyspaceKind::Namespace,
        namespace: namespace.map(str::to_owned),
        key: key.to_owned().into(),
        base: value(base),
        destination: value(destination),
        source: value(source),
    }
}

fn expected_conflicts() -> Vec<MergeConflict> {
    vec![
        conflict(None, "a", Some("1"), Some("ours"), Some("theirs")),
        conflict(None, "b", Some("2"), None, Some("theirs")),
        conflict(None, "new", None, Some("ours"), Some("theirs")),
        conflict(Some("flags"), "dark", None, Some("ours"), Some("theirs")),
    ]
}

#[test]
fn conflicts_are_listed_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = conflicting(folder.path());
    let before = untouched(&store);
    for dry_run in [true, false] {
        match store.merge("feature", &MergeOptions { dry_run, ..merging() }) {
            Err(Error::MergeConflict { keyspaces, conflicts, more: false }) => {
                assert!(keyspaces.is_empty());
                assert_eq!(conflicts, expected_conflicts());
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(untouched(&store), before);
    fsck(folder.path());
}

#[test]
fn strategies_settle_every_conflict() {
    for strategy in [Strategy::IgnoreAll, Strategy::TakeDestination, Strategy::TakeSource] {
        let folder = tempfile::tempdir().unwrap();
        let store = conflicting(folder.path());
        let outcome = store.merge("feature", &with(strategy)).unwrap();
        assert!(matches!(outcome, MergeOutcome::Merged { conflicts: 4, .. }), "{outcome:?}");
        let theirs = strategy == Strategy::TakeSource;
        let side = if theirs { "theirs" } else { "ours" };
        let mut expected =
            map([("a", side), ("new", side), ("c", "same"), ("only ours", "1"), ("only theirs", "1")]);
        if theirs {
            expected.insert("b".into(), "theirs".into());
        }
        assert_eq!(contents(&store), expected, "{strategy:?}");
        assert_eq!(contents_of(&store, &named("flags")), map([("dark", side)]));
    }
}

#[test]
fn a_resolver_settles_conflicts_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let store = conflicting(folder.path());
    let mut session = store.begin_merge("feature", &merging()).unwrap();
    let mut seen = Vec::new();
    let mut decisions = vec![
        Decision::Put("joined".into()),
        Decision::Delete,
        Decision::TakeSource,
        Decision::TakeDestination,
    ]
    .into_iter();
    loop {
        let page = session.next_conflicts(3).unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 3);
        let wrong = session.resolve(Vec::new());
        assert!(matches!(wrong, Err(Error::InvalidArgument { .. })), "{wrong:?}");
        session.resolve(decisions.by_ref().take(page.len()).collect()).unwrap();
        seen.extend(page);
    }
    assert_eq!(seen, expected_conflicts());
    // No lock is held between pages: others write and commit meanwhile, on another branch.
    store.create_branch("meanwhile", None).unwrap();
    assert!(matches!(session.finish().unwrap(), MergeOutcome::Merged { commit: Some(_), conflicts: 4 }));
    assert_eq!(
        contents(&store),
        map([("a", "joined"), ("new", "theirs"), ("c", "same"), ("only ours", "1"), ("only theirs", "1")])
    );
    assert_eq!(contents_of(&store, &named("flags")), map([("dark", "ours")]));
    fsck(folder.path());
}

#[test]
fn an_aborted_or_overtaken_session_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = conflicting(folder.path());
    let before = untouched(&store);
    let mut session = store.begin_merge("feature", &merging()).unwrap();
    session.next_conflicts(2).unwrap();
    drop(session);
    assert_eq!(untouched(&store), before);
    let mut session = store.begin_merge("feature", &merging()).unwrap();
    let page = session.next_conflicts(1).unwrap();
    session.resolve(vec![Decision::TakeSource; page.len()]).unwrap();
    assert!(matches!(session.finish(), Err(Error::MergeConflict { conflicts, .. }) if conflicts.len() == 3));
    assert_eq!(untouched(&store), before);
    let session = store.begin_merge("feature", &with(Strategy::TakeSource)).unwrap();
    put(&store, "staged", "1");
    assert!(matches!(session.finish(), Err(Error::StagedChanges { .. })));
    let session = {
        store.discard().unwrap();
        store.begin_merge("feature", &with(Strategy::TakeSource)).unwrap()
    };
    put(&store, "staged", "1");
    commit(&store, "overtakes");
    assert!(matches!(session.finish(), Err(Error::Moved { .. })));
    assert_eq!(store.log(&LogOptions::default()).unwrap().count(), 3);
    fsck(folder.path());
}

fn keyspace_conflict(store: &VersionedStore) -> (String, KeyspaceConflictKind) {
    let before = untouched(store);
    let found = match store.begin_merge("feature", &merging()).err() {
        Some(Error::MergeConflict { mut keyspaces, .. }) if keyspaces.len() == 1 => keyspaces.remove(0),
        other => panic!("{other:?}"),
    };
    assert_eq!(untouched(store), before);
    (found.namespace, found.kind)
}

fn with_flags(store: &VersionedStore) {
    for key in ["x", "y"] {
        store.put(&named("flags"), key, "seed").unwrap();
    }
}

#[test]
fn the_same_namespace_made_on_both_sides_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let ours = |store: &VersionedStore| store.put(&named("flags"), "x", "1").unwrap();
    let theirs = |store: &VersionedStore| store.put(&named("flags"), "y", "2").unwrap();
    let store = apart(folder.path(), nothing, ours, theirs);
    store.merge("feature", &merging()).unwrap();
    assert_eq!(contents_of(&store, &named("flags")), map([("x", "1"), ("y", "2")]));
    assert_eq!(store.namespaces().unwrap().len(), 1);
}

#[test]
fn a_rename_and_changes_meet() {
    let folder = tempfile::tempdir().unwrap();
    let ours = |store: &VersionedStore| store.rename_namespace("flags", "features").unwrap();
    let theirs = |store: &VersionedStore| store.put(&named("flags"), "z", "new").unwrap();
    let store = apart(folder.path(), with_flags, ours, theirs);
    store.merge("feature", &merging()).unwrap();
    assert_eq!(contents_of(&store, &named("features")), map([("x", "seed"), ("y", "seed"), ("z", "new")]));
    assert!(contents_of(&store, &named("flags")).is_empty());
}

#[test]
fn a_drop_wins_where_the_other_side_changed_nothing() {
    for dropped_here in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let drop = |store: &VersionedStore| assert!(store.drop_namespace("flags").unwrap());
        let other = |store: &VersionedStore| put(store, "d", "4");
        let store = if dropped_here {
            apart(folder.path(), with_flags, drop, other)
        } else {
            apart(folder.path(), with_flags, other, drop)
        };
        store.merge("feature", &merging()).unwrap();
        assert!(store.namespaces().unwrap().is_empty());
        assert_eq!(get(&store, "d").as_deref(), Some("4"));
        store.put(&named("flags"), "z", "new").unwrap();
        assert_eq!(contents_of(&store, &named("flags")), map([("z", "new")]), "nothing comes back");
    }
}

#[test]
fn a_drop_against_a_change_is_a_conflict_of_the_namespace() {
    for (dropped_here, kind) in
        [(true, KeyspaceConflictKind::DroppedByDestination), (false, KeyspaceConflictKind::DroppedBySource)]
    {
        for strategy in [Strategy::IgnoreAll, Strategy::TakeDestination, Strategy::TakeSource] {
            let folder = tempfile::tempdir().unwrap();
            let drop = |store: &VersionedStore| assert!(store.drop_namespace("flags").unwrap());
            let change = |store: &VersionedStore| {
                store.put(&named("flags"), "x", "changed").unwrap();
                store.put(&named("flags"), "long", "l".repeat(100_000)).unwrap();
            };
            let store = if dropped_here {
                apart(folder.path(), with_flags, drop, change)
            } else {
                apart(folder.path(), with_flags, change, drop)
            };
            assert_eq!(keyspace_conflict(&store), ("flags".into(), kind.clone()));
            store.merge("feature", &with(strategy)).unwrap();
            let drop_wins = dropped_here != (strategy == Strategy::TakeSource);
            let flags = contents_of(&store, &named("flags"));
            if drop_wins {
                assert!(store.namespaces().unwrap().is_empty());
                assert!(flags.is_empty());
                store.put(&named("flags"), "z", "new").unwrap();
                assert_eq!(contents_of(&store, &named("flags")), map([("z", "new")]));
            } else {
                let long = "l".repeat(100_000);
                assert_eq!(
                    flags,
                    map([("long", &long), ("x", "changed"), ("y", "seed")]),
                    "whole, as that side had it"
                );
            }
            fsck(folder.path());
        }
    }
}

#[test]
fn one_namespace_with_two_names_is_a_conflict() {
    for (strategy, name) in [(Strategy::TakeDestination, "ours"), (Strategy::TakeSource, "theirs")] {
        let folder = tempfile::tempdir().unwrap();
        let ours = |store: &VersionedStore| store.rename_namespace("flags", "ours").unwrap();
        let theirs = |store: &VersionedStore| store.rename_namespace("flags", "theirs").unwrap();
        let store = apart(folder.path(), with_flags, ours, theirs);
        let kind = KeyspaceConflictKind::TwoNames { destination: "ours".into(), source: "theirs".into() };
        assert_eq!(keyspace_conflict(&store), ("flags".into(), kind));
        store.merge("feature", &with(strategy)).unwrap();
        assert_eq!(contents_of(&store, &named(name)).len(), 2);
        assert_eq!(store.namespaces().unwrap().len(), 1);
    }
}

#[test]
fn one_name_with_two_namespaces_is_a_conflict_and_loses_no_entry() {
    for (strategy, kept) in [(Strategy::TakeDestination, "seed"), (Strategy::TakeSource, "theirs")] {
        let folder = tempfile::tempdir().unwrap();
        let ours = |store: &VersionedStore| store.rename_namespace("flags", "name").unwrap();
        let theirs = |store: &VersionedStore| store.put(&named("name"), "x", "theirs").unwrap();
        let store = apart(folder.path(), with_flags, ours, theirs);
        assert_eq!(keyspace_conflict(&store), ("name".into(), KeyspaceConflictKind::OneName));
        store.merge("feature", &with(strategy)).unwrap();
        assert_eq!(contents_of(&store, &named("name"))["x"], kept);
        let names: Vec<_> =
            store.namespaces().unwrap().into_iter().map(|info| (info.name, info.entries)).collect();
        assert_eq!(names.len(), 2);
        assert_eq!(names[0].0, "name");
        assert!(names[1].0.starts_with("name~"), "{names:?}");
        assert_eq!(names[0].1 + names[1].1, 3);
    }
}

#[test]
fn unrelated_histories_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let tree = git(folder.path(), &["rev-parse", "HEAD^{tree}"]);
    let root = format!("other\n\nProlly-Root: {}\n", store.root_hash().unwrap());
    let identity = ["-c", "user.name=A", "-c", "user.email=a@b"];
    let commit = git(folder.path(), &[&identity[..], &["commit-tree", tree.trim(), "-m", &root]].concat());
    git(folder.path(), &["branch", "other", commit.trim()]);
    assert!(matches!(store.merge("other", &merging()), Err(Error::InvalidArgument { .. })));
}

#[test]
fn a_store_without_commits_takes_over_what_it_merges() {
    let (remote, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    seeded(remote.path()).create_tag("v1", None).unwrap();
    let store = init(folder.path());
    store.add_remote("origin", remote.path().to_str().unwrap()).unwrap();
    let outcome = store.pull(&prolly_versioning::PullOptions::default()).unwrap();
    assert!(matches!(outcome, MergeOutcome::FastForward { .. }));
    assert_eq!(contents(&store).len(), 3);
    drop(store);
    assert_eq!(contents(&open(folder.path())).len(), 3);
}
