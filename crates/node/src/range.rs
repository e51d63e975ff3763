//! Ranges of keys.

use std::ops::Bound;

use bytes::Bytes;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use prolly_tree::{Direction, KeyRange};

/// Bounds of keys.
#[napi(object, object_to_js = false)]
pub struct NativeRange {
    /// Where the range begins; left out for the first key.
    pub lower: Option<Uint8Array>,
    /// Whether `lower` is in the range.
    pub lower_inclusive: bool,
    /// Where the range ends; left out for the last key.
    pub upper: Option<Uint8Array>,
    /// Whether `upper` is in the range.
    pub upper_inclusive: bool,
}

impl From<NativeRange> for KeyRange {
    fn from(range: NativeRange) -> Self {
        let bound = |bytes: Option<Uint8Array>, inclusive| match bytes {
            None => Bound::Unbounded,
            Some(bytes) if inclusive => Bound::Included(Bytes::copy_from_slice(&bytes)),
            Some(bytes) => Bound::Excluded(Bytes::copy_from_slice(&bytes)),
        };
        Self {
            lower: bound(range.lower, range.lower_inclusive),
            upper: bound(range.upper, range.upper_inclusive),
        }
    }
}

/// The direction of an iteration.
pub(crate) const fn direction(reverse: bool) -> Direction {
    if reverse { Direction::Backward } else { Direction::Forward }
}
