//! How many native objects are alive, so that tests can tell a leak from a slow garbage collector.

use std::sync::atomic::{AtomicU32, Ordering};

use napi_derive::napi;

static LIVE: AtomicU32 = AtomicU32::new(0);

/// Counts as one live object until it is dropped.
pub(crate) struct Live(());

impl Live {
    pub(crate) fn new() -> Self {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Stores, snapshots, transactions, cursors and merges of this process that hold native memory, in all threads.
#[napi(catch_unwind)]
pub fn live_objects() -> u32 {
    LIVE.load(Ordering::Relaxed)
}
