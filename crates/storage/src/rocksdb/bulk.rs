//! Large writes, which skip the write-ahead log.
//!
//! Whoever builds a large tree hands over megabytes of nodes at a time that no root reaches yet. Written to the log
//! first they would reach the disk twice, and nobody misses them after a crash: what no root reaches is garbage. So they
//! go to the write buffer alone, which RocksDB sorts by address and writes to files beside the writer, and before a root
//! moves whatever is still in the buffer is written out too. A build of 10^6 entries takes an eighth less time than
//! through the log. Sorting them ourselves into a file to be taken in whole took another tenth less, for nodes that
//! would have to be found in a buffer of our own until then.
//!
//! A root that moves after every few megabytes is served better by the log: each file written before a move is one more
//! to be merged with the others. So the log takes the first megabytes between two moves. With all of it past the log,
//! a thousand scattered changes of 10^6 entries, which are 6 MiB of nodes, wrote 16 MiB, and took twice as long.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::{Address, Node, Result};

/// What the log takes between two moves of roots, in bytes.
const LOGGED_BYTES: u64 = 12 * 1024 * 1024;
/// A longer batch is written in pieces of at most this size, or of one node. RocksDB copies each piece three times, which
/// costs least while it is in the processor's cache and in memory that was in use before.
pub(super) const PIECE_BYTES: usize = 1024 * 1024;
/// What a node takes in a batch beside its bytes, at most: its kind, its family, its address and two lengths.
const RECORD_OVERHEAD: usize = 1 + 5 + Address::LENGTH + 2 * 5;

/// What a node takes in a batch, in bytes, at most.
pub(super) fn record_bytes(node: &Node) -> usize {
    RECORD_OVERHEAD + node.bytes().len()
}

/// Where the next batch goes, and whether something was written past the log and is in no file yet.
#[derive(Debug, Default)]
pub(super) struct Unlogged {
    /// Bytes that were written, to the log or past it, since a root moved.
    bytes: AtomicU64,
    /// Batches written past the log.
    written: AtomicU64,
    /// How many of them are known to be in files.
    flushed: Mutex<u64>,
}

impl Unlogged {
    /// Whether a batch of so many bytes is to skip the log. To be called once for each batch.
    pub(super) fn takes(&self, bytes: u64) -> bool {
        self.bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > LOGGED_BYTES
    }

    /// To be called after the batch was written, and before its writer is told so.
    pub(super) fn wrote(&self) {
        self.written.fetch_add(1, Ordering::AcqRel);
    }

    /// Calls `flush`, which writes out the buffers, unless all is in files already.
    pub(super) fn flush(&self, flush: impl FnOnce() -> Result<()>) -> Result<()> {
        let mut flushed = self.flushed.lock();
        self.bytes.store(0, Ordering::Relaxed);
        let written = self.written.load(Ordering::Acquire);
        if *flushed != written {
            flush()?;
            *flushed = written;
        }
        Ok(())
    }
}
