//! Moving the nodes of a store to another storage.

use std::fs;
use std::path::Path;

use prolly_storage::git::{LogOrder, Repository};

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
        let backend = |kind| {
            Ok::<_, Error>(match node_storage::open(&repository, kind, Durability::Commit)? {
                Some(nodes) => Backend::external(repository.clone(), nodes),
                None => Backend::git(repository.clone()),
            })
        };
        let tips = tips(&repository)?;
        let versions = {
            let (source, target) = (backend(from)?, backend(to)?);
            // Into Git first, in any case: from there every storage can be filled.
            if from != StorageKind::Git {
                for (name, tip) in &tips {
                    source.write_companions(&lock, *tip, name)?;
                }
            }
            let commits: Vec<_> = tips.iter().map(|(_, tip)| *tip).collect();
            let mut versions = 0;
            for commit in repository.log(&commits, &[], LogOrder::Time)? {
                // Of the trees only the roots are looked at, where their nodes are there.
                target.tree(commit?.id)?;
                versions += 1;
            }
            target.sync()?;
            versions
        };
        node_storage::write(&repository, to)?;
        if from != StorageKind::Git {
            let folder = node_storage::folder(&repository, from);
            fs::remove_dir_all(&folder).map_err(|error| Error::io("remove", &folder, error))?;
        }
        drop(lock);
        repository.roll_up_packs()?;
        Ok(MigrateReport { from, to, versions })
    }
}
