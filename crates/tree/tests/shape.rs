//! The shape of a tree is what the boundary rule says, found here by brute force over all keys.
#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

mod common;

use common::{Map, build, parameter_sets, parameters, store};
use prolly_storage::{Address, Kind, Node, NodeBounds, Parameters};
use prolly_tree::{Edit, Tree};
use proptest::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A level as lists of keys, and whether each list ends naturally.
type Level = Vec<(Vec<Vec<u8>>, bool)>;

fn hash(level: usize, key: &[u8]) -> u64 {
    xxh3_64_with_seed(key, (level as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Cuts entries from `start` to `end` as long as they are too many, at the least hash away from the ends.
fn cut(hashes: &[u64], bounds: NodeBounds, start: usize, end: usize, ends: &mut Vec<usize>) {
    if end - start <= usize::from(bounds.max) {
        ends.push(end);
        return;
    }
    let min = usize::from(bounds.min);
    let least = (start + min..=end - min).min_by_key(|at| (hashes[at - 1], *at)).unwrap();
    cut(hashes, bounds, start, least, ends);
    cut(hashes, bounds, least, end, ends);
}

/// The color of entry `at` after `rounds` of coin tossing.
fn color(labels: &[u64], at: usize, rounds: u32) -> u64 {
    if rounds == 0 {
        return labels[at];
    }
    let own = color(labels, at, rounds - 1);
    let left = if at == 0 { !own } else { color(labels, at - 1, rounds - 1) };
    match (0..64).find(|bit| (own ^ left) >> bit & 1 == 1) {
        Some(bit) => 2 * bit + (own >> bit & 1),
        None => 128,
    }
}

/// Where a gap of more than six times `max` entries is divided before it is cut.
fn divisions(keys: &[Vec<u8>], bounds: NodeBounds) -> Vec<usize> {
    if keys.len() <= 6 * usize::from(bounds.max) {
        return vec![0, keys.len()];
    }
    let min = usize::from(bounds.min);
    let label = |key: &Vec<u8>| u64::from_le_bytes(Address::of(key).as_bytes()[..8].try_into().unwrap());
    let mut kept: Vec<usize> = (0..keys.len()).collect();
    for _ in 0..usize::BITS - (min - 1).leading_zeros() {
        let labels: Vec<u64> = kept.iter().map(|at| label(&keys[*at])).collect();
        let colors: Vec<u64> = (0..kept.len()).map(|at| color(&labels, at, 5)).collect();
        let is_greatest = |at: &usize| colors[*at - 1] < colors[*at] && colors[*at] > colors[*at + 1];
        kept = (1..kept.len().max(2) - 1).filter(is_greatest).map(|at| kept[at]).collect();
    }
    let within = kept.iter().map(|at| at + 1).filter(|end| (min..=keys.len() - min).contains(end));
    [0].into_iter().chain(within).chain([keys.len()]).collect()
}

fn divide(level: usize, keys: &[Vec<u8>], bounds: NodeBounds) -> Level {
    if keys.len() <= usize::from(bounds.max) {
        return vec![(keys.to_vec(), false)];
    }
    let hashes: Vec<u64> = keys.iter().map(|key| hash(level, key)).collect();
    let window = usize::from(bounds.window);
    let natural = |at: usize| {
        let around = at.saturating_sub(window)..(at + window + 1).min(keys.len());
        at + 1 < keys.len() && around.filter(|other| *other != at).all(|other| hashes[other] > hashes[at])
    };
    let mut nodes = Vec::new();
    let mut start = 0;
    for at in (0..keys.len()).filter(|at| natural(*at) || at + 1 == keys.len()) {
        let mut ends = Vec::new();
        for part in divisions(&keys[start..=at], bounds).windows(2) {
            cut(&hashes, bounds, start + part[0], start + part[1], &mut ends);
        }
        for end in ends {
            nodes.push((keys[start..end].to_vec(), end == at + 1 && natural(at)));
            start = end;
        }
    }
    nodes
}

/// The levels of a tree of these keys, the leaves first.
fn shape(keys: Vec<Vec<u8>>, parameters: &Parameters) -> Vec<Level> {
    let mut levels = vec![divide(0, &keys, parameters.leaf)];
    while levels[levels.len() - 1].len() > 1 {
        let last_keys: Vec<_> =
            levels[levels.len() - 1].iter().map(|(keys, _)| keys[keys.len() - 1].clone()).collect();
        levels.push(divide(levels.len(), &last_keys, parameters.internal));
    }
    levels
}

fn walk(tree: &Tree, node: &Node, natural: bool, levels: &mut Vec<Level>) {
    let level = usize::from(node.level());
    levels.resize(levels.len().max(level + 1), Level::new());
    levels[level].push(((0..node.len()).map(|index| node.key(index)).collect(), natural));
    if node.kind() == Kind::Internal {
        for index in 0..node.len() {
            let child = node.child(index);
            let loaded = tree.store().load(&child.target).unwrap();
            assert_eq!(loaded.entries(), child.entries);
            assert_eq!(loaded.last_key().unwrap(), node.key(index));
            walk(tree, &loaded, child.natural, levels);
        }
    }
}

fn check(parameters: Parameters, map: &Map) {
    let tree = build(&store(), parameters, map);
    let mut levels = Vec::new();
    walk(&tree, &tree.store().load(&tree.root()).unwrap(), false, &mut levels);
    assert_eq!(levels, shape(map.keys().cloned().collect(), &parameters));
}

proptest! {
    #[test]
    fn shape_follows_the_rule(
        parameters in prop::sample::select(parameter_sets()),
        keys in prop::collection::btree_set(any::<u16>(), 0..900),
    ) {
        check(parameters, &keys.into_iter().map(|key| (key.to_be_bytes().to_vec(), vec![1])).collect());
    }
}

#[test]
fn every_count_up_to_three_nodes_has_the_shape_of_the_rule() {
    let parameters = parameters([4, 3, 9], [3, 3, 7], 8);
    for count in 0..300_u32 {
        check(parameters, &(0..count).map(|key| (key.to_be_bytes().to_vec(), vec![])).collect());
    }
}

/// Keys of one hash at the leaves: their first eight bytes are XXH3's public secret plus the seed, so that the product
/// that takes in the next eight is zero.
fn tied(place: u64) -> Vec<u8> {
    let word = u64::from_le_bytes([0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe]);
    let first = word.wrapping_add(0x9E37_79B9_7F4A_7C15).to_le_bytes();
    [&first[..], &place.to_be_bytes(), &[0; 16]].concat()
}

#[test]
fn a_long_gap_has_the_shape_of_the_rule_through_edits() {
    for parameters in parameter_sets() {
        let mut map: Map = (0..1500).map(|place| (tied(place), vec![])).collect();
        assert_eq!(map.keys().map(|key| hash(0, key)).collect::<std::collections::BTreeSet<_>>().len(), 1);
        check(parameters, &map);
        let store = store();
        let mut tree = build(&store, parameters, &map);
        for place in [700, 0, 1499, 3, 1000, 1001, 1002] {
            map.remove(&tied(place));
            tree = tree.apply([Edit::delete(tied(place))]).unwrap();
            assert_eq!(tree, build(&store, parameters, &map));
            let inserted = [tied(place), vec![1]].concat();
            tree = tree.apply([Edit::put(inserted.clone(), "")]).unwrap();
            map.insert(inserted, vec![]);
            assert_eq!(tree, build(&store, parameters, &map));
        }
        check(parameters, &map);
    }
}

#[test]
fn one_node_holds_up_to_max_entries() {
    for parameters in parameter_sets() {
        let max = u32::from(parameters.leaf.max);
        for count in [0, 1, max, max + 1] {
            let map = (0..count).map(|key| (key.to_be_bytes().to_vec(), vec![])).collect();
            let depth = build(&store(), parameters, &map).depth().unwrap();
            assert_eq!(depth == 1, count <= max, "{count} of {max}: depth {depth}");
        }
    }
}
