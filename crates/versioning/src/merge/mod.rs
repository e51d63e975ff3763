//! Three-way merges of versions.

mod base;
mod begin;
mod kept;
mod pending;
mod pick;
mod plan;
mod session;
mod tables;

use std::fmt;

use bytes::Bytes;

use crate::{Author, CommitId, KeyspaceKind};

pub use pending::{ContinueOptions, PendingConflicts, PendingMerge};
pub use pick::PickOptions;
pub use plan::three_way;
pub(crate) use plan::{Plan, namespace_changes, table_changes};
pub use session::MergeSession;
pub use tables::{
    BrokenRule, ChangedRows, FollowUp, MergeSides, RowRules, ShowRows, TableRules, set_table_rules,
    show_row_key,
};
pub(crate) use tables::{RowMerge, show_rows};

/// What settles every conflict of a merge. The destination is the current branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Conflicts are ignored: the destination's side stays.
    IgnoreAll,
    /// The source's side is taken.
    TakeSource,
    /// The destination's side is taken.
    TakeDestination,
}

/// How to merge.
#[derive(Clone, Debug, Default)]
pub struct MergeOptions {
    /// What settles conflicts; `None` to settle them page by page, or to fail on them.
    pub strategy: Option<Strategy>,
    /// Make a commit also when the branch could just be moved.
    pub no_fast_forward: bool,
    /// Refuse when the branch cannot just be moved.
    pub fast_forward_only: bool,
    /// Find out what would happen, and change nothing.
    pub dry_run: bool,
    /// The message; `None` for Git's usual one.
    pub message: Option<String>,
    /// As in [`CommitOptions`](crate::CommitOptions).
    pub author: Option<Author>,
    /// As in [`CommitOptions`](crate::CommitOptions).
    pub committer: Option<Author>,
}

/// A key that both sides changed, differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeConflict {
    /// Whether it is a row of a table, or an entry of a namespace.
    pub kind: KeyspaceKind,
    /// The table or namespace; `None` for the default one.
    pub namespace: Option<String>,
    /// The key.
    pub key: Bytes,
    /// The value in the common ancestor.
    pub base: Option<Bytes>,
    /// The value on the current branch.
    pub destination: Option<Bytes>,
    /// The value on the branch being merged.
    pub source: Option<Bytes>,
}

/// What becomes of a conflict's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The source's side: its value, or its deletion.
    TakeSource,
    /// The destination's side.
    TakeDestination,
    /// This value.
    Put(Bytes),
    /// The key goes.
    Delete,
}

/// A namespace or table that both sides changed, so that they cannot be joined. Only a strategy settles it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyspaceConflict {
    /// Which of both it is.
    pub holds: KeyspaceKind,
    /// Its name: in the common ancestor if it was there, else on the current branch or the other.
    pub namespace: String,
    /// What is in conflict.
    pub kind: KeyspaceConflictKind,
}

/// How two sides disagree about a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyspaceConflictKind {
    /// Both renamed it.
    TwoNames {
        /// Its name on the current branch.
        destination: String,
        /// Its name on the branch being merged.
        source: String,
    },
    /// Each side gave this name to another namespace.
    OneName,
    /// Both changed what it holds, other than by its entries.
    Schemas,
    /// The current branch dropped it, the other one changed it.
    DroppedByDestination,
    /// The branch being merged dropped it, the current one changed it.
    DroppedBySource,
}

impl fmt::Display for KeyspaceConflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?} ", self.holds.name(), self.namespace)?;
        match &self.kind {
            KeyspaceConflictKind::TwoNames { destination, source } => {
                write!(formatter, "was renamed to {destination:?} and to {source:?}")
            }
            KeyspaceConflictKind::Schemas => formatter.write_str("was changed in two ways"),
            KeyspaceConflictKind::OneName => formatter.write_str("is two different ones"),
            KeyspaceConflictKind::DroppedByDestination => {
                formatter.write_str("was dropped here and changed there")
            }
            KeyspaceConflictKind::DroppedBySource => {
                formatter.write_str("was dropped there and changed here")
            }
        }
    }
}

/// What a merge did, or with `dry_run` would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeOutcome {
    /// The branch holds the source's commits already.
    UpToDate,
    /// The branch moved to the source's commit.
    FastForward {
        /// Where the branch is now.
        commit: CommitId,
    },
    /// A commit with two parents was made.
    Merged {
        /// The commit; `None` in a dry run.
        commit: Option<CommitId>,
        /// Conflicts about keys that were settled.
        conflicts: u64,
    },
    /// What was merged is staged, and conflicts are left to be settled.
    Suspended {
        /// How many.
        conflicts: u64,
    },
}
