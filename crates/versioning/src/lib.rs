//! A versioned key-value store: one prolly tree a version, with Git as the commit graph.
//!
//! A [`VersionedStore`] has a working state: the commit at HEAD and the changes staged over it. Writes are staged in a
//! journal beside the repository, so they survive the death of the process; [`VersionedStore::commit`] makes them a real
//! Git commit. Branches are Git branches, tags Git tags, and any Git revision names a version. Git's hooks are not run,
//! and commits are not signed.
//!
//! All methods take `&self`, and a store may be used from many threads and, for what Git keeps, many processes at once.
//! No lock is held while the caller's code runs.
//!
//! ```
//! use prolly_versioning::{
//!     Author, CheckoutOptions, CommitOptions, InitOptions, MergeOptions, MergeOutcome, Namespace, VersionedStore,
//! };
//!
//! # fn main() -> prolly_versioning::Result<()> {
//! let ada = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
//! let by_ada = |message: &str| CommitOptions { author: Some(ada.clone()), ..CommitOptions::message(message) };
//! let keys = Namespace::Default;
//!
//! let store = VersionedStore::memory(InitOptions::default())?;
//! store.put(&keys, "user:1", "Ada")?;
//! store.commit(&by_ada("seed"))?;
//!
//! store.checkout("main", &CheckoutOptions { create: Some("feature".into()), ..CheckoutOptions::default() })?;
//! store.put(&keys, "user:2", "Grace")?;
//! store.commit(&by_ada("a second user"))?;
//!
//! store.checkout("main", &CheckoutOptions::default())?;
//! assert_eq!(store.get(&keys, b"user:2")?, None);
//! let outcome = store.merge("feature", &MergeOptions::default())?;
//! assert!(matches!(outcome, MergeOutcome::FastForward { .. }));
//! assert_eq!(store.get(&keys, b"user:2")?.as_deref(), Some(&b"Grace"[..]));
//! assert!(!store.at("HEAD~1")?.contains(&keys, b"user:2")?);
//! # Ok(())
//! # }
//! ```

mod backend;
mod branch;
mod catalogue;
mod changes;
mod check;
mod checkout;
mod commit;
mod commit_info;
mod diff;
mod draft;
mod error;
mod fault;
mod garbage;
mod history;
mod inspect;
mod journal;
mod keyspace;
mod keyspaces;
mod load;
mod log;
mod merge;
mod migrate;
mod namespace;
mod node_storage;
mod options;
mod parameters;
pub mod proof;
mod publication;
mod read;
mod rebase;
#[cfg(test)]
mod recovery_tests;
mod reflog;
mod remote;
mod shared;
mod snapshot;
mod stage;
mod state;
mod statistics;
mod status;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod tips;
mod transaction;
mod undo;
mod view;
mod worktree;
mod write;

pub use branch::{BranchInfo, Head, TagInfo};
pub use catalogue::{Catalogue, Keyspace};
pub use check::{CheckReport, StoreFault};
pub use checkout::{CheckoutOptions, ResetMode};
pub use commit_info::{Author, CommitOptions};
pub use diff::{DiffOptions, NamespaceChange, StoreChange, StoreDiff, TableChange, Version};
pub use draft::{Draft, Savepoint};
pub use error::{Changes, ConflictKey, Error, Result};
pub use garbage::{GarbageOptions, GarbageReport};
pub use history::{History, HistoryEntry};
pub use inspect::{NodeContents, StoredEntry, StoredKeyspace, StoredValue};
pub use keyspace::{KeyspaceId, KeyspaceKind, USER_KEY_MAX};
pub use keyspaces::{KeyspaceChange, KeyspaceChanges, Keyspaces};
pub use load::{LoadOptions, LoadReport, Loader};
pub use log::{Log, LogOptions};
pub use merge::{
    BrokenRule, ChangedRows, ContinueOptions, Decision, FollowUp, KeyspaceConflict, KeyspaceConflictKind,
    MergeConflict, MergeOptions, MergeOutcome, MergeSession, MergeSides, PendingConflicts, PendingMerge,
    PickOptions, RowRules, ShowRows, Strategy, TableRules, set_table_rules, show_row_key, three_way,
};
pub use migrate::MigrateReport;
pub use namespace::Namespace;
pub use node_storage::StorageKind;
pub use options::{Durability, InitOptions, OpenOptions};
pub use read::{StoreEntries, StoreValues};
pub use remote::{CloneOptions, FetchOptions, PullOptions, PushOptions};
pub use snapshot::Snapshot;
pub use statistics::VersionStatistics;
pub use status::{NamespaceInfo, Status};
pub use store::VersionedStore;
pub use transaction::Transaction;
pub use worktree::{AddWorktreeOptions, WorktreeInfo};
pub use write::Batch;

pub use prolly_storage::git::{
    Commit as CommitInfo, Oid as CommitId, ParseOidError as ParseCommitIdError, PushOutcome, PushedRef,
    ReflogEntry, Signature, Time,
};
pub use prolly_storage::{Address, Listener, NodeBounds, Parameters, StageProgress, unheard};
pub use prolly_tree::{Direction, EntryRef, FoundValues, KeyRange};
