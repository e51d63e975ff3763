//! The decoder accepts exactly what the encoder writes, and never panics.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{
    Address, Child, Error, KEY_MAX, Kind, Link, Locator, Node, NodeBounds, NodeRef, Parameters, StoredNode,
    Value, encode_blob, encode_chunk_list, encode_internal, encode_leaf,
};
use proptest::prelude::*;

const INLINE_MAX: u32 = 8;

fn parameters() -> Parameters {
    Parameters {
        leaf: NodeBounds { window: 2, min: 2, max: 12 },
        internal: NodeBounds { window: 2, min: 2, max: 12 },
        inline_value_max: INLINE_MAX,
    }
}

fn stored(bytes: impl Into<Bytes>) -> StoredNode {
    StoredNode { bytes: bytes.into(), locators: None }
}

/// Decodes bytes as if their own hash had been asked for, so that only the rules of the format speak.
fn decode_unhashed(bytes: &[u8]) -> Result<Node, String> {
    match Node::decode(&Address::of(bytes), stored(bytes.to_vec())) {
        Ok(node) => Ok(node),
        Err(Error::Corruption { reason, .. }) => Err(reason),
        Err(other) => panic!("decoding reports only corruption, not {other}"),
    }
}

/// The encoder's bytes of what a decoded node says it holds.
fn encode_again(node: &Node) -> Node {
    let parameters = || Parameters::decode(&node.parameters().unwrap()).unwrap();
    let keys: Vec<Vec<u8>> = match node.kind() {
        Kind::Leaf | Kind::Internal => (0..node.len()).map(|index| node.key(index)).collect(),
        Kind::Blob | Kind::ChunkList => Vec::new(),
    };
    let keys = keys.iter().enumerate();
    match node.kind() {
        Kind::Leaf => encode_leaf(&parameters(), keys.map(|(index, key)| (&**key, node.value(index)))),
        Kind::Internal => {
            encode_internal(&parameters(), node.level(), keys.map(|(index, key)| (&**key, node.child(index))))
        }
        Kind::Blob => encode_blob(&node.blob()),
        Kind::ChunkList => {
            encode_chunk_list(&(0..node.len()).map(|index| node.chunk(index)).collect::<Vec<_>>())
        }
    }
}

/// Whether `bytes` are a node; if so they are the only way to write it.
fn is_node(bytes: &[u8]) -> bool {
    let Ok(node) = decode_unhashed(bytes) else { return false };
    assert_eq!(encode_again(&node).bytes(), bytes);
    assert_eq!(node.links().count(), node.link_count());
    if node.kind() == Kind::Leaf || node.kind() == Kind::Internal {
        assert!((0..node.len()).all(|index| node.search(&node.key(index)) == Ok(index)));
        assert!(node.kind() == Kind::Leaf || node.entries() > 0);
    }
    true
}

fn link(seed: u8, length: u32) -> Value<'static> {
    Value::Linked(Link { target: Address::of(&[seed]).into(), length })
}

fn leaf(entries: &[(&[u8], Value<'_>)]) -> Node {
    encode_leaf(&parameters(), entries.iter().copied())
}

fn child(seed: u8, entries: u64, natural: bool) -> Child {
    Child { target: Address::of(&[seed]).into(), entries, natural }
}

fn internal(level: u8, entries: &[(&[u8], Child)]) -> Node {
    encode_internal(&parameters(), level, entries.iter().copied())
}

fn chunk_list(lengths: &[u32]) -> Node {
    let named = |(seed, length): (u32, &u32)| (Address::of(&seed.to_le_bytes()).into(), *length);
    encode_chunk_list(&(0..).zip(lengths).map(named).collect::<Vec<_>>())
}

/// A node of each kind, and the shortest of those that may be empty.
fn samples() -> Vec<Node> {
    vec![
        leaf(&[]),
        leaf(&[(b"", Value::Inline(b""))]),
        leaf(&[(b"key", link(1, 9))]),
        leaf(&[
            (b"user:1", Value::Inline(b"Ada")),
            (b"user:2", link(1, 9)),
            (b"user:20", Value::Inline(b"")),
            (b"user:3", link(2, 100_000)),
        ]),
        internal(1, &[(b"user:2", child(1, 3, true)), (b"user:7", child(2, 1, false))]),
        internal(200, &[(b"", child(1, 1 << 40, false))]),
        encode_blob(b"value"),
        chunk_list(&[65_537]),
        chunk_list(&[16_384, 262_144, 20_000, 1]),
    ]
}

/// `node` with `patch` written over its bytes from `at`.
fn patched(node: &Node, at: usize, patch: &[u8]) -> Vec<u8> {
    let mut bytes = node.bytes().to_vec();
    bytes[at..at + patch.len()].copy_from_slice(patch);
    bytes
}

#[track_caller]
fn assert_refused(bytes: &[u8], reason: &str) {
    let found = decode_unhashed(bytes).expect_err("the decoder took bytes that the encoder does not write");
    assert!(found.contains(reason), "refused because {found:?}, not because {reason:?}");
}

#[test]
fn samples_are_nodes() {
    for node in samples() {
        assert!(is_node(node.bytes()), "{:?}", node.kind());
    }
}

#[test]
fn a_changed_byte_breaks_the_hash() {
    for node in samples() {
        for at in 0..node.bytes().len() {
            for mask in [1, 0x80, 0xff] {
                let changed = patched(&node, at, &[node.bytes()[at] ^ mask]);
                let answer = Node::decode(&node.address(), stored(changed));
                assert!(matches!(answer, Err(Error::Corruption { .. })), "byte {at} of {:?}", node.kind());
            }
        }
    }
}

/// All 255 changes of every byte.
#[test]
fn a_changed_byte_with_a_right_hash_is_refused_or_canonical() {
    for node in samples() {
        let mut refused = 0;
        for at in 0..node.bytes().len() {
            for value in (0..=255).filter(|value| *value != node.bytes()[at]) {
                refused += usize::from(!is_node(&patched(&node, at, &[value])));
            }
        }
        assert!(refused > 255 * 7, "{:?}: only {refused} changes were refused", node.kind());
    }
}

#[test]
fn truncated_bytes_are_refused() {
    for node in samples() {
        for length in 0..node.bytes().len() {
            // A blob has no length of its own: what remains is a shorter blob.
            let whole = node.kind() == Kind::Blob && length > 8;
            assert_eq!(is_node(&node.bytes()[..length]), whole, "{length} bytes of {:?}", node.kind());
        }
    }
}

#[test]
fn trailing_bytes_are_refused() {
    for node in samples() {
        for extra in [&[0][..], &[1], &[0; 4], &[0; 36], &[0; 40]] {
            let longer = [node.bytes(), extra].concat();
            assert_eq!(is_node(&longer), node.kind() == Kind::Blob, "{:?}", node.kind());
        }
    }
}

#[test]
fn headers_have_one_spelling() {
    for node in samples() {
        assert_refused(&patched(&node, 0, b"p"), "magic");
        assert_refused(&patched(&node, 4, &[0]), "format version 0");
        assert_refused(&patched(&node, 4, &[2]), "format version 2");
        assert_refused(&patched(&node, 5, &[4]), "no node has kind 4");
        assert_refused(&patched(&node, 7, &[1]), "reserved");
        let level = u8::from(node.kind() != Kind::Internal);
        assert_refused(&patched(&node, 6, &[level]), "no node has kind");
    }
}

#[test]
fn broken_parameters_are_refused() {
    for node in [leaf(&[(b"a", Value::Inline(b"1"))]), internal(1, &[(b"a", child(1, 1, false))])] {
        for bounds_at in [8, 14] {
            assert_refused(&patched(&node, bounds_at, &[0, 0]), "window is 0");
            assert_refused(&patched(&node, bounds_at + 2, &[1, 0]), "min is 1");
            assert_refused(&patched(&node, bounds_at + 4, &[2, 0]), "max is 2");
            assert_refused(&patched(&node, bounds_at + 4, &4097_u16.to_le_bytes()), "max is 4097");
        }
        assert_refused(&patched(&node, 20, &65_537_u32.to_le_bytes()), "inline value max is 65537");
    }
}

#[test]
fn counts_are_within_bounds() {
    let names: Vec<[u8; 1]> = (0..13).map(|name| [name]).collect();
    let values: Vec<(&[u8], Value<'_>)> = names.iter().map(|name| (&name[..], Value::Inline(&[]))).collect();
    assert!(is_node(leaf(&values[..12]).bytes()));
    assert_refused(leaf(&values).bytes(), "13 entries, at most 12");
    let children: Vec<(&[u8], Child)> =
        names.iter().map(|name| (&name[..], child(name[0], 1, false))).collect();
    assert!(is_node(internal(1, &children[..12]).bytes()));
    assert_refused(internal(1, &children).bytes(), "13 entries, at most 12");
    assert_refused(internal(1, &[]).bytes(), "no entries");
    assert_refused(&patched(&leaf(&[]), 24, &u32::MAX.to_le_bytes()), "4294967295 entries");
    // An empty leaf with a key prefix.
    assert_refused(&[&patched(&leaf(&[]), 28, &[1])[..], b"x"].concat(), "no entries");
}

/// A leaf written field by field, the way a careless encoder might.
fn leaf_by_hand(prefix: &[u8], suffixes: &[&[u8]], links: &[(u32, u32)], values: &[&[u8]]) -> Vec<u8> {
    let mut bytes = leaf(&[]).bytes()[..24].to_vec();
    let put = |bytes: &mut Vec<u8>, number: usize| {
        bytes.extend_from_slice(&u32::try_from(number).unwrap().to_le_bytes());
    };
    put(&mut bytes, suffixes.len());
    put(&mut bytes, prefix.len());
    bytes.extend_from_slice(prefix);
    for section in [suffixes, values] {
        let mut end = 0;
        for part in section {
            end += part.len();
            put(&mut bytes, end);
        }
        if std::ptr::eq(section, suffixes) {
            section.iter().for_each(|part| bytes.extend_from_slice(part));
        }
    }
    put(&mut bytes, links.len());
    for (index, length) in links {
        put(&mut bytes, *index as usize);
        put(&mut bytes, *length as usize);
        bytes.extend_from_slice(Address::of(b"target").as_bytes());
    }
    values.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

#[test]
fn keys_have_one_spelling() {
    let good = leaf_by_hand(b"k", &[b"", b"1", b"2"], &[], &[b"a", b"", b"c"]);
    assert!(is_node(&good));
    let values: &[&[u8]] = &[b"a", b"b"];
    assert_refused(&leaf_by_hand(b"", &[b"k1", b"k2"], &[], values), "share more than their prefix");
    assert_refused(&leaf_by_hand(b"", &[b"k"], &[], &[b"a"]), "share more than their prefix");
    assert_refused(&leaf_by_hand(b"k", &[b"2", b"1"], &[], values), "not in ascending order");
    assert_refused(&leaf_by_hand(b"k", &[b"1", b"1"], &[], values), "not in ascending order");
    assert_refused(&leaf_by_hand(b"k", &[b"1", b""], &[], values), "not in ascending order");
    assert!(is_node(&leaf_by_hand(&vec![b'k'; KEY_MAX], &[b""], &[], &[b"a"])));
    assert_refused(&leaf_by_hand(&vec![b'k'; KEY_MAX], &[b"", b"1"], &[], values), "longer than 8200 bytes");
    // Offsets that go back, or past the end.
    let first_offset = 32 + 1;
    let patch = |at: usize, number: u32| {
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        bytes
    };
    assert_refused(&patch(first_offset, 2), "ends before it begins");
    assert_refused(&patch(first_offset + 8, 8000), "ends too early");
    assert_refused(&patch(first_offset + 8, u32::MAX), "longer than 8200 bytes");
    assert_refused(&patch(28, u32::MAX), "ends too early");
}

#[test]
fn values_have_one_spelling() {
    let keys: &[&[u8]] = &[b"1", b"2", b"3"];
    let of = |links: &[(u32, u32)], values: &[&[u8]]| leaf_by_hand(b"", keys, links, values);
    assert!(is_node(&of(&[(0, 9), (2, 9)], &[b"", b"12345678", b""])));
    assert_refused(&of(&[], &[b"", b"123456789", b""]), "inline and longer than 8 bytes");
    assert_refused(&of(&[(1, 8)], &[b"", b"", b""]), "linked and has 8 bytes");
    assert_refused(&of(&[(1, 256 * 1024 * 1024 + 1)], &[b"", b"", b""]), "linked and has 268435457 bytes");
    assert_refused(&of(&[(1, 9)], &[b"", b"x", b""]), "both inline and linked");
    assert_refused(&of(&[(2, 9), (0, 9)], &[b"", b"", b""]), "ascending entries");
    assert_refused(&of(&[(1, 9), (1, 9)], &[b"", b"", b""]), "ascending entries");
    assert_refused(&of(&[(3, 9)], &[b"", b"", b""]), "ascending entries");
    assert_refused(&of(&[(0, 9); 4], &[b"", b"", b""]), "more links than entries");
    let mut backwards = of(&[], &[b"ab", b"", b""]);
    let second_end = 32 + 4 * 3 + 3 + 4;
    backwards[second_end..second_end + 4].copy_from_slice(&1_u32.to_le_bytes());
    assert_refused(&backwards, "value 1 ends before it begins");
}

#[test]
fn children_have_one_spelling() {
    assert_refused(internal(1, &[(b"a", child(1, 0, true))]).bytes(), "no entries");
    let too_many = [(&b"a"[..], child(1, 1 << 62, true)), (b"b", child(2, 1, false))];
    assert!(is_node(internal(1, &too_many[..1]).bytes()));
    assert_refused(internal(1, &too_many).bytes(), "counts are too large");
    let overflowing = [(&b"a"[..], child(1, (1 << 63) - 1, true)), (b"b", child(2, (1 << 63) - 1, true))];
    assert_refused(internal(1, &overflowing).bytes(), "counts are too large");
}

#[test]
fn out_of_line_values_have_one_spelling() {
    assert_refused(encode_blob(b"").bytes(), "empty blob");
    assert!(is_node(encode_blob(&vec![0; 256 * 1024]).bytes()));
    assert_refused(encode_blob(&vec![0; 256 * 1024 + 1]).bytes(), "blob of 262145 bytes");

    assert_refused(chunk_list(&[]).bytes(), "announces 0 bytes");
    assert_refused(chunk_list(&[65_536]).bytes(), "announces 65536 bytes");
    assert_refused(chunk_list(&[65_536, 0]).bytes(), "chunk 1 has 0 bytes");
    assert_refused(chunk_list(&[262_145]).bytes(), "chunk 0 has 262145 bytes");
    assert_refused(chunk_list(&[16_383, 65_536]).bytes(), "chunk 0 has 16383 bytes");
    assert!(is_node(chunk_list(&[16_384, 65_536, 16_383]).bytes()));
    assert!(is_node(chunk_list(&[262_144; 1024]).bytes()));
    assert_refused(chunk_list(&[&[262_144; 1024][..], &[1]].concat()).bytes(), "announces 268435457 bytes");
    let two = chunk_list(&[65_536, 65_536]);
    assert_refused(&patched(&two, 8, &65_537_u64.to_le_bytes()), "chunks of 131072");
    assert_refused(&patched(&two, 16, &u32::MAX.to_le_bytes()), "ends too early");
}

#[test]
fn a_storage_places_every_link_or_none() {
    let node = leaf(&[(b"a", link(1, 9)), (b"b", Value::Inline(b"1"))]);
    let with = |locators: usize| {
        let locators: Arc<[Locator]> = vec![Locator::GitBlob([1; 20]); locators].into();
        Node::decode(&node.address(), StoredNode { bytes: node.bytes().clone(), locators: Some(locators) })
    };
    assert!(with(1).is_ok());
    for wrong in [0, 2] {
        assert!(matches!(with(wrong), Err(Error::Corruption { .. })), "{wrong} locators");
    }
}

fn any_key() -> impl Strategy<Value = Vec<u8>> {
    // Few different bytes, so that keys share prefixes and are prefixes of each other.
    prop::collection::vec(prop_oneof![Just(b'a'), Just(b'b'), any::<u8>()], 0..6)
}

fn any_leaf() -> impl Strategy<Value = Node> {
    let value = prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 0..=INLINE_MAX as usize).prop_map(Ok),
        1 => (any::<[u8; 32]>(), INLINE_MAX + 1..1_000_000).prop_map(Err),
    ];
    prop::collection::btree_map(any_key(), value, 0..=12).prop_map(|entries: BTreeMap<_, _>| {
        let entries = entries.iter().map(|(key, value)| match value {
            Ok(bytes) => (&**key, Value::Inline(bytes)),
            Err((address, length)) => {
                let target = Address::from_bytes(*address).into();
                (&**key, Value::Linked(Link { target, length: *length }))
            }
        });
        encode_leaf(&parameters(), entries.collect::<Vec<_>>().into_iter())
    })
}

fn any_internal() -> impl Strategy<Value = Node> {
    let child = (any::<[u8; 32]>(), 1..1_u64 << 40, any::<bool>()).prop_map(|(address, entries, natural)| {
        Child { target: NodeRef::from(Address::from_bytes(address)), entries, natural }
    });
    (1..=255_u8, prop::collection::btree_map(any_key(), child, 1..=12)).prop_map(|(level, entries)| {
        encode_internal(&parameters(), level, entries.iter().map(|(key, child)| (&**key, *child)))
    })
}

fn any_chunk_list() -> impl Strategy<Value = Node> {
    (prop::collection::vec(16_384..=262_144_u32, 0..6), 65_537..=262_144_u32)
        .prop_map(|(lengths, last)| chunk_list(&[&lengths[..], &[last]].concat()))
}

fn any_node() -> impl Strategy<Value = Node> {
    prop_oneof![
        any_leaf(),
        any_internal(),
        any_chunk_list(),
        prop::collection::vec(any::<u8>(), 1..300).prop_map(|value| encode_blob(&value)),
    ]
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(node in any_node()) {
        let decoded = Node::decode(&node.address(), StoredNode::from(&node)).unwrap();
        prop_assert_eq!(decoded.bytes(), node.bytes());
        prop_assert_eq!(format!("{decoded:?}"), format!("{node:?}"));
        prop_assert!(is_node(node.bytes()));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), node in any_node()) {
        prop_assert!(!is_node(&bytes), "random bytes do not begin with the magic");
        // The same behind valid headers, so that the later checks are reached.
        for header in [8, 24, 28, 32] {
            is_node(&[&node.bytes()[..header.min(node.bytes().len())], &bytes[..]].concat());
        }
    }

    #[test]
    fn changed_nodes_are_refused_or_canonical(
        node in any_node(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = node.bytes().to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        is_node(&bytes);
        prop_assert!(bytes == *node.bytes() || Node::decode(&node.address(), stored(bytes)).is_err());
    }

    /// Small numbers instead of bytes: offsets, lengths and counts that nearly fit.
    #[test]
    fn changed_numbers_are_refused_or_canonical(
        node in any_node(),
        at in any::<prop::sample::Index>(),
        change in -3..=3_i32,
    ) {
        let mut bytes = node.bytes().to_vec();
        prop_assume!(bytes.len() >= 12);
        let at = 8 + at.index(bytes.len() - 11);
        let number = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        bytes[at..at + 4].copy_from_slice(&number.wrapping_add_signed(change).to_le_bytes());
        is_node(&bytes);
    }

    #[test]
    fn pieces_of_nodes_never_panic(
        first in any_node(),
        second in any_node(),
        cut in any::<prop::sample::Index>(),
        resume in any::<prop::sample::Index>(),
    ) {
        let head = &first.bytes()[..cut.index(first.bytes().len())];
        is_node(&[head, &second.bytes()[resume.index(second.bytes().len())..]].concat());
    }
}
