//! Places in the order of a tree's keys.

use std::sync::Arc;

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint8Array};
use napi_derive::napi;
use prolly_tree::{Entry, EntryValue, Leaf, PathNode};

use crate::blocking::promise_on;
use crate::fault::{Fault, Result};
use crate::map::number;
use crate::page::{self, Record};
use crate::proof::link_field;
use crate::queries::{CurrentTree, NativeTreeQueries};

/// The leaf around a key.
#[napi(object, object_from_js = false)]
pub struct NativeLeaf {
    /// The nodes from the root to the leaf.
    pub path: Vec<NativePathNode>,
    /// A page of its entries: key, value, and the link of a value that is kept outside.
    pub entries: Uint8Array,
    /// Whether the key is among them.
    pub found: bool,
    /// Where it stands, or would stand.
    pub index: u32,
    /// Keys of the tree that are less than the key.
    pub rank: f64,
    /// The last key of the leaf before it.
    pub above: Option<Uint8Array>,
}

/// A node on the way from the root to a leaf.
#[napi(object, object_from_js = false)]
pub struct NativePathNode {
    /// Its address.
    pub hash: String,
    /// Its height above the leaves.
    pub level: u32,
    /// Which child of its parent it is.
    pub position: u32,
    /// Its children, or a leaf's entries.
    pub length: u32,
    /// Entries in all leaves at and below it.
    pub entries: f64,
    /// Bytes of the node.
    pub bytes: u32,
    /// Whether it ends at a natural boundary.
    pub natural: bool,
}

#[napi]
impl NativeTreeQueries {
    /// How many keys are less than a key.
    #[napi(catch_unwind)]
    pub fn rank(&self, key: &[u8]) -> napi::Result<f64> {
        Ok(rank(&*self.tree, key)?)
    }

    /// As `rank`, off the event loop.
    #[napi(catch_unwind)]
    pub fn rank_async<'env>(&self, env: &'env Env, key: &[u8]) -> napi::Result<PromiseRaw<'env, f64>> {
        let (tree, key) = (Arc::clone(&self.tree), Bytes::copy_from_slice(key));
        promise_on(env, &self.threads, move || rank(&*tree, &key))
    }

    /// A page with the entry that `index` keys are less than, if the tree has it.
    #[napi(catch_unwind)]
    pub fn nth(&self, index: i64) -> napi::Result<Uint8Array> {
        Ok(nth(&*self.tree, index)?)
    }

    /// As `nth`, off the event loop.
    #[napi(catch_unwind)]
    pub fn nth_async<'env>(&self, env: &'env Env, index: i64) -> napi::Result<PromiseRaw<'env, Uint8Array>> {
        let tree = Arc::clone(&self.tree);
        promise_on(env, &self.threads, move || nth(&*tree, index))
    }

    /// The leaf that has a key, or would have it.
    #[napi(catch_unwind)]
    pub fn find(&self, key: &[u8]) -> napi::Result<NativeLeaf> {
        Ok(find(&*self.tree, key)?)
    }

    /// As `find`, off the event loop.
    #[napi(catch_unwind)]
    pub fn find_async<'env>(&self, env: &'env Env, key: &[u8]) -> napi::Result<PromiseRaw<'env, NativeLeaf>> {
        let (tree, key) = (Arc::clone(&self.tree), Bytes::copy_from_slice(key));
        promise_on(env, &self.threads, move || find(&*tree, &key))
    }
}

fn rank(tree: &dyn CurrentTree, key: &[u8]) -> Result<f64> {
    Ok(number(tree.current()?.rank(key)?))
}

fn nth(tree: &dyn CurrentTree, index: i64) -> Result<Uint8Array> {
    let tree = tree.current()?;
    let index = u64::try_from(index).map_err(|error| Fault::internal(error.to_string()))?;
    let record = |entry: Entry| -> Result<Record> {
        Ok(Record::new([Some(entry.key), Some(tree.read(&entry.value)?)]))
    };
    let records: Vec<_> = tree.nth(index)?.into_iter().map(record).collect::<Result<_>>()?;
    Ok(Uint8Array::from(page::encode(2, &records)?))
}

fn find(tree: &dyn CurrentTree, key: &[u8]) -> Result<NativeLeaf> {
    leaf_of(tree.current()?.find(key)?)
}

fn leaf_of(leaf: Leaf) -> Result<NativeLeaf> {
    let (rank, found) = (number(leaf.rank()), leaf.place.is_ok());
    let (Ok(index) | Err(index)) = leaf.place;
    let entries: Vec<_> = leaf.entries.into_iter().map(record).collect();
    Ok(NativeLeaf {
        path: leaf.path.iter().map(path_node).collect(),
        entries: Uint8Array::from(page::encode(3, &entries)?),
        found,
        index: small(index),
        rank,
        above: leaf.above.map(|key| Uint8Array::from(Vec::from(key))),
    })
}

fn record(entry: Entry) -> Record {
    match entry.value {
        EntryValue::Inline(bytes) => Record::new([Some(entry.key), Some(bytes), None]),
        EntryValue::Linked(link) => Record::new([Some(entry.key), None, Some(link_field(&link))]),
    }
}

fn path_node(node: &PathNode) -> NativePathNode {
    NativePathNode {
        hash: node.address.to_string(),
        level: node.level.into(),
        position: small(node.position),
        length: small(node.len),
        entries: number(node.entries),
        bytes: small(node.bytes),
        natural: node.natural,
    }
}

/// A count within one node, which the format bounds.
pub(crate) fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
