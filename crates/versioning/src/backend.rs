//! Where versions are kept: commits in Git, and nodes in Git or elsewhere.

use std::collections::HashSet;
use std::sync::Arc;

use prolly_storage::git::{NewCommit, Oid, Repository, StoreLock, WrittenVersion};
use prolly_storage::{Node, NodeMap, NodeRef, NodeStore, Parameters};
use prolly_tree::Tree;

use crate::{Error, Result};

/// Nodes handed to a storage that is not Git at once.
const NODES_PER_REQUEST: usize = 1024;

pub(crate) struct Backend {
    pub(crate) repository: Repository,
    nodes: NodeStore,
    in_git: bool,
}

impl Backend {
    /// Commits and nodes in Git.
    pub(crate) fn git(repository: Repository) -> Self {
        let nodes = NodeStore::new(repository.storage());
        Self { repository, nodes, in_git: true }
    }

    /// Commits in Git, nodes elsewhere.
    pub(crate) const fn external(repository: Repository, nodes: NodeStore) -> Self {
        Self { repository, nodes, in_git: false }
    }

    /// A store for nodes that no commit has yet.
    pub(crate) fn staged(&self) -> NodeStore {
        self.nodes.staged()
    }

    /// The tree without entries.
    pub(crate) fn empty(&self, parameters: Parameters) -> Result<Tree> {
        Ok(Tree::empty(self.staged(), parameters)?)
    }

    /// The tree of a commit. Cost: three small objects.
    pub(crate) fn tree(&self, commit: Oid) -> Result<Tree> {
        let version = self.repository.read_version(commit)?;
        if (version.storage == "git") != self.in_git {
            return Err(prolly_storage::Error::Unsupported {
                what: format!("commit {commit}, whose nodes are in the {} storage,", version.storage),
                hint: "open the store that has them".into(),
            }
            .into());
        }
        Ok(Tree::open(self.staged(), version.parameters, version.root))
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
            self.keep_elsewhere(tree.root(), staged)?;
            let root = tree.store().load(&tree.root())?;
            self.repository.write_external_version(lock, &root, self.nodes.storage().kind(), commit)?
        };
        let stored = Tree::open(self.staged(), *tree.parameters(), written.root);
        Ok((written, stored))
    }

    /// Stores the staged nodes that `root` reaches.
    fn keep_elsewhere(&self, root: NodeRef, staged: &NodeMap) -> Result<()> {
        let mut batch: Vec<Node> = Vec::new();
        let (mut waiting, mut seen) = (vec![root], HashSet::from([root.address]));
        while let Some(next) = waiting.pop() {
            // A node that is not staged was stored before, and so was all below it.
            let Some(node) = staged.get(&next.address) else { continue };
            waiting.extend(node.links().filter(|link| seen.insert(link.address)));
            batch.push(Node::clone(&node));
            if batch.len() == NODES_PER_REQUEST {
                self.nodes.storage().put_many(&std::mem::take(&mut batch)).map_err(Error::from)?;
            }
        }
        Ok(self.nodes.storage().put_many(&batch)?)
    }
}
