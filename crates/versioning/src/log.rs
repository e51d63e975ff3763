//! Walking the commit graph.

use crate::{CommitInfo, Result, VersionedStore};

/// Which commits a log has.
#[derive(Clone, Debug, Default)]
pub struct LogOptions {
    /// Where it begins; `None` for HEAD.
    pub revision: Option<String>,
    /// Leave out what this revision reaches.
    pub exclude: Option<String>,
    /// Follow only the first parent of each merge.
    pub first_parent: bool,
}

/// Commits, newest first and never a parent before its child, read as they are asked for.
pub struct Log {}

impl Iterator for Log {
    type Item = Result<CommitInfo>;

    fn next(&mut self) -> Option<Self::Item> {
        todo!()
    }
}

impl VersionedStore {
    /// The commits that a revision reaches; none before the first commit.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for a misspelt revision.
    pub fn log(&self, options: &LogOptions) -> Result<Log> {
        todo!()
    }
}
