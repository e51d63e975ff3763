//! The bars that the boundary rule was chosen by: sizes of leaves, what an edit rewrites, depth.
//!
//! `docs/decisions/0001-boundary-rule.md` has the full figures; `examples/boundary_figures` measures them.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
#![expect(unreachable_pub, reason = "the modules are also those of the program that measures")]

#[path = "../examples/boundary_figures/keys.rs"]
mod keys;
#[path = "../examples/boundary_figures/real.rs"]
mod real;
#[path = "../examples/boundary_figures/sample.rs"]
mod sample;

use keys::{Hostile, Random};
use prolly_storage::Parameters;
use prolly_tree::Edit;
use sample::Sample;

const EDITS: usize = 100_000;

fn max() -> usize {
    Parameters::default().leaf.max.into()
}

fn assert_sizes(name: &str, sizes: &Sample) {
    assert!(sizes.spread() <= 0.40, "{name}: sd / mean is {}", sizes.spread());
    assert!((30.0..35.0).contains(&sizes.mean()), "{name}: {} entries in the mean", sizes.mean());
    assert!(sizes.at(0.01) >= 16, "{name}: 1 % of the leaves have at most {} entries", sizes.at(0.01));
    assert!(sizes.max() <= max(), "{name}: a leaf of {} entries", sizes.max());
}

#[test]
fn leaves_are_about_equally_large_whatever_the_keys() {
    for (name, keys) in [
        ("random", keys::random(1, 1_000_000)),
        ("sequential", keys::sequential(300_000)),
        ("prefixed", keys::prefixed(300_000)),
    ] {
        assert_sizes(name, &real::node_sizes(&real::build(&keys, 0), 0));
    }
}

#[test]
fn an_insert_or_delete_rewrites_hardly_more_than_one_leaf() {
    let keys = keys::random(2, 100_000);
    let tree = real::build(&keys, 0);
    let mut random = Random::new(3);
    let inserted = real::edit(&tree, (0..EDITS).map(|_| Edit::put(random.key(), "")));
    let deleted = real::edit(&tree, keys.iter().map(|key| Edit::delete(key.clone())));
    for (kind, written) in [("insert", inserted), ("delete", deleted)] {
        assert_eq!(written.leaves.len(), EDITS);
        assert!(written.leaves.mean() <= 1.10, "{kind}: {} leaves in the mean", written.leaves.mean());
        assert!(written.leaves.max() <= 5, "{kind}: {} leaves at worst", written.leaves.max());
    }
}

#[test]
fn twenty_seeds_have_one_depth() {
    for (count, depth) in [(max(), 1), (max() + 1, 2), (1000, 2), (10_000, 3), (1_000_000, 4)] {
        for seed in 0..20 {
            let tree = real::build(&keys::random(seed, count), 0);
            assert_eq!(tree.depth().unwrap(), depth, "{count} keys of seed {seed}");
        }
    }
}

#[test]
fn hostile_keys_make_no_large_nodes_and_no_deep_trees() {
    for hostile in Hostile::ALL {
        let keys = hostile.keys(2000);
        let tree = real::build(&keys, 0);
        let sizes = real::node_sizes(&tree, 0);
        assert!(sizes.max() <= max(), "{}: a leaf of {}", hostile.name(), sizes.max());
        assert!(sizes.at(0.05) >= 16, "{}: leaves of {}", hostile.name(), sizes.at(0.05));
        let depth = usize::from(tree.depth().unwrap());
        assert!(depth <= 3, "{}: {depth} levels", hostile.name());
        let updates = keys.iter().step_by(20).map(|key| Edit::put(key.clone(), "new"));
        let nodes = real::edit(&tree, updates).nodes;
        assert_eq!(
            (nodes.at(0.0), nodes.max()),
            (depth, depth),
            "{}: an update rewrites one path",
            hostile.name()
        );
    }
}

/// Chosen keys make no edit rewrite more than a few leaves, although none of them ends a node naturally.
#[test]
fn hostile_keys_bound_what_an_edit_rewrites() {
    for hostile in Hostile::ALL {
        let run = hostile.keys(5000);
        let mut all = keys::random(4, 20_000);
        all.extend(run.iter().cloned());
        all.sort();
        let tree = real::build(&all, 0);
        let mut random = Random::new(5);
        let inserts: Vec<_> =
            (0..1000).map(|_| Edit::put(keys::after(&run[random.below(5000)], &mut random), "")).collect();
        let inserted = real::edit(&tree, inserts.into_iter());
        let deleted = real::edit(&tree, run.iter().step_by(5).map(|key| Edit::delete(key.clone())));
        for (kind, written) in [("insert", inserted), ("delete", deleted)] {
            let name = hostile.name();
            assert!(written.leaves.mean() <= 4.0, "{name}: {kind}: {} leaves", written.leaves.mean());
            assert!(written.leaves.max() <= 32, "{name}: {kind}: {} leaves at worst", written.leaves.max());
        }
    }
}
