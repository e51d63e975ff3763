//! Every call of an operation that changes a file, failing in turn, or the process dying at it.
//!
//! The program runs itself as the process that is hit: `faults worker …`, with a library between it and the system that counts its
//! calls (`shim.c`). A sample of the calls by default; all of them, in every way, with PROLLY_TORTURE=1.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a fault here is a failed test"
)]

#[path = "../common/mod.rs"]
mod common;
mod operations;
mod rounds;
mod worker;

use std::time::Instant;

use common::kinds;

/// How a call fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It fails with EIO, alone.
    Error,
    /// It fails with ENOSPC, alone.
    Full,
    /// It fails, and so do all after it.
    Broken,
    /// The process dies before it.
    Kill,
    /// The process dies in the middle of a write, or after any other call.
    Torn,
}

impl Mode {
    const ALL: [Self; 5] = [Self::Error, Self::Full, Self::Broken, Self::Kill, Self::Torn];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Full => "full",
            Self::Broken => "broken",
            Self::Kill => "kill",
            Self::Torn => "torn",
        }
    }

    pub(crate) const fn kills(self) -> bool {
        matches!(self, Self::Kill | Self::Torn)
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, operation, folder] = &arguments[..]
        && first == "worker"
    {
        return worker::work(operation, folder.as_ref());
    }
    let tests: Vec<_> =
        kinds().into_iter().map(|kind| (format!("faults_over_{}", kind.name()), kind)).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        tests.iter().for_each(|(name, _)| println!("{name}: test"));
        return;
    }
    let filters: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let mut passed = 0;
    for (name, kind) in &tests {
        if filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str())) {
            let start = Instant::now();
            let rounds = rounds::run(*kind);
            println!("test {name} ... ok ({rounds} faults, {} ms)", start.elapsed().as_millis());
            passed += 1;
        }
    }
    println!("test result: ok. {passed} passed; 0 failed; {} filtered out", tests.len() - passed);
}
