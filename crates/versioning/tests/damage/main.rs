//! Stores whose files are damaged, cut short or gone, that are full, or that nobody may write to: the right answer, or an error.
//!
//! A sample of the places by default; all of them with PROLLY_TORTURE=1.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a fault here is a failed test"
)]

#[path = "../common/mod.rs"]
mod common;
mod confined;
mod files;
mod flips;
mod hostile;
mod locks;
