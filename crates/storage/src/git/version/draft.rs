//! A commit on its way into a pack.

use std::collections::{HashMap, HashSet};

use crate::git::mirror::{
    ATTRIBUTES, ATTRIBUTES_TEXT, META, Meta, Mode, NodePlan, ROOT, TreeEntry, encode_tree,
};
use crate::git::pack::{ObjectKind, PackedObject};
use crate::git::{NewCommit, Oid, Repository};
use crate::{Address, Locator, NodeRef, Result};

/// The top tree of a commit.
#[derive(Clone)]
pub(super) struct Top {
    id: Oid,
    entries: Vec<TreeEntry>,
}

/// A commit whose objects are known but for those that name its nodes.
pub(super) struct Draft<'a> {
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
pub(super) struct Drafted {
    pub(super) commit: Oid,
    pub(super) root: NodeRef,
    pub(super) placed: HashMap<Address, Locator>,
    pub(super) top: Top,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
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
    pub(super) fn objects(&self) -> usize {
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
    pub(super) fn write(mut self, append: &mut dyn FnMut(PackedObject) -> Result<()>) -> Result<Drafted> {
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

/// What the commits that a new one follows hold: it stays in Git for as long as they do.
#[derive(Default)]
pub(super) struct Parents {
    /// The objects of their top trees.
    objects: HashSet<Oid>,
    /// Entries of the first one's tree that are not ours, such as a README: they are carried along.
    carried: Vec<TreeEntry>,
}

impl Parents {
    /// Reads commits, of which some may be on their way to Git.
    pub(super) fn read(repository: &Repository, ids: &[Oid], tops: &HashMap<Oid, Top>) -> Result<Self> {
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
