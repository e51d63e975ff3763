//! Worktrees: a HEAD and staged changes each, over one store.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use prolly_storage::git::{Repository, StoreLock, Worktree};

use crate::branch::{branch_name, in_use};
use crate::shared::{Shared, linked};
use crate::{Error, Head, OpenOptions, Result, VersionedStore};

/// A worktree of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorktreeInfo {
    /// How Git calls it, after the folder it was made in; `None` for the main one.
    pub name: Option<String>,
    /// Its folder.
    pub path: PathBuf,
    /// Where its HEAD is; `None` when its folder is gone.
    pub head: Option<Head>,
    /// Why it must not be removed, as far as somebody said so.
    pub locked: Option<String>,
    /// Its folder is gone.
    pub missing: bool,
    /// Whether it is the one of this handle.
    pub current: bool,
}

/// How to make a worktree.
#[derive(Clone, Debug, Default)]
pub struct AddWorktreeOptions {
    /// What to check out: a branch or, detached, any other revision; `None` for a branch named after the folder.
    pub target: Option<String>,
    /// Make this branch at the target first.
    pub create: Option<String>,
    /// Leave its HEAD at the commit itself, also when the target is a branch.
    pub detach: bool,
}

impl VersionedStore {
    /// The worktrees of the store, the main one first.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn worktrees(&self) -> Result<Vec<WorktreeInfo>> {
        let repository = self.shared.repository();
        let found = repository.worktrees()?.into_iter();
        Ok(found.map(|worktree| info(repository, worktree)).collect())
    }

    /// Makes a worktree in the folder `path`, a real one of Git, with a HEAD and staged changes of its own. Cost: O(1): nothing is
    /// checked out.
    ///
    /// # Errors
    /// [`Error::InUse`] for a branch that is checked out elsewhere; [`Error::NotFound`] for a misspelt target;
    /// [`Error::AlreadyExists`] for a folder that is not empty, or a branch that is to be made. Nothing has changed then.
    pub fn add_worktree(&self, path: impl AsRef<Path>, options: &AddWorktreeOptions) -> Result<WorktreeInfo> {
        let (shared, path) = (&self.shared, path.as_ref());
        let repository = shared.repository();
        if shared.is_temporary() {
            let what = "a worktree of a store in memory".into();
            let hint = "make a store in a folder".into();
            return Err(prolly_storage::Error::Unsupported { what, hint }.into());
        }
        if fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) || path.is_file() {
            return Err(Error::AlreadyExists { what: "folder", name: path.display().to_string() });
        }
        let folder = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let (create, target) = match (&options.create, &options.target, folder) {
            (Some(create), target, _) => (Some(create.clone()), target.clone()),
            (None, Some(target), _) => (None, Some(target.clone())),
            // As Git does: a branch named after the folder, made unless it is there.
            (None, None, Some(name)) if !options.detach => {
                let there = repository.ref_target(&branch_name(&name)?)?.is_some();
                if there { (None, Some(name)) } else { (Some(name), None) }
            }
            (None, None, _) => (None, None),
        };
        let target = target.unwrap_or_else(|| "HEAD".to_owned());
        let worktree = shared.exclusively(|store| {
            let commit = self.resolve(&target)?;
            let branch = match &create {
                Some(name) => {
                    shared.create_branch(store, name, &branch_name(name)?, commit, Some(&target))?;
                    Some(name.clone())
                }
                None if options.detach => None,
                None => {
                    let full = branch_name(&target).ok();
                    let there = full.map(|full| repository.ref_target(&full)).transpose()?.flatten();
                    there.map(|_| target.clone())
                }
            };
            if let Some(branch) = &branch
                && let Some(holder) = repository.worktree_at(&format!("refs/heads/{branch}"))?
            {
                let by = format!("the worktree {holder}");
                return Err(in_use(branch, &by, "name another branch, or make one with `create`"));
            }
            let at = branch.clone().unwrap_or_else(|| commit.to_string());
            let worktree = repository.add_worktree(store, path, &at, branch.is_none())?;
            // One of this name may have been removed by Git alone.
            if let Some(name) = &worktree.name {
                forget(shared, store, name)?;
            }
            Ok(worktree)
        })?;
        Ok(info(repository, worktree))
    }

    /// Removes a linked worktree with its folder, named or by its folder. Its branch stays.
    ///
    /// # Errors
    /// [`Error::StagedChanges`] and [`Error::InUse`] (it is locked) unless `force`; [`Error::InUse`] when this process has it
    /// open; [`Error::NotFound`].
    pub fn remove_worktree(&self, worktree: &str, force: bool) -> Result<()> {
        let shared = &self.shared;
        let repository = shared.repository();
        let found = self.linked(worktree)?;
        let name = found.name.clone().unwrap_or_default();
        if let (Some(reason), false) = (&found.locked, force) {
            return Err(Error::InUse {
                what: "worktree",
                name,
                by: if reason.is_empty() {
                    "somebody who locked it".into()
                } else {
                    format!("a lock: {reason}")
                },
                hint: "unlock it first".into(),
            });
        }
        if !found.missing {
            if Shared::is_open_in(&repository.common_dir().join("worktrees").join(&name))? {
                let hint = "close it first".into();
                return Err(Error::InUse { what: "worktree", name, by: "this process".into(), hint });
            }
            let there = Self::open(&found.path, OpenOptions::default())?;
            if !force {
                there.shared.view().refuse_staged("remove the worktree")?;
            }
        }
        shared.exclusively(|store| {
            // Else a later worktree of this name would find what is staged in this one.
            forget(shared, store, &name)?;
            if found.locked.is_some() {
                repository.unlock_worktree(store, &name)?;
            }
            Ok(repository.remove_worktree(store, &found)?)
        })
    }

    /// Keeps a linked worktree from being removed.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::AlreadyExists`] when it is locked.
    pub fn lock_worktree(&self, worktree: &str, reason: &str) -> Result<()> {
        let found = self.linked(worktree)?;
        let name = found.name.unwrap_or_default();
        if found.locked.is_some() {
            return Err(Error::AlreadyExists { what: "lock of the worktree", name });
        }
        self.shared.exclusively(|store| Ok(self.shared.repository().lock_worktree(store, &name, reason)?))
    }

    /// Lets a linked worktree be removed again.
    ///
    /// # Errors
    /// [`Error::NotFound`], also when it is not locked.
    pub fn unlock_worktree(&self, worktree: &str) -> Result<()> {
        let found = self.linked(worktree)?;
        let name = found.name.unwrap_or_default();
        if found.locked.is_none() {
            let hint = "it is not locked".into();
            return Err(Error::NotFound { what: "lock of the worktree", name, hint });
        }
        self.shared.exclusively(|store| Ok(self.shared.repository().unlock_worktree(store, &name)?))
    }

    /// The linked worktree with this name or folder.
    fn linked(&self, asked: &str) -> Result<Worktree> {
        let folder = Path::new(asked).canonicalize().ok();
        let is_it = |worktree: &Worktree| {
            worktree.name.as_deref() == Some(asked)
                || worktree.path == Path::new(asked)
                || folder.is_some() && worktree.path.canonicalize().ok() == folder
        };
        let found = self.shared.repository().worktrees()?.into_iter().find(is_it);
        match found {
            Some(worktree) if worktree.name.is_some() => Ok(worktree),
            Some(_) => Err(Error::invalid(format!("the worktree {asked:?}"), "is the main one")),
            None => Err(Error::NotFound {
                what: "worktree",
                name: asked.to_owned(),
                hint: "name one of those that are listed".into(),
            }),
        }
    }
}

fn info(repository: &Repository, worktree: Worktree) -> WorktreeInfo {
    let same = |path: &Path| path.canonicalize().ok();
    let current = same(&worktree.path) == same(repository.directory())
        || Repository::open(&worktree.path).is_ok_and(|found| found.git_dir() == repository.git_dir());
    WorktreeInfo {
        current,
        name: worktree.name,
        path: worktree.path,
        head: worktree.head.map(|head| Head::from(&crate::view::Position::from(head))),
        locked: worktree.locked,
        missing: worktree.missing,
    }
}

/// Drops what is staged in a linked worktree.
fn forget(shared: &Shared, store: &StoreLock, name: &str) -> Result<()> {
    let repository = shared.repository();
    let worktree = linked(name);
    let folder = shared.folder_of(&worktree);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Error::io("remove", &folder, error));
        }
        _ => {}
    }
    let staged = crate::shared::staged_ref(&worktree);
    match repository.ref_target(&staged)? {
        Some(target) => Ok(repository.update_ref(store, &staged, Some(target), None, "")?),
        None => Ok(()),
    }
}
