//! Which links lead further down.

use super::layout::{KIND_AT, LEVEL_AT};
use super::{BLOB_VALUE_MAX, Kind, Node};
use crate::NodeRef;

impl Node {
    /// The nodes it names, in key order, each with whether it is a blob, which names nothing itself. So a walk over all
    /// that a root reaches need not read the blobs.
    pub fn links_and_blobs(&self) -> impl ExactSizeIterator<Item = (NodeRef, bool)> + '_ {
        (0..self.link_count()).map(|index| match self.kind {
            Kind::Leaf => {
                let link = self.value_link(index);
                (link.target, link.length as usize <= BLOB_VALUE_MAX)
            }
            Kind::Internal => (self.child(index).target, false),
            Kind::ChunkList | Kind::Blob => (self.chunk(index).0, true),
        })
    }

    /// Where it stands among nodes: a node links only to nodes of lower rank. Blobs have rank 0, then come chunk lists,
    /// leaves, and internal nodes by level.
    #[must_use]
    pub fn rank(&self) -> u16 {
        Self::rank_of(&self.bytes)
    }

    /// The rank that stored bytes claim, unverified; the first eight are enough, and with fewer it is 0.
    #[must_use]
    pub fn rank_of(bytes: &[u8]) -> u16 {
        match (bytes.get(KIND_AT), bytes.get(LEVEL_AT)) {
            (Some(&kind), Some(&level)) if kind == Kind::Internal.code() => 2 + u16::from(level),
            (Some(&kind), _) if kind == Kind::Leaf.code() => 2,
            (Some(&kind), _) if kind == Kind::ChunkList.code() => 1,
            _ => 0,
        }
    }
}
