//! Linked worktrees, by the `git` program: a HEAD each, over one repository.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Head, Repository, StoreLock, durable, failure};
use crate::{Error, Result};

/// A worktree of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worktree {
    /// How Git calls it, after the folder it was made in; `None` for the main one.
    pub name: Option<String>,
    /// Its folder; of the main one the folder that holds `.git`, or the bare repository.
    pub path: PathBuf,
    /// Where its HEAD is; `None` when its HEAD cannot be read.
    pub head: Option<Head>,
    /// Why it must not be removed, as far as somebody said so.
    pub locked: Option<String>,
    /// Its folder is gone, and Git would forget it.
    pub missing: bool,
}

impl Repository {
    /// All worktrees, the main one first, then by name. Cost: a few small files each.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn worktrees(&self) -> Result<Vec<Worktree>> {
        let main = Self::open(self.common_dir())?;
        let mut found = vec![Worktree {
            name: None,
            path: main.directory().to_owned(),
            head: Some(main.head()?),
            locked: None,
            missing: false,
        }];
        let names = self.with(|handle| {
            let names = handle.worktrees().map_err(failure::git("list the worktrees"))?;
            let names = names
                .iter()
                .map(|name| Ok(name.map_err(failure::git("list the worktrees"))?.map(str::to_owned)));
            Ok(names.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect::<Vec<_>>())
        })?;
        for name in names {
            found.push(self.worktree(&name)?);
        }
        Ok(found)
    }

    /// A linked worktree.
    fn worktree(&self, name: &str) -> Result<Worktree> {
        let own = self.worktree_dir(name);
        let gitdir = own.join("gitdir");
        let text = fs::read_to_string(&gitdir).map_err(|error| Error::io("read", &gitdir, error))?;
        // The name of the file `.git` in the worktree's folder.
        let link = PathBuf::from(text.trim_end());
        let path = link.parent().unwrap_or(&link).to_owned();
        let locked = fs::read_to_string(own.join("locked")).ok().map(|reason| reason.trim_end().to_owned());
        let missing = !link.exists();
        let head =
            if missing { None } else { Self::open(&path).and_then(|repository| repository.head()).ok() };
        Ok(Worktree { name: Some(name.to_owned()), path, head, locked, missing })
    }

    /// Where Git keeps what is a linked worktree's own.
    fn worktree_dir(&self, name: &str) -> PathBuf {
        self.common_dir().join("worktrees").join(name)
    }

    /// Makes a worktree in the folder `path`, which must be missing or empty, with its HEAD on the branch `at` or, detached, at
    /// that commit. Nothing is checked out, and as the main one it is taken for bare, so that no stray `git commit` there can
    /// remove the data.
    ///
    /// # Errors
    /// [`Error::Git`] with what `git` said: the branch is checked out elsewhere, or the folder is not empty.
    pub fn add_worktree(&self, _lock: &StoreLock, path: &Path, at: &str, detached: bool) -> Result<Worktree> {
        self.with(|handle| {
            let config = handle.commondir().join("config");
            let action = || "write the repository's configuration".to_owned();
            let mut config = git2::Config::open(&config).map_err(failure::git(action()))?;
            // Else Git takes linked worktrees for such with files, whatever `core.bare` says.
            config.set_bool("extensions.worktreeConfig", true).map_err(failure::git(action()))
        })?;
        let mut arguments: Vec<std::ffi::OsString> =
            ["worktree", "add", "--quiet", "--no-checkout"].map(Into::into).to_vec();
        if detached {
            arguments.push("--detach".into());
        }
        arguments.extend(["--".into(), path.into(), at.into()]);
        super::program::Git::at(self.common_dir())
            .run(format!("make the worktree {}", path.display()), &arguments)?;
        let linked = Self::open(path)?;
        let name = linked.git_dir().file_name().unwrap_or_default().to_string_lossy().into_owned();
        // By its time `git gc` tells how long a worktree has been away; it forgets one without an index at once.
        let index = git2::Index::open(&linked.git_dir().join("index")).and_then(|mut index| index.write());
        index.map_err(failure::git(format!("make the index of the worktree {name}")))?;
        durable::sync_all_below(linked.git_dir())?;
        self.worktree(&name)
    }

    /// Removes a linked worktree and its folder.
    ///
    /// # Errors
    /// [`Error::Git`] with what `git` said: it is locked.
    pub fn remove_worktree(&self, _lock: &StoreLock, worktree: &Worktree) -> Result<()> {
        let Some(name) = &worktree.name else {
            return Err(Error::Unsupported {
                what: "removing the main worktree".into(),
                hint: "remove the folder of the store itself".into(),
            });
        };
        let git = super::program::Git::at(self.common_dir());
        if worktree.missing {
            let own = self.worktree_dir(name);
            return fs::remove_dir_all(&own).map_err(|error| Error::io("remove", &own, error));
        }
        // By force: to Git every file of the commit is missing.
        let arguments = [
            std::ffi::OsString::from("worktree"),
            "remove".into(),
            "--force".into(),
            "--".into(),
            worktree.path.clone().into(),
        ];
        git.run(format!("remove the worktree {name}"), &arguments).map(drop)
    }

    /// Keeps a linked worktree from being removed, for a reason that messages name.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written.
    pub fn lock_worktree(&self, _lock: &StoreLock, name: &str, reason: &str) -> Result<()> {
        durable::replace_file(&self.worktree_dir(name).join("locked"), reason.as_bytes())
    }

    /// Lets a linked worktree be removed again.
    ///
    /// # Errors
    /// [`Error::Io`] when that cannot be written.
    pub fn unlock_worktree(&self, _lock: &StoreLock, name: &str) -> Result<()> {
        let path = self.worktree_dir(name).join("locked");
        fs::remove_file(&path).map_err(|error| Error::io("remove", &path, error))
    }
}
