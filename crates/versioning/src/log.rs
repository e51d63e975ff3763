//! Walking the commit graph.

use std::sync::Arc;

use prolly_storage::git::{Log as GitLog, LogOrder};

use crate::shared::Shared;
use crate::{CommitId, CommitInfo, Result, VersionedStore};

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

/// Commits, newest first by the committer's time, read as they are asked for.
pub struct Log {
    walk: Walk,
}

enum Walk {
    All(GitLog),
    FirstParents { shared: Arc<Shared>, next: Option<CommitId>, until: Option<CommitId> },
}

impl Iterator for Log {
    type Item = Result<CommitInfo>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.walk {
            Walk::All(log) => log.next().map(|commit| Ok(commit?)),
            Walk::FirstParents { shared, next, until } => {
                let id = next.take()?;
                Some(shared.step(id, *until).map(|(commit, parent)| {
                    *next = parent;
                    commit
                }))
            }
        }
    }
}

impl Shared {
    /// A commit, and the first parent unless `until` reaches it.
    fn step(&self, id: CommitId, until: Option<CommitId>) -> Result<(CommitInfo, Option<CommitId>)> {
        let commit = self.info(id)?;
        let parent = commit.parents.first().copied();
        let hidden = match (parent, until) {
            (Some(parent), Some(until)) => self.repository().is_ancestor(parent, until)?,
            // A shallow clone has the commit and lacks its parents.
            (Some(parent), None) => self.repository().commit(parent).is_err(),
            _ => false,
        };
        Ok((commit, parent.filter(|_| !hidden)))
    }
}

impl VersionedStore {
    /// The commits that a revision reaches; none before the first commit.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for a misspelt revision.
    pub fn log(&self, options: &LogOptions) -> Result<Log> {
        let repository = self.shared.repository();
        let start = match options.revision.as_deref() {
            None => self.shared.position()?.commit,
            Some(revision) => Some(self.resolve(revision)?),
        };
        let until = options.exclude.as_deref().map(|revision| self.resolve(revision)).transpose()?;
        let walk = if options.first_parent {
            let next = match (start, until) {
                (Some(start), Some(until)) if repository.is_ancestor(start, until)? => None,
                (start, _) => start,
            };
            Walk::FirstParents { shared: Arc::clone(&self.shared), next, until }
        } else {
            let (starts, hidden): (Vec<_>, Vec<_>) =
                (start.into_iter().collect(), until.into_iter().collect());
            Walk::All(repository.log(&starts, &hidden, LogOrder::Time)?)
        };
        Ok(Log { walk })
    }
}
