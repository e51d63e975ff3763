//! The address of a node: a hash of its bytes.

use std::fmt;
use std::str::FromStr;

use crate::hash::{blake3_256, blake3_256_many};

/// BLAKE3-256 of a node's canonical bytes.
///
/// Two nodes have one address exactly when their bytes are equal, whatever the storage and platform.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address([u8; Address::LENGTH]);

impl Address {
    /// Bytes in an address.
    pub const LENGTH: usize = 32;

    /// The address of `bytes`. Cost: one pass over `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3_256(bytes))
    }

    /// The addresses of many byte strings. Cost: one pass over each.
    pub(crate) fn of_each(bytes: &[&[u8]]) -> Vec<Self> {
        blake3_256_many(bytes).into_iter().map(Self).collect()
    }

    /// The address with these 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// The address in the first 32 bytes of `bytes`, or `None` when there are fewer.
    #[must_use]
    pub fn from_prefix(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().map(|chunk| Self(*chunk))
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// The first eight bytes as a number: uniformly distributed, so good enough to place an entry in a hash table.
    #[must_use]
    pub fn word(&self) -> u64 {
        let mut word = [0; 8];
        word.copy_from_slice(&self.0[..8]);
        u64::from_le_bytes(word)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Address({self})")
    }
}

/// The text was not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an address is 64 hexadecimal digits, not {0:?}")]
pub struct ParseAddressError(String);

impl FromStr for Address {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; Self::LENGTH];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| ParseAddressError(text.chars().take(80).collect()))?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        let address = Address::of(b"node");
        assert_eq!(address.to_string().parse(), Ok(address));
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "00", &"g".repeat(64), &"0".repeat(65), &"é".repeat(32)] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
