//! Counts, ranks, places and statistics against a plain sorted map, and what they load.
#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

mod common;

use std::collections::HashMap;

use common::{Map, build, bytes, counting_store, parameter_sets, parameters, read, store};
use prolly_storage::{Address, Child, Kind, Node, NodeRef, Parameters, Value, encode_internal, encode_leaf};
use prolly_tree::{DrawingOptions, Edit, Entry, Error, KeyRange, Leaf, Tree, ValueStatistics};
use proptest::prelude::*;

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => (0..400_u16).prop_map(|number| format!("key/{number:04}").into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..12),
        1 => (0..3_u8).prop_map(|number| vec![number; 1500]),
    ]
}

fn any_tree() -> impl Strategy<Value = (Parameters, Map)> {
    (prop::sample::select(parameter_sets()), prop::collection::btree_map(key(), value(), 0..400))
}

fn owned(tree: &Tree, entry: Option<Entry>) -> Option<(Vec<u8>, Vec<u8>)> {
    entry.map(|entry| read(tree, &entry))
}

/// All nodes that a tree reaches, values and all.
fn nodes(tree: &Tree) -> HashMap<Address, Node> {
    let mut found = HashMap::new();
    let mut pending = vec![tree.root()];
    while let Some(next) = pending.pop() {
        let node = tree.store().load(&next).unwrap();
        pending.extend(node.links());
        found.insert(next.address, (*node).clone());
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn places_agree_with_a_sorted_map((parameters, map) in any_tree(), keys in prop::collection::vec(key(), 1..20)) {
        let tree = build(&store(), parameters, &map);
        let entries: Vec<_> = map.clone().into_iter().collect();
        prop_assert_eq!(owned(&tree, tree.first().unwrap()), entries.first().cloned());
        prop_assert_eq!(owned(&tree, tree.last().unwrap()), entries.last().cloned());
        for index in 0..entries.len() + 2 {
            prop_assert_eq!(owned(&tree, tree.nth(index as u64).unwrap()), entries.get(index).cloned());
        }
        prop_assert!(tree.nth(u64::MAX).unwrap().is_none());
        for key in &keys {
            let rank = entries.partition_point(|(other, _)| other < key);
            prop_assert_eq!(tree.rank(key).unwrap(), rank as u64);
            let leaf = tree.find(key).unwrap();
            prop_assert_eq!(leaf.rank(), rank as u64);
            prop_assert_eq!(owned(&tree, leaf.entry().cloned()).map(|entry| entry.1), map.get(key).cloned());
            let first = usize::try_from(leaf.entries_before).unwrap();
            let held: Vec<_> = leaf.entries.iter().map(|entry| read(&tree, entry)).collect();
            prop_assert_eq!(&held[..], &entries[first..first + held.len()]);
            let before = first.checked_sub(1).map(|before| bytes(&entries[before].0));
            prop_assert_eq!(leaf.above.clone(), before);
            check_path(&tree, &leaf);
        }
    }

    #[test]
    fn statistics_are_those_of_a_walk((parameters, map) in any_tree()) {
        let tree = build(&store(), parameters, &map);
        let statistics = tree.stats().unwrap();
        let nodes = nodes(&tree);
        prop_assert_eq!(statistics.depth, tree.depth().unwrap());
        prop_assert_eq!(statistics.levels.len(), usize::from(statistics.depth));
        prop_assert_eq!(statistics.entries, map.len() as u64);
        prop_assert_eq!(statistics.nodes(), nodes.len() as u64);
        prop_assert_eq!(statistics.bytes(), nodes.values().map(|node| node.bytes().len() as u64).sum::<u64>());
        for (level, found) in (0..).zip(&statistics.levels) {
            let of_level = || nodes.values().filter(|node| node.parameters().is_some() && node.level() == level);
            prop_assert_eq!(found.level, level);
            prop_assert_eq!(found.nodes, of_level().count() as u64);
            prop_assert_eq!(found.bytes, of_level().map(|node| node.bytes().len() as u64).sum::<u64>());
            prop_assert_eq!(found.entries, of_level().map(|node| node.len() as u64).sum::<u64>());
            prop_assert_eq!(found.min, of_level().map(Node::len).min().unwrap());
            prop_assert_eq!(found.max, of_level().map(Node::len).max().unwrap());
            prop_assert!(found.fill() <= 1.0 && found.min as f64 <= found.mean() && found.mean() <= found.max as f64);
            prop_assert_eq!(found.limit, parameters.bounds(level).max);
        }
        let long = || map.values().filter(|value| value.len() > parameters.inline_value_max as usize);
        prop_assert_eq!(statistics.values.links, long().count() as u64);
        prop_assert_eq!(statistics.values.length, long().map(|value| value.len() as u64).sum::<u64>());
        prop_assert_eq!(statistics.values.nodes, nodes.values().filter(|node| node.kind() == Kind::Blob).count() as u64);
    }

    #[test]
    fn a_drawing_stays_within_its_bounds(
        (parameters, map) in any_tree(), depth in 0..5_usize, width in 0..9_usize, text in 0..9_usize,
    ) {
        let tree = build(&store(), parameters, &map);
        let drawing = tree.draw(&DrawingOptions { depth, width, text }).unwrap().to_string();
        let most: usize = (0..depth).scan(1, |lines, _| Some(std::mem::replace(lines, *lines * (width + 1)))).sum();
        prop_assert!(drawing.lines().count() <= most, "{}", drawing);
        let everything = DrawingOptions { depth: 255, width: 4096, text: 4096 };
        let lines = nodes(&tree).values().filter(|node| node.parameters().is_some()).count() + map.len();
        prop_assert_eq!(tree.draw(&everything).unwrap().to_string().lines().count(), lines);
    }
}

/// That a path leads from the root to the leaf by the positions it names.
fn check_path(tree: &Tree, leaf: &Leaf) {
    let mut target = tree.root();
    let mut natural = false;
    for (depth, step) in leaf.path.iter().enumerate() {
        let node = tree.store().load(&target).unwrap();
        assert_eq!(
            (step.address, step.level, step.natural, step.len, step.entries, step.bytes),
            (node.address(), node.level(), natural, node.len(), node.entries(), node.bytes().len())
        );
        if let Some(next) = leaf.path.get(depth + 1) {
            (target, natural) = (node.child(next.position).target, node.child(next.position).natural);
        }
    }
    assert_eq!((leaf.path[0].position, leaf.path.len()), (0, usize::from(tree.depth().unwrap())));
    assert_eq!(leaf.path.last().unwrap().len, leaf.entries.len());
}

#[test]
fn each_costs_a_path() {
    let (store, storage) = counting_store(0);
    let map: Map = (0..5000_u16).map(|number| (number.to_be_bytes().to_vec(), vec![7; 20])).collect();
    let tree = build(&store, parameters([3, 2, 12], [2, 3, 5], 8), &map);
    let depth = usize::from(tree.depth().unwrap());
    assert!(depth > 4);
    let loads = |what: &dyn Fn()| {
        storage.take();
        what();
        storage.take().loads
    };
    for number in (0..5000_u16).step_by(97) {
        let key = number.to_be_bytes();
        assert_eq!(loads(&|| assert_eq!(tree.rank(&key).unwrap(), u64::from(number))), depth);
        assert_eq!(loads(&|| assert_eq!(tree.nth(number.into()).unwrap().unwrap().key, key[..])), depth);
        assert_eq!(loads(&|| assert_eq!(tree.find(&key).unwrap().place.map(|_| ()), Ok(()))), depth);
        let range = KeyRange::inclusive(vec![0, 5].into(), key.to_vec().into());
        assert!(loads(&|| _ = tree.count(&range).unwrap()) <= 2 * depth);
    }
    assert_eq!(loads(&|| assert_eq!(tree.first().unwrap().unwrap().key, [0, 0][..])), depth);
    assert_eq!(loads(&|| assert_eq!(tree.last().unwrap().unwrap().key, 4999_u16.to_be_bytes()[..])), depth);
    assert_eq!(loads(&|| assert!(tree.nth(5000).unwrap().is_none())), 1);
    assert_eq!(loads(&|| assert_eq!(tree.rank(&[0xff]).unwrap(), 5000)), 1);
    let statistics = tree.stats().unwrap();
    let nodes: u64 = statistics.levels.iter().map(|level| level.nodes).sum();
    assert_eq!(loads(&|| _ = tree.stats().unwrap()) as u64, nodes, "values are not read");
    assert_eq!(loads(&|| _ = tree.draw(&DrawingOptions { depth: 3, width: 1, text: 9 }).unwrap()), 3);
}

#[test]
fn deleting_any_range_writes_a_few_paths() {
    let (store, storage) = counting_store(0);
    let map: Map = (0..20_000_u16).map(|number| (number.to_be_bytes().to_vec(), vec![7; 3])).collect();
    let tree = build(&store, parameters([3, 2, 12], [2, 3, 5], 8), &map);
    let depth = usize::from(tree.depth().unwrap());
    for width in [1_u16, 10, 100, 1000, 5000, 19_000] {
        for first in (0..20_000 - width).step_by(997) {
            let range = KeyRange::inclusive(
                first.to_be_bytes().to_vec().into(),
                (first + width - 1).to_be_bytes().to_vec().into(),
            );
            storage.take();
            let edited = tree.apply([Edit::DeleteRange(range)]).unwrap();
            let counts = storage.take();
            assert_eq!(edited.len().unwrap(), 20_000 - u64::from(width));
            assert!(counts.writes <= 3 * depth, "{width} keys from {first}: {counts:?}, depth {depth}");
            assert!(
                counts.distinct_loads <= 4 * depth,
                "{width} keys from {first}: {counts:?}, depth {depth}"
            );
        }
    }
}

#[test]
fn values_in_chunks_are_counted_once() {
    let map: Map = [("a", vec![0; 2_000_000]), ("b", vec![0; 2_000_000]), ("c", vec![1; 3000])]
        .map(|(key, value)| (key.into(), value))
        .into();
    let tree = build(&store(), Parameters::default(), &map);
    let all = nodes(&tree);
    let outside: Vec<_> = all.values().filter(|node| node.parameters().is_none()).collect();
    let bytes = outside.iter().map(|node| node.bytes().len() as u64).sum();
    let expected = ValueStatistics { links: 3, length: 4_003_000, nodes: outside.len() as u64, bytes };
    assert_eq!(tree.stats().unwrap().values, expected);
}

/// Counts that promise more than there is are a fault where an entry is asked for, and never a panic.
#[test]
fn counts_that_lie_do_no_harm() {
    let parameters = parameters([2, 2, 6], [2, 2, 6], 8);
    // Levels of nodes with two children, which say that they have so many entries each.
    let tree = |counts: &[[u64; 2]]| {
        let mut nodes = vec![encode_leaf(&parameters, [(&b"b"[..], Value::Inline(b"1"))].into_iter())];
        for (level, counts) in (1..).zip(counts) {
            let target = NodeRef::from(nodes[nodes.len() - 1].address());
            let child = |entries| Child { target, entries, natural: false };
            let children = [(&b"a"[..], child(counts[0])), (&b"b"[..], child(counts[1]))];
            nodes.push(encode_internal(&parameters, level, children.into_iter()));
        }
        let root = NodeRef::from(nodes[nodes.len() - 1].address());
        let store = store();
        store.put_many(nodes).unwrap();
        Tree::open(store, parameters, root)
    };
    let vast = tree(&[[(1 << 62) - 3, 3]; 5]);
    assert_eq!(vast.rank(b"b").unwrap(), u64::MAX);
    assert_eq!(vast.find(b"b").unwrap().rank(), u64::MAX);
    for tree in [vast, tree(&[[1, 1], [1, 9]])] {
        let last = tree.nth(tree.len().unwrap() - 1);
        assert!(matches!(last, Err(Error::Storage(prolly_storage::Error::Corruption { .. }))), "{last:?}");
    }
}

#[test]
fn a_drawing_shows_keys_as_they_are() {
    let map: Map = [
        (&b"apple"[..], &b"1"[..]),
        (b"bear", b"a long value of text"),
        ("cäsar".as_bytes(), "\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}".as_bytes()),
        (b"dog\0\x01", b"\xff\xfe"),
        (b"egg", &[7; 3000]),
        (b"fog", b""),
        (b"goat \"g\"", b"2"),
        (b"\xff", b"3"),
    ]
    .map(|(key, value)| (key.to_vec(), value.to_vec()))
    .into();
    let tree = build(&store(), parameters([1, 2, 3], [1, 2, 3], 40), &map);
    let drawing = tree.draw(&DrawingOptions { depth: 4, width: 4, text: 8 }).unwrap();
    assert_eq!(
        drawing.to_string(),
        r#"level 2: 2 children, 8 entries, 124 bytes, ab11df4a
├─ to "fog": level 1: 3 children, 6 entries, 178 bytes, b3d63114
│  ├─ to "apple": leaf: 1 entry, 50 bytes, df48433f
│  │  └─ "apple" = "1"
│  ├─ to "cäsar": leaf, cut: 2 entries, 100 bytes, 6d9ca977
│  │  ├─ "bear" = "a long v"… (20 bytes)
│  │  └─ "cäsar" = "ääääääää"… (18 bytes)
│  └─ to "fog": leaf, cut: 3 entries, 113 bytes, c03aab33
│     ├─ b"dog\x00\x01" = b"\xff\xfe"
│     ├─ "egg" = 3000 bytes at 3fef3a24
│     └─ "fog" = ""
└─ to b"\xff": level 1: 1 child, 2 entries, 77 bytes, 4b169f97
   └─ to b"\xff": leaf: 2 entries, 63 bytes, dd945ce4
      ├─ "goat \"g\"" = "2"
      └─ b"\xff" = "3"
"#
    );
    let narrow = tree.draw(&DrawingOptions { depth: 9, width: 2, text: 3 }).unwrap();
    assert_eq!(
        narrow.to_string(),
        r#"level 2: 2 children, 8 entries, 124 bytes, ab11df4a
├─ to "fog": level 1: 3 children, 6 entries, 178 bytes, b3d63114
│  ├─ to "app"… (5 bytes): leaf: 1 entry, 50 bytes, df48433f
│  │  └─ "app"… (5 bytes) = "1"
│  ├─ … 1 more
│  └─ to "fog": leaf, cut: 3 entries, 113 bytes, c03aab33
│     ├─ b"dog"… (5 bytes) = b"\xff\xfe"
│     ├─ … 1 more
│     └─ "fog" = ""
└─ to b"\xff": level 1: 1 child, 2 entries, 77 bytes, 4b169f97
   └─ to b"\xff": leaf: 2 entries, 63 bytes, dd945ce4
      ├─ "goa"… (8 bytes) = "2"
      └─ b"\xff" = "3"
"#
    );
    let none = tree.draw(&DrawingOptions { depth: 0, width: 2, text: 3 }).unwrap();
    assert_eq!(none.to_string(), "");
}
