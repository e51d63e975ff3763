//! Nodes: immutable bytes that a lookup searches in place.

mod decode;
mod encode;
mod layout;
mod links;
mod loaded;
mod prefetch;

use std::cmp::Ordering;
use std::sync::Arc;

use bytes::Bytes;

pub use self::encode::{NewNode, encode_blob, encode_chunk_list, encode_internal, encode_leaf};
use self::layout::{
    CHILD, CHUNK, CHUNK_LIST_HEADER, COMMON_HEADER, LINK, NATURAL_BIT, PARAMETERS_AT, TREE_HEADER, read_u32,
    read_u64,
};
use self::loaded::LoadedChildren;
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

/// A longer inline value, in bytes, is shared rather than copied.
const COPIED_VALUE_MAX: usize = 256;

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

/// Keys of leaves and internal nodes.
impl Node {
    /// What all its keys begin with.
    #[must_use]
    pub fn key_prefix(&self) -> &[u8] {
        &self.bytes[TREE_HEADER..TREE_HEADER + self.prefix_length as usize]
    }

    /// Key `index` without [`Node::key_prefix`].
    ///
    /// # Panics
    /// When `index` is not below [`Node::len`].
    #[must_use]
    pub fn key_suffix(&self, index: usize) -> &[u8] {
        let ends = TREE_HEADER + self.prefix_length as usize;
        let start = if index == 0 { 0 } else { read_u32(&self.bytes, ends + 4 * (index - 1)) };
        let end = read_u32(&self.bytes, ends + 4 * index);
        &self.bytes[(self.suffixes + start) as usize..(self.suffixes + end) as usize]
    }

    /// Key `index`, copied.
    ///
    /// # Panics
    /// When `index` is not below [`Node::len`].
    #[must_use]
    pub fn key(&self, index: usize) -> Vec<u8> {
        [self.key_prefix(), self.key_suffix(index)].concat()
    }

    /// The last key, copied; `None` when there are no entries.
    #[must_use]
    pub fn last_key(&self) -> Option<Vec<u8>> {
        self.len().checked_sub(1).map(|last| self.key(last))
    }

    /// Appends key `index` to `buffer`.
    ///
    /// # Panics
    /// When `index` is not below [`Node::len`].
    pub fn append_key(&self, index: usize, buffer: &mut Vec<u8>) {
        buffer.extend_from_slice(self.key_prefix());
        buffer.extend_from_slice(self.key_suffix(index));
    }

    /// How key `index` compares with `key`.
    ///
    /// # Panics
    /// When `index` is not below [`Node::len`].
    #[must_use]
    pub fn compare_key(&self, index: usize, key: &[u8]) -> Ordering {
        let prefix = self.key_prefix();
        let shared = prefix.len().min(key.len());
        prefix.cmp(&key[..shared]).then_with(|| self.key_suffix(index).cmp(&key[shared..]))
    }

    /// Finds `key`: `Ok` with its index, or `Err` with the index of the first greater key (which is
    /// [`Node::len`] when there is none). Cost: O(log entries) comparisons in the stored bytes.
    ///
    /// # Errors
    /// The index where the key would stand.
    pub fn search(&self, key: &[u8]) -> Result<usize, usize> {
        let prefix = self.key_prefix();
        let Some(suffix) = key.strip_prefix(prefix) else {
            return Err(if prefix < key { self.len() } else { 0 });
        };
        // Eight bytes at once decide most comparisons, without a call.
        let word = |bytes: &[u8]| bytes.first_chunk().map(|chunk| u64::from_be_bytes(*chunk));
        let wanted = word(suffix);
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let found = self.key_suffix(middle);
            let order = match (word(found), wanted) {
                (Some(found), Some(wanted)) if found != wanted => found.cmp(&wanted),
                _ => found.cmp(suffix),
            };
            match order {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }
}

/// Values of leaves.
impl Node {
    /// Value `index` of a leaf.
    ///
    /// # Panics
    /// When this is no leaf or `index` is not below [`Node::len`].
    #[must_use]
    pub fn value(&self, index: usize) -> Value<'_> {
        if self.link_count > 0
            && let Ok(link) = self.find_link(index)
        {
            return Value::Linked(self.value_link(link));
        }
        let (start, end) = self.value_bounds(index);
        Value::Inline(&self.bytes[start..end])
    }

    /// An inline value; a long one shares the node's memory, a short one is copied, so that it does not keep the node.
    ///
    /// # Panics
    /// When this is no leaf or `index` is not below [`Node::len`].
    #[must_use]
    pub fn inline_value(&self, index: usize) -> Bytes {
        let (start, end) = self.value_bounds(index);
        if end - start <= COPIED_VALUE_MAX {
            Bytes::copy_from_slice(&self.bytes[start..end])
        } else {
            self.bytes.slice(start..end)
        }
    }

    /// Where inline value `index` begins and ends among the inline values.
    fn value_range(&self, index: usize) -> (u32, u32) {
        let ends = self.keys_end as usize;
        let start = if index == 0 { 0 } else { read_u32(&self.bytes, ends + 4 * (index - 1)) };
        (start, read_u32(&self.bytes, ends + 4 * index))
    }

    fn value_bounds(&self, index: usize) -> (usize, usize) {
        let values = self.link_at(self.link_count as usize);
        let (start, end) = self.value_range(index);
        (values + start as usize, values + end as usize)
    }

    /// A part of the inline values.
    fn inline_bytes(&self, start: u32, end: u32) -> &[u8] {
        let values = self.link_at(self.link_count as usize);
        &self.bytes[values + start as usize..values + end as usize]
    }

    /// The entry that has link `link`.
    fn link_entry(&self, link: usize) -> u32 {
        read_u32(&self.bytes, self.link_at(link))
    }

    fn link_at(&self, link: usize) -> usize {
        self.keys_end as usize + 4 * self.len() + 4 + LINK * link
    }

    /// The link of entry `index`, or where it would stand.
    fn find_link(&self, index: usize) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.link_count as usize);
        while low < high {
            let middle = usize::midpoint(low, high);
            match (self.link_entry(middle) as usize).cmp(&index) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }

    fn value_link(&self, link: usize) -> Link {
        let at = self.link_at(link);
        Link {
            target: NodeRef::new(self.address_at(at + 8), self.locator(link)),
            length: read_u32(&self.bytes, at + 4),
        }
    }
}

/// Children of internal nodes.
impl Node {
    /// Child `index` of an internal node.
    ///
    /// # Panics
    /// When this is no internal node or `index` is not below [`Node::len`].
    #[must_use]
    pub fn child(&self, index: usize) -> Child {
        let at = self.keys_end as usize + CHILD * index;
        let word = read_u64(&self.bytes, at + 32);
        Child {
            target: NodeRef::new(self.address_at(at), self.locator(index)),
            entries: word & !NATURAL_BIT,
            natural: word & NATURAL_BIT != 0,
        }
    }

    /// Child `index`, if this node has handed it out before and it is still in memory.
    pub(crate) fn loaded_child(&self, index: usize) -> Option<Arc<Self>> {
        self.loaded.get(index)
    }

    /// Remembers a child that [`Node::accepts`].
    pub(crate) fn remember_child(&self, index: usize, child: &Arc<Self>) {
        self.loaded.set(index, self.len(), child);
    }

    /// Whether `child` can be a child of this node: one level below, under the same parameters.
    pub(crate) fn accepts(&self, child: &Self) -> bool {
        child.level + 1 == self.level && child.parameters() == self.parameters()
    }

    /// Entries in the leaves below child `index`.
    ///
    /// # Panics
    /// When this is no internal node or `index` is not below [`Node::len`].
    #[must_use]
    pub fn child_entries(&self, index: usize) -> u64 {
        read_u64(&self.bytes, self.keys_end as usize + CHILD * index + 32) & !NATURAL_BIT
    }

    /// Entries in the leaves at and below this leaf or internal node. Cost: O(children).
    #[must_use]
    pub fn entries(&self) -> u64 {
        match self.kind {
            Kind::Internal => (0..self.len()).map(|index| self.child_entries(index)).sum(),
            Kind::Leaf => self.len() as u64,
            Kind::Blob | Kind::ChunkList => 0,
        }
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
