//! Moving the nodes of a store to another storage.

use std::fs;
use std::path::Path;

use prolly_storage::git::{LogOrder, Oid, Repository, StoreLock};
use prolly_storage::{Listener, StageProgress, unheard};

use crate::backend::Backend;
use crate::shared::Shared;
use crate::tips::tips;
use crate::{Durability, Error, Result, StorageKind, VersionedStore, node_storage};

/// What a migration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MigrateReport {
    /// Where the nodes were.
    pub from: StorageKind,
    /// Where they are now.
    pub to: StorageKind,
    /// The versions whose nodes were moved.
    pub versions: u64,
}

impl VersionedStore {
    /// Moves the nodes of all versions of the store at `path` to another storage: those that a ref, a reflog or the HEAD of a
    /// worktree reaches, what is staged included. Commits stay what they are, and so do the roots that they name. What Git holds
    /// it keeps: a commit cannot lose its nodes. A storage beside Git goes once all is moved.
    ///
    /// No handle of this process may have it open. Those of other processes must be opened again: their next commit is
    /// [`Error::Migrated`]. When it is cut short, the store is as it was, and it can be run again.
    ///
    /// Cost: a read and a write of every node that the new storage lacks.
    ///
    /// # Errors
    /// [`Error::InUse`] when this process has it open, [`prolly_storage::Error::InUse`] when another process has its RocksDB
    /// open, and what either storage reports.
    pub fn migrate(path: impl AsRef<Path>, to: StorageKind) -> Result<MigrateReport> {
        Self::migrate_telling(path, to, &mut unheard)
    }

    /// As [`VersionedStore::migrate`], and tells how many of the versions are done. The listener can end it.
    ///
    /// # Errors
    /// As [`VersionedStore::migrate`], and [`Cancelled`](prolly_storage::Error::Cancelled) when the listener asked for it. The
    /// store is as it was then, but that Git may have been given nodes that it had not.
    pub fn migrate_telling(
        path: impl AsRef<Path>,
        to: StorageKind,
        listener: &mut Listener<'_>,
    ) -> Result<MigrateReport> {
        let repository = Repository::open(path.as_ref())?;
        if Shared::is_open_in(repository.common_dir())? {
            return Err(Error::InUse {
                what: "store",
                name: path.as_ref().display().to_string(),
                by: "this process".into(),
                hint: "close it first".into(),
            });
        }
        if repository.is_plain_clone()? {
            repository.make_bare()?;
        }
        let lock = repository.lock()?;
        let from = node_storage::read(&repository)?;
        if from == to {
            return Ok(MigrateReport { from, to, versions: 0 });
        }
        let versions = match copy(&repository, &lock, [from, to], listener) {
            Err(Error::Storage(prolly_storage::Error::Cancelled)) => {
                if to != StorageKind::Git {
                    remove(&repository, to)?;
                }
                return Err(prolly_storage::Error::Cancelled.into());
            }
            copied => copied?,
        };
        node_storage::write(&repository, to)?;
        if from != StorageKind::Git {
            remove(&repository, from)?;
        }
        drop(lock);
        repository.roll_up_packs()?;
        Ok(MigrateReport { from, to, versions })
    }
}

/// Brings the nodes of all versions from one storage into another, and says how many versions there are.
fn copy(
    repository: &Repository,
    lock: &StoreLock,
    [from, to]: [StorageKind; 2],
    listener: &mut Listener<'_>,
) -> Result<u64> {
    let backend = |kind| {
        Ok::<_, Error>(match node_storage::open(repository, kind, Durability::Commit)? {
            Some(nodes) => Backend::external(repository.clone(), nodes),
            None => Backend::git(repository.clone()),
        })
    };
    let tips = tips(repository)?;
    let (source, target) = (backend(from)?, backend(to)?);
    // Into Git first, in any case: from there every storage can be filled.
    if from != StorageKind::Git {
        for (name, tip) in &tips {
            source.write_companions(lock, *tip, name, listener)?;
        }
    }
    let tips: Vec<_> = tips.iter().map(|(_, tip)| *tip).collect();
    let commits = repository.log(&tips, &[], LogOrder::Time)?.map(|commit| Ok(commit?.id));
    let versions = copy_versions(&target, &commits.collect::<Result<Vec<_>>>()?, listener)?;
    target.sync()?;
    Ok(versions)
}

/// Brings the nodes of these commits into a storage, from Git, as far as it lacks them. Of the trees only the roots are looked at,
/// where their nodes are there.
pub(crate) fn copy_versions(target: &Backend, commits: &[Oid], listener: &mut Listener<'_>) -> Result<u64> {
    let total = commits.len() as u64;
    let told = |done| StageProgress::part("copying versions", done, total);
    for (commit, done) in commits.iter().zip(0..) {
        told(done).tell(listener)?;
        target.tree_telling(*commit, &told(done), listener)?;
    }
    told(total).tell(listener)?;
    Ok(total)
}

/// Removes a storage beside Git.
fn remove(repository: &Repository, kind: StorageKind) -> Result<()> {
    let folder = node_storage::folder(repository, kind);
    fs::remove_dir_all(&folder).map_err(|error| Error::io("remove", &folder, error))
}
