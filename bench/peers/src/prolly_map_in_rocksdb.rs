//! The crate prolly-map over RocksDB.
//!
//! Its own store for RocksDB, prolly-store-rocksdb 0.5, binds another version of RocksDB, and one program cannot hold two.
//! So what it does is done here over the version that ours binds: one family of nodes, reads by `multi_get`, writes by
//! batches; and it has what ours has: lz4 (zstd at the bottom), a filter of ten bits, 64 MiB of blocks and of writes.

use std::collections::HashMap;
use std::sync::Arc;

use prolly::{BatchOp, Config, Prolly, SortedBatchBuilder, Store, Tree};
use rocksdb::{BlockBasedOptions, Cache, DB, DBCompressionType, Error, Options, WriteBatch, WriteOptions};
use tempfile::TempDir;

use crate::contender::{GETS, Outcome, Run};
use crate::data::{Data, Entries};

const BUFFER: usize = 64 << 20;

struct Nodes(DB);

impl Nodes {
    fn open(folder: &TempDir) -> Arc<Self> {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(&Cache::new_lru_cache(BUFFER));
        blocks.set_bloom_filter(10.0, false);
        let mut options = Options::default();
        options.create_if_missing(true);
        options.set_compression_type(DBCompressionType::Lz4);
        options.set_bottommost_compression_type(DBCompressionType::Zstd);
        options.set_write_buffer_size(BUFFER);
        options.set_block_based_table_factory(&blocks);
        Arc::new(Self(DB::open(&options, folder.path()).unwrap()))
    }

    /// Past the log: the build ends with a flush, which writes all of it to files.
    fn write(&self, batch: WriteBatch) -> Result<(), Error> {
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        self.0.write_opt(batch, &options)
    }
}

impl Store for Nodes {
    type Error = Error;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.0.get(key)
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.batch_put(&[(key, value)])
    }

    fn delete(&self, key: &[u8]) -> Result<(), Error> {
        self.0.delete(key)
    }

    fn batch(&self, operations: &[BatchOp]) -> Result<(), Error> {
        let mut batch = WriteBatch::default();
        for operation in operations {
            match operation {
                BatchOp::Upsert { key, value } => batch.put(key, value),
                BatchOp::Delete { key } => batch.delete(key),
            }
        }
        self.write(batch)
    }

    fn batch_get(&self, keys: &[&[u8]]) -> Result<HashMap<Vec<u8>, Vec<u8>>, Error> {
        let mut found = HashMap::new();
        for (key, value) in keys.iter().zip(self.0.multi_get(keys)) {
            if let Some(value) = value? {
                found.insert(key.to_vec(), value);
            }
        }
        Ok(found)
    }

    fn prefers_batch_reads(&self) -> bool {
        true
    }

    fn batch_put(&self, entries: &[(&[u8], &[u8])]) -> Result<(), Error> {
        let mut batch = WriteBatch::default();
        entries.iter().for_each(|(key, value)| batch.put(key, value));
        self.write(batch)
    }
}

fn build_tree(nodes: &Arc<Nodes>, entries: Entries) -> (Prolly<Arc<Nodes>>, Tree) {
    let config = Config::builder().node_cache_max_nodes(0).build();
    let mut builder = SortedBatchBuilder::new(Arc::clone(nodes), config.clone());
    for (key, value) in entries {
        builder.add(key, value).unwrap();
    }
    let tree = builder.build().unwrap();
    nodes.0.flush().unwrap();
    (Prolly::new(Arc::clone(nodes), config), tree)
}

pub fn build(data: Data) -> Run {
    let entries = data.sorted();
    Box::new(move |_| {
        let folder = TempDir::new().unwrap();
        let nodes = Nodes::open(&folder);
        let input = entries.clone();
        Outcome::of(|| build_tree(&nodes, input)).0
    })
}

pub fn get(data: Data, repeats: usize) -> Run {
    let folder = TempDir::new().unwrap();
    let (manager, tree) = build_tree(&Nodes::open(&folder), data.sorted());
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(GETS, repeat as u64)).collect();
    Box::new(move |repeat| {
        let _kept = &folder;
        let found = |key: &Vec<u8>| manager.get(&tree, key).unwrap().unwrap().len();
        Outcome::of(|| keys[repeat].iter().map(found).sum::<usize>()).0
    })
}
