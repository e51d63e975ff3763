//! The storage of nodes in files.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::OnceLock;

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};

use super::folder::{self, Folder};
use super::pending::{Pending, Writer};
use super::{names, sweep};
use crate::lock_file::Sharing;
use crate::{
    Address, Collection, Durability, Error, Node, NodeRef, NodeStorage, Promises, Result, StoredNode,
};

/// Keeps nodes in the files of one folder: small, and open to every tool that knows files.
///
/// Any number of handles, threads and processes may use the folder at once, with one [`Durability`]. Readers take no
/// lock and never see half a node. A handle reads what it put at once; others do once it has settled: with
/// [`Durability::Commit`] at [`NodeStorage::publish`] or [`NodeStorage::sync`], otherwise when [`NodeStorage::put_many`]
/// returns. Nodes that never settled go with the handle, or, when its process died, with the next opening.
///
/// Cost: a node is read by opening one file. With [`Durability::Full`] and [`Durability::Commit`] a publishing syncs
/// each new node, each folder (of 256) that a new node is in, the root and the folder of roots. Files of nodes take whole
/// blocks of the file system.
#[derive(Debug)]
pub struct FileStorage {
    folder: Folder,
    durability: Durability,
    /// Begun with the first put, under the lock of `pending`. Readers use it without that lock, so that a collection of
    /// garbage, which holds others off, can go on while one of them waits with the lock held.
    writer: OnceLock<Writer>,
    pending: Mutex<Pending>,
    failed_sync: Mutex<Option<String>>,
}

impl FileStorage {
    /// Opens the storage in `folder`, made when there is nothing or an empty folder, and clears away what writers left
    /// that have died.
    ///
    /// # Errors
    /// [`Unsupported`](Error::Unsupported) when `folder` is a file, holds something else, or was written by a newer
    /// version; [`Io`](Error::Io) when it cannot be read. Nothing has changed then.
    pub fn open(folder: &Path, durability: Durability) -> Result<Self> {
        let folder = Folder::open(folder)?;
        match folder.lock().and_then(|_lock| folder.clear_dead()) {
            // Whoever may only read opens it all the same.
            Err(Error::Io { source, .. })
                if matches!(source.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {}
            answer => answer?,
        }
        Ok(Self {
            folder,
            durability,
            writer: OnceLock::new(),
            pending: Mutex::default(),
            failed_sync: Mutex::default(),
        })
    }

    /// What survives a loss of power.
    #[must_use]
    pub const fn durability(&self) -> Durability {
        self.durability
    }

    /// How many nodes were put and have not settled.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.lock().len()
    }

    fn is_synced(&self) -> bool {
        self.durability != Durability::Off
    }

    fn read(&self, address: &Address) -> Result<Bytes> {
        let place = self.folder.node(address);
        let mut found = folder::read(&place)?;
        if found.is_none()
            && let Some(writer) = self.writer.get()
        {
            found = folder::read(&writer.node(address))?;
            // It may have settled between the two looks.
            if found.is_none() {
                found = folder::read(&place)?;
            }
        }
        let bytes = found.ok_or_else(|| self.missing(address))?;
        let stored = Address::of(&bytes);
        if stored != *address {
            return Err(Error::Corruption {
                subject: format!("the node file {}", place.display()),
                reason: format!(
                    "its {} bytes have the address {stored}; bring the file back from a backup, or put the node again: \
                     remove the file and copy the tree from another store",
                    bytes.len()
                ),
            });
        }
        Ok(bytes.into())
    }

    fn missing(&self, address: &Address) -> Error {
        Error::MissingNode { address: *address, storage: self.kind() }
    }

    /// Locks what waits, unless a sync failed: the system may then have dropped what it could not write, so that a
    /// second sync would promise what is not so.
    fn writing(&self) -> Result<MutexGuard<'_, Pending>> {
        let pending = self.pending.lock();
        match &*self.failed_sync.lock() {
            Some(failure) => Err(Error::Poisoned(failure.clone())),
            None => Ok(pending),
        }
    }

    /// Runs `work`, and refuses further writes when a sync failed in it.
    fn guarded<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let done = work();
        if let Err(error @ Error::Io { action: "sync", .. }) = &done {
            *self.failed_sync.lock() = Some(error.to_string());
        }
        done
    }

    fn settle(&self, pending: &mut Pending) -> Result<()> {
        let Some(writer) = self.writer.get() else { return Ok(()) };
        self.guarded(|| pending.settle(writer, &self.folder, self.is_synced()))
    }

    /// The writer, begun when there is none; whoever holds what waits is alone in that.
    fn writer(&self, _pending: &Pending) -> Result<&Writer> {
        match self.writer.get() {
            Some(writer) => Ok(writer),
            None => {
                let writer = Writer::begin(&self.folder)?;
                Ok(self.writer.get_or_init(|| writer))
            }
        }
    }

    fn change(&self, path: &Path, value: Option<&[u8]>) -> Result<()> {
        self.guarded(|| folder::change(path, value, self.is_synced()))
    }

    fn read_root(&self, file_name: &str) -> Result<Option<Address>> {
        let path = self.folder.roots().join(file_name);
        let Some(bytes) = folder::read(&path)? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_suffix('\n'));
        match text.and_then(|text| text.parse().ok()) {
            Some(root) => Ok(Some(root)),
            None => Err(Error::Corruption {
                subject: format!("the root file {}", path.display()),
                reason: "it is no line of 64 hexadecimal digits; write the address of the root into it, or remove it"
                    .into(),
            }),
        }
    }
}

impl NodeStorage for FileStorage {
    fn kind(&self) -> &'static str {
        "file"
    }

    fn promises(&self) -> Promises {
        Promises { reads_unpublished: true, deletes: true, durable: self.is_synced() }
    }

    fn get(&self, node: &NodeRef) -> Result<StoredNode> {
        Ok(StoredNode { bytes: self.read(&node.address)?, locators: None })
    }

    /// Looks whether files are there, not whether they are sound.
    fn contains_many(&self, addresses: &[Address]) -> Result<Vec<bool>> {
        let contains = |address| {
            let settled = || is_there(&self.folder.node(address));
            // Twice, for it may settle between the two looks.
            match self.writer.get() {
                Some(writer) => Ok(settled()? || is_there(&writer.node(address))? || settled()?),
                None => settled(),
            }
        };
        addresses.iter().map(contains).collect()
    }

    /// A node that is there is written anew: so it counts as recent, and a damaged file is mended.
    fn put_many(&self, nodes: &[Node]) -> Result<()> {
        if nodes.is_empty() {
            return Ok(());
        }
        let mut pending = self.writing()?;
        let writer = self.writer(&pending)?;
        nodes.iter().try_for_each(|node| pending.put(writer, node))?;
        if self.durability == Durability::Commit {
            return Ok(());
        }
        let _sweep = self.folder.sweep_lock(Sharing::Shared)?;
        self.settle(&mut pending)
    }

    fn delete_many(&self, addresses: &[Address]) -> Result<()> {
        let mut pending = self.writing()?;
        let _sweep = self.folder.sweep_lock(Sharing::Shared)?;
        addresses.iter().try_for_each(|address| {
            if let Some(writer) = self.writer.get() {
                pending.delete(writer, address)?;
            }
            folder::remove(&self.folder.node(address))
        })
    }

    fn root(&self, name: &str) -> Result<Option<NodeRef>> {
        Ok(self.read_root(&names::encode(name)?)?.map(NodeRef::from))
    }

    fn roots(&self) -> Result<Vec<(String, NodeRef)>> {
        let mut roots = Vec::new();
        for path in folder::list(&self.folder.roots())? {
            let file_name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if file_name.starts_with('.') {
                continue;
            }
            let name = names::decode(file_name).ok_or_else(|| Error::Corruption {
                subject: format!("the root file {}", path.display()),
                reason: "no root has this file name; move the file away".into(),
            })?;
            // One that is gone by now was removed meanwhile.
            roots.extend(self.read_root(file_name)?.map(|root| (name, NodeRef::from(root))));
        }
        roots.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(roots)
    }

    fn publish(&self, name: &str, expected: Option<Address>, new: Option<NodeRef>) -> Result<()> {
        let file_name = names::encode(name)?;
        let mut pending = self.writing()?;
        // No collection of garbage comes between the look at what the new root names and the moment it is published.
        let _sweep = self.folder.sweep_lock(Sharing::Shared)?;
        if let Some(root) = new {
            for address in pending.settled_below(root.address) {
                if !is_there(&self.folder.node(&address))? {
                    return Err(self.missing(&address));
                }
            }
            self.settle(&mut pending)?;
        }
        let _lock = self.folder.lock()?;
        let found = self.read_root(&file_name)?;
        if found != expected {
            let show =
                |address: Option<Address>| address.map_or("nothing".into(), |address| address.to_string());
            return Err(Error::Moved { name: name.into(), expected: show(expected), found: show(found) });
        }
        let line = new.map(|root| format!("{}\n", root.address));
        self.change(&self.folder.roots().join(file_name), line.as_ref().map(String::as_bytes))
    }

    fn config(&self, name: &str) -> Result<Option<Bytes>> {
        let path = self.folder.config().join(names::encode(name)?);
        Ok(folder::read(&path)?.map(Bytes::from))
    }

    fn set_config(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        let path = self.folder.config().join(names::encode(name)?);
        let _writing = self.writing()?;
        let _lock = self.folder.lock()?;
        self.change(&path, value)
    }

    fn sync(&self) -> Result<()> {
        let mut pending = self.writing()?;
        if pending.is_settled() {
            return Ok(());
        }
        let _sweep = self.folder.sweep_lock(Sharing::Shared)?;
        self.settle(&mut pending)
    }

    fn refuses_writes(&self) -> bool {
        self.failed_sync.lock().is_some()
    }

    fn collect_garbage(&self, collection: &mut Collection<'_>) -> Result<()> {
        sweep::collect(self, &self.folder, self.is_synced(), collection)
    }
}

/// Whether the file of a node is there. One of no bytes is what a loss of power may leave when nothing is synced.
fn is_there(path: &Path) -> Result<bool> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.len() > 0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("examine", path, error)),
    }
}
