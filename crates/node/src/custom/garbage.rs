//! Garbage in a storage of the user.

use std::cmp::Reverse;

use prolly_storage::{Address, Collection, Node, NodeRef, NodeStorage, Result, StoredNode};

use super::storage::CustomStorage;

/// Nodes that are looked at, or deleted, with one request.
const BATCH: usize = 256;

/// What [`Collection`] asks for. Only writers that share the storage's object are held off.
pub(super) fn collect(storage: &CustomStorage, collection: &mut Collection<'_>) -> Result<()> {
    let _only = storage.collector.lock();
    storage.insertions.watch();
    let marked = published(storage).and_then(|roots| collection.keep(&roots));
    let marked = marked.and_then(|()| collection.look_again());
    // From here on nobody puts or publishes.
    let (_held_off, recent) = storage.insertions.hold_off();
    marked?;
    collection.keep(&published(storage)?)?;
    collection.keep_recent(&recent)?;
    let mut garbage = Vec::new();
    for address in storage.addresses()? {
        if collection.is_live(&address) {
            collection.retain();
        } else {
            garbage.push(address);
        }
    }
    for batch in sorted(storage, garbage)?.chunks(BATCH) {
        let addresses: Vec<_> = batch.iter().map(|node| node.address).collect();
        if !collection.options().dry_run {
            storage.delete_many(&addresses)?;
        }
        batch.iter().for_each(|node| collection.discard(node.address, node.bytes));
    }
    Ok(())
}

struct Garbage {
    address: Address,
    bytes: u64,
    rank: Reverse<u16>,
}

/// Parents before their children, so that a node that is there has below it all that it reaches, also when this ends
/// midway. What cannot be read is nobody's parent.
fn sorted(storage: &CustomStorage, addresses: Vec<Address>) -> Result<Vec<Garbage>> {
    let mut garbage = Vec::with_capacity(addresses.len());
    for batch in addresses.chunks(BATCH) {
        for (address, bytes) in batch.iter().zip(storage.find_many(batch)?) {
            let Some(bytes) = bytes else { continue };
            let size = bytes.len() as u64;
            let rank =
                Node::decode(address, StoredNode { bytes, locators: None }).map_or(0, |node| node.rank());
            garbage.push(Garbage { address: *address, bytes: size, rank: Reverse(rank) });
        }
    }
    garbage.sort_by_key(|node| node.rank);
    Ok(garbage)
}

fn published(storage: &CustomStorage) -> Result<Vec<NodeRef>> {
    Ok(storage.roots()?.into_iter().map(|(_, root)| root).collect())
}
