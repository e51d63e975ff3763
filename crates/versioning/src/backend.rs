//! Where versions are kept: commits in Git, and nodes in Git or elsewhere.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use prolly_storage::git::{
    COMPANIONS, NewCommit, Oid, Pins, Repository, StoreLock, Version, VersionBatch, WrittenBatch,
    WrittenVersion,
};
use prolly_storage::{
    Address, Kind, Listener, Node, NodeMap, NodeRef, NodeStore, Parameters, StageProgress, unheard,
};
use prolly_tree::Tree;

use crate::{Result, StorageKind};

/// Nodes handed to a storage that is not Git at once.
const NODES_PER_REQUEST: usize = 1024;

pub(crate) struct Backend {
    pub(crate) repository: Repository,
    nodes: NodeStore,
    in_git: bool,
    /// The versions that trees of this handle are read from.
    pins: Arc<Pins>,
    /// The commits that hold the nodes of others, as far as they were looked up.
    companions: Mutex<HashMap<Oid, Oid>>,
}

impl Backend {
    /// Commits and nodes in Git.
    pub(crate) fn git(repository: Repository) -> Self {
        let (nodes, pins) = (NodeStore::new(repository.storage()), repository.pins());
        Self { repository, nodes, in_git: true, pins, companions: Mutex::default() }
    }

    /// Commits in Git, nodes elsewhere.
    pub(crate) fn external(repository: Repository, nodes: NodeStore) -> Self {
        let pins = repository.pins();
        Self { repository, nodes, in_git: false, pins, companions: Mutex::default() }
    }

    /// The kind of storage that has the nodes.
    pub(crate) fn kind(&self) -> &'static str {
        self.nodes.storage().kind()
    }

    /// The nodes.
    pub(crate) const fn nodes(&self) -> &NodeStore {
        &self.nodes
    }

    /// Whether the nodes are in Git.
    pub(crate) const fn in_git(&self) -> bool {
        self.in_git
    }

    /// A store for what is read from, and made of, a version: nobody collects its nodes while the store is in use.
    fn pinned(&self, commit: Oid, root: Address) -> NodeStore {
        self.staged().holding(Arc::new(self.pins.pin(commit, root)))
    }

    /// A store for nodes that no commit has yet.
    pub(crate) fn staged(&self) -> NodeStore {
        self.nodes.staged()
    }

    /// The tree without entries.
    pub(crate) fn empty(&self, parameters: Parameters) -> Result<Tree> {
        Ok(Tree::empty(self.staged(), parameters)?)
    }

    /// The tree of a commit. Cost: three small objects; where the nodes are kept beside Git and those of this commit came with it,
    /// from elsewhere, a copy of what is missing, once.
    pub(crate) fn tree(&self, commit: Oid) -> Result<Tree> {
        self.tree_telling(commit, &StageProgress::of("copying versions", 0), &mut unheard)
    }

    /// As [`Backend::tree`]; a listener that is told `progress` now and then can end a copy.
    pub(crate) fn tree_telling(
        &self,
        commit: Oid,
        progress: &StageProgress,
        listener: &mut Listener<'_>,
    ) -> Result<Tree> {
        let version = self.repository.read_version(commit)?;
        let store = self.pinned(commit, version.root.address);
        let root = if self.in_git {
            self.root_in_git(&version)?
        } else {
            self.fetch(&version, progress, listener)?;
            NodeRef::from(version.root.address)
        };
        Ok(Tree::open(store, version.parameters, root))
    }

    /// The root of a version in the storage of this store; `None` where it is in Git still, or nowhere.
    pub(crate) fn stored_root(&self, version: &Version) -> Result<Option<NodeRef>> {
        if self.in_git {
            return self.root_in_git(version).map(Some);
        }
        let address = version.root.address;
        let there = self.nodes.storage().contains_many(&[address])? == [true];
        Ok(there.then(|| NodeRef::from(address)))
    }

    /// Where Git has the nodes of a version: in its commit, or in the one that goes with it.
    pub(crate) fn root_in_git(&self, version: &Version) -> Result<NodeRef> {
        if version.storage == StorageKind::Git.name() {
            return Ok(version.root);
        }
        let mut companions = self.companions.lock();
        if !companions.contains_key(&version.commit) {
            *companions = self.repository.companions()?;
        }
        match companions.get(&version.commit) {
            Some(companion) => Ok(self.repository.read_version(*companion)?.root),
            None => Err(prolly_storage::Error::MissingNode {
                address: version.root.address,
                storage: self.kind(),
            }
            .into()),
        }
    }

    /// Brings the nodes of a version into the storage beside Git.
    fn fetch(&self, version: &Version, progress: &StageProgress, listener: &mut Listener<'_>) -> Result<()> {
        if self.stored_root(version)?.is_some() {
            return Ok(());
        }
        let _filling = self.repository.begin_filling()?;
        let root = self.root_in_git(version)?;
        let git = NodeStore::new(self.repository.storage());
        git.copy_to(&self.nodes, root, &mut |_| listener(progress))?;
        Ok(())
    }

    /// Returns once all nodes are durable.
    pub(crate) fn sync(&self) -> Result<()> {
        Ok(self.nodes.storage().sync()?)
    }

    /// Writes a commit of `tree`, on no branch yet, and gives the tree as it can be read from there.
    pub(crate) fn write<'lock>(
        &self,
        lock: &'lock StoreLock,
        tree: &Tree,
        commit: &NewCommit,
    ) -> Result<(WrittenVersion<'lock>, Tree)> {
        let none = Arc::default();
        let staged: &Arc<NodeMap> = tree.store().staged_nodes().unwrap_or(&none);
        let written = if self.in_git {
            self.repository.write_version(lock, tree.root(), tree.parameters(), staged, commit)?
        } else {
            // The nodes first: a commit that is there has all that it names.
            self.keep(tree.root(), staged)?;
            let root = tree.store().load(&tree.root())?;
            self.repository.write_external_version(lock, &root, self.kind(), commit)?
        };
        let store = self.pinned(written.commit, written.root.address);
        let stored = Tree::open(store, *tree.parameters(), written.root);
        Ok((written, stored))
    }

    /// Begins commits that become durable together.
    pub(crate) fn batch(&self) -> Batch {
        Batch { versions: self.repository.batch(), kept: Vec::new() }
    }

    /// Adds a commit of `tree`, and gives its id.
    pub(crate) fn add(&self, batch: &mut Batch, tree: &Tree, commit: &NewCommit) -> Result<Oid> {
        let none = Arc::default();
        let staged: &Arc<NodeMap> = tree.store().staged_nodes().unwrap_or(&none);
        if self.in_git {
            return Ok(batch.versions.add(tree.root(), tree.parameters(), staged, commit)?);
        }
        batch.kept.extend(self.put(tree.root(), staged)?);
        let root = tree.store().load(&tree.root())?;
        Ok(batch.versions.add_external(&root, self.kind(), commit)?)
    }

    /// Makes the commits of a batch durable; no ref names them yet.
    pub(crate) fn finish<'lock>(&self, lock: &'lock StoreLock, batch: Batch) -> Result<WrittenBatch<'lock>> {
        if !self.in_git {
            self.sync()?;
        }
        Ok(batch.versions.finish(lock)?)
    }

    /// Stores the staged nodes that `root` reaches, durably.
    fn keep(&self, root: NodeRef, staged: &NodeMap) -> Result<()> {
        self.put(root, staged)?;
        self.sync()
    }

    /// Stores the staged nodes that `root` reaches, children before their parents, and gives them.
    fn put(&self, root: NodeRef, staged: &NodeMap) -> Result<Vec<Arc<Node>>> {
        let mut nodes: Vec<Arc<Node>> = Vec::new();
        let (mut waiting, mut seen) = (vec![root], HashSet::from([root.address]));
        while let Some(next) = waiting.pop() {
            // A node that is not staged was stored before, and so was all below it.
            let Some(node) = staged.get(&next.address) else { continue };
            waiting.extend(node.links().filter(|link| seen.insert(link.address)));
            nodes.push(node);
        }
        nodes.sort_by_key(|node| height(node));
        let storage = self.nodes.storage();
        for batch in nodes.chunks(NODES_PER_REQUEST) {
            let batch: Vec<Node> = batch.iter().map(|node| Node::clone(node)).collect();
            storage.put_many(&batch)?;
        }
        Ok(nodes)
    }

    /// Writes into Git what whoever fetches the ref `name` at `tip` needs and Git has not: nothing where all commits hold their
    /// nodes. Says which ref, if any, goes with that one.
    pub(crate) fn write_companions(
        &self,
        lock: &StoreLock,
        tip: Oid,
        name: &str,
        listener: &mut Listener<'_>,
    ) -> Result<Option<String>> {
        if self.in_git && self.repository.refs(COMPANIONS)?.is_empty() {
            return Ok(None);
        }
        let full = format!("{COMPANIONS}{}", name.trim_start_matches("refs/"));
        let companion = self.repository.write_companions(lock, &self.nodes, tip, &full, listener)?;
        Ok(companion.map(|_| full))
    }
}

/// Commits that become durable together.
pub(crate) struct Batch {
    versions: VersionBatch,
    /// Their nodes, where these are beside Git.
    kept: Vec<Arc<Node>>,
}

impl Batch {
    /// Makes the nodes of its commits readable through a store.
    pub(crate) fn lend(&self, store: &NodeStore) {
        if let Some(staged) = store.staged_nodes() {
            staged.insert_all(self.versions.nodes().iter().chain(&self.kept).map(|node| Node::clone(node)));
        }
    }
}

/// How far a node stands above those that link to nothing.
fn height(node: &Node) -> u16 {
    match node.kind() {
        Kind::Blob => 0,
        Kind::ChunkList => 1,
        Kind::Leaf | Kind::Internal => 2 + u16::from(node.level()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use prolly_storage::testing::CountingStorage;
    use prolly_storage::{Address, MemoryStorage};

    use super::*;
    use crate::{Author, CommitOptions, InitOptions, Namespace, VersionedStore};

    /// Else a process that dies in between leaves a node whose children are missing, which a later one takes for whole.
    #[test]
    fn nodes_are_put_behind_what_they_link_to() {
        let put = Arc::new(Mutex::new(HashSet::<Address>::new()));
        let seen = Arc::clone(&put);
        let storage = CountingStorage::new(Arc::new(MemoryStorage::new())).before_put(move |nodes| {
            let mut seen = seen.lock();
            for node in nodes {
                assert!(node.links().all(|link| seen.contains(&link.address)));
                seen.insert(node.address());
            }
            Ok(())
        });
        let store =
            VersionedStore::temporary(InitOptions::default(), NodeStore::new(Arc::new(storage))).unwrap();
        for round in 0..3_u32 {
            for number in 0..800_u32 {
                let key = (number * 7919 % 4000).to_be_bytes().to_vec();
                store
                    .put(
                        &Namespace::Default,
                        key,
                        vec![round as u8; if number % 50 == 0 { 90_000 } else { 9 }],
                    )
                    .unwrap();
            }
            let author = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
            store.commit(&CommitOptions { author: Some(author), ..CommitOptions::message("round") }).unwrap();
        }
        assert!(put.lock().len() > 30);
    }
}
