//! Proofs answer what a plain sorted map answers, from the root alone; and what they weigh.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a fault here is a failed test")]

mod common;

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use common::{Map, build, bytes, counting_store, parameter_sets, parameters, store};
use prolly_storage::{Address, MemoryStorage, NodeRef, NodeStore, Parameters};
use prolly_tree::proof::{ProvenEntry, ProvenValue, Query, verify};
use prolly_tree::{Edit, Error, KeyRange, Tree};
use proptest::prelude::*;

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => (0..500_u16).prop_map(|number| format!("key/{number:04}").into_bytes()),
        2 => (0..500_u16).prop_map(|number| number.to_be_bytes().to_vec()),
        2 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        5 => prop::collection::vec(any::<u8>(), 0..12),
        1 => (0..3_u8).prop_map(|number| vec![number; 1500]),
    ]
}

fn map() -> impl Strategy<Value = Map> {
    prop_oneof![1 => Just(0..3_usize), 4 => Just(0..500)]
        .prop_flat_map(|size| prop::collection::btree_map(key(), value(), size))
}

fn bound() -> impl Strategy<Value = Bound<Bytes>> {
    prop_oneof![
        1 => Just(Bound::Unbounded),
        3 => key().prop_map(|key| Bound::Included(key.into())),
        3 => key().prop_map(|key| Bound::Excluded(key.into())),
    ]
}

fn range() -> impl Strategy<Value = KeyRange> {
    (bound(), bound()).prop_map(|(lower, upper)| KeyRange { lower, upper })
}

fn root(tree: &Tree) -> Address {
    tree.root().address
}

/// A value as a complete proof gives it.
fn whole(value: Option<&ProvenValue>) -> Option<Vec<u8>> {
    value.map(|value| value.bytes().unwrap().to_vec())
}

fn entries(proven: &[ProvenEntry]) -> Vec<(Vec<u8>, Vec<u8>)> {
    proven.iter().map(|entry| (entry.key.to_vec(), whole(Some(&entry.value)).unwrap())).collect()
}

fn within(map: &Map, range: &KeyRange) -> Vec<(Vec<u8>, Vec<u8>)> {
    map.iter().filter(|(key, _)| range.contains(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn any_tree() -> impl Strategy<Value = (Parameters, Map)> {
    (prop::sample::select(parameter_sets()), map())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn proofs_answer_as_a_sorted_map_does(
        (parameters, map) in any_tree(), keys in prop::collection::vec(key(), 0..12), range in range(),
    ) {
        let tree = build(&store(), parameters, &map);
        for key in &keys {
            let proven = verify(&root(&tree), &tree.prove(&key[..]).unwrap(), &key[..]).unwrap();
            prop_assert_eq!(whole(proven.as_ref()), map.get(key).cloned());
        }
        let keys: Vec<Bytes> = keys.iter().map(bytes).collect();
        let proven = verify(&root(&tree), &tree.prove(&keys[..]).unwrap(), &keys[..]).unwrap();
        let proven: Vec<_> = proven.iter().map(|value| whole(value.as_ref())).collect();
        prop_assert_eq!(proven, keys.iter().map(|key| map.get(&key[..]).cloned()).collect::<Vec<_>>());
        for range in [range, KeyRange::all()] {
            let proven = verify(&root(&tree), &tree.prove(&range).unwrap(), &range).unwrap();
            prop_assert_eq!(entries(&proven), within(&map, &range));
        }
    }

    #[test]
    fn a_proof_of_ranges_has_the_entries_of_each(
        (parameters, map) in any_tree(), ranges in prop::collection::vec(range(), 0..6), keys in prop::collection::vec(key(), 0..6),
    ) {
        let tree = build(&store(), parameters, &map);
        let mut ranges = ranges;
        ranges.extend(keys.iter().map(|key| KeyRange::one(key.clone())));
        let proven = verify(&root(&tree), &tree.prove(&ranges[..]).unwrap(), &ranges[..]).unwrap();
        let expected = map.iter().filter(|(key, _)| ranges.iter().any(|range| range.contains(key)));
        let expected: Vec<_> = expected.map(|(key, value)| (key.clone(), value.clone())).collect();
        prop_assert_eq!(entries(&proven), expected);
        // Ranges that overlap or repeat are those they make together, and so is their proof.
        let again: Vec<_> = ranges.iter().rev().chain(&ranges).cloned().collect();
        prop_assert_eq!(tree.prove(&again[..]).unwrap(), tree.prove(&ranges[..]).unwrap());
        if let [only] = &ranges[..] {
            prop_assert_eq!(tree.prove(only).unwrap(), tree.prove(&ranges[..]).unwrap());
        }
    }

    #[test]
    fn proofs_of_links_prove_lengths_and_addresses((parameters, map) in any_tree(), range in range()) {
        let tree = build(&store(), parameters, &map);
        let (links, complete) = (tree.prove_links(&range).unwrap(), tree.prove(&range).unwrap());
        let proven = verify(&root(&tree), &links, &range).unwrap();
        prop_assert_eq!(proven.len(), within(&map, &range).len());
        let mut linked = false;
        for (entry, (key, value)) in proven.iter().zip(within(&map, &range)) {
            prop_assert_eq!(&entry.key[..], &key[..]);
            prop_assert_eq!(entry.value.len(), value.len());
            match &entry.value {
                ProvenValue::Link(link) => {
                    linked = true;
                    prop_assert_eq!(tree.store().load(&link.target).unwrap().blob(), value);
                }
                other => prop_assert_eq!(other.bytes().unwrap(), value),
            }
        }
        prop_assert_eq!(links == complete, !linked);
    }

    /// A proof under another root, or of another query, is refused or happens to be that query's own; it never misleads.
    #[test]
    fn a_proof_of_something_else_never_misleads(
        (parameters, map) in any_tree(), other in map(), proven in key(), asked in key(), ranges in (range(), range()),
    ) {
        let tree = build(&store(), parameters, &map);
        let stranger = build(&store(), parameters, &other);
        let (of_key, of_range) = (tree.prove(&proven[..]).unwrap(), tree.prove(&ranges.0).unwrap());
        for proof in [&of_key, &of_range] {
            prop_assert_eq!(verify(&root(&tree), proof, &asked[..]).is_ok(), *proof == tree.prove(&asked[..]).unwrap());
            prop_assert_eq!(verify(&root(&tree), proof, &ranges.1).is_ok(), *proof == tree.prove(&ranges.1).unwrap());
            if let Ok(answer) = verify(&root(&tree), proof, &asked[..]) {
                prop_assert_eq!(whole(answer.as_ref()), map.get(&asked).cloned());
            }
            if let Ok(answer) = verify(&root(&tree), proof, &ranges.1) {
                prop_assert_eq!(entries(&answer), within(&map, &ranges.1));
            }
        }
        if stranger != tree {
            prop_assert!(verify(&root(&stranger), &of_key, &proven[..]).is_err());
            prop_assert!(verify(&root(&stranger), &of_range, &ranges.0).is_err());
        }
    }

    #[test]
    fn random_bytes_prove_nothing(noise in prop::collection::vec(any::<u8>(), 0..300), (parameters, map) in any_tree()) {
        let tree = build(&store(), parameters, &map);
        let framed = [&b"PRLP\x01\x00"[..], &noise].concat();
        for proof in [noise, framed] {
            prop_assert!(verify(&root(&tree), &proof, &b"key/0001"[..]).is_err());
            prop_assert!(verify(&root(&tree), &proof, &KeyRange::all()).is_err());
        }
    }
}

/// Verifies under `range` and gives the keys.
fn keys(tree: &Tree, lower: Bound<&str>, upper: Bound<&str>) -> String {
    let range = KeyRange { lower: lower.map(bytes), upper: upper.map(bytes) };
    let proven = verify(&root(tree), &tree.prove(&range).unwrap(), &range).unwrap();
    proven.iter().map(|entry| std::str::from_utf8(&entry.key).unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn small_trees_and_edges_of_ranges() {
    use Bound::{Excluded, Included, Unbounded};
    let empty = build(&store(), Parameters::default(), &Map::new());
    assert_eq!(verify(&root(&empty), &empty.prove(&b""[..]).unwrap(), &b""[..]).unwrap(), None);
    assert_eq!(keys(&empty, Unbounded, Unbounded), "");
    assert_eq!(keys(&empty, Included("b"), Included("a")), "");

    let letters = ["b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let map: Map = letters.iter().map(|letter| (letter.as_bytes().to_vec(), vec![1])).collect();
    for parameters in parameter_sets() {
        let tree = build(&store(), parameters, &map);
        assert_eq!(keys(&tree, Unbounded, Unbounded), "b c d e f g h i j");
        assert_eq!(keys(&tree, Included("c"), Included("e")), "c d e");
        assert_eq!(keys(&tree, Excluded("c"), Excluded("e")), "d");
        assert_eq!(keys(&tree, Excluded("c"), Excluded("d")), "");
        assert_eq!(keys(&tree, Included("d"), Excluded("d")), "");
        assert_eq!(keys(&tree, Included("h"), Included("d")), "");
        assert_eq!(keys(&tree, Unbounded, Excluded("c")), "b");
        assert_eq!(keys(&tree, Unbounded, Included("a")), "");
        assert_eq!(keys(&tree, Unbounded, Excluded("")), "");
        assert_eq!(keys(&tree, Excluded("i"), Unbounded), "j");
        assert_eq!(keys(&tree, Excluded("j"), Unbounded), "");
        assert_eq!(keys(&tree, Included("k"), Unbounded), "");
        for absent in [&b""[..], b"a", b"bb", b"c\0", b"k", &[0xff; 9000]] {
            assert_eq!(verify(&root(&tree), &tree.prove(absent).unwrap(), absent).unwrap(), None);
        }
        let repeated = [bytes("z"), bytes("c"), bytes("c"), bytes("b")];
        let proven = verify(&root(&tree), &tree.prove(&repeated[..]).unwrap(), &repeated[..]).unwrap();
        assert_eq!(proven.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, true, true]);
        // Nothing is asked, so the root suffices.
        let nothing: [Bytes; 0] = [];
        let proof = tree.prove(&nothing[..]).unwrap();
        assert_eq!(verify(&root(&tree), &proof, &nothing[..]).unwrap(), []);
        let nowhere = KeyRange { lower: Included(bytes("d")), upper: Excluded(bytes("d")) };
        assert_eq!(tree.prove(&nowhere).unwrap(), proof);
        assert_eq!(tree.prove(&b"k"[..]).unwrap(), proof, "above all keys");
    }
}

#[test]
fn values_of_many_chunks_travel_once() {
    let noise: Vec<u8> =
        (0..200_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let map: Map = [("a", &noise[..]), ("b", &noise), ("c", &[0; 2_000_000]), ("d", &noise[..60_000])]
        .into_iter()
        .map(|(key, value)| (key.into(), value.to_vec()))
        .collect();
    let tree = build(&store(), Parameters::default(), &map);
    let proof = tree.prove(&KeyRange::all()).unwrap();
    let proven = verify(&root(&tree), &proof, &KeyRange::all()).unwrap();
    assert_eq!(entries(&proven), within(&map, &KeyRange::all()));
    // The value of a and b once, one chunk of zeros and perhaps a shorter last one, and d.
    assert!(proof.len() < 200_000 + 2 * 262_144 + 60_000 + 4_000, "{}", proof.len());
    let ProvenValue::Chunks(zeros) = &proven[2].value else { panic!("c has chunks") };
    assert_eq!(zeros[0].as_ptr(), zeros[1].as_ptr(), "a chunk that repeats is in memory once");
    assert!(tree.prove_links(&KeyRange::all()).unwrap().len() < 400);

    // A value that is a chunk of another: the link to it is one byte of key and a link longer, no more.
    let ProvenValue::Chunks(chunks) = &proven[0].value else { panic!("a has chunks") };
    let chunk = chunks.iter().find(|chunk| chunk.len() <= 65_536).unwrap();
    let with_chunk = tree.apply([Edit::put("e", chunk.clone())]).unwrap();
    let with_chunk = with_chunk.prove(&KeyRange::all()).unwrap();
    assert_eq!(with_chunk.len(), proof.len() + 4 + 1 + 4 + 40);
}

#[test]
fn making_a_proof_loads_its_nodes_once() {
    let (store, storage) = counting_store(0);
    let map: Map = (0..3000_u16).map(|number| (number.to_be_bytes().to_vec(), vec![7; 20])).collect();
    let tree = build(&store, parameters([3, 2, 12], [2, 3, 5], 8), &map);
    let depth = usize::from(tree.depth().unwrap());
    storage.take();
    tree.prove(&1000_u16.to_be_bytes()[..]).unwrap();
    assert_eq!(storage.take().loads, depth + 1, "the path and the value's node");
    for number in 0..3000_u16 {
        tree.prove_links(&number.to_be_bytes()[..]).unwrap();
        assert_eq!(storage.take().loads, depth, "last keys of leaves need no more than others");
    }
    tree.prove(&KeyRange::all()).unwrap();
    let counts = storage.take();
    assert_eq!(counts.loads, counts.distinct_loads);
}

#[test]
fn a_missing_node_is_no_proof() {
    let map: Map = (0..100_u8).map(|number| (vec![number], vec![number])).collect();
    let whole = store();
    let tree = build(&whole, parameters([2, 2, 6], [2, 2, 6], 8), &map);
    let hollow = NodeStore::new(Arc::new(MemoryStorage::new()));
    hollow.put_many(vec![(*whole.load(&tree.root()).unwrap()).clone()]).unwrap();
    let hollow = Tree::open(hollow, *tree.parameters(), NodeRef::from(root(&tree)));
    assert!(matches!(hollow.prove(&[7][..]), Err(Error::Storage(_))));
}

/// 10^6 random keys of 24 bytes with values of 100 bytes: one proof for each leaf, counted once for each of its keys.
#[test]
fn proofs_of_one_key_stay_small() {
    let mut state = 1_u64;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state ^ (state >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9).to_be_bytes()
    };
    let map: Map = (0..1_000_000).map(|_| ([word(), word(), word()].concat(), vec![0; 100])).collect();
    let edits = map.iter().map(|(key, value)| Edit::put(key.clone(), value.clone()));
    let store = NodeStore::new(Arc::new(MemoryStorage::new()));
    let tree = Tree::empty(store, Parameters::default()).unwrap().apply(edits).unwrap();
    let mut sizes = Vec::new();
    let mut rest = map.keys().peekable();
    while let Some(first) = rest.next() {
        let size = tree.prove(&first[..]).unwrap().len();
        let leaf = leaf_end(&tree, first);
        let mut keys = 1;
        while rest.next_if(|key| **key <= leaf).is_some() {
            keys += 1;
        }
        sizes.extend(std::iter::repeat_n(size, keys));
    }
    assert_eq!(sizes.len(), map.len());
    sizes.sort_unstable();
    let (median, max) = (sizes[sizes.len() / 2], sizes[sizes.len() - 1]);
    println!("median {median}, p99 {}, max {max} bytes", sizes[sizes.len() / 100 * 99]);
    assert!(median <= 16 << 10, "{median}");
    assert!(max <= 24 << 10, "{max}");
}

/// The last key of the leaf that `key` is in.
fn leaf_end(tree: &Tree, key: &[u8]) -> Vec<u8> {
    let mut node = tree.store().load(&tree.root()).unwrap();
    while node.level() > 0 {
        let child = node.search(key).unwrap_or_else(|index| index);
        node = tree.store().load(&node.child(child).target).unwrap();
    }
    node.last_key().unwrap()
}

/// Queries of every kind go through one function.
#[test]
fn queries_are_values_too() {
    fn prove_and_verify<Q: Query + ?Sized>(tree: &Tree, query: &Q) -> Q::Answer {
        verify(&root(tree), &tree.prove(query).unwrap(), query).unwrap()
    }
    let tree = build(&store(), Parameters::default(), &Map::from([(b"a".to_vec(), b"1".to_vec())]));
    assert_eq!(whole(prove_and_verify(&tree, &b"a"[..]).as_ref()).unwrap(), b"1");
    assert_eq!(prove_and_verify(&tree, &[bytes("a"), bytes("b")][..]).len(), 2);
    assert_eq!(prove_and_verify(&tree, &KeyRange::prefix(b"a")).len(), 1);
}
