//! What every storage must do, as one suite.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::sample::{leaf, leaf_of, linked_tree, noise, parent_of};
use crate::{
    Address, CollectOptions, Error, Link, Node, NodeCache, NodeRef, NodeStorage, NodeStore, Parameters,
    Value, encode_blob, encode_chunk_list,
};

/// Opens the storage at a place. Opening a place for the first time gives an empty storage; opening it again gives
/// another handle on the same one, or the same one.
pub type OpenStorage<'a> = &'a dyn Fn(u32) -> Arc<dyn NodeStorage>;

/// A storage that does not do what every storage must, or what it promises.
#[derive(Debug, thiserror::Error)]
#[error("the {storage} storage fails the check {check:?}: {reason}")]
pub struct NotConforming {
    /// The kind of storage.
    pub storage: &'static str,
    /// What was checked.
    pub check: &'static str,
    /// What happened instead.
    pub reason: String,
}

type Check = fn(&Subject<'_>) -> Result<(), String>;

const CHECKS: [(&str, Check); 13] = [
    ("what was put is got", put_then_get),
    ("many nodes come in the order asked", get_many_in_order),
    ("a node that is not there is missing", missing),
    ("putting twice changes nothing", put_twice),
    ("a root moves only from what is expected", compare_and_swap),
    ("names are apart", names_are_apart),
    ("a published tree is there when opened again", reopened),
    ("nodes with links keep them", linked),
    ("large nodes are kept", large),
    ("configuration is kept", configuration),
    ("deletion is as promised", deletion),
    ("threads lose nothing", threads),
    ("garbage goes and nothing else", garbage),
];

/// Checks a storage, each time at a new place. What it promises ([`NodeStorage::promises`]) decides what is asked.
///
/// # Errors
/// The first check that fails.
pub fn check_conformance(open: OpenStorage<'_>) -> Result<(), NotConforming> {
    for (place, (check, run)) in (0..).zip(CHECKS) {
        let storage = open(place);
        let subject = Subject { storage: Arc::clone(&storage), open, place };
        run(&subject).map_err(|reason| NotConforming { storage: storage.kind(), check, reason })?;
    }
    Ok(())
}

struct Subject<'a> {
    storage: Arc<dyn NodeStorage>,
    open: OpenStorage<'a>,
    place: u32,
}

impl Subject<'_> {
    /// Puts nodes and makes them readable: the last one is a root that reaches the others.
    fn put_and_publish(&self, name: &str, nodes: &[Node]) -> Result<NodeRef, String> {
        text(self.storage.put_many(nodes))?;
        let root = nodes.last().ok_or("no nodes")?.address();
        text(self.storage.publish(name, None, Some(root.into())))?;
        let found = text(self.storage.root(name))?.ok_or("a published root is not there")?;
        same("the published root", &found.address, &root)?;
        Ok(found)
    }

    fn get(&self, node: &NodeRef) -> Result<Vec<u8>, String> {
        text(self.storage.get(node)).map(|stored| stored.bytes.to_vec())
    }
}

fn text<T>(answer: crate::Result<T>) -> Result<T, String> {
    answer.map_err(|error| error.to_string())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} is {found:?} and should be {expected:?}")) }
}

fn is_missing<T>(answer: crate::Result<T>, address: Address) -> Result<(), String> {
    match answer {
        Err(Error::MissingNode { address: found, .. }) => same("the missing node", &found, &address),
        Err(error) => Err(format!("a missing node gives {error}")),
        Ok(_) => Err("a missing node gives an answer".into()),
    }
}

fn has_moved(answer: crate::Result<()>) -> Result<(), String> {
    match answer {
        Err(Error::Moved { .. }) => Ok(()),
        Err(error) => Err(format!("a moved root gives {error}")),
        Ok(()) => Err("a root moved from what it was not".into()),
    }
}

/// Loads all that `root` reaches through a store of its own, which verifies it.
fn reach(storage: &Arc<dyn NodeStorage>, root: NodeRef) -> Result<Vec<Arc<Node>>, String> {
    let store = NodeStore::with_cache(Arc::clone(storage), Arc::new(NodeCache::with_capacity(0)));
    let mut found = vec![text(store.load(&root))?];
    let mut next = 0;
    while let Some(node) = found.get(next) {
        let links: Vec<_> = node.links().collect();
        found.extend(text(store.load_many(&links))?);
        next += 1;
    }
    Ok(found)
}

fn put_then_get(subject: &Subject<'_>) -> Result<(), String> {
    let node = leaf(&[(b"key", Value::Inline(b"value"))]);
    if subject.storage.promises().reads_unpublished {
        text(subject.storage.put_many(std::slice::from_ref(&node)))?;
        same("a node that was put", &subject.get(&node.address().into())?, &node.bytes().to_vec())?;
    }
    let root = subject.put_and_publish("tree", std::slice::from_ref(&node))?;
    same("a published node", &subject.get(&root)?, &node.bytes().to_vec())?;
    let empty = leaf(&[]);
    let root = subject.put_and_publish("empty", std::slice::from_ref(&empty))?;
    same("the empty tree", &subject.get(&root)?, &empty.bytes().to_vec())
}

fn get_many_in_order(subject: &Subject<'_>) -> Result<(), String> {
    let leaves: Vec<_> = (0..9_u8).map(|key| leaf(&[(&[key], Value::Inline(b"value"))])).collect();
    let mut nodes = leaves.clone();
    nodes.push(parent_of(1, &leaves)?);
    let root = subject.put_and_publish("tree", &nodes)?;
    let stored = text(subject.storage.get(&root))?;
    let root = text(Node::decode(&root.address, stored))?;
    let mut wanted: Vec<_> = root.links().collect();
    wanted.reverse();
    wanted.extend(root.links().take(2));
    let found = text(subject.storage.get_many(&wanted))?;
    same("the number of answers", &found.len(), &wanted.len())?;
    for (node, stored) in wanted.iter().zip(&found) {
        same("the answer", &Address::of(&stored.bytes), &node.address)?;
    }
    same("the answer to no question", &text(subject.storage.get_many(&[]))?.len(), &0)?;
    let absent = leaf_of(77).address();
    wanted.insert(1, absent.into());
    is_missing(subject.storage.get_many(&wanted), absent)
}

fn missing(subject: &Subject<'_>) -> Result<(), String> {
    let absent = leaf_of(1).address();
    is_missing(subject.storage.get(&absent.into()), absent)?;
    let root = subject.put_and_publish("tree", &[leaf_of(2)])?;
    is_missing(subject.storage.get(&absent.into()), absent)?;
    let asked = [absent, root.address];
    same("what is there", &text(subject.storage.contains_many(&asked))?, &vec![false, true])?;
    same("a root that was never published", &text(subject.storage.root("other"))?, &None)
}

fn put_twice(subject: &Subject<'_>) -> Result<(), String> {
    let node = leaf_of(3);
    text(subject.storage.put_many(&[node.clone(), node.clone()]))?;
    let root = subject.put_and_publish("tree", std::slice::from_ref(&node))?;
    text(subject.storage.put_many(std::slice::from_ref(&node)))?;
    text(subject.storage.put_many(&[]))?;
    same("the node", &subject.get(&root)?, &node.bytes().to_vec())
}

fn compare_and_swap(subject: &Subject<'_>) -> Result<(), String> {
    let storage = &subject.storage;
    let (one, other) = (leaf_of(1), leaf_of(2));
    text(storage.put_many(&[one.clone(), other.clone()]))?;
    let (one, other) = (one.address(), other.address());
    has_moved(storage.publish("tree", Some(other), Some(one.into())))?;
    same("a root that could not move", &text(storage.root("tree"))?, &None)?;
    text(storage.publish("tree", None, Some(one.into())))?;
    has_moved(storage.publish("tree", None, Some(other.into())))?;
    has_moved(storage.publish("tree", Some(other), Some(other.into())))?;
    has_moved(storage.publish("tree", Some(other), None))?;
    same("a root that could not move", &text(storage.root("tree"))?, &Some(one.into()))?;
    text(storage.publish("tree", Some(one), Some(other.into())))?;
    same("a root that moved", &text(storage.root("tree"))?, &Some(other.into()))?;
    text(storage.publish("tree", Some(other), Some(one.into())))?;
    text(storage.publish("tree", Some(one), Some(one.into())))?;
    same("a root that moved back", &text(storage.root("tree"))?, &Some(one.into()))?;
    text(storage.publish("tree", Some(one), None))?;
    same("a root that was removed", &text(storage.root("tree"))?, &None)?;
    has_moved(storage.publish("tree", Some(one), None))
}

fn names_are_apart(subject: &Subject<'_>) -> Result<(), String> {
    let one = subject.put_and_publish("one", &[leaf_of(1)])?;
    let other = subject.put_and_publish("folder/other", &[leaf_of(2)])?;
    let all = vec![("folder/other".to_owned(), other), ("one".to_owned(), one)];
    same("all roots", &text(subject.storage.roots())?, &all)?;
    text(subject.storage.publish("one", Some(one.address), None))?;
    same("the other root", &text(subject.storage.root("folder/other"))?, &Some(other))?;
    same("the removed root", &text(subject.storage.root("one"))?, &None)
}

fn reopened(subject: &Subject<'_>) -> Result<(), String> {
    let nodes = linked_tree()?;
    let root = subject.put_and_publish("tree", &nodes)?;
    text(subject.storage.sync())?;
    let again = (subject.open)(subject.place);
    let found = text(again.root("tree"))?.ok_or("the root is gone")?;
    same("the root", &found, &root)?;
    let mut reached: Vec<_> = reach(&again, found)?.iter().map(|node| node.address()).collect();
    let mut expected: Vec<_> = nodes.iter().map(Node::address).collect();
    for addresses in [&mut reached, &mut expected] {
        addresses.sort();
        addresses.dedup();
    }
    same("what the root reaches", &reached, &expected)
}

fn linked(subject: &Subject<'_>) -> Result<(), String> {
    let nodes = linked_tree()?;
    let root = subject.put_and_publish("tree", &nodes)?;
    reach(&subject.storage, root)?;
    // A second version shares all but the path to one leaf, and names what it shares by address alone.
    let at = |from_end: usize| nodes.get(nodes.len() - from_end).ok_or("too few nodes");
    let (first, beside) = (at(6)?.clone(), at(2)?.clone());
    let changed = leaf(&[(b"d", Value::Inline(b"changed")), (b"e", Value::Inline(b"2"))]);
    let below = parent_of(1, &[first, changed.clone()])?;
    let newer = parent_of(2, &[below.clone(), beside])?;
    text(subject.storage.put_many(&[changed, below, newer.clone()]))?;
    text(subject.storage.publish("tree", Some(root.address), Some(newer.address().into())))?;
    let found = text(subject.storage.root("tree"))?.ok_or("the root is gone")?;
    same("the newer root", &found.address, &newer.address())?;
    let count = reach(&subject.storage, found)?.len();
    same("what the newer root reaches", &count, &reach(&subject.storage, root)?.len())
}

fn large(subject: &Subject<'_>) -> Result<(), String> {
    let chunks: Vec<_> = (0..3).map(|seed| encode_blob(&noise(seed, 256 * 1024))).collect();
    let list: Vec<_> = chunks.iter().map(|chunk| (NodeRef::from(chunk.address()), 256 * 1024)).collect();
    let list = encode_chunk_list(&list);
    let parameters = Parameters::default();
    let long = noise(9, parameters.inline_value_max as usize);
    let mut keys: Vec<_> =
        (0..u32::from(parameters.leaf.max)).map(|key| format!("{key:08}").into_bytes()).collect();
    if let Some(last) = keys.last_mut() {
        last.resize(8 * 1024, b'x');
    }
    let link = Link { target: list.address().into(), length: 3 * 256 * 1024 };
    let value = |index: usize| if index == 5 { Value::Linked(link) } else { Value::Inline(&long) };
    let entries: Vec<_> = keys.iter().enumerate().map(|(index, key)| (&**key, value(index))).collect();
    let mut nodes = chunks;
    nodes.extend([list, leaf(&entries)]);
    let root = subject.put_and_publish("tree", &nodes)?;
    same("what the root reaches", &reach(&subject.storage, root)?.len(), &nodes.len())
}

fn configuration(subject: &Subject<'_>) -> Result<(), String> {
    let storage = &subject.storage;
    let value = |name: &str| text(storage.config(name)).map(|value| value.map(|value| value.to_vec()));
    same("a value that was never set", &value("format")?, &None)?;
    text(storage.set_config("format", Some(b"\x00\xff one")))?;
    text(storage.set_config("empty", Some(b"")))?;
    same("a value", &value("format")?, &Some(b"\x00\xff one".to_vec()))?;
    same("an empty value", &value("empty")?, &Some(Vec::new()))?;
    text(storage.set_config("format", Some(b"two")))?;
    same("a value set again", &value("format")?, &Some(b"two".to_vec()))?;
    let again = (subject.open)(subject.place);
    same("a value when opened again", &text(again.config("format"))?.as_deref(), &Some(&b"two"[..]))?;
    text(storage.set_config("format", None))?;
    text(storage.set_config("format", None))?;
    same("a value that was removed", &value("format")?, &None)
}

fn deletion(subject: &Subject<'_>) -> Result<(), String> {
    let storage = &subject.storage;
    let root = subject.put_and_publish("tree", &[leaf_of(1)])?;
    let never_put = leaf_of(2).address();
    text(storage.delete_many(&[root.address, never_put]))?;
    if storage.promises().deletes {
        is_missing(storage.get(&root), root.address)
    } else {
        subject.get(&root).map(drop)
    }
}

fn threads(subject: &Subject<'_>) -> Result<(), String> {
    const THREADS: u32 = 4;
    const ROUNDS: u32 = 8;
    let storage = &subject.storage;
    subject.put_and_publish("counter", &[leaf_of(0)])?;
    let work = || {
        for _ in 0..ROUNDS {
            // Add one to a number that others add to as well.
            loop {
                let root = text(storage.root("counter"))?.ok_or("the root is gone")?;
                let next = leaf_of(number_in(&**storage, &root)? + 1);
                text(storage.put_many(std::slice::from_ref(&next)))?;
                match storage.publish("counter", Some(root.address), Some(next.address().into())) {
                    Ok(()) => break,
                    Err(Error::Moved { .. }) => {}
                    Err(error) => return Err(error.to_string()),
                }
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let ended =
            running.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked".to_owned())?);
        ended.collect::<Result<(), String>>()
    })?;
    let root = text(storage.root("counter"))?.ok_or("the root is gone")?;
    same("the number", &number_in(&**storage, &root)?, &(THREADS * ROUNDS))
}

fn garbage(subject: &Subject<'_>) -> Result<(), String> {
    let storage = &subject.storage;
    let (live, dead) = (leaf_of(1), leaf_of(2));
    let nodes = linked_tree()?;
    text(storage.put_many(&[live.clone(), dead.clone()]))?;
    let root = subject.put_and_publish("tree", &nodes)?;
    text(storage.sync())?;
    let store = NodeStore::with_cache(Arc::clone(storage), Arc::new(NodeCache::with_capacity(0)));
    let collect = |dry_run| {
        let options = CollectOptions { grace: Duration::ZERO, dry_run };
        store.collect_garbage(&[live.address().into()], &options)
    };
    let dry = match collect(true) {
        // It collects by itself, or not at all, and says so.
        Err(Error::Unsupported { .. }) => return Ok(()),
        answer => text(answer)?,
    };
    text(storage.get(&dead.address().into()))?;
    same("what a dry run counts", &(dry.live, dry.garbage), &(nodes.len() as u64 + 1, 1))?;
    same("the bytes of garbage", &dry.garbage_bytes, &(dead.bytes().len() as u64))?;
    same("what goes", &text(collect(false))?, &dry)?;
    is_missing(storage.get(&dead.address().into()), dead.address())?;
    text(storage.get(&live.address().into()))?;
    reach(storage, root).map(drop)
}

fn number_in(storage: &dyn NodeStorage, root: &NodeRef) -> Result<u32, String> {
    let node = text(Node::decode(&root.address, text(storage.get(root))?))?;
    match node.value(0) {
        Value::Inline(bytes) => bytes.try_into().map(u32::from_be_bytes).map_err(|_| "not a number".into()),
        Value::Linked(_) => Err("not a number".into()),
    }
}
