//! A prolly tree: an ordered map whose shape, and so whose root address, is a function of its entries alone.
//!
//! A [`Tree`] is an immutable snapshot, cheap to clone. [`Tree::apply`] makes the next one from sorted edits and shares
//! every subtree it did not touch; [`Tree::diff`] and [`Merge`] skip what two trees share. [`MutableTree`] collects
//! single writes over a snapshot, and [`proof`] checks against a root alone what [`Tree::prove`] says of it.
//! `docs/format.md` and `docs/decisions/` say how nodes are cut and why.
//!
//! ```
//! use std::sync::Arc;
//! use prolly_storage::{MemoryStorage, NodeStore, Parameters};
//! use prolly_tree::{Edit, Tree};
//!
//! # fn main() -> prolly_tree::Result<()> {
//! let store = NodeStore::new(Arc::new(MemoryStorage::new()));
//! let empty = Tree::empty(store, Parameters::default())?;
//! let tree = empty.apply([Edit::put("a", "1"), Edit::put("b", "2")])?;
//! assert_eq!(tree.get(b"b")?.as_deref(), Some(&b"2"[..]));
//! assert_eq!(empty.diff(&tree, prolly_tree::KeyRange::all()).count(), 2);
//! # Ok(())
//! # }
//! ```

mod boundary;
mod builder;
mod chunker;
mod cursor;
mod diff;
mod drawing;
mod edit;
mod entries;
mod error;
mod found;
mod key_order;
mod large_value;
mod merge;
mod mutable;
mod mutable_entries;
mod order;
mod overlay;
pub mod proof;
mod range;
mod sorted;
mod statistics;
mod tree;
mod value_reader;
mod value_writer;

pub use builder::TreeBuilder;
pub use diff::{Change, Diff};
pub use drawing::{Drawing, DrawingOptions};
pub use edit::Edit;
pub use entries::{Entries, Entry, EntryRef};
pub use error::{Error, Result};
pub use found::FoundValues;
pub use large_value::EntryValue;
pub use merge::{Conflict, Merge, RangeRule, Resolution};
pub use mutable::MutableTree;
pub use mutable_entries::MutableEntries;
pub use order::{Leaf, PathNode};
pub use range::{Direction, KeyRange};
pub use sorted::SortedEntries;
pub use statistics::{LevelStatistics, NodeCount, Statistics, ValueStatistics};
pub use tree::Tree;
pub use value_reader::ValueReader;
pub use value_writer::ValueWriter;
