//! What the bytes of a node say by themselves.

use bytes::Bytes;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use prolly_versioning::{NodeContents, StoredEntry, StoredKeyspace, StoredValue, VersionedStore};

use crate::page::{self, Record};

/// What a node holds.
#[napi(object, object_from_js = false)]
pub struct NativeNodeContents {
    /// `entries`, `value` or `links`.
    pub kind: String,
    /// Records of keyspace (`catalogue`, an id, or absent for the default namespace), key, value, and in its place the length
    /// of a value in a node of its own; for a value one record with the value alone.
    pub page: Uint8Array,
}

/// Reads the bytes of a node of any store.
#[napi(catch_unwind)]
pub fn inspect_node(bytes: &[u8]) -> napi::Result<NativeNodeContents> {
    let contents =
        VersionedStore::inspect_node(Bytes::copy_from_slice(bytes)).map_err(crate::fault::Fault::from)?;
    let (kind, records) = match contents {
        NodeContents::Entries(entries) => ("entries", entries.into_iter().map(record).collect()),
        NodeContents::Value(value) => ("value", vec![Record::new([None, None, Some(value), None])]),
        NodeContents::Links => ("links", Vec::new()),
    };
    Ok(NativeNodeContents { kind: kind.to_owned(), page: page::encode(4, &records)?.into() })
}

fn record(StoredEntry { keyspace, key, value }: StoredEntry) -> Record {
    let keyspace = match keyspace {
        StoredKeyspace::Default => None,
        StoredKeyspace::Catalogue => Some(Bytes::from_static(b"catalogue")),
        StoredKeyspace::Id(id) => Some(format!("{id:016x}").into()),
    };
    let (value, length) = match value {
        StoredValue::Bytes(bytes) => (Some(bytes), None),
        StoredValue::Link(link) => (None, Some(link.length.to_string().into())),
    };
    Record::new([keyspace, Some(key), value, length])
}
