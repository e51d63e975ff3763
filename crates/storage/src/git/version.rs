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
        let packed = HashMap::new();
        let plan = NodePlan::new(&root, staged, places, &packed)?;
        plan.check_inherited(self)?;
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

/// The top tree of a commit.
#[derive(Clone)]
struct Top {
    id: Oid,
    entries: Vec<TreeEntry>,
}

/// A commit whose objects are known but for those that name its nodes.
struct Draft<'a> {
    commit: &'a NewCommit,
    parents: Parents,
    /// `.gitattributes` and `meta`.
    files: [Oid; 2],
    small: Vec<PackedObject>,
    root: NodeRef,
    /// What is to be written below the root, when there is something.
    plan: Option<NodePlan<'a>>,
    /// The top tree, when nothing is; and its object, unless a parent has it.
    top: Option<(Top, Option<PackedObject>)>,
}

/// A commit that was handed out, object by object.
struct Drafted {
    commit: Oid,
    root: NodeRef,
    placed: HashMap<Address, Locator>,
    top: Top,
}

impl<'a> Draft<'a> {
    fn new(
        parents: Parents,
        meta: &Meta,
        nodes: Option<(NodeRef, NodePlan<'a>)>,
        commit: &'a NewCommit,
    ) -> Result<Self> {
        let (attributes_id, attributes) = parents.add(ObjectKind::Blob, ATTRIBUTES_TEXT.as_bytes())?;
        let (meta_id, meta_blob) = parents.add(ObjectKind::Blob, meta.encode().as_bytes())?;
        let mut root = NodeRef::from(meta.root);
        let plan = match nodes {
            Some((_, plan)) if plan.objects() > 0 => Some(plan),
            Some((node, plan)) => {
                root.locator = plan.inherited(&node)?;
                None
            }
            None => None,
        };
        let small = [attributes, meta_blob].into_iter().flatten().collect();
        let mut draft =
            Self { commit, parents, files: [attributes_id, meta_id], small, root, plan, top: None };
        if draft.plan.is_none() {
            let entries = draft.entries(root.locator);
            let (id, object) = draft.parents.add(ObjectKind::Tree, &encode_tree(&entries))?;
            draft.top = Some((Top { id, entries }, object));
        }
        Ok(draft)
    }

    /// How many objects there are.
    fn objects(&self) -> usize {
        let above = match &self.top {
            Some((_, object)) => usize::from(object.is_some()),
            None => 1,
        };
        self.plan.as_ref().map_or(0, NodePlan::objects) + above + self.small.len() + 1
    }

    /// The entries of the top tree, of which the root is at this place.
    fn entries(&self, root: Locator) -> Vec<TreeEntry> {
        let [attributes, meta] = self.files;
        let mut entries = self.parents.carried.clone();
        entries.push(TreeEntry::new(ATTRIBUTES, false, attributes));
        entries.push(TreeEntry::new(META, false, meta));
        if let Some(id) = Oid::of_locator(&root) {
            entries.push(TreeEntry::new(ROOT, matches!(root, Locator::GitTree(_)), id));
        }
        entries.sort_by_cached_key(sort_key);
        entries
    }

    /// Hands out all objects, each behind those it names.
    fn write(mut self, append: &mut dyn FnMut(PackedObject) -> Result<()>) -> Result<Drafted> {
        let mut placed = HashMap::new();
        if let Some(plan) = self.plan.take() {
            placed = plan.write(append)?;
            self.root.locator = placed.get(&self.root.address).copied().unwrap_or_default();
        }
        let (top, object) = match self.top.take() {
            Some(top) => top,
            None => {
                let entries = self.entries(self.root.locator);
                // It may be one that a parent has: a pack may hold that once more.
                let object = PackedObject::new(ObjectKind::Tree, &encode_tree(&entries))?;
                (Top { id: object.id, entries }, Some(object))
            }
        };
        self.small.drain(..).chain(object).try_for_each(&mut *append)?;
        let commit = self.commit.encode(top.id, self.root.address)?;
        let commit = PackedObject::new(ObjectKind::Commit, &commit)?;
        let id = commit.id;
        append(commit)?;
        Ok(Drafted { commit: id, root: self.root, placed, top })
    }
}

/// Commits that become durable together, in one pack: each can follow those before it. Their objects are in memory until
/// then, so it is for small ones.
///
/// Nothing can be read of them from Git before [`VersionBatch::finish`].
pub struct VersionBatch {
    repository: Repository,
    objects: Vec<PackedObject>,
    seen: HashSet<Oid>,
    placed: HashMap<Address, Locator>,
    nodes: Vec<Arc<Node>>,
    tops: HashMap<Oid, Top>,
}

/// Commits that are in Git, and that no ref names yet. As with [`WrittenVersion`], move a ref there, then drop it.
#[must_use = "commits that no ref names are garbage once this is dropped"]
#[derive(Debug)]
pub struct WrittenBatch<'lock> {
    _pack: InstalledPack,
    _lock: PhantomData<&'lock StoreLock>,
}

impl Repository {
    /// Begins a batch of commits.
    #[must_use]
    pub fn batch(&self) -> VersionBatch {
        VersionBatch {
            repository: self.clone(),
            objects: Vec::new(),
            seen: HashSet::new(),
            placed: HashMap::new(),
            nodes: Vec::new(),
            tops: HashMap::new(),
        }
    }
}

impl VersionBatch {
    /// Adds a commit of `root`, as [`Repository::write_version`] writes it, and gives its id.
    ///
    /// # Errors
    /// As [`Repository::write_version`]; the batch is as it was then.
    pub fn add(
        &mut self,
        root: NodeRef,
        parameters: &Parameters,
        staged: &NodeMap,
        commit: &NewCommit,
    ) -> Result<Oid> {
        let plan = NodePlan::new(&root, staged, &|_| None, &self.placed)?;
        plan.check_inherited(&self.repository)?;
        let nodes: Vec<_> = plan.nodes().cloned().collect();
        let meta = describe(&*self.repository.root_node(root, staged, &plan)?, IN_GIT, Some(parameters))?;
        let (drafted, objects) = self.draft(&meta, Some((root, plan)), commit)?;
        self.nodes.extend(nodes);
        Ok(self.take(drafted, objects))
    }

    /// Adds a commit of a tree whose nodes `storage` keeps, as [`Repository::write_external_version`] writes it.
    ///
    /// # Errors
    /// As [`Repository::write_external_version`]; the batch is as it was then.
    pub fn add_external(&mut self, root: &Node, storage: &str, commit: &NewCommit) -> Result<Oid> {
        let (drafted, objects) = self.draft(&describe(root, storage, None)?, None, commit)?;
        Ok(self.take(drafted, objects))
    }

    /// The nodes that were added and that nothing in Git has yet.
    #[must_use]
    pub fn nodes(&self) -> &[Arc<Node>] {
        &self.nodes
    }

    fn draft(
        &self,
        meta: &Meta,
        nodes: Option<(NodeRef, NodePlan<'_>)>,
        commit: &NewCommit,
    ) -> Result<(Drafted, Vec<PackedObject>)> {
        let parents = Parents::read(&self.repository, &commit.parents, &self.tops)?;
        let mut objects = Vec::new();
        let drafted = Draft::new(parents, meta, nodes, commit)?.write(&mut |object| {
            objects.push(object);
            Ok(())
        })?;
        Ok((drafted, objects))
    }

    fn take(&mut self, drafted: Drafted, objects: Vec<PackedObject>) -> Oid {
        let Drafted { commit, placed, top, .. } = drafted;
        self.placed.extend(placed);
        self.tops.insert(commit, top);
        // A later commit may go back to what an earlier one had.
        self.objects.extend(objects.into_iter().filter(|object| self.seen.insert(object.id)));
        commit
    }

    /// Writes the pack: three syncs, however many commits it has.
    ///
    /// # Errors
    /// When a file cannot be written. Nothing has changed then.
    pub fn finish(self, lock: &StoreLock) -> Result<WrittenBatch<'_>> {
        let mut pack = PackWriter::new(&self.repository, lock, self.objects.len())?;
        self.objects.iter().try_for_each(|object| pack.append(object))?;
        Ok(WrittenBatch { _pack: pack.finish()?, _lock: PhantomData })
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
    /// Reads commits, of which some may be on their way to Git.
    fn read(repository: &Repository, ids: &[Oid], tops: &HashMap<Oid, Top>) -> Result<Self> {
        let mut parents = Self::default();
        for (index, id) in ids.iter().enumerate() {
            let Top { id: tree, mut entries } = match tops.get(id) {
                Some(top) => top.clone(),
                None => {
                    let id = repository.commit(*id)?.tree;
                    Top { id, entries: repository.read_tree(id)? }
                }
            };
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
