//! Which commit a revision names, and how commits lie to each other.

use super::{Commit, Oid, Repository, failure};
use crate::{Error, Result};

impl Repository {
    /// The commit that `revision` names, in any of Git's spellings: `main~3`, `v1.0`, `origin/main`, a short id,
    /// `HEAD@{1}`. Tags are followed to their commit. `None` when nothing has that name.
    ///
    /// # Errors
    /// When the spelling is none of Git's, when a short id is ambiguous, or when what it names is no commit.
    pub fn resolve(&self, revision: &str) -> Result<Option<Oid>> {
        self.with(|handle| {
            let action = || format!("resolve the revision {revision:?}");
            let Some(object) =
                failure::found(handle.revparse_single(revision)).map_err(failure::git(action()))?
            else {
                return Ok(None);
            };
            let commit = object.peel_to_commit().map_err(|_| Error::Git {
                action: action(),
                message: format!(
                    "it names a {}, not a commit",
                    object.kind().map_or("thing", |kind| kind.str())
                ),
            })?;
            Ok(Some(Oid::of(commit.id())))
        })
    }

    /// Reads a commit.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn commit(&self, id: Oid) -> Result<Commit> {
        self.with(|handle| {
            let commit = handle.find_commit(id.git()).map_err(failure::git(format!("read commit {id}")))?;
            Ok(Commit::of(&commit))
        })
    }

    /// The best common ancestors of two commits: none for unrelated histories, more than one after criss-cross merges.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn merge_bases(&self, one: Oid, other: Oid) -> Result<Vec<Oid>> {
        self.with(|handle| {
            let bases = failure::found(handle.merge_bases(one.git(), other.git()))
                .map_err(failure::git(format!("find the merge base of {one} and {other}")))?;
            Ok(bases.map_or_else(Vec::new, |bases| bases.iter().copied().map(Oid::of).collect()))
        })
    }

    /// A best common ancestor of two commits, the first one Git would name; `None` for unrelated histories.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn merge_base(&self, one: Oid, other: Oid) -> Result<Option<Oid>> {
        Ok(self.merge_bases(one, other)?.first().copied())
    }

    /// Whether `ancestor` is `descendant` or comes before it.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool> {
        if ancestor == descendant {
            return Ok(true);
        }
        self.with(|handle| {
            handle
                .graph_descendant_of(descendant.git(), ancestor.git())
                .map_err(failure::git(format!("compare the commits {ancestor} and {descendant}")))
        })
    }

    /// How many commits only `local` has, and how many only `upstream` has.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn ahead_behind(&self, local: Oid, upstream: Oid) -> Result<(usize, usize)> {
        self.with(|handle| {
            handle
                .graph_ahead_behind(local.git(), upstream.git())
                .map_err(failure::git(format!("compare the commits {local} and {upstream}")))
        })
    }
}
