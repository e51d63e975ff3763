//! Every storage against the one suite.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use prolly_storage::git::{GitStorage, InitOptions, Repository};
use prolly_storage::testing::check_conformance;
use prolly_storage::{
    Address, Durability, Error, FileStorage, MemoryStorage, Node, NodeRef, NodeStorage, Promises, Result,
    StoredNode,
};

#[test]
fn memory_conforms() {
    let opened: RefCell<HashMap<u32, Arc<MemoryStorage>>> = RefCell::default();
    check_conformance(&|place| {
        Arc::clone(opened.borrow_mut().entry(place).or_default()) as Arc<dyn NodeStorage>
    })
    .unwrap();
}

#[expect(clippy::unwrap_used, reason = "this is a test")]
fn check_files(durability: Durability) {
    let folder = tempfile::tempdir().unwrap();
    let open = |place: u32| FileStorage::open(&folder.path().join(place.to_string()), durability).unwrap();
    check_conformance(&|place| Arc::new(open(place))).unwrap();
}

#[test]
fn files_conform_when_every_put_is_synced() {
    check_files(Durability::Full);
}

#[test]
fn files_conform_when_publishing_is_synced() {
    check_files(Durability::Commit);
}

#[test]
fn files_conform_when_nothing_is_synced() {
    check_files(Durability::Off);
}

#[test]
fn git_conforms() {
    let folder = tempfile::tempdir().unwrap();
    check_conformance(&|place| {
        let path = folder.path().join(place.to_string());
        let repository = if path.exists() {
            Repository::open(&path).unwrap()
        } else {
            Repository::init(&path, &InitOptions::default()).unwrap()
        };
        Arc::new(GitStorage::new(repository))
    })
    .unwrap();
}

/// A storage with one fault.
struct Faulty {
    sound: MemoryStorage,
    fault: Fault,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    MovesFromAnything,
    ForgetsConfiguration,
    AnswersWithAnother,
    ReversesMany,
    KeepsDeleted,
}

impl NodeStorage for Faulty {
    fn kind(&self) -> &'static str {
        "faulty"
    }

    fn promises(&self) -> Promises {
        self.sound.promises()
    }

    fn get(&self, node: &NodeRef) -> Result<StoredNode> {
        match self.sound.get(node) {
            Err(Error::MissingNode { .. }) if matches!(self.fault, Fault::AnswersWithAnother) => {
                Ok(StoredNode { bytes: b"other".to_vec().into(), locators: None })
            }
            answer => answer,
        }
    }

    fn get_many(&self, nodes: &[NodeRef]) -> Result<Vec<StoredNode>> {
        let mut answers = self.sound.get_many(nodes)?;
        if matches!(self.fault, Fault::ReversesMany) {
            answers.reverse();
        }
        Ok(answers)
    }

    fn put_many(&self, nodes: &[Node]) -> Result<()> {
        self.sound.put_many(nodes)
    }

    fn delete_many(&self, addresses: &[Address]) -> Result<()> {
        if matches!(self.fault, Fault::KeepsDeleted) { Ok(()) } else { self.sound.delete_many(addresses) }
    }

    fn root(&self, name: &str) -> Result<Option<NodeRef>> {
        self.sound.root(name)
    }

    fn roots(&self) -> Result<Vec<(String, NodeRef)>> {
        self.sound.roots()
    }

    fn publish(&self, name: &str, expected: Option<Address>, new: Option<NodeRef>) -> Result<()> {
        let expected = match self.fault {
            Fault::MovesFromAnything => self.sound.root(name)?.map(|root| root.address),
            _ => expected,
        };
        self.sound.publish(name, expected, new)
    }

    fn config(&self, name: &str) -> Result<Option<bytes::Bytes>> {
        if matches!(self.fault, Fault::ForgetsConfiguration) { Ok(None) } else { self.sound.config(name) }
    }

    fn set_config(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        self.sound.set_config(name, value)
    }

    fn sync(&self) -> Result<()> {
        self.sound.sync()
    }
}

#[test]
fn faults_are_found() {
    for (fault, check) in [
        (Fault::MovesFromAnything, "a root moves only from what is expected"),
        (Fault::ForgetsConfiguration, "configuration is kept"),
        (Fault::AnswersWithAnother, "a node that is not there is missing"),
        (Fault::ReversesMany, "many nodes come in the order asked"),
        (Fault::KeepsDeleted, "deletion is as promised"),
    ] {
        let opened: RefCell<HashMap<u32, Arc<Faulty>>> = RefCell::default();
        let open = |place| {
            let new = || Arc::new(Faulty { sound: MemoryStorage::new(), fault });
            Arc::clone(opened.borrow_mut().entry(place).or_insert_with(new)) as Arc<dyn NodeStorage>
        };
        let failure = check_conformance(&open).unwrap_err();
        assert_eq!(failure.check, check, "{fault:?}: {failure}");
    }
}
