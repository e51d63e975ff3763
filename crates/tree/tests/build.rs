//! Building a tree from entries that are lent.
#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

mod common;

use common::{Map, build, counting_store, parameter_sets, store};
use prolly_storage::{KEY_MAX, Parameters};
use prolly_tree::{Error, SortedEntries, Tree};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn entries_in_any_order_give_the_tree_of_their_map(
        parameters in prop::sample::select(parameter_sets()),
        entries in prop::collection::vec(
            (prop::collection::vec(0_u8..8, 0..9), prop::collection::vec(any::<u8>(), 0..20)),
            0..300,
        ),
    ) {
        let store = store();
        // Of equal keys the last one, as in a map.
        let map: Map = entries.iter().cloned().collect();
        let built = Tree::build(store.clone(), parameters, SortedEntries::new(&entries)).unwrap();
        prop_assert_eq!(built.root(), build(&store, parameters, &map).root());
        prop_assert_eq!(Tree::build(store, parameters, &map).unwrap(), built);
    }
}

#[test]
fn long_values_go_out_of_line() {
    let entries = [(b"a".to_vec(), vec![1; 100]), (b"b".to_vec(), vec![2; 300_000])];
    let store = store();
    let built = Tree::build(store.clone(), Parameters::default(), SortedEntries::new(&entries)).unwrap();
    assert_eq!(built, build(&store, Parameters::default(), &entries.clone().into()));
    assert_eq!(built.get(b"b").unwrap().unwrap(), entries[1].1);
}

#[test]
fn every_node_is_written_once_and_none_is_read() {
    let entries: Vec<_> = (0..20_000_u32).map(|number| (number.to_be_bytes(), [7; 50])).collect();
    let (store, storage) = counting_store(1 << 20);
    let tree = Tree::build(store, Parameters::default(), SortedEntries::new(&entries)).unwrap();
    let counts = storage.take();
    // The root of the empty tree is written too, and still at hand.
    assert_eq!((counts.writes as u64, counts.loads), (tree.stats().unwrap().nodes() + 1, 0));
}

#[test]
fn entries_out_of_order_are_refused() {
    for keys in [["b", "a"], ["a", "a"]] {
        let entries = keys.map(|key| (key, "value"));
        let refused = Tree::build(store(), Parameters::default(), entries);
        assert!(matches!(refused, Err(Error::Unsorted { .. })), "{keys:?}");
    }
    let long = [(vec![b'x'; KEY_MAX + 1], "value")];
    let refused = Tree::build(store(), Parameters::default(), long);
    assert!(matches!(refused, Err(Error::KeyTooLong { .. })));
}
