//! Building a tree from entries as they come.

use crate::edit::Editor;
use crate::{Result, Tree};
use prolly_storage::{NodeStore, Parameters};

/// Takes entries in strictly ascending key order, and gives the tree of all of them: [`Tree::build`] for whoever has one
/// entry at a time.
///
/// Nodes are written to the store as they fill; what a builder wrote that is dropped unfinished is garbage there.
///
/// ```
/// use std::sync::Arc;
/// use prolly_storage::{MemoryStorage, NodeStore, Parameters};
/// use prolly_tree::TreeBuilder;
///
/// # fn main() -> prolly_tree::Result<()> {
/// let store = NodeStore::new(Arc::new(MemoryStorage::new()));
/// let mut builder = TreeBuilder::new(store, Parameters::default())?;
/// for number in 0_u32..1000 {
///     builder.append(&number.to_be_bytes(), b"value")?;
/// }
/// assert_eq!(builder.finish()?.len()?, 1000);
/// # Ok(())
/// # }
/// ```
pub struct TreeBuilder {
    editor: Editor,
}

impl TreeBuilder {
    /// Begins a tree in `store`.
    ///
    /// # Errors
    /// As [`Tree::empty`].
    pub fn new(store: NodeStore, parameters: Parameters) -> Result<Self> {
        Ok(Self { editor: Editor::new(&Tree::empty(store, parameters)?) })
    }

    /// Takes the next entry. Cost: O(1) amortized, one copy of the bytes.
    ///
    /// # Errors
    /// [`Error::Unsorted`](crate::Error::Unsorted) when `key` is not above all before it, limits of the format, and what
    /// the store reports. Only after the first one may the builder be used further.
    pub fn append(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.editor.append(key, value)
    }

    /// The tree of all entries.
    ///
    /// # Errors
    /// What the store reports.
    pub fn finish(self) -> Result<Tree> {
        self.editor.finish()
    }
}
