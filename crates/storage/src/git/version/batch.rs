//! Versions that become durable together.

use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;
use std::sync::Arc;

use super::draft::{Draft, Drafted, Parents, Top};
use super::{IN_GIT, describe};
use crate::git::mirror::{Meta, NodePlan, Places};
use crate::git::pack::{InstalledPack, PackWriter, PackedObject};
use crate::git::{NewCommit, Oid, Repository, StoreLock};
use crate::{Address, Locator, Node, NodeMap, NodeRef, Parameters, Result};

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
    /// Objects of before that its commits name, and that are there.
    found: HashSet<Oid>,
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
            found: HashSet::new(),
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
        self.add_placed(root, Some(parameters), staged, commit, &|_| None)
    }

    /// As [`VersionBatch::add`], where `places` knows nodes whose links carry no locator.
    pub(in crate::git) fn add_placed(
        &mut self,
        root: NodeRef,
        parameters: Option<&Parameters>,
        staged: &NodeMap,
        commit: &NewCommit,
        places: &Places<'_>,
    ) -> Result<Oid> {
        let plan = NodePlan::new(&root, staged, places, &self.placed)?;
        plan.check_inherited(&self.repository, &mut self.found)?;
        let nodes: Vec<_> = plan.nodes().cloned().collect();
        let meta = describe(&*self.repository.root_node(root, staged, &plan)?, IN_GIT, parameters)?;
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

    /// Whether it has no commits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tops.is_empty()
    }

    /// Where its nodes are once it is finished.
    pub(in crate::git) const fn placed(&self) -> &HashMap<Address, Locator> {
        &self.placed
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
