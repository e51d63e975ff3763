//! The Node.js addon: it converts, calls, and converts back; it has no logic of its own.
//!
//! * `NativeMap` is the key-value surface of all that has one; `source` is what it stands on.
//! * `NativeTreeQueries` is what is asked of a tree as a whole: places, statistics, proofs.
//! * `page` is how many records cross at once, [`point`] how single ones do.
//! * [`value_stream`] is how long values cross piece by piece.
//! * Whatever may take long runs on threads of its own (`blocking`). Only a storage of the user is called back (`custom`).
//! * `sql` is the tables of a store.
//! * Errors take one path, whose end is `ts/errors/from-native.ts` (`fault`).

mod batch;
mod blocking;
pub mod code;
mod commit;
mod cursor;
pub mod custom;
mod exclusive;
mod fault;
mod history;
pub mod inspect;
mod key_query;
pub mod live;
mod loader;
mod map;
pub mod map_async;
mod merge;
mod namespaced;
pub mod options;
mod order;
mod page;
mod pending;
pub mod point;
pub mod progress;
pub mod proof;
mod queries;
mod range;
mod records;
mod remote;
pub mod rocksdb;
mod scratch;
mod slot;
mod snapshot;
mod source;
pub mod sql;
mod statistics;
mod storage;
pub mod storage_copy;
pub mod storage_nodes;
mod store;
mod transaction;
mod tree;
mod tree_load;
mod tree_merge;
mod tree_source;
pub mod upkeep;
pub mod value_stream;
mod working_source;
mod working_tree;
mod worktree;

/// Merges ask what the bytes of tables mean, also of who never asks for SQL.
#[napi_derive::module_init]
fn init() {
    prolly_sql::register();
}
