//! Any bytes as a node.
#![no_main]

#[path = "../checks/node.rs"]
mod node;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    node::check(input);
});
