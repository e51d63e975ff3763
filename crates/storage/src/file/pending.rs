//! Nodes that were put and are not in their place yet.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::folder::{self, Folder};
use crate::lock_file::{self, PATIENCE, Sharing};
use crate::{Address, Error, Node, Result, durable};

/// The nodes that one handle has put since it last settled.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Each with what it links to.
    nodes: HashMap<Address, Box<[Address]>>,
    /// In the order in which they were put, by rank; those that were deleted since are still named.
    order: Vec<(u16, Address)>,
    /// Folders of settled nodes whose names are not synced.
    unsynced: BTreeSet<u8>,
}

/// A folder in `incoming`, whose lock says that the writer lives.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    /// Holds the lock for as long as it is open.
    lock: Option<File>,
}

impl Writer {
    /// Begins under the storage's lock, so that nobody takes a folder without a lock for that of a dead writer.
    pub(super) fn begin(folder: &Folder) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let _lock = folder.lock()?;
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = folder.incoming().join(format!("{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => {
                    let lock = lock_file::take(&path.join("lock"), Sharing::Exclusive, PATIENCE)?;
                    return Ok(Self { path, lock: Some(lock) });
                }
                // A process of another machine or container has the same number.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io("create", path, error)),
            }
        }
    }

    /// Where a node that waits is.
    pub(super) fn node(&self, address: &Address) -> PathBuf {
        self.path.join(address.to_string())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Windows removes no folder with an open file in it. What stays is cleared away as a dead writer's.
        self.lock = None;
        let _ = fs::remove_dir_all(&self.path);
    }
}

impl Pending {
    /// How many nodes wait.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing is left to do for [`Pending::settle`].
    pub(super) fn is_settled(&self) -> bool {
        self.nodes.is_empty() && self.unsynced.is_empty()
    }

    /// Writes a node into the writer's folder, unless it is there already.
    pub(super) fn put(&mut self, writer: &Writer, node: &Node) -> Result<()> {
        let address = node.address();
        if self.nodes.contains_key(&address) {
            return Ok(());
        }
        // Other threads read what waits, and must not meet half a node.
        let (path, half) = (writer.node(&address), writer.path.join("half"));
        durable::replace_by(&half, &path, node.bytes(), false)?;
        self.nodes.insert(address, node.links().map(|link| link.address).collect());
        self.order.push((node.rank(), address));
        Ok(())
    }

    /// Forgets a node.
    pub(super) fn delete(&mut self, writer: &Writer, address: &Address) -> Result<()> {
        match self.nodes.remove(address) {
            Some(_) => folder::remove(&writer.node(address)),
            None => Ok(()),
        }
    }

    /// What `root` reaches first that does not wait: all that must be in its place already.
    pub(super) fn settled_below(&self, root: Address) -> Vec<Address> {
        let (mut settled, mut seen, mut waiting) = (Vec::new(), BTreeSet::from([root]), vec![root]);
        while let Some(address) = waiting.pop() {
            match self.nodes.get(&address) {
                Some(links) => waiting.extend(links.iter().filter(|link| seen.insert(**link))),
                None => settled.push(address),
            }
        }
        settled
    }

    /// Moves every waiting node into its place, children before parents; when `synced`, syncs each before and the
    /// folders after. The caller shares the sweep lock: their age counts from now.
    ///
    /// When it fails, what is not settled still waits.
    pub(super) fn settle(&mut self, writer: &Writer, folder: &Folder, synced: bool) -> Result<()> {
        let now = SystemTime::now();
        self.order.sort_by_key(|(rank, _)| *rank);
        for (_, address) in &self.order {
            if !self.nodes.contains_key(address) {
                continue;
            }
            let path = writer.node(address);
            let file =
                File::options().write(true).open(&path).map_err(|error| Error::io("open", &path, error))?;
            file.set_modified(now).map_err(|error| Error::io("set the time of", &path, error))?;
            if synced {
                durable::sync_bytes(&file, &path)?;
            }
        }
        let mut settled = 0;
        let moved = self.order.iter().try_for_each(|(_, address)| {
            if self.nodes.contains_key(address) {
                let place = folder.node(address);
                fs::rename(writer.node(address), &place)
                    .map_err(|error| Error::io("rename", place, error))?;
                self.nodes.remove(address);
                self.unsynced.insert(address.as_bytes()[0]);
            }
            settled += 1;
            Ok(())
        });
        self.order.drain(..settled);
        moved?;
        if synced {
            for first in &self.unsynced {
                durable::sync_folder(&folder.fan(*first))?;
            }
        }
        self.unsynced.clear();
        Ok(())
    }
}
