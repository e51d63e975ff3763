//! What the bytes of a node say by themselves: for whoever finds them in a Git repository.

use bytes::Bytes;
use prolly_storage::{Address, Kind, Link, Node, StoredNode, Value};

use crate::catalogue::Catalogue;
use crate::keyspace::{KeyspaceId, user_key};
use crate::{Result, VersionedStore};

/// What a node holds for its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeContents {
    /// A leaf: its entries, in order.
    Entries(Vec<StoredEntry>),
    /// A value that lives outside its leaf, or a part of one.
    Value(Bytes),
    /// Links to other nodes only.
    Links,
}

/// An entry of a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Where its key stands.
    pub keyspace: StoredKeyspace,
    /// The user's key; of the catalogue the name of a namespace.
    pub key: Bytes,
    /// The value; of the catalogue the id of the namespace.
    pub value: StoredValue,
}

/// The keyspace of an entry. A leaf does not tell the names of namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredKeyspace {
    /// The default namespace.
    Default,
    /// The names of the namespaces.
    Catalogue,
    /// The namespace with this id.
    Id(u64),
}

/// The value of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredValue {
    /// The bytes.
    Bytes(Bytes),
    /// They are in a node of their own.
    Link(Link),
}

impl VersionedStore {
    /// Reads the bytes of a node of any store. Needs no store, and follows no link.
    ///
    /// # Errors
    /// [`Corruption`](prolly_storage::Error::Corruption) when they are no node.
    pub fn inspect_node(bytes: Bytes) -> Result<NodeContents> {
        let node = Node::decode(&Address::of(&bytes), StoredNode { bytes, locators: None })?;
        Ok(match node.kind() {
            Kind::Leaf => NodeContents::Entries((0..node.len()).map(|index| entry(&node, index)).collect()),
            Kind::Blob => NodeContents::Value(node.blob()),
            Kind::Internal | Kind::ChunkList => NodeContents::Links,
        })
    }
}

fn entry(node: &Node, index: usize) -> StoredEntry {
    let stored = Bytes::from(node.key(index).to_vec());
    let value = match node.value(index) {
        Value::Inline(bytes) => StoredValue::Bytes(Bytes::copy_from_slice(bytes)),
        Value::Linked(link) => StoredValue::Link(link),
    };
    let (id, key) = (KeyspaceId::of_stored(&stored), user_key(&stored));
    match (id, &value) {
        (Some(KeyspaceId::CATALOGUE), StoredValue::Bytes(bytes)) => {
            match Catalogue::decode_entry(&key, bytes.clone()) {
                Ok((id, keyspace)) => StoredEntry {
                    keyspace: StoredKeyspace::Catalogue,
                    key: Bytes::copy_from_slice(keyspace.name.as_bytes()),
                    value: StoredValue::Bytes(format!("{:016x}", id.0).into()),
                },
                Err(_) => StoredEntry { keyspace: StoredKeyspace::Catalogue, key, value },
            }
        }
        (Some(KeyspaceId::CATALOGUE), _) => StoredEntry { keyspace: StoredKeyspace::Catalogue, key, value },
        (Some(KeyspaceId::DEFAULT), _) => StoredEntry { keyspace: StoredKeyspace::Default, key, value },
        (Some(id), _) => StoredEntry { keyspace: StoredKeyspace::Id(id.0), key, value },
        // A key of a tree that is no store's.
        (None, _) => StoredEntry { keyspace: StoredKeyspace::Default, key: stored, value },
    }
}
