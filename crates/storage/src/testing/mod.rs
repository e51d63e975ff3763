//! For whoever writes or tests a storage.

mod counting;

pub use counting::{CountingStorage, Counts};
