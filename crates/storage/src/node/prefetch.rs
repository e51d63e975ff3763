//! A hint to the processor.

/// A cache line, in bytes.
const LINE: usize = 64;
/// Lines fetched at once: processors keep about this many misses in flight.
const MOST: usize = 32;

/// Asks for the memory of `bytes`, up to 2 KiB. It changes nothing but speed.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the hint has no safe form")]
pub(super) fn lines(bytes: &[u8]) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    for line in bytes.chunks(LINE).take(MOST) {
        // SAFETY: a prefetch reads nothing the program sees and cannot fault; the pointer is within `bytes`.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

/// Other processors find their own way.
#[cfg(not(target_arch = "x86_64"))]
pub(super) const fn lines(_bytes: &[u8]) {}
