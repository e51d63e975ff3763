//! What the node cache keeps of a tree that is read and changed for long.
#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

mod common;

use common::{Map, build, counting_store};
use prolly_storage::Parameters;
use prolly_tree::Edit;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

const ENTRIES: u64 = 100_000;
const ENTRY_BYTES: u64 = 120;
const WARM_UP: usize = 200;
const ROUNDS: usize = 200;

fn key(number: u64) -> Vec<u8> {
    SplitMix64::seed_from_u64(number).next_u64().to_be_bytes().to_vec()
}

fn entries(random: &mut SplitMix64, numbers: impl IntoIterator<Item = u64>) -> Map {
    numbers.into_iter().map(|number| (key(number), random.next_u64().to_be_bytes().repeat(12))).collect()
}

/// Each round replaces a hundred leaves, so that all rounds write the tree many times over. The leaves of the tree as it
/// is stay at hand all the same; those it had before make room.
#[test]
fn replaced_leaves_make_room_for_those_that_replace_them() {
    let (store, storage) = counting_store(4 * ENTRIES * ENTRY_BYTES);
    let mut random = SplitMix64::seed_from_u64(1);
    let mut tree = build(&store, Parameters::default(), &entries(&mut random, 0..ENTRIES));
    let mut loads = 0;
    for round in 0..WARM_UP + ROUNDS {
        let numbers: Vec<u64> = (0..100).map(|_| random.next_u64() % ENTRIES).collect();
        let changes = entries(&mut random, numbers);
        tree = tree.apply(changes.into_iter().map(|(key, value)| Edit::put(key, value))).unwrap();
        for _ in 0..1000 {
            assert!(tree.get(&key(random.next_u64() % ENTRIES)).unwrap().is_some());
        }
        let counts = storage.take();
        if round >= WARM_UP {
            loads += counts.loads;
        }
    }
    assert!(loads < 10 * ROUNDS, "{loads} nodes were loaded again in {ROUNDS} rounds");
}
