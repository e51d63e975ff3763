//! What a root reaches: copied to another storage, kept when garbage is collected.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod common;
mod copy;
mod garbage;
mod git;
