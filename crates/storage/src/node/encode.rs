//! Writes nodes: one way to write each.

use super::layout::{CHILD, CHUNK, LINK, MAGIC, NATURAL_BIT, TREE_HEADER, VERSION};
use super::loaded::LoadedChildren;
use super::{CHUNK_LIST_HEADER, COMMON_HEADER, Child, Kind, Link, Node, Value};
use crate::hash::TOGETHER;
use crate::{Address, Locator, Locators, NodeRef, Parameters};

/// A node whose bytes are written and not hashed yet: many are hashed faster together than one by one.
#[derive(Debug)]
pub struct NewNode(Node);

impl NewNode {
    /// As many nodes are best hashed together.
    pub const BEST_TOGETHER: usize = TOGETHER;

    /// A leaf of `entries`, which are in strictly ascending key order and within the bounds of the format.
    ///
    /// The empty tree is the leaf without entries. Cost: one copy of the bytes.
    pub fn leaf<'entry>(
        parameters: &Parameters,
        entries: impl ExactSizeIterator<Item = (&'entry [u8], Value<'entry>)> + Clone,
    ) -> Self {
        let keys = KeySection::measure(entries.clone().map(|(key, _)| key));
        let (mut inline, mut linked) = (0, 0);
        for (_, value) in entries.clone() {
            match value {
                Value::Inline(bytes) => inline += bytes.len(),
                Value::Linked(_) => linked += 1,
            }
        }
        let length = TREE_HEADER + keys.length() + 4 * entries.len() + 4 + LINK * linked + inline;
        let mut bytes = Vec::with_capacity(length);
        tree_header(&mut bytes, Kind::Leaf, 0, parameters, &keys);
        let suffixes = keys.write(&mut bytes, entries.clone().map(|(key, _)| key));
        let keys_end = narrow(bytes.len());
        let links = append_values(&mut bytes, entries.map(|(_, value)| value));
        debug_assert_eq!(bytes.len(), length);
        let locators = locators(links.iter().map(|(_, link)| link.target));
        let link_count = narrow(links.len());
        Self(Node { suffixes, keys_end, link_count, locators, ..keys.node(Kind::Leaf, 0, bytes) })
    }

    /// An internal node at `level` of `entries`, which are in strictly ascending key order: the last key of each child,
    /// and the child.
    ///
    /// Cost: one copy of the bytes.
    pub fn internal<'entry>(
        parameters: &Parameters,
        level: u8,
        entries: impl ExactSizeIterator<Item = (&'entry [u8], Child)> + Clone,
    ) -> Self {
        let keys = KeySection::measure(entries.clone().map(|(key, _)| key));
        let mut bytes = Vec::with_capacity(TREE_HEADER + keys.length() + CHILD * entries.len());
        tree_header(&mut bytes, Kind::Internal, level, parameters, &keys);
        let suffixes = keys.write(&mut bytes, entries.clone().map(|(key, _)| key));
        let keys_end = narrow(bytes.len());
        for (_, child) in entries.clone() {
            bytes.extend_from_slice(child.target.address.as_bytes());
            bytes.extend_from_slice(&child_word(&child));
        }
        let locators = locators(entries.map(|(_, child)| child.target));
        Self(Node { suffixes, keys_end, locators, ..keys.node(Kind::Internal, level, bytes) })
    }

    /// The node, its bytes hashed. Cost: one pass over the bytes.
    #[must_use]
    pub fn seal(self) -> Node {
        Node { address: Address::of(&self.0.bytes), ..self.0 }
    }

    /// The nodes, their bytes hashed. Cost: one pass over the bytes.
    #[must_use]
    pub fn seal_all(nodes: Vec<Self>) -> Vec<Node> {
        let bytes: Vec<&[u8]> = nodes.iter().map(|node| &node.0.bytes[..]).collect();
        let addresses = Address::of_each(&bytes);
        let sealed = nodes.into_iter().zip(addresses);
        sealed.map(|(node, address)| Node { address, ..node.0 }).collect()
    }

    /// Entries in the leaves at and below it. Cost: O(children).
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.0.entries()
    }
}

/// [`NewNode::leaf`], hashed.
pub fn encode_leaf<'entry>(
    parameters: &Parameters,
    entries: impl ExactSizeIterator<Item = (&'entry [u8], Value<'entry>)> + Clone,
) -> Node {
    NewNode::leaf(parameters, entries).seal()
}

/// [`NewNode::internal`], hashed.
pub fn encode_internal<'entry>(
    parameters: &Parameters,
    level: u8,
    entries: impl ExactSizeIterator<Item = (&'entry [u8], Child)> + Clone,
) -> Node {
    NewNode::internal(parameters, level, entries).seal()
}

impl Node {
    /// This internal node with other children under the same keys: `changes` are indexes, each less than
    /// [`Node::len`], and children.
    ///
    /// Cost: one copy of the bytes.
    ///
    /// # Panics
    /// When this is no internal node or an index is out of range.
    #[must_use]
    pub fn with_children(&self, changes: impl IntoIterator<Item = (usize, Child)>) -> NewNode {
        let mut bytes = self.bytes.to_vec();
        let mut places: Option<Vec<Locator>> = self.locators.as_ref().map(|places| places.to_vec());
        for (index, child) in changes {
            let at = self.keys_end as usize + CHILD * index;
            bytes[at..at + 32].copy_from_slice(child.target.address.as_bytes());
            bytes[at + 32..at + CHILD].copy_from_slice(&child_word(&child));
            if places.is_none() && child.target.locator != Locator::None {
                places = Some(vec![Locator::None; self.len()]);
            }
            if let Some(places) = &mut places {
                places[index] = child.target.locator;
            }
        }
        let locators =
            places.filter(|places| places.iter().any(|place| *place != Locator::None)).map(Into::into);
        self.with_bytes(bytes, self.link_count, locators)
    }

    /// This leaf with other values under the same keys: `changes` are indexes in ascending order, each less than
    /// [`Node::len`], and values.
    ///
    /// Cost: one copy of the bytes.
    ///
    /// # Panics
    /// When this is no leaf or an index is out of range.
    #[must_use]
    pub fn with_values(&self, changes: &[(usize, Value<'_>)]) -> NewNode {
        let mut links: Vec<(u32, Link)> = (0..self.link_count as usize)
            .map(|link| (self.link_entry(link), self.value_link(link)))
            .collect();
        let mut growth = 0;
        for (index, value) in changes {
            let entry = narrow(*index);
            links.retain(|(linked, _)| *linked != entry);
            match value {
                Value::Inline(bytes) => growth += bytes.len(),
                Value::Linked(link) => links.push((entry, *link)),
            }
        }
        links.sort_unstable_by_key(|(entry, _)| *entry);
        let mut bytes = Vec::with_capacity(self.bytes.len() + growth + LINK * changes.len());
        bytes.extend_from_slice(&self.bytes[..self.keys_end as usize]);
        // Where values end moves by what the changes before have added, and may have taken away again.
        let (mut added, mut removed) = (0, 0);
        let mut rest = changes.iter().peekable();
        for index in 0..self.len() {
            let (start, end) = self.value_range(index);
            if let Some((_, value)) = rest.next_if(|(changed, _)| *changed == index) {
                added += narrow(value.inline_bytes().len());
                removed += end - start;
            }
            put_u32(&mut bytes, end + added - removed);
        }
        append_links(&mut bytes, &links);
        let mut from = 0;
        for (index, value) in changes {
            let (start, end) = self.value_range(*index);
            bytes.extend_from_slice(self.inline_bytes(from, start));
            bytes.extend_from_slice(value.inline_bytes());
            from = end;
        }
        let end = self.len().checked_sub(1).map_or(0, |last| self.value_range(last).1);
        bytes.extend_from_slice(self.inline_bytes(from, end));
        self.with_bytes(bytes, narrow(links.len()), locators(links.iter().map(|(_, link)| link.target)))
    }

    /// This node with other bytes behind the same keys.
    fn with_bytes(&self, bytes: Vec<u8>, link_count: u32, locators: Locators) -> NewNode {
        NewNode(Self {
            bytes: bytes.into(),
            link_count,
            locators,
            loaded: LoadedChildren::default(),
            address: UNHASHED,
            ..*self
        })
    }
}

/// Stands for an address until the bytes are hashed.
const UNHASHED: Address = Address::from_bytes([0; Address::LENGTH]);

/// Makes a blob of `value`.
///
/// Cost: one copy and one hash of the bytes.
#[must_use]
pub fn encode_blob(value: &[u8]) -> Node {
    let mut bytes = Vec::with_capacity(COMMON_HEADER + value.len());
    common_header(&mut bytes, Kind::Blob, 0);
    bytes.extend_from_slice(value);
    value_node(Kind::Blob, bytes, 0, None)
}

/// Makes a chunk list of blobs and their bytes, in order.
///
/// Cost: one copy and one hash of the list.
#[must_use]
pub fn encode_chunk_list(chunks: &[(NodeRef, u32)]) -> Node {
    let mut bytes = Vec::with_capacity(CHUNK_LIST_HEADER + CHUNK * chunks.len());
    common_header(&mut bytes, Kind::ChunkList, 0);
    let total: u64 = chunks.iter().map(|(_, length)| u64::from(*length)).sum();
    bytes.extend_from_slice(&total.to_le_bytes());
    put_u32(&mut bytes, narrow(chunks.len()));
    for (chunk, length) in chunks {
        put_u32(&mut bytes, *length);
        bytes.extend_from_slice(chunk.address.as_bytes());
    }
    let locators = locators(chunks.iter().map(|(chunk, _)| *chunk));
    value_node(Kind::ChunkList, bytes, narrow(chunks.len()), locators)
}

/// Writes what a leaf has behind its keys: the ends of inline values, links, inline values. Gives the links.
fn append_values<'entry>(
    bytes: &mut Vec<u8>,
    values: impl Iterator<Item = Value<'entry>> + Clone,
) -> Vec<(u32, Link)> {
    let mut links: Vec<(u32, Link)> = Vec::new();
    let mut end = 0;
    for (index, value) in values.clone().enumerate() {
        match value {
            Value::Inline(value) => end += narrow(value.len()),
            Value::Linked(link) => links.push((narrow(index), link)),
        }
        put_u32(bytes, end);
    }
    append_links(bytes, &links);
    for value in values {
        bytes.extend_from_slice(value.inline_bytes());
    }
    links
}

fn append_links(bytes: &mut Vec<u8>, links: &[(u32, Link)]) {
    put_u32(bytes, narrow(links.len()));
    for (index, link) in links {
        put_u32(bytes, *index);
        put_u32(bytes, link.length);
        bytes.extend_from_slice(link.target.address.as_bytes());
    }
}

/// The shared prefix of sorted keys, and how long the rest is.
struct KeySection {
    count: u32,
    prefix_length: usize,
    suffixes_length: usize,
}

impl KeySection {
    fn measure<'key>(keys: impl ExactSizeIterator<Item = &'key [u8]> + Clone) -> Self {
        let count = keys.len();
        let mut total = 0;
        let mut ends: Option<(&[u8], &[u8])> = None;
        for key in keys {
            total += key.len();
            ends = Some((ends.map_or(key, |(first, _)| first), key));
        }
        let prefix_length = ends.map_or(0, |(first, last)| shared_prefix(first, last));
        let suffixes_length = total - count * prefix_length;
        Self { count: narrow(count), prefix_length, suffixes_length }
    }

    fn length(&self) -> usize {
        self.prefix_length + 4 * self.count as usize + self.suffixes_length
    }

    /// Gives where the suffixes begin.
    fn write<'key>(&self, bytes: &mut Vec<u8>, keys: impl Iterator<Item = &'key [u8]> + Clone) -> u32 {
        if let Some(first) = keys.clone().next() {
            bytes.extend_from_slice(&first[..self.prefix_length]);
        }
        let mut end = 0;
        for key in keys.clone() {
            end += narrow(key.len() - self.prefix_length);
            put_u32(bytes, end);
        }
        let suffixes = narrow(bytes.len());
        for key in keys {
            bytes.extend_from_slice(&key[self.prefix_length..]);
        }
        suffixes
    }

    /// The node with these bytes, but for what lies behind its keys.
    fn node(self, kind: Kind, level: u8, bytes: Vec<u8>) -> Node {
        let (count, prefix_length) = (self.count, narrow(self.prefix_length));
        Node { prefix_length, ..unhashed(kind, level, bytes, count) }
    }
}

/// A node with these bytes, its address and what lies where in it yet to be filled in.
fn unhashed(kind: Kind, level: u8, bytes: Vec<u8>, count: u32) -> Node {
    Node {
        bytes: bytes.into(),
        count,
        prefix_length: 0,
        suffixes: 0,
        keys_end: 0,
        link_count: 0,
        kind,
        level,
        loaded: LoadedChildren::default(),
        address: UNHASHED,
        locators: None,
    }
}

/// Bytes that both keys begin with.
pub(super) fn shared_prefix(first: &[u8], last: &[u8]) -> usize {
    first.iter().zip(last).take_while(|(left, right)| left == right).count()
}

fn value_node(kind: Kind, bytes: Vec<u8>, count: u32, locators: Locators) -> Node {
    let address = Address::of(&bytes);
    Node { address, locators, ..unhashed(kind, 0, bytes, count) }
}

fn common_header(bytes: &mut Vec<u8>, kind: Kind, level: u8) {
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[VERSION, kind.code(), level, 0]);
}

fn tree_header(bytes: &mut Vec<u8>, kind: Kind, level: u8, parameters: &Parameters, keys: &KeySection) {
    common_header(bytes, kind, level);
    bytes.extend_from_slice(&parameters.encode());
    put_u32(bytes, keys.count);
    put_u32(bytes, narrow(keys.prefix_length));
}

fn child_word(child: &Child) -> [u8; 8] {
    let natural = if child.natural { NATURAL_BIT } else { 0 };
    (child.entries | natural).to_le_bytes()
}

/// The locators of `links`, or `None` when no storage has placed any of them yet.
fn locators(links: impl ExactSizeIterator<Item = NodeRef>) -> Locators {
    let mut places: Option<Vec<Locator>> = None;
    let count = links.len();
    for (index, link) in links.enumerate() {
        if link.locator != Locator::None {
            places.get_or_insert_with(|| vec![Locator::None; count])[index] = link.locator;
        }
    }
    places.map(Into::into)
}

fn put_u32(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

/// A length or index as the format writes it. Nodes stay far below 4 GiB: at most 4096 entries of a bounded key and an
/// inline value of at most 64 KiB.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
