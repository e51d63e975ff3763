//! The decoder of a version's `meta` file.

use prolly_storage::git::rewrite_meta;

/// Whether `input` is a `meta` file. If so, it is as the encoder writes it.
///
/// # Panics
/// When that does not hold.
pub fn check(input: &[u8]) -> bool {
    let Some(written) = rewrite_meta(input) else { return false };
    assert_eq!(written, input, "the encoder writes other bytes");
    true
}
