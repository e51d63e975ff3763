//! Proofs from a deep tree, each behind its query as `checks/proof.rs` reads it.

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use prolly_storage::{MemoryStorage, NodeStore};
use prolly_tree::{Edit, KeyRange, Tree};

use crate::{seed, small};

/// Bytes before the hash-checked bytes of the first node: header and length.
const HEADER: usize = 10;

pub fn write() {
    let store = NodeStore::new(Arc::new(MemoryStorage::new()));
    let empty = Tree::empty(store, small()).unwrap();
    let entry = |number: usize| {
        // Some values live in nodes of their own, and one in chunks.
        let length = if number == 150 { 70_000 } else { number % 12 };
        let value: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
        let inline = length <= 8;
        (format!("key:{number:03}"), if inline { value.into() } else { Bytes::from(value) })
    };
    let put = |tree: &Tree, number: usize| {
        let (key, value) = entry(number);
        Edit::Put { key: key.into(), value: tree.value_of(value).unwrap() }
    };
    let edits: Vec<_> = (0..200).filter(|number| number % 3 == 0).map(|number| put(&empty, number)).collect();
    let tree = empty.apply(edits).unwrap();

    for (name, text) in
        [("present", "key:003"), ("linked", "key:009"), ("absent", "key:004"), ("past-the-end", "z")]
    {
        keep(&format!("key-{name}"), [vec![0], key(text)].concat(), &tree.prove(text.as_bytes()).unwrap());
    }
    keep("key-of-an-empty-tree", [vec![0], key("a")].concat(), &empty.prove(&b"a"[..]).unwrap());
    let texts = ["key:120", "key:003", "missing", "key:003"];
    let keys = texts.map(|text| Bytes::from_static(text.as_bytes()));
    let query = [vec![1, 4], texts.map(key).concat()].concat();
    keep("keys", query, &tree.prove(&keys[..]).unwrap());
    keep("no-keys", vec![1, 0], &tree.prove(&Vec::<Bytes>::new()[..]).unwrap());
    let text = |text: &'static str| Bytes::from_static(text.as_bytes());
    let range = KeyRange { lower: Bound::Included(text("key:020")), upper: Bound::Excluded(text("key:060")) };
    let query = [vec![2, 1], key("key:020"), vec![2], key("key:060")].concat();
    keep("range", query.clone(), &tree.prove(&range).unwrap());
    keep("range-links-only", query, &tree.prove_links(&range).unwrap());
    let range = KeyRange { lower: Bound::Excluded(text("key:180")), upper: Bound::Unbounded };
    keep("range-to-the-end", [vec![2, 2], key("key:180"), vec![0]].concat(), &tree.prove(&range).unwrap());
    keep("range-of-nothing", [vec![2, 1], key("b"), vec![1], key("a")].concat(), &{
        let range = KeyRange { lower: Bound::Included(text("b")), upper: Bound::Included(text("a")) };
        tree.prove(&range).unwrap()
    });
}

fn key(text: &str) -> Vec<u8> {
    [&[text.len() as u8], text.as_bytes()].concat()
}

fn keep(name: &str, query: Vec<u8>, proof: &[u8]) {
    let version = query.len() + HEADER + 4;
    seed("proof", name, &[&query, proof].concat(), version);
}
