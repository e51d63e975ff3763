//! Branches, tags and HEAD, as they are.

use super::{Oid, Repository, failure};
use crate::{Error, Result};

const HEADS: &str = "refs/heads/";

/// Where HEAD points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// At a branch that has commits.
    Branch {
        /// The branch's short name: `main`.
        name: String,
        /// Its commit.
        target: Oid,
    },
    /// At a branch that has no commit yet, or is not there.
    Unborn {
        /// The branch's short name.
        name: String,
    },
    /// At a commit.
    Detached {
        /// The commit.
        target: Oid,
    },
}

impl Head {
    /// The commit, if there is one.
    #[must_use]
    pub const fn target(&self) -> Option<Oid> {
        match self {
            Self::Branch { target, .. } | Self::Detached { target } => Some(*target),
            Self::Unborn { .. } => None,
        }
    }

    /// The short name of the branch, unless HEAD is detached.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Branch { name, .. } | Self::Unborn { name } => Some(name),
            Self::Detached { .. } => None,
        }
    }
}

/// A branch of this repository, or one of a remote as it was last fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The short name: `main`, `origin/main`.
    pub name: String,
    /// Its commit.
    pub target: Oid,
    /// The short name of the branch it follows: `origin/main`.
    pub upstream: Option<String>,
}

/// Whose branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchKind {
    /// `refs/heads/`.
    Local,
    /// `refs/remotes/`.
    Remote,
}

/// A tag of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The short name: `v1.0`.
    pub name: String,
    /// The commit, also behind an annotated tag.
    pub target: Oid,
    /// The message of an annotated tag.
    pub message: Option<String>,
}

impl Repository {
    /// Where HEAD points.
    ///
    /// # Errors
    /// When HEAD cannot be read or is none that Git would write.
    pub fn head(&self) -> Result<Head> {
        self.with(|handle| {
            let action = || "read HEAD".to_owned();
            let head = handle.find_reference("HEAD").map_err(failure::git(action()))?;
            if let Some(target) = head.target() {
                return Ok(Head::Detached { target: Oid::of(target) });
            }
            let full = head.symbolic_target().map_err(failure::git(action()))?.unwrap_or_default().to_owned();
            let Some(name) = full.strip_prefix(HEADS).map(str::to_owned) else {
                let reason = format!("it names {full:?}, which is no branch");
                return Err(Error::Corruption { subject: "HEAD".into(), reason });
            };
            let target = failure::found(handle.refname_to_id(&full)).map_err(failure::git(action()))?;
            Ok(target
                .map_or(Head::Unborn { name: name.clone() }, |id| Head::Branch { name, target: Oid::of(id) }))
        })
    }

    /// The id that the ref `name` (in full: `refs/heads/main`) holds, if there is such a ref.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn ref_target(&self, name: &str) -> Result<Option<Oid>> {
        self.with(|handle| {
            let target =
                failure::found(handle.refname_to_id(name)).map_err(failure::git(format!("read {name}")))?;
            Ok(target.map(Oid::of))
        })
    }

    /// All refs whose full name begins with `prefix` (`refs/`, `refs/prolly/`), with the ids they hold, in name order.
    /// Symbolic refs are left out.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn refs(&self, prefix: &str) -> Result<Vec<(String, Oid)>> {
        self.with(|handle| {
            let read = || {
                let mut found = Vec::new();
                for reference in handle.references()? {
                    let reference = reference?;
                    if let (Ok(name), Some(target)) = (reference.name(), reference.target())
                        && name.starts_with(prefix)
                    {
                        found.push((name.to_owned(), Oid::of(target)));
                    }
                }
                found.sort();
                Ok(found)
            };
            read().map_err(failure::git(format!("list the refs below {prefix}")))
        })
    }

    /// The local or remote branches, in name order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn branches(&self, kind: BranchKind) -> Result<Vec<Branch>> {
        let kind = match kind {
            BranchKind::Local => git2::BranchType::Local,
            BranchKind::Remote => git2::BranchType::Remote,
        };
        self.with(|handle| {
            let read = || {
                let mut found = Vec::new();
                for branch in handle.branches(Some(kind))? {
                    let (branch, _) = branch?;
                    // `origin/HEAD` is symbolic and no branch of its own.
                    let Some(target) = branch.get().target() else { continue };
                    let short = |branch: &git2::Branch<'_>| {
                        Ok::<_, git2::Error>(String::from_utf8_lossy(branch.name_bytes()?).into_owned())
                    };
                    let name = short(&branch)?;
                    let upstream = branch.upstream().ok().map(|upstream| short(&upstream)).transpose()?;
                    found.push(Branch { name, target: Oid::of(target), upstream });
                }
                found.sort_by(|one, other| one.name.cmp(&other.name));
                Ok(found)
            };
            read().map_err(failure::git("list the branches"))
        })
    }

    /// The tags of commits, in name order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn tags(&self) -> Result<Vec<Tag>> {
        const TAGS: &str = "refs/tags/";
        let refs = self.refs(TAGS)?;
        self.with(|handle| {
            let mut tags = Vec::with_capacity(refs.len());
            for (full, id) in &refs {
                let action = || format!("read the tag {full}");
                let object = handle.find_object(id.git(), None).map_err(failure::git(action()))?;
                let message = object
                    .as_tag()
                    .and_then(|tag| tag.message_bytes())
                    .map(|bytes| String::from_utf8_lossy(bytes).trim_end().to_owned());
                // Git allows tags of other things; they are none of ours.
                let Ok(commit) = object.peel_to_commit() else { continue };
                let name = full[TAGS.len()..].to_owned();
                tags.push(Tag { name, target: Oid::of(commit.id()), message });
            }
            Ok(tags)
        })
    }

    /// The names of the remotes.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub fn remotes(&self) -> Result<Vec<String>> {
        self.with(|handle| {
            let names = handle.remotes().map_err(failure::git("list the remotes"))?;
            let mut remotes = Vec::with_capacity(names.len());
            for name in &names {
                remotes.extend(name.map_err(failure::git("list the remotes"))?.map(str::to_owned));
            }
            Ok(remotes)
        })
    }
}
