//! Proofs of what a version holds, checked against the root of its tree alone: the one that its commit names.
//!
//! A proof of a store is one of its tree ([`prolly_tree::proof`]) after the id of the keyspace that was asked. For a named
//! namespace it has the whole catalogue: so it proves that the name stands for this keyspace and no other, or that there
//! is no such namespace. `docs/proofs.md` draws the bytes.
//!
//! ```
//! use prolly_versioning::{Author, CommitOptions, InitOptions, KeyRange, Namespace, VersionedStore, proof};
//!
//! # fn main() -> prolly_versioning::Result<()> {
//! let store = VersionedStore::memory(InitOptions::default())?;
//! let flags = Namespace::named("flags")?;
//! store.put(&flags, "dark", "on")?;
//! let ada = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
//! store.commit(&CommitOptions { author: Some(ada), ..CommitOptions::message("begin") })?;
//!
//! let version = store.at("HEAD")?;
//! let query = [KeyRange::one("dark"), KeyRange::prefix(b"light")];
//! let bytes = version.prove(&flags, &query)?;
//!
//! let entries = proof::verify(&version.root(), &bytes, &flags, &query)?;
//! assert_eq!(entries.len(), 1);
//! assert_eq!((&entries[0].key[..], entries[0].value.bytes().as_deref()), (&b"dark"[..], Some(&b"on"[..])));
//! # Ok(())
//! # }
//! ```

use bytes::{BufMut, Bytes, BytesMut};
use prolly_tree::proof::ProvenValue;
use prolly_tree::{Error as TreeError, KeyRange};

use crate::catalogue::Catalogue;
use crate::keyspace::{KeyspaceId, user_key};
use crate::{Address, Namespace, Result, Snapshot};

pub use prolly_tree::proof::ProvenEntry;

/// First bytes of every proof of a store.
const MAGIC: [u8; 4] = *b"PRLV";
/// The version of the format.
const VERSION: u8 = 1;
/// Magic, version, id of the keyspace.
const HEADER: usize = 5 + KeyspaceId::LENGTH;

impl Snapshot {
    /// The bytes that prove which entries of a namespace lie in `ranges`, and that there are no others, for
    /// [`verify`]. A key is a range of its own ([`KeyRange::one`]). Ranges may come in any order, and overlap.
    ///
    /// They hold each node on the way to the answer once, and its values. A version, a query and a namespace have one
    /// proof.
    ///
    /// Cost: each node of the proof is loaded once, O(depth) for a key; for a named namespace those of the catalogue as
    /// well, which has an entry for each named namespace; memory for the whole proof.
    ///
    /// # Errors
    /// When a node cannot be loaded. That there is no such namespace is proven too.
    pub fn prove(&self, namespace: &Namespace, ranges: &[KeyRange]) -> Result<Bytes> {
        let id = self.entries.id_of(namespace)?.unwrap_or(KeyspaceId::CATALOGUE);
        let proof = self.entries.tree.tree().prove(&stored_ranges(namespace, id, ranges)[..])?;
        let mut bytes = BytesMut::with_capacity(HEADER + proof.len());
        bytes.put_slice(&MAGIC);
        bytes.put_u8(VERSION);
        bytes.put_u64(id.0);
        bytes.put_slice(&proof);
        Ok(bytes.freeze())
    }
}

/// The entries of `namespace` in `ranges` in the version whose tree has this root, in key order and each once, as `proof`
/// proves them. A namespace that is not there has none. Their values are whole.
///
/// Two proofs under one root never give a key two answers, whoever made the tree: a name that the catalogue has twice
/// stands for the keyspace of the lower id.
///
/// Cost: one copy, one hash and one pass over the proof, O(proof) memory whatever its bytes say.
///
/// # Errors
/// [`InvalidProof`](TreeError::InvalidProof) when it does not prove the answer; it says nothing about the version then.
/// [`Corruption`](crate::Error::Corruption) when it proves a catalogue that is none.
pub fn verify(
    root: &Address,
    proof: &[u8],
    namespace: &Namespace,
    ranges: &[KeyRange],
) -> Result<Vec<ProvenEntry>> {
    let (magic, rest) = proof.split_first_chunk().unwrap_or((&[0; 4], &[]));
    if *magic != MAGIC {
        return Err(invalid("it is none of a store: it does not begin with the magic PRLV"));
    }
    let [version, rest @ ..] = rest else { return Err(invalid("it ends within its header")) };
    if *version != VERSION {
        return Err(invalid(format!("format version {version} is unknown, this program reads {VERSION}")));
    }
    let Some((id, rest)) = rest.split_first_chunk() else {
        return Err(invalid("it ends within its header"));
    };
    let id = KeyspaceId(u64::from_be_bytes(*id));
    let proven = prolly_tree::proof::verify(root, rest, &stored_ranges(namespace, id, ranges)[..])?;
    if proven.iter().any(|entry| matches!(entry.value, ProvenValue::Link(_))) {
        return Err(invalid("it leaves out bytes of values"));
    }
    let (catalogue, entries): (Vec<_>, Vec<_>) = proven
        .into_iter()
        .partition(|entry| KeyspaceId::of_stored(&entry.key) == Some(KeyspaceId::CATALOGUE));
    let named = match namespace {
        Namespace::Default => KeyspaceId::DEFAULT,
        Namespace::Named(name) => catalogue_of(catalogue)?.namespace(name).unwrap_or(KeyspaceId::CATALOGUE),
    };
    if named != id {
        return Err(invalid(format!("it is one of another keyspace than {namespace}")));
    }
    Ok(entries.into_iter().map(|entry| ProvenEntry { key: user_key(&entry.key), ..entry }).collect())
}

/// What of the tree answers a query: for a named namespace the catalogue, and the entries of its keyspace if there is one.
fn stored_ranges(namespace: &Namespace, id: KeyspaceId, ranges: &[KeyRange]) -> Vec<KeyRange> {
    let catalogue = (*namespace != Namespace::Default).then(|| KeyspaceId::CATALOGUE.range());
    let asked = ranges.iter().filter(|range| !range.is_empty() && id != KeyspaceId::CATALOGUE);
    catalogue.into_iter().chain(asked.map(|range| id.within(range))).collect()
}

fn catalogue_of(entries: Vec<ProvenEntry>) -> Result<Catalogue> {
    let entries = entries.into_iter().map(|entry| {
        let value = entry.value.bytes().unwrap_or_default();
        Catalogue::decode_entry(&user_key(&entry.key), value)
    });
    Ok(Catalogue { keyspaces: entries.collect::<Result<_>>()? })
}

fn invalid(reason: impl Into<String>) -> crate::Error {
    TreeError::InvalidProof { reason: reason.into() }.into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prolly_storage::{MemoryStorage, NodeStore, Parameters};
    use prolly_tree::{Edit, Tree};

    use super::*;
    use crate::catalogue::Keyspace;

    fn proof_of(tree: &Tree, namespace: &Namespace, id: KeyspaceId, ranges: &[KeyRange]) -> Vec<u8> {
        let proof = tree.prove(&stored_ranges(namespace, id, ranges)[..]).unwrap();
        [&MAGIC[..], &[VERSION], &id.0.to_be_bytes(), &proof].concat()
    }

    #[test]
    fn a_name_that_a_hostile_catalogue_has_twice_stands_for_one_keyspace() {
        let store = NodeStore::new(Arc::new(MemoryStorage::new()));
        let (first, second) = (KeyspaceId(5), KeyspaceId(9));
        let named = |id| Edit::put(Catalogue::key(id), Keyspace::namespace("flags").encode());
        let entry = |id: KeyspaceId, value: &'static str| Edit::put(id.stored(b"dark"), value);
        let edits = [named(first), named(second), entry(first, "on"), entry(second, "off")];
        let tree = Tree::empty(store, Parameters::default()).unwrap().apply(edits).unwrap();
        let (root, flags, dark) =
            (tree.root().address, Namespace::named("flags").unwrap(), [KeyRange::one("dark")]);

        let proven = verify(&root, &proof_of(&tree, &flags, first, &dark), &flags, &dark).unwrap();
        assert_eq!(proven[0].value.bytes().as_deref(), Some(&b"on"[..]));
        // A single leaf: each proof has all of the tree, and only the id says which keyspace is meant.
        for id in [second, KeyspaceId::CATALOGUE, KeyspaceId::DEFAULT, KeyspaceId(7)] {
            let proof = proof_of(&tree, &flags, id, &dark);
            assert!(verify(&root, &proof, &flags, &dark).is_err(), "{id:?}");
        }
        for id in [first, KeyspaceId::CATALOGUE] {
            let proof = proof_of(&tree, &Namespace::Default, id, &dark);
            assert!(verify(&root, &proof, &Namespace::Default, &dark).is_err(), "{id:?}");
        }
    }

    #[test]
    fn proofs_of_a_bare_tree_and_of_links_are_refused() {
        let store = NodeStore::new(Arc::new(MemoryStorage::new()));
        let key = KeyspaceId::DEFAULT.stored(b"long");
        let tree = Tree::empty(store, Parameters::default()).unwrap();
        let tree = tree.apply([Edit::put(key.clone(), vec![7; 5000])]).unwrap();
        let (root, query) = (tree.root().address, [KeyRange::one("long")]);
        let bare = tree.prove(&KeyRange::one(key.clone())).unwrap();
        assert!(verify(&root, &bare, &Namespace::Default, &query).is_err());
        let header = [&MAGIC[..], &[VERSION], &KeyspaceId::DEFAULT.0.to_be_bytes()].concat();
        assert!(verify(&root, &[&header[..], &bare].concat(), &Namespace::Default, &query).is_ok());
        let links = tree.prove_links(&KeyRange::one(key)).unwrap();
        assert!(verify(&root, &[&header[..], &links].concat(), &Namespace::Default, &query).is_err());
    }
}
