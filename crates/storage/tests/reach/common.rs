//! Trees made by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use prolly_storage::{
    Address, BLOB_VALUE_MAX, Child, Error, Kind, Link, Node, NodeBounds, NodeCache, NodeRef, NodeStorage,
    NodeStore, Parameters, Result, Value, encode_blob, encode_chunk_list, encode_internal, encode_leaf,
};

pub(crate) type Entries = BTreeMap<Vec<u8>, Vec<u8>>;
/// Entries a node, whatever the keys: a shape that only these tests use.
pub(crate) const WIDTH: usize = 16;
const CHUNK: usize = 40_000;

pub(crate) fn parameters() -> Parameters {
    let bounds = NodeBounds { window: 4, min: 4, max: 16 };
    Parameters { leaf: bounds, internal: bounds, inline_value_max: 64 }
}

/// A store without a cache, so that every load reaches the storage.
pub(crate) fn store_of(storage: &Arc<impl NodeStorage>) -> NodeStore {
    NodeStore::with_cache(Arc::clone(storage) as Arc<dyn NodeStorage>, Arc::new(NodeCache::with_capacity(0)))
}

pub(crate) fn key(number: u32) -> Vec<u8> {
    format!("{number:08}").into_bytes()
}

/// `count` keys with short values.
pub(crate) fn short(count: u32) -> Entries {
    (0..count).map(|number| (key(number), number.to_be_bytes().to_vec())).collect()
}

/// `count` keys; some values are out of line, and the largest in chunks.
pub(crate) fn mixed(count: u32) -> Entries {
    let value = |number: u32| match number % 32 {
        7 => vec![number.to_le_bytes()[0]; BLOB_VALUE_MAX + 20_000],
        3 | 19 => format!("{number:200}").into_bytes(),
        _ => number.to_be_bytes().to_vec(),
    };
    (0..count).map(|number| (key(number), value(number))).collect()
}

/// Builds a tree, children before parents.
pub(crate) fn build(store: &NodeStore, entries: &Entries) -> NodeRef {
    let entries: Vec<_> = entries.iter().collect();
    let mut level: Vec<Node> = entries.chunks(WIDTH).map(|entries| leaf(store, entries)).collect();
    if level.is_empty() {
        level.push(leaf(store, &[]));
    }
    for height in 1.. {
        if level.len() == 1 {
            break;
        }
        let parents = level.chunks(WIDTH).map(|children| parent(height, children)).collect();
        store.put_many(level).unwrap();
        level = parents;
    }
    let root = level[0].address();
    store.put_many(level).unwrap();
    root.into()
}

fn leaf(store: &NodeStore, entries: &[(&Vec<u8>, &Vec<u8>)]) -> Node {
    let value = |(key, value): &(&Vec<u8>, &Vec<u8>)| {
        let linked = value.len() > parameters().inline_value_max as usize;
        ((*key).clone(), if linked { Err(linked_value(store, value)) } else { Ok((*value).clone()) })
    };
    let entries: Vec<_> = entries.iter().map(value).collect();
    let entries = entries.iter().map(|(key, value)| {
        (&**key, value.as_ref().map_or_else(|link| Value::Linked(*link), |value| Value::Inline(value)))
    });
    encode_leaf(&parameters(), entries)
}

fn linked_value(store: &NodeStore, value: &[u8]) -> Link {
    let node = if value.len() <= BLOB_VALUE_MAX {
        encode_blob(value)
    } else {
        let chunks: Vec<_> = value.chunks(CHUNK).map(encode_blob).collect();
        let length = |chunk: &Node| u32::try_from(chunk.blob().len()).unwrap();
        let list: Vec<_> = chunks.iter().map(|chunk| (chunk.address().into(), length(chunk))).collect();
        store.put_many(chunks).unwrap();
        encode_chunk_list(&list)
    };
    let link = Link { target: node.address().into(), length: u32::try_from(value.len()).unwrap() };
    store.put_many(vec![node]).unwrap();
    link
}

fn parent(height: u8, children: &[Node]) -> Node {
    let child = |node: &Node| {
        let child = Child { target: node.address().into(), entries: node.entries(), natural: true };
        (node.last_key().unwrap(), child)
    };
    let entries: Vec<_> = children.iter().map(child).collect();
    encode_internal(&parameters(), height, entries.iter().map(|(key, child)| (&**key, *child)))
}

/// Everything below `root`, read and verified.
pub(crate) fn read_all(store: &NodeStore, root: NodeRef) -> Result<Entries> {
    let mut entries = Entries::new();
    read_into(store, &root, &mut entries)?;
    Ok(entries)
}

fn read_into(store: &NodeStore, node: &NodeRef, entries: &mut Entries) -> Result<()> {
    let node = store.load(node)?;
    if node.kind() == Kind::Internal {
        return (0..node.len()).try_for_each(|index| read_into(store, &node.child(index).target, entries));
    }
    for index in 0..node.len() {
        let value = match node.value(index) {
            Value::Inline(value) => value.to_vec(),
            Value::Linked(link) => {
                let value = store.load(&link.target)?;
                let blobs: Vec<_> = value.links().collect();
                match value.kind() {
                    Kind::Blob => value.blob().to_vec(),
                    _ => store.load_many(&blobs)?.iter().flat_map(|blob| blob.blob().to_vec()).collect(),
                }
            }
        };
        entries.insert(node.key(index), value);
    }
    Ok(())
}

/// The addresses of all that the roots reach.
pub(crate) fn reached(store: &NodeStore, roots: &[NodeRef]) -> BTreeSet<Address> {
    let mut reached: BTreeSet<_> = roots.iter().map(|root| root.address).collect();
    let mut waiting = roots.to_vec();
    while let Some(node) = waiting.pop() {
        let node = store.load(&node).unwrap();
        waiting.extend(node.links().filter(|link| reached.insert(link.address)));
    }
    reached
}

pub(crate) fn is_missing<T>(answer: Result<T>, address: Address) -> bool {
    matches!(answer, Err(Error::MissingNode { address: found, .. }) if found == address)
}
