//! The key-value surface off the event loop.

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint8Array};
use napi_derive::napi;
use prolly_tree::KeyRange;

use crate::batch::NativeBatch;
use crate::map::{NativeMap, keys_of, number, updated, values_of};
use crate::range::NativeRange;

/// What JavaScript has in `promises`. It may write to its memory while another thread reads, so what is given is copied.
#[napi]
impl NativeMap {
    /// The value of a key, if it is there.
    #[napi(catch_unwind)]
    pub fn get_async<'env>(
        &self,
        env: &'env Env,
        key: &[u8],
    ) -> napi::Result<PromiseRaw<'env, Option<Uint8Array>>> {
        let key = Bytes::copy_from_slice(key);
        self.work(env, move |source| Ok(source.get(&key)?.map(|value| Uint8Array::from(value.to_vec()))))
    }

    /// The values of a page of keys, as a page.
    #[napi(catch_unwind)]
    pub fn get_many_async<'env>(
        &self,
        env: &'env Env,
        keys: &[u8],
    ) -> napi::Result<PromiseRaw<'env, Uint8Array>> {
        let keys = keys_of(keys)?;
        self.work(env, move |source| values_of(source, &keys))
    }

    /// Whether a key is there.
    #[napi(catch_unwind)]
    pub fn has_async<'env>(&self, env: &'env Env, key: &[u8]) -> napi::Result<PromiseRaw<'env, bool>> {
        let key = Bytes::copy_from_slice(key);
        self.work(env, move |source| source.contains(&key))
    }

    /// How many keys are in a range.
    #[napi(catch_unwind)]
    pub fn count_async<'env>(
        &self,
        env: &'env Env,
        range: NativeRange,
    ) -> napi::Result<PromiseRaw<'env, f64>> {
        let range = KeyRange::from(range);
        self.work(env, move |source| Ok(number(source.count(&range)?)))
    }

    /// Creates or replaces a key.
    #[napi(catch_unwind)]
    pub fn insert_async<'env>(
        &self,
        env: &'env Env,
        key: &[u8],
        value: &[u8],
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        let (key, value) = (Bytes::copy_from_slice(key), Bytes::copy_from_slice(value));
        self.work(env, move |source| source.put(key, value))
    }

    /// Replaces the value of a key that is there, and says whether it was.
    #[napi(catch_unwind)]
    pub fn update_async<'env>(
        &self,
        env: &'env Env,
        key: &[u8],
        value: &[u8],
    ) -> napi::Result<PromiseRaw<'env, bool>> {
        let (key, value) = (Bytes::copy_from_slice(key), Bytes::copy_from_slice(value));
        self.work(env, move |source| source.update(key, value))
    }

    /// Deletes a key, and says whether it was there.
    #[napi(catch_unwind)]
    pub fn delete_async<'env>(&self, env: &'env Env, key: &[u8]) -> napi::Result<PromiseRaw<'env, bool>> {
        let key = Bytes::copy_from_slice(key);
        self.work(env, move |source| source.delete(&key))
    }

    /// As `insertBatch`.
    #[napi(catch_unwind)]
    pub fn insert_batch_async<'env>(
        &self,
        env: &'env Env,
        batch: &NativeBatch,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        let entries = batch.take_entries();
        self.work(env, move |source| source.put_many(entries))
    }

    /// As `updateBatch`.
    #[napi(catch_unwind)]
    pub fn update_batch_async<'env>(
        &self,
        env: &'env Env,
        batch: &NativeBatch,
    ) -> napi::Result<PromiseRaw<'env, u32>> {
        let entries = batch.take_entries();
        self.work(env, move |source| Ok(updated(&source.update_many(entries)?)))
    }

    /// As `deleteBatch`.
    #[napi(catch_unwind)]
    pub fn delete_batch_async<'env>(
        &self,
        env: &'env Env,
        keys: &[u8],
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        let keys = keys_of(keys)?;
        self.work(env, move |source| source.delete_many(keys))
    }

    /// As `deleteRange`.
    #[napi(catch_unwind)]
    pub fn delete_range_async<'env>(
        &self,
        env: &'env Env,
        range: NativeRange,
    ) -> napi::Result<PromiseRaw<'env, f64>> {
        let range = KeyRange::from(range);
        self.work(env, move |source| Ok(number(source.delete_range(&range)?)))
    }
}
