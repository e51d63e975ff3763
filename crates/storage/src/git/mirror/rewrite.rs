//! Decodes and encodes again, for whoever feeds the decoders arbitrary bytes.

use super::read::split_tree;
use super::{Meta, encode_tree, parse_tree};

/// The bytes that are written for what a version's `meta` file says; `None` when it is refused.
#[must_use]
pub fn rewrite_meta(file: &[u8]) -> Option<Vec<u8>> {
    let meta = Meta::decode(std::str::from_utf8(file).ok()?).ok()?;
    Some(meta.encode().into())
}

/// The bytes that are written for the entries of the Git tree that keeps a node and its links; `None` when it is refused.
#[must_use]
pub fn rewrite_links(tree: &[u8]) -> Option<Vec<u8>> {
    split_tree(tree).ok()?;
    Some(encode_tree(&parse_tree(tree).ok()?))
}
