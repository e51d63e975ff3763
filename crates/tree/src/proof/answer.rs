//! What a proof proves.

use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::Link;

/// An entry of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenEntry {
    /// The key.
    pub key: Bytes,
    /// Its value.
    pub value: ProvenValue,
}

/// The value of an entry of the tree.
///
/// Values share the memory of one copy of the proof, which lives as long as any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProvenValue {
    /// The bytes.
    Bytes(Bytes),
    /// The bytes of a value of more than 64 KiB, in order. A chunk that repeats is in memory once, so a short proof of
    /// a long value stays small until [`ProvenValue::bytes`] joins it.
    Chunks(Arc<[Bytes]>),
    /// The proof leaves the bytes out: proven are their length, and the address of the node that holds or lists them.
    Link(Link),
}

impl ProvenValue {
    /// Bytes of the value.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Chunks(chunks) => chunks.iter().map(Bytes::len).sum(),
            Self::Link(link) => link.length as usize,
        }
    }

    /// Whether the value has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes; `None` when the proof leaves them out. Cost: a copy when the value has chunks, else nothing.
    #[must_use]
    pub fn bytes(&self) -> Option<Bytes> {
        match self {
            Self::Bytes(bytes) => Some(bytes.clone()),
            Self::Chunks(chunks) => Some(chunks.concat().into()),
            Self::Link(_) => None,
        }
    }
}
