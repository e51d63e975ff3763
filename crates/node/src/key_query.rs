//! Which keys something is asked about.

use bytes::Bytes;
use napi::bindgen_prelude::{Either, Uint8Array};
use prolly_tree::KeyRange;

use crate::fault::Result;
use crate::map::keys_of;
use crate::range::NativeRange;

/// Keys, or a range of them.
pub(crate) enum KeyQuery {
    Keys(Vec<Bytes>),
    Range(KeyRange),
}

impl KeyQuery {
    /// A page of keys, or a range.
    pub(crate) fn read(query: Either<Uint8Array, NativeRange>) -> Result<Self> {
        Ok(match query {
            Either::A(keys) => Self::Keys(keys_of(&keys)?),
            Either::B(range) => Self::Range(range.into()),
        })
    }

    /// Ranges with these keys and no others.
    pub(crate) fn ranges(&self) -> Vec<KeyRange> {
        match self {
            Self::Keys(keys) => keys.iter().cloned().map(KeyRange::one).collect(),
            Self::Range(range) => vec![range.clone()],
        }
    }
}
