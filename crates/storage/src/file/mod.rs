//! Nodes in files, one each.
//!
//! ```text
//! format                 which layout this is, in words
//! nodes/3f/3f9a…         the bytes of a node, under its address
//! roots/<name>           the address of a published root
//! config/<name>          a configuration value
//! incoming/<writer>/     a writer's lock, and the nodes that it has put and not yet settled
//! lock                   held (flock) while a root or a configuration value changes, and while a writer begins
//! sweep.lock             shared by those who settle nodes or publish, held alone by a collection of garbage
//! ```
//!
//! A node is written into its writer's folder and later renamed into its place: it is settled. With
//! [`Durability::Full`](crate::Durability::Full) and [`Durability::Commit`](crate::Durability::Commit) it is synced
//! before, so that what is in `nodes` is whole whatever happens. Children settle before their parents.

mod folder;
mod names;
mod pending;
mod storage;
mod sweep;

pub use self::storage::FileStorage;
