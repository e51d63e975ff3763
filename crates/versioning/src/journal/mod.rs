//! The journal of a worktree: what is staged, as an append-only file beside the repository.
//!
//! A header names the commit that the changes are made to; each record is a batch of changes, replayed whole or not at
//! all. Records are checksummed together with their place. After each sync a mark is appended: what is damaged behind
//! the last mark is a write that was under way when the power went, and is cut off; what is damaged before it was
//! durable once, and is an error. A record's bytes are drawn in `record.rs`.
//!
//! Appending takes the worktree's lock ([`WorktreeLock`]) and first reads what other processes appended. Replacing the
//! journal takes the store's lock as well, always before the worktree's.

mod damage;
mod file;
mod lock;
mod record;
#[cfg(feature = "testing")]
mod rewrite;

pub(crate) use damage::Damage;
pub(crate) use file::{Journal, State};
pub(crate) use lock::{LockFile, WorktreeLock};
pub(crate) use record::{Header, Operation, Record};
#[cfg(feature = "testing")]
pub use rewrite::{rewrite_journal, with_checksums};
