//! HEAD, branches, tags and revisions.

use std::path::PathBuf;

use prolly_storage::git::{BranchKind, Oid, StoreLock, branch_ref};

use crate::shared::Shared;
use crate::view::Position;
use crate::{CommitId, CommitInfo, Error, Result, VersionedStore};

/// Where HEAD is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// On a branch.
    Branch {
        /// Its name, `main`.
        name: String,
        /// Its tip; `None` before the first commit.
        commit: Option<CommitId>,
    },
    /// On a commit, and on no branch.
    Detached {
        /// The commit.
        commit: CommitId,
    },
}

impl Head {
    /// The branch's name; `None` when detached.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Branch { name, .. } => Some(name),
            Self::Detached { .. } => None,
        }
    }

    /// The commit; `None` before the first one.
    #[must_use]
    pub const fn commit(&self) -> Option<CommitId> {
        match self {
            Self::Branch { commit, .. } => *commit,
            Self::Detached { commit } => Some(*commit),
        }
    }
}

impl From<&Position> for Head {
    fn from(position: &Position) -> Self {
        match (&position.branch, position.commit) {
            (None, Some(commit)) => Self::Detached { commit },
            (branch, commit) => Self::Branch { name: branch.clone().unwrap_or_default(), commit },
        }
    }
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchInfo {
    /// Its name, `main`, or `origin/main` for one of a remote.
    pub name: String,
    /// Its tip; `None` for the current branch before its first commit.
    pub commit: Option<CommitId>,
    /// Whether HEAD is on it.
    pub current: bool,
    /// Whether it says where a remote's branch was when it was last fetched.
    pub remote: bool,
    /// The other worktree that has it checked out.
    pub checked_out_at: Option<PathBuf>,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagInfo {
    /// Its name, `v1.0`.
    pub name: String,
    /// The commit it leads to.
    pub commit: CommitId,
}

impl VersionedStore {
    /// Where HEAD is now.
    ///
    /// # Errors
    /// When HEAD cannot be read.
    pub fn head(&self) -> Result<Head> {
        Ok((&self.shared.position()?).into())
    }

    /// The commit that a Git revision names: a branch, a tag, `HEAD`, `main~3`, `v1.0`, a short id.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when it names none.
    pub fn resolve(&self, revision: &str) -> Result<CommitId> {
        self.shared.repository().resolve(revision)?.ok_or_else(|| Error::NotFound {
            what: "revision",
            name: revision.to_owned(),
            hint: "name a branch, a tag or a commit of this store".into(),
        })
    }

    /// The best common ancestor of two revisions, the first one Git would name; `None` for unrelated histories.
    ///
    /// # Errors
    /// As [`VersionedStore::resolve`].
    pub fn merge_base(&self, one: &str, other: &str) -> Result<Option<CommitId>> {
        Ok(self.shared.repository().merge_base(self.resolve(one)?, self.resolve(other)?)?)
    }

    /// The commit that a revision names, in full.
    ///
    /// # Errors
    /// As [`VersionedStore::resolve`].
    pub fn commit_info(&self, revision: &str) -> Result<CommitInfo> {
        self.shared.info(self.resolve(revision)?)
    }

    /// Branches by name, local ones first.
    ///
    /// # Errors
    /// When refs cannot be read.
    pub fn branches(&self) -> Result<Vec<BranchInfo>> {
        let repository = self.shared.repository();
        let head = self.shared.position()?;
        let mut branches = Vec::new();
        for branch in repository.branches(BranchKind::Local)? {
            let current = head.branch.as_ref() == Some(&branch.name);
            let at = if current { None } else { repository.worktree_at(&branch_ref(&branch.name)?)? };
            let commit = Some(branch.target);
            let checked_out_at = at.map(PathBuf::from);
            branches.push(BranchInfo { name: branch.name, commit, current, remote: false, checked_out_at });
        }
        if let (Some(name), None) = (head.branch, head.commit) {
            branches.push(BranchInfo {
                name,
                commit: None,
                current: true,
                remote: false,
                checked_out_at: None,
            });
            branches.sort_by(|one, other| one.name.cmp(&other.name));
        }
        branches.extend(repository.branches(BranchKind::Remote)?.into_iter().map(|branch| BranchInfo {
            name: branch.name,
            commit: Some(branch.target),
            current: false,
            remote: true,
            checked_out_at: None,
        }));
        Ok(branches)
    }

    /// Makes a branch at `start` (`None`: HEAD) and leaves HEAD where it is.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists), [`Error::NotFound`](crate::Error::NotFound) for a
    /// misspelt start, [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a name that Git refuses.
    pub fn create_branch(&self, name: &str, start: Option<&str>) -> Result<CommitId> {
        let shared = &self.shared;
        let full = branch_name(name)?;
        let commit = self.resolve_start(start)?;
        shared.exclusively(|store| shared.create_branch(store, name, &full, commit, start))?;
        Ok(commit)
    }

    /// Deletes a branch and says where it was. One whose commits HEAD does not hold is deleted only by `force`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::InUse`](crate::Error::InUse) when it is checked out here
    /// or in another worktree, or holds commits of its own.
    pub fn delete_branch(&self, name: &str, force: bool) -> Result<CommitId> {
        let shared = &self.shared;
        let full = branch_name(name)?;
        shared.exclusively(|store| {
            let repository = shared.repository();
            let target = repository.ref_target(&full)?.ok_or_else(|| no_branch(name))?;
            let position = shared.position()?;
            if position.branch.as_deref() == Some(name) {
                return Err(in_use(name, "HEAD", "check out another branch first"));
            }
            if let Some(worktree) = repository.worktree_at(&full)? {
                return Err(in_use(
                    name,
                    &format!("the worktree {worktree}"),
                    "check out another branch there first",
                ));
            }
            let held = match position.commit {
                Some(head) => repository.is_ancestor(target, head)?,
                None => false,
            };
            if !held && !force {
                return Err(in_use(
                    name,
                    "commits that HEAD does not have",
                    "merge it first, or force its deletion",
                ));
            }
            repository.delete_branch(store, name, target)?;
            Ok(target)
        })
    }

    /// Gives a branch another name; HEAD and staged changes follow.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::AlreadyExists`](crate::Error::AlreadyExists),
    /// [`Error::InUse`](crate::Error::InUse) when another worktree has it checked out.
    pub fn rename_branch(&self, from: &str, to: &str) -> Result<()> {
        let shared = &self.shared;
        let (old, new) = (branch_name(from)?, branch_name(to)?);
        shared.exclusively(|store| shared.rename_branch(store, (from, &old), (to, &new)))
    }

    /// Tags by name.
    ///
    /// # Errors
    /// When refs cannot be read.
    pub fn tags(&self) -> Result<Vec<TagInfo>> {
        let tags = self.shared.repository().tags()?;
        Ok(tags.into_iter().map(|tag| TagInfo { name: tag.name, commit: tag.target }).collect())
    }

    /// Makes a lightweight tag at `target` (`None`: HEAD).
    ///
    /// # Errors
    /// As [`VersionedStore::create_branch`].
    pub fn create_tag(&self, name: &str, target: Option<&str>) -> Result<CommitId> {
        let shared = &self.shared;
        let commit = self.resolve_start(target)?;
        shared.exclusively(|store| {
            shared.repository().create_tag(store, name, commit, None).map_err(|error| match error {
                prolly_storage::Error::AlreadyExists { .. } => {
                    Error::AlreadyExists { what: "tag", name: name.to_owned() }
                }
                other => bad_name("tag", other),
            })
        })?;
        Ok(commit)
    }

    /// Deletes a tag and says where it was.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound).
    pub fn delete_tag(&self, name: &str) -> Result<CommitId> {
        let shared = &self.shared;
        let missing = || Error::NotFound {
            what: "tag",
            name: name.to_owned(),
            hint: "list the tags to see their names".into(),
        };
        shared.exclusively(|store| {
            let tag = self.tags()?.into_iter().find(|tag| tag.name == name).ok_or_else(missing)?;
            shared.repository().delete_tag(store, name)?;
            Ok(tag.commit)
        })
    }

    fn resolve_start(&self, start: Option<&str>) -> Result<CommitId> {
        match start {
            Some(start) => self.resolve(start),
            None => self.shared.position()?.commit.ok_or_else(|| Error::NotFound {
                what: "revision",
                name: "HEAD".into(),
                hint: "make a first commit".into(),
            }),
        }
    }
}

impl Shared {
    pub(crate) fn create_branch(
        &self,
        store: &StoreLock,
        name: &str,
        full: &str,
        commit: Oid,
        start: Option<&str>,
    ) -> Result<()> {
        if self.repository().ref_target(full)?.is_some() {
            return Err(Error::AlreadyExists { what: "branch", name: name.to_owned() });
        }
        let message = format!("branch: Created from {}", start.unwrap_or("HEAD"));
        let updated = self.repository().update_ref(store, full, None, Some(commit), &message);
        updated.map_err(|error| bad_name("branch", error))
    }

    /// The new branch comes to be, HEAD goes there, then the old one goes: at every moment HEAD is on a branch.
    fn rename_branch(
        &self,
        store: &StoreLock,
        (from, old): (&str, &str),
        (to, new): (&str, &str),
    ) -> Result<()> {
        let repository = self.repository();
        let position = self.position()?;
        let current = position.branch.as_deref() == Some(from);
        let target = repository.ref_target(old)?;
        if target.is_none() && !current {
            return Err(no_branch(from));
        }
        if from == to {
            return Ok(());
        }
        if repository.ref_target(new)?.is_some() {
            return Err(Error::AlreadyExists { what: "branch", name: to.to_owned() });
        }
        if !current && let Some(worktree) = repository.worktree_at(old)? {
            return Err(in_use(from, &format!("the worktree {worktree}"), "rename it there"));
        }
        let message = format!("branch: renamed {old} to {new}");
        let mut appending = self.appending()?;
        if current {
            self.settle(store, &mut appending)?;
        }
        if let Some(target) = target {
            let updated = repository.update_ref(store, new, None, Some(target), &message);
            updated.map_err(|error| bad_name("branch", error))?;
        }
        if current {
            repository.set_head_to_branch(store, to, &message)?;
        }
        if let Some(target) = target {
            repository.delete_branch(store, from, target)?;
        }
        // What is staged follows: its journal starts from where HEAD is now.
        if current { self.settle(store, &mut appending) } else { Ok(()) }
    }
}

/// The full name of a branch, checked.
pub(crate) fn branch_name(name: &str) -> Result<String> {
    branch_ref(name).map_err(|error| bad_name("branch", error))
}

fn bad_name(what: &str, error: prolly_storage::Error) -> Error {
    match error {
        prolly_storage::Error::InvalidName { name, reason } => {
            Error::invalid(format!("the {what} name {name:?}"), format!("is refused: {reason}"))
        }
        other => other.into(),
    }
}

pub(crate) fn no_branch(name: &str) -> Error {
    let hint = "list the branches to see their names".into();
    Error::NotFound { what: "branch", name: name.to_owned(), hint }
}

pub(crate) fn in_use(name: &str, by: &str, hint: &str) -> Error {
    Error::InUse { what: "branch", name: name.to_owned(), by: by.to_owned(), hint: hint.to_owned() }
}
