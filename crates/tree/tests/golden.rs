//! Golden vectors: trees whose roots, and small ones whose bytes, must never change under one format version.
//!
//! `golden/v1.json` describes every tree so that another implementation can build it too. After a change of the format
//! version, write the vectors anew and review the difference:
//!
//! ```text
//! PROLLY_GOLDEN=write cargo test -p prolly-tree --profile native --test golden
//! ```
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use common::{Map, build, contents, parameters, store};
use prolly_storage::{Address, Kind, Node, NodeBounds, NodeRef, NodeStore, Parameters};
use prolly_tree::Tree;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Trees of at most this many bytes are written out in full.
const SMALL: usize = 6000;

/// Explains the generators that the descriptions use.
const ABOUT: [&str; 6] = [
    "Each shape is the tree of its entries under its parameters. docs/format.md says how to build it.",
    "Descriptions: be32(n) is n in 4 bytes, big-endian; text in quotes is its UTF-8 bytes; \
     ++ joins bytes; repeat(b, k) is the byte b k times; hex(...) is bytes in hexadecimal; n = a..b runs from a to b, \
     both included.",
    "noise(seed, length) is the first length bytes of the words of SplitMix64, each word as 8 bytes little-endian: \
     state starts at seed; a word adds 0x9E3779B97F4A7C15 to state, z = state, z = (z ^ (z >> 30)) * \
     0xBF58476D1CE4E5B9, z = (z ^ (z >> 27)) * 0x94D049BB133111EB, word = z ^ (z >> 31), all modulo 2^64.",
    "nodes counts the different nodes reachable from the root, stored_bytes is the sum of their lengths; \
     small trees have all of them, children and out-of-line values before what names them.",
    "hashes are those of the boundary rule: XXH3-64 of the key, seeded by the level.",
    "Addresses, keys and node bytes are in hexadecimal.",
];

struct Shape {
    name: &'static str,
    entries: &'static str,
    parameters: Parameters,
    map: Map,
}

fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bytes.extend_from_slice(&(z ^ (z >> 31)).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

fn be32(number: u32) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn text(number: u32) -> Vec<u8> {
    number.to_string().into_bytes()
}

/// A key of 32 bytes whose hash at level 0 is that of every other: its first eight bytes are the hash's public secret
/// plus the seed, so that the product which takes in the next eight is zero.
fn tied(number: u32) -> Vec<u8> {
    let word = u64::from_le_bytes([0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe]);
    let first = word.wrapping_add(seed(0)).to_le_bytes();
    [&first[..], &[0; 4], &number.to_be_bytes(), &[0; 16]].concat()
}

fn seed(level: u64) -> u64 {
    (level + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Small nodes, so that few entries make many levels.
fn small() -> Parameters {
    parameters([2, 2, 6], [2, 2, 6], 8)
}

fn single_entries() -> Vec<Shape> {
    let shape = |name, entries, map: &[(&[u8], &[u8])]| Shape {
        name,
        entries,
        parameters: Parameters::default(),
        map: map.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect(),
    };
    vec![
        shape("empty tree", "none", &[]),
        Shape { parameters: small(), ..shape("empty tree, small parameters", "none", &[]) },
        shape("one entry", "'a' -> '1'", &[(b"a", b"1")]),
        shape("empty key and empty value", "'' -> ''", &[(b"", b"")]),
        shape(
            "binary keys",
            "'' -> '0', hex(00) -> '1', hex(0000) -> '2', hex(00ff) -> '3', hex(7f) -> '4', hex(80) -> '5', \
             hex(ff) -> '6', hex(ff00) -> '7', hex(ffff) -> '8'",
            &[
                (b"", b"0"),
                (&[0], b"1"),
                (&[0, 0], b"2"),
                (&[0, 0xff], b"3"),
                (&[0x7f], b"4"),
                (&[0x80], b"5"),
                (&[0xff], b"6"),
                (&[0xff, 0], b"7"),
                (&[0xff, 0xff], b"8"),
            ],
        ),
        shape(
            "prefixed keys",
            "'flags/beta' -> 'on', 'flags/beta/eu' -> 'off', 'flags/gamma' -> ''",
            &[(b"flags/beta", b"on"), (b"flags/beta/eu", b"off"), (b"flags/gamma", b"")],
        ),
    ]
}

/// Trees of many entries.
fn levels() -> Vec<Shape> {
    let shape = |name, entries, parameters, count, entry: fn(u32) -> (Vec<u8>, Vec<u8>)| Shape {
        name,
        entries,
        parameters,
        map: (0..count).map(entry).collect(),
    };
    let default = Parameters::default();
    vec![
        shape("as many as one leaf holds", "be32(n) -> decimal text of n, n = 0..63", default, 64, |n| {
            (be32(n), text(n))
        }),
        shape("one more than a leaf holds", "be32(n) -> decimal text of n, n = 0..64", default, 65, |n| {
            (be32(n), text(n))
        }),
        shape("as many as a small leaf holds", "be32(n) -> decimal text of n, n = 0..5", small(), 6, |n| {
            (be32(n), text(n))
        }),
        shape("small nodes", "be32(n) -> decimal text of n, n = 0..39", small(), 40, |n| (be32(n), text(n))),
        shape(
            "two levels of random keys",
            "noise(n, 16) -> noise(1000 + n, 20), n = 0..999",
            default,
            1000,
            |n| (noise(n.into(), 16), noise(1000 + u64::from(n), 20)),
        ),
        shape(
            "three levels of random keys",
            "noise(n, 24) -> be32(n), n = 0..99999",
            default,
            100_000,
            |n| (noise(n.into(), 24), be32(n)),
        ),
        shape(
            "sequential keys",
            "'user:' ++ (n as 11 decimal digits) -> decimal text of n, n = 0..9999",
            default,
            10_000,
            |n| (format!("user:{n:011}").into_bytes(), text(n)),
        ),
        shape(
            "keys under long shared prefixes",
            "repeat('p' + n mod 3, 100) ++ be32(n) -> '', n = 0..2999",
            default,
            3000,
            |n| {
                let prefix = vec![b'p' + u8::try_from(n % 3).unwrap(); 100];
                ([prefix, be32(n)].concat(), vec![])
            },
        ),
        shape(
            "keys of many lengths",
            "noise(n, 4 + n mod 40) -> noise(n, n mod 9), n = 0..1999",
            small(),
            2000,
            |n| (noise(n.into(), 4 + n as usize % 40), noise(n.into(), n as usize % 9)),
        ),
        shape("deep tree", "be32(n) -> '', n = 0..4999", parameters([1, 2, 3], [1, 2, 3], 8), 5000, |n| {
            (be32(n), vec![])
        }),
        shape(
            "internal nodes unlike leaves",
            "be32(n) -> '', n = 0..4999",
            parameters([8, 4, 9], [3, 2, 40], 8),
            5000,
            |n| (be32(n), vec![]),
        ),
        shape(
            "largest nodes",
            "be32(n) -> '', n = 0..9999",
            parameters([2000, 2048, 4096], [24, 24, 96], 1024),
            10_000,
            |n| (be32(n), vec![]),
        ),
        shape(
            "equal hashes",
            "hex(cd7ab7b8dc1d835c) ++ be32(0) ++ be32(n) ++ repeat(0, 16) -> decimal text of n, n = 0..199: the \
             leaf level sees one hash",
            default,
            200,
            |n| (tied(n), text(n)),
        ),
        shape(
            "a long run of equal hashes",
            "hex(cd7ab7b8dc1d835c) ++ be32(0) ++ be32(n) ++ repeat(0, 16) -> '', n = 0..1999: long enough for marks",
            default,
            2000,
            |n| (tied(n), vec![]),
        ),
        shape(
            "long keys",
            "repeat('k', 8188) ++ be32(n) -> decimal text of n, n = 0..69, and repeat('k', 8200) -> 'longest'",
            default,
            71,
            |n| match n {
                70 => (vec![b'k'; 8200], b"longest".to_vec()),
                _ => ([vec![b'k'; 8188], be32(n)].concat(), text(n)),
            },
        ),
    ]
}

/// Values inside and outside their leaf.
fn values() -> Vec<Shape> {
    let shape = |name, entries, inline_value_max, map: &[(&str, Vec<u8>)]| Shape {
        name,
        entries,
        parameters: Parameters { inline_value_max, ..Parameters::default() },
        map: map.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.clone())).collect(),
    };
    vec![
        shape(
            "values at the inline limit",
            "'a' -> noise(1, 1023), 'b' -> noise(2, 1024), 'c' -> noise(3, 1025)",
            1024,
            &[("a", noise(1, 1023)), ("b", noise(2, 1024)), ("c", noise(3, 1025))],
        ),
        shape(
            "no inline values",
            "'a' -> '', 'b' -> 'x', 'c' -> 'x'",
            0,
            &[("a", vec![]), ("b", b"x".to_vec()), ("c", b"x".to_vec())],
        ),
        shape(
            "largest inline limit",
            "'a' -> noise(1, 65536), 'b' -> noise(2, 65537)",
            65_536,
            &[("a", noise(1, 65_536)), ("b", noise(2, 65_537))],
        ),
        shape("longest blob value", "'a' -> noise(1, 65536)", 1024, &[("a", noise(1, 65_536))]),
        shape("shortest chunked value", "'a' -> noise(1, 65537)", 1024, &[("a", noise(1, 65_537))]),
        shape("value of 1 MiB", "'a' -> noise(1, 1048576)", 1024, &[("a", noise(1, 1 << 20))]),
        shape(
            "value without content boundaries",
            "'a' -> repeat(0, 600001)",
            1024,
            &[("a", vec![0; 600_001])],
        ),
        shape(
            "values that share chunks",
            "'a' -> noise(1, 1048576), 'b' -> 'inserted' ++ noise(1, 1048576), 'c' -> noise(1, 1048576)",
            1024,
            &[
                ("a", noise(1, 1 << 20)),
                ("b", [b"inserted".to_vec(), noise(1, 1 << 20)].concat()),
                ("c", noise(1, 1 << 20)),
            ],
        ),
    ]
}

fn shapes() -> Vec<Shape> {
    [single_entries(), levels(), values()].into_iter().flatten().collect()
}

/// The nodes below and at `reference`, each once, what is named before what names it.
fn collect(
    store: &NodeStore,
    reference: &NodeRef,
    found: &mut Vec<Node>,
    kinds: &mut BTreeMap<Address, Kind>,
) {
    if kinds.contains_key(&reference.address) {
        return;
    }
    let node = store.load(reference).unwrap();
    kinds.insert(node.address(), node.kind());
    for link in node.links() {
        collect(store, &link, found, kinds);
    }
    found.push(Node::clone(&node));
}

fn describe(shape: &Shape, tree: &Tree) -> String {
    let (mut nodes, mut kinds) = (Vec::new(), BTreeMap::new());
    collect(tree.store(), &tree.root(), &mut nodes, &mut kinds);
    let stored: usize = nodes.iter().map(|node| node.bytes().len()).sum();
    let of_kind = |kind| kinds.values().filter(|found| **found == kind).count();
    let Parameters { leaf, internal, inline_value_max } = shape.parameters;
    let bounds = |NodeBounds { window, min, max }| {
        format!("{{ \"window\": {window}, \"min\": {min}, \"max\": {max} }}")
    };
    let mut json = String::new();
    let mut line = |text: String| writeln!(json, "{text}").unwrap();
    line("    {".into());
    line(format!("      \"name\": \"{}\",", shape.name));
    line(format!("      \"entries\": \"{}\",", shape.entries));
    line("      \"parameters\": {".into());
    line(format!("        \"leaf\": {},", bounds(leaf)));
    line(format!("        \"internal\": {},", bounds(internal)));
    line(format!("        \"inline_value_max\": {inline_value_max}"));
    line("      },".into());
    line(format!("      \"count\": {},", tree.len().unwrap()));
    line(format!("      \"root\": \"{}\",", tree.root().address));
    line(format!("      \"depth\": {},", tree.depth().unwrap()));
    line(format!(
        "      \"nodes\": {{ \"leaf\": {}, \"internal\": {}, \"blob\": {}, \"chunk_list\": {} }},",
        of_kind(Kind::Leaf),
        of_kind(Kind::Internal),
        of_kind(Kind::Blob),
        of_kind(Kind::ChunkList)
    ));
    if stored > SMALL {
        line(format!("      \"stored_bytes\": {stored}"));
    } else {
        line(format!("      \"stored_bytes\": {stored},"));
        line("      \"stored\": [".into());
        for (index, node) in nodes.iter().enumerate() {
            line("        {".into());
            line(format!("          \"address\": \"{}\",", node.address()));
            line(format!("          \"bytes\": \"{}\"", hex(node.bytes())));
            line(format!("        }}{}", if index + 1 < nodes.len() { "," } else { "" }));
        }
        line("      ]".into());
    }
    json += "    }";
    json
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Hashes of keys of every length class of XXH3, at three levels.
fn hashes() -> Vec<String> {
    let mut lines = Vec::new();
    for level in [0, 1, 254] {
        for length in [0, 1, 3, 4, 8, 9, 16, 17, 32, 128, 129, 240, 241, 8200] {
            let hash = xxh3_64_with_seed(&noise(7, length), seed(level));
            lines.push(format!(
                "    {{ \"level\": {level}, \"key\": \"noise(7, {length})\", \"hash\": \"{hash:016x}\" }}"
            ));
        }
    }
    lines
}

fn vectors() -> String {
    let shapes: Vec<String> = shapes()
        .iter()
        .map(|shape| {
            let tree = build(&store(), shape.parameters, &shape.map);
            assert_eq!(tree.len().unwrap(), shape.map.len() as u64, "{}: keys repeat", shape.name);
            assert!(contents(&tree) == shape.map, "{}: the tree does not hold its entries", shape.name);
            describe(shape, &tree)
        })
        .collect();
    let about: Vec<String> = ABOUT.iter().map(|line| format!("    \"{line}\"")).collect();
    format!(
        "{{\n  \"format\": 1,\n  \"about\": [\n{}\n  ],\n  \"hashes\": [\n{}\n  ],\n  \"shapes\": [\n{}\n  ]\n}}\n",
        about.join(",\n"),
        hashes().join(",\n"),
        shapes.join(",\n")
    )
}

#[test]
fn trees_have_their_golden_roots_and_bytes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1.json");
    let found = vectors();
    if env::var_os("PROLLY_GOLDEN").is_some_and(|request| request == "write") {
        fs::write(&path, found).unwrap();
        return;
    }
    let golden = fs::read_to_string(&path).unwrap();
    let mut name = "";
    for (expected, line) in golden.lines().zip(found.lines()) {
        name = line.trim().strip_prefix("\"name\": ").unwrap_or(name);
        assert_eq!(line, expected, "shape {name}");
    }
    assert_eq!(golden.lines().count(), found.lines().count());
}

#[test]
fn tied_keys_have_one_hash_at_the_leaves() {
    assert_eq!(hex(&tied(0)[..8]), "cd7ab7b8dc1d835c", "the description of the shape says so");
    let hash = |level, number| xxh3_64_with_seed(&tied(number), seed(level));
    assert!((1..200).all(|number| hash(0, number) == hash(0, 0)));
    assert!((1..200).all(|number| hash(1, number) != hash(1, 0)));
}
