//! The Git storage, with the stock `git` program beside it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod common;

mod crash;
mod interoperation;
mod packs;
mod queries;
mod refs;
mod repositories;
mod versions;
