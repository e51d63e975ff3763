//! Hints to the processor.

/// Bytes to fetch from the beginning of a node: where its keys end, and some of the keys.
const KEYS: usize = 1024;
/// Bytes to fetch behind the keys: where the values of a leaf end.
const VALUE_ENDS: usize = 192;

/// A cache line, in bytes.
const LINE: usize = 64;

/// Bytes of a value or key to fetch; the processor sees by itself how a longer one goes on.
const READ_FIRST: usize = 256;

/// Asks the processor for the first bytes of memory that will be read soon: worth it where many such places are known
/// ahead and lie apart. It changes nothing but speed.
#[inline]
pub fn prefetch<T: ?Sized>(memory: &T) {
    lines(std::ptr::from_ref(memory).addr(), size_of_val(memory).min(READ_FIRST));
}

/// Asks for what a lookup reads of the node whose bytes are at `address`.
pub(super) fn node(address: usize, keys_end: u32) {
    lines(address, KEYS.min(keys_end as usize));
    lines(address.wrapping_add(keys_end as usize), VALUE_ENDS);
}

/// Asks for the memory at `address`, whatever is there by now. It changes nothing but speed.
#[cfg(target_arch = "x86_64")]
#[inline]
#[expect(unsafe_code, reason = "the hint has no safe form")]
pub(super) fn lines(address: usize, bytes: usize) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    for line in (address & !(LINE - 1)..address.saturating_add(bytes)).step_by(LINE) {
        let line = std::ptr::without_provenance(line);
        // SAFETY: a prefetch reads nothing that the program sees, and cannot fault at any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line) };
    }
}

/// Other processors find their own way.
#[cfg(not(target_arch = "x86_64"))]
pub(super) const fn lines(_address: usize, _bytes: usize) {}
