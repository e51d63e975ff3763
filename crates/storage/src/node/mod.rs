//! Nodes: immutable bytes that a lookup searches in place.

mod children;
mod decode;
mod encode;
mod keys;
mod layout;
mod links;
mod loaded;
mod prefetch;
mod values;

use bytes::Bytes;

pub use self::encode::{NewNode, encode_blob, encode_chunk_list, encode_internal, encode_leaf};
use self::layout::{CHUNK, CHUNK_LIST_HEADER, COMMON_HEADER, PARAMETERS_AT, read_u32, read_u64};
use self::loaded::LoadedChildren;
pub use self::prefetch::prefetch;
use crate::{Address, Locator, Locators, NodeRef, Parameters, StoredNode};

/// The longest key, in bytes: 8 KiB and the eight bytes of a keyspace id.
pub const KEY_MAX: usize = 8 * 1024 + 8;
/// The longest value, in bytes: 256 MiB.
pub const VALUE_MAX: usize = 256 * 1024 * 1024;
/// A longer out-of-line value, in bytes, is a list of chunks.
pub const BLOB_VALUE_MAX: usize = 64 * 1024;
/// The shortest chunk but the last, in bytes.
pub const CHUNK_MIN: usize = 16 * 1024;
/// The longest chunk, in bytes.
pub const CHUNK_MAX: usize = 256 * 1024;

/// What a node holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Keys and values: level 0 of the tree.
    Leaf,
    /// The last keys of children and their addresses.
    Internal,
    /// An out-of-line value, or a chunk of one.
    Blob,
    /// The chunks of a large out-of-line value.
    ChunkList,
}

impl Kind {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Leaf => 0,
            Self::Internal => 1,
            Self::Blob => 2,
            Self::ChunkList => 3,
        }
    }
}

/// A value as a leaf holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'node> {
    /// The bytes themselves.
    Inline(&'node [u8]),
    /// The bytes are elsewhere.
    Linked(Link),
}

impl<'node> Value<'node> {
    /// Bytes of the value.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Inline(bytes) => bytes.len(),
            Self::Linked(link) => link.length as usize,
        }
    }

    /// Whether the value has no bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of an inline value; none of a linked one.
    #[must_use]
    pub const fn inline_bytes(&self) -> &'node [u8] {
        match self {
            Self::Inline(bytes) => bytes,
            Self::Linked(_) => &[],
        }
    }
}

/// An out-of-line value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// A blob, or a chunk list when the value is longer than [`BLOB_VALUE_MAX`].
    pub target: NodeRef,
    /// Bytes of the value.
    pub length: u32,
}

/// An entry of an internal node, but for its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    /// The child.
    pub target: NodeRef,
    /// Entries in the leaves below it.
    pub entries: u64,
    /// Whether it ends where the boundary rule asks for it, rather than at a cut or the end of the level.
    pub natural: bool,
}

/// A verified node.
///
/// It is its canonical bytes, their address and what its storage knows of its links; nothing is decoded ahead.
#[derive(Clone, Debug)]
#[repr(C)] // What a lookup reads comes first, in one cache line.
pub struct Node {
    bytes: Bytes,
    count: u32,
    prefix_length: u32,
    /// Where the key suffixes begin.
    suffixes: u32,
    /// Where the key section ends and values or children begin.
    keys_end: u32,
    /// Leaf: links.
    link_count: u32,
    kind: Kind,
    level: u8,
    loaded: LoadedChildren,
    address: Address,
    locators: Locators,
}

/// The address of the canonical bytes, the bytes, and where the links are kept.
impl Node {
    /// The node's address.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The canonical bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Where the storage keeps the nodes that [`Node::links`] names, in that order.
    #[must_use]
    pub const fn locators(&self) -> &Locators {
        &self.locators
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its height above the leaves, which are level 0.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// Entries: keys of a leaf, children of an internal node, chunks of a chunk list; 0 for a blob.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether it has no entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The encoded parameters of its tree, for leaves and internal nodes.
    #[must_use]
    pub fn parameters(&self) -> Option<[u8; Parameters::LENGTH]> {
        match self.kind {
            Kind::Leaf | Kind::Internal => self.bytes[PARAMETERS_AT..].first_chunk().copied(),
            Kind::Blob | Kind::ChunkList => None,
        }
    }

    /// How many other nodes it names: children, out-of-line values or chunks.
    #[must_use]
    pub fn link_count(&self) -> usize {
        match self.kind {
            Kind::Leaf => self.link_count as usize,
            Kind::Internal | Kind::ChunkList => self.len(),
            Kind::Blob => 0,
        }
    }

    /// The nodes it names, in key order, found without reading keys or values.
    pub fn links(&self) -> impl ExactSizeIterator<Item = NodeRef> + '_ {
        (0..self.link_count()).map(|index| match self.kind {
            Kind::Leaf => self.value_link(index).target,
            Kind::Internal => self.child(index).target,
            Kind::ChunkList | Kind::Blob => self.chunk(index).0,
        })
    }

    /// The memory it can hold, in bytes, give or take a few words.
    #[must_use]
    pub fn memory(&self) -> usize {
        let locators = self.locators.as_ref().map_or(0, |locators| size_of_val(&**locators));
        let loaded = if self.kind == Kind::Internal { LoadedChildren::MEMORY * self.len() } else { 0 };
        size_of::<Self>() + self.bytes.len() + locators + loaded
    }

    fn locator(&self, link: usize) -> Locator {
        self.locators.as_ref().and_then(|locators| locators.get(link).copied()).unwrap_or_default()
    }

    fn address_at(&self, at: usize) -> Address {
        let mut address = [0; Address::LENGTH];
        address.copy_from_slice(&self.bytes[at..at + Address::LENGTH]);
        Address::from_bytes(address)
    }
}

/// Out-of-line values.
impl Node {
    /// The bytes of a blob.
    #[must_use]
    pub fn blob(&self) -> Bytes {
        self.bytes.slice(COMMON_HEADER..)
    }

    /// Bytes of the value that a chunk list describes.
    #[must_use]
    pub fn chunked_length(&self) -> u64 {
        read_u64(&self.bytes, COMMON_HEADER)
    }

    /// Chunk `index` of a chunk list: the blob that holds it, and its bytes.
    ///
    /// # Panics
    /// When this is no chunk list or `index` is not below [`Node::len`].
    #[must_use]
    pub fn chunk(&self, index: usize) -> (NodeRef, u32) {
        let at = CHUNK_LIST_HEADER + CHUNK * index;
        (NodeRef::new(self.address_at(at + 4), self.locator(index)), read_u32(&self.bytes, at))
    }
}

/// What a storage is handed: it needs no more than the bytes, their address and the links' locators.
impl From<&Node> for StoredNode {
    fn from(node: &Node) -> Self {
        Self { bytes: node.bytes.clone(), locators: node.locators.clone() }
    }
}
