//! The boundary rule and others, on the hashes of one level.

use super::keys::Random;
use super::sample::Sample;

/// Where a sequence of hashes is divided.
#[derive(Clone, Debug)]
pub enum Rule {
    /// After each strict minimum of a window; longer gaps are cut at their least hash. `max` of `usize::MAX`: never.
    Window { window: usize, min: usize, max: usize },
    /// After each entry whose hash is at most the bound for its place in the node, the last bound always.
    ByPlace { bounds: Vec<u64> },
}

impl Rule {
    /// Each entry ends a node with probability 1 / `mean`, wherever it stands.
    pub fn geometric(mean: f64) -> Self {
        Self::ByPlace { bounds: vec![(u64::MAX as f64 / mean) as u64] }
    }

    /// Weibull-distributed sizes: the hazard grows with the third power of the size for `shape` 4. As in Dolt, a node
    /// has at least an eighth of `scale`, the largest is four times as large.
    pub fn weibull(shape: f64, scale: f64) -> Self {
        let cumulative = |size: f64| 1.0 - (-(size / scale).powf(shape)).exp();
        let bound = |place: usize| {
            let (before, with) = (cumulative(place as f64), cumulative(place as f64 + 1.0));
            if place as f64 + 1.0 < scale / 8.0 { 0.0 } else { (with - before) / (1.0 - before) }
        };
        let places = 0..(4.0 * scale) as usize;
        let mut bounds: Vec<u64> = places.map(|place| (bound(place) * u64::MAX as f64) as u64).collect();
        bounds.push(u64::MAX);
        Self::ByPlace { bounds }
    }
}

/// One level divided by a rule.
pub struct Level {
    rule: Rule,
    hashes: Vec<u64>,
    /// Where nodes end.
    ends: Vec<usize>,
    /// Where gaps end: for a window rule the natural boundaries and the end, else the same as `ends`.
    gaps: Vec<usize>,
}

/// New nodes after an edit, and their entries.
pub struct Rewritten {
    pub nodes: usize,
    pub entries: usize,
}

impl Level {
    pub fn new(rule: Rule, hashes: Vec<u64>) -> Self {
        let (ends, gaps) = match &rule {
            Rule::Window { window, min, max } => {
                let gaps = gap_ends(&hashes, *window, 0..hashes.len());
                (cut_gaps(&hashes, &gaps, 0, *min, *max), gaps)
            }
            Rule::ByPlace { bounds } => {
                let mut ends = Vec::new();
                let mut start = 0;
                for (at, hash) in hashes.iter().enumerate() {
                    if *hash <= bounds[(at - start).min(bounds.len() - 1)] || at + 1 == hashes.len() {
                        start = at + 1;
                        ends.push(start);
                    }
                }
                (ends.clone(), ends)
            }
        };
        Self { rule, hashes, ends, gaps }
    }

    pub fn sizes(&self) -> Sample {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        self.ends.iter().zip(starts).map(|(end, start)| end - start).collect()
    }

    /// What one random insert (of this hash) or delete rewrites; the level itself stays.
    pub fn edit(&self, random: &mut Random, insert: bool) -> Rewritten {
        let at = random.below(self.hashes.len());
        let hash = insert.then(|| random.next());
        match &self.rule {
            Rule::Window { window, min, max } => self.edit_window(at, hash, *window, *min, *max),
            Rule::ByPlace { bounds } => self.edit_by_place(at, hash, bounds),
        }
    }

    /// Divides anew between the nearest boundaries that the edit cannot reach.
    fn edit_window(&self, at: usize, hash: Option<u64>, window: usize, min: usize, max: usize) -> Rewritten {
        let left = self.gaps.partition_point(|end| *end + window <= at).checked_sub(1);
        let start = left.map_or(0, |index| self.gaps[index]);
        let right = self.gaps.partition_point(|end| *end <= at + window + 1);
        let end = self.gaps.get(right).copied().unwrap_or(self.hashes.len());
        let from = start.saturating_sub(window);
        let to = (end + window).min(self.hashes.len());
        let rest = if hash.is_some() { at } else { at + 1 };
        let mut hashes = self.hashes[from..at].to_vec();
        hashes.extend(hash);
        hashes.extend_from_slice(&self.hashes[rest..to]);
        let length = if hash.is_some() { end + 1 } else { end - 1 } - from;
        let gaps = gap_ends(&hashes, window, start - from..length);
        let ends = cut_gaps(&hashes, &gaps, start - from, min, max);
        self.compare(at, hash.is_some(), start, ends.into_iter().map(|end| end + from))
    }

    /// Divides anew from the start of the node until a node ends where one ended before.
    fn edit_by_place(&self, at: usize, hash: Option<u64>, bounds: &[u64]) -> Rewritten {
        let first = self.ends.partition_point(|end| *end <= at);
        let start = if first == 0 { 0 } else { self.ends[first - 1] };
        let rest = if hash.is_some() { at } else { at + 1 };
        let changed = self.hashes[start..at].iter().copied().chain(hash);
        let hashes = changed.chain(self.hashes[rest..].iter().copied());
        let mut ends = Vec::new();
        let mut node = start;
        let length = self.hashes.len() + usize::from(hash.is_some()) - usize::from(hash.is_none());
        for (position, hash_here) in (start..).zip(hashes) {
            if hash_here > bounds[(position - node).min(bounds.len() - 1)] && position + 1 < length {
                continue;
            }
            node = position + 1;
            ends.push(node);
            let old = if hash.is_some() { node.wrapping_sub(1) } else { node + 1 };
            if node > at && self.ends.binary_search(&old).is_ok() {
                break;
            }
        }
        self.compare(at, hash.is_some(), start, ends.into_iter())
    }

    /// Counts the nodes, from `start` on and ending at `ends`, that were not there before the edit.
    fn compare(&self, at: usize, insert: bool, start: usize, ends: impl Iterator<Item = usize>) -> Rewritten {
        let mut rewritten = Rewritten { nodes: 0, entries: 0 };
        let mut start = start;
        for end in ends {
            let was = if end <= at {
                Some((start, end))
            } else if insert && start > at {
                Some((start - 1, end - 1))
            } else if !insert && start >= at {
                Some((start + 1, end + 1))
            } else {
                None
            };
            let unchanged = was.is_some_and(|(start, end)| {
                let index = self.ends.partition_point(|other| *other < end);
                let begins = if index == 0 { 0 } else { self.ends[index - 1] };
                self.ends.get(index) == Some(&end) && begins == start
            });
            if !unchanged {
                rewritten.nodes += 1;
                rewritten.entries += end - start;
            }
            start = end;
        }
        rewritten
    }
}

/// Ends of the gaps in `range`: one after each strict minimum of its window, and the end of the range.
fn gap_ends(hashes: &[u64], window: usize, range: std::ops::Range<usize>) -> Vec<usize> {
    let last = range.end;
    let mut ends: Vec<usize> = range
        .filter(|at| {
            let right = &hashes[at + 1..(at + window + 1).min(hashes.len())];
            let left = &hashes[at.saturating_sub(window)..*at];
            at + 1 < hashes.len() && right.iter().chain(left).all(|other| *other > hashes[*at])
        })
        .map(|at| at + 1)
        .collect();
    if ends.last() != Some(&last) {
        ends.push(last);
    }
    ends
}

fn cut_gaps(hashes: &[u64], gaps: &[usize], start: usize, min: usize, max: usize) -> Vec<usize> {
    let mut ends = Vec::with_capacity(gaps.len());
    let mut start = start;
    for gap in gaps {
        let mut parts = vec![(start, *gap)];
        while let Some((from, to)) = parts.pop() {
            if to - from <= max {
                ends.push(to);
                continue;
            }
            let allowed = from + min - 1..to - min;
            let cut = allowed.min_by_key(|at| (hashes[*at], *at)).map_or(to, |at| at + 1);
            parts.push((cut, to));
            parts.push((from, cut));
        }
        start = *gap;
    }
    ends
}
