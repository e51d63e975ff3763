//! What a version is made of.

use prolly_tree::{NodeCount, Statistics};

use crate::keyspace::KeyspaceId;
use crate::view::Entries;
use crate::{CommitInfo, Result, VersionedStore};

/// A version, counted.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionStatistics {
    /// The commit.
    pub commit: CommitInfo,
    /// Entries of all namespaces.
    pub entries: u64,
    /// The nodes of its tree, in which the catalogue of the namespaces is as well.
    pub tree: Statistics,
    /// The nodes of the tree that the first parent's has not; all of them when there is no parent. Values outside their leaf
    /// are not among them.
    pub new: NodeCount,
}

impl VersionedStore {
    /// Counts the version that a revision names. Cost: a load of each node of its tree, and of the internal nodes of its first
    /// parent's; values outside their leaf are not read.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for a misspelt revision, or when a node cannot be loaded.
    pub fn statistics(&self, revision: &str) -> Result<VersionStatistics> {
        let shared = &self.shared;
        let commit = self.commit_info(revision)?;
        let tree = shared.backend.tree(commit.id)?;
        let parent = match commit.parents.first() {
            // A shallow clone has the commit and lacks its parents.
            Some(parent) if !shared.repository().is_shallow_boundary(commit.id)? => Some(*parent),
            _ => None,
        };
        let new = tree.nodes_missing_in(&shared.tree_of(parent)?)?;
        let counted = tree.stats()?;
        let catalogue = Entries::new(tree).tree.count(&KeyspaceId::CATALOGUE.range())?;
        Ok(VersionStatistics { commit, entries: counted.entries - catalogue, tree: counted, new })
    }
}
