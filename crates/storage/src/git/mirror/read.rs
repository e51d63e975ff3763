//! Reads nodes from the mirror.

use bytes::Bytes;

use super::{LINKS_MAX, Mode, NODE, link_name, parse_tree};
use crate::git::{Oid, Repository, failure};
use crate::{
    Address, Collection, Error, Locator, Locators, Node, NodeRef, NodeStorage, Promises, Result, StoredNode,
};

const BRANCHES: &str = "refs/heads/";

/// The nodes of a repository's versions, each found by the locator that its parent or its version supplies.
///
/// It only reads: nodes are written with the version that reaches them.
#[derive(Clone, Debug)]
pub(in crate::git) struct MirrorStorage {
    repository: Repository,
}

impl MirrorStorage {
    pub(in crate::git) const fn new(repository: Repository) -> Self {
        Self { repository }
    }

    fn refuse<T>(what: &str) -> Result<T> {
        Err(Error::Unsupported {
            what: format!("{what} the nodes of a Git repository one by one"),
            hint: "nodes are written with the version that reaches them, and Git's garbage collection removes them".into(),
        })
    }
}

impl NodeStorage for MirrorStorage {
    fn kind(&self) -> &'static str {
        "git"
    }

    fn promises(&self) -> Promises {
        Promises { reads_unpublished: false, deletes: false, durable: true }
    }

    fn get(&self, node: &NodeRef) -> Result<StoredNode> {
        if node.locator == Locator::None {
            return Err(missing(node));
        }
        self.repository.with(|handle| read_node(handle, node))
    }

    fn get_many(&self, nodes: &[NodeRef]) -> Result<Vec<StoredNode>> {
        self.repository.with(|handle| nodes.iter().map(|node| read_node(handle, node)).collect())
    }

    fn put_many(&self, _nodes: &[Node]) -> Result<()> {
        Self::refuse("writing")
    }

    fn delete_many(&self, _addresses: &[Address]) -> Result<()> {
        Ok(())
    }

    fn root(&self, name: &str) -> Result<Option<NodeRef>> {
        let target = self.repository.ref_target(&crate::git::branch_ref(name)?)?;
        target.map(|commit| Ok(self.repository.read_version(commit)?.root)).transpose()
    }

    /// Branches whose commits hold versions.
    fn roots(&self) -> Result<Vec<(String, NodeRef)>> {
        let mut roots = Vec::new();
        for (full, commit) in self.repository.refs(BRANCHES)? {
            match self.repository.read_version(commit) {
                Ok(version) => roots.push((full[BRANCHES.len()..].to_owned(), version.root)),
                Err(Error::Unsupported { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(roots)
    }

    fn publish(&self, _name: &str, _expected: Option<Address>, _new: Option<NodeRef>) -> Result<()> {
        Self::refuse("publishing")
    }

    fn config(&self, _name: &str) -> Result<Option<Bytes>> {
        Ok(None)
    }

    fn set_config(&self, _name: &str, _value: Option<&[u8]>) -> Result<()> {
        Self::refuse("configuring")
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }

    fn collect_garbage(&self, _collection: &mut Collection<'_>) -> Result<()> {
        Err(Error::Unsupported {
            what: "collecting single nodes of a Git repository".into(),
            hint: format!(
                "run `git gc` in {}, which keeps what branches, tags and reflogs reach",
                self.repository.directory().display()
            ),
        })
    }
}

/// An object's kind and bytes; `None` when it is not there.
pub(in crate::git) fn read_object(
    handle: &git2::Repository,
    id: Oid,
) -> Result<Option<(git2::ObjectType, Bytes)>> {
    let read = || {
        let odb = handle.odb()?;
        failure::found(
            odb.read(id.git()).map(|object| (object.kind(), Bytes::copy_from_slice(object.data()))),
        )
    };
    read().map_err(failure::git(format!("read the object {id}")))
}

fn missing(node: &NodeRef) -> Error {
    Error::MissingNode { address: node.address, storage: "git" }
}

fn read_node(handle: &git2::Repository, node: &NodeRef) -> Result<StoredNode> {
    let read = |id: Oid, kind: git2::ObjectType| {
        let (found, bytes) = read_object(handle, id)?.ok_or_else(|| missing(node))?;
        if found != kind {
            return Err(Error::corrupt_node(
                &node.address,
                format!("the Git object {id} is a {found}, not a {kind}"),
            ));
        }
        Ok(bytes)
    };
    match node.locator {
        Locator::None => Err(missing(node)),
        Locator::GitBlob(id) => {
            Ok(StoredNode { bytes: read(Oid::from_bytes(id), git2::ObjectType::Blob)?, locators: None })
        }
        Locator::GitTree(id) => {
            let id = Oid::from_bytes(id);
            let tree = read(id, git2::ObjectType::Tree)?;
            let (bytes, locators) = split_tree(&tree)
                .map_err(|reason| Error::corrupt_node(&node.address, format!("Git tree {id}: {reason}")))?;
            Ok(StoredNode { bytes: read(bytes, git2::ObjectType::Blob)?, locators })
        }
    }
}

/// The blob of a node's bytes, and where its links are. That there are as many as the node has links is checked when
/// the node is decoded.
pub(super) fn split_tree(bytes: &[u8]) -> Result<(Oid, Locators), String> {
    let mut entries = parse_tree(bytes)?;
    let node = entries.pop().filter(|entry| entry.name == NODE.as_bytes() && entry.mode == Mode::Blob);
    let node = node.ok_or("its last entry is not the blob \"node\"")?;
    if entries.is_empty() || entries.len() > LINKS_MAX {
        return Err(format!("it has {} links", entries.len()));
    }
    let locators = entries.iter().enumerate().map(|(index, entry)| {
        if entry.name != link_name(index).as_bytes() {
            return Err(format!("entry {index} has the name {:?}", String::from_utf8_lossy(&entry.name)));
        }
        match entry.mode {
            Mode::Blob => Ok(Locator::GitBlob(*entry.id.as_bytes())),
            Mode::Tree => Ok(Locator::GitTree(*entry.id.as_bytes())),
            Mode::Other => {
                Err(format!("entry {index} has the mode {}", String::from_utf8_lossy(&entry.mode_text)))
            }
        }
    });
    let locators: Vec<_> = locators.collect::<Result<_, _>>()?;
    Ok((node.id, Some(locators.into())))
}
