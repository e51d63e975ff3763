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
    let mut tips = committed_tips(repository, &mut Err)?;
    let mut seen: HashSet<Oid> = tips.iter().map(|(_, tip)| *tip).collect();
    for commit in staged_over(repository)? {
        if seen.insert(commit) && repository.commit(commit).is_ok() {
            tips.push((format!("refs/staged/{commit}"), commit));
        }
    }
    Ok(tips)
}

/// As [`tips`], but for staged changes. `unreadable` says what it means that a ref or HEAD cannot be read: that it names nothing, or
/// that all fails.
pub(crate) fn committed_tips(
    repository: &Repository,
    unreadable: &mut dyn FnMut(Error) -> Result<()>,
) -> Result<Vec<(String, Oid)>> {
    let (mut tips, mut seen) = (Vec::new(), HashSet::new());
    let mut entries = Vec::new();
    for (name, _) in repository.refs("refs/")? {
        if name.starts_with(COMPANIONS) || name.starts_with("refs/notes/") || name == KEPT {
            continue;
        }
        let tip = match repository.resolve(&name) {
            Ok(Some(tip)) => tip,
            // A tag can name what is no commit.
            Ok(None) | Err(_) if name.starts_with("refs/tags/") => continue,
            // Deleted since it was listed: then it need not be read.
            Ok(None) | Err(_) if matches!(repository.ref_target(&name), Ok(None)) => continue,
            Ok(None) => {
                let (action, message) = (format!("read {name}"), "it names nothing that is there".into());
                unreadable(prolly_storage::Error::Git { action, message }.into())?;
                continue;
            }
            Err(error) => {
                unreadable(error.into())?;
                continue;
            }
        };
        seen.insert(tip);
        entries.extend(repository.reflog(&name)?);
        tips.push((name, tip));
    }
    for worktree in worktrees(repository)? {
        entries.extend(worktree.reflog("HEAD")?);
        match worktree.head() {
            Ok(head) => {
                let new = head.target().filter(|tip| seen.insert(*tip));
                tips.extend(new.map(|tip| (format!("refs/HEAD/{tip}"), tip)));
            }
            Err(error) => unreadable(error.into())?,
        }
    }
    for commit in entries.into_iter().flat_map(|entry| [entry.old, entry.new]) {
        // What Git has collected since is gone, whatever names it.
        if commit != Oid::ZERO && seen.insert(commit) && repository.commit(commit).is_ok() {
            tips.push((format!("refs/reflog/{commit}"), commit));
        }
    }
    Ok(tips)
}

/// All worktrees, as far as their own folders inside the repository are there: a worktree's files may be on a drive that is away.
pub(crate) fn worktrees(repository: &Repository) -> Result<Vec<Repository>> {
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
pub(crate) fn staged_over(repository: &Repository) -> Result<Vec<Oid>> {
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
