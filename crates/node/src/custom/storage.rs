//! A storage of the user, as trees see it.

use std::any::Any;
use std::collections::HashSet;
use std::sync::LazyLock;

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{Function, Uint8Array};
use napi::threadsafe_function::UnknownReturnValue;
use parking_lot::Mutex;
use prolly_storage::{
    Address, Collection, Error, Insertions, Node, NodeRef, NodeStorage, NodeStore, Promises, Result,
    StoredNode,
};

use super::bridge::{Bridge, NativeStorageRequest};
use super::garbage;
use super::waiting::NativeAnswers;
use crate::blocking::Threads;
use crate::fault::Fault;
use crate::page::{self, Record};

/// A storage whose methods are JavaScript.
pub(crate) struct CustomStorage {
    bridge: Bridge,
    threads: Threads,
    /// Nodes that were put on the event loop, which cannot wait for itself: the roots of new trees. The next one to put
    /// or publish hands them on.
    early: Mutex<Vec<Node>>,
    pub(super) insertions: Insertions,
    /// Held by the one collection of garbage. Nobody else asks for it, the event loop least of all.
    pub(super) collector: Mutex<()>,
}

/// The threads on which work with this store is done.
pub(crate) fn threads_of(store: &NodeStore) -> Threads {
    CustomStorage::below(store).map_or_else(Threads::shared, |storage| storage.threads.clone())
}

impl CustomStorage {
    pub(crate) fn new(
        env: &Env,
        class: &str,
        answers: &NativeAnswers,
        serve: &Function<'_, NativeStorageRequest, UnknownReturnValue>,
    ) -> napi::Result<Self> {
        Ok(Self {
            bridge: Bridge::new(env, interned(class), answers, serve)?,
            threads: Threads::own(),
            early: Mutex::default(),
            insertions: Insertions::default(),
            collector: Mutex::default(),
        })
    }

    /// The custom storage of a store, if it has one.
    pub(crate) fn below(store: &NodeStore) -> Option<&Self> {
        let storage: &dyn Any = &**store.storage();
        storage.downcast_ref()
    }

    /// Asks for nothing more, and lets nobody wait.
    pub(crate) fn close(&self) {
        self.bridge.waiting.close();
    }

    fn ask<const N: usize>(
        &self,
        method: &str,
        request: NativeStorageRequest,
    ) -> Result<Vec<[Option<Bytes>; N]>> {
        let request = NativeStorageRequest { method: method.to_owned(), ..request };
        self.bridge.ask(request).and_then(|answer| page::decode(&answer)).map_err(foreign)
    }

    fn ask_one(&self, method: &str, request: NativeStorageRequest) -> Result<Option<Bytes>> {
        match <[_; 1]>::try_from(self.ask::<1>(method, request)?) {
            Ok([[answer]]) => Ok(answer),
            Err(_) => Err(foreign(Fault::internal(format!("{method} was not answered with one record")))),
        }
    }

    /// As many records as there are addresses.
    fn ask_each(&self, method: &str, addresses: Vec<String>) -> Result<Vec<Option<Bytes>>> {
        let asked = addresses.len();
        let answer = self.ask::<1>(method, NativeStorageRequest { addresses, ..Default::default() })?;
        if answer.len() != asked {
            let message = format!("{method} was answered with {} of {asked} records", answer.len());
            return Err(foreign(Fault::internal(message)));
        }
        Ok(answer.into_iter().map(|[record]| record).collect())
    }

    fn early(&self, address: &Address) -> Option<StoredNode> {
        self.early.lock().iter().find(|node| node.address() == *address).map(Into::into)
    }

    /// What the user answered for a node, with the hash checked here, where it is known who answered.
    fn checked(&self, method: &str, address: Address, answer: Option<Bytes>) -> Result<StoredNode> {
        let bytes = answer.ok_or(Error::MissingNode { address, storage: self.bridge.name })?;
        if Address::of(&bytes) != address {
            return Err(Error::Corruption {
                subject: format!("what {}.{method} answered for node {address}", self.bridge.name),
                reason: format!("it has the hash {}", Address::of(&bytes)),
            });
        }
        Ok(StoredNode { bytes, locators: None })
    }

    /// The nodes themselves where they are there, without those that were put on the event loop.
    pub(super) fn find_many(&self, addresses: &[Address]) -> Result<Vec<Option<Bytes>>> {
        self.ask_each("getMany", texts(addresses))
    }

    /// Every address.
    pub(super) fn addresses(&self) -> Result<Vec<Address>> {
        let records = self.ask::<1>("addresses", NativeStorageRequest::default())?;
        records.into_iter().map(|[address]| self.address_in("addresses", address.as_deref())).collect()
    }

    fn address_in(&self, method: &str, text: Option<&[u8]>) -> Result<Address> {
        let text = String::from_utf8_lossy(text.unwrap_or_default());
        text.parse().map_err(|error| Error::Corruption {
            subject: format!("what {}.{method} answered", self.bridge.name),
            reason: format!("{error}"),
        })
    }

    /// Puts nodes, those that were put on the event loop first.
    fn hand_on(&self, nodes: &[Node]) -> Result<()> {
        let early = self.early.lock().clone();
        if early.is_empty() && nodes.is_empty() {
            return Ok(());
        }
        let record = |node: &Node| {
            Record::new([Some(Bytes::from(node.address().to_string())), Some(node.bytes().clone())])
        };
        let records: Vec<_> = early.iter().chain(nodes).map(record).collect();
        let page = page::encode(2, &records).map_err(foreign)?;
        let request = NativeStorageRequest { nodes: Some(Uint8Array::from(page)), ..Default::default() };
        self.ask::<1>("put", request)?;
        let handed_on: HashSet<_> = early.iter().map(Node::address).collect();
        self.early.lock().retain(|node| !handed_on.contains(&node.address()));
        Ok(())
    }
}

impl NodeStorage for CustomStorage {
    fn kind(&self) -> &'static str {
        self.bridge.name
    }

    fn promises(&self) -> Promises {
        Promises { reads_unpublished: true, deletes: true, durable: false }
    }

    fn get(&self, node: &NodeRef) -> Result<StoredNode> {
        if let Some(node) = self.early(&node.address) {
            return Ok(node);
        }
        let request =
            NativeStorageRequest { addresses: vec![node.address.to_string()], ..Default::default() };
        self.checked("get", node.address, self.ask_one("get", request)?)
    }

    fn get_many(&self, nodes: &[NodeRef]) -> Result<Vec<StoredNode>> {
        let mut found: Vec<_> = nodes.iter().map(|node| self.early(&node.address)).collect();
        let places: Vec<_> = (0..nodes.len()).filter(|place| found[*place].is_none()).collect();
        if !places.is_empty() {
            let addresses: Vec<_> = places.iter().map(|place| nodes[*place].address).collect();
            let answers = self.ask_each("getMany", texts(&addresses))?;
            for ((place, address), answer) in places.into_iter().zip(addresses).zip(answers) {
                found[place] = Some(self.checked("getMany", address, answer)?);
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    fn contains_many(&self, addresses: &[Address]) -> Result<Vec<bool>> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let answers = self.ask_each("hasMany", texts(addresses))?;
        let is_there =
            |(address, answer): (&Address, Option<Bytes>)| answer.is_some() || self.early(address).is_some();
        Ok(addresses.iter().zip(answers).map(is_there).collect())
    }

    fn put_many(&self, nodes: &[Node]) -> Result<()> {
        if self.bridge.is_event_loop() {
            let mut early = self.early.lock();
            for node in nodes {
                if early.iter().all(|known| known.address() != node.address()) {
                    early.push(node.clone());
                }
            }
            return Ok(());
        }
        let insertion = self.insertions.begin();
        nodes.iter().for_each(|node| insertion.note(node.address()));
        self.hand_on(nodes)
    }

    /// Nodes that are put on the event loop are kept for later; another thread would wait for the event loop, which waits
    /// for it.
    fn writes_on_any_thread(&self) -> bool {
        false
    }

    fn delete_many(&self, addresses: &[Address]) -> Result<()> {
        if addresses.is_empty() {
            return Ok(());
        }
        let request = NativeStorageRequest { addresses: texts(addresses), ..Default::default() };
        self.ask::<1>("delete", request).map(drop)
    }

    fn root(&self, name: &str) -> Result<Option<NodeRef>> {
        let request = NativeStorageRequest { name: Some(name.to_owned()), ..Default::default() };
        let root = self.ask_one("root", request)?;
        root.map(|root| Ok(self.address_in("root", Some(&root))?.into())).transpose()
    }

    fn roots(&self) -> Result<Vec<(String, NodeRef)>> {
        let mut roots = Vec::new();
        for [name, root] in self.ask::<2>("roots", NativeStorageRequest::default())? {
            let name = String::from_utf8_lossy(&name.unwrap_or_default()).into_owned();
            roots.push((name, self.address_in("roots", root.as_deref())?.into()));
        }
        roots.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(roots)
    }

    fn publish(&self, name: &str, expected: Option<Address>, new: Option<NodeRef>) -> Result<()> {
        let _insertion = self.insertions.begin();
        self.hand_on(&[])?;
        let request = NativeStorageRequest {
            name: Some(name.to_owned()),
            expected: expected.map(|address| address.to_string()),
            replacement: new.map(|root| root.address.to_string()),
            ..Default::default()
        };
        if self.ask_one("compareAndSwapRoot", request)?.is_some() {
            return Ok(());
        }
        let show = |address: Option<Address>| address.map_or("nothing".into(), |address| address.to_string());
        let found = self.root(name)?.map(|root| root.address);
        Err(Error::Moved { name: name.into(), expected: show(expected), found: show(found) })
    }

    fn config(&self, _name: &str) -> Result<Option<Bytes>> {
        Ok(None)
    }

    fn set_config(&self, _name: &str, _value: Option<&[u8]>) -> Result<()> {
        Err(Error::Unsupported {
            what: format!("a configuration in {}", self.bridge.name),
            hint: "use one of the storages of this library".into(),
        })
    }

    fn sync(&self) -> Result<()> {
        self.hand_on(&[])?;
        self.ask::<1>("sync", NativeStorageRequest::default()).map(drop)
    }

    fn collect_garbage(&self, collection: &mut Collection<'_>) -> Result<()> {
        garbage::collect(self, collection)
    }
}

/// A fault on its way through the layers below, whose end gives it back.
fn foreign(fault: Fault) -> Error {
    Error::Foreign(Box::new(fault))
}

fn texts(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(Address::to_string).collect()
}

/// The name of a class, kept for good: a program has few of them.
fn interned(name: &str) -> &'static str {
    static NAMES: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut names = NAMES.lock();
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = name.to_owned().leak();
    names.insert(kept);
    kept
}
