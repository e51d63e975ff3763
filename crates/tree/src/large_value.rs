//! Values as entries hold them, and the nodes of those that live outside their leaf.

use bytes::Bytes;
use prolly_storage::{BLOB_VALUE_MAX, Link, Node, NodeStore, Parameters, Value, encode_blob};

use crate::{Result, ValueReader, ValueWriter};

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
    if bytes.len() <= BLOB_VALUE_MAX {
        return store_short_value(store, parameters, bytes);
    }
    let mut writer = ValueWriter::new(store.clone(), *parameters);
    writer.push(&bytes)?;
    writer.finish()
}

/// As [`store_value`], for a value that needs no chunks.
pub(crate) fn store_short_value(
    store: &NodeStore,
    parameters: &Parameters,
    bytes: Bytes,
) -> Result<EntryValue> {
    if bytes.len() <= parameters.inline_value_max as usize {
        return Ok(EntryValue::Inline(bytes));
    }
    let blob = encode_blob(&bytes);
    let target = blob.address().into();
    store.put_many(vec![blob])?;
    // Bounded by `BLOB_VALUE_MAX`.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    Ok(EntryValue::Linked(Link { target, length }))
}

/// The bytes of an out-of-line value.
pub(crate) fn read_link(store: &NodeStore, link: &Link) -> Result<Bytes> {
    ValueReader::whole(store.clone(), EntryValue::Linked(*link)).read_all()
}
