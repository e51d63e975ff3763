//! Versions: commits whose tree holds a root.

mod batch;
mod draft;

use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;
use std::sync::Arc;

use self::draft::{Draft, Drafted, Parents};
use super::mirror::{
    META, Meta, MirrorStorage, Mode, NodePlan, Places, ROOT, TreeEntry, parse_tree, read_object,
};
use super::pack::{InstalledPack, PackWriter};
use super::{Commit, NewCommit, Oid, Repository, StoreLock};
use crate::{Address, Error, Locator, Node, NodeMap, NodeRef, NodeStorage, Parameters, Result};

pub use self::batch::{VersionBatch, WrittenBatch};

/// The storage that `meta` names when a version's nodes are in Git.
pub(in crate::git) const IN_GIT: &str = "git";

/// What a commit says of its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The commit.
    pub commit: Oid,
    /// The root, and where Git keeps it. Without a locator when the nodes are not in Git.
    pub root: NodeRef,
    /// The parameters of the tree.
    pub parameters: Parameters,
    /// Entries of the tree, over all keyspaces.
    pub entries: u64,
    /// Levels of the tree: 1 for a single leaf.
    pub levels: u16,
    /// The kind of storage that keeps the nodes: `git`, `memory`.
    pub storage: String,
}

/// A commit that was written and that no ref names yet.
///
/// While this lives, Git's garbage collection keeps the commit and its nodes; it cannot outlive the lock that the next
/// writer takes as a sign that nobody needs them. Move a ref to the commit, then drop it.
#[must_use = "a commit that no ref names is garbage once this is dropped"]
#[derive(Debug)]
pub struct WrittenVersion<'lock> {
    /// The commit.
    pub commit: Oid,
    /// The root, and where Git keeps it.
    pub root: NodeRef,
    pub(in crate::git) placed: HashMap<Address, Locator>,
    _pack: InstalledPack,
    _lock: PhantomData<&'lock StoreLock>,
}

impl Repository {
    /// The nodes of this repository's versions, found by the locators of [`Version::root`] and of the nodes below it.
    /// It only reads.
    #[must_use]
    pub fn storage(&self) -> Arc<dyn NodeStorage> {
        Arc::new(MirrorStorage::new(self.clone()))
    }

    /// Reads what a commit says of its tree. Cost: three small objects, whatever the size of the tree.
    ///
    /// # Errors
    /// [`Unsupported`](Error::Unsupported) when the commit is of another program, and
    /// [`Corruption`](Error::Corruption) when it contradicts itself.
    pub fn read_version(&self, id: Oid) -> Result<Version> {
        let commit = self.commit(id)?;
        let entries = self.read_tree(commit.tree)?;
        let corrupt = |reason: String| Error::Corruption { subject: format!("commit {id}"), reason };
        let meta = match find(&entries, META) {
            Some(entry) if entry.mode == Mode::Blob => entry.id,
            _ => return Err(foreign(&commit)),
        };
        let (_, meta) = self
            .with(|handle| read_object(handle, meta))?
            .ok_or_else(|| corrupt(format!("its object {meta} ({META}) is missing")))?;
        let meta = std::str::from_utf8(&meta)
            .map_err(|error| error.to_string())
            .and_then(Meta::decode)
            .map_err(|reason| corrupt(format!("{META}: {reason}")))?;
        if let Some(root) = commit.root.filter(|root| *root != meta.root) {
            return Err(corrupt(format!("its message names the root {root}, {META} names {}", meta.root)));
        }
        let locator = match find(&entries, ROOT).map(|entry| (entry.mode, entry.id)) {
            Some((Mode::Blob, id)) => Locator::GitBlob(*id.as_bytes()),
            Some((Mode::Tree, id)) => Locator::GitTree(*id.as_bytes()),
            Some((Mode::Other, _)) => return Err(corrupt("its root is neither a blob nor a tree".into())),
            None if meta.storage == IN_GIT => return Err(corrupt("it has no root".into())),
            None => Locator::None,
        };
        let Meta { storage, root, parameters, entries, levels } = meta;
        Ok(Version { commit: id, root: NodeRef::new(root, locator), parameters, entries, levels, storage })
    }

    /// Writes a commit of `root` with all nodes below it that Git does not have: those in `staged`. Every other node
    /// must carry the locator it was read with. All new objects go into one pack: three syncs.
    ///
    /// The commit is not on any branch yet: [`Repository::update_ref`] puts it there.
    ///
    /// # Errors
    /// [`MissingNode`](Error::MissingNode) for a node that is neither staged nor in Git,
    /// [`InvalidParameters`](Error::InvalidParameters) when the root has others than `parameters`, and when a file
    /// cannot be written. Nothing has changed then.
    pub fn write_version<'lock>(
        &self,
        lock: &'lock StoreLock,
        root: NodeRef,
        parameters: &Parameters,
        staged: &NodeMap,
        commit: &NewCommit,
    ) -> Result<WrittenVersion<'lock>> {
        self.write_placed(lock, root, Some(parameters), staged, commit, &|_| None)
    }

    /// As [`Repository::write_version`], where `places` knows nodes whose links carry no locator.
    pub(in crate::git) fn write_placed<'lock>(
        &self,
        lock: &'lock StoreLock,
        root: NodeRef,
        parameters: Option<&Parameters>,
        staged: &NodeMap,
        commit: &NewCommit,
        places: &Places<'_>,
    ) -> Result<WrittenVersion<'lock>> {
        let packed = HashMap::new();
        let plan = NodePlan::new(&root, staged, places, &packed)?;
        plan.check_inherited(self, &mut HashSet::new())?;
        let meta = describe(&*self.root_node(root, staged, &plan)?, IN_GIT, parameters)?;
        self.write_commit(lock, &meta, Some((root, plan)), commit)
    }

    /// The root of a version that is being written.
    fn root_node(&self, root: NodeRef, staged: &NodeMap, plan: &NodePlan<'_>) -> Result<Arc<Node>> {
        if let Some(node) = staged.get(&root.address) {
            return Ok(node);
        }
        let locator = plan.inherited(&root)?;
        let stored = MirrorStorage::new(self.clone()).get(&NodeRef::new(root.address, locator))?;
        Ok(Arc::new(Node::decode(&root.address, stored)?))
    }

    /// Writes a commit of a tree whose nodes `storage` keeps, and not Git: it names the root and holds no nodes.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_external_version<'lock>(
        &self,
        lock: &'lock StoreLock,
        root: &Node,
        storage: &str,
        commit: &NewCommit,
    ) -> Result<WrittenVersion<'lock>> {
        let meta = describe(root, storage, None)?;
        self.write_commit(lock, &meta, None, commit)
    }

    fn write_commit<'lock>(
        &self,
        lock: &'lock StoreLock,
        meta: &Meta,
        nodes: Option<(NodeRef, NodePlan<'_>)>,
        commit: &NewCommit,
    ) -> Result<WrittenVersion<'lock>> {
        let parents = Parents::read(self, &commit.parents, &HashMap::new())?;
        let draft = Draft::new(parents, meta, nodes, commit)?;
        let mut pack = PackWriter::new(self, lock, draft.objects())?;
        let Drafted { commit, root, placed, .. } = draft.write(&mut |object| pack.append(&object))?;
        let pack = pack.finish()?;
        Ok(WrittenVersion { commit, root, placed, _pack: pack, _lock: PhantomData })
    }

    fn read_tree(&self, id: Oid) -> Result<Vec<TreeEntry>> {
        let corrupt = |reason: String| Error::Corruption { subject: format!("Git tree {id}"), reason };
        let (_, bytes) =
            self.with(|handle| read_object(handle, id))?.ok_or_else(|| corrupt("it is missing".into()))?;
        parse_tree(&bytes).map_err(corrupt)
    }
}

fn find<'entries>(entries: &'entries [TreeEntry], name: &str) -> Option<&'entries TreeEntry> {
    entries.iter().find(|entry| entry.name == name.as_bytes())
}

fn foreign(commit: &Commit) -> Error {
    Error::Unsupported {
        what: format!(
            "commit {} ({:?}), which holds no prollytree data,",
            commit.id.short(),
            commit.summary()
        ),
        hint: "use a repository of its own for the store, or name a revision that holds a version".into(),
    }
}

/// What `meta` says of the tree below `root`.
fn describe(root: &Node, storage: &str, expected: Option<&Parameters>) -> Result<Meta> {
    let not_a_root =
        || Error::Corruption { subject: format!("node {}", root.address()), reason: "it is no root".into() };
    let parameters = Parameters::decode(&root.parameters().ok_or_else(not_a_root)?)?;
    if expected.is_some_and(|expected| *expected != parameters) {
        let reason = format!("the root {} has other ones than the version", root.address());
        return Err(Error::InvalidParameters(reason));
    }
    Ok(Meta {
        storage: storage.into(),
        root: root.address(),
        parameters,
        entries: root.entries(),
        levels: u16::from(root.level()) + 1,
    })
}
