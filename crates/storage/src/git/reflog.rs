//! What a ref held before.

use std::fs::OpenOptions;
use std::io::Write;

use super::{Oid, Repository, Signature, failure};
use crate::{Error, Result};

/// One move of a ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReflogEntry {
    /// What it held before; [`Oid::ZERO`] when it was made.
    pub old: Oid,
    /// What it held then; [`Oid::ZERO`] when it was deleted.
    pub new: Oid,
    /// Who moved it, and when.
    pub committer: Signature,
    /// Why.
    pub message: String,
}

impl Repository {
    /// The moves of the ref `name` (`HEAD`, or in full: `refs/heads/main`), newest first. None when it has no reflog.
    ///
    /// # Errors
    /// When the reflog cannot be read.
    pub fn reflog(&self, name: &str) -> Result<Vec<ReflogEntry>> {
        self.with(|handle| {
            let log = failure::found(handle.reflog(name))
                .map_err(failure::git(format!("read the reflog of {name}")))?;
            let entry = |entry: git2::ReflogEntry<'_>| ReflogEntry {
                old: Oid::of(entry.id_old()),
                new: Oid::of(entry.id_new()),
                committer: Signature::of(&entry.committer()),
                message: String::from_utf8_lossy(entry.message_bytes().unwrap_or_default()).into_owned(),
            };
            Ok(log.map_or_else(Vec::new, |log| log.iter().map(entry).collect()))
        })
    }

    /// Notes a move of `name`, where Git would. Not synced: a reflog protects from mistakes, not from a loss of power.
    ///
    /// The caller holds Git's lock of the ref, so that nobody rewrites the file meanwhile.
    pub(super) fn append_reflog(
        &self,
        name: &str,
        old: Option<Oid>,
        new: Option<Oid>,
        message: &str,
    ) -> Result<()> {
        let base = if name == "HEAD" { self.git_dir() } else { self.common_dir() };
        let path = base.join("logs").join(name);
        if !path.exists() && !self.logs_moves_of(name)? {
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, error))?;
        }
        let committer = self.committer_or_default().line();
        let message = message.replace(['\n', '\r'], " ");
        let zero = Oid::ZERO;
        let line =
            format!("{} {} {committer}\t{}\n", old.unwrap_or(zero), new.unwrap_or(zero), message.trim());
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let mut file = file.map_err(|error| Error::io("open", &path, error))?;
        file.write_all(line.as_bytes()).map_err(|error| Error::io("write", &path, error))
    }

    /// Git's rule for refs without a reflog.
    fn logs_moves_of(&self, name: &str) -> Result<bool> {
        let always =
            match self.git_config("core.logAllRefUpdates")?.map(|value| value.to_lowercase()).as_deref() {
                Some("always") => true,
                Some("false" | "no" | "off" | "0") => return Ok(false),
                Some(_) => false,
                None if self.with(|handle| Ok(handle.is_bare()))? => return Ok(false),
                None => false,
            };
        let usual = name == "HEAD"
            || ["refs/heads/", "refs/remotes/", "refs/notes/"].iter().any(|p| name.starts_with(p));
        Ok(always || usual)
    }
}
