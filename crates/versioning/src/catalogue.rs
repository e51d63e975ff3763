//! The catalogue: which keyspaces a version has.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prolly_tree::{Direction, MutableTree};

use crate::keyspace::{KeyspaceId, KeyspaceKind, user_key};
use crate::{Error, Namespace, Result};

/// The first byte of an entry's value: the version of its encoding.
const ENCODING: u8 = 1;

/// What the catalogue says of one keyspace. Its key is the keyspace's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyspace {
    /// What it holds.
    pub kind: KeyspaceKind,
    /// The keyspace this one belongs to, such as the table of an index; [`KeyspaceId::CATALOGUE`] when it belongs to none.
    pub owner: KeyspaceId,
    /// Its name, among those of one kind and owner.
    pub name: Arc<str>,
    /// What the kind keeps about its entries; nothing for namespaces.
    pub schema: Bytes,
}

impl Keyspace {
    pub(crate) fn namespace(name: &str) -> Self {
        let (kind, owner) = (KeyspaceKind::Namespace, KeyspaceId::CATALOGUE);
        Self { kind, owner, name: name.into(), schema: Bytes::new() }
    }

    /// Encoding, kind, owner (eight bytes), length of the name (four) and name, length of the schema and schema. Numbers
    /// are big endian.
    pub(crate) fn encode(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(18 + self.name.len() + self.schema.len());
        bytes.put_u8(ENCODING);
        bytes.put_u8(self.kind.code());
        bytes.put_u64(self.owner.0);
        for field in [self.name.as_bytes(), &self.schema] {
            // Names and schemas are far below four gigabytes: values end at 256 MiB.
            bytes.put_u32(u32::try_from(field.len()).unwrap_or(u32::MAX));
            bytes.put_slice(field);
        }
        bytes.freeze()
    }

    /// The inverse of [`Keyspace::encode`]: accepts what it writes and nothing else.
    pub(crate) fn decode(mut bytes: Bytes) -> Option<Self> {
        if bytes.len() < 10 || bytes.get_u8() != ENCODING {
            return None;
        }
        let kind = KeyspaceKind::from_code(bytes.get_u8())?;
        let owner = KeyspaceId(bytes.get_u64());
        let mut field = || {
            let length = bytes.try_get_u32().ok()? as usize;
            (length <= bytes.len()).then(|| bytes.split_to(length))
        };
        let (name, schema) = (field()?, field()?);
        let name = std::str::from_utf8(&name).ok()?.into();
        bytes.is_empty().then_some(Self { kind, owner, name, schema })
    }
}

/// All keyspaces of a version but the catalogue itself and the default one, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    pub(crate) keyspaces: BTreeMap<KeyspaceId, Keyspace>,
}

impl Catalogue {
    /// What it says of the keyspace `id`.
    #[must_use]
    pub fn get(&self, id: KeyspaceId) -> Option<&Keyspace> {
        self.keyspaces.get(&id)
    }

    /// All keyspaces, by id.
    pub fn iter(&self) -> impl Iterator<Item = (KeyspaceId, &Keyspace)> {
        self.keyspaces.iter().map(|(id, keyspace)| (*id, keyspace))
    }

    /// Whether there is a table.
    pub(crate) fn has_tables(&self) -> bool {
        self.keyspaces.values().any(|keyspace| keyspace.kind == KeyspaceKind::Table)
    }

    /// Whether a keyspace holds what other entries are found by, and nothing of its own.
    pub(crate) fn is_index(&self, id: KeyspaceId) -> bool {
        self.keyspaces.get(&id).is_some_and(|keyspace| keyspace.kind == KeyspaceKind::Index)
    }

    /// Reads the catalogue of a version. Cost: a scan of its keyspace, O(depth) for a few namespaces.
    pub(crate) fn read(tree: &MutableTree) -> Result<Self> {
        let mut keyspaces = BTreeMap::new();
        for entry in tree.entries(KeyspaceId::CATALOGUE.range(), Direction::Forward) {
            let entry = entry?;
            let (key, value) = (user_key(&entry.key), tree.tree().read(&entry.value)?);
            let (id, keyspace) = Self::decode_entry(&key, value)?;
            keyspaces.insert(id, keyspace);
        }
        Ok(Self { keyspaces })
    }

    pub(crate) fn decode_entry(key: &[u8], value: Bytes) -> Result<(KeyspaceId, Keyspace)> {
        let id = <[u8; KeyspaceId::LENGTH]>::try_from(key).ok().map(|id| KeyspaceId(u64::from_be_bytes(id)));
        let keyspace = Keyspace::decode(value);
        id.zip(keyspace).ok_or_else(|| Error::Corruption {
            subject: format!("the catalogue entry {}", key.escape_ascii()),
            reason: "it is none that this version writes".into(),
        })
    }

    /// The stored key of the catalogue's entry for `id`.
    pub(crate) fn key(id: KeyspaceId) -> Bytes {
        KeyspaceId::CATALOGUE.stored(&id.0.to_be_bytes())
    }

    /// The keyspace of a kind and name that belongs to `owner`. Cost: a look at all of them.
    #[must_use]
    pub fn find(&self, kind: KeyspaceKind, owner: KeyspaceId, name: &str) -> Option<KeyspaceId> {
        let is_it =
            |keyspace: &Keyspace| keyspace.kind == kind && keyspace.owner == owner && &*keyspace.name == name;
        self.keyspaces.iter().find(|(_, keyspace)| is_it(keyspace)).map(|(id, _)| *id)
    }

    /// The id of the namespace `name`.
    pub(crate) fn namespace(&self, name: &str) -> Option<KeyspaceId> {
        self.find(KeyspaceKind::Namespace, KeyspaceId::CATALOGUE, name)
    }

    /// The id under which `namespace` is kept; `None` when it is not there.
    #[must_use]
    pub fn id_of(&self, namespace: &Namespace) -> Option<KeyspaceId> {
        match namespace {
            Namespace::Default => Some(KeyspaceId::DEFAULT),
            Namespace::Named(name) => self.namespace(name),
        }
    }

    /// The name of the keyspace with this id; `None` for the default one.
    pub(crate) fn name_of(&self, id: KeyspaceId) -> Option<Arc<str>> {
        self.keyspaces.get(&id).map(|keyspace| Arc::clone(&keyspace.name))
    }

    /// The id that a new keyspace has.
    pub(crate) fn new_id(&self, kind: KeyspaceKind, owner: KeyspaceId, name: &str) -> Result<KeyspaceId> {
        KeyspaceId::derive(kind, owner, name, |id| self.keyspaces.contains_key(&id))
    }

    /// The namespaces and their ids, by name.
    pub(crate) fn namespaces(&self) -> BTreeMap<Arc<str>, KeyspaceId> {
        let namespaces =
            self.keyspaces.iter().filter(|(_, keyspace)| keyspace.kind == KeyspaceKind::Namespace);
        namespaces.map(|(id, keyspace)| (Arc::clone(&keyspace.name), *id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_round_trip_and_nothing_else_is_accepted() {
        let keyspace = Keyspace { schema: Bytes::from_static(b"schema"), ..Keyspace::namespace("flags") };
        let bytes = keyspace.encode();
        assert_eq!(Keyspace::decode(bytes.clone()), Some(keyspace));
        for length in 0..bytes.len() {
            assert_eq!(Keyspace::decode(bytes.slice(..length)), None, "{length}");
        }
        assert_eq!(Keyspace::decode([&bytes[..], b"x"].concat().into()), None);
        for (at, value) in [(0, 2), (1, 9), (14, 0xff)] {
            let mut broken = bytes.to_vec();
            broken[at] = value;
            assert_eq!(Keyspace::decode(broken.into()), None, "{at}");
        }
    }

    #[test]
    fn a_used_id_is_not_given_again() {
        let mut catalogue = Catalogue::default();
        let first = catalogue.new_id(KeyspaceKind::Namespace, KeyspaceId::CATALOGUE, "flags").unwrap();
        catalogue.keyspaces.insert(first, Keyspace::namespace("renamed"));
        let second = catalogue.new_id(KeyspaceKind::Namespace, KeyspaceId::CATALOGUE, "flags").unwrap();
        assert_ne!(first, second);
        catalogue.keyspaces.insert(second, Keyspace::namespace("flags"));
        assert_eq!(catalogue.namespace("flags"), Some(second));
        assert_eq!(catalogue.id_of(&Namespace::Default), Some(KeyspaceId::DEFAULT));
        assert_eq!(catalogue.id_of(&Namespace::named("other").unwrap()), None);
        assert_eq!(catalogue.name_of(first).as_deref(), Some("renamed"));
        assert_eq!(catalogue.namespaces().len(), 2);
    }
}
