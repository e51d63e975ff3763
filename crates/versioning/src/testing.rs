//! For whoever feeds decoders arbitrary bytes.

pub use crate::journal::{rewrite_journal, with_checksums};
