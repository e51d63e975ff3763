//! Nodes in RocksDB, in builds that have it.

use napi_derive::napi;

use crate::blocking::blocking;
use crate::storage::NativeStorage;

/// How a RocksDB store is opened; what is missing is as RocksDB storages are by default.
#[napi(object)]
pub struct NativeRocksDbOptions {
    /// `full`, `commit` or `off`.
    pub durability: String,
    /// `none`, `lz4` or `zstd`.
    pub compression: Option<String>,
    /// The same, at the bottom level.
    pub bottom_compression: Option<String>,
    /// Memory for uncompressed blocks, in bytes.
    pub block_cache_bytes: Option<f64>,
    /// Memory for what is not in a file yet, in bytes.
    pub write_buffer_bytes: Option<f64>,
    /// Bits a node in the filters.
    pub filter_bits: Option<u32>,
    /// Files kept open.
    pub open_files_max: Option<u32>,
}

/// Whether this build has RocksDB.
#[napi]
pub const fn has_rocks_db() -> bool {
    cfg!(feature = "rocksdb")
}

/// Opens the storage in a folder.
#[napi]
pub async fn open_rocks_db(path: String, options: NativeRocksDbOptions) -> napi::Result<NativeStorage> {
    blocking(move || open::open(&path, options)).await
}

/// Makes a folder a storage that holds what this one holds now.
#[napi(catch_unwind)]
pub fn checkpoint_rocks_db<'env>(
    env: &'env napi::Env,
    storage: &NativeStorage,
    path: String,
) -> napi::Result<napi::bindgen_prelude::PromiseRaw<'env, ()>> {
    let store = storage.slot.get()?;
    crate::blocking::promise(env, move || open::checkpoint(&store, &path))
}

#[cfg(not(feature = "rocksdb"))]
mod open {
    use prolly_storage::{Error, NodeStore};

    use super::NativeRocksDbOptions;
    use crate::fault::Result;
    use crate::storage::NativeStorage;

    fn unsupported() -> Error {
        Error::Unsupported {
            what: "RocksDB in this build of prollytree".to_owned(),
            hint: "install the published package, or build with npm run build:full".to_owned(),
        }
    }

    pub(super) fn open(_path: &str, _options: NativeRocksDbOptions) -> Result<NativeStorage> {
        Err(unsupported().into())
    }

    pub(super) fn checkpoint(_store: &NodeStore, _path: &str) -> Result<()> {
        Err(unsupported().into())
    }
}

#[cfg(feature = "rocksdb")]
mod open {
    use std::any::Any;
    use std::path::Path;

    use prolly_storage::NodeStore;
    use prolly_storage::rocksdb::{Compression, RocksDbOptions, RocksDbStorage};

    use super::NativeRocksDbOptions;
    use crate::fault::{Fault, Result};
    use crate::storage::{NativeStorage, durability_of};

    pub(super) fn open(path: &str, options: NativeRocksDbOptions) -> Result<NativeStorage> {
        let mut read =
            RocksDbOptions { durability: durability_of(&options.durability)?, ..Default::default() };
        if let Some(name) = options.compression {
            read.compression = compression(&name)?;
        }
        if let Some(name) = options.bottom_compression {
            read.bottom_compression = compression(&name)?;
        }
        // A number that is no whole one within bounds ends up out of bounds, which are checked when the store is opened.
        let whole = |number: f64| number as u64;
        read.block_cache_bytes = options.block_cache_bytes.map_or(read.block_cache_bytes, whole);
        read.write_buffer_bytes = options.write_buffer_bytes.map_or(read.write_buffer_bytes, whole);
        let bits = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        read.filter_bits = options.filter_bits.map_or(read.filter_bits, bits);
        read.open_files_max = options.open_files_max.unwrap_or(read.open_files_max);
        Ok(NativeStorage::new(RocksDbStorage::open(Path::new(path), &read)?))
    }

    pub(super) fn checkpoint(store: &NodeStore, path: &str) -> Result<()> {
        let storage: &dyn Any = &**store.storage();
        match storage.downcast_ref::<RocksDbStorage>() {
            Some(storage) => Ok(storage.checkpoint(Path::new(path))?),
            None => Err(Fault::internal("a checkpoint of another storage than RocksDB was asked for")),
        }
    }

    fn compression(name: &str) -> Result<Compression> {
        match name {
            "none" => Ok(Compression::None),
            "lz4" => Ok(Compression::Lz4),
            "zstd" => Ok(Compression::Zstd),
            _ => Err(Fault::invalid("options.compression", format!("there is no compression {name:?}"))),
        }
    }
}
