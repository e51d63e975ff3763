//! Batches: many pages of entries, written at once.

use bytes::Bytes;
use napi_derive::napi;
use parking_lot::Mutex;

use crate::fault::{Fault, Result};
use crate::page::Lent;

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
        let entries = entries_of(Bytes::copy_from_slice(page))?;
        self.entries.lock().extend(entries);
        Ok(())
    }
}

impl NativeBatch {
    pub(crate) fn take_entries(&self) -> Vec<(Bytes, Bytes)> {
        std::mem::take(&mut *self.entries.lock())
    }
}

/// The entries of a page, which they keep.
pub(crate) fn entries_of(page: Bytes) -> Result<Vec<(Bytes, Bytes)>> {
    let keep = |entry: Result<(&[u8], &[u8])>| {
        let (key, value) = entry?;
        Ok((page.slice_ref(key), page.slice_ref(value)))
    };
    lent_entries(&page)?.map(keep).collect()
}

/// As [`entries_of`], lent.
pub(crate) fn lent_entries(page: &[u8]) -> Result<impl Iterator<Item = Result<(&[u8], &[u8])>>> {
    Ok(Lent::<2>::of(page)?.map(|record| match record? {
        [Some(key), Some(value)] => Ok((key, value)),
        _ => Err(Fault::internal("an entry has no key or no value")),
    }))
}
