//! Keyspaces: ranges of one tree, each under an eight-byte id.

use std::ops::Bound;

use bytes::{BufMut, Bytes, BytesMut};
use prolly_tree::KeyRange;

use crate::{Error, Result};

/// Bytes that a key may have, apart from the id of its keyspace.
pub const USER_KEY_MAX: usize = 8192;

/// The id of a keyspace: what every stored key begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyspaceId(pub(crate) u64);

/// What a keyspace holds. The codes are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyspaceKind {
    /// Entries of a named key-value namespace.
    Namespace,
    /// Rows of a table, by key.
    Table,
    /// What finds the rows of the table that owns it.
    Index,
    /// Nothing: its schema is a function.
    Function,
}

impl KeyspaceKind {
    const ALL: [Self; 4] = [Self::Namespace, Self::Table, Self::Index, Self::Function];

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Namespace => 1,
            Self::Table => 2,
            Self::Index => 3,
            Self::Function => 4,
        }
    }

    /// What a message calls one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Table => "table",
            Self::Index => "index",
            Self::Function => "function",
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl KeyspaceId {
    /// Bytes of an id.
    pub const LENGTH: usize = 8;
    /// Describes all others, and owns those that belong to none.
    pub const CATALOGUE: Self = Self(0);
    /// Entries without a namespace.
    pub const DEFAULT: Self = Self(1);
    /// What the working state has of a merge under way. No commit has it.
    pub(crate) const PENDING: Self = Self(2);

    /// The id as bytes, whose order is that of the keyspaces.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LENGTH] {
        self.0.to_be_bytes()
    }

    /// The inverse of [`KeyspaceId::to_bytes`].
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    /// Whether it holds no entries of the user.
    pub(crate) const fn is_internal(self) -> bool {
        matches!(self, Self::CATALOGUE | Self::PENDING)
    }

    /// The id for what comes to be with this kind, owner and name: the start of BLAKE3 over them and the least number
    /// whose id is not `taken`. So two branches that make the same thing agree, and a rename keeps the id.
    pub(crate) fn derive(
        kind: KeyspaceKind,
        owner: Self,
        name: &str,
        mut taken: impl FnMut(Self) -> bool,
    ) -> Result<Self> {
        for number in 0..=u32::MAX {
            let mut hasher = blake3::Hasher::new();
            for field in [&[kind.code()][..], &owner.0.to_be_bytes(), name.as_bytes(), &number.to_be_bytes()]
            {
                hasher.update(&(field.len() as u64).to_be_bytes());
                hasher.update(field);
            }
            let mut start = [0; Self::LENGTH];
            start.copy_from_slice(&hasher.finalize().as_bytes()[..Self::LENGTH]);
            let id = Self(u64::from_be_bytes(start));
            if ![Self::CATALOGUE, Self::DEFAULT, Self::PENDING].contains(&id) && !taken(id) {
                return Ok(id);
            }
        }
        Err(Error::invalid(format!("the name {name:?}"), "was used four thousand million times"))
    }

    /// The id in the stored key of an entry.
    pub(crate) fn of_stored(key: &[u8]) -> Option<Self> {
        key.first_chunk().map(|id| Self(u64::from_be_bytes(*id)))
    }

    /// The stored key of `key`.
    pub(crate) fn stored(self, key: &[u8]) -> Bytes {
        let mut stored = BytesMut::with_capacity(Self::LENGTH + key.len());
        stored.put_u64(self.0);
        stored.put_slice(key);
        stored.freeze()
    }

    /// The stored key of `key`, checked for length.
    pub(crate) fn checked(self, key: &[u8]) -> Result<Bytes> {
        match key.len() {
            0..=USER_KEY_MAX => Ok(self.stored(key)),
            length => Err(Error::invalid(
                "the key",
                format!("has {length} bytes, at most {USER_KEY_MAX} are allowed"),
            )),
        }
    }

    /// All stored keys of the keyspace. It ends at the next id, or at the end of the tree.
    pub(crate) fn range(self) -> KeyRange {
        KeyRange { lower: Bound::Included(self.stored(&[])), upper: self.end() }
    }

    /// The stored keys of the user's keys in `range`.
    pub(crate) fn within(self, range: &KeyRange) -> KeyRange {
        let lower = match &range.lower {
            Bound::Included(key) => Bound::Included(self.stored(key)),
            Bound::Excluded(key) => Bound::Excluded(self.stored(key)),
            Bound::Unbounded => Bound::Included(self.stored(&[])),
        };
        let upper = match &range.upper {
            Bound::Included(key) => Bound::Included(self.stored(key)),
            Bound::Excluded(key) => Bound::Excluded(self.stored(key)),
            Bound::Unbounded => self.end(),
        };
        KeyRange { lower, upper }
    }

    fn end(self) -> Bound<Bytes> {
        self.0.checked_add(1).map_or(Bound::Unbounded, |next| Bound::Excluded(Self(next).stored(&[])))
    }
}

/// The user's key in a stored one.
pub(crate) fn user_key(stored: &Bytes) -> Bytes {
    stored.slice(KeyspaceId::LENGTH.min(stored.len())..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derive(name: &str, taken: &[KeyspaceId]) -> KeyspaceId {
        KeyspaceId::derive(KeyspaceKind::Namespace, KeyspaceId::CATALOGUE, name, |id| taken.contains(&id))
            .unwrap()
    }

    #[test]
    fn ids_are_derived_and_not_counted() {
        // Part of the format: this id must never change.
        let flags = derive("flags", &[]);
        assert_eq!(format!("{:016x}", flags.0), FLAGS);
        assert_eq!(derive("flags", &[derive("other", &[])]), flags);
        let second = derive("flags", &[flags]);
        assert_ne!(second, flags);
        assert_eq!(derive("flags", &[second]), flags, "the least number is taken again");
    }

    const FLAGS: &str = "71c46ddfef116b4c";

    #[test]
    fn ranges_hold_exactly_their_keyspace() {
        for id in [KeyspaceId(0), KeyspaceId(1), KeyspaceId(0xff), KeyspaceId(u64::MAX)] {
            let range = id.range();
            assert!(range.contains(&id.stored(b"")));
            assert!(range.contains(&id.stored(&[0xff; 40])));
            for other in [id.0.checked_sub(1), id.0.checked_add(1)].into_iter().flatten() {
                assert!(!range.contains(&KeyspaceId(other).stored(&[0xff; 40])));
                assert!(!range.contains(&KeyspaceId(other).stored(b"")));
            }
        }
    }

    #[test]
    fn ranges_of_user_keys_stay_within() {
        let id = KeyspaceId(7);
        let range = id.within(&KeyRange::prefix(b"a"));
        assert!(range.contains(&id.stored(b"ab")));
        assert!(!range.contains(&id.stored(b"b")));
        assert!(!range.contains(&KeyspaceId(8).stored(b"ab")));
        assert_eq!(id.within(&KeyRange::all()), id.range());
        assert_eq!(id.within(&KeyRange::prefix(b"\xff")).upper, id.range().upper);
    }

    #[test]
    fn long_keys_are_refused() {
        assert!(KeyspaceId::DEFAULT.checked(&[b'k'; USER_KEY_MAX]).is_ok());
        assert!(matches!(
            KeyspaceId::DEFAULT.checked(&[b'k'; USER_KEY_MAX + 1]),
            Err(Error::InvalidArgument { .. })
        ));
        assert_eq!(user_key(&KeyspaceId::DEFAULT.stored(b"key")), &b"key"[..]);
    }
}
