//! Proofs: what a tree holds, for whoever knows its root hash alone.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use napi::Env;
use napi::bindgen_prelude::{Either, PromiseRaw, Uint8Array};
use napi_derive::napi;
use prolly_storage::{Address, Link};
use prolly_tree::proof::{self, ProvenEntry, ProvenValue};
use prolly_tree::{Error, Tree};
use prolly_versioning::Namespace;

use crate::blocking::{promise, promise_on};
use crate::cursor::NativeCursor;
use crate::fault::Result;
use crate::key_query::KeyQuery;
use crate::namespaced::namespace_of;
use crate::page::Record;
use crate::queries::NativeTreeQueries;
use crate::range::NativeRange;
use crate::records::IteratedRecords;
use crate::storage::address;

/// A part of the answer: the key, where the query does not name it, and the value, if there is one.
type Part = (Option<Bytes>, Option<ProvenValue>);

impl KeyQuery {
    fn prove(&self, tree: &Tree, links_only: bool) -> Result<Bytes> {
        Ok(match (self, links_only) {
            (Self::Keys(keys), false) => tree.prove(&keys[..])?,
            (Self::Keys(keys), true) => tree.prove_links(&keys[..])?,
            (Self::Range(range), false) => tree.prove(range)?,
            (Self::Range(range), true) => tree.prove_links(range)?,
        })
    }

    fn verify(&self, root: &Address, proof: &[u8]) -> Result<Vec<Part>> {
        Ok(match self {
            Self::Keys(keys) => {
                proof::verify(root, proof, &keys[..])?.into_iter().map(|value| (None, value)).collect()
            }
            Self::Range(range) => proof::verify(root, proof, range)?.into_iter().map(part).collect(),
        })
    }

    fn verify_of_store(&self, root: &Address, proof: &[u8], namespace: &Namespace) -> Result<Vec<Part>> {
        let entries = prolly_versioning::proof::verify(root, proof, namespace, &self.ranges())?;
        Ok(match self {
            Self::Keys(keys) => {
                let find = |key: &Bytes| entries.binary_search_by(|entry| entry.key.cmp(key)).ok();
                keys.iter().map(|key| (None, find(key).map(|found| entries[found].value.clone()))).collect()
            }
            Self::Range(_) => entries.into_iter().map(part).collect(),
        })
    }
}

fn part(entry: ProvenEntry) -> Part {
    (Some(entry.key), Some(entry.value))
}

#[napi]
impl NativeTreeQueries {
    /// The bytes that prove the answer to a query: a page of keys, or a range.
    #[napi(catch_unwind)]
    pub fn prove<'env>(
        &self,
        env: &'env Env,
        query: Either<Uint8Array, NativeRange>,
        links_only: bool,
    ) -> napi::Result<PromiseRaw<'env, Uint8Array>> {
        let (query, tree) = (KeyQuery::read(query)?, Arc::clone(&self.tree));
        promise_on(env, &self.threads, move || {
            let proof = query.prove(&tree.current()?, links_only)?;
            Ok(Uint8Array::from(Vec::from(proof)))
        })
    }
}

/// The answer to a query, as a proof proves it: records of key, value and link. For keys there is one for each, without
/// the key. Long values are joined when their page is made.
#[napi(catch_unwind)]
pub fn verify_proof<'env>(
    env: &'env Env,
    root_hash: String,
    proof: &[u8],
    query: Either<Uint8Array, NativeRange>,
    allow_links: bool,
) -> napi::Result<PromiseRaw<'env, NativeCursor>> {
    let (root, query) = (address(&root_hash)?, KeyQuery::read(query)?);
    // JavaScript may write to its memory while another thread reads.
    let proof = Bytes::copy_from_slice(proof);
    promise(env, move || {
        let parts = query.verify(&root, &proof)?;
        if !allow_links && parts.iter().any(|(_, value)| matches!(value, Some(ProvenValue::Link(_)))) {
            let reason = "it leaves out bytes of values, and allowLinks was not given".into();
            return Err(Error::InvalidProof { reason }.into());
        }
        Ok(cursor(parts))
    })
}

/// The answer to a query about a namespace of a version, as a proof proves it to whoever knows the root of its tree.
/// Records as [`verify_proof`] gives them.
#[napi(catch_unwind)]
pub fn verify_store_proof<'env>(
    env: &'env Env,
    root_hash: String,
    proof: &[u8],
    query: Either<Uint8Array, NativeRange>,
    namespace: Option<String>,
) -> napi::Result<PromiseRaw<'env, NativeCursor>> {
    let (root, query, namespace) =
        (address(&root_hash)?, KeyQuery::read(query)?, namespace_of(namespace.as_deref())?);
    let proof = Bytes::copy_from_slice(proof);
    promise(env, move || Ok(cursor(query.verify_of_store(&root, &proof, &namespace)?)))
}

fn cursor(parts: Vec<Part>) -> NativeCursor {
    NativeCursor::new(3, IteratedRecords::boxed(parts.into_iter().map(|part| Ok(record(part)))))
}

fn record((key, value): Part) -> Record {
    let link = match &value {
        Some(ProvenValue::Link(link)) => Some(link_field(link)),
        _ => None,
    };
    Record::new([key, value.and_then(|value| value.bytes()), link])
}

/// A link as a field: the length of the value, little-endian, and the address of its node.
pub(crate) fn link_field(link: &Link) -> Bytes {
    let mut field = BytesMut::with_capacity(36);
    field.put_u32_le(link.length);
    field.put_slice(link.target.address.as_bytes());
    field.freeze()
}
