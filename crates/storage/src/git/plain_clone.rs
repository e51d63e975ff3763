//! Turns what a plain `git clone` made into the layout of a store.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::{Repository, durable, failure, repository};
use crate::{Error, Result};

/// Changed files that an error names.
const NAMED_MAX: usize = 3;

impl Repository {
    /// Whether this is a repository with checked-out files, as a plain `git clone` makes it. Such a store can be read;
    /// before it is written to, [`Repository::make_bare`] is due.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn is_plain_clone(&self) -> Result<bool> {
        self.with(|handle| Ok(!handle.is_bare() && !handle.is_worktree()))
    }

    /// Turns a plain clone into the bare layout: removes the checked-out node files and the index, and makes the
    /// repository bare and keep reflogs. Nothing is to do for any other repository.
    ///
    /// It can be repeated after a crash in its midst.
    ///
    /// # Errors
    /// [`Unsupported`](Error::Unsupported) when `git status` is not clean: it names the files, says what to do, and
    /// nothing has changed.
    pub fn make_bare(&self) -> Result<()> {
        if !self.is_plain_clone()? {
            return Ok(());
        }
        self.inner.handles.with(|handle| {
            let Some(folder) = handle.workdir() else { return Ok(()) };
            let has_index = handle.path().join("index").exists();
            refuse_changes(handle, folder, has_index)?;
            if has_index {
                let index = handle.index().map_err(failure::git("read the index"))?;
                for entry in index.iter() {
                    // Git forbids names that would lead out of the folder, and libgit2 does not read such an index.
                    let path = folder.join(String::from_utf8_lossy(&entry.path).as_ref());
                    remove_file(&path)?;
                    remove_empty_parents(&path, folder);
                }
                // The files are gone before the index that knows of them.
                remove_file(&handle.path().join("index"))?;
            }
            repository::set_layout(handle)?;
            durable::sync_folder(handle.path())
        })?;
        self.inner.handles.forget();
        Ok(())
    }
}

/// Deleted files are no change: an earlier run may have been cut short.
fn refuse_changes(handle: &git2::Repository, folder: &Path, has_index: bool) -> Result<()> {
    let mut options = git2::StatusOptions::new();
    options.include_untracked(true).include_ignored(false).exclude_submodules(true);
    let statuses = handle.statuses(Some(&mut options)).map_err(failure::git("look for changed files"))?;
    let harmless = if has_index {
        git2::Status::WT_DELETED
    } else {
        // `git clone --no-checkout` leaves no index, and every file seems to be deleted from it.
        git2::Status::WT_DELETED | git2::Status::INDEX_DELETED
    };
    let changed: Vec<_> = statuses
        .iter()
        .filter(|entry| !harmless.contains(entry.status()))
        .map(|entry| String::from_utf8_lossy(entry.path_bytes()).into_owned())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let more = if changed.len() > NAMED_MAX {
        format!(" and {} more", changed.len() - NAMED_MAX)
    } else {
        String::new()
    };
    Err(Error::Unsupported {
        what: format!(
            "writing to {}, a plain clone with changed or untracked files ({}{more}),",
            folder.display(),
            changed[..changed.len().min(NAMED_MAX)].join(", ")
        ),
        hint: "the first write removes the checked-out files: move your own ones away, run `git checkout -- .` to drop \
               changes to the others until `git status` is clean, and try again"
            .into(),
    })
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(Error::io("remove", path, error))
        }
        _ => Ok(()),
    }
}

fn remove_empty_parents(path: &Path, root: &Path) {
    let mut folder = path.parent();
    while let Some(empty) = folder.filter(|folder| *folder != root && folder.starts_with(root)) {
        if fs::remove_dir(empty).is_err() {
            return;
        }
        folder = empty.parent();
    }
}
