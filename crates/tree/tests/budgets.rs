//! What edits, diffs and merges may cost, counted in node loads and writes.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a fault here is a failed test")]

mod common;

use std::collections::{BTreeMap, HashSet};

use common::counting_store;
use prolly_storage::testing::CountingStorage;
use prolly_storage::{Address, Kind, NodeRef, NodeStore, Parameters};
use prolly_tree::{Edit, KeyRange, Merge, Tree};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

const SIZES: [u64; 2] = [10_000, 1_000_000];
const EDITS: usize = 100_000;

/// Keys of 24 bytes in random order; `number` below the size of the tree is one of its keys.
fn key(number: u64) -> Vec<u8> {
    let mut random = SplitMix64::seed_from_u64(number.wrapping_mul(0xA24B_AED4_963E_E407));
    [random.next_u64().to_be_bytes(), random.next_u64().to_be_bytes(), number.to_be_bytes()].concat()
}

fn value(seed: u64) -> Vec<u8> {
    let mut random = SplitMix64::seed_from_u64(seed);
    (0..100).map(|_| random.next_u64().to_le_bytes()[0]).collect()
}

fn build(store: &NodeStore, numbers: impl Iterator<Item = u64>) -> Tree {
    let mut entries: Vec<_> = numbers.map(|number| (key(number), value(number))).collect();
    entries.sort();
    let edits = entries.into_iter().map(|(key, value)| Edit::put(key, value));
    Tree::empty(store.clone(), Parameters::default()).unwrap().apply(edits).unwrap()
}

/// Sorted counts, for means and percentiles.
struct Sample(Vec<usize>);

impl Sample {
    fn mean(&self) -> f64 {
        self.0.iter().sum::<usize>() as f64 / self.0.len() as f64
    }

    fn at(&mut self, share: f64) -> usize {
        self.0.sort_unstable();
        self.0[((self.0.len() - 1) as f64 * share) as usize]
    }
}

/// Loads and writes of each of many single edits of `tree`.
fn cost(tree: &Tree, storage: &CountingStorage, mut edit: impl FnMut() -> Edit) -> (Sample, Sample) {
    let (mut loads, mut writes) = (Sample(Vec::new()), Sample(Vec::new()));
    for _ in 0..EDITS {
        let store = tree.store().staged();
        storage.take();
        let edited = tree.with_store(store.clone()).apply([edit()]).unwrap();
        assert_ne!(edited.root(), tree.root());
        loads.0.push(storage.take().distinct_loads);
        writes.0.push(store.staged_nodes().unwrap().len());
    }
    (loads, writes)
}

#[test]
fn edits_cost_about_one_path() {
    for size in SIZES {
        let (store, storage) = counting_store(0);
        let tree = build(&store, 0..size);
        let depth = usize::from(tree.depth().unwrap());
        let mut random = SplitMix64::seed_from_u64(size);

        let (mut loads, mut writes) =
            cost(&tree, &storage, || Edit::put(key(random.next_u64() % size), value(random.next_u64())));
        assert_eq!((writes.at(0.0), writes.at(1.0)), (depth, depth), "writes of an update");
        assert_eq!((loads.at(0.0), loads.at(1.0)), (depth, depth), "loads of an update");

        let mut inserted = size;
        let insert = cost(&tree, &storage, || {
            inserted += 1;
            Edit::put(key(inserted), value(inserted))
        });
        let delete = cost(&tree, &storage, || Edit::delete(key(random.next_u64() % size)));
        for (kind, (mut loads, mut writes)) in [("insert", insert), ("delete", delete)] {
            println!(
                "{size} keys, depth {depth}, {kind}: loads {:.3} mean, {} worst; writes {:.3} mean, {} p99.9, {} worst",
                loads.mean(),
                loads.at(1.0),
                writes.mean(),
                writes.at(0.999),
                writes.at(1.0)
            );
            assert!(loads.mean() <= depth as f64 + 0.5, "{kind} loads {}", loads.mean());
            assert!(loads.at(1.0) <= 3 * depth, "{kind} loads {}", loads.at(1.0));
            assert!(writes.mean() <= depth as f64 + 0.1, "{kind} writes {}", writes.mean());
            assert!(writes.at(0.999) <= depth + 2, "{kind} writes {}", writes.at(0.999));
            assert!(writes.at(1.0) <= 2 * depth + 4, "{kind} writes {}", writes.at(1.0));
        }
    }
}

/// The nodes of a tree.
fn nodes(tree: &Tree) -> HashSet<Address> {
    fn walk(tree: &Tree, node: &NodeRef, nodes: &mut HashSet<Address>) {
        nodes.insert(node.address);
        let loaded = tree.store().load(node).unwrap();
        if loaded.kind() == Kind::Internal {
            for link in loaded.links() {
                walk(tree, &link, nodes);
            }
        }
    }
    let mut found = HashSet::new();
    walk(tree, &tree.root(), &mut found);
    found
}

/// Scattered updates, inserts and deletes, `count` in all, that other calls with other `salt` do not meet.
fn scattered(size: u64, count: u64, salt: u64) -> Vec<Edit> {
    let mut random = SplitMix64::seed_from_u64(salt);
    let mut edits = BTreeMap::new();
    while (edits.len() as u64) < count {
        let number = 2 * (random.next_u64() % (size / 2)) + salt % 2;
        let (key, edit) = match random.next_u64() % 3 {
            0 => (key(number), Some(value(random.next_u64()))),
            1 => (key(number), None),
            _ => (key(size + 2 * (random.next_u64() % (1 << 40)) + salt % 2), Some(value(random.next_u64()))),
        };
        edits.insert(key, edit);
    }
    edits
        .into_iter()
        .map(|(key, value)| match value {
            Some(value) => Edit::put(key, value),
            None => Edit::delete(key),
        })
        .collect()
}

#[test]
fn a_diff_loads_little_more_than_what_differs() {
    for size in SIZES {
        let (store, storage) = counting_store(0);
        let tree = build(&store, 0..size);
        let nodes_before = nodes(&tree);
        let mut others = Vec::new();
        for count in [1, 100, 20_000.min(size / 2)] {
            others.push((
                format!("{count} scattered changes"),
                tree.apply(scattered(size, count, count)).unwrap(),
            ));
        }
        others.push(("another height".into(), build(&store, 0..size / 100)));
        let middle = KeyRange::inclusive(vec![0x40].into(), vec![0x80].into());
        others.push(("a range removed".into(), tree.apply([Edit::DeleteRange(middle)]).unwrap()));
        for (name, other) in others {
            let nodes_after = nodes(&other);
            let only_one = nodes_before.symmetric_difference(&nodes_after).count();
            let depth = usize::from(tree.depth().unwrap());
            for (old, new) in [(&tree, &other), (&other, &tree)] {
                storage.take();
                let changes = old.diff(new, KeyRange::all()).collect::<Result<Vec<_>, _>>().unwrap().len();
                let loads = storage.take().loads;
                println!(
                    "{size} keys, {name}: {changes} changes, {only_one} nodes in one tree, {loads} loads"
                );
                assert!(changes > 0);
                assert!(
                    loads as f64 <= 1.1 * only_one as f64 + 2.0 * depth as f64,
                    "{name}: {loads} of {only_one}"
                );
            }
        }
    }
}

#[test]
fn a_merge_loads_little_more_than_what_is_not_shared() {
    for size in SIZES {
        // Both diffs and the edit pass read some nodes one soon after the other: a small cache tells them as one load.
        let (store, storage) = counting_store(1 << 20);
        let base = build(&store, 0..size);
        let depth = usize::from(base.depth().unwrap());
        let mut cases = Vec::new();
        for count in [1, 100, 20_000.min(size / 4)] {
            let left = base.apply(scattered(size, count, 2 * count)).unwrap();
            let right = base.apply(scattered(size, count, 2 * count + 1)).unwrap();
            cases.push((format!("{count} x {count} scattered changes"), base.clone(), left, right));
        }
        let small = build(&store, (0..size / 100).map(|number| 2 * number));
        let left = small.apply(scattered(size / 50, 10, 2)).unwrap();
        let odd: BTreeMap<_, _> = (0..size / 4).map(|number| (key(2 * number + 1), value(number))).collect();
        let right = small.apply(odd.into_iter().map(|(key, value)| Edit::put(key, value))).unwrap();
        cases.push(("another height".into(), small, left, right));
        for (name, base, left, right) in cases {
            let trees = [&base, &left, &right].map(nodes);
            let all: HashSet<_> = trees.iter().flatten().collect();
            let common = all.iter().filter(|node| trees.iter().all(|tree| tree.contains(**node))).count();
            let not_shared = all.len() - common;
            storage.take();
            let merged = Merge::new(&base, &left, &right, Vec::new()).unwrap().finish().unwrap();
            let loads = storage.take().loads;
            println!("{size} keys, {name}: {not_shared} nodes not in all trees, {loads} loads");
            assert!(
                loads as f64 <= 1.5 * not_shared as f64 + 6.0 * depth as f64,
                "{name}: {loads} of {not_shared}"
            );
            assert_ne!(merged.root(), left.root());
        }
    }
}

#[test]
fn a_merge_takes_over_what_one_side_changed() {
    let (store, storage) = counting_store(1 << 20);
    let even = |number: u64| key(2 * number);
    let base: BTreeMap<_, _> = (0..400_000).map(|number| (even(number), value(number))).collect();
    let base = Tree::empty(store.clone(), Parameters::default())
        .unwrap()
        .apply(base.into_iter().map(|(key, value)| Edit::put(key, value)))
        .unwrap();
    let depth = usize::from(base.depth().unwrap());
    let stretch = |number: &u64| (0x40..0xc0).contains(&even(*number)[0]);
    let sorted = |edits: BTreeMap<_, Edit>| edits.into_values().collect::<Vec<_>>();
    let rewritten: BTreeMap<_, _> = (0..400_000)
        .filter(stretch)
        .map(|number| (even(number), Edit::put(even(number), value(number + 1))))
        .collect();
    let inserted: BTreeMap<_, _> =
        (0..200_000_u64).map(|number| ([&[0x80; 9], &number.to_be_bytes()[..]].concat(), number)).collect();
    let inserted = inserted.into_iter().map(|(key, number)| Edit::put(key, value(number))).collect();
    let removed = vec![Edit::DeleteRange(KeyRange::inclusive(vec![0x40].into(), vec![0xbf].into()))];
    let left = base
        .apply(scattered(100, 20, 7).into_iter().filter(|edit| match edit {
            Edit::Put { key, .. } | Edit::Delete { key } => key[0] < 0x30,
            Edit::DeleteRange(_) => false,
        }))
        .unwrap();
    assert_ne!(left, base);
    for (name, edits) in [("rewritten", sorted(rewritten)), ("inserted", inserted), ("removed", removed)] {
        let right = base.apply(edits).unwrap();
        storage.take();
        let merged = Merge::new(&base, &left, &right, Vec::new()).unwrap().finish().unwrap();
        let counts = storage.take();
        println!("a stretch {name}: {counts:?}");
        assert!(counts.loads <= 120 * depth, "{name}: {} loads", counts.loads);
        assert!(counts.writes <= 60 * depth, "{name}: {} writes", counts.writes);
        let from_left = base.diff(&left, KeyRange::all()).count();
        assert_eq!(right.diff(&merged, KeyRange::all()).count(), from_left, "{name}");
    }
}

#[test]
fn opening_a_tree_and_comparing_equal_roots_load_nothing() {
    let (store, storage) = counting_store(0);
    let tree = build(&store, 0..10_000);
    storage.take();
    let opened = Tree::open(store, Parameters::default(), tree.root());
    assert_eq!(opened.diff(&tree, KeyRange::all()).count(), 0);
    assert!(!opened.is_empty());
    assert_eq!(storage.take().loads, 0);
    assert_eq!(opened.apply([]).unwrap(), tree);
    assert_eq!(storage.take().loads, 0);
}

#[test]
fn deleting_a_range_costs_a_few_paths() {
    let (store, storage) = counting_store(0);
    let tree = build(&store, 0..1_000_000);
    let depth = usize::from(tree.depth().unwrap());
    storage.take();
    let range = KeyRange::inclusive(vec![0x20].into(), vec![0xd0].into());
    let edited = tree.apply([Edit::DeleteRange(range.clone())]).unwrap();
    let counts = storage.take();
    assert_eq!(edited.count(&range).unwrap(), 0);
    assert!(counts.distinct_loads <= 6 * depth, "{counts:?}");
    assert!(counts.writes <= 3 * depth, "{counts:?}");
}
