//! Values that cross piece by piece.

use std::sync::Arc;

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint8Array};
use napi_derive::napi;
use prolly_tree::{ValueReader, ValueWriter};

use crate::blocking::{Threads, promise_on};
use crate::exclusive::Exclusive;
use crate::fault::{Fault, Result};
use crate::live::Live;
use crate::map::{NativeMap, number};
use crate::source::Source;
use crate::working_source::check_key;

/// Reads a value piece by piece. It holds what it reads from until it is closed.
#[napi]
pub struct NativeValueReader {
    reader: Arc<Exclusive<(ValueReader, Live)>>,
    threads: Threads,
}

/// Takes a value piece by piece. Closing it writes no key.
#[napi]
pub struct NativeValueWriter {
    writer: Arc<Exclusive<(ValueWriter, Live)>>,
    source: Arc<dyn Source>,
    key: Bytes,
    threads: Threads,
}

#[napi]
impl NativeMap {
    /// Reads the value that a key has now, from byte `start` to before byte `end`; none when there is no such key.
    #[napi(catch_unwind)]
    pub fn value_reader<'env>(
        &self,
        env: &'env Env,
        key: &[u8],
        start: f64,
        end: f64,
    ) -> napi::Result<PromiseRaw<'env, Option<NativeValueReader>>> {
        let key = Bytes::copy_from_slice(key);
        let values = self.source.values()?;
        let threads = self.threads.clone();
        promise_on(env, &self.threads, move || {
            let reader = values(&key)?.map(|reader| reader.within(place(start)..place(end)));
            Ok(reader.map(|reader| {
                let reader = Arc::new(Exclusive::new("stream", (reader, Live::new())));
                NativeValueReader { reader, threads }
            }))
        })
    }

    /// Takes the bytes of a new value of a key.
    #[napi(catch_unwind)]
    pub fn value_writer(&self, key: &[u8]) -> napi::Result<NativeValueWriter> {
        let writer = Arc::new(Exclusive::new("stream", (self.source.value_writer()?, Live::new())));
        let key = Bytes::copy_from_slice(key);
        check_key(&key)?;
        let (source, threads) = (Arc::clone(&self.source), self.threads.clone());
        Ok(NativeValueWriter { writer, source, key, threads })
    }
}

#[napi]
impl NativeValueReader {
    /// The next bytes: `most` of them, or fewer before the end, or none at the end.
    #[napi(catch_unwind)]
    pub fn read<'env>(&self, env: &'env Env, most: u32) -> napi::Result<PromiseRaw<'env, Uint8Array>> {
        let reader = Arc::clone(&self.reader);
        promise_on(env, &self.threads, move || {
            Ok(Uint8Array::from(reader.work(|(reader, _)| filled(reader, most as usize))?))
        })
    }

    /// Bytes of the whole value.
    #[napi(getter, catch_unwind)]
    pub fn length(&self) -> napi::Result<f64> {
        Ok(self.reader.work(|(reader, _)| Ok(number(reader.len())))?)
    }

    /// Lets go of what it reads from.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.reader.close();
    }
}

#[napi]
impl NativeValueWriter {
    /// Takes the next bytes.
    #[napi(catch_unwind)]
    pub fn write<'env>(&self, env: &'env Env, piece: &[u8]) -> napi::Result<PromiseRaw<'env, ()>> {
        let piece = piece.to_vec();
        let writer = Arc::clone(&self.writer);
        promise_on(env, &self.threads, move || writer.work(|(writer, _)| Ok(writer.push(&piece)?)))
    }

    /// Gives the key the value of all bytes that were taken, unless it is closed before that step begins.
    #[napi(catch_unwind)]
    pub fn finish<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>> {
        let target = Arc::clone(&self.source).aside()?;
        let (writer, key) = (Arc::clone(&self.writer), self.key.clone());
        promise_on(env, &self.threads, move || {
            let (finished, _live) = writer.take()?;
            let value = finished.finish()?;
            if writer.is_closed() {
                return Err(Fault::closed("stream"));
            }
            target.put_value(key, value)
        })
    }

    /// Forgets what was taken.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.writer.close();
    }
}

/// Bytes of one or several chunks.
fn filled(reader: &mut ValueReader, most: usize) -> Result<Vec<u8>> {
    let mut bytes = reader.next_bytes(most)?.to_vec();
    while bytes.len() < most {
        let next = reader.next_bytes(most - bytes.len())?;
        if next.is_empty() {
            break;
        }
        bytes.extend_from_slice(&next);
    }
    Ok(bytes)
}

/// A place in a value as JavaScript has it: a whole number, or infinity.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "infinity becomes the largest")]
const fn place(number: f64) -> u64 {
    number as u64
}
