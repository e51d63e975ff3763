//! Any bytes as the Git tree of a node and its links.
#![no_main]

#[path = "../checks/links.rs"]
mod links;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    links::check(input);
});
