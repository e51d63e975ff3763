//! For whoever writes or tests a storage.

mod conformance;
mod counting;
mod sample;

pub use conformance::{NotConforming, OpenStorage, check_conformance};
pub use counting::{CountingStorage, Counts};
