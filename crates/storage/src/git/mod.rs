//! Nodes and versions in a Git repository.
//!
//! [`Repository`] is a store's repository: commits, branches, tags and reflogs are Git's own. A version is a commit
//! whose tree mirrors the tree of nodes, so that Git itself keeps, packs, pushes and clones exactly the live ones.
//! [`GitStorage`] puts the plain [`NodeStorage`](crate::NodeStorage) over it, for trees without versions.
//!
//! `docs/git-layout.md` draws the layout and says what is synced when.
//!
//! Writing is in two steps. [`Repository::write_version`] writes a commit's new objects as one pack;
//! [`Repository::update_ref`] moves a branch to it by compare-and-swap. Both want the [`StoreLock`].

mod branches;
mod claim;
mod commit;
mod companions;
mod failure;
mod garbage;
mod handles;
mod identity;
mod lock;
mod log;
mod mirror;
mod objects;
mod oid;
mod pack;
mod pins;
mod plain_clone;
mod program;
mod progress_lines;
mod reflog;
mod refs;
mod remote;
mod repository;
mod revisions;
mod storage;
mod tags;
mod telling;
mod terminal;
mod version;
mod worktrees;

pub use crate::durable;

pub use self::branches::{Branch, BranchKind, Head, Tag};
pub use self::commit::{Commit, NewCommit, ROOT_TRAILER, Signature, Time};
pub use self::companions::COMPANIONS;
pub use self::garbage::{Collector, KEPT, PacksHeld};
pub use self::lock::{FillLock, StoreLock};
pub use self::log::{Log, LogOrder};
#[cfg(feature = "testing")]
pub use self::mirror::{rewrite_links, rewrite_meta};
pub use self::oid::{Oid, ParseOidError};
pub use self::pins::{Pin, Pins};
pub use self::reflog::ReflogEntry;
pub use self::refs::branch_ref;
pub use self::remote::{CloneOptions, PushOptions, PushOutcome, PushedRef};
pub use self::repository::{InitOptions, Repository};
pub use self::storage::GitStorage;
pub use self::version::{Version, VersionBatch, WrittenBatch, WrittenVersion};
pub use self::worktrees::Worktree;
