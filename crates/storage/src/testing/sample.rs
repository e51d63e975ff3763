//! Nodes to try a storage with.

use crate::{
    Child, Link, Node, NodeRef, Parameters, Value, encode_blob, encode_chunk_list, encode_internal,
    encode_leaf,
};

pub(super) fn leaf(entries: &[(&[u8], Value<'_>)]) -> Node {
    encode_leaf(&Parameters::default(), entries.iter().copied())
}

pub(super) fn leaf_of(number: u32) -> Node {
    leaf(&[(b"number", Value::Inline(&number.to_be_bytes()))])
}

pub(super) fn parent_of(level: u8, children: &[Node]) -> Result<Node, String> {
    let mut entries = Vec::new();
    for child in children {
        let key = child.last_key().ok_or("an empty child")?;
        entries
            .push((key, Child { target: child.address().into(), entries: child.entries(), natural: true }));
    }
    Ok(encode_internal(&Parameters::default(), level, entries.iter().map(|(key, child)| (&**key, *child))))
}

/// Bytes that do not compress.
pub(super) fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut word = u64::from(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    std::iter::repeat_with(|| {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word.to_le_bytes()[3]
    })
    .take(length)
    .collect()
}

/// Three levels: two leaves, one with a short and one with a chunked out-of-line value, below two parents.
pub(super) fn linked_tree() -> Result<Vec<Node>, String> {
    let value = encode_blob(&noise(1, 5000));
    let chunks: Vec<_> = (2..6).map(|seed| encode_blob(&noise(seed, 50_000))).collect();
    let list: Vec<_> = chunks.iter().map(|chunk| (NodeRef::from(chunk.address()), 50_000)).collect();
    let list = encode_chunk_list(&list);
    let link = |node: &Node, length| Value::Linked(Link { target: node.address().into(), length });
    let first =
        leaf(&[(b"a", Value::Inline(b"1")), (b"b", link(&value, 5000)), (b"c", link(&list, 200_000))]);
    let second = leaf(&[(b"d", Value::Inline(b"")), (b"e", Value::Inline(b"2"))]);
    let below = parent_of(1, &[first.clone(), second.clone()])?;
    let third = leaf(&[(b"f", link(&value, 5000))]);
    let beside = parent_of(1, std::slice::from_ref(&third))?;
    let root = parent_of(2, &[below.clone(), beside.clone()])?;
    let mut nodes = chunks;
    nodes.extend([value, list, first, second, third, below, beside, root]);
    Ok(nodes)
}
