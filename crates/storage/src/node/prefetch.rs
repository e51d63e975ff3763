//! A hint to the processor.

/// A cache line, in bytes.
const LINE: usize = 64;

/// Asks for the memory at `address`, whatever is there by now. It changes nothing but speed.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the hint has no safe form")]
pub(super) fn lines(address: usize, bytes: usize) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    for offset in (0..bytes).step_by(LINE) {
        let line = std::ptr::without_provenance(address.wrapping_add(offset));
        // SAFETY: a prefetch reads nothing that the program sees, and cannot fault at any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line) };
    }
}

/// Other processors find their own way.
#[cfg(not(target_arch = "x86_64"))]
pub(super) const fn lines(_address: usize, _bytes: usize) {}
