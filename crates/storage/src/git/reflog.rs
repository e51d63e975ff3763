//! What a ref held before.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

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
        let file = OpenOptions::new().create(true).read(true).append(true).open(&path);
        let mut file = file.map_err(|error| Error::io("open", &path, error))?;
        let whole = cut_half_line(&mut file).map_err(|error| Error::io("truncate", &path, error))?;
        file.write_all(line.as_bytes()).map_err(|error| {
            // Should that fail too, the next one does it.
            let _ = file.set_len(whole);
            Error::io("write", &path, error)
        })
    }

    /// From where to where the ref `name` moved last, as far as the last line of its reflog can be read. One that another program
    /// put behind half a line of a process that died cannot.
    ///
    /// # Errors
    /// When the reflog cannot be read.
    pub fn last_move(&self, name: &str) -> Result<Option<(Oid, Oid)>> {
        let path = self.common_dir().join("logs").join(name);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            answer => answer.map_err(|error| Error::io("read", path, error))?,
        };
        let last = bytes.strip_suffix(b"\n").and_then(|lines| lines.rsplit(|byte| *byte == b'\n').next());
        let mut words = last.unwrap_or_default().splitn(3, |byte| *byte == b' ');
        let mut id = || std::str::from_utf8(words.next()?).ok()?.parse::<Oid>().ok();
        Ok(id().zip(id()))
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

/// Bytes that a line has at most, so far as anybody knows.
const LINE_MAX: u64 = 64 * 1024;

/// Cuts off half a line, which a process left that died as it wrote it, and says how long the file is then.
fn cut_half_line(file: &mut File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let start = length.saturating_sub(LINE_MAX);
    file.seek(SeekFrom::Start(start))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let whole = match end.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => start + last as u64 + 1,
        None if start == 0 => 0,
        None => length,
    };
    if whole < length {
        file.set_len(whole)?;
    }
    Ok(whole)
}
