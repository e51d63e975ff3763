//! The decoder of journals.

use prolly_versioning::testing::{rewrite_journal, with_checksums};

/// Whether `input` is a journal without a torn end. Whatever part of it is read, the encoder writes the same bytes for it.
///
/// The same goes for the input with its checksums put right, without which hardly anything would be read.
///
/// # Panics
/// When that does not hold.
pub fn check(input: &[u8]) -> bool {
    rewrites(&with_checksums(input));
    rewrites(input) == Some(input.len())
}

/// How much of `journal` is read.
fn rewrites(journal: &[u8]) -> Option<usize> {
    let written = rewrite_journal(journal)?;
    assert!(journal.starts_with(&written), "the encoder writes other bytes");
    Some(written.len())
}
