//! Proofs: what a tree holds, checked against its root alone.
//!
//! [`Tree::prove`](crate::Tree::prove) writes down the nodes that answer a [`Query`]: one key, many keys, or a range.
//! [`verify`] gives the answer to whoever knows the root, without a store. `docs/proofs.md` draws the bytes.
//!
//! ```
//! use std::sync::Arc;
//! use prolly_storage::{MemoryStorage, NodeStore, Parameters};
//! use prolly_tree::{Edit, KeyRange, Tree, proof};
//!
//! # fn main() -> prolly_tree::Result<()> {
//! let store = NodeStore::new(Arc::new(MemoryStorage::new()));
//! let tree = Tree::empty(store, Parameters::default())?.apply([Edit::put("a", "1"), Edit::put("b", "2")])?;
//! let root = tree.root().address;
//!
//! let bytes = tree.prove(&b"b"[..])?;
//! let value = proof::verify(&root, &bytes, &b"b"[..])?;
//! assert_eq!(value.and_then(|value| value.bytes()).as_deref(), Some(&b"2"[..]));
//!
//! let bytes = tree.prove(&b"c"[..])?;
//! assert_eq!(proof::verify(&root, &bytes, &b"c"[..])?, None);
//!
//! let bytes = tree.prove(&KeyRange::all())?;
//! assert_eq!(proof::verify(&root, &bytes, &KeyRange::all())?.len(), 2);
//! # Ok(())
//! # }
//! ```

mod answer;
mod format;
mod generate;
mod query;
mod verify;
mod walk;

pub use answer::{ProvenEntry, ProvenValue};
pub use query::Query;
pub use verify::verify;
