//! Writes the corpus: `cargo run --example seeds` in `fuzz`.
//!
//! Valid files come from real trees and stores, damaged ones from those. Journals and Git objects carry times, so a new
//! corpus differs from the old one.
#![allow(clippy::unwrap_used, reason = "a fault here ends the program")]

mod proofs;
mod stores;

use std::fs;
use std::path::Path;

use prolly_storage::{
    Address, Child, KEY_MAX, Link, NodeBounds, Parameters, Value, encode_blob, encode_chunk_list,
    encode_internal, encode_leaf,
};

fn main() {
    nodes();
    proofs::write();
    stores::write();
}

/// Small nodes, so that small trees are deep.
fn small() -> Parameters {
    let bounds = NodeBounds { window: 2, min: 2, max: 12 };
    Parameters { leaf: bounds, internal: bounds, inline_value_max: 8 }
}

/// Writes a valid file, and two that are damaged: cut off, and with a byte changed that the decoder must look at.
fn seed(target: &str, name: &str, bytes: &[u8], looked_at: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("valid-{name}")), bytes).unwrap();
    fs::write(folder.join(format!("refused-{name}-cut")), &bytes[..bytes.len() - 1]).unwrap();
    let mut changed = bytes.to_vec();
    changed[looked_at] ^= 0x55;
    fs::write(folder.join(format!("refused-{name}-changed")), changed).unwrap();
}

fn nodes() {
    let link = |number: u8| Value::Linked(Link { target: Address::of(&[number]).into(), length: 1000 });
    let child = |number: u8, natural| Child { target: Address::of(&[number]).into(), entries: 7, natural };
    let long = vec![b'k'; KEY_MAX];
    let leaf: [(&[u8], Value<'_>); 4] = [
        (b"user:1", Value::Inline(b"Ada")),
        (b"user:2", link(1)),
        (b"user:20", Value::Inline(b"")),
        (b"user:3", link(2)),
    ];
    let internal: [(&[u8], Child); 3] =
        [(b"", child(1, false)), (b"user:2", child(2, true)), (b"v", child(3, false))];
    let chunks = [16_384, 262_144, 20_000, 1].map(|length| (Address::of(&[9]).into(), length));
    for (name, node) in [
        ("empty-leaf", encode_leaf(&Parameters::default(), std::iter::empty())),
        ("leaf", encode_leaf(&small(), leaf.into_iter())),
        ("leaf-of-a-long-key", encode_leaf(&small(), [(&long[..], Value::Inline(b"x"))].into_iter())),
        ("internal", encode_internal(&small(), 1, internal.into_iter())),
        ("high-internal", encode_internal(&Parameters::default(), 200, internal.into_iter())),
        ("blob", encode_blob(b"a value")),
        ("chunk-list", encode_chunk_list(&chunks)),
    ] {
        // A byte less is a blob all the same.
        if name == "blob" {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/node");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("valid-blob"), node.bytes()).unwrap();
        } else {
            seed("node", name, node.bytes(), 4);
        }
    }
}
