//! Any bytes as a query and its proof.
#![no_main]

#[path = "../checks/proof.rs"]
mod proof;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    proof::check(input);
});
