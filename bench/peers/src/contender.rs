//! What a library does to take part.

use std::hint::black_box;
use std::time::{Duration, Instant};

use prolly_storage::testing::Counts;

use crate::data::Data;
use crate::memory;

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A tree of all entries, handed over in key order.
    BuildSorted,
    /// A tree of all entries, handed over in random order.
    BuildUnsorted,
    /// The values of random keys, one call each, each value the caller's own.
    Get,
    /// The same through the cheapest reads there are, values borrowed where that is possible.
    GetBorrowed,
    /// The values of random keys in one call.
    GetMany,
    /// Every entry, in key order.
    Scan,
    /// One new value, with its new root; each time of the same tree.
    Update,
    /// One new key, with its new root; each time of the same tree.
    Insert,
    /// Random new keys in one call, with the new root.
    Batch(usize),
    /// The differences of two trees whose nodes are decoded.
    DiffWarm,
    /// The same with no node decoded.
    DiffCold,
    /// A merge of two trees that inserted other keys each.
    Merge,
    /// The same where the library was told to remember how the two trees were made.
    MergeRemembered,
    /// The proof of one key, as bytes.
    Prove,
    /// Whoever knows the root reads the proof's bytes and verifies them.
    Verify,
    /// A tree of all entries in RocksDB, handed over in key order, until all of it is in files.
    RocksDbBuild,
    /// The values of random keys of a tree in RocksDB, which has a cache of blocks, with no node decoded before.
    RocksDbGet,
}

/// Gets that are timed together.
pub const GETS: usize = 10_000;
/// Single edits, and proofs, that are timed together: one after the other's nodes were driven from the processor's caches
/// by another contender would say little.
pub const SINGLES: usize = 20;
/// Inserts between the two trees of a diff.
pub const DIFFERENCES: usize = 1_000;
/// Inserts on either side of a merge.
pub const MERGED: usize = 100;

impl Task {
    /// All, in the order of the table.
    pub const ALL: [Self; 19] = [
        Self::BuildSorted,
        Self::BuildUnsorted,
        Self::Get,
        Self::GetBorrowed,
        Self::GetMany,
        Self::Scan,
        Self::Update,
        Self::Insert,
        Self::Batch(1_000),
        Self::Batch(10_000),
        Self::Batch(100_000),
        Self::DiffWarm,
        Self::DiffCold,
        Self::Merge,
        Self::MergeRemembered,
        Self::Prove,
        Self::Verify,
        Self::RocksDbBuild,
        Self::RocksDbGet,
    ];

    /// What the table calls it.
    pub fn title(self) -> String {
        match self {
            Self::BuildSorted => "bulk build, sorted, an entry".into(),
            Self::BuildUnsorted => "bulk build, unsorted, an entry".into(),
            Self::Get => "get, random".into(),
            Self::GetBorrowed => "get, random, borrowed in a read session".into(),
            Self::GetMany => format!("getMany of {GETS}, a key"),
            Self::Scan => "scan, an entry".into(),
            Self::Update => "update one".into(),
            Self::Insert => "insert one, random".into(),
            Self::Batch(count) => format!("batch of {count} random inserts"),
            Self::DiffWarm => format!("diff of {DIFFERENCES} inserts, warm"),
            Self::DiffCold => format!("diff of {DIFFERENCES} inserts, cold"),
            Self::Merge => format!("merge of {MERGED} x {MERGED}"),
            Self::MergeRemembered => format!("merge of {MERGED} x {MERGED}, lineage remembered"),
            Self::Prove => "proof of one key, make".into(),
            Self::Verify => "proof of one key, verify".into(),
            Self::RocksDbBuild => "RocksDB, bulk build, sorted, an entry".into(),
            Self::RocksDbGet => "RocksDB, get, random, without a node cache".into(),
        }
    }

    /// How often it is timed; the median counts.
    pub const fn repeats(self) -> usize {
        match self {
            Self::BuildSorted | Self::BuildUnsorted | Self::RocksDbBuild => 7,
            Self::Batch(100_000..) => 5,
            Self::Get | Self::GetBorrowed | Self::GetMany | Self::RocksDbGet => 11,
            Self::Scan | Self::Batch(_) => 11,
            Self::DiffWarm | Self::DiffCold | Self::Merge | Self::MergeRemembered => 11,
            Self::Update | Self::Insert | Self::Prove | Self::Verify => 21,
        }
    }

    /// How many of what its title names are timed together.
    pub const fn operations(self, size: u64) -> u64 {
        match self {
            Self::BuildSorted | Self::BuildUnsorted | Self::RocksDbBuild | Self::Scan => size,
            Self::Get | Self::GetBorrowed | Self::GetMany | Self::RocksDbGet => GETS as u64,
            Self::Update | Self::Insert | Self::Prove | Self::Verify => SINGLES as u64,
            _ => 1,
        }
    }
}

/// What a scan saw: it reads of every entry, as whoever scans does, so that none gains by not touching them.
#[derive(Default)]
pub struct Seen {
    /// Bytes of all keys and values.
    pub bytes: u64,
    mixed: u8,
}

impl Seen {
    /// Reads the first and the last byte of a key and of its value.
    pub fn look_at(&mut self, key: &[u8], value: &[u8]) {
        self.bytes += (key.len() + value.len()) as u64;
        for bytes in [key, value] {
            self.mixed ^= bytes.first().unwrap_or(&0) ^ bytes.last().unwrap_or(&0);
        }
        black_box(self.mixed);
    }
}

/// What one run of a task gave.
pub struct Outcome {
    /// How long it took.
    pub time: Duration,
    /// Bytes of the proof.
    pub proof: Option<usize>,
    /// The most memory that it took at once, in bytes, where that was counted.
    pub memory: Option<usize>,
}

impl Outcome {
    /// Times `work`, and hands back what it made, to be looked at and dropped outside of the time.
    pub fn of<T>(work: impl FnOnce() -> T) -> (Self, T) {
        memory::restart();
        let start = Instant::now();
        let made = black_box(work());
        let time = start.elapsed();
        (Self { time, proof: None, memory: memory::peak() }, made)
    }
}

/// Runs a task once; the number is that of the repeat. Dropping it drops all that it holds.
pub type Run = Box<dyn FnMut(usize) -> Outcome>;

/// A library.
pub trait Contender {
    /// Its name in the table.
    fn name(&self) -> &'static str;

    /// Makes ready, outside of the time, what `repeats` runs of the task need; or says why it takes no part.
    fn prepare(&self, task: Task, data: Data, repeats: usize) -> Result<Run, &'static str>;

    /// What calls of a task read and write, each with an empty cache, where that can be counted.
    fn counts(&self, _task: Task, _data: Data) -> Vec<Counts> {
        Vec::new()
    }
}
