//! What is wrong with a journal, and how much of it is sound.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use prolly_storage::git::durable;

use super::file::NAME;
use super::record::has_mark;
use super::{Journal, WorktreeLock};
use crate::{Error, Result};

/// What is wrong with a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// Nothing can be read of it.
    Header { reason: String },
    /// A record that was durable once is damaged; so many whole ones are before it.
    Record { at: u64, kept: usize },
    /// It ends in something that is no record: a write that was under way when the process or the power ended.
    Torn { at: u64, bytes: u64 },
}

impl Journal {
    /// The journal of a worktree's folder.
    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join(NAME)
    }

    /// What is wrong with the journal in `folder`; `None` when it is whole, or not there. Changes nothing.
    pub(crate) fn examine(folder: &Path) -> Result<Option<Damage>> {
        let mut journal = match Self::open(folder) {
            Ok(Some(journal)) => journal,
            Ok(None) => return Ok(None),
            Err(Error::Corruption { reason, .. }) => return Ok(Some(Damage::Header { reason })),
            Err(error) => return Err(error),
        };
        let (replay, at, rest) = journal.records_from(journal.end())?;
        Ok(if has_mark(journal.header().salt, at, &rest) {
            Some(Damage::Record { at, kept: replay.batches.len() })
        } else if rest.is_empty() {
            None
        } else {
            Some(Damage::Torn { at, bytes: rest.len() as u64 })
        })
    }

    /// Cuts off what is behind byte `at` of the journal in `folder`, durably.
    pub(crate) fn cut(_lock: &WorktreeLock<'_>, folder: &Path, at: u64) -> Result<()> {
        let path = Self::path(folder);
        let file = match File::options().write(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            answer => answer.map_err(|error| Error::io("open", &path, error))?,
        };
        file.set_len(at).map_err(|error| Error::io("truncate", &path, error))?;
        Ok(durable::sync_file(&file, &path)?)
    }
}
