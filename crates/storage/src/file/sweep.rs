//! Deletes nodes that nothing reaches.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::SystemTime;

use super::folder::{self, Folder};
use crate::lock_file::Sharing;
use crate::{Address, Collection, Error, Node, NodeRef, NodeStorage, Result, StoredNode, durable};

/// As many bytes of a node as tell its rank.
const HEADER: usize = 8;

/// Collects garbage as [`Collection`] says. A node's age is that of its file, which counts from the moment it settled.
/// Nodes that have not settled are not looked at, and what they link to is kept.
pub(super) fn collect(
    storage: &dyn NodeStorage,
    folder: &Folder,
    synced: bool,
    collection: &mut Collection<'_>,
) -> Result<()> {
    let begin = SystemTime::now();
    let oldest = begin.checked_sub(collection.options().grace).unwrap_or(SystemTime::UNIX_EPOCH);
    let published =
        || -> Result<Vec<NodeRef>> { Ok(storage.roots()?.into_iter().map(|(_, root)| root).collect()) };
    collection.keep(&published()?)?;
    collection.look_again()?;
    // From here on nobody settles or publishes.
    let _sweep = folder.sweep_lock(Sharing::Exclusive)?;
    collection.keep(&published()?)?;
    collection.keep_recent(&recent(folder, oldest)?)?;
    collection.keep_recent(&awaited(folder)?)?;
    let mut garbage = Vec::new();
    for first in 0..=u8::MAX {
        for path in folder::list(&folder.fan(first))? {
            let Some(address) = folder::address_of(&path) else { continue };
            if collection.is_live(&address) {
                collection.retain();
            } else if collection.options().dry_run {
                collection.discard(address, examine(&path)?.len());
            } else {
                garbage.push((rank(&path)?, address));
            }
        }
    }
    delete(folder, synced, garbage, collection)
}

/// Deletes by rank, so that a node that is there always has all that it links to, whenever this process or the power
/// ends.
fn delete(
    folder: &Folder,
    synced: bool,
    mut garbage: Vec<(u16, Address)>,
    collection: &mut Collection<'_>,
) -> Result<()> {
    garbage.sort_unstable_by(|one, other| other.cmp(one));
    for nodes in garbage.chunk_by(|(one, _), (other, _)| one == other) {
        let mut folders = BTreeSet::new();
        for (_, address) in nodes {
            let path = folder.node(address);
            let bytes = examine(&path)?.len();
            folder::remove(&path)?;
            collection.discard(*address, bytes);
            folders.insert(address.as_bytes()[0]);
        }
        if synced {
            folders.into_iter().try_for_each(|first| durable::sync_folder(&folder.fan(first)))?;
        }
    }
    Ok(())
}

/// Nodes that settled at or after `oldest`.
fn recent(folder: &Folder, oldest: SystemTime) -> Result<Vec<Address>> {
    let mut recent = Vec::new();
    for first in 0..=u8::MAX {
        for path in folder::list(&folder.fan(first))? {
            let modified = examine(&path)?.modified().map_err(|error| Error::io("examine", &path, error))?;
            if modified >= oldest {
                recent.extend(folder::address_of(&path));
            }
        }
    }
    Ok(recent)
}

/// What the nodes link to that wait to be settled, of whatever writer.
fn awaited(folder: &Folder) -> Result<Vec<Address>> {
    let mut awaited = Vec::new();
    for writer in folder::list(&folder.incoming())? {
        let waiting = match fs::read_dir(&writer) {
            Ok(waiting) => waiting,
            // The writer has ended.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("list", writer, error)),
        };
        for entry in waiting {
            let path = entry.map_err(|error| Error::io("list", &writer, error))?.path();
            let Some(address) = folder::address_of(&path) else { continue };
            let Some(bytes) = folder::read(&path)? else { continue };
            if let Ok(node) = Node::decode(&address, StoredNode { bytes: bytes.into(), locators: None }) {
                awaited.extend(node.links().map(|link| link.address));
            }
        }
    }
    Ok(awaited)
}

fn rank(path: &Path) -> Result<u16> {
    let mut header = Vec::with_capacity(HEADER);
    let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
    file.take(HEADER as u64).read_to_end(&mut header).map_err(|error| Error::io("read", path, error))?;
    Ok(Node::rank_of(&header))
}

fn examine(path: &Path) -> Result<fs::Metadata> {
    fs::metadata(path).map_err(|error| Error::io("examine", path, error))
}
