//! GlueSQL's own suite, all ten groups of it, over every storage and in every way that could make a difference.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a fault here is a failed test")]

mod reopening;

use std::sync::Arc;

use gluesql_core::prelude::Glue;
use gluesql_core::store::Transaction;
use gluesql_test_suite::*;
use prolly_sql::SqlStorage;
use prolly_versioning::{InitOptions, NodeBounds, OpenOptions, Parameters, StorageKind, VersionedStore};
use reopening::Reopening;
use tempfile::TempDir;

/// A database, and the folder that goes with it.
struct Session<T: gluesql_core::store::GStore + gluesql_core::store::GStoreMut + gluesql_core::store::Planner>
{
    glue: Glue<T>,
    _folder: Option<TempDir>,
}

fn in_folder(options: InitOptions) -> Session<SqlStorage> {
    let folder = tempfile::tempdir().unwrap();
    let store = VersionedStore::init(folder.path(), options).unwrap();
    Session { glue: Glue::new(SqlStorage::new(Arc::new(store))), _folder: Some(folder) }
}

fn in_memory(options: InitOptions) -> Session<SqlStorage> {
    let store = VersionedStore::memory(options).unwrap();
    Session { glue: Glue::new(SqlStorage::new(Arc::new(store))), _folder: None }
}

/// Nodes of a handful of entries: trees of many levels.
fn tiny_nodes() -> Parameters {
    let bounds = NodeBounds { window: 1, min: 2, max: 4 };
    Parameters { leaf: bounds, internal: bounds, inline_value_max: 16 }
}

macro_rules! tester {
    ($name:ident, $storage:ty, $make:expr) => {
        struct $name(Session<$storage>);

        impl Tester<$storage> for $name {
            fn new(_: &str) -> Self {
                Self($make)
            }

            fn get_glue(&mut self) -> &mut Glue<$storage> {
                &mut self.0.glue
            }
        }
    };
}

/// What runs in any session.
macro_rules! common_groups {
    ($tester:ident) => {
        generate_store_tests!(test, $tester);
        generate_alter_table_tests!(test, $tester);
        generate_custom_function_tests!(test, $tester);
        generate_index_tests!(test, $tester);
        generate_alter_table_index_tests!(test, $tester);
        generate_metadata_table_tests!(test, $tester);
        generate_metadata_index_tests!(test, $tester);
    };
}

/// What begins transactions itself.
macro_rules! transaction_groups {
    ($tester:ident) => {
        generate_transaction_tests!(test, $tester);
        generate_transaction_alter_table_tests!(test, $tester);
        generate_transaction_index_tests!(test, $tester);
    };
}

macro_rules! run {
    ($module:ident, $storage:ty, $make:expr) => {
        mod $module {
            use super::*;

            tester!(Database, $storage, $make);
            common_groups!(Database);
            transaction_groups!(Database);
        }
    };
}

run!(memory, SqlStorage, in_memory(InitOptions::default()));
run!(git, SqlStorage, in_folder(InitOptions::default()));
#[cfg(feature = "rocksdb")]
run!(rocksdb, SqlStorage, in_folder(InitOptions { storage: StorageKind::RocksDb, ..InitOptions::default() }));
run!(file, SqlStorage, in_folder(InitOptions { storage: StorageKind::File, ..InitOptions::default() }));
run!(deep_trees, SqlStorage, in_memory(InitOptions { parameters: tiny_nodes(), ..InitOptions::default() }));
run!(
    applied_at_every_write,
    SqlStorage,
    in_memory(InitOptions {
        open: OpenOptions { overlay_bytes: 0, checkpoint_bytes: 64, ..OpenOptions::default() },
        ..InitOptions::default()
    })
);
run!(reopened_at_every_commit, Reopening, {
    let folder = tempfile::tempdir().unwrap();
    drop(VersionedStore::init(folder.path(), InitOptions::default()).unwrap());
    Session { glue: Glue::new(Reopening::new(folder.path())), _folder: Some(folder) }
});

mod within_one_transaction {
    use super::*;

    tester!(Database, SqlStorage, {
        let mut session = in_memory(InitOptions::default());
        session.glue.storage.begin(false).unwrap();
        session
    });
    common_groups!(Database);
}
