//! Where a storage keeps a node, as its parent knows it.

use std::sync::Arc;

use crate::Address;

/// A storage's own name for a node, handed back to it when the node is asked for.
///
/// A storage that finds nodes by address alone gives [`Locator::None`]. Git names objects by its own hash; the parent
/// of a node learns that name when it is read, so no index from addresses to object ids is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locator {
    /// Nothing but the address is known.
    #[default]
    None,
    /// The id (SHA-1) of a Git blob: a node without links.
    GitBlob([u8; 20]),
    /// The id (SHA-1) of a Git tree: a node and what it links to.
    GitTree([u8; 20]),
}

/// The locators of a node's links, one a link and in the order of [`Node::links`](crate::Node::links); `None` stands
/// for [`Locator::None`] throughout.
pub type Locators = Option<Arc<[Locator]>>;

/// What it takes to load a node: its address, and where its storage keeps it.
#[derive(Clone, Copy, Debug)]
pub struct NodeRef {
    /// Names the bytes.
    pub address: Address,
    /// Helps the storage find them.
    pub locator: Locator,
}

impl NodeRef {
    /// A reference that says where the node is kept.
    #[must_use]
    pub const fn new(address: Address, locator: Locator) -> Self {
        Self { address, locator }
    }
}

impl From<Address> for NodeRef {
    fn from(address: Address) -> Self {
        Self { address, locator: Locator::None }
    }
}

/// References are equal when they name the same bytes, wherever these are kept.
impl PartialEq for NodeRef {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl Eq for NodeRef {}
