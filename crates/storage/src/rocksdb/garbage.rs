//! Deletes nodes that nothing reaches.

use rocksdb::IteratorMode;

use super::{BLOBS, NODES, RocksDbStorage, failure};
use crate::{Address, Collection, Error, Node, NodeRef, NodeStorage, Result};

/// Nodes deleted with one write.
const BATCH: usize = 4096;

/// Collects garbage as [`Collection`] says. RocksDB keeps no times: recent is what was put since this began.
pub(super) fn collect(storage: &RocksDbStorage, collection: &mut Collection<'_>) -> Result<()> {
    let _only = storage.collector.lock();
    let published =
        || -> Result<Vec<NodeRef>> { Ok(storage.roots()?.into_iter().map(|(_, root)| root).collect()) };
    storage.insertions.watch();
    let marked = published().and_then(|roots| collection.keep(&roots)).and_then(|()| collection.look_again());
    // From here on nobody puts or publishes.
    let (_held_off, recent) = storage.insertions.hold_off();
    marked?;
    let _moving = storage.moving.lock();
    collection.keep(&published()?)?;
    collection.keep_recent(&recent)?;
    let mut garbage: Vec<(u16, Address)> = Vec::new();
    for family in [NODES, BLOBS] {
        for entry in storage.database().iterator_cf(storage.family(family)?, IteratorMode::Start) {
            let (key, bytes) = entry.map_err(failure::rocksdb("read", storage.path()))?;
            let address = <[u8; Address::LENGTH]>::try_from(&*key).map_err(|_| Error::Corruption {
                subject: format!("the RocksDB store {}", storage.path().display()),
                reason: format!("its column family {family} has a key of {} bytes", key.len()),
            })?;
            let address = Address::from_bytes(address);
            if collection.is_live(&address) {
                collection.retain();
            } else {
                collection.discard(address, bytes.len() as u64);
                garbage.push((Node::rank_of(&bytes), address));
            }
        }
    }
    if collection.options().dry_run {
        return Ok(());
    }
    garbage.sort_unstable_by(|one, other| other.cmp(one));
    for batch in garbage.chunks(BATCH) {
        storage.delete_many(&batch.iter().map(|(_, address)| *address).collect::<Vec<_>>())?;
    }
    Ok(())
}
