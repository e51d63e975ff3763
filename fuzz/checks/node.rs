//! The decoder of nodes.

use prolly_storage::{
    Address, Kind, Node, Parameters, StoredNode, encode_blob, encode_chunk_list, encode_internal, encode_leaf,
};

/// Whether `input` is a node. If so, the encoder writes the same bytes for what it holds, and a search finds its keys.
///
/// # Panics
/// When that does not hold.
pub fn check(input: &[u8]) -> bool {
    let stored = StoredNode { bytes: input.to_vec().into(), locators: None };
    let Ok(node) = Node::decode(&Address::of(input), stored) else { return false };
    assert_eq!(encode_again(&node).bytes(), input, "the encoder writes other bytes");
    assert_eq!(node.links().count(), node.link_count());
    if node.parameters().is_some() {
        assert!((0..node.len()).all(|index| node.search(&node.key(index)) == Ok(index)));
    }
    true
}

fn encode_again(node: &Node) -> Node {
    let Some(parameters) = node.parameters() else {
        return match node.kind() {
            Kind::Blob => encode_blob(&node.blob()),
            _ => encode_chunk_list(&(0..node.len()).map(|index| node.chunk(index)).collect::<Vec<_>>()),
        };
    };
    let parameters = Parameters::decode(&parameters).unwrap();
    let keys: Vec<Vec<u8>> = (0..node.len()).map(|index| node.key(index)).collect();
    let keys = keys.iter().enumerate();
    match node.kind() {
        Kind::Leaf => encode_leaf(&parameters, keys.map(|(index, key)| (&**key, node.value(index)))),
        _ => encode_internal(&parameters, node.level(), keys.map(|(index, key)| (&**key, node.child(index)))),
    }
}
