//! The corpus of the fuzz targets, replayed: nothing panics, what is valid is accepted, what is damaged is not.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
#![allow(unreachable_pub, reason = "the checks are shared with the fuzz targets")]

#[path = "../../../fuzz/checks/proof.rs"]
mod proof;
#[path = "../../../fuzz/checks/replay.rs"]
mod replay;

#[test]
fn proofs() {
    replay::replay("proof", proof::check);
}
