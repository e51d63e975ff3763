//! The parameters of a tree, part of the format and so of every root.

use crate::{Error, Result};

/// Bounds of the nodes of one kind, in entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeBounds {
    /// An entry ends a node naturally when the hash of its key is the least among this many entries on both sides.
    pub window: u16,
    /// A node made by a cut has at least this many entries.
    pub min: u16,
    /// No node has more entries.
    pub max: u16,
}

/// What decides where nodes begin and end, and which values live outside their leaf.
///
/// Equal entries under equal parameters give equal roots; under other parameters they give other roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Bounds of leaves.
    pub leaf: NodeBounds,
    /// Bounds of internal nodes.
    pub internal: NodeBounds,
    /// A longer value, in bytes, lives out of line.
    pub inline_value_max: u32,
}

impl Parameters {
    /// Bytes of the encoded parameters in a node's header.
    pub const LENGTH: usize = 16;
    /// The largest `inline_value_max`.
    pub const INLINE_VALUE_LIMIT: u32 = 64 * 1024;
    /// The largest `max` of either kind of node.
    pub const MAX_LIMIT: u16 = 4096;

    /// Checks the bounds: `window >= 1`, `min >= 2`, `2 * min - 1 <= max <= 4096`, `inline_value_max <= 65536`.
    ///
    /// With `min` below 2 a cut could leave one entry in a node, and equal hashes would then grow the tree without end.
    ///
    /// # Errors
    /// [`Error::InvalidParameters`] names the bound that is broken.
    pub fn validate(&self) -> Result<()> {
        for (kind, bounds) in [("leaf", &self.leaf), ("internal", &self.internal)] {
            let NodeBounds { window, min, max } = *bounds;
            let fault = if window < 1 {
                format!("{kind} window is {window}, it must be at least 1")
            } else if min < 2 {
                format!("{kind} min is {min}, it must be at least 2")
            } else if u32::from(max) + 1 < 2 * u32::from(min) {
                format!("{kind} max is {max}, it must be at least 2 * min - 1 = {}", 2 * u32::from(min) - 1)
            } else if max > Self::MAX_LIMIT {
                format!("{kind} max is {max}, it must be at most {}", Self::MAX_LIMIT)
            } else {
                continue;
            };
            return Err(Error::InvalidParameters(fault));
        }
        if self.inline_value_max > Self::INLINE_VALUE_LIMIT {
            return Err(Error::InvalidParameters(format!(
                "inline value max is {}, it must be at most {}",
                self.inline_value_max,
                Self::INLINE_VALUE_LIMIT
            )));
        }
        Ok(())
    }

    /// The bounds of nodes at `level`; leaves are level 0.
    #[must_use]
    pub const fn bounds(&self, level: u8) -> NodeBounds {
        if level == 0 { self.leaf } else { self.internal }
    }

    /// The parameters as they stand in a node's header.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        let numbers = [
            self.leaf.window,
            self.leaf.min,
            self.leaf.max,
            self.internal.window,
            self.internal.min,
            self.internal.max,
        ];
        for (slot, number) in bytes.chunks_exact_mut(2).zip(numbers) {
            slot.copy_from_slice(&number.to_le_bytes());
        }
        bytes[12..].copy_from_slice(&self.inline_value_max.to_le_bytes());
        bytes
    }

    /// The inverse of [`Parameters::encode`], bounds checked.
    ///
    /// # Errors
    /// [`Error::InvalidParameters`].
    pub fn decode(bytes: &[u8; Self::LENGTH]) -> Result<Self> {
        let number = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let bounds = |at: usize| NodeBounds { window: number(at), min: number(at + 2), max: number(at + 4) };
        let inline_value_max = u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
        let parameters = Self { leaf: bounds(0), internal: bounds(6), inline_value_max };
        parameters.validate()?;
        Ok(parameters)
    }
}

impl Default for Parameters {
    /// Leaves of 32 entries in the mean (about 4 KiB for rows of 124 bytes), internal nodes of 48.
    fn default() -> Self {
        Self {
            leaf: NodeBounds { window: 16, min: 16, max: 64 },
            internal: NodeBounds { window: 24, min: 24, max: 96 },
            inline_value_max: 1024,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_round_trips() {
        let parameters = Parameters::default();
        assert_eq!(Parameters::decode(&parameters.encode()).unwrap(), parameters);
    }

    #[test]
    fn broken_bounds_are_refused() {
        let good = Parameters::default();
        let leaf = |window, min, max| Parameters { leaf: NodeBounds { window, min, max }, ..good };
        for bad in [leaf(0, 2, 8), leaf(4, 1, 8), leaf(4, 8, 14), leaf(4, 8, 4097)] {
            assert!(matches!(bad.validate(), Err(Error::InvalidParameters(_))), "{bad:?}");
        }
        assert!(leaf(4, 8, 15).validate().is_ok());
        assert!(Parameters { inline_value_max: 65_537, ..good }.validate().is_err());
    }
}
