//! Batches: many pages of entries, written at once.

use bytes::Bytes;
use napi_derive::napi;
use parking_lot::Mutex;

use crate::fault::{Fault, Result};
use crate::page;

/// Entries on their way to a map.
#[napi]
pub struct NativeBatch {
    entries: Mutex<Vec<(Bytes, Bytes)>>,
}

#[napi]
impl NativeBatch {
    /// No entries yet.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self { entries: Mutex::default() }
    }

    /// Adds a page of entries.
    #[napi(catch_unwind)]
    pub fn append(&self, page: &[u8]) -> napi::Result<()> {
        let entries = entries_of(page)?;
        self.entries.lock().extend(entries);
        Ok(())
    }
}

impl NativeBatch {
    pub(crate) fn take_entries(&self) -> Vec<(Bytes, Bytes)> {
        std::mem::take(&mut *self.entries.lock())
    }
}

/// The entries of a page.
pub(crate) fn entries_of(page: &[u8]) -> Result<Vec<(Bytes, Bytes)>> {
    let entry = |[key, value]: [Option<Bytes>; 2]| match (key, value) {
        (Some(key), Some(value)) => Ok((key, value)),
        _ => Err(Fault::internal("an entry has no key or no value")),
    };
    page::decode::<2>(page)?.into_iter().map(entry).collect()
}
