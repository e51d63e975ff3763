//! Point operations at full speed.
//!
//! A method of a class costs several hundred nanoseconds before it begins: the object is unwrapped and its type
//! checked, the buffer's memory is looked up. A function of numbers costs a tenth of that. So a map is given a number
//! once, together with the memory through which keys and values go, and point operations name it by that number.

use std::cell::RefCell;
use std::sync::Arc;

use bytes::Bytes;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use crate::fault::{Fault, Result};
use crate::source::Source;

/// There is no such key.
const MISSING: i32 = -1;
/// The value does not fit; how long it is, is subtracted from this.
const TOO_LONG: i32 = -2;

thread_local! {
    /// What the numbers of this thread stand for.
    static POINTS: RefCell<Vec<Option<Point>>> = const { RefCell::new(Vec::new()) };
}

struct Point {
    source: Arc<dyn Source>,
    memory: *mut u8,
    length: usize,
}

impl Point {
    /// The memory: JavaScript wrote the key at its start and, for a write, the value after it.
    #[expect(unsafe_code, reason = "JavaScript lends the memory for the length of the call")]
    #[expect(clippy::mut_from_ref, reason = "the memory is not part of the point")]
    fn memory(&self) -> &mut [u8] {
        // SAFETY: The map that registered this point holds a reference to the buffer, and takes the point away when it
        // goes, so the memory is there; `ts/packed/scratch.ts` never resizes or transfers it. Only this thread has it,
        // no JavaScript runs during a call, and each call takes it once, so nothing else reads or writes it meanwhile.
        unsafe { std::slice::from_raw_parts_mut(self.memory, self.length) }
    }
}

/// Keeps a number for a map until it is dropped, in the thread that made it.
pub(crate) struct Registration {
    number: u32,
    _memory: Uint8Array,
}

impl Registration {
    pub(crate) fn new(source: Arc<dyn Source>, mut memory: Uint8Array) -> Result<Self> {
        let point = Some(Point { source, memory: pointer(&mut memory), length: memory.len() });
        let number = POINTS.with_borrow_mut(|points| {
            if let Some(free) = points.iter().position(Option::is_none) {
                points[free] = point;
                free
            } else {
                points.push(point);
                points.len() - 1
            }
        });
        let number = u32::try_from(number).map_err(|error| Fault::internal(error.to_string()))?;
        Ok(Self { number, _memory: memory })
    }

    pub(crate) const fn number(&self) -> u32 {
        self.number
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // At the end of a thread the numbers may be gone before the maps.
        let _ = POINTS.try_with(|points| {
            if let Some(point) = points.borrow_mut().get_mut(self.number as usize) {
                *point = None;
            }
        });
    }
}

#[expect(unsafe_code, reason = "the pointer is kept beside the reference that keeps it good")]
fn pointer(memory: &mut Uint8Array) -> *mut u8 {
    // SAFETY: Only the address is taken.
    unsafe { memory.as_mut() }.as_mut_ptr()
}

/// Writes the value of a key at the start of the memory and returns its length; -1 when there is no such key, and -2 less
/// its length when it does not fit.
#[napi(catch_unwind)]
pub fn point_get(map: u32, key_length: u32) -> napi::Result<i32> {
    at(map, |source, memory| get(source, memory, key_length))
}

/// Whether a key is there.
#[napi(catch_unwind)]
pub fn point_has(map: u32, key_length: u32) -> napi::Result<bool> {
    at(map, |source, memory| source.contains(key_in(memory, key_length)?))
}

/// Creates or replaces a key.
#[napi(catch_unwind)]
pub fn point_insert(map: u32, key_length: u32, value_length: u32) -> napi::Result<()> {
    at(map, |source, memory| {
        let (key, value) = entry_in(memory, key_length, value_length)?;
        source.put(key, value)
    })
}

/// Replaces the value of a key that is there, and says whether it was.
#[napi(catch_unwind)]
pub fn point_update(map: u32, key_length: u32, value_length: u32) -> napi::Result<bool> {
    at(map, |source, memory| {
        let (key, value) = entry_in(memory, key_length, value_length)?;
        source.update(key, value)
    })
}

/// Deletes a key, and says whether it was there.
#[napi(catch_unwind)]
pub fn point_delete(map: u32, key_length: u32) -> napi::Result<bool> {
    at(map, |source, memory| source.delete(key_in(memory, key_length)?))
}

fn at<T>(map: u32, work: impl FnOnce(&dyn Source, &mut [u8]) -> Result<T>) -> napi::Result<T> {
    POINTS.with_borrow(|points| match points.get(map as usize) {
        Some(Some(point)) => Ok(work(&*point.source, point.memory())?),
        _ => Err(Fault::internal("there is no map of this number").into()),
    })
}

/// What [`point_get`] does, in any memory.
pub(crate) fn get(source: &dyn Source, memory: &mut [u8], key_length: u32) -> Result<i32> {
    let Some(value) = source.get(key_in(memory, key_length)?)? else {
        return Ok(MISSING);
    };
    let length = i32::try_from(value.len()).map_err(|error| Fault::internal(error.to_string()))?;
    match memory.get_mut(..value.len()) {
        Some(target) => {
            target.copy_from_slice(&value);
            Ok(length)
        }
        None => Ok(TOO_LONG - length),
    }
}

/// The key at the start of `memory`.
pub(crate) fn key_in(memory: &[u8], length: u32) -> Result<&[u8]> {
    memory.get(..length as usize).ok_or_else(|| Fault::internal("a key is longer than the memory it is in"))
}

/// The key and the value at the start of `memory`.
pub(crate) fn entry_in(memory: &[u8], key_length: u32, value_length: u32) -> Result<(Bytes, Bytes)> {
    let end = key_length as usize + value_length as usize;
    let entry =
        memory.get(..end).ok_or_else(|| Fault::internal("an entry is longer than the memory it is in"))?;
    let mut value = Bytes::copy_from_slice(entry);
    let key = value.split_to(key_length as usize);
    Ok((key, value))
}
