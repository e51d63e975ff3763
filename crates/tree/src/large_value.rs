//! Values as entries hold them, and the nodes of those that live outside their leaf.

use bytes::{Bytes, BytesMut};
use fastcdc::v2020::FastCDC;
use prolly_storage::{
    BLOB_VALUE_MAX, CHUNK_MAX, CHUNK_MIN, Error as StorageError, Kind, Link, Node, NodeRef, NodeStore,
    Parameters, VALUE_MAX, Value, encode_blob, encode_chunk_list,
};

use crate::{Error, Result};

/// The length that chunks aim at, in bytes: part of the format.
const CHUNK_AIM: usize = 64 * 1024;
/// Chunks asked for at once.
const CHUNKS_PER_REQUEST: usize = 64;

/// The value of an entry. Two are equal exactly when their bytes are, under equal parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryValue {
    /// The bytes.
    Inline(Bytes),
    /// The bytes are in nodes of their own; [`Tree::read`](crate::Tree::read) gives them.
    Linked(Link),
}

impl EntryValue {
    /// Bytes of the value.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Inline(bytes) => bytes.len(),
            Self::Linked(link) => link.length as usize,
        }
    }

    /// Whether the value has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn as_node_value(&self) -> Value<'_> {
        match self {
            Self::Inline(bytes) => Value::Inline(bytes),
            Self::Linked(link) => Value::Linked(*link),
        }
    }

    pub(crate) fn of_node(node: &Node, index: usize) -> Self {
        match node.value(index) {
            Value::Inline(_) => Self::Inline(node.inline_value(index)),
            Value::Linked(link) => Self::Linked(link),
        }
    }
}

/// The value of `bytes` as an entry holds it under `parameters`: long ones are written to `store`.
pub(crate) fn store_value(store: &NodeStore, parameters: &Parameters, bytes: Bytes) -> Result<EntryValue> {
    let length = bytes.len();
    if length > VALUE_MAX {
        return Err(Error::ValueTooLong { length });
    }
    if length <= parameters.inline_value_max as usize {
        return Ok(EntryValue::Inline(bytes));
    }
    let mut nodes = Vec::new();
    if length <= BLOB_VALUE_MAX {
        nodes.push(encode_blob(&bytes));
    } else {
        let mut chunks: Vec<(NodeRef, u32)> = Vec::new();
        for chunk in FastCDC::new(&bytes, CHUNK_MIN, CHUNK_AIM, CHUNK_MAX) {
            let blob = encode_blob(&bytes[chunk.offset..chunk.offset + chunk.length]);
            // Bounded by `CHUNK_MAX`.
            chunks.push((blob.address().into(), u32::try_from(chunk.length).unwrap_or(u32::MAX)));
            nodes.push(blob);
        }
        nodes.push(encode_chunk_list(&chunks));
    }
    let target = nodes.last().map(|node| NodeRef::from(node.address()));
    store.put_many(nodes)?;
    // Bounded by `VALUE_MAX`.
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    Ok(match target {
        Some(target) => EntryValue::Linked(Link { target, length }),
        None => EntryValue::Inline(bytes),
    })
}

/// The bytes of an out-of-line value.
pub(crate) fn read_link(store: &NodeStore, link: &Link) -> Result<Bytes> {
    let node = store.load(&link.target)?;
    let bytes = match node.kind() {
        Kind::Blob => node.blob(),
        Kind::ChunkList if node.chunked_length() == u64::from(link.length) => {
            let mut bytes = BytesMut::with_capacity(link.length as usize);
            let chunks: Vec<_> = (0..node.len()).map(|index| node.chunk(index)).collect();
            for batch in chunks.chunks(CHUNKS_PER_REQUEST) {
                let targets: Vec<_> = batch.iter().map(|(target, _)| *target).collect();
                for (blob, (_, length)) in store.load_many(&targets)?.iter().zip(batch) {
                    if blob.kind() != Kind::Blob || blob.blob().len() != *length as usize {
                        return Err(not_the_value(link));
                    }
                    bytes.extend_from_slice(&blob.blob());
                }
            }
            bytes.freeze()
        }
        _ => return Err(not_the_value(link)),
    };
    if bytes.len() != link.length as usize
        || (bytes.len() > BLOB_VALUE_MAX) != (node.kind() == Kind::ChunkList)
    {
        return Err(not_the_value(link));
    }
    Ok(bytes)
}

fn not_the_value(link: &Link) -> Error {
    Error::Storage(StorageError::Corruption {
        subject: format!("node {}", link.target.address),
        reason: format!("it is not the value of {} bytes that a leaf names", link.length),
    })
}
