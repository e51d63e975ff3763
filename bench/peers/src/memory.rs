//! How much memory a piece of work takes, by what Rust code asks of the allocator. What RocksDB itself takes is not in it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

/// The system's allocator, which counts when told to: counting always would slow down most who allocate most.
pub struct Watched;

static WATCHING: AtomicBool = AtomicBool::new(false);
/// Bytes allocated, less those freed, since [`restart`].
static LIVE: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);

/// Begins to count, or ends it.
pub fn watch(watching: bool) {
    WATCHING.store(watching, Ordering::Relaxed);
}

/// Counts from nothing.
pub fn restart() {
    LIVE.store(0, Ordering::Relaxed);
    PEAK.store(0, Ordering::Relaxed);
}

/// The most bytes that were allocated at once since [`restart`], beyond what there was then; when none were counted,
/// `None`.
pub fn peak() -> Option<usize> {
    if !WATCHING.load(Ordering::Relaxed) {
        return None;
    }
    usize::try_from(PEAK.load(Ordering::Relaxed)).ok()
}

fn count(bytes: isize) {
    if WATCHING.load(Ordering::Relaxed) {
        let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
        PEAK.fetch_max(live, Ordering::Relaxed);
    }
}

const fn signed(bytes: usize) -> isize {
    bytes.cast_signed()
}

// SAFETY: the system's allocator does all of the work.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-signed(layout.size()));
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(signed(size) - signed(layout.size()));
        unsafe { System.realloc(memory, layout, size) }
    }
}
