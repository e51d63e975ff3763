//! Loading many entries.

use bytes::Bytes;

use crate::{Namespace, Result, VersionedStore};

/// How to load.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadOptions {
    /// Refuse a key that comes twice with different values, instead of letting the last one win.
    pub refuse_duplicates: bool,
    /// Delete every key of the namespace that is not pushed, in the same step: the namespace then holds what was pushed and
    /// nothing else.
    pub replace: bool,
}

/// What a load did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadReport {
    /// Entries that were pushed.
    pub entries: u64,
    /// Distinct keys among them.
    pub keys: u64,
}

/// Takes entries, sorted or not, and stages all of them in one step. Memory is bounded: unsorted entries that do not fit
/// are sorted in temporary files of the store's folder. Dropping it before [`Loader::finish`] loads nothing.
pub struct Loader {}

impl Loader {
    /// Takes one entry. Later ones win.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) over the limits of keys and values, or a failed write
    /// of a temporary file.
    pub fn push(&mut self, key: Bytes, value: Bytes) -> Result<()> {
        todo!()
    }

    /// Stages what was pushed: all of it, or on an error nothing.
    ///
    /// # Errors
    /// [`Error::DuplicateKey`](crate::Error::DuplicateKey) when that was asked for, or as [`VersionedStore::put`].
    pub fn finish(self) -> Result<LoadReport> {
        todo!()
    }
}

impl VersionedStore {
    /// Begins to load entries into a namespace, past the journal.
    ///
    /// # Errors
    /// When the store refuses writes.
    pub fn loader(&self, namespace: &Namespace, options: LoadOptions) -> Result<Loader> {
        todo!()
    }

    /// Loads `entries` into a namespace and stages all of them in one step.
    ///
    /// # Errors
    /// As [`Loader::push`] and [`Loader::finish`].
    pub fn load(
        &self,
        namespace: &Namespace,
        entries: impl IntoIterator<Item = (Bytes, Bytes)>,
        options: LoadOptions,
    ) -> Result<LoadReport> {
        todo!()
    }
}
