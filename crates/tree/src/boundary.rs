//! The boundary rule: where a level of the tree is divided into nodes, as a function of its keys alone.
//!
//! An entry ends a node *naturally* when the hash of its key is strictly the least among `window` entries on both sides
//! (fewer at the ends of the level). What lies between two natural boundaries is a gap; a gap of more than `max`
//! entries is cut after its least hash, at least `min` entries from both its ends, and so on in both parts. The last
//! entry of a level is never natural, and a level of at most `max` entries is one node: the root.
//!
//! Cuts follow each other, so one edit could move all of them in a gap. Keys that were not chosen to do so leave gaps of
//! a few `max`; a longer gap is first divided at *marks*, each of which depends on few neighbours whatever the keys are
//! (deterministic coin tossing: Cole and Vishkin 1986, used for chunking by Sahinalp and Vishkin 1994).
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

/// A gap of more than this many times `max` entries is divided at marks.
const LONG_GAP: usize = 6;

/// Calls `emit` with the end of each piece that a gap of entries with these hashes is cut into, in order, the gap's own
/// end the last. `label` gives entry labels that no choice of keys can steer; it is asked for in long gaps only.
///
/// Cost: O(entries x log entries), whatever the hashes.
pub(crate) fn cut_gap(
    bounds: NodeBounds,
    hashes: impl ExactSizeIterator<Item = u64>,
    label: impl Fn(usize) -> u64,
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
    let mut parts = Vec::new();
    let mut end = length;
    if length > LONG_GAP * max {
        let labels: Vec<u64> = (0..length).map(label).collect();
        for mark in marks(min, &labels).into_iter().rev() {
            parts.push((mark, end));
            end = mark;
        }
    }
    parts.push((0, end));
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

/// The places that divide a long gap, at least `min` entries apart and away from its ends.
///
/// In each round an entry stays that has the greatest color among its neighbours, so at most every second does; after
/// as many rounds as `min` has bits, those that stay are at least `min` apart. Colors lie below 8 and differ from one
/// entry to the next, so a round keeps one of at most 14 in a row, and looks at no more than the neighbour to the right
/// and six to the left.
fn marks(min: usize, labels: &[u64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..labels.len()).collect();
    let mut apart = 1;
    while apart < min {
        let colors = colors(places.iter().map(|place| labels[*place]).collect());
        places = (1..places.len().saturating_sub(1))
            .filter(|at| colors[*at] > colors[at - 1] && colors[*at] > colors[at + 1])
            .map(|at| places[at])
            .collect();
        apart *= 2;
    }
    places.into_iter().map(|place| place + 1).filter(|end| *end >= min && labels.len() - end >= min).collect()
}

/// Reduces labels to colors below 8 by deterministic coin tossing: a new color is the place of the lowest bit in which
/// an entry differs from the one to its left, and that bit. Neighbours that differ stay different.
fn colors(mut labels: Vec<u64>) -> Vec<u64> {
    // 64 bits to less than 130 colors, then less than 16, 8 and 8; the fifth time makes sure.
    for _ in 0..5 {
        for at in (0..labels.len()).rev() {
            let left = if at == 0 { !labels[0] } else { labels[at - 1] };
            let bit = (labels[at] ^ left).trailing_zeros();
            labels[at] = u64::from(2 * bit) | (labels[at].checked_shr(bit).unwrap_or(0) & 1);
        }
    }
    labels
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

    fn label(place: usize) -> u64 {
        xxh3_64_with_seed(&place.to_be_bytes(), 1)
    }

    fn cuts(bounds: NodeBounds, hashes: &[u64]) -> Vec<usize> {
        let mut ends = Vec::new();
        cut_gap(bounds, hashes.iter().copied(), label, |end| ends.push(end));
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
            hashes in prop::collection::vec(prop_oneof![any::<u64>(), 0..4_u64], 1..800),
            min in 2..20_u16,
            spare in 0..30_u16,
        ) {
            let bounds = NodeBounds { window: 1, min, max: 2 * min - 1 + spare };
            let ends = cuts(bounds, &hashes);
            let mut stated = Vec::new();
            let mut divisions = vec![0, hashes.len()];
            if hashes.len() > LONG_GAP * usize::from(bounds.max) {
                let labels: Vec<u64> = (0..hashes.len()).map(label).collect();
                divisions.splice(1..1, marks(min.into(), &labels));
            }
            for part in divisions.windows(2) {
                stated.extend(cuts_as_stated(bounds, &hashes[part[0]..part[1]], part[0]));
            }
            prop_assert_eq!(&ends, &stated);
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

    proptest! {
        /// What makes an edit of a long gap cheap: marks far from it stay where they were.
        #[test]
        fn marks_depend_on_few_neighbours(labels in prop::collection::vec(any::<u64>(), 2000..3000), at in 0..2000_usize, new in any::<u64>()) {
            let before = marks(16, &labels);
            let mut changed = labels.clone();
            changed.insert(at, new);
            let after = marks(16, &changed);
            let kept = after.iter().filter(|mark| before.contains(&(*mark - usize::from(**mark > at)))).count();
            prop_assert!(before.len() >= labels.len() / 500, "{} marks", before.len());
            prop_assert!(before.len() - kept.min(before.len()) <= 6 && after.len() - kept <= 6, "{kept} of {} kept", before.len());
        }
    }

    #[test]
    fn neighbours_that_differ_get_colors_below_eight_that_differ() {
        let colors = colors((0..10_000).map(label).collect());
        assert!(colors.iter().all(|color| *color < 8));
        assert!(colors.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn ascending_hashes_are_cut_without_deep_recursion() {
        let bounds = NodeBounds { window: 16, min: 16, max: 64 };
        let hashes: Vec<u64> = (0..100_000).collect();
        assert!(cuts(bounds, &hashes).len() > 100_000 / 64);
    }
}
