//! No proof verifies after a change, and none of a tree that breaks its own rules.
#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

mod common;

use bytes::Bytes;
use common::{Map, build, bytes, parameters, store};
use prolly_storage::{
    Address, Child, Link, Node, NodeRef, Parameters, Value, encode_blob, encode_chunk_list, encode_internal,
    encode_leaf,
};
use prolly_tree::proof::{Query, verify};
use prolly_tree::{Error, KeyRange, Tree};

/// Magic, version and form.
const HEADER: usize = 6;

/// A question, asked of any proof.
type Ask = Box<dyn Fn(&[u8]) -> Result<(), Error>>;

struct Sample {
    name: &'static str,
    proof: Bytes,
    ask: Ask,
}

fn sample<Q: Query + ?Sized + 'static>(
    name: &'static str,
    tree: &Tree,
    links: bool,
    query: impl AsRef<Q> + 'static,
) -> Sample {
    let proof = if links { tree.prove_links(query.as_ref()) } else { tree.prove(query.as_ref()) }.unwrap();
    let root = tree.root().address;
    let ask = move |proof: &[u8]| verify(&root, proof, query.as_ref()).map(|_| ());
    ask(&proof).unwrap();
    Sample { name, proof, ask: Box::new(ask) }
}

/// What lends a range, as slices lend themselves.
struct InRange(KeyRange);

impl AsRef<KeyRange> for InRange {
    fn as_ref(&self) -> &KeyRange {
        &self.0
    }
}

fn small_range(first: &[u8], last: &[u8]) -> InRange {
    InRange(KeyRange::inclusive(bytes(first), bytes(last)))
}

/// Proofs of every kind of query, tree and value.
fn samples() -> Vec<Sample> {
    let small = parameters([2, 2, 6], [2, 2, 6], 8);
    let key = |number: u16| number.to_be_bytes().to_vec();
    // Every fifth value lives outside its leaf; two of them are equal.
    let value = |number: u16| vec![(number % 50) as u8; if number.is_multiple_of(5) { 30 } else { 3 }];
    let deep: Map = (0..300).map(|number| (key(3 * number), value(number))).collect();
    let deep = build(&store(), small, &deep);
    let wide: Map = (0..3000).map(|number| (key(number), vec![number as u8; 100])).collect();
    let wide = build(&store(), Parameters::default(), &wide);
    let empty = build(&store(), Parameters::default(), &Map::new());
    let one = build(&store(), Parameters::default(), &Map::from([(b"a".to_vec(), b"1".to_vec())]));
    let many: Vec<Bytes> = [0, 30, 31, 600, 150, 9000].map(|number| key(number).into()).into();
    vec![
        sample::<[u8]>("a key", &deep, false, key(300 + 3)),
        sample::<[u8]>("a key with a linked value", &deep, false, key(300)),
        sample::<[u8]>("a key with a linked value, its link", &deep, true, key(300)),
        sample::<[u8]>("an absent key", &deep, false, key(301)),
        sample::<[u8]>("a key below all", &deep, false, b""),
        sample::<[u8]>("a key above all", &deep, false, [0xff; 3]),
        sample::<[Bytes]>("many keys", &deep, false, many.clone()),
        sample::<[Bytes]>("many keys, their links", &deep, true, many),
        sample::<KeyRange>("a range", &deep, false, small_range(&key(140), &key(500))),
        sample::<KeyRange>("a range, its links", &deep, true, small_range(&key(140), &key(500))),
        sample::<KeyRange>("a range without keys", &deep, false, small_range(&key(301), &key(302))),
        sample::<KeyRange>("a range that can hold none", &deep, false, small_range(b"b", b"a")),
        sample::<[u8]>("a key of a wide tree", &wide, false, key(1234)),
        sample::<[u8]>("a key of the empty tree", &empty, false, b"a"),
        sample::<[u8]>("a key of a single leaf", &one, false, b"a"),
        sample::<KeyRange>("all of a single leaf", &one, false, InRange(KeyRange::all())),
    ]
}

/// The nodes of a proof, each with its length before it.
fn frames(proof: &[u8]) -> Vec<&[u8]> {
    let mut rest = &proof[HEADER..];
    let mut frames = Vec::new();
    while let Some(length) = rest.first_chunk() {
        let (frame, after) = rest.split_at(4 + u32::from_le_bytes(*length) as usize);
        frames.push(frame);
        rest = after;
    }
    frames
}

fn join(header: &[u8], frames: &[&[u8]]) -> Vec<u8> {
    [&[header], frames].concat().concat()
}

#[track_caller]
fn refused(sample: &Sample, forged: &[u8], what: impl Fn() -> String) {
    let answer = (sample.ask)(forged);
    assert!(matches!(answer, Err(Error::InvalidProof { .. })), "{}, {}: {answer:?}", sample.name, what());
}

#[test]
fn no_changed_byte_passes() {
    for sample in samples() {
        let mut forged = sample.proof.to_vec();
        for at in 0..forged.len() {
            for mask in [0x01, 0x02, 0x80, 0xff] {
                forged[at] ^= mask;
                refused(&sample, &forged, || format!("byte {at} changed by {mask:x}"));
                forged[at] ^= mask;
            }
        }
    }
}

#[test]
fn no_changed_byte_of_a_large_value_passes() {
    let noise = (0..70_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8);
    let map = Map::from([(b"a".to_vec(), noise.collect())]);
    let tree = build(&store(), Parameters::default(), &map);
    let sample = sample::<[u8]>("a value of chunks", &tree, false, b"a");
    let mut forged = sample.proof.to_vec();
    assert!(forged.len() > 70_000);
    for at in 0..forged.len() {
        forged[at] ^= 0x10;
        refused(&sample, &forged, || format!("byte {at} changed"));
        forged[at] ^= 0x10;
    }
}

#[test]
fn no_part_and_no_extension_passes() {
    for sample in samples() {
        for length in 0..sample.proof.len() {
            refused(&sample, &sample.proof[..length], || format!("cut to {length} bytes"));
        }
        let root = frames(&sample.proof)[0];
        for tail in [&[0][..], &[0; 4], &[0xff; 4], &[0xff; 300], root, &root[4..]] {
            refused(&sample, &[&sample.proof, tail].concat(), || format!("followed by {tail:?}"));
        }
    }
}

#[test]
fn no_other_arrangement_of_nodes_passes() {
    let samples = samples();
    let strangers: Vec<Vec<u8>> =
        samples.iter().flat_map(|sample| frames(&sample.proof)).map(<[u8]>::to_vec).collect();
    for sample in &samples {
        let (header, frames) = (&sample.proof[..HEADER], frames(&sample.proof));
        assert_eq!(join(header, &frames), sample.proof);
        for at in 0..frames.len() {
            let mut removed = frames.clone();
            let frame = removed.remove(at);
            refused(sample, &join(header, &removed), || format!("node {at} removed"));
            for to in 0..=removed.len() {
                let mut moved = removed.clone();
                moved.insert(to, frame);
                if to != at {
                    refused(sample, &join(header, &moved), || format!("node {at} moved to {to}"));
                }
                let mut doubled = frames.clone();
                doubled.insert(to, frame);
                refused(sample, &join(header, &doubled), || format!("node {at} doubled at {to}"));
                let mut swapped = frames.clone();
                swapped.swap(at, to.min(frames.len() - 1));
                if swapped != frames {
                    refused(sample, &join(header, &swapped), || format!("nodes {at} and {to} swapped"));
                }
            }
            for stranger in &strangers {
                let mut replaced = frames.clone();
                replaced[at] = stranger;
                if replaced != frames {
                    refused(sample, &join(header, &replaced), || format!("node {at} replaced"));
                }
                replaced[at] = frames[at];
                replaced.insert(at + 1, stranger);
                refused(sample, &join(header, &replaced), || format!("a node added behind node {at}"));
            }
            // A length that promises more than there is, or that parts one node into two.
            let mut wrong = frames[at].to_vec();
            for length in [0, 1, u32::MAX, (frames[at].len() - 3) as u32, (frames[at].len() - 5) as u32] {
                wrong[..4].copy_from_slice(&length.to_le_bytes());
                let mut forged = frames.clone();
                forged[at] = &wrong;
                refused(sample, &join(header, &forged), || format!("length {length} of node {at}"));
            }
        }
    }
}

/// The path to another value of the same key, wholly or in part, under the true root.
#[test]
fn no_value_that_is_not_there_passes() {
    let map: Map = (0..400_u16).map(|number| (number.to_be_bytes().to_vec(), vec![1; 3])).collect();
    let mut other = map.clone();
    let key = 200_u16.to_be_bytes();
    other.insert(key.to_vec(), vec![2; 3]);
    let small = parameters([2, 2, 6], [2, 2, 6], 8);
    let (tree, other) = (build(&store(), small, &map), build(&store(), small, &other));
    let sample = sample::<[u8]>("a key", &tree, false, key);
    let forged = other.prove(&key[..]).unwrap();
    let (honest, forged) = (frames(&sample.proof), frames(&forged));
    assert!(honest.len() >= 4 && honest.len() == forged.len());
    for mix in 1_u32..1 << honest.len() {
        let pick = |at: usize| if mix >> at & 1 == 1 { forged[at] } else { honest[at] };
        let mixed: Vec<_> = (0..honest.len()).map(pick).collect();
        refused(&sample, &join(&sample.proof[..HEADER], &mixed), || format!("mix {mix:b}"));
    }
}

fn forged_parameters() -> Parameters {
    parameters([2, 2, 6], [2, 2, 6], 8)
}

fn leaf_of(parameters: Parameters, entries: &[(&str, Value<'_>)]) -> Node {
    encode_leaf(&parameters, entries.iter().map(|(key, value)| (key.as_bytes(), *value)))
}

fn leaf(keys: &[&str]) -> Node {
    let entries: Vec<_> = keys.iter().map(|key| (*key, Value::Inline(b"1"))).collect();
    leaf_of(forged_parameters(), &entries)
}

fn link(target: &Node, length: u32) -> Value<'static> {
    Value::Linked(Link { target: target.address().into(), length })
}

fn inner(level: u8, children: &[(&str, &Node, u64)]) -> Node {
    let child = |node: &Node, entries| Child { target: node.address().into(), entries, natural: false };
    let entries = children.iter().map(|(key, node, entries)| (key.as_bytes(), child(node, *entries)));
    encode_internal(&forged_parameters(), level, entries)
}

/// A proof of these nodes, each under its true address; the first is the root.
fn proof(nodes: &[&Node]) -> (Address, Vec<u8>) {
    let mut bytes = b"PRLP\x01\x00".to_vec();
    for node in nodes {
        bytes.extend_from_slice(&(node.bytes().len() as u32).to_le_bytes());
        bytes.extend_from_slice(node.bytes());
    }
    (nodes[0].address(), bytes)
}

/// That `c` is refused for this reason when the proof has these nodes.
#[track_caller]
fn refused_for(reason: &str, nodes: &[&Node]) {
    let (root, proof) = proof(nodes);
    let fault = verify(&root, &proof, &b"c"[..]).unwrap_err();
    assert!(matches!(fault, Error::InvalidProof { .. }), "{fault}");
    assert!(fault.to_string().contains(reason), "{fault}");
}

/// Every hash is right here; what is wrong is what a node says of its children.
#[test]
fn no_tree_that_breaks_its_own_rules_passes() {
    let (left, right) = (leaf(&["a", "b"]), leaf(&["c", "d"]));
    let root = |level, key: &str, node: &Node, count| inner(level, &[("b", &left, 2), (key, node, count)]);
    let honest = root(1, "d", &right, 2);
    let (address, bytes) = proof(&[&honest, &right]);
    assert!(verify(&address, &bytes, &b"c"[..]).unwrap().is_some());

    for count in [1, 3, 1 << 60] {
        refused_for("as many entries", &[&root(1, "d", &right, count), &right]);
    }
    refused_for("the last key", &[&root(1, "e", &right, 2), &right]);
    refused_for("the last key", &[&root(1, "c", &right, 2), &right]);
    refused_for(
        "before the node before it ends",
        &[&root(1, "d", &leaf(&["b", "d"]), 2), &leaf(&["b", "d"])],
    );
    refused_for("before the node before it ends", &[&root(1, "d", &leaf(&["", "d"]), 2), &leaf(&["", "d"])]);
    let empty = leaf(&[]);
    refused_for("as many entries", &[&root(1, "d", &empty, 1), &empty]);

    // The node before ends in another subtree.
    let early = leaf(&["aa", "d"]);
    let above = inner(1, &[("d", &early, 2)]);
    refused_for("before the node before it ends", &[&root(2, "d", &above, 2), &above, &early]);
    let above = inner(1, &[("aa", &left, 2), ("d", &right, 2)]);
    refused_for("before the node before it ends", &[&root(2, "d", &above, 4), &above, &right]);
    let above = inner(1, &[("d", &right, 2)]);
    let (address, bytes) = proof(&[&root(2, "d", &above, 2), &above, &right]);
    assert!(verify(&address, &bytes, &b"c"[..]).unwrap().is_some());

    for level in [2, 3, 255] {
        refused_for("the level below", &[&root(level, "d", &right, 2), &right]);
    }
    for level in [1, 2, 255] {
        let child = inner(level, &[("d", &right, 2)]);
        refused_for("the level below", &[&root(1, "d", &child, 2), &child, &right]);
    }

    let stranger = leaf_of(Parameters::default(), &[("c", Value::Inline(b"1")), ("d", Value::Inline(b"1"))]);
    refused_for("the root's parameters", &[&root(1, "d", &stranger, 2), &stranger]);
    let (blob, list) = (encode_blob(b"c"), encode_chunk_list(&[(NodeRef::from(left.address()), 70_000)]));
    for value in [&blob, &list] {
        refused_for("no node of a tree", &[&root(1, "d", value, 1), value]);
        refused_for("no node of a tree", &[value]);
    }
}

/// A leaf or blob whose kind or level was changed, hashed again and put into a parent that names it.
#[test]
fn no_node_passes_as_another_kind() {
    let right = leaf(&["c", "d"]);
    for (kind, level) in [(1, 0), (1, 1), (2, 0), (3, 0), (0, 1), (4, 0)] {
        let mut forged = right.bytes().to_vec();
        (forged[5], forged[6]) = (kind, level);
        for above in [1, 2] {
            let child = Child { target: Address::of(&forged).into(), entries: 2, natural: false };
            let root = encode_internal(&forged_parameters(), above, [(&b"d"[..], child)].into_iter());
            let (address, mut bytes) = proof(&[&root]);
            bytes.extend_from_slice(&(forged.len() as u32).to_le_bytes());
            bytes.extend_from_slice(&forged);
            let answer = verify(&address, &bytes, &b"c"[..]);
            assert!(matches!(answer, Err(Error::InvalidProof { .. })), "{kind} {level}: {answer:?}");
        }
    }
}

/// Every hash is right here too; what is wrong is what a leaf or a list says of a value.
#[test]
fn no_value_that_is_not_what_its_leaf_says_passes() {
    let with = |value: Value<'_>| leaf_of(forged_parameters(), &[("c", value)]);
    let blob = encode_blob(&[1; 20]);
    let (address, bytes) = proof(&[&with(link(&blob, 20)), &blob]);
    assert_eq!(verify(&address, &bytes, &b"c"[..]).unwrap().unwrap().len(), 20);
    for length in [19, 21, 65_536] {
        refused_for("its leaf says", &[&with(link(&blob, length)), &blob]);
    }
    let (long, leaf) = (encode_blob(&[1; 70_000]), leaf(&["c"]));
    refused_for("no node of kind Blob", &[&with(link(&long, 70_000)), &long]);
    refused_for("no node of kind Leaf", &[&with(link(&leaf, 20)), &leaf]);
    let list = |chunk: &Node, length| encode_chunk_list(&[(chunk.address().into(), length)]);
    let good = list(&long, 70_000);
    let (address, bytes) = proof(&[&with(link(&good, 70_000)), &good, &long]);
    assert_eq!(verify(&address, &bytes, &b"c"[..]).unwrap().unwrap().bytes().unwrap(), vec![1; 70_000]);
    refused_for("no node of kind ChunkList", &[&with(link(&good, 60_000)), &good, &long]);
    refused_for("its leaf says", &[&with(link(&good, 70_001)), &good, &long]);
    for (chunk, length) in [(&long, 70_001), (&leaf, 70_000), (&good, 70_000)] {
        let list = list(chunk, length);
        refused_for("not a chunk", &[&with(link(&list, length)), &list, chunk]);
    }
    // A second chunk that has the right length behind the header of a blob, and is none.
    let other_length = (leaf.bytes().len() - 8) as u32;
    let list = encode_chunk_list(&[(long.address().into(), 70_000), (leaf.address().into(), other_length)]);
    refused_for("not a chunk", &[&with(link(&list, 70_000 + other_length)), &list, &long, &leaf]);

    // One node under two lengths: the second link is checked too.
    let pair = leaf_of(forged_parameters(), &[("c", link(&blob, 20)), ("d", link(&blob, 21))]);
    let (address, bytes) = proof(&[&pair, &blob]);
    assert!(verify(&address, &bytes, &b"c"[..]).is_ok());
    assert!(verify(&address, &bytes, &KeyRange::all()).unwrap_err().to_string().contains("its leaf says 21"));
}

#[test]
fn no_other_header_passes() {
    let (root, plain) = proof(&[&leaf(&["c"])]);
    verify(&root, &plain, &b"c"[..]).unwrap();
    for (at, byte, reason) in
        [(0, b'p', "magic"), (4, 2, "version 2"), (5, 1, "leaves out values"), (5, 2, "form 2")]
    {
        let mut forged = plain.clone();
        forged[at] = byte;
        let fault = verify(&root, &forged, &b"c"[..]).unwrap_err().to_string();
        assert!(fault.contains(reason), "{fault}");
    }
}
