//! Git tree objects.

use crate::git::Oid;

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::git) enum Mode {
    Blob,
    Tree,
    /// An executable, a symbolic link or a submodule: nothing that this program writes.
    Other,
}

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::git) struct TreeEntry {
    pub(in crate::git) mode: Mode,
    /// As it is written, so that what is carried along stays what it was.
    pub(in crate::git) mode_text: Vec<u8>,
    pub(in crate::git) name: Vec<u8>,
    pub(in crate::git) id: Oid,
}

impl TreeEntry {
    /// A blob or a tree.
    pub(in crate::git) fn new(name: impl Into<Vec<u8>>, is_tree: bool, id: Oid) -> Self {
        let (mode, text) = if is_tree { (Mode::Tree, &b"40000"[..]) } else { (Mode::Blob, &b"100644"[..]) };
        Self { mode, mode_text: text.to_vec(), name: name.into(), id }
    }
}

/// The bytes of a tree with these entries, which are in the order Git asks for.
pub(in crate::git) fn encode_tree(entries: &[TreeEntry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * (4 + 8 + 20));
    for entry in entries {
        bytes.extend_from_slice(&entry.mode_text);
        bytes.push(b' ');
        bytes.extend_from_slice(&entry.name);
        bytes.push(0);
        bytes.extend_from_slice(entry.id.as_bytes());
    }
    bytes
}

/// The entries of a tree, or what is wrong with its bytes.
pub(in crate::git) fn parse_tree(mut bytes: &[u8]) -> Result<Vec<TreeEntry>, String> {
    let cut = || "its Git tree ends within an entry".to_owned();
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let space = bytes.iter().position(|byte| *byte == b' ').ok_or_else(cut)?;
        let (mode_text, rest) = (&bytes[..space], &bytes[space + 1..]);
        let end = rest.iter().position(|byte| *byte == 0).ok_or_else(cut)?;
        let (name, rest) = (&rest[..end], &rest[end + 1..]);
        let (id, rest) = rest.split_first_chunk().ok_or_else(cut)?;
        let mode = match mode_text {
            b"100644" | b"100664" => Mode::Blob,
            b"40000" => Mode::Tree,
            _ => Mode::Other,
        };
        entries.push(TreeEntry {
            mode,
            mode_text: mode_text.to_vec(),
            name: name.to_vec(),
            id: Oid::from_bytes(*id),
        });
        bytes = rest;
    }
    Ok(entries)
}
