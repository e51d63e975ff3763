//! Walks history.

use std::collections::{BinaryHeap, HashSet};

use super::{Commit, Oid, Repository, failure};
use crate::{Error, Result};

/// In which order a log comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogOrder {
    /// By committer's time, newest first, read as it is asked for.
    #[default]
    Time,
    /// No commit before all of its children. The whole history is walked before the first commit comes.
    Topological,
}

/// The commits reachable from some, and not from others.
///
/// It does not see refs that move after it was made.
pub struct Log {
    repository: Repository,
    commits: Pending,
}

enum Pending {
    /// By committer's time; of equal times the one found first.
    Heap {
        waiting: BinaryHeap<Waiting>,
        seen: HashSet<Oid>,
        found: u64,
    },
    List(std::vec::IntoIter<Oid>),
}

#[derive(PartialEq, Eq)]
struct Waiting {
    time: i64,
    found: std::cmp::Reverse<u64>,
    commit: Box<Commit>,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.time, self.found).cmp(&(other.time, other.found))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Repository {
    /// The commits reachable from any of `starts` and from none of `hidden`.
    ///
    /// Cost: in [`LogOrder::Time`] with nothing hidden, each step reads one commit; else the whole walk is made now.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn log(&self, starts: &[Oid], hidden: &[Oid], order: LogOrder) -> Result<Log> {
        let mut log = Log {
            repository: self.clone(),
            commits: Pending::Heap { waiting: BinaryHeap::new(), seen: HashSet::new(), found: 0 },
        };
        if order == LogOrder::Time && hidden.is_empty() {
            for start in starts {
                log.enqueue(*start)?;
            }
        } else {
            log.commits = Pending::List(self.walk(starts, hidden, order)?.into_iter());
        }
        Ok(log)
    }

    fn walk(&self, starts: &[Oid], hidden: &[Oid], order: LogOrder) -> Result<Vec<Oid>> {
        let sorting = match order {
            LogOrder::Time => git2::Sort::TIME,
            LogOrder::Topological => git2::Sort::TOPOLOGICAL | git2::Sort::TIME,
        };
        self.with(|handle| {
            let walk = || {
                let mut walk = handle.revwalk()?;
                walk.set_sorting(sorting)?;
                for start in starts {
                    walk.push(start.git())?;
                }
                for hide in hidden {
                    walk.hide(hide.git())?;
                }
                walk.map(|id| id.map(Oid::of)).collect::<Result<Vec<_>, git2::Error>>()
            };
            walk().map_err(failure::git("walk the history"))
        })
    }
}

impl Log {
    fn enqueue(&mut self, id: Oid) -> Result<()> {
        if let Pending::Heap { waiting, seen, found } = &mut self.commits
            && seen.insert(id)
        {
            let commit = Box::new(self.repository.commit(id)?);
            *found += 1;
            waiting.push(Waiting {
                time: commit.committer.time.seconds,
                found: std::cmp::Reverse(*found),
                commit,
            });
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<Option<Commit>> {
        let next = match &mut self.commits {
            Pending::List(ids) => return ids.next().map(|id| self.repository.commit(id)).transpose(),
            Pending::Heap { waiting, .. } => waiting.pop(),
        };
        let Some(next) = next else { return Ok(None) };
        // A shallow clone has the commit and lacks its parents.
        if !self.repository.is_shallow_boundary(next.commit.id)? {
            for parent in &next.commit.parents {
                self.enqueue(*parent)?;
            }
        }
        Ok(Some(*next.commit))
    }
}

impl Iterator for Log {
    type Item = Result<Commit>;

    fn next(&mut self) -> Option<Result<Commit>> {
        let next = self.advance();
        if next.is_err() {
            // What follows a commit that cannot be read is not known.
            self.commits = Pending::List(Vec::new().into_iter());
        }
        next.transpose()
    }
}

impl Repository {
    /// Whether this is a shallow clone whose history was cut off after `id`: it lacks the parents of that commit.
    ///
    /// # Errors
    /// When the list of such commits cannot be read.
    pub fn is_shallow_boundary(&self, id: Oid) -> Result<bool> {
        let path = self.common_dir().join("shallow");
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text.lines().any(|line| line.trim() == id.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io("read", path, error)),
        }
    }
}
