//! Ranges of keys.

use std::cmp::Ordering;
use std::ops::Bound;

use bytes::Bytes;

/// Keys between two bounds, compared as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// Where the range begins.
    pub lower: Bound<Bytes>,
    /// Where it ends.
    pub upper: Bound<Bytes>,
}

/// The order in which a range is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Ascending keys.
    #[default]
    Forward,
    /// Descending keys.
    Backward,
}

impl KeyRange {
    /// Every key.
    #[must_use]
    pub const fn all() -> Self {
        Self { lower: Bound::Unbounded, upper: Bound::Unbounded }
    }

    /// No key.
    #[must_use]
    pub const fn none() -> Self {
        Self { lower: Bound::Unbounded, upper: Bound::Excluded(Bytes::new()) }
    }

    /// One key.
    #[must_use]
    pub fn one(key: impl Into<Bytes>) -> Self {
        let key = key.into();
        Self::inclusive(key.clone(), key)
    }

    /// The keys that begin with `prefix`.
    #[must_use]
    pub fn prefix(prefix: &[u8]) -> Self {
        // The least key above all of them: the prefix without trailing 0xff bytes, its last byte one higher.
        let kept = prefix.iter().rposition(|byte| *byte != u8::MAX).map_or(0, |last| last + 1);
        let mut above = prefix[..kept].to_vec();
        let upper = match above.last_mut() {
            Some(last) => {
                *last += 1;
                Bound::Excluded(above.into())
            }
            None => Bound::Unbounded,
        };
        Self { lower: Bound::Included(Bytes::copy_from_slice(prefix)), upper }
    }

    /// The keys from `first` to `last`, both included.
    #[must_use]
    pub const fn inclusive(first: Bytes, last: Bytes) -> Self {
        Self { lower: Bound::Included(first), upper: Bound::Included(last) }
    }

    /// Whether `key` is within.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        !self.is_below(key) && !self.is_above(key)
    }

    /// Whether no key can be within.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match (&self.lower, &self.upper) {
            (Bound::Included(lower), Bound::Included(upper)) => lower > upper,
            (
                Bound::Included(lower) | Bound::Excluded(lower),
                Bound::Included(upper) | Bound::Excluded(upper),
            ) => lower >= upper,
            (_, Bound::Excluded(upper)) => upper.is_empty(),
            _ => false,
        }
    }

    /// Whether `key` lies before the range.
    #[must_use]
    pub fn is_below(&self, key: &[u8]) -> bool {
        self.is_below_with(|lower| key.cmp(lower))
    }

    /// Whether `key` lies behind the range.
    #[must_use]
    pub fn is_above(&self, key: &[u8]) -> bool {
        self.is_above_with(|upper| key.cmp(upper))
    }

    /// As [`KeyRange::is_below`], of a key that `compare` compares with others.
    pub(crate) fn is_below_with(&self, compare: impl FnOnce(&[u8]) -> Ordering) -> bool {
        match &self.lower {
            Bound::Included(lower) => compare(lower).is_lt(),
            Bound::Excluded(lower) => compare(lower).is_le(),
            Bound::Unbounded => false,
        }
    }

    /// As [`KeyRange::is_above`], of a key that `compare` compares with others.
    pub(crate) fn is_above_with(&self, compare: impl FnOnce(&[u8]) -> Ordering) -> bool {
        match &self.upper {
            Bound::Included(upper) => compare(upper).is_gt(),
            Bound::Excluded(upper) => compare(upper).is_ge(),
            Bound::Unbounded => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_exactly_the_keys_that_begin_with_it() {
        for prefix in [&b""[..], b"a", b"a\xff", b"\xff", b"\xff\xff", b"ab\xff\xff"] {
            let range = KeyRange::prefix(prefix);
            for key in [
                &b""[..],
                b"a",
                b"a\xff",
                b"a\xffz",
                b"ab",
                b"ab\xff\xff\x01",
                b"b",
                b"\xff",
                b"\xff\xff\xff",
            ] {
                assert_eq!(range.contains(key), key.starts_with(prefix), "{prefix:?} {key:?}");
            }
        }
    }

    #[test]
    fn bounds_that_cross_hold_nothing() {
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        assert!(KeyRange::inclusive(bytes("b"), bytes("a")).is_empty());
        assert!(!KeyRange::inclusive(bytes("a"), bytes("a")).is_empty());
        let half = KeyRange { lower: Bound::Included(bytes("a")), upper: Bound::Excluded(bytes("a")) };
        assert!(half.is_empty());
        assert!(!KeyRange::all().is_empty());
    }
}
