//! The overlay against a plain sorted map.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{MemoryStorage, NodeBounds, NodeStorage, NodeStore, Parameters};
use prolly_tree::{Direction, Edit, EntryRef, EntryValue, Error, KeyRange, MutableTree, Tree};
use proptest::prelude::*;

/// Small nodes, so that a few hundred keys make a deep tree.
fn parameters() -> Parameters {
    let bounds = NodeBounds { window: 2, min: 2, max: 6 };
    Parameters { leaf: bounds, internal: bounds, inline_value_max: 16 }
}

fn empty() -> Tree {
    Tree::empty(NodeStore::new(Arc::new(MemoryStorage::new())), parameters()).unwrap()
}

type Model = BTreeMap<Bytes, Bytes>;

#[derive(Clone, Debug)]
enum Step {
    Put(Bytes, Bytes),
    PutMany(Vec<(Bytes, Bytes)>),
    Delete(Bytes),
    DeleteRange(KeyRange),
    Flush,
    Clone,
    Fork,
    /// Writes, all of which are taken back.
    Undone(Vec<(Bytes, Option<Bytes>)>),
}

fn key() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        (0_u8..120).prop_map(|number| Bytes::from(vec![b'k', number])),
        proptest::collection::vec(0_u8..3, 0..4).prop_map(Bytes::from),
    ]
}

/// Inline and out-of-line values.
fn value() -> impl Strategy<Value = Bytes> {
    (any::<u8>(), 0_usize..40).prop_map(|(byte, length)| vec![byte; length].into())
}

fn range() -> impl Strategy<Value = KeyRange> {
    let bound = || {
        prop_oneof![Just(Bound::Unbounded), key().prop_map(Bound::Included), key().prop_map(Bound::Excluded),]
    };
    (bound(), bound()).prop_map(|(lower, upper)| KeyRange { lower, upper })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (key(), value()).prop_map(|(key, value)| Step::Put(key, value)),
        2 => proptest::collection::vec((key(), value()), 0..60).prop_map(Step::PutMany),
        4 => key().prop_map(Step::Delete),
        1 => range().prop_map(Step::DeleteRange),
        1 => Just(Step::Flush),
        1 => Just(Step::Clone),
        1 => Just(Step::Fork),
        1 => proptest::collection::vec((key(), proptest::option::of(value())), 1..10).prop_map(Step::Undone),
    ]
}

fn take(tree: &mut MutableTree, model: &mut Model, step: Step, limit: usize) {
    match step {
        Step::Put(key, value) => {
            tree.put(key.clone(), value.clone()).unwrap();
            model.insert(key, value);
        }
        Step::PutMany(entries) => {
            tree.put_many(&entries).unwrap();
            model.extend(entries);
        }
        Step::Delete(key) => {
            tree.delete(key.clone()).unwrap();
            model.remove(&key);
        }
        Step::DeleteRange(range) => {
            tree.delete_range(range.clone()).unwrap();
            model.retain(|key, _| !range.contains(key));
        }
        Step::Flush => {
            tree.flush().unwrap();
            assert!(!tree.is_pending());
        }
        Step::Clone => {}
        Step::Fork => *tree = tree.fork(),
        Step::Undone(writes) => {
            let mut written = Vec::new();
            // Whatever is applied to the tree cannot be taken back.
            for (key, value) in writes.into_iter().filter(|_| limit == usize::MAX) {
                written.push((key.clone(), tree.written(&key)));
                match value {
                    Some(value) => tree.put(key, value).unwrap(),
                    None => tree.delete(key).unwrap(),
                }
            }
            while let Some((key, before)) = written.pop() {
                tree.undo(key, before);
            }
        }
    }
}

fn read(tree: &MutableTree, range: &KeyRange, direction: Direction) -> Vec<(Bytes, Bytes)> {
    let entries = tree.entries(range.clone(), direction).map(Result::unwrap);
    entries.map(|entry| (entry.key, tree.tree().read(&entry.value).unwrap())).collect()
}

/// As [`read`], of entries that are lent, each of them twice.
fn lent(tree: &MutableTree, range: &KeyRange, direction: Direction) -> Vec<(Bytes, Bytes)> {
    let mut entries = tree.entries(range.clone(), direction);
    let copy = |entry: EntryRef<'_>| {
        let value = tree.tree().read_lent(entry.value).unwrap();
        (Bytes::copy_from_slice(entry.key), Bytes::copy_from_slice(&value))
    };
    assert!(entries.lent().is_none());
    let mut answer = Vec::new();
    while let Some(entry) = entries.lend().unwrap() {
        answer.push(copy(entry));
        assert_eq!(entries.lent().map(copy).as_ref(), answer.last());
    }
    assert!(entries.lent().is_none());
    answer
}

fn check(tree: &MutableTree, model: &Model, range: &KeyRange, keys: &[Bytes]) {
    let mut expected: Vec<_> = model
        .iter()
        .filter(|(key, _)| range.contains(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    assert_eq!(tree.count(range).unwrap(), expected.len() as u64);
    assert_eq!(read(tree, range, Direction::Forward), expected);
    assert_eq!(lent(tree, range, Direction::Forward), expected);
    expected.reverse();
    assert_eq!(read(tree, range, Direction::Backward), expected);
    assert_eq!(lent(tree, range, Direction::Backward), expected);
    for key in keys {
        assert_eq!(tree.get(key).unwrap().as_ref(), model.get(key));
        assert_eq!(tree.contains(key).unwrap(), model.contains_key(key));
    }
    let many = tree.get_many(keys).unwrap();
    assert!(many.iter().zip(keys).all(|(found, key)| found.as_ref() == model.get(key)));
    let many = tree.find_many(keys).unwrap();
    for (value, key) in many.iter().zip(keys) {
        let value = value.map(|value| many.read(value).unwrap());
        assert_eq!(value.as_deref(), model.get(key).map(|value| &value[..]));
    }
}

fn fresh(model: &Model) -> Tree {
    empty().apply(model.iter().map(|(key, value)| Edit::put(key.clone(), value.clone()))).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn it_is_a_sorted_map(
        steps in proptest::collection::vec(step(), 0..60),
        limit in prop_oneof![Just(0_usize), Just(600), Just(usize::MAX)],
        ranges in proptest::collection::vec(range(), 1..4),
        keys in proptest::collection::vec(key(), 1..20),
    ) {
        let (mut tree, mut model) = (MutableTree::with_limit(empty(), limit), Model::new());
        let mut clones = Vec::new();
        for step in steps {
            if matches!(step, Step::Clone | Step::Fork) {
                clones.push((tree.clone(), model.clone()));
            }
            take(&mut tree, &mut model, step, limit);
            prop_assert!(tree.pending_bytes() <= limit);
        }
        clones.push((tree.clone(), model.clone()));
        for (clone, model) in &clones {
            for range in ranges.iter().chain([&KeyRange::all()]) {
                check(clone, model, range, &keys);
            }
        }
        for (mut clone, model) in clones {
            let applied = clone.applied().unwrap();
            prop_assert_eq!(clone.root().unwrap(), fresh(&model).root(), "the root is the canonical one");
            prop_assert_eq!(applied.root(), clone.root().unwrap());
            prop_assert_eq!(clone.pending_bytes(), 0);
        }
    }
}

#[test]
fn writes_are_applied_in_one_pass_before_they_pass_the_limit() {
    let mut tree = MutableTree::with_limit(empty(), 4096);
    let mut passes = 0;
    for number in 0..1000_u32 {
        tree.put(number.to_be_bytes().to_vec(), "value").unwrap();
        passes += u32::from(!tree.is_pending());
        assert!(tree.pending_bytes() <= 4096);
    }
    // Each write takes its key, its value and about a hundred bytes.
    assert!((20..40).contains(&passes), "{passes}");
    assert_eq!(tree.count(&KeyRange::all()).unwrap(), 1000);
}

#[test]
fn an_undone_write_takes_no_memory() {
    let mut tree = MutableTree::new(empty());
    tree.put("a", "1").unwrap();
    let mut fork = tree.fork();
    fork.put("b", "2").unwrap();
    let (one, before) = (tree.pending_bytes(), fork.pending_bytes());
    let written = ["a", "b", "c"].map(|key| (Bytes::from(key), fork.written(key.as_bytes())));
    assert!(written[0].1.is_none(), "it is of what was forked");
    for key in ["a", "b", "c"] {
        fork.put(key, "a longer value").unwrap();
    }
    for (key, written) in written {
        fork.undo(key, written);
    }
    assert_eq!([tree.pending_bytes(), fork.pending_bytes()], [one, before]);
    assert_eq!(fork.get_many(&["a", "b", "c"]).unwrap(), [Some("1".into()), Some("2".into()), None]);
}

#[test]
fn an_iterator_keeps_what_it_began_with() {
    let mut tree = MutableTree::new(empty());
    for key in ["a", "b", "c"] {
        tree.put(key, "1").unwrap();
    }
    let mut entries = tree.entries(KeyRange::all(), Direction::Forward);
    assert_eq!(entries.next().unwrap().unwrap().key, "a");
    tree.delete("b").unwrap();
    tree.put("bb", "2").unwrap();
    tree.flush().unwrap();
    let rest: Vec<_> = entries.map(|entry| entry.unwrap().key).collect();
    assert_eq!(rest, ["b", "c"]);
}

#[test]
fn a_scan_ends_at_a_node_that_cannot_be_loaded() {
    let storage = Arc::new(MemoryStorage::new());
    let tree = Tree::empty(NodeStore::new(storage.clone()), parameters()).unwrap();
    let entries = (0..100_u8).map(|number| Edit::put(vec![number], "value"));
    let mut tree = MutableTree::new(tree.apply(entries).unwrap());
    tree.put(vec![200], "value").unwrap();
    let leaf = tree.tree().find(&[50]).unwrap().path.last().unwrap().address;
    storage.delete_many(&[leaf]).unwrap();
    let mut entries = tree.entries(KeyRange::all(), Direction::Forward);
    let mut given = 0;
    while let Ok(Some(_)) = entries.lend() {
        given += 1;
    }
    assert!((20..=50).contains(&given), "{given} entries before the fault");
    assert!(entries.lent().is_none());
    assert!(entries.next().is_none(), "not even what is pending");
}

#[test]
fn long_values_go_out_of_line_when_they_are_handed_in() {
    let mut tree = MutableTree::new(empty());
    tree.put("key", vec![7; 100_000]).unwrap();
    assert!(tree.pending_bytes() < 1000, "the bytes are in nodes");
    assert!(matches!(tree.pending(b"key"), Some(Some(EntryValue::Linked(_)))));
    assert_eq!(tree.get(b"key").unwrap().unwrap().len(), 100_000);
}

#[test]
fn a_key_over_the_limit_is_refused_at_once() {
    let mut tree = MutableTree::new(empty());
    let result = tree.put(vec![b'k'; prolly_storage::KEY_MAX + 1], "value");
    assert!(matches!(result, Err(Error::KeyTooLong { .. })), "{result:?}");
    assert!(!tree.is_pending());
    tree.put(vec![b'k'; prolly_storage::KEY_MAX], "value").unwrap();
}
