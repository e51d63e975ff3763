//! Nodes of commits whose nodes are kept elsewhere, written into Git, so that whatever pushes and clones commits can carry
//! them.
//!
//! A commit cannot be changed to hold its nodes: its id would be another one. So it has a companion: a commit whose tree holds
//! them, which names it in a trailer, and follows the companions of the commits that it follows. A commit that holds its nodes
//! has one too when it follows such a commit, so that one ref a branch, under [`COMPANIONS`], reaches all that are needed.
//! Companions depend on nothing but their commits: whoever makes one makes the same.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::version::IN_GIT;
use super::{
    Commit, GitStorage, LogOrder, NewCommit, Oid, Repository, StoreLock, VersionBatch, WrittenBatch,
};
use crate::{Listener, NodeStore, Result, StageProgress};

/// Where the refs of companions are.
pub const COMPANIONS: &str = "refs/prolly/nodes/";
/// Names the commit whose nodes a companion has.
const TRAILER: &str = "Prolly-Nodes-Of: ";

/// Bytes of new nodes past which the companions that hold them are written.
const PACK_BYTES: u64 = 16 << 20;

/// A commit on the way to its companion.
struct Visit {
    commit: Commit,
    /// Whether its nodes are in Git.
    in_git: bool,
}

impl Repository {
    /// The companions that this repository has, by their commits. Cost: the history of companions.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn companions(&self) -> Result<HashMap<Oid, Oid>> {
        let tips: Vec<_> = self.refs(COMPANIONS)?.into_iter().map(|(_, tip)| tip).collect();
        let mut companions = HashMap::new();
        if !tips.is_empty() {
            for commit in self.log(&tips, &[], LogOrder::Time)? {
                let commit = commit?;
                companions.extend(named(&commit).map(|of| (of, commit.id)));
            }
        }
        Ok(companions)
    }

    /// Writes the companions that `tip` and the commits it follows need and that are not there, and moves the ref `name` to that of
    /// `tip`; gives `None`, and writes nothing, when all of them hold their nodes. The nodes come from `nodes`.
    ///
    /// Cost: a walk over the commits since the newest companions; a read of the internal nodes of what these hold; a pack for about
    /// every 16 MiB of nodes that companions before have not, which are in memory until then. The listener is told how many
    /// versions are written.
    ///
    /// # Errors
    /// [`Cancelled`](crate::Error::Cancelled) when the listener asked for it, and the ref is where it was then;
    /// [`MissingNode`](crate::Error::MissingNode) when `nodes` lacks a node, and when a file cannot be written.
    pub fn write_companions(
        &self,
        lock: &StoreLock,
        nodes: &NodeStore,
        tip: Oid,
        name: &str,
        listener: &mut Listener<'_>,
    ) -> Result<Option<Oid>> {
        let mut known = self.companions()?;
        let git = GitStorage::new(self.clone());
        let target = NodeStore::new(Arc::new(git.clone()));
        let mut learned = HashSet::new();
        let mut written = Vec::new();
        let (mut batch, mut pending) = (self.batch(), 0);
        let visits = self.since_companions(tip, &known)?;
        let total = visits.len() as u64;
        for (Visit { commit, in_git }, number) in visits.into_iter().zip(0..) {
            let told = StageProgress::part("writing versions", number, total);
            told.tell(listener)?;
            if in_git && !commit.parents.iter().any(|parent| known.contains_key(parent)) {
                continue;
            }
            let parents: Vec<_> =
                commit.parents.iter().map(|parent| known.get(parent).copied().unwrap_or(*parent)).collect();
            let root = self.read_version(commit.id)?.root;
            let mut holders = parents.clone();
            holders.extend(in_git.then_some(commit.id));
            holders.retain(|holder| learned.insert(*holder));
            let roots = holders.iter().map(|holder| Ok(self.read_version(*holder)?.root));
            git.learn_trees(roots.collect::<Result<_>>()?)?;
            if !in_git {
                pending += nodes.copy_to(&target, root, &mut |_| listener(&told))?.bytes;
            }
            let companion = NewCommit {
                parents,
                author: commit.author,
                committer: commit.committer,
                message: format!("Nodes of {}\n\n{TRAILER}{}", commit.id.short(), commit.id),
            };
            let companion = git.add(&mut batch, root, &companion)?;
            learned.insert(companion);
            known.insert(commit.id, companion);
            if pending > PACK_BYTES {
                written.push(self.finish(lock, &git, std::mem::replace(&mut batch, self.batch()))?);
                pending = 0;
            }
        }
        written.push(self.finish(lock, &git, batch)?);
        let companion = known.get(&tip).copied();
        let before = self.ref_target(name)?;
        if companion.is_some() && before != companion {
            self.update_ref(lock, name, before, companion, "nodes")?;
        }
        drop(written);
        Ok(companion)
    }

    /// Makes a batch of companions durable; an empty one costs nothing.
    fn finish<'lock>(
        &self,
        lock: &'lock StoreLock,
        git: &GitStorage,
        batch: VersionBatch,
    ) -> Result<Option<WrittenBatch<'lock>>> {
        if batch.is_empty() {
            return Ok(None);
        }
        let placed = batch.placed().clone();
        let written = batch.finish(lock)?;
        git.settle(&placed);
        Ok(Some(written))
    }

    /// The commits that `tip` reaches and that have no companion, each behind those it follows.
    fn since_companions(&self, tip: Oid, known: &HashMap<Oid, Oid>) -> Result<Vec<Visit>> {
        let (mut waiting, mut entered, mut found) = (vec![tip], HashMap::new(), Vec::new());
        let mut done = HashSet::new();
        while let Some(id) = waiting.last().copied() {
            if known.contains_key(&id) || done.contains(&id) {
                waiting.pop();
            } else if let Some(visit) = entered.remove(&id) {
                waiting.pop();
                done.insert(id);
                found.push(visit);
            } else {
                let mut commit = self.commit(id)?;
                if self.is_shallow_boundary(id)? {
                    commit.parents.clear();
                }
                waiting.extend(&commit.parents);
                let in_git = self.read_version(id)?.storage == IN_GIT;
                entered.insert(id, Visit { commit, in_git });
            }
        }
        Ok(found)
    }
}

/// The commit whose nodes this one has.
fn named(commit: &Commit) -> Option<Oid> {
    commit.message.lines().rev().find_map(|line| line.strip_prefix(TRAILER))?.trim().parse().ok()
}
