//! The commits from which all that a store must keep can be reached.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;

use prolly_storage::git::{COMPANIONS, KEPT, Oid, Repository};

use crate::journal::Journal;
use crate::{Error, Result};

/// The commits that refs, reflogs, the HEADs of all worktrees and their staged changes name, each once, with names for the refs
/// that keep what goes with them.
pub(crate) fn tips(repository: &Repository) -> Result<Vec<(String, Oid)>> {
    let (mut tips, mut seen) = (Vec::new(), HashSet::new());
    let mut entries = Vec::new();
    for (name, _) in repository.refs("refs/")? {
        if name.starts_with(COMPANIONS) || name.starts_with("refs/notes/") || name == KEPT {
            continue;
        }
        // A tag can name what is no commit.
        let Ok(Some(tip)) = repository.resolve(&name) else { continue };
        seen.insert(tip);
        entries.extend(repository.reflog(&name)?);
        tips.push((name, tip));
    }
    for worktree in worktrees(repository)? {
        entries.extend(worktree.reflog("HEAD")?);
        if let Some(tip) = worktree.head()?.target()
            && seen.insert(tip)
        {
            tips.push((format!("refs/HEAD/{tip}"), tip));
        }
    }
    for commit in entries.into_iter().flat_map(|entry| [entry.old, entry.new]).chain(staged_over(repository)?)
    {
        // What Git has collected since is gone, whatever names it.
        if commit != Oid::ZERO && seen.insert(commit) && repository.commit(commit).is_ok() {
            tips.push((format!("refs/reflog/{commit}"), commit));
        }
    }
    Ok(tips)
}

/// All worktrees, as far as their own folders inside the repository are there: a worktree's files may be on a drive that is away.
fn worktrees(repository: &Repository) -> Result<Vec<Repository>> {
    let common = repository.common_dir();
    let mut found = vec![Repository::open(common)?];
    let folder = common.join("worktrees");
    let listing = match fs::read_dir(&folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        answer => answer.map_err(|error| Error::io("list", &folder, error))?,
    };
    for entry in listing {
        let path = entry.map_err(|error| Error::io("list", &folder, error))?.path();
        if path.join("HEAD").exists() {
            found.push(Repository::open(&path)?);
        }
    }
    Ok(found)
}

/// What the staged changes of all worktrees are made to. A branch may have moved away from there.
fn staged_over(repository: &Repository) -> Result<Vec<Oid>> {
    let folder = repository.common_dir().join("prolly").join("worktrees");
    let listing = match fs::read_dir(&folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        answer => answer.map_err(|error| Error::io("list", &folder, error))?,
    };
    let mut commits = Vec::new();
    for entry in listing {
        let path = entry.map_err(|error| Error::io("list", &folder, error))?.path();
        if let Some(journal) = Journal::open(&path)? {
            let header = journal.header();
            commits.extend(header.base.into_iter().chain(header.checkpoint));
        }
    }
    Ok(commits)
}
