//! How a RocksDB store is opened.

use std::path::Path;

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DBPath, DBRecoveryMode, LogLevel,
    Options,
};

use super::{BLOBS, FAMILIES, NODES, failure};
use crate::{Durability, Error, Result};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;

/// One node is a block of its own: a read decompresses that node and no other.
const NODE_BLOCK: usize = 4 * 1024;
/// Out-of-line values are read one at a time as well; short ones share a block.
const BLOB_BLOCK: usize = 16 * 1024;
/// Names, and the few values of the store itself.
const SMALL_WRITE_BUFFER: usize = 1024 * 1024;

/// How a RocksDB store is opened. All of it may differ from one opening to the next.
///
/// ```
/// # use prolly_storage::Durability;
/// # use prolly_storage::rocksdb::RocksDbOptions;
/// let options = RocksDbOptions { durability: Durability::Full, ..RocksDbOptions::default() };
/// assert!(options.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RocksDbOptions {
    /// Which writes wait for the disk; [`Durability::Commit`] unless said otherwise.
    pub durability: Durability,
    /// How nodes are compressed when they are first written; [`Compression::Lz4`] unless said otherwise.
    pub compression: Compression,
    /// How nodes are compressed at the bottom level, where most of a large store comes to rest; [`Compression::Zstd`]
    /// unless said otherwise, which is a third smaller than lz4 and slower to read.
    pub bottom_compression: Compression,
    /// Memory for uncompressed blocks, in bytes; 64 MiB unless said otherwise, from 1 MiB to 1 TiB. It stands behind
    /// the [`NodeCache`](crate::NodeCache), which holds the nodes in use.
    pub block_cache_bytes: u64,
    /// Memory for what is not in a file yet, in bytes; 32 MiB unless said otherwise, from 1 MiB to 1 GiB. Nodes and
    /// out-of-line values have such a buffer each, and a second one while the first is being written.
    pub write_buffer_bytes: u64,
    /// Bits a node in the filters that tell which files lack it; 10 unless said otherwise, up to 30. 0 is no filter.
    pub filter_bits: u8,
    /// Files kept open; 512 unless said otherwise, from 32 to 1,000,000.
    pub open_files_max: u32,
}

impl Default for RocksDbOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Commit,
            compression: Compression::Lz4,
            bottom_compression: Compression::Zstd,
            block_cache_bytes: 64 * MIB,
            write_buffer_bytes: 32 * MIB,
            filter_bits: 10,
            open_files_max: 512,
        }
    }
}

/// How blocks of nodes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Fast to write and to read.
    Lz4,
    /// Smaller.
    Zstd,
}

impl Compression {
    const fn kind(self) -> DBCompressionType {
        match self {
            Self::None => DBCompressionType::None,
            Self::Lz4 => DBCompressionType::Lz4,
            Self::Zstd => DBCompressionType::Zstd,
        }
    }
}

impl RocksDbOptions {
    /// Checks that every value is within its bounds. Opening a store does so too.
    ///
    /// # Errors
    /// [`InvalidOption`](Error::InvalidOption) names the first that is not.
    pub fn check(&self) -> Result<()> {
        let within = |option, value: u64, least: u64, most: u64| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            let reason = format!("{value} is not from {least} to {most}");
            Err(Error::InvalidOption { option, reason })
        };
        within("block_cache_bytes", self.block_cache_bytes, MIB, 1024 * GIB)?;
        within("write_buffer_bytes", self.write_buffer_bytes, MIB, GIB)?;
        within("filter_bits", self.filter_bits.into(), 0, 30)?;
        within("open_files_max", self.open_files_max.into(), 32, 1_000_000)
    }

    /// What concerns the database as a whole.
    pub(super) fn database(&self) -> Options {
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        // A damaged record before the end of the log is an error; the default would drop it and all that follows. What
        // a killed writer left unfinished at the end is cut off.
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        // A column family that is seldom written would keep every log since alive, to be read again at each opening.
        options.set_max_total_wal_size(self.write_buffer_bytes.saturating_mul(2));
        // A file is synced when it is complete, and whoever publishes a root waits for that: so the disk begins with what is
        // written already, while the rest is compressed.
        options.set_bytes_per_sync(MIB);
        options.set_max_open_files(i32::try_from(self.open_files_max).unwrap_or(i32::MAX));
        options.set_log_level(LogLevel::Warn);
        options.set_keep_log_file_num(2);
        options.set_max_log_file_size(SMALL_WRITE_BUFFER);
        options.set_stats_dump_period_sec(0);
        options.set_stats_persist_period_sec(0);
        options
    }

    /// The column families with their options, of a store at `path`. They share one cache.
    ///
    /// # Errors
    /// When RocksDB does not take the path.
    pub(super) fn families(&self, path: &Path) -> Result<Vec<ColumnFamilyDescriptor>> {
        let cache = Cache::new_hyper_clock_cache(size(self.block_cache_bytes), 0);
        let family = |name: &&'static str| {
            let mut options = self.family(name, &cache);
            // RocksDB would wait for space in the background, and closing for that, at times for ever; it does not try where
            // more than one path is named. Whoever opened the store is told, and opens it again.
            options.set_cf_paths(&[DBPath::new(path, u64::MAX).map_err(failure::rocksdb("open", path))?]);
            Ok(ColumnFamilyDescriptor::new(*name, options))
        };
        FAMILIES.iter().map(family).collect()
    }

    fn family(&self, name: &str, cache: &Cache) -> Options {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(cache);
        blocks.set_block_size(if name == BLOBS { BLOB_BLOCK } else { NODE_BLOCK });
        if self.filter_bits > 0 {
            blocks.set_bloom_filter(self.filter_bits.into(), false);
        }
        // Indexes and filters count as cache, so that memory stays bounded however large the store is.
        blocks.set_cache_index_and_filter_blocks(true);
        blocks.set_cache_index_and_filter_blocks_with_high_priority(true);
        blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
        let mut options = Options::default();
        options.set_block_based_table_factory(&blocks);
        let holds_nodes = name == NODES || name == BLOBS;
        options.set_write_buffer_size(if holds_nodes {
            size(self.write_buffer_bytes)
        } else {
            SMALL_WRITE_BUFFER
        });
        options.set_compression_type(self.compression.kind());
        options.set_bottommost_compression_type(self.bottom_compression.kind());
        options
    }
}

/// Checked to be far below what memory can hold.
fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
