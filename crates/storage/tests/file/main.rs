//! Nodes in files: the folder, what dies and what is left, many writers.
#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod common;
mod crash;
mod folder;
mod writers;
