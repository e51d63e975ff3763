//! The shape of a tree is what the boundary rule says, found here by brute force over all keys.
#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

mod common;

use common::{Map, build, parameter_sets, parameters, store};
use prolly_storage::{Kind, Node, NodeBounds, Parameters};
use prolly_tree::Tree;
use proptest::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A level as lists of keys, and whether each list ends naturally.
type Level = Vec<(Vec<Vec<u8>>, bool)>;

fn hash(level: usize, key: &[u8]) -> u64 {
    xxh3_64_with_seed(key, (level as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Cuts `keys` from `start` to `end` as long as they are too many, at the least hash away from the ends.
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
        cut(&hashes, bounds, start, at + 1, &mut ends);
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
