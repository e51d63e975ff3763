//! The suite that every storage passes, at several options.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use prolly_storage::Durability;
use prolly_storage::NodeStorage;
use prolly_storage::rocksdb::{Compression, RocksDbOptions, RocksDbStorage};
use prolly_storage::testing::check_conformance;

fn check(options: &RocksDbOptions) {
    let folder = tempfile::tempdir().unwrap();
    let opened: RefCell<HashMap<u32, Arc<RocksDbStorage>>> = RefCell::default();
    check_conformance(&|place| {
        let path = folder.path().join(place.to_string());
        let open = || Arc::new(RocksDbStorage::open(path, options).unwrap());
        Arc::clone(opened.borrow_mut().entry(place).or_insert_with(open)) as Arc<dyn NodeStorage>
    })
    .unwrap();
    assert_eq!(opened.borrow()[&0].promises().durable, options.durability != Durability::Off, "{options:?}");
}

#[test]
fn conforms_as_it_comes() {
    check(&RocksDbOptions::default());
}

#[test]
fn conforms_with_every_write_synced() {
    check(&RocksDbOptions { durability: Durability::Full, ..RocksDbOptions::default() });
}

#[test]
fn conforms_with_no_write_synced_and_least_memory() {
    check(&RocksDbOptions {
        durability: Durability::Off,
        compression: Compression::None,
        bottom_compression: Compression::None,
        block_cache_bytes: 1 << 20,
        write_buffer_bytes: 1 << 20,
        filter_bits: 0,
        open_files_max: 32,
    });
}

#[test]
fn conforms_with_zstd_throughout() {
    let zstd = Compression::Zstd;
    check(&RocksDbOptions { compression: zstd, bottom_compression: zstd, ..RocksDbOptions::default() });
}
