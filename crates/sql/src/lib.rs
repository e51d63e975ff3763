//! SQL over a versioned store: tables live in the same tree as keys, and are branched, committed and merged with them.

mod encoding;
mod error;
mod numbers;
mod storage;
mod table;

pub use error::{Error, Result};
pub use storage::SqlStorage;
