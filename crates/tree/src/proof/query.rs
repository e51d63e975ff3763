//! What can be proven, and where in the tree the answer lies.

use std::ops::{Bound, Range};

use bytes::Bytes;
use prolly_storage::Node;

use super::{ProvenEntry, ProvenValue};
use crate::KeyRange;

/// What a proof answers.
///
/// | query        | answer                                                                            |
/// | ------------ | --------------------------------------------------------------------------------- |
/// | `[u8]`       | the value of this key, or `None`: the tree does not have it                       |
/// | `[Bytes]`    | the same for each key, in the order given; keys may come in any order, and repeat |
/// | [`KeyRange`] | all entries of the range, in ascending key order                                  |
/// | `[KeyRange]` | all entries of the ranges, each once, in ascending key order; they may overlap    |
///
/// A query of nothing, no keys or a range that can hold none, is answered by the root node alone.
pub trait Query: Spans {
    /// What [`verify`](super::verify) gives.
    type Answer;

    /// The answer, made of all entries of the tree that the query asks for, in ascending key order.
    fn answer(&self, entries: Vec<ProvenEntry>) -> Self::Answer;
}

/// Kept from other crates: a query is a set of spans.
pub trait Spans {
    /// Parts of the key space, in ascending order, that do not overlap and can each hold keys.
    fn spans(&self) -> Vec<Span<'_>>;
}

/// A place between keys, before and behind which keys can lie.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place<'key> {
    First,
    At { key: &'key [u8], behind: bool },
    Last,
}

/// Keys between two bounds.
pub struct Span<'query> {
    lower: Bound<&'query [u8]>,
    upper: Bound<&'query [u8]>,
}

impl<'query> Span<'query> {
    const fn of_key(key: &'query [u8]) -> Self {
        Self { lower: Bound::Included(key), upper: Bound::Included(key) }
    }

    /// Where the span begins, to be compared with other places.
    const fn start(&self) -> Place<'query> {
        match self.lower {
            Bound::Unbounded => Place::First,
            Bound::Included(key) => Place::At { key, behind: false },
            Bound::Excluded(key) => Place::At { key, behind: true },
        }
    }

    /// Where the span ends.
    const fn end(&self) -> Place<'query> {
        match self.upper {
            Bound::Excluded(key) => Place::At { key, behind: false },
            Bound::Included(key) => Place::At { key, behind: true },
            Bound::Unbounded => Place::Last,
        }
    }

    /// The children of an internal node below which keys of the span can stand. A child holds the keys above the last
    /// key of the child before it, up to its own last key; so no key above the last of all leads on.
    pub(super) fn children(&self, node: &Node) -> Range<usize> {
        let end = match self.upper {
            Bound::Included(key) | Bound::Excluded(key) => (index_of(node, key, false) + 1).min(node.len()),
            Bound::Unbounded => node.len(),
        };
        self.first(node)..end
    }

    /// The entries of a leaf that lie in the span.
    pub(super) fn entries(&self, leaf: &Node) -> Range<usize> {
        let end = match self.upper {
            Bound::Included(key) => index_of(leaf, key, true),
            Bound::Excluded(key) => index_of(leaf, key, false),
            Bound::Unbounded => leaf.len(),
        };
        self.first(leaf)..end
    }

    /// The first key of a node that does not lie before the span.
    fn first(&self, node: &Node) -> usize {
        match self.lower {
            Bound::Included(key) => index_of(node, key, false),
            Bound::Excluded(key) => index_of(node, key, true),
            Bound::Unbounded => 0,
        }
    }
}

/// How many keys of `node` are less than `key`, or equal to it when `inclusive`.
fn index_of(node: &Node, key: &[u8], inclusive: bool) -> usize {
    match node.search(key) {
        Ok(index) => index + usize::from(inclusive),
        Err(index) => index,
    }
}

impl Spans for [u8] {
    fn spans(&self) -> Vec<Span<'_>> {
        vec![Span::of_key(self)]
    }
}

impl Query for [u8] {
    type Answer = Option<ProvenValue>;

    fn answer(&self, entries: Vec<ProvenEntry>) -> Self::Answer {
        entries.into_iter().next().map(|entry| entry.value)
    }
}

impl Spans for [Bytes] {
    fn spans(&self) -> Vec<Span<'_>> {
        let mut keys: Vec<&[u8]> = self.iter().map(|key| &key[..]).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().map(Span::of_key).collect()
    }
}

impl Query for [Bytes] {
    type Answer = Vec<Option<ProvenValue>>;

    fn answer(&self, entries: Vec<ProvenEntry>) -> Self::Answer {
        let find = |key: &Bytes| entries.binary_search_by(|entry| entry.key.cmp(key)).ok();
        self.iter().map(|key| find(key).map(|found| entries[found].value.clone())).collect()
    }
}

impl Spans for KeyRange {
    fn spans(&self) -> Vec<Span<'_>> {
        std::slice::from_ref(self).spans()
    }
}

impl Query for KeyRange {
    type Answer = Vec<ProvenEntry>;

    fn answer(&self, entries: Vec<ProvenEntry>) -> Self::Answer {
        entries
    }
}

impl Spans for [KeyRange] {
    fn spans(&self) -> Vec<Span<'_>> {
        let slice = |bound| Bound::map(bound, |key: &Bytes| &key[..]);
        let ranges = self.iter().filter(|range| !range.is_empty());
        let mut spans: Vec<_> = ranges
            .map(|range| Span { lower: slice(range.lower.as_ref()), upper: slice(range.upper.as_ref()) })
            .collect();
        spans.sort_by_key(Span::start);
        let mut joined: Vec<Span<'_>> = Vec::with_capacity(spans.len());
        for span in spans {
            match joined.last_mut() {
                Some(last) if span.end() <= last.end() => {}
                Some(last) if span.start() <= last.end() => last.upper = span.upper,
                _ => joined.push(span),
            }
        }
        joined
    }
}

impl Query for [KeyRange] {
    type Answer = Vec<ProvenEntry>;

    fn answer(&self, entries: Vec<ProvenEntry>) -> Self::Answer {
        entries
    }
}
