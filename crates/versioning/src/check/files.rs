//! Journals, and what programs left that ended in the middle of something.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use prolly_storage::git::Repository;

use super::{Check, StoreFault};
use crate::journal::{Damage, Journal};
use crate::{Error, Result};

/// Younger files may belong to somebody who is at work.
const ABANDONED: Duration = Duration::from_secs(600);
const REPAIR: &str = "run \"git-prolly fsck --repair\"";

/// Packs that Git cannot find anything in.
pub(super) fn check_packs(path: &Path, check: &mut Check<'_>) -> Result<()> {
    for (pack, problem) in Repository::packs_without_index(path)? {
        check.fault(StoreFault {
            subject: pack.display().to_string(),
            problem,
            remedy: format!("{REPAIR}, which makes the index anew"),
            repairable: true,
        });
    }
    Ok(())
}

pub(super) fn check(repository: &Repository, check: &mut Check<'_>) -> Result<()> {
    for folder in worktree_folders(repository)? {
        let Some(damage) = Journal::examine(&folder)? else { continue };
        let (problem, remedy) = match damage {
            Damage::Header { reason } => (
                format!("{reason}, so what was staged since the last checkpoint cannot be read"),
                format!("{REPAIR}, which sets it aside and starts from the last checkpoint"),
            ),
            Damage::Record { at, kept } => (
                format!("the record at byte {at} was durable and is damaged"),
                format!("{REPAIR}, which sets the journal aside and keeps the {kept} records before that"),
            ),
            Damage::Torn { at, bytes } => (
                format!("it ends in a torn record, {bytes} bytes from byte {at} on"),
                format!("none is needed: the next write cuts it off; or {REPAIR}"),
            ),
        };
        let subject = format!("the journal {}", Journal::path(&folder).display());
        check.fault(StoreFault { subject, problem, remedy, repairable: true });
    }
    for path in abandoned(repository)? {
        check.fault(StoreFault {
            subject: path.display().to_string(),
            problem: "somebody who ended in the middle of writing it left it".into(),
            remedy: format!("{REPAIR}, which removes it"),
            repairable: true,
        });
    }
    Ok(())
}

/// The folders of all worktrees' journals.
pub(super) fn worktree_folders(repository: &Repository) -> Result<Vec<PathBuf>> {
    let mut folders = list(&repository.common_dir().join("prolly").join("worktrees"))?;
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    Ok(folders)
}

/// Files under names that are given to unfinished ones only, for longer than anybody takes to finish them. What the next
/// writer clears away by itself is not among them.
pub(super) fn abandoned(repository: &Repository) -> Result<Vec<PathBuf>> {
    let common = repository.common_dir();
    let own = common.join("prolly");
    let mut found = Vec::new();
    let mut folders = vec![(own.clone(), ".new"), (own.join("pins"), ".new")];
    folders.extend(worktree_folders(repository)?.into_iter().map(|folder| (folder, ".new")));
    for (folder, ending) in folders {
        found.extend(list(&folder)?.into_iter().filter(|path| name(path).ends_with(ending)));
    }
    let unfinished = |path: &PathBuf| ["tmp_", ".tmp-"].iter().any(|start| name(path).starts_with(start));
    found.extend(list(&common.join("objects/pack"))?.into_iter().filter(unfinished));
    let mut abandoned = Vec::new();
    for path in found {
        match fs::metadata(&path).and_then(|found| Ok((found.is_file(), found.modified()?))) {
            Ok((true, modified)) if is_old(modified) => abandoned.push(path),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("examine", path, error)),
        }
    }
    Ok(abandoned)
}

fn is_old(modified: SystemTime) -> bool {
    SystemTime::now().duration_since(modified).is_ok_and(|age| age > ABANDONED)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        answer => answer.map_err(|error| Error::io("list", folder, error))?,
    };
    listing.map(|entry| Ok(entry.map_err(|error| Error::io("list", folder, error))?.path())).collect()
}
