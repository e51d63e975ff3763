//! The decoder of the Git tree that keeps a node and its links.

use prolly_storage::git::rewrite_links;

/// Whether `input` is such a Git tree. If so, it is as the encoder writes it.
///
/// # Panics
/// When that does not hold.
pub fn check(input: &[u8]) -> bool {
    let Some(written) = rewrite_links(input) else { return false };
    assert_eq!(written, input, "the encoder writes other bytes");
    true
}
