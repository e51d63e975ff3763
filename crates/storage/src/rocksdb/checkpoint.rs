//! Backups of a store in use.

use std::path::Path;

use rocksdb::checkpoint::Checkpoint;

use super::{RocksDbStorage, failure};
use crate::{Error, Result};

impl RocksDbStorage {
    /// Makes the new folder `path` a store that holds what this one holds now. Others may read and write meanwhile.
    ///
    /// On the same file system the two share the files that exist, so this takes a moment and no space; elsewhere files
    /// are copied.
    ///
    /// # Errors
    /// [`AlreadyExists`](Error::AlreadyExists) when something is at `path`, and when it cannot be written.
    pub fn checkpoint(&self, path: &Path) -> Result<()> {
        if path.symlink_metadata().is_ok() {
            return Err(Error::AlreadyExists { what: path.display().to_string() });
        }
        let make = || Checkpoint::new(self.database())?.create_checkpoint(path);
        make().map_err(failure::rocksdb("write a checkpoint to", path))
    }
}
