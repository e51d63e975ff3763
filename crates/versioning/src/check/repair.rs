//! Putting right what can be put right without a copy.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use prolly_storage::git::{Oid, Repository, durable};

use super::files::{abandoned, worktree_folders};
use crate::journal::{Damage, Header, Journal, LockFile};
use crate::shared::{STAGED_BY, staged_ref};
use crate::store::not_found;
use crate::{Error, Result, VersionedStore};

impl VersionedStore {
    /// Puts right what [`VersionedStore::check`] calls repairable in the store at `path`, and says what it did, a line each.
    /// Nothing is thrown away that could be read: a damaged journal is set aside under another name, and the changes before
    /// the damage stay staged.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when no repository is there, and when a file cannot be written.
    pub fn repair(path: impl AsRef<Path>) -> Result<Vec<String>> {
        let path = path.as_ref();
        let mut done = Vec::new();
        let _packs = Repository::hold_packs(path)?;
        for (pack, _) in Repository::packs_without_index(path)? {
            Repository::index_pack(path, &pack)?;
            done.push(format!("made the index of {} anew", pack.display()));
        }
        let repository = Repository::open(path).map_err(|error| not_found(path, error))?;
        let _store = repository.lock()?;
        for folder in worktree_folders(&repository)? {
            done.extend(repair_journal(&repository, &folder)?);
        }
        for path in abandoned(&repository)? {
            fs::remove_file(&path).map_err(|error| Error::io("remove", &path, error))?;
            done.push(format!("removed {}", path.display()));
        }
        Ok(done)
    }
}

fn repair_journal(repository: &Repository, folder: &Path) -> Result<Option<String>> {
    let lock_file = LockFile::open(folder)?;
    let lock = lock_file.lock()?;
    let Some(damage) = Journal::examine(folder)? else { return Ok(None) };
    let path = Journal::path(folder);
    if let Damage::Torn { at, bytes } = damage {
        Journal::cut(&lock, folder, at)?;
        return Ok(Some(format!("cut {bytes} bytes of a torn record off the journal {}", path.display())));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let aside = folder.join(format!("journal.damaged-{now}"));
    fs::copy(&path, &aside).map_err(|error| Error::io("copy", &path, error))?;
    durable::sync_folder(folder)?;
    let aside = aside.display();
    Ok(Some(match damage {
        Damage::Record { at, kept } => {
            Journal::cut(&lock, folder, at)?;
            format!(
                "kept the {kept} records of the journal {} before the damage; all of it is in {aside}",
                path.display()
            )
        }
        Damage::Header { .. } | Damage::Torn { .. } => {
            let name = staged_ref(&folder.file_name().unwrap_or_default().to_string_lossy());
            match repository.ref_target(&name)? {
                Some(checkpoint) => {
                    let header = header_at(repository, folder, checkpoint)?;
                    Journal::start(&lock, folder, header, Vec::new(), true)?;
                    format!(
                        "started the journal {} anew from the last checkpoint; the old one is {aside}",
                        path.display()
                    )
                }
                None => {
                    fs::remove_file(&path).map_err(|error| Error::io("remove", &path, error))?;
                    durable::sync_folder(folder)?;
                    format!("set the journal {} aside as {aside}; nothing is staged now", path.display())
                }
            }
        }
    }))
}

/// What a journal starts from that has nothing but a checkpoint.
fn header_at(repository: &Repository, folder: &Path, checkpoint: Oid) -> Result<Header> {
    // A checkpoint follows the one before it; the first of them follows the commit that all changes are made to.
    let mut base = Some(checkpoint);
    while let Some(id) = base {
        let commit = repository.commit(id)?;
        if commit.committer.email != STAGED_BY {
            break;
        }
        base = commit.parents.first().copied();
    }
    let worktree = folder.file_name().unwrap_or_default().to_string_lossy();
    let own =
        worktree.strip_prefix("linked-").map(|name| repository.common_dir().join("worktrees").join(name));
    let head = Repository::open(own.as_deref().unwrap_or_else(|| repository.common_dir()))?.head()?;
    Ok(Header { salt: 0, branch: head.branch().map(str::to_owned), base, checkpoint: Some(checkpoint) })
}
