//! Nodes and roots of a storage, one by one.

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint8Array};
use napi_derive::napi;
use prolly_storage::{Address, Error, Node, NodeRef, NodeStore, StoredNode};

use crate::blocking::promise_on;
use crate::fault::{Fault, Result};
use crate::page::{self, Record};
use crate::storage::{NativeStorage, address};

#[napi]
impl NativeStorage {
    /// The bytes of nodes, as a page; those that are not there are left out of their records.
    #[napi(catch_unwind)]
    pub fn get_many<'env>(
        &self,
        env: &'env Env,
        addresses: Vec<String>,
    ) -> napi::Result<PromiseRaw<'env, Uint8Array>> {
        let (store, addresses) = (self.slot.get()?, addresses_of(&addresses)?);
        promise_on(env, &self.threads, move || {
            let record = |node: Option<Bytes>| Record::new([node]);
            let records: Vec<_> = find_many(&store, &addresses)?.into_iter().map(record).collect();
            Ok(Uint8Array::from(page::encode(1, &records)?))
        })
    }

    /// Which nodes are there.
    #[napi(catch_unwind)]
    pub fn has_many<'env>(
        &self,
        env: &'env Env,
        addresses: Vec<String>,
    ) -> napi::Result<PromiseRaw<'env, Vec<bool>>> {
        let (store, addresses) = (self.slot.get()?, addresses_of(&addresses)?);
        promise_on(env, &self.threads, move || Ok(store.storage().contains_many(&addresses)?))
    }

    /// Keeps a page of nodes: address, bytes. Nodes that are not what their address says are refused, and none is kept.
    #[napi(catch_unwind)]
    pub fn put<'env>(&self, env: &'env Env, nodes: &[u8]) -> napi::Result<PromiseRaw<'env, ()>> {
        let (store, nodes) = (self.slot.get()?, page::decode::<2>(nodes)?);
        promise_on(env, &self.threads, move || {
            let nodes = nodes.into_iter().enumerate().map(node_of).collect::<Result<_>>()?;
            Ok(store.put_many(nodes)?)
        })
    }

    /// Deletes nodes, where the storage deletes.
    #[napi(catch_unwind)]
    pub fn delete<'env>(&self, env: &'env Env, addresses: Vec<String>) -> napi::Result<PromiseRaw<'env, ()>> {
        let (store, addresses) = (self.slot.get()?, addresses_of(&addresses)?);
        promise_on(env, &self.threads, move || {
            let storage = store.storage();
            if !storage.promises().deletes {
                return Err(Error::Unsupported {
                    what: format!("deleting nodes in the {} storage", storage.kind()),
                    hint: "delete the branches that reach them, and run git gc".to_owned(),
                }
                .into());
            }
            storage.delete_many(&addresses)?;
            addresses.iter().for_each(|address| store.forget(*address));
            Ok(())
        })
    }

    /// Every published root, as a page of name and root hash.
    #[napi(catch_unwind)]
    pub fn roots<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Uint8Array>> {
        let store = self.slot.get()?;
        promise_on(env, &self.threads, move || {
            let record = |(name, root): (String, NodeRef)| {
                Record::new([Some(name.into()), Some(root.address.to_string().into())])
            };
            let records: Vec<_> = store.storage().roots()?.into_iter().map(record).collect();
            Ok(Uint8Array::from(page::encode(2, &records)?))
        })
    }

    /// Moves a root from what is expected, and says whether it was that.
    #[napi(catch_unwind)]
    pub fn compare_and_swap_root<'env>(
        &self,
        env: &'env Env,
        name: String,
        expected: Option<String>,
        replacement: Option<String>,
    ) -> napi::Result<PromiseRaw<'env, bool>> {
        let store = self.slot.get()?;
        let expected = expected.as_deref().map(address).transpose()?;
        let replacement = replacement.as_deref().map(address).transpose()?;
        promise_on(env, &self.threads, move || {
            match store.storage().publish(&name, expected, replacement.map(NodeRef::from)) {
                Ok(()) => Ok(true),
                Err(Error::Moved { .. }) => Ok(false),
                Err(error) => Err(error.into()),
            }
        })
    }

    /// Returns once all that was put is as durable as the storage promises.
    #[napi(catch_unwind)]
    pub fn sync<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>> {
        let store = self.slot.get()?;
        promise_on(env, &self.threads, move || Ok(store.storage().sync()?))
    }
}

fn addresses_of(texts: &[String]) -> Result<Vec<Address>> {
    let parse = |text: &String| {
        text.parse().map_err(|error| Fault::invalid("addresses", format!("addresses: {error}")))
    };
    texts.iter().map(parse).collect()
}

/// With one request when all are there, and one by one otherwise.
fn find_many(store: &NodeStore, addresses: &[Address]) -> Result<Vec<Option<Bytes>>> {
    let nodes: Vec<NodeRef> = addresses.iter().map(|address| (*address).into()).collect();
    match store.load_many(&nodes) {
        Ok(found) => return Ok(found.into_iter().map(|node| Some(node.bytes().clone())).collect()),
        Err(Error::MissingNode { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let find = |node| match store.load(node) {
        Ok(found) => Ok(Some(found.bytes().clone())),
        Err(Error::MissingNode { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    };
    nodes.iter().map(find).collect()
}

fn node_of((index, [name, bytes]): (usize, [Option<Bytes>; 2])) -> Result<Node> {
    let refuse =
        |reason: String| Fault::invalid(&format!("nodes[{index}]"), format!("nodes[{index}]: {reason}"));
    let (Some(name), Some(bytes)) = (name, bytes) else {
        return Err(Fault::internal("a node has no address or no bytes"));
    };
    let address: Address =
        String::from_utf8_lossy(&name).parse().map_err(|error| refuse(format!("{error}")))?;
    Node::decode(&address, StoredNode { bytes, locators: None }).map_err(|error| refuse(error.to_string()))
}
