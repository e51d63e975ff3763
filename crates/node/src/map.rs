//! The key-value surface, as JavaScript calls it.

use std::cell::RefCell;
use std::sync::Arc;

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, ToNapiValue, Uint8Array, Uint8ArraySlice};
use napi_derive::napi;
use prolly_tree::KeyRange;

use crate::batch::NativeBatch;
use crate::blocking::{Threads, promise_on};
use crate::cursor::NativeCursor;
use crate::fault::{Fault, Result};
use crate::loader::NativeLoader;
use crate::page;
use crate::point::{self, Registration, entry_in, key_in};
use crate::range::{NativeRange, direction};
use crate::scratch::bytes_of;
use crate::source::{Shape, Source};

/// The keys of a store's namespace, a snapshot, a transaction or a tree.
///
/// Point operations take one piece of memory in which JavaScript wrote the key and, after it, the value. Those of usual
/// size go through [`point`](crate::point) instead.
#[napi]
pub struct NativeMap {
    pub(crate) source: Arc<dyn Source>,
    pub(crate) threads: Threads,
    registration: RefCell<Option<Registration>>,
}

impl NativeMap {
    pub(crate) fn new(source: Arc<dyn Source>) -> Self {
        Self::on(Threads::shared(), source)
    }

    /// One whose asynchronous work is done on these threads.
    pub(crate) fn on(threads: Threads, source: Arc<dyn Source>) -> Self {
        Self { source, threads, registration: RefCell::default() }
    }

    /// Works on another thread.
    pub(crate) fn work<'env, T: ToNapiValue + Send + 'static>(
        &self,
        env: &'env Env,
        work: impl FnOnce(&dyn Source) -> Result<T> + Send + 'static,
    ) -> napi::Result<PromiseRaw<'env, T>> {
        let source = Arc::clone(&self.source).aside()?;
        promise_on(env, &self.threads, move || work(&*source))
    }
}

#[napi]
impl NativeMap {
    /// Gives the map a number for point operations through `memory`, which must stay as it is while the map is there.
    #[napi(catch_unwind)]
    pub fn register(&self, memory: Uint8Array) -> napi::Result<u32> {
        let registration = Registration::new(Arc::clone(&self.source), memory)?;
        let number = registration.number();
        self.registration.replace(Some(registration));
        Ok(number)
    }

    /// As `pointGet`, in other memory.
    #[napi(catch_unwind)]
    pub fn get(&self, mut memory: Uint8ArraySlice<'_>, key_length: u32) -> napi::Result<i32> {
        Ok(point::get(&*self.source, bytes_of(&mut memory), key_length)?)
    }

    /// As `pointHas`, in other memory.
    #[napi(catch_unwind)]
    pub fn has(&self, memory: &[u8], key_length: u32) -> napi::Result<bool> {
        Ok(self.source.contains(key_in(memory, key_length)?)?)
    }

    /// The values of a page of keys, as a page.
    #[napi(catch_unwind)]
    pub fn get_many(&self, keys: &[u8]) -> napi::Result<Uint8Array> {
        Ok(values_of(&*self.source, &keys_of(keys)?)?)
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

    /// As `pointInsert`, in other memory.
    #[napi(catch_unwind)]
    pub fn insert(&self, memory: &[u8], key_length: u32, value_length: u32) -> napi::Result<()> {
        let (key, value) = entry_in(memory, key_length, value_length)?;
        Ok(self.source.put(key, value)?)
    }

    /// As `pointUpdate`, in other memory.
    #[napi(catch_unwind)]
    pub fn update(&self, memory: &[u8], key_length: u32, value_length: u32) -> napi::Result<bool> {
        let (key, value) = entry_in(memory, key_length, value_length)?;
        Ok(self.source.update(key, value)?)
    }

    /// As `pointDelete`, in other memory.
    #[napi(catch_unwind)]
    pub fn delete(&self, memory: &[u8], key_length: u32) -> napi::Result<bool> {
        Ok(self.source.delete(key_in(memory, key_length)?)?)
    }

    /// Creates or replaces the keys of a batch of entries, all or none.
    #[napi(catch_unwind)]
    pub fn insert_batch(&self, batch: &NativeBatch) -> napi::Result<()> {
        Ok(self.source.put_many(batch.take_entries())?)
    }

    /// Replaces the values of those keys of a batch of entries that are there, all or none. Returns how many were.
    #[napi(catch_unwind)]
    pub fn update_batch(&self, batch: &NativeBatch) -> napi::Result<u32> {
        Ok(updated(&self.source.update_many(batch.take_entries())?))
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
        Ok(NativeLoader::on(
            self.threads.clone(),
            Arc::clone(&self.source).loader(refuse_duplicates, replace)?,
        ))
    }

    fn cursor(
        &self,
        fields: usize,
        range: NativeRange,
        reverse: bool,
        shape: Shape,
    ) -> napi::Result<NativeCursor> {
        let records = self.source.records(KeyRange::from(range), direction(reverse), shape)?;
        Ok(NativeCursor::on(self.threads.clone(), fields, records))
    }
}

/// The values of keys, as a page.
pub(crate) fn values_of(source: &dyn Source, keys: &[Bytes]) -> Result<Uint8Array> {
    Ok(Uint8Array::from(page::encode_values(&source.find_many(keys)?)?))
}

/// How many of the keys were there.
pub(crate) fn updated(found: &[bool]) -> u32 {
    u32::try_from(found.iter().filter(|found| **found).count()).unwrap_or(u32::MAX)
}

/// A count as JavaScript has it: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "no store holds 2^53 keys")]
pub(crate) const fn number(count: u64) -> f64 {
    count as f64
}

pub(crate) fn keys_of(page: &[u8]) -> Result<Vec<Bytes>> {
    page::decode::<1>(page)?
        .into_iter()
        .map(|[key]| key.ok_or_else(|| Fault::internal("a key is absent")))
        .collect()
}
