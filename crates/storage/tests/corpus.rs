//! The corpus of the fuzz targets, replayed: nothing panics, what is valid is accepted, what is damaged is not.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
#![allow(unreachable_pub, reason = "the checks are shared with the fuzz targets")]

#[path = "../../../fuzz/checks/links.rs"]
mod links;
#[path = "../../../fuzz/checks/meta.rs"]
mod meta;
#[path = "../../../fuzz/checks/node.rs"]
mod node;
#[path = "../../../fuzz/checks/replay.rs"]
mod replay;

#[test]
fn nodes() {
    replay::replay("node", node::check);
}

#[test]
fn meta_files() {
    replay::replay("meta", meta::check);
}

#[test]
fn link_trees() {
    replay::replay("links", links::check);
}
