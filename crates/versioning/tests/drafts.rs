//! Drafts: writes by keyspace that are staged in one step.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use std::ops::Bound;
use std::path::Path;

use bytes::Bytes;
use common::*;
use prolly_versioning::{
    CheckoutOptions, Direction, Draft, Error, InitOptions, KeyRange, Keyspace, KeyspaceId, KeyspaceKind,
    Keyspaces, OpenOptions, Savepoint, VersionedStore,
};
use proptest::collection::vec;
use proptest::prelude::*;

const OWN: KeyspaceId = KeyspaceId::CATALOGUE;

fn table(name: &str) -> Keyspace {
    Keyspace { kind: KeyspaceKind::Table, owner: OWN, name: name.into(), schema: "columns".into() }
}

fn set(draft: &mut Draft, id: KeyspaceId, key: &str, value: &str) {
    draft.put(id, key.as_bytes(), Bytes::copy_from_slice(value.as_bytes())).unwrap();
}

fn read(keyspaces: &Keyspaces, id: KeyspaceId) -> Contents {
    let entries = keyspaces.entries(id, &KeyRange::all(), Direction::Forward);
    entries.map(|entry| entry.map(|(key, value)| (text(key), text(value))).unwrap()).collect()
}

fn now(store: &VersionedStore) -> Keyspaces {
    store.draft().unwrap().keyspaces().clone()
}

/// A store with a table that has the rows a, b and c.
fn with_table(folder: &Path, open: OpenOptions) -> (VersionedStore, KeyspaceId) {
    let store = VersionedStore::init(folder, InitOptions { open, ..InitOptions::default() }).unwrap();
    let mut draft = store.draft().unwrap();
    let id = draft.create(&table("t")).unwrap();
    for (key, value) in [("a", "1"), ("b", "2"), ("c", "3")] {
        set(&mut draft, id, key, value);
    }
    draft.stage().unwrap();
    (store, id)
}

#[test]
fn a_draft_is_private_until_it_is_staged_and_lasts_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let (store, id) = with_table(folder.path(), OpenOptions::default());
    let mut draft = store.draft().unwrap();
    assert!(draft.is_unchanged());
    set(&mut draft, id, "d", "4");
    draft.delete(id, b"a").unwrap();
    assert!(!draft.is_unchanged());
    let changed = map([("b", "2"), ("c", "3"), ("d", "4")]);
    assert_eq!(read(draft.keyspaces(), id), changed);
    assert_eq!(draft.keyspaces().count(id, &KeyRange::all()).unwrap(), 3);
    assert_eq!(read(&now(&store), id), map([("a", "1"), ("b", "2"), ("c", "3")]));
    drop(draft);
    assert_eq!(read(&now(&store), id), map([("a", "1"), ("b", "2"), ("c", "3")]));
    let mut draft = store.draft().unwrap();
    set(&mut draft, id, "d", "4");
    draft.delete(id, b"a").unwrap();
    draft.stage().unwrap();
    assert_eq!(read(&now(&store), id), changed);
    drop(store);
    let store = open(folder.path());
    assert_eq!(read(&now(&store), id), changed);
    commit(&store, "rows");
    assert_eq!(read(&store.at("HEAD").unwrap().keyspaces(), id), changed);
}

#[test]
fn disjoint_drafts_both_stay_and_the_second_to_change_a_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (store, id) = with_table(folder.path(), OpenOptions::default());
    let [mut one, mut other, mut late, mut equal] = [(); 4].map(|()| store.draft().unwrap());
    set(&mut one, id, "a", "one");
    set(&mut other, id, "b", "other");
    set(&mut late, id, "a", "late");
    set(&mut late, id, "new", "late");
    set(&mut equal, id, "a", "one");
    one.stage().unwrap();
    other.stage().unwrap();
    for refused in [late, equal] {
        match refused.stage().unwrap_err() {
            Error::Conflict { keys, .. } => {
                assert_eq!((keys[0].namespace.as_deref(), &keys[0].key[..]), (Some("t"), &b"a"[..]));
            }
            error => panic!("{error}"),
        }
    }
    assert_eq!(read(&now(&store), id), map([("a", "one"), ("b", "other"), ("c", "3")]));
}

#[test]
fn a_commit_meanwhile_is_no_conflict_but_another_branch_is() {
    let folder = tempfile::tempdir().unwrap();
    let (store, id) = with_table(folder.path(), OpenOptions::default());
    let [mut draft, mut moved] = [(); 2].map(|()| store.draft().unwrap());
    set(&mut draft, id, "a", "draft");
    set(&mut moved, id, "b", "draft");
    commit(&store, "table");
    draft.stage().unwrap();
    assert_eq!(read(&now(&store), id), map([("a", "draft"), ("b", "2"), ("c", "3")]));
    commit(&store, "draft");
    let create = CheckoutOptions { create: Some("other".into()), ..CheckoutOptions::default() };
    store.checkout("main~1", &create).unwrap();
    assert!(matches!(moved.stage(), Err(Error::Moved { .. })));
    assert_eq!(read(&now(&store), id), map([("a", "1"), ("b", "2"), ("c", "3")]));
}

#[test]
fn a_deleted_range_is_all_of_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let (store, id) = with_table(folder.path(), OpenOptions::default());
    let [mut emptied, mut grown] = [(); 2].map(|()| store.draft().unwrap());
    emptied.delete_range(id, &KeyRange::all()).unwrap();
    set(&mut grown, id, "d", "4");
    grown.stage().unwrap();
    assert!(matches!(emptied.stage(), Err(Error::Conflict { .. })));
    let mut emptied = store.draft().unwrap();
    emptied.delete_range(id, &KeyRange::all()).unwrap();
    emptied.stage().unwrap();
    assert_eq!(read(&now(&store), id), map([]));
    assert!(now(&store).catalogue().unwrap().get(id).is_some());
}

#[test]
fn savepoints_undo_what_came_after_them() {
    // Also where what came after was too much for the overlay and for the journal.
    let small = OpenOptions { overlay_bytes: 4096, checkpoint_bytes: 16_384, ..OpenOptions::default() };
    for (options, rows) in [(OpenOptions::default(), 50), (small, 50), (small, 2_000)] {
        let folder = tempfile::tempdir().unwrap();
        let (store, id) = with_table(folder.path(), options);
        let mut draft = store.draft().unwrap();
        let outer = draft.savepoint();
        set(&mut draft, id, "kept", "yes");
        let savepoint = draft.savepoint();
        for row in 0..rows {
            set(&mut draft, id, &format!("row{row}"), "x");
        }
        draft.remove(id).unwrap();
        let other = draft.create(&table("other")).unwrap();
        assert_eq!(draft.keyspaces().catalogue().unwrap().iter().count(), 1);
        draft.go_back_to(&savepoint);
        assert!(draft.keyspaces().catalogue().unwrap().get(other).is_none());
        let expected = map([("a", "1"), ("b", "2"), ("c", "3"), ("kept", "yes")]);
        assert_eq!(read(draft.keyspaces(), id), expected);
        set(&mut draft, id, "z", "9");
        draft.go_back_to(&savepoint);
        draft.release(outer);
        draft.go_back_to(&savepoint);
        assert_eq!(read(draft.keyspaces(), id), expected, "it is released with the one it is within");
        draft.stage().unwrap();
        assert_eq!(read(&now(&store), id), expected);
        drop(store);
        assert_eq!(read(&now(&open(folder.path())), id), expected);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u16),
    Delete(u8),
    DeleteRange(u8, u8),
    Mark,
    /// To one of the savepoints there are.
    GoBack(usize),
    Release(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (any::<u8>(), any::<u16>()).prop_map(|(key, value)| Step::Put(key, value)),
        4 => any::<u8>().prop_map(Step::Delete),
        1 => (any::<u8>(), 0..20_u8).prop_map(|(key, keys)| Step::DeleteRange(key, keys)),
        3 => Just(Step::Mark),
        2 => any::<usize>().prop_map(Step::GoBack),
        1 => any::<usize>().prop_map(Step::Release),
    ]
}

fn row(key: u8) -> String {
    format!("row {key:03}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever was written, applied or deleted meanwhile: each savepoint leads to the state it was made in, and what is staged is what
    /// was read last.
    #[test]
    fn a_savepoint_is_a_state(steps in vec(step(), 0..120), overlay_bytes in prop_oneof![Just(300_usize), Just(1 << 20)]) {
        let open = OpenOptions { overlay_bytes, ..OpenOptions::default() };
        let store = VersionedStore::memory(InitOptions { open, ..InitOptions::default() }).unwrap();
        let mut draft = store.draft().unwrap();
        let id = draft.create(&table("t")).unwrap();
        (0..100).step_by(2).for_each(|key| set(&mut draft, id, &row(key), "staged"));
        draft.stage().unwrap();

        let mut draft = store.draft().unwrap();
        let mut model = read(draft.keyspaces(), id);
        let mut savepoints: Vec<(Savepoint, Contents)> = Vec::new();
        for step in steps {
            match step {
                Step::Put(key, value) => {
                    set(&mut draft, id, &row(key), &value.to_string());
                    model.insert(row(key), value.to_string());
                }
                Step::Delete(key) => {
                    draft.delete(id, row(key).as_bytes()).unwrap();
                    model.remove(&row(key));
                }
                Step::DeleteRange(first, keys) => {
                    let bounds = row(first)..row(first.saturating_add(keys));
                    let range = KeyRange {
                        lower: Bound::Included(bounds.start.clone().into()),
                        upper: Bound::Excluded(bounds.end.clone().into()),
                    };
                    draft.delete_range(id, &range).unwrap();
                    model.retain(|key, _| !bounds.contains(key));
                }
                Step::Mark => savepoints.push((draft.savepoint(), model.clone())),
                Step::GoBack(_) | Step::Release(_) if savepoints.is_empty() => {}
                Step::GoBack(place) => {
                    savepoints.truncate(place % savepoints.len() + 1);
                    let (savepoint, state) = savepoints.last().unwrap();
                    draft.go_back_to(savepoint);
                    model.clone_from(state);
                    prop_assert_eq!(read(draft.keyspaces(), id), model.clone());
                }
                Step::Release(place) => {
                    let place = place % savepoints.len();
                    savepoints.drain(place..).rev().for_each(|(savepoint, _)| draft.release(savepoint));
                }
            }
        }
        prop_assert_eq!(read(draft.keyspaces(), id), model.clone());
        draft.stage().unwrap();
        prop_assert_eq!(read(&now(&store), id), model);
    }
}

#[test]
fn much_is_staged_as_a_tree_beside_what_others_staged() {
    let small = OpenOptions { overlay_bytes: 4096, checkpoint_bytes: 16_384, ..OpenOptions::default() };
    let folder = tempfile::tempdir().unwrap();
    let (store, id) = with_table(folder.path(), small);
    let [mut large, mut late] = [(); 2].map(|()| store.draft().unwrap());
    for row in 0..2_000 {
        set(&mut large, id, &format!("row{row}"), "large");
        set(&mut late, id, &format!("row{row}"), "late");
    }
    set(&mut large, id, "long", &"x".repeat(100_000));
    put(&store, "beside", "yes");
    large.stage().unwrap();
    assert!(matches!(late.stage(), Err(Error::Conflict { more: true, .. })));
    drop(store);
    let store = open(folder.path());
    assert_eq!(get(&store, "beside").as_deref(), Some("yes"));
    let rows = read(&now(&store), id);
    assert_eq!((rows.len(), rows["row7"].as_str(), rows["long"].len()), (2_004, "large", 100_000));
    commit(&store, "large");
    fsck(folder.path());
}

#[test]
fn keyspaces_are_named_once_renamed_and_removed_with_what_they_own() {
    let folder = tempfile::tempdir().unwrap();
    let (store, id) = with_table(folder.path(), OpenOptions::default());
    let mut draft = store.draft().unwrap();
    assert!(matches!(draft.create(&table("t")), Err(Error::AlreadyExists { what: "table", .. })));
    let index = Keyspace { kind: KeyspaceKind::Index, owner: id, ..table("by_name") };
    let index_id = draft.create(&index).unwrap();
    set(&mut draft, index_id, "1a", "");
    let second = draft.create(&table("second")).unwrap();
    assert!(matches!(draft.describe(second, &table("t")), Err(Error::AlreadyExists { .. })));
    draft.describe(id, &Keyspace { schema: "more columns".into(), ..table("renamed") }).unwrap();
    let catalogue = draft.keyspaces().catalogue().unwrap();
    assert_eq!(catalogue.find(KeyspaceKind::Table, OWN, "renamed"), Some(id));
    assert_eq!(catalogue.get(id).unwrap().schema, "more columns");
    assert_eq!(catalogue.find(KeyspaceKind::Index, id, "by_name"), Some(index_id));
    assert_eq!(KeyspaceId::from_bytes(id.to_bytes()), id);
    assert_eq!(read(draft.keyspaces(), id).len(), 3);
    draft.remove(id).unwrap();
    assert!(matches!(draft.describe(id, &table("t")), Err(Error::NotFound { what: "table", .. })));
    assert_eq!(read(draft.keyspaces(), index_id), map([]));
    assert_eq!(draft.keyspaces().catalogue().unwrap().iter().map(|(id, _)| id).collect::<Vec<_>>(), [second]);
    // Nobody else has the id, so it is given again.
    assert_eq!(draft.create(&table("t")).unwrap(), id);
    assert_eq!(read(draft.keyspaces(), id), map([]));
}

#[test]
fn what_is_over_the_limits_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (store, id) = with_table(folder.path(), OpenOptions::default());
    let mut draft = store.draft().unwrap();
    assert!(matches!(draft.put(id, &[b'k'; 8193], Bytes::new()), Err(Error::InvalidArgument { .. })));
    assert!(draft.is_unchanged());
    draft.stage().unwrap();
    assert_eq!(read(&now(&store), id).len(), 3);
}
