//! Commits as a caller sees them.

use std::fmt;
use std::str::FromStr;

use prolly_storage::Address;

/// The id of a commit: the SHA-1 that Git gave it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommitId([u8; CommitId::LENGTH]);

impl CommitId {
    /// Bytes of an id.
    pub const LENGTH: usize = 20;

    /// The id with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// The first ten digits, as Git shows ids to people.
    #[must_use]
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(10);
        text
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CommitId({self})")
    }
}

/// The text was not 40 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a commit id is 40 hexadecimal digits, not {0:?}")]
pub struct ParseCommitIdError(String);

impl FromStr for CommitId {
    type Err = ParseCommitIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseCommitIdError(text.chars().take(80).collect());
        let digits = text.as_bytes();
        if digits.len() != 2 * Self::LENGTH {
            return Err(error());
        }
        let mut bytes = [0; Self::LENGTH];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16).ok_or_else(error);
            *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).map_err(|_| error())?;
        }
        Ok(Self(bytes))
    }
}

/// A moment, with the offset of the clock that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Minutes east of UTC.
    pub offset_minutes: i32,
}

/// Who made a commit, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// When.
    pub time: Time,
}

/// Who is to be named in a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// The name; neither empty nor holding `<`, `>` or a line break.
    pub name: String,
    /// The e-mail address, under the same rules.
    pub email: String,
    /// When; `None` for now.
    pub time: Option<Time>,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub id: CommitId,
    /// The commits it was made from: none for the first, two for a merge.
    pub parents: Vec<CommitId>,
    /// Who wrote it.
    pub author: Signature,
    /// Who committed it.
    pub committer: Signature,
    /// The message, without the `Prolly-Root` trailer.
    pub message: String,
    /// The root of its tree, from the trailer; `None` when the commit is not one of a store.
    pub root: Option<Address>,
}

/// How to commit.
#[derive(Clone, Debug, Default)]
pub struct CommitOptions {
    /// The message. It must not be empty.
    pub message: String,
    /// Who wrote the changes; `None` for who Git's configuration and environment name.
    pub author: Option<Author>,
    /// Who commits; `None` for the author when one is given, else for who Git names.
    pub committer: Option<Author>,
    /// Make a commit also when no key changed.
    pub allow_empty: bool,
}

impl CommitOptions {
    /// A commit with this message, by whom Git names.
    pub fn message(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_other_text_is_refused() {
        let id = CommitId::from_bytes(std::array::from_fn(|index| index as u8 * 13));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.short(), &id.to_string()[..10]);
        for text in ["", "12", &"g".repeat(40), &"0".repeat(41), &"é".repeat(20)] {
            assert!(text.parse::<CommitId>().is_err(), "{text}");
        }
    }
}
