//! What differs between two versions.

use bytes::Bytes;
use prolly_tree::KeyRange;

use crate::{Namespace, Result, VersionedStore};

/// One side of a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version<'a> {
    /// The commit that a Git revision names.
    Revision(&'a str),
    /// The working state.
    Staged,
    /// HEAD, also before the first commit.
    Head,
    /// No entries.
    Empty,
}

/// What a diff is limited to.
#[derive(Clone, Debug, Default)]
pub struct DiffOptions {
    /// One namespace; `None` for all.
    pub namespace: Option<Namespace>,
    /// Keys of that namespace; needs one. `None` for all.
    pub range: Option<KeyRange>,
}

/// A key that differs: added (no old value), removed (no new one) or modified (both).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreChange {
    /// The namespace, under its newer name; `None` for the default one.
    pub namespace: Option<std::sync::Arc<str>>,
    /// The key.
    pub key: Bytes,
    /// The value in the older version.
    pub old: Option<Bytes>,
    /// The value in the newer version.
    pub new: Option<Bytes>,
}

/// A namespace that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamespaceChange {
    /// It came to be.
    Created(String),
    /// It went, with all its entries.
    Dropped(String),
    /// It has another name.
    Renamed {
        /// The older name.
        from: String,
        /// The newer name.
        to: String,
    },
}

/// The keys that differ, namespace by namespace and in key order, found as they are asked for. What both versions share
/// is not read.
pub struct StoreDiff {}

impl StoreDiff {
    /// The namespaces that came, went or have another name.
    #[must_use]
    pub fn namespaces(&self) -> &[NamespaceChange] {
        todo!()
    }
}

impl Iterator for StoreDiff {
    type Item = Result<StoreChange>;

    fn next(&mut self) -> Option<Self::Item> {
        todo!()
    }
}

impl VersionedStore {
    /// What changed from `older` to `newer`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for a misspelt revision or namespace.
    pub fn diff(&self, older: Version<'_>, newer: Version<'_>, options: DiffOptions) -> Result<StoreDiff> {
        todo!()
    }
}
