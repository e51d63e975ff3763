//! Where each field of a node lies. `docs/format.md` draws it.

/// First bytes of every node.
pub(crate) const MAGIC: [u8; 4] = *b"PRLY";
/// The version of the format.
pub(crate) const VERSION: u8 = 1;

/// Magic, version, kind, level and a zero byte: common to all kinds.
pub(crate) const COMMON_HEADER: usize = 8;
pub(crate) const KIND_AT: usize = 5;
pub(crate) const LEVEL_AT: usize = 6;
pub(crate) const RESERVED_AT: usize = 7;

/// Leaf and internal nodes go on with parameters, entry count and length of the shared key prefix.
pub(crate) const PARAMETERS_AT: usize = COMMON_HEADER;
pub(crate) const COUNT_AT: usize = 24;
pub(crate) const PREFIX_LENGTH_AT: usize = 28;
pub(crate) const TREE_HEADER: usize = 32;

/// A link of a leaf: entry index, value length, address.
pub(crate) const LINK: usize = 4 + 4 + 32;
/// A child of an internal node: address, then a word of count and end.
pub(crate) const CHILD: usize = 32 + 8;
/// In a child's word: the child ends at a natural boundary.
pub(crate) const NATURAL_BIT: u64 = 1 << 63;

/// A chunk list goes on with the value's length and the number of chunks.
pub(crate) const CHUNK_LIST_HEADER: usize = COMMON_HEADER + 8 + 4;
/// A chunk: length, address.
pub(crate) const CHUNK: usize = 4 + 32;

/// The number at `at`; the caller has checked that it lies within `bytes`.
#[inline]
pub(crate) fn read_u32(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

/// The number at `at`; the caller has checked that it lies within `bytes`.
#[inline]
pub(crate) fn read_u64(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}
