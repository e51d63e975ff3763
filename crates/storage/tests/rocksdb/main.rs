//! The RocksDB storage: what it promises, what it refuses, and what is left when writers die or files are damaged.
#![cfg(feature = "rocksdb")]
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod common;

mod conformance;
mod crash;
mod damage;
mod opening;
mod writing;
