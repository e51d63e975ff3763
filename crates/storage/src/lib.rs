//! Content-addressed nodes of a prolly tree, and the storages that keep them.
//!
//! A [`Node`] is immutable bytes, named by their hash ([`Address`]) and searched in place. A [`NodeStorage`] keeps
//! nodes by address and a few named roots; [`NodeStore`] puts the decoded-node cache and the hash check in front of it.
//! `docs/format.md` draws the bytes.
//!
//! This crate knows nothing of how nodes become a tree: that is `prolly-tree`.

mod address;
mod cache;
mod copy;
pub mod durable;
mod error;
mod file;
mod garbage;
#[cfg(feature = "git")]
pub mod git;
mod hash;
mod insertions;
mod locator;
mod lock_file;
mod memory;
mod node;
mod node_map;
mod node_store;
mod parameters;
mod progress;
#[cfg(feature = "rocksdb")]
pub mod rocksdb;
mod storage;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use address::{Address, ParseAddressError};
pub use cache::NodeCache;
pub use copy::CopyReport;
pub use durable::Durability;
pub use error::{Error, Result};
pub use file::FileStorage;
pub use garbage::{CollectOptions, Collected, Collection};
pub use insertions::{HeldOff, Insertion, Insertions};
pub use locator::{Locator, Locators, NodeRef};
pub use memory::MemoryStorage;
pub use node::{
    BLOB_VALUE_MAX, CHUNK_MAX, CHUNK_MIN, Child, KEY_MAX, Kind, Link, NewNode, Node, VALUE_MAX, Value,
    encode_blob, encode_chunk_list, encode_internal, encode_leaf, prefetch,
};
pub use node_map::NodeMap;
pub use node_store::{NodeStore, load_count};
pub use parameters::{NodeBounds, Parameters};
pub use progress::{Listener, StageProgress, unheard};
pub use storage::{NodeStorage, Promises, StoredNode};
