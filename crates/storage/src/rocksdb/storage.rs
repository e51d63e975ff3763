//! The storage over one open database.

use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use parking_lot::Mutex;
use rocksdb::{ColumnFamily, DB, FlushOptions, IteratorMode, ReadOptions, WriteBatch, WriteOptions};

use super::bulk::{PIECE_BYTES, Unlogged, record_bytes};
use super::{BLOBS, FAMILIES, META, NODES, REFS, RocksDbOptions, failure, folder, garbage};
use crate::insertions::Insertions;
use crate::{
    Address, Collection, Durability, Error, Kind, Node, NodeRef, NodeStorage, Promises, Result, StoredNode,
};

/// In `meta`: which format the store has.
const FORMAT_NAME: &str = "format";
/// The only format there is so far.
const FORMAT: &[u8] = b"1";
/// In `meta`: what the names of configuration values begin with.
const CONFIGURATION: &str = "config/";
/// The longest name of a root or configuration value, in bytes.
const NAME_MAX: usize = 1000;
/// Nodes of one request to RocksDB, whose blocks are held in memory together.
const NODES_PER_REQUEST: usize = 512;

/// Keeps nodes in a RocksDB database, a folder of its own.
///
/// One of these at a time has the database open, in whatever process; opening it once more is
/// [`InUse`](Error::InUse). Threads share it. Dropping it closes the database.
///
/// Putting a node that is there already writes it again and reads nothing: RocksDB drops one of the two when it next
/// rewrites their files. So a node that is put while another thread deletes it is there afterwards.
pub struct RocksDbStorage {
    database: DB,
    path: PathBuf,
    durability: Durability,
    reads: ReadOptions,
    /// For nodes.
    puts: WriteOptions,
    /// For many nodes between two moves of roots, see [`super::bulk`].
    bulk_puts: WriteOptions,
    unlogged: Unlogged,
    /// For roots and configuration.
    moves: WriteOptions,
    /// Held from reading a root until it has moved.
    pub(super) moving: Mutex<()>,
    pub(super) insertions: Insertions,
    /// Held by the one collection of garbage.
    pub(super) collector: Mutex<()>,
}

impl RocksDbStorage {
    /// Opens the store in the folder `path`, or makes one when nothing is there or the folder is empty.
    ///
    /// # Errors
    /// [`InvalidOption`](Error::InvalidOption); [`InUse`](Error::InUse) when it is open already, here or in another
    /// process; [`NotAStore`](Error::NotAStore) when `path` is a file or a folder of something else, which stays as it
    /// is; [`Unsupported`](Error::Unsupported) when a newer version made it; [`Corruption`](Error::Corruption) when files
    /// are missing or damaged.
    pub fn open(path: impl AsRef<Path>, options: &RocksDbOptions) -> Result<Self> {
        options.check()?;
        let path = folder::prepare(path.as_ref())?;
        let database = DB::open_cf_descriptors(&options.database(), &path, options.families(&path)?)
            .map_err(failure::rocksdb("open", &path))?;
        let durability = options.durability;
        let mut bulk_puts = WriteOptions::default();
        bulk_puts.disable_wal(true);
        let storage = Self {
            database,
            path,
            durability,
            reads: ReadOptions::default(),
            puts: synced(durability == Durability::Full),
            bulk_puts,
            unlogged: Unlogged::default(),
            moves: synced(durability != Durability::Off),
            moving: Mutex::new(()),
            insertions: Insertions::default(),
            collector: Mutex::new(()),
        };
        storage.check_format()?;
        Ok(storage)
    }

    /// The folder, with its full name.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn database(&self) -> &DB {
        &self.database
    }

    /// Writes the format of a new store; refuses any other than the one this version knows.
    fn check_format(&self) -> Result<()> {
        match self.read(META, FORMAT_NAME.as_bytes())?.as_deref() {
            Some(FORMAT) => Ok(()),
            Some(other) => Err(Error::Unsupported {
                what: format!("format {} of the RocksDB store {}", other.escape_ascii(), self.path.display()),
                hint: "open it with a newer version of prollytree".into(),
            }),
            None => {
                for name in FAMILIES {
                    if self.database.iterator_cf(self.family(name)?, IteratorMode::Start).next().is_some() {
                        let reason = format!("it has no {FORMAT_NAME} in the column family {META}");
                        return Err(Error::NotAStore { path: self.path.clone(), storage: "RocksDB", reason });
                    }
                }
                self.move_value(META, FORMAT_NAME, Some(FORMAT))?;
                folder::sync_parent(&self.path)
            }
        }
    }

    pub(super) fn family(&self, name: &'static str) -> Result<&ColumnFamily> {
        self.database.cf_handle(name).ok_or_else(|| Error::Corruption {
            subject: format!("the RocksDB store {}", self.path.display()),
            reason: format!("it has no column family {name}"),
        })
    }

    fn read(&self, family: &'static str, key: &[u8]) -> Result<Option<Bytes>> {
        let found = self.database.get_pinned_cf_opt(self.family(family)?, key, &self.reads);
        let found = found.map_err(failure::rocksdb("read", &self.path))?;
        Ok(found.map(|value| Bytes::copy_from_slice(&value)))
    }

    /// What a family holds under many addresses, in the order asked.
    fn read_many(&self, family: &'static str, addresses: &[Address]) -> Result<Vec<Option<Bytes>>> {
        let family = self.family(family)?;
        let keys = addresses.iter().map(Address::as_bytes);
        let found = self.database.batched_multi_get_cf_opt(family, keys, false, &self.reads);
        let copy = |answer: Result<Option<rocksdb::DBPinnableSlice<'_>>, rocksdb::Error>| {
            let value = answer.map_err(failure::rocksdb("read", &self.path))?;
            Ok(value.map(|value| Bytes::copy_from_slice(&value)))
        };
        found.into_iter().map(copy).collect()
    }

    fn write(&self, batch: WriteBatch, options: &WriteOptions) -> Result<()> {
        self.database.write_opt(batch, options).map_err(failure::rocksdb("write to", &self.path))
    }

    /// Sets or removes a root or a value of the store itself.
    fn move_value(&self, family: &'static str, name: &str, value: Option<&[u8]>) -> Result<()> {
        let family = self.family(family)?;
        let mut batch = WriteBatch::default();
        match value {
            Some(value) => batch.put_cf(family, name, value),
            None => batch.delete_cf(family, name),
        }
        self.write(batch, &self.moves)
    }

    /// Writes what skipped the log to files.
    fn flush_unlogged(&self) -> Result<()> {
        self.unlogged.flush(|| {
            let families = [self.family(NODES)?, self.family(BLOBS)?];
            self.database
                .flush_cfs_opt(&families, &FlushOptions::default())
                .map_err(failure::rocksdb("write to", &self.path))
        })
    }

    fn root_of(&self, name: &str, stored: &[u8]) -> Result<NodeRef> {
        let address = <[u8; Address::LENGTH]>::try_from(stored).map_err(|_| Error::Corruption {
            subject: format!("the root {name:?} of the RocksDB store {}", self.path.display()),
            reason: format!("it has {} bytes and not {}", stored.len(), Address::LENGTH),
        })?;
        Ok(Address::from_bytes(address).into())
    }

    fn missing(&self, address: Address) -> Error {
        Error::MissingNode { address, storage: self.kind() }
    }
}

impl NodeStorage for RocksDbStorage {
    fn kind(&self) -> &'static str {
        "rocksdb"
    }

    fn promises(&self) -> Promises {
        Promises { reads_unpublished: true, deletes: true, durable: self.durability != Durability::Off }
    }

    fn get(&self, node: &NodeRef) -> Result<StoredNode> {
        let key = node.address.as_bytes();
        let found = match self.read(NODES, key)? {
            Some(found) => Some(found),
            None => self.read(BLOBS, key)?,
        };
        let bytes = found.ok_or_else(|| self.missing(node.address))?;
        Ok(StoredNode { bytes, locators: None })
    }

    fn get_many(&self, nodes: &[NodeRef]) -> Result<Vec<StoredNode>> {
        let mut answers = Vec::with_capacity(nodes.len());
        for nodes in nodes.chunks(NODES_PER_REQUEST) {
            let addresses: Vec<_> = nodes.iter().map(|node| node.address).collect();
            let found = self.read_many(NODES, &addresses)?;
            let elsewhere: Vec<_> = addresses
                .iter()
                .zip(&found)
                .filter(|(_, found)| found.is_none())
                .map(|(node, _)| *node)
                .collect();
            let mut blobs = if elsewhere.is_empty() {
                Vec::new().into_iter()
            } else {
                self.read_many(BLOBS, &elsewhere)?.into_iter()
            };
            for (address, found) in addresses.iter().zip(found) {
                let found = found.or_else(|| blobs.next().flatten());
                let bytes = found.ok_or_else(|| self.missing(*address))?;
                answers.push(StoredNode { bytes, locators: None });
            }
        }
        Ok(answers)
    }

    /// Reads the nodes: as RocksDB's filters err, a presence has to be looked up, and comes with its bytes.
    fn contains_many(&self, addresses: &[Address]) -> Result<Vec<bool>> {
        let mut answers = Vec::with_capacity(addresses.len());
        for addresses in addresses.chunks(NODES_PER_REQUEST) {
            let nodes = self.read_many(NODES, addresses)?;
            let blobs = self.read_many(BLOBS, addresses)?;
            answers.extend(nodes.iter().zip(&blobs).map(|(node, blob)| node.is_some() || blob.is_some()));
        }
        Ok(answers)
    }

    fn put_many(&self, nodes: &[Node]) -> Result<()> {
        let (in_nodes, in_blobs) = (self.family(NODES)?, self.family(BLOBS)?);
        let insertion = self.insertions.begin();
        let bytes: usize = nodes.iter().map(record_bytes).sum();
        let unlogged = self.durability != Durability::Full && self.unlogged.takes(bytes as u64);
        let options = if unlogged { &self.bulk_puts } else { &self.puts };
        let batch = || WriteBatch::with_capacity_bytes(bytes.min(PIECE_BYTES));
        let mut piece = batch();
        for node in nodes {
            insertion.note(node.address());
            let family = match node.kind() {
                Kind::Leaf | Kind::Internal => in_nodes,
                Kind::Blob | Kind::ChunkList => in_blobs,
            };
            if !piece.is_empty() && piece.size_in_bytes() + record_bytes(node) > PIECE_BYTES {
                self.write(std::mem::replace(&mut piece, batch()), options)?;
            }
            piece.put_cf(family, node.address().as_bytes(), node.bytes());
        }
        if !piece.is_empty() {
            self.write(piece, options)?;
        }
        if unlogged {
            self.unlogged.wrote();
        }
        Ok(())
    }

    fn delete_many(&self, addresses: &[Address]) -> Result<()> {
        let mut batch = WriteBatch::default();
        for name in [NODES, BLOBS] {
            let family = self.family(name)?;
            for address in addresses {
                // A note that something is deleted costs as much as a small node, so none is left where it cannot be.
                if self.database.key_may_exist_cf_opt(family, address.as_bytes(), &self.reads) {
                    batch.delete_cf(family, address.as_bytes());
                }
            }
        }
        if batch.is_empty() { Ok(()) } else { self.write(batch, &self.puts) }
    }

    fn root(&self, name: &str) -> Result<Option<NodeRef>> {
        check_name(name)?;
        self.read(REFS, name.as_bytes())?.map(|stored| self.root_of(name, &stored)).transpose()
    }

    fn roots(&self) -> Result<Vec<(String, NodeRef)>> {
        let mut roots = Vec::new();
        for entry in self.database.iterator_cf(self.family(REFS)?, IteratorMode::Start) {
            let (name, stored) = entry.map_err(failure::rocksdb("read", &self.path))?;
            let name = String::from_utf8(name.into_vec()).map_err(|name| Error::Corruption {
                subject: format!("the RocksDB store {}", self.path.display()),
                reason: format!(
                    "the root {:?} has no name in UTF-8",
                    name.as_bytes().escape_ascii().to_string()
                ),
            })?;
            let root = self.root_of(&name, &stored)?;
            roots.push((name, root));
        }
        Ok(roots)
    }

    fn publish(&self, name: &str, expected: Option<Address>, new: Option<NodeRef>) -> Result<()> {
        check_name(name)?;
        // What the new root reaches was put before this call, so it need not wait for others who move roots.
        self.flush_unlogged()?;
        let _moving = self.moving.lock();
        let found = self.root(name)?.map(|root| root.address);
        if found != expected {
            let show =
                |address: Option<Address>| address.map_or("nothing".into(), |address| address.to_string());
            return Err(Error::Moved { name: name.into(), expected: show(expected), found: show(found) });
        }
        self.move_value(REFS, name, new.as_ref().map(|root| &root.address.as_bytes()[..]))
    }

    fn config(&self, name: &str) -> Result<Option<Bytes>> {
        check_name(name)?;
        self.read(META, format!("{CONFIGURATION}{name}").as_bytes())
    }

    fn set_config(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        check_name(name)?;
        self.move_value(META, &format!("{CONFIGURATION}{name}"), value)
    }

    fn sync(&self) -> Result<()> {
        self.flush_unlogged()?;
        if self.durability == Durability::Off {
            return Ok(());
        }
        self.database.flush_wal(true).map_err(failure::rocksdb("sync", &self.path))
    }

    fn collect_garbage(&self, collection: &mut Collection<'_>) -> Result<()> {
        garbage::collect(self, collection)
    }
}

impl Drop for RocksDbStorage {
    /// Writes to files what is in the log alone. Of a log, RocksDB cannot tell a damaged end from an unfinished one; of a
    /// file it can. When this fails the log stays, to be read at the next opening.
    fn drop(&mut self) {
        let families: Vec<_> = FAMILIES.iter().filter_map(|name| self.database.cf_handle(name)).collect();
        let _ = self.database.flush_cfs_opt(&families, &FlushOptions::default());
    }
}

impl fmt::Debug for RocksDbStorage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RocksDbStorage")
            .field("path", &self.path)
            .field("durability", &self.durability)
            .finish_non_exhaustive()
    }
}

fn synced(sync: bool) -> WriteOptions {
    let mut options = WriteOptions::default();
    options.set_sync(sync);
    options
}

fn check_name(name: &str) -> Result<()> {
    if (1..=NAME_MAX).contains(&name.len()) {
        return Ok(());
    }
    Err(Error::InvalidName { name: name.into(), reason: format!("it has not from 1 to {NAME_MAX} bytes") })
}
