//! Nodes in a RocksDB database: for throughput, and for more data than fits in memory.
//!
//! | column family | holds |
//! | --- | --- |
//! | `nodes` | leaves and internal nodes, by address |
//! | `blobs` | out-of-line values: blobs and chunk lists, by address |
//! | `refs` | the addresses of published roots, by name |
//! | `meta` | the format of the store, and configuration values |
//!
//! One [`RocksDbStorage`] at a time has a database open, over all processes. Threads share it.

mod bulk;
mod checkpoint;
mod failure;
mod folder;
mod garbage;
mod options;
mod storage;

pub use self::options::{Compression, RocksDbOptions};
pub use self::storage::RocksDbStorage;

/// The column families, apart from RocksDB's own `default`, which stays empty.
const FAMILIES: [&str; 4] = [NODES, BLOBS, REFS, META];
const NODES: &str = "nodes";
const BLOBS: &str = "blobs";
const REFS: &str = "refs";
const META: &str = "meta";
