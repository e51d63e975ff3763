//! Memory of JavaScript that a synchronous call reads from and writes to.

use napi::bindgen_prelude::Uint8ArraySlice;

/// The bytes of `slice`, to write to.
#[expect(unsafe_code, reason = "JavaScript lends the memory for the length of the call")]
pub(crate) fn bytes_of<'a>(slice: &'a mut Uint8ArraySlice<'_>) -> &'a mut [u8] {
    // SAFETY: The memory belongs to a buffer that `ts/` keeps to itself: no other thread has it, no JavaScript runs
    // during the call, and each call is handed one slice of it, so nothing else reads or writes it meanwhile.
    unsafe { slice.as_mut() }
}
