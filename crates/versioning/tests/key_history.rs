//! Which commits changed a key, against what comparing every commit with its parents gives.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use std::collections::BTreeMap;

use common::*;
use prolly_versioning::{
    CheckoutOptions, CommitId, Error, HistoryEntry, InitOptions, KeyRange, LogOptions, MergeOptions,
    Namespace, Strategy as MergeStrategy, VersionedStore,
};
use proptest::prelude::*;

fn checkout(store: &VersionedStore, branch: &str) {
    store.checkout(branch, &CheckoutOptions::default()).unwrap();
}

/// Message, old and new value of what a history has.
fn told(entries: impl Iterator<Item = prolly_versioning::Result<HistoryEntry>>) -> Vec<(String, String)> {
    let value = |value: Option<bytes::Bytes>| value.map_or_else(|| "-".into(), text);
    entries
        .map(Result::unwrap)
        .map(|entry| (entry.commit.message.clone(), format!("{} {}", value(entry.old), value(entry.new))))
        .collect()
}

fn history(store: &VersionedStore, key: &str, options: &LogOptions) -> Vec<(String, String)> {
    told(store.history(&DEFAULT, vec![KeyRange::one(key.to_owned())], options).unwrap())
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(message, values)| (message.to_owned(), values.to_owned())).into()
}

#[test]
fn a_key_is_followed_through_branches_and_merges() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    store.create_branch("feature", None).unwrap();
    put(&store, "a", "main");
    commit(&store, "on main");
    put(&store, "b", "other");
    commit(&store, "another key");
    checkout(&store, "feature");
    put(&store, "a", "feature");
    commit(&store, "on feature");
    checkout(&store, "main");
    // The merge takes one side's value: it did nothing to the key itself.
    store.merge("feature", &MergeOptions { strategy: Some(MergeStrategy::TakeSource), ..merging() }).unwrap();
    store.delete(&DEFAULT, b"a").unwrap();
    commit(&store, "removed");
    let mut found = history(&store, "a", &LogOptions::default());
    // The two sides have the same time.
    found[1..3].sort();
    let expected =
        [("removed", "feature -"), ("on feature", "1 feature"), ("on main", "1 main"), ("seed", "- 1")];
    assert_eq!(found, pairs(expected));
    let first_parent = LogOptions { first_parent: true, ..LogOptions::default() };
    let expected = [
        ("removed", "feature -"),
        ("Merge 'feature' into 'main'", "main feature"),
        ("on main", "1 main"),
        ("seed", "- 1"),
    ];
    assert_eq!(history(&store, "a", &first_parent), pairs(expected));
    let narrowed = LogOptions { revision: Some("feature..main~1".into()), ..LogOptions::default() };
    assert_eq!(history(&store, "a", &narrowed), pairs([("on main", "1 main")]));
    assert_eq!(history(&store, "no such key", &LogOptions::default()), []);
    let misspelt = LogOptions { revision: Some("mian".into()), ..LogOptions::default() };
    let refused = store.history(&DEFAULT, vec![KeyRange::all()], &misspelt).err().unwrap();
    assert!(matches!(refused, Error::NotFound { .. }));
}

#[test]
fn a_merge_that_made_a_value_of_its_own_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    store.create_branch("feature", None).unwrap();
    put(&store, "a", "2");
    commit(&store, "two");
    checkout(&store, "feature");
    put(&store, "a", "3");
    commit(&store, "three");
    checkout(&store, "main");
    let mut merge = store.begin_merge("feature", &merging()).unwrap();
    assert_eq!(merge.next_conflicts(10).unwrap().len(), 1);
    merge.resolve(vec![prolly_versioning::Decision::Put("4".into())]).unwrap();
    merge.finish().unwrap();
    assert_eq!(
        history(&store, "a", &LogOptions::default())[0],
        ("Merge 'feature' into 'main'".to_owned(), "2 4".to_owned())
    );
}

#[test]
fn a_namespace_is_followed_under_its_earlier_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = init(folder.path());
    let (flags, switches) = (named("flags"), named("switches"));
    store.put(&flags, "dark", "off").unwrap();
    commit(&store, "made");
    store.rename_namespace("flags", "switches").unwrap();
    commit(&store, "renamed");
    store.put(&switches, "dark", "on").unwrap();
    commit(&store, "changed");
    let of = |namespace: &Namespace| {
        store.history(namespace, vec![KeyRange::prefix(b"da")], &LogOptions::default())
    };
    assert_eq!(told(of(&switches).unwrap()), pairs([("changed", "off on"), ("made", "- off")]));
    assert!(matches!(of(&flags).err().unwrap(), Error::NotFound { what: "namespace", .. }));
    let touching = vec![(switches, KeyRange::one("dark"))];
    let log = store.log(&LogOptions { touching, ..LogOptions::default() }).unwrap();
    assert_eq!(log.map(|commit| commit.unwrap().message).collect::<Vec<_>>(), ["changed", "made"]);
}

#[test]
fn ranges_of_commits_are_what_git_says() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    store.create_branch("feature", None).unwrap();
    put(&store, "d", "4");
    commit(&store, "on main");
    checkout(&store, "feature");
    put(&store, "e", "5");
    commit(&store, "on feature");
    for range in ["main..feature", "feature..main", "main...feature", "main..", "...main", "HEAD"] {
        let log = store.log(&LogOptions { revision: Some(range.into()), ..LogOptions::default() }).unwrap();
        let mut ids: Vec<_> = log.map(|commit| commit.unwrap().id.to_string()).collect();
        ids.sort();
        let mut expected: Vec<_> =
            git(folder.path(), &["rev-list", range]).lines().map(str::to_owned).collect();
        expected.sort();
        assert_eq!(ids, expected, "{range}");
    }
    let topological =
        LogOptions { revision: Some("main...feature".into()), topological: true, ..LogOptions::default() };
    assert_eq!(store.log(&topological).unwrap().count(), 2);
    let both =
        LogOptions { revision: Some("main...feature".into()), first_parent: true, ..LogOptions::default() };
    assert!(matches!(store.log(&both).err().unwrap(), Error::InvalidArgument { .. }));
}

#[test]
fn the_history_of_a_shallow_clone_begins_where_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    for value in ["2", "3", "4"] {
        put(&store, "a", value);
        commit(&store, value);
    }
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    git(clone.path(), &["clone", "--quiet", "--depth", "2", &url, "shallow"]);
    let shallow = open(&clone.path().join("shallow"));
    assert_eq!(history(&shallow, "a", &LogOptions::default()), pairs([("4", "3 4"), ("3", "- 3")]));
    let first_parent = LogOptions { first_parent: true, ..LogOptions::default() };
    assert_eq!(history(&shallow, "a", &first_parent).len(), 2);
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Delete(u8),
    Branch,
    Switch,
    Merge,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_u8..4, 0_u8..3).prop_map(|(key, value)| Step::Put(key, value)),
        2 => (0_u8..4).prop_map(Step::Delete),
        1 => Just(Step::Branch),
        2 => Just(Step::Switch),
        2 => Just(Step::Merge),
    ]
}

type Values = BTreeMap<String, String>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_history_is_what_comparing_every_commit_with_its_parents_gives(
        steps in proptest::collection::vec(step(), 1..30),
    ) {
        let store = VersionedStore::memory(InitOptions::default()).unwrap();
        let mut versions: BTreeMap<CommitId, Values> = BTreeMap::new();
        let mut other = None;
        put(&store, "k0", "0");
        let first = commit(&store, "first").id;
        versions.insert(first, contents(&store));
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Put(key, value) => put(&store, &format!("k{key}"), &value.to_string()),
                Step::Delete(key) => drop(store.delete(&DEFAULT, format!("k{key}").as_bytes()).unwrap()),
                Step::Branch if other.is_none() => {
                    store.create_branch("other", None).unwrap();
                    other = Some("other");
                }
                Step::Branch => {}
                Step::Switch => {
                    if let Some(branch) = other {
                        let here = store.head().unwrap().branch().unwrap().to_owned();
                        checkout(&store, branch);
                        other = Some(if here == "main" { "main" } else { "other" });
                    }
                }
                Step::Merge => {
                    if let Some(branch) = other {
                        let strategy = Some(MergeStrategy::TakeSource);
                        store.merge(branch, &MergeOptions { strategy, ..merging() }).unwrap();
                    }
                }
            }
            if !store.status().unwrap().is_clean() {
                commit(&store, &number.to_string());
            }
            versions.insert(store.head().unwrap().commit().unwrap(), contents(&store));
        }
        let log = || store.log(&LogOptions::default()).unwrap().map(Result::unwrap);
        let none = Values::new();
        for key in 0_u8..4 {
            let key = format!("k{key}");
            let value = |id: &CommitId| versions[id].get(&key);
            let expected: Vec<_> = log()
                .filter(|commit| match &commit.parents[..] {
                    [] => none.get(&key) != value(&commit.id),
                    parents => parents.iter().all(|parent| value(parent) != value(&commit.id)),
                })
                .map(|commit| {
                    let old = commit.parents.first().and_then(value).cloned();
                    (commit.id, old, value(&commit.id).cloned())
                })
                .collect();
            let entries = store.history(&DEFAULT, vec![KeyRange::one(key.clone())], &LogOptions::default());
            let found: Vec<_> = entries
                .unwrap()
                .map(Result::unwrap)
                .map(|entry| (entry.commit.id, entry.old.map(text), entry.new.map(text)))
                .collect();
            prop_assert_eq!(&found, &expected);
            let touching = vec![(DEFAULT, KeyRange::one(key))];
            let touched = store.log(&LogOptions { touching, ..LogOptions::default() }).unwrap();
            let touched: Vec<_> = touched.map(|commit| commit.unwrap().id).collect();
            prop_assert_eq!(touched, expected.iter().map(|(id, ..)| *id).collect::<Vec<_>>());
        }
    }
}
