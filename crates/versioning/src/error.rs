//! What can go wrong in a versioned store.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use bytes::Bytes;

use crate::KeyspaceKind;
use crate::merge::{BrokenRule, KeyspaceConflict, MergeConflict, show_row_key};

/// The result of an operation on a versioned store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A fault, with what a caller needs to act on it. Every message is one line and says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A store, revision, branch, tag, remote or namespace that is not there.
    #[error("there is no {what} {name:?}: {hint}")]
    NotFound {
        /// What was looked for: `store`, `revision`, `branch`, `namespace`.
        what: &'static str,
        /// Its name.
        name: String,
        /// What to do.
        hint: String,
    },
    /// A store, branch, tag or namespace that is there already.
    #[error("the {what} {name:?} exists already: choose another name, or remove it first")]
    AlreadyExists {
        /// What was to be made.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Something that cannot be done while it is in use: the current branch, a branch checked out in another worktree.
    #[error("the {what} {name:?} is in use by {by}: {hint}")]
    InUse {
        /// What is in use.
        what: &'static str,
        /// Its name.
        name: String,
        /// Who uses it.
        by: String,
        /// What to do.
        hint: String,
    },
    /// Changes could not be carried over to a branch that moved: both touched these keys. Nothing was changed.
    #[error("{changes} and the branch {branch:?} both changed {}: {}", KeyList(.keys, *.more), .changes.hint())]
    Conflict {
        /// Whose changes.
        changes: Changes,
        /// The branch, or `HEAD` when it is detached.
        branch: String,
        /// Keys that both changed, in key order, the first hundred.
        keys: Vec<ConflictKey>,
        /// Whether there are more than `keys` names.
        more: bool,
    },
    /// A merge met conflicts and was given nothing that settles them. Nothing was changed.
    #[error("{}: choose a strategy or resolve them", MergeList(.keyspaces, .conflicts, *.more))]
    MergeConflict {
        /// Conflicts about whole namespaces.
        keyspaces: Vec<KeyspaceConflict>,
        /// Conflicts about keys, in key order, the first thousand.
        conflicts: Vec<MergeConflict>,
        /// Whether there are more than `conflicts` holds.
        more: bool,
    },
    /// What would be merged breaks a rule of a table: a UNIQUE column, a foreign key, or what the table is made of. Nothing was
    /// changed.
    #[error("{}: change one of the branches so that both fit, and merge again", BrokenList(.broken))]
    BrokenRules {
        /// Which rules, and by which rows.
        broken: Vec<BrokenRule>,
    },
    /// The branch moved while an operation was under way; nothing was changed.
    #[error("{branch:?} moved during the {operation}: try again")]
    Moved {
        /// The branch, or `HEAD`.
        branch: String,
        /// What was under way.
        operation: &'static str,
    },
    /// A remote refused what was pushed.
    #[error("{remote} refused {name:?}: {summary}; pull first, or force the push")]
    PushRejected {
        /// The remote.
        remote: String,
        /// The branch or tag.
        name: String,
        /// Git's words.
        summary: String,
    },
    /// Somebody else holds a lock.
    #[error("{} is locked by another process: wait for it to finish and try again", .path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// A file of the store is not what was written.
    #[error("{subject} is corrupt: {reason}; run `git-prolly fsck`")]
    Corruption {
        /// The file.
        subject: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is nothing to commit.
    #[error("nothing to commit: no key differs from {head}; allow an empty commit to make one all the same")]
    NothingToCommit {
        /// The commit, branch or `HEAD` that holds the same entries.
        head: String,
    },
    /// An operation would drop or mix with staged changes.
    #[error("cannot {operation} with staged changes: commit or discard them first")]
    StagedChanges {
        /// What was asked for.
        operation: &'static str,
    },
    /// A merge, revert or cherry-pick is under way, and conflicts of it may be unsettled.
    #[error(
        "cannot {operation} while a {pending} is under way: settle its conflicts and continue it, or abort it"
    )]
    MergePending {
        /// What was asked for.
        operation: &'static str,
        /// What is under way.
        pending: &'static str,
    },
    /// An argument that cannot be right.
    #[error("{argument} {reason}")]
    InvalidArgument {
        /// Which argument, with its value where that helps.
        argument: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A load met one key twice with different values, and was told to refuse that. Nothing was loaded.
    #[error("entries {first} and {second} of the load have the same key {} with different values: remove one, or let the last one win", ShowKey(.key))]
    DuplicateKey {
        /// The key.
        key: Bytes,
        /// Which entry had it first, counted from 0.
        first: u64,
        /// Which entry had it again.
        second: u64,
    },
    /// An earlier write or sync failed, so what reached the disk is unknown.
    #[error("the store refuses writes after a failed one ({reason}): open it again")]
    Poisoned {
        /// The failure.
        reason: String,
    },
    /// Another process moved the nodes to another storage.
    #[error("the store was migrated to the storage {storage:?} meanwhile: open it again")]
    Migrated {
        /// Where the nodes are now.
        storage: &'static str,
    },
    /// Nobody said who commits.
    #[error(
        "no identity to commit with: run `git config --global user.name NAME` and `git config --global user.email ADDRESS`, or pass an author"
    )]
    IdentityMissing,
    /// HEAD names a branch that is gone, while the store is not new.
    #[error("HEAD names the branch {branch:?}, which does not exist, though the store has history{}: check out an existing branch, or recreate it", LastKnown(.last_known))]
    BranchMissing {
        /// The branch.
        branch: String,
        /// The last commit that is known to have been on it.
        last_known: Option<crate::CommitId>,
    },
    /// The handle, or the store behind it, was closed.
    #[error("the store is closed: open it again")]
    Closed,
    /// A fault of the tree.
    #[error(transparent)]
    Tree(#[from] prolly_tree::Error),
    /// A fault of the storage or of Git.
    #[error(transparent)]
    Storage(#[from] prolly_storage::Error),
}

impl Error {
    /// The storage's fault at the bottom of this one, if that is what it is: a missing node, corruption, a lock, Git or
    /// the operating system.
    #[must_use]
    pub fn storage(&self) -> Option<&prolly_storage::Error> {
        match self {
            Self::Storage(error) | Self::Tree(prolly_tree::Error::Storage(error)) => Some(error),
            _ => None,
        }
    }

    /// Whether the system failed to change a file or to sync it. The store refuses writes from then on, until it is opened again.
    #[must_use]
    pub fn is_failed_write(&self) -> bool {
        self.storage().is_some_and(prolly_storage::Error::is_failed_write)
    }

    pub(crate) fn invalid(argument: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::InvalidArgument { argument: argument.into(), reason: reason.into() }
    }

    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Storage(prolly_storage::Error::io(action, path, source))
    }
}

/// Whose changes a moved branch got in the way of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changes {
    /// The staged changes of the worktree.
    Staged,
    /// A transaction.
    Transaction,
    /// A transaction, with changes staged in the same worktree.
    TransactionAndStaged,
}

impl Changes {
    const fn hint(self) -> &'static str {
        match self {
            Self::Staged => "discard the staged changes, or move the branch back",
            Self::Transaction => "run the transaction again",
            Self::TransactionAndStaged => {
                "commit or discard the staged changes, then run the transaction again"
            }
        }
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Staged => "the staged changes",
            Self::Transaction => "the transaction",
            Self::TransactionAndStaged => "the transaction, the staged changes",
        })
    }
}

/// A key in its namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictKey {
    /// The namespace; `None` for the default one.
    pub namespace: Option<String>,
    /// The key. Empty when the namespace itself is meant.
    pub key: Bytes,
}

const SHOWN: usize = 3;

struct ShowKey<'a>(&'a [u8]);

impl fmt::Display for ShowKey<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_char('"')?;
        write!(formatter, "{}", self.0[..self.0.len().min(80)].escape_ascii())?;
        formatter.write_str(if self.0.len() > 80 { "…\"" } else { "\"" })
    }
}

fn list<T>(
    formatter: &mut fmt::Formatter<'_>,
    items: &[T],
    more: bool,
    mut show: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().take(SHOWN).enumerate() {
        if index > 0 {
            formatter.write_str(", ")?;
        }
        show(formatter, item)?;
    }
    match items.len().saturating_sub(SHOWN) {
        0 if more => formatter.write_str(" and more"),
        0 => Ok(()),
        rest => write!(formatter, " and {}{rest} more", if more { "at least " } else { "" }),
    }
}

struct KeyList<'a>(&'a [ConflictKey], bool);

impl fmt::Display for KeyList<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(formatter, self.0, self.1, |formatter, ConflictKey { namespace, key }| match namespace {
            Some(name) if key.is_empty() => write!(formatter, "namespace {name:?}"),
            Some(name) => write!(formatter, "{} in namespace {name:?}", ShowKey(key)),
            None => ShowKey(key).fmt(formatter),
        })
    }
}

struct MergeList<'a>(&'a [KeyspaceConflict], &'a [MergeConflict], bool);

impl fmt::Display for MergeList<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the merge has conflicts: ")?;
        list(formatter, self.0, false, |formatter, conflict| conflict.fmt(formatter))?;
        if !self.0.is_empty() && !self.1.is_empty() {
            formatter.write_str("; ")?;
        }
        list(formatter, self.1, self.2, |formatter, conflict| match &conflict.namespace {
            Some(name) if conflict.kind == KeyspaceKind::Table => {
                write!(formatter, "row {} of table {name:?}", show_row_key(&conflict.key))
            }
            Some(name) => write!(formatter, "{} in namespace {name:?}", ShowKey(&conflict.key)),
            None => ShowKey(&conflict.key).fmt(formatter),
        })
    }
}

struct BrokenList<'a>(&'a [BrokenRule]);

impl fmt::Display for BrokenList<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(formatter, self.0, false, |formatter, BrokenRule { table, reason, .. }| {
            write!(formatter, "the table {table:?} {reason}")
        })
    }
}

struct LastKnown<'a>(&'a Option<crate::CommitId>);

impl fmt::Display for LastKnown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |commit| write!(formatter, " (the last known commit is {commit})"))
    }
}
