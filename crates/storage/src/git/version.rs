//! Versions: commits whose tree holds a root.

use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;
use std::sync::Arc;

use super::mirror::{
    ATTRIBUTES, ATTRIBUTES_TEXT, META, Meta, MirrorStorage, Mode, NodePlan, Places, ROOT, TreeEntry,
    encode_tree, parse_tree, read_object,
};
use super::pack::{InstalledPack, ObjectKind, PackWriter, PackedObject};
use super::{Commit, NewCommit, Oid, Repository, StoreLock};
use crate::{Address, Error, Locator, Node, NodeMap, NodeRef, NodeStorage, Parameters, Result};

/// The storage that `meta` names when a version's nodes are in Git.
pub(super) const IN_GIT: &str = "git";

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
    pub(super) placed: HashMap<Address, Locator>,
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
    pub(super) fn write_placed<'lock>(
        &self,
        lock: &'lock StoreLock,
        root: NodeRef,
        parameters: Option<&Parameters>,
        staged: &NodeMap,
        commit: &NewCommit,
        places: &Places<'_>,
    ) -> Result<WrittenVersion<'lock>> {
        let plan = NodePlan::new(&root, staged, places)?;
        plan.check_inherited(self)?;
        let node = match staged.get(&root.address) {
            Some(node) => node,
            None => {
                let locator = plan.inherited(&root)?;
                let stored = MirrorStorage::new(self.clone()).get(&NodeRef::new(root.address, locator))?;
                Arc::new(Node::decode(&root.address, stored)?)
            }
        };
        let meta = describe(&node, IN_GIT, parameters)?;
        self.write_commit(lock, &meta, Some((root, plan)), commit)
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
        let parents = Parents::read(self, &commit.parents)?;
        let (attributes_id, attributes) = parents.add(ObjectKind::Blob, ATTRIBUTES_TEXT.as_bytes())?;
        let (meta_id, meta_blob) = parents.add(ObjectKind::Blob, meta.encode().as_bytes())?;
        let tree_of = |root: Locator| {
            let mut entries = parents.carried.clone();
            entries.push(TreeEntry::new(ATTRIBUTES, false, attributes_id));
            entries.push(TreeEntry::new(META, false, meta_id));
            if let Some(id) = Oid::of_locator(&root) {
                entries.push(TreeEntry::new(ROOT, matches!(root, Locator::GitTree(_)), id));
            }
            entries.sort_by_cached_key(sort_key);
            encode_tree(&entries)
        };

        let mut root = NodeRef::from(meta.root);
        let mut placed = HashMap::new();
        let planned = nodes.as_ref().map_or(0, |(_, plan)| plan.objects());
        let mut small: Vec<_> = [attributes, meta_blob].into_iter().flatten().collect();
        let tree_id;
        let mut pack = match nodes {
            Some((_, plan)) if planned > 0 => {
                // The nodes, then the tree that names them, which may be one that a parent has; then the commit.
                let mut pack = PackWriter::new(self, lock, planned + small.len() + 2)?;
                placed = plan.write(&mut pack)?;
                root.locator = placed.get(&root.address).copied().unwrap_or_default();
                let tree = PackedObject::new(ObjectKind::Tree, &tree_of(root.locator))?;
                tree_id = tree.id;
                small.push(tree);
                pack
            }
            nodes => {
                if let Some((node, plan)) = nodes {
                    root.locator = plan.inherited(&node)?;
                }
                let (id, tree) = parents.add(ObjectKind::Tree, &tree_of(root.locator))?;
                tree_id = id;
                small.extend(tree);
                PackWriter::new(self, lock, small.len() + 1)?
            }
        };
        for object in &small {
            pack.append(object)?;
        }
        let commit = PackedObject::new(ObjectKind::Commit, &commit.encode(tree_id, meta.root)?)?;
        pack.append(&commit)?;
        let pack = pack.finish()?;
        Ok(WrittenVersion { commit: commit.id, root, placed, _pack: pack, _lock: PhantomData })
    }

    fn read_tree(&self, id: Oid) -> Result<Vec<TreeEntry>> {
        let corrupt = |reason: String| Error::Corruption { subject: format!("Git tree {id}"), reason };
        let (_, bytes) =
            self.with(|handle| read_object(handle, id))?.ok_or_else(|| corrupt("it is missing".into()))?;
        parse_tree(&bytes).map_err(corrupt)
    }
}

/// What the commits that a new one follows hold: it stays in Git for as long as they do.
#[derive(Default)]
struct Parents {
    /// The objects of their top trees.
    objects: HashSet<Oid>,
    /// Entries of the first one's tree that are not ours, such as a README: they are carried along.
    carried: Vec<TreeEntry>,
}

impl Parents {
    fn read(repository: &Repository, ids: &[Oid]) -> Result<Self> {
        let mut parents = Self::default();
        for (index, id) in ids.iter().enumerate() {
            let tree = repository.commit(*id)?.tree;
            let mut entries = repository.read_tree(tree)?;
            parents.objects.insert(tree);
            parents.objects.extend(entries.iter().map(|entry| entry.id));
            if index == 0 {
                entries.retain(|entry| {
                    ![ATTRIBUTES, META, ROOT].iter().any(|ours| ours.as_bytes() == entry.name)
                });
                parents.carried = entries;
            }
        }
        Ok(parents)
    }

    /// The id of an object, and the object when it must be written. Anything that no parent has is written, even if it
    /// is in the repository by chance: it may be about to be collected.
    fn add(&self, kind: ObjectKind, bytes: &[u8]) -> Result<(Oid, Option<PackedObject>)> {
        let id = kind.id(bytes);
        let object = (!self.objects.contains(&id)).then(|| PackedObject::new(kind, bytes)).transpose()?;
        Ok((id, object))
    }
}

/// Git sorts the entries of a tree as if the names of trees ended in a slash.
fn sort_key(entry: &TreeEntry) -> Vec<u8> {
    let mut key = entry.name.clone();
    if entry.mode == Mode::Tree {
        key.push(b'/');
    }
    key
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
