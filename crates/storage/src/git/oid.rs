//! The id of a Git object.

use std::fmt;
use std::str::FromStr;

use crate::Locator;

/// The id of a Git object: SHA-1 of its kind, length and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid([u8; Oid::LENGTH]);

impl Oid {
    /// Bytes in an id.
    pub const LENGTH: usize = 20;
    /// What Git writes where there is no object.
    pub const ZERO: Self = Self([0; Self::LENGTH]);

    /// The id with these 20 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// The first digits of the id, enough to show to people.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..10].to_owned()
    }

    pub(super) fn of(id: git2::Oid) -> Self {
        let mut bytes = [0; Self::LENGTH];
        for (slot, byte) in bytes.iter_mut().zip(id.as_bytes()) {
            *slot = *byte;
        }
        Self(bytes)
    }

    pub(super) fn git(self) -> git2::Oid {
        // The length is the one libgit2 asks for, so it cannot refuse.
        git2::Oid::from_bytes(&self.0).unwrap_or(git2::Oid::ZERO_SHA1)
    }

    /// The id in a node's locator, if it has one.
    pub(super) const fn of_locator(locator: &Locator) -> Option<Self> {
        match locator {
            Locator::None => None,
            Locator::GitBlob(bytes) | Locator::GitTree(bytes) => Some(Self(*bytes)),
        }
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Oid({self})")
    }
}

/// The text was not 40 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a Git object id is 40 hexadecimal digits, not {0:?}")]
pub struct ParseOidError(String);

impl FromStr for Oid {
    type Err = ParseOidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; Self::LENGTH];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| ParseOidError(text.chars().take(60).collect()))?;
        Ok(Self(bytes))
    }
}
