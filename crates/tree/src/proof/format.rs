//! The bytes of a proof: a header, then nodes, each after its length.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use prolly_storage::{Address, Node, StoredNode};

use crate::{Error, Result};

/// First bytes of every proof.
const MAGIC: [u8; 4] = *b"PRLP";
/// The version of the format.
const VERSION: u8 = 1;
/// Magic, version, form.
const HEADER: usize = 6;
/// The length before each node, in bytes.
const LENGTH: usize = 4;

/// How much of the values that live outside their leaf a proof carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Their nodes.
    Complete = 0,
    /// Nothing: links alone are proven. Only where there are such values, so that each proof has one spelling.
    LinksOnly = 1,
}

/// The bytes of a proof. Cost: one copy of the nodes.
pub(super) fn write(form: Form, nodes: &[Arc<Node>]) -> Bytes {
    let length = HEADER + nodes.iter().map(|node| LENGTH + node.bytes().len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[VERSION, form as u8]);
    for node in nodes {
        // Nodes stay below 4 GiB.
        let length = u32::try_from(node.bytes().len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(node.bytes());
    }
    bytes.into()
}

/// Takes the nodes of a proof one after the other.
pub(super) struct Reader {
    rest: Bytes,
}

impl Reader {
    /// Reads the header. Cost: one copy of the proof, which all nodes share.
    pub(super) fn new(proof: &[u8]) -> Result<(Form, Self)> {
        let (magic, rest) = proof.split_first_chunk().unwrap_or((&[0; 4], &[]));
        if *magic != MAGIC {
            return Err(invalid("it does not begin with the magic PRLP"));
        }
        let [version, form, rest @ ..] = rest else { return Err(invalid("it ends within its header")) };
        if *version != VERSION {
            return Err(invalid(format!(
                "format version {version} is unknown, this program reads {VERSION}"
            )));
        }
        let form = match form {
            0 => Form::Complete,
            1 => Form::LinksOnly,
            form => return Err(invalid(format!("form {form} is unknown"))),
        };
        Ok((form, Self { rest: Bytes::copy_from_slice(rest) }))
    }

    /// The next node, which must be the one with this address. Cost: one hash and one pass over its bytes.
    pub(super) fn node(&mut self, address: &Address) -> Result<Node> {
        let length =
            self.rest.try_get_u32_le().map_err(|_| invalid(format!("it ends before node {address}")))?;
        let length = length as usize;
        if length > self.rest.len() {
            return Err(invalid(format!("it ends within node {address}")));
        }
        let stored = StoredNode { bytes: self.rest.split_to(length), locators: None };
        Node::decode(address, stored).map_err(|fault| invalid(fault.to_string()))
    }

    /// That nothing follows.
    pub(super) fn finish(self) -> Result<()> {
        match self.rest.len() {
            0 => Ok(()),
            surplus => Err(invalid(format!("{surplus} bytes follow the nodes that the query needs"))),
        }
    }
}

/// The fault of a proof.
pub(super) fn invalid(reason: impl Into<String>) -> Error {
    Error::InvalidProof { reason: reason.into() }
}
