//! Walking the commit graph.

use std::sync::Arc;

use prolly_storage::git::{Log as GitLog, LogOrder};
use prolly_tree::KeyRange;

use crate::shared::Shared;
use crate::{CommitId, CommitInfo, Error, Namespace, Result, VersionedStore};

/// Which commits a log has.
#[derive(Clone, Debug, Default)]
pub struct LogOptions {
    /// Where it begins; `None` for HEAD. `a..b` leaves out of the commits of `b` what `a` has, `a...b` has the commits that
    /// only one of both has; a side that is left out is HEAD.
    pub revision: Option<String>,
    /// Leave out what this revision reaches.
    pub exclude: Option<String>,
    /// Follow only the first parent of each merge.
    pub first_parent: bool,
    /// No commit before all of its children; the whole history is walked before the first one comes.
    pub topological: bool,
    /// Only the commits that changed one of these keys; empty for all. Namespaces are named as where the log begins.
    pub touching: Vec<(Namespace, KeyRange)>,
}

/// Commits, newest first by the committer's time, read as they are asked for.
pub struct Log {
    walk: Walk,
    start: Option<CommitId>,
    /// What one of the commits must have changed.
    filter: Option<Filter>,
}

enum Walk {
    All(GitLog),
    FirstParents { shared: Arc<Shared>, next: Option<CommitId>, hidden: Vec<CommitId> },
    None,
}

struct Filter {
    shared: Arc<Shared>,
    first_parent: bool,
    /// Of stored keys.
    ranges: Vec<KeyRange>,
}

impl Log {
    /// A log without commits.
    pub(crate) const fn none() -> Self {
        Self { walk: Walk::None, start: None, filter: None }
    }

    /// Where it begins; `None` before the first commit.
    pub(crate) const fn start(&self) -> Option<CommitId> {
        self.start
    }
}

impl Iterator for Log {
    type Item = Result<CommitInfo>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let commit = match self.walk.next()? {
                Ok(commit) => commit,
                Err(error) => return Some(Err(error)),
            };
            match self.filter.as_ref().map_or(Ok(true), |filter| filter.passes(&commit)) {
                Ok(true) => return Some(Ok(commit)),
                Ok(false) => {}
                Err(error) => {
                    self.walk = Walk::None;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Walk {
    fn next(&mut self) -> Option<Result<CommitInfo>> {
        match self {
            Self::All(log) => log.next().map(|commit| Ok(commit?)),
            Self::FirstParents { shared, next, hidden } => {
                let id = next.take()?;
                Some(shared.step(id, hidden).map(|(commit, parent)| {
                    *next = parent;
                    commit
                }))
            }
            Self::None => None,
        }
    }
}

impl Filter {
    fn passes(&self, commit: &CommitInfo) -> Result<bool> {
        let compared = self.shared.compare_with_parents(commit, self.first_parent)?;
        let Some(compared) = compared else { return Ok(false) };
        for range in &self.ranges {
            if compared.changes(range).next_change()?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Shared {
    /// A commit, and the first parent unless one of `hidden` reaches it.
    fn step(&self, id: CommitId, hidden: &[CommitId]) -> Result<(CommitInfo, Option<CommitId>)> {
        let commit = self.info(id)?;
        let parent = commit.parents.first().copied();
        let is_end = match parent {
            Some(_) if self.repository().is_shallow_boundary(id)? => true,
            Some(parent) => self.is_reached(parent, hidden)?,
            None => false,
        };
        Ok((commit, parent.filter(|_| !is_end)))
    }

    /// Whether one of `from` reaches a commit.
    fn is_reached(&self, commit: CommitId, from: &[CommitId]) -> Result<bool> {
        for from in from {
            if self.repository().is_ancestor(commit, *from)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl VersionedStore {
    /// The commits that a revision reaches; none before the first commit. Cost: as it is walked, a commit a step; what is
    /// to be left out is walked at once. With `touching`, as [`VersionedStore::history`] of its ranges.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for a misspelt revision, and a namespace that is not there.
    pub fn log(&self, options: &LogOptions) -> Result<Log> {
        let shared = &self.shared;
        let repository = shared.repository();
        let (starts, mut hidden) = self.ends(options.revision.as_deref())?;
        hidden.extend(options.exclude.as_deref().map(|revision| self.resolve(revision)).transpose()?);
        let order = if options.topological { LogOrder::Topological } else { LogOrder::Time };
        let walk = match &starts[..] {
            _ if !options.first_parent => Walk::All(repository.log(&starts, &hidden, order)?),
            [_, _, ..] => {
                return Err(Error::invalid("first_parent", "cannot follow both sides of `a...b`"));
            }
            starts => {
                let start = starts.first().copied();
                let next = match start {
                    Some(start) if shared.is_reached(start, &hidden)? => None,
                    start => start,
                };
                Walk::FirstParents { shared: Arc::clone(shared), next, hidden }
            }
        };
        let start = starts.last().copied();
        let filter = if options.touching.is_empty() {
            None
        } else {
            let ranges = shared.stored_ranges(start, &options.touching)?;
            Some(Filter { shared: Arc::clone(shared), first_parent: options.first_parent, ranges })
        };
        Ok(Log { walk, start, filter })
    }

    /// Where a log begins, and what it leaves out.
    fn ends(&self, revision: Option<&str>) -> Result<(Vec<CommitId>, Vec<CommitId>)> {
        let Some(revision) = revision else {
            return Ok((self.shared.position()?.commit.into_iter().collect(), Vec::new()));
        };
        let side = |name: &str| self.resolve(if name.is_empty() { "HEAD" } else { name });
        // No name of a ref has two dots in a row.
        if let Some((one, other)) = revision.split_once("...") {
            let sides = [side(one)?, side(other)?];
            let common = self.shared.repository().merge_bases(sides[0], sides[1])?;
            return Ok((sides.into(), common));
        }
        match revision.split_once("..") {
            Some((without, from)) => Ok((vec![side(from)?], vec![side(without)?])),
            None => Ok((vec![self.resolve(revision)?], Vec::new())),
        }
    }
}
