//! The plain storage of nodes over a Git repository.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use parking_lot::RwLock;

use super::mirror::MirrorStorage;
use super::{
    LogOrder, NewCommit, Oid, Repository, StoreLock, VersionBatch, WrittenVersion, branch_ref, durable,
};
use crate::{
    Address, Collection, Error, Kind, Locator, Node, NodeMap, NodeRef, NodeStorage, Promises, Result,
    StoredNode,
};

/// Nodes of trees without a version history of their own, in a Git repository.
///
/// What is put stays in memory until [`NodeStorage::publish`] writes the nodes that the new root reaches, as a commit
/// on the branch `name`. Nodes that no published root reaches are gone when the last clone of this storage is.
///
/// Git names objects by its own hash, so a node is found by the locator that its parent carries. Without one it is
/// found if this storage wrote or read it, or if it is the root of some published version.
#[derive(Clone, Debug)]
pub struct GitStorage {
    repository: Repository,
    mirror: MirrorStorage,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    pending: NodeMap,
    places: RwLock<HashMap<Address, Locator>>,
    /// Whether `places` has what was published when the first node was looked for in vain.
    has_learned: AtomicBool,
}

impl GitStorage {
    /// The storage of `repository`.
    #[must_use]
    pub fn new(repository: Repository) -> Self {
        Self { mirror: MirrorStorage::new(repository.clone()), repository, shared: Arc::default() }
    }

    /// The repository.
    #[must_use]
    pub const fn repository(&self) -> &Repository {
        &self.repository
    }

    /// How many nodes were put and not published.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.pending.len()
    }

    fn place(&self, address: &Address) -> Option<Locator> {
        self.shared.places.read().get(address).copied()
    }

    /// The node with the locator it was given, or one that is known here.
    fn locate(&self, node: &NodeRef) -> Result<NodeRef> {
        if node.locator != Locator::None {
            return Ok(*node);
        }
        let place = match self.place(&node.address) {
            Some(place) => Some(place),
            None => self.find_root(node.address)?,
        };
        let missing = Error::MissingNode { address: node.address, storage: self.kind() };
        place.map(|place| NodeRef::new(node.address, place)).ok_or(missing)
    }

    fn remember(&self, node: &NodeRef) {
        if self.place(&node.address).is_none() {
            self.shared.places.write().insert(node.address, node.locator);
        }
    }

    /// Remembers where the nodes of all published roots are, but for out-of-line values: reads every internal node, once.
    fn learn(&self) -> Result<()> {
        if self.shared.has_learned.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.learn_trees(self.mirror.roots()?.into_iter().map(|(_, root)| root).collect())?;
        self.shared.has_learned.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Remembers where the nodes of trees are, but for out-of-line values: reads every internal node, once.
    pub(super) fn learn_trees(&self, roots: Vec<NodeRef>) -> Result<()> {
        let mut waiting = roots;
        // Where a version names a root and keeps its nodes elsewhere, there is nothing to learn.
        waiting.retain(|root| root.locator != Locator::None);
        let mut seen: HashSet<_> = waiting.iter().map(|root| root.address).collect();
        while let Some(next) = waiting.pop() {
            self.remember(&next);
            let node = Node::decode(&next.address, self.mirror.get(&next)?)?;
            if node.kind() != Kind::Internal {
                continue;
            }
            for child in node.links().filter(|child| seen.insert(child.address)) {
                if node.level() > 1 { waiting.push(child) } else { self.remember(&child) }
            }
        }
        Ok(())
    }

    /// Writes a commit of `root` with the nodes below it that are not in Git, on no branch.
    pub(super) fn write<'lock>(
        &self,
        lock: &'lock StoreLock,
        root: NodeRef,
        commit: &NewCommit,
    ) -> Result<WrittenVersion<'lock>> {
        let places = |address: &Address| self.place(address);
        self.repository.write_placed(lock, root, None, &self.shared.pending, commit, &places)
    }

    /// As [`GitStorage::write`], in a batch.
    pub(super) fn add(&self, batch: &mut VersionBatch, root: NodeRef, commit: &NewCommit) -> Result<Oid> {
        let places = |address: &Address| self.place(address);
        batch.add_placed(root, None, &self.shared.pending, commit, &places)
    }

    /// Takes what was written from the pending nodes, and remembers where it is.
    pub(super) fn settle(&self, placed: &HashMap<Address, Locator>) {
        self.shared.places.write().extend(placed.iter().map(|(address, locator)| (*address, *locator)));
        for address in placed.keys() {
            self.shared.pending.remove(address);
        }
    }

    /// Looks for a version with this root in all of history: the last resort before a node is called missing.
    fn find_root(&self, address: Address) -> Result<Option<Locator>> {
        let tips: Vec<Oid> = self.repository.refs("refs/")?.into_iter().map(|(_, id)| id).collect();
        let commits: Vec<Oid> =
            tips.iter().filter(|id| self.repository.commit(**id).is_ok()).copied().collect();
        for commit in self.repository.log(&commits, &[], LogOrder::Time)? {
            let commit = commit?;
            if commit.root == Some(address) {
                let root = self.repository.read_version(commit.id)?.root;
                self.remember(&root);
                return Ok(Some(root.locator));
            }
        }
        Ok(None)
    }

    /// The root that the branch `name` holds, and its commit.
    fn published(&self, name: &str) -> Result<Option<(Oid, NodeRef)>> {
        let target = self.repository.ref_target(&branch_ref(name)?)?;
        target.map(|commit| Ok((commit, self.repository.read_version(commit)?.root))).transpose()
    }

    fn config_path(&self, name: &str) -> Result<PathBuf> {
        let fine = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        if name.is_empty() || name.len() > 200 || name.starts_with('.') || !name.chars().all(fine) {
            let reason = "a configuration value has a name of at most 200 letters, digits, -, _ and ., and begins with \
                          no dot";
            return Err(Error::InvalidName { name: name.into(), reason: reason.into() });
        }
        Ok(self.repository.own_dir().join("config").join(name))
    }
}

impl NodeStorage for GitStorage {
    fn kind(&self) -> &'static str {
        "git"
    }

    fn promises(&self) -> Promises {
        // Only what a published root reaches is on the disk, so `sync` alone makes nothing durable.
        Promises { reads_unpublished: true, deletes: false, durable: false }
    }

    fn get(&self, node: &NodeRef) -> Result<StoredNode> {
        if let Some(pending) = self.shared.pending.get(&node.address) {
            return Ok((&*pending).into());
        }
        let node = self.locate(node)?;
        let stored = self.mirror.get(&node)?;
        self.remember(&node);
        Ok(stored)
    }

    /// Knows the nodes that this handle has put, published or read, and, but for out-of-line values, those of the roots
    /// that were published when it was first asked for one it does not know: others would have to be looked for in all
    /// of history.
    fn contains_many(&self, addresses: &[Address]) -> Result<Vec<bool>> {
        let is_known =
            |address: &Address| self.place(address).is_some() || self.shared.pending.get(address).is_some();
        if !addresses.iter().all(is_known) {
            self.learn()?;
        }
        Ok(addresses.iter().map(is_known).collect())
    }

    fn put_many(&self, nodes: &[Node]) -> Result<()> {
        self.shared.pending.insert_all(nodes.iter().cloned());
        Ok(())
    }

    /// Forgets nodes that are not published yet. Published ones go by Git's garbage collection.
    fn delete_many(&self, addresses: &[Address]) -> Result<()> {
        for address in addresses {
            self.shared.pending.remove(address);
        }
        Ok(())
    }

    fn root(&self, name: &str) -> Result<Option<NodeRef>> {
        let root = self.published(name)?.map(|(_, root)| root);
        root.iter().for_each(|root| self.remember(root));
        Ok(root)
    }

    fn roots(&self) -> Result<Vec<(String, NodeRef)>> {
        self.mirror.roots()
    }

    fn publish(&self, name: &str, expected: Option<Address>, new: Option<NodeRef>) -> Result<()> {
        let full = branch_ref(name)?;
        if self.repository.is_plain_clone()? {
            self.repository.make_bare()?;
        }
        let lock = self.repository.lock()?;
        let current = self.published(name)?;
        let found = current.map(|(_, root)| root.address);
        if found != expected {
            let show =
                |address: Option<Address>| address.map_or("nothing".into(), |address| address.to_string());
            return Err(Error::Moved { name: name.into(), expected: show(expected), found: show(found) });
        }
        let parent = current.map(|(commit, _)| commit);
        let Some(root) = new else {
            return self.repository.update_ref(&lock, &full, parent, None, "");
        };
        let committer = self.repository.committer_or_default();
        let author = self.repository.author().unwrap_or_else(|_| committer.clone());
        let message = format!("Publish {name}");
        let commit =
            NewCommit { parents: parent.into_iter().collect(), author, committer, message: message.clone() };
        let written = self.write(&lock, root, &commit)?;
        self.repository.update_ref(&lock, &full, parent, Some(written.commit), &message)?;
        self.settle(&written.placed);
        drop(written);
        drop(lock);
        // The root is published whether or not this succeeds, and the next publishing tries again.
        let _ = self.repository.roll_up_packs();
        Ok(())
    }

    fn config(&self, name: &str) -> Result<Option<Bytes>> {
        let path = self.config_path(name)?;
        match fs::read(&path) {
            Ok(value) => Ok(Some(value.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", path, error)),
        }
    }

    fn set_config(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        let path = self.config_path(name)?;
        let _lock = self.repository.lock()?;
        let folder = self.repository.own_dir().join("config");
        durable::make_folder(&folder)?;
        match value {
            Some(value) => durable::replace_file(&path, value),
            None => match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", path, error)),
                _ => durable::sync_folder(&folder),
            },
        }
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }

    /// Refused: Git's own collection removes published nodes, and the others go with this handle.
    fn collect_garbage(&self, collection: &mut Collection<'_>) -> Result<()> {
        self.mirror.collect_garbage(collection)
    }
}
