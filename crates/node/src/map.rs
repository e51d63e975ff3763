//! The key-value surface, as JavaScript calls it.

use std::sync::Arc;

use bytes::Bytes;
use napi::bindgen_prelude::{Uint8Array, Uint8ArraySlice};
use napi_derive::napi;
use prolly_tree::KeyRange;

use crate::batch::NativeBatch;
use crate::cursor::NativeCursor;
use crate::fault::{Fault, Result};
use crate::loader::NativeLoader;
use crate::page::{self, Record};
use crate::range::{NativeRange, direction};
use crate::scratch::bytes_of;
use crate::source::{Shape, Source};

/// There is no such key.
const MISSING: i32 = -1;
/// The value does not fit; how long it is, is subtracted from this.
const TOO_LONG: i32 = -2;

/// The keys of a store's namespace, a snapshot, a transaction or a tree.
///
/// Point operations take one piece of memory in which JavaScript wrote the key and, after it, the value.
#[napi]
pub struct NativeMap {
    source: Arc<dyn Source>,
}

impl NativeMap {
    pub(crate) fn new(source: Arc<dyn Source>) -> Self {
        Self { source }
    }
}

#[napi]
impl NativeMap {
    /// Writes the value of a key at the start of `scratch` and returns its length; -1 when there is no such key, and -2
    /// less its length when it does not fit.
    #[napi(catch_unwind)]
    pub fn get(&self, mut scratch: Uint8ArraySlice<'_>, key_length: u32) -> napi::Result<i32> {
        let scratch = bytes_of(&mut scratch);
        let Some(value) = self.source.get(key_in(scratch, key_length)?)? else {
            return Ok(MISSING);
        };
        let length = i32::try_from(value.len()).map_err(|error| Fault::internal(error.to_string()))?;
        match scratch.get_mut(..value.len()) {
            Some(target) => {
                target.copy_from_slice(&value);
                Ok(length)
            }
            None => Ok(TOO_LONG - length),
        }
    }

    /// Whether a key is there.
    #[napi(catch_unwind)]
    pub fn has(&self, scratch: &[u8], key_length: u32) -> napi::Result<bool> {
        Ok(self.source.contains(key_in(scratch, key_length)?)?)
    }

    /// The values of a page of keys, as a page.
    #[napi(catch_unwind)]
    pub fn get_many(&self, keys: &[u8]) -> napi::Result<Uint8Array> {
        let values = self.source.get_many(&keys_of(keys)?)?;
        let records: Vec<_> = values.into_iter().map(|value| Record::new([value])).collect();
        Ok(Uint8Array::from(page::encode(1, &records)?))
    }

    /// How many keys are in a range.
    #[napi(catch_unwind)]
    pub fn count(&self, range: NativeRange) -> napi::Result<f64> {
        Ok(number(self.source.count(&range.into())?))
    }

    /// Walks over a range.
    #[napi(catch_unwind)]
    pub fn entries(&self, range: NativeRange, reverse: bool) -> napi::Result<NativeCursor> {
        self.cursor(2, range, reverse, Shape::Entries)
    }

    /// Walks over the keys of a range, without reading values.
    #[napi(catch_unwind)]
    pub fn keys(&self, range: NativeRange, reverse: bool) -> napi::Result<NativeCursor> {
        self.cursor(1, range, reverse, Shape::Keys)
    }

    /// Walks over the values of a range.
    #[napi(catch_unwind)]
    pub fn values(&self, range: NativeRange, reverse: bool) -> napi::Result<NativeCursor> {
        self.cursor(1, range, reverse, Shape::Values)
    }

    /// Creates or replaces a key.
    #[napi(catch_unwind)]
    pub fn insert(&self, scratch: &[u8], key_length: u32, value_length: u32) -> napi::Result<()> {
        let (key, value) = entry_in(scratch, key_length, value_length)?;
        Ok(self.source.put(key, value)?)
    }

    /// Replaces the value of a key that is there, and says whether it was.
    #[napi(catch_unwind)]
    pub fn update(&self, scratch: &[u8], key_length: u32, value_length: u32) -> napi::Result<bool> {
        let (key, value) = entry_in(scratch, key_length, value_length)?;
        Ok(self.source.update(key, value)?)
    }

    /// Deletes a key, and says whether it was there.
    #[napi(catch_unwind)]
    pub fn delete(&self, scratch: &[u8], key_length: u32) -> napi::Result<bool> {
        Ok(self.source.delete(key_in(scratch, key_length)?)?)
    }

    /// Creates or replaces the keys of a batch of entries, all or none.
    #[napi(catch_unwind)]
    pub fn insert_batch(&self, batch: &NativeBatch) -> napi::Result<()> {
        Ok(self.source.put_many(batch.take_entries())?)
    }

    /// Replaces the values of those keys of a batch of entries that are there, all or none. Returns how many were.
    #[napi(catch_unwind)]
    pub fn update_batch(&self, batch: &NativeBatch) -> napi::Result<u32> {
        let updated = self.source.update_many(batch.take_entries())?;
        Ok(u32::try_from(updated.iter().filter(|updated| **updated).count()).unwrap_or(u32::MAX))
    }

    /// Deletes a page of keys, all or none.
    #[napi(catch_unwind)]
    pub fn delete_batch(&self, keys: &[u8]) -> napi::Result<()> {
        Ok(self.source.delete_many(keys_of(keys)?)?)
    }

    /// Deletes every key in a range, and says how many there were.
    #[napi(catch_unwind)]
    pub fn delete_range(&self, range: NativeRange) -> napi::Result<f64> {
        Ok(number(self.source.delete_range(&range.into())?))
    }

    /// Begins a bulk load.
    #[napi(catch_unwind)]
    pub fn loader(&self, refuse_duplicates: bool, replace: bool) -> napi::Result<NativeLoader> {
        Ok(NativeLoader::new(Arc::clone(&self.source).loader(refuse_duplicates, replace)?))
    }

    fn cursor(
        &self,
        fields: usize,
        range: NativeRange,
        reverse: bool,
        shape: Shape,
    ) -> napi::Result<NativeCursor> {
        let records = self.source.records(KeyRange::from(range), direction(reverse), shape)?;
        Ok(NativeCursor::new(fields, records))
    }
}

/// A count as JavaScript has it: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "no store holds 2^53 keys")]
pub(crate) const fn number(count: u64) -> f64 {
    count as f64
}

fn key_in(scratch: &[u8], length: u32) -> Result<&[u8]> {
    scratch.get(..length as usize).ok_or_else(|| Fault::internal("a key is longer than the memory it is in"))
}

fn entry_in(scratch: &[u8], key_length: u32, value_length: u32) -> Result<(Bytes, Bytes)> {
    let end = key_length as usize + value_length as usize;
    let entry =
        scratch.get(..end).ok_or_else(|| Fault::internal("an entry is longer than the memory it is in"))?;
    let mut value = Bytes::copy_from_slice(entry);
    let key = value.split_to(key_length as usize);
    Ok((key, value))
}

fn keys_of(page: &[u8]) -> Result<Vec<Bytes>> {
    page::decode::<1>(page)?
        .into_iter()
        .map(|[key]| key.ok_or_else(|| Fault::internal("a key is absent")))
        .collect()
}
