//! The boundary rule: where a level of the tree is divided into nodes, as a function of its keys alone.
//!
//! An entry ends a node *naturally* when the hash of its key is strictly the least among `window` entries on both sides
//! (fewer at the ends of the level). What lies between two natural boundaries is a gap; a gap of more than `max`
//! entries is cut after its least hash, at least `min` entries from both its ends, and so on in both parts. The last
//! entry of a level is never natural, and a level of at most `max` entries is one node: the root.
//!
//! A natural boundary depends on 2 x `window` neighbours, so an edit cannot move boundaries far away; the cut bounds
//! every node. `docs/decisions/` compares the rule with others. It is the local-extremum chunking of Bjørner, Blass and
//! Gurevich ("Content-dependent chunking for differential compression", 2010), counted in entries and bounded.

use prolly_storage::NodeBounds;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The hash that decides boundaries at `level`: XXH3-64, seeded by the level so that levels do not repeat each other.
pub(crate) fn hash_key(level: u8, key: &[u8]) -> u64 {
    xxh3_64_with_seed(key, (u64::from(level) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Calls `emit` with the end of each piece that a gap of entries with these hashes is cut into, in order, the gap's own
/// end the last. Cost: O(entries x log entries), whatever the hashes.
pub(crate) fn cut_gap(
    bounds: NodeBounds,
    hashes: impl ExactSizeIterator<Item = u64>,
    mut emit: impl FnMut(usize),
) {
    let (min, max) = (usize::from(bounds.min), usize::from(bounds.max));
    let length = hashes.len();
    if length <= max {
        emit(length);
        return;
    }
    let least = LeastHash::new(hashes);
    // Parts that remain to be cut, the leftmost on top; their depth follows the hashes, so not on the call stack.
    let mut parts = vec![(0, length)];
    while let Some((start, end)) = parts.pop() {
        if end - start <= max {
            emit(end);
        } else {
            let cut = least.of(start + min - 1, end - min) + 1;
            parts.push((cut, end));
            parts.push((start, cut));
        }
    }
}

/// Finds the place of the least hash in any range, the first of equal ones: a segment tree.
struct LeastHash {
    /// Node `i` holds the lesser of nodes `2i` and `2i + 1`; the leaves begin at `width`.
    tree: Vec<(u64, usize)>,
    width: usize,
}

impl LeastHash {
    fn new(hashes: impl ExactSizeIterator<Item = u64>) -> Self {
        let width = hashes.len().next_power_of_two();
        let mut tree = vec![(u64::MAX, usize::MAX); 2 * width];
        for (place, hash) in hashes.enumerate() {
            tree[width + place] = (hash, place);
        }
        for node in (1..width).rev() {
            tree[node] = tree[2 * node].min(tree[2 * node + 1]);
        }
        Self { tree, width }
    }

    /// The place of the least hash in `start..end`, which is not empty.
    fn of(&self, start: usize, end: usize) -> usize {
        let (mut low, mut high) = (start + self.width, end + self.width);
        let mut least = (u64::MAX, usize::MAX);
        while low < high {
            if low & 1 == 1 {
                least = least.min(self.tree[low]);
                low += 1;
            }
            if high & 1 == 1 {
                high -= 1;
                least = least.min(self.tree[high]);
            }
            low /= 2;
            high /= 2;
        }
        least.1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cuts(bounds: NodeBounds, hashes: &[u64]) -> Vec<usize> {
        let mut ends = Vec::new();
        cut_gap(bounds, hashes.iter().copied(), |end| ends.push(end));
        ends
    }

    /// The rule as it is stated, by recursion.
    fn cuts_as_stated(bounds: NodeBounds, hashes: &[u64], start: usize) -> Vec<usize> {
        let (min, max) = (usize::from(bounds.min), usize::from(bounds.max));
        if hashes.len() <= max {
            return vec![start + hashes.len()];
        }
        let allowed = min - 1..hashes.len() - min;
        let least = allowed.min_by_key(|place| (hashes[*place], *place)).unwrap() + 1;
        let (left, right) = hashes.split_at(least);
        [cuts_as_stated(bounds, left, start), cuts_as_stated(bounds, right, start + least)].concat()
    }

    proptest! {
        #[test]
        fn pieces_are_those_of_the_rule_and_within_bounds(
            hashes in prop::collection::vec(prop_oneof![any::<u64>(), 0..4_u64], 1..400),
            min in 2..20_u16,
            spare in 0..30_u16,
        ) {
            let bounds = NodeBounds { window: 1, min, max: 2 * min - 1 + spare };
            let ends = cuts(bounds, &hashes);
            prop_assert_eq!(&ends, &cuts_as_stated(bounds, &hashes, 0));
            let mut start = 0;
            for end in &ends {
                let length = end - start;
                prop_assert!(length <= usize::from(bounds.max));
                prop_assert!(ends.len() == 1 || length >= usize::from(min));
                start = *end;
            }
            prop_assert_eq!(start, hashes.len());
        }
    }

    #[test]
    fn ascending_hashes_are_cut_without_deep_recursion() {
        let bounds = NodeBounds { window: 16, min: 16, max: 64 };
        let hashes: Vec<u64> = (0..100_000).collect();
        assert!(cuts(bounds, &hashes).len() > 100_000 / 64);
    }
}
