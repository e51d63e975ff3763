//! Random work on a store against plain maps, with a journal that soon becomes a checkpoint, and reopened now and then.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

mod common;

use common::*;
use prolly_versioning::{
    Batch, CheckoutOptions, Error, InitOptions, KeyRange, LoadOptions, OpenOptions, ResetMode, Transaction,
    VersionedStore,
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Put(bool, u8, u8),
    Delete(bool, u8),
    DeletePrefix(u8),
    Batch(Vec<(u8, u8)>),
    Load(Vec<(u8, u8)>),
    Transact(u8, u8),
    DropNamespace,
    Commit,
    Discard,
    Checkout,
    SoftReset,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let pairs = || proptest::collection::vec((0_u8..40, any::<u8>()), 1..30);
    prop_oneof![
        8 => (any::<bool>(), 0_u8..40, any::<u8>()).prop_map(|(named, key, value)| Step::Put(named, key, value)),
        4 => (any::<bool>(), 0_u8..40).prop_map(|(named, key)| Step::Delete(named, key)),
        1 => (0_u8..4).prop_map(Step::DeletePrefix),
        2 => pairs().prop_map(Step::Batch),
        1 => pairs().prop_map(Step::Load),
        2 => (0_u8..40, any::<u8>()).prop_map(|(key, value)| Step::Transact(key, value)),
        1 => Just(Step::DropNamespace),
        4 => Just(Step::Commit),
        1 => Just(Step::Discard),
        1 => Just(Step::Checkout),
        1 => Just(Step::SoftReset),
        3 => Just(Step::Reopen),
    ]
}

/// The default namespace, and the named one.
type State = [Contents; 2];

fn key(number: u8) -> String {
    format!("k{number:02}")
}

fn value(number: u8) -> String {
    // Some are out of line.
    format!("{number}").repeat(if number.is_multiple_of(16) { 800 } else { 1 })
}

fn small() -> OpenOptions {
    OpenOptions { checkpoint_bytes: 700, overlay_bytes: 300, ..OpenOptions::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_store_is_what_was_written_to_it(steps in proptest::collection::vec(step(), 1..40)) {
        let folder = tempfile::tempdir().unwrap();
        let options = InitOptions { open: small(), ..InitOptions::default() };
        let mut store = VersionedStore::init(folder.path(), options).unwrap();
        put(&store, "seed", "seed");
        commit(&store, "seed");
        store.create_branch("feature", None).unwrap();
        let seed: State = [map([("seed", "seed")]), Contents::new()];
        let (mut working, mut branches, mut head) = (seed.clone(), [seed.clone(), seed], 0);
        let spaces = [DEFAULT, named("flags")];
        let mut ranges = Vec::new();
        for step in steps {
            match step {
                Step::Put(named, number, content) => {
                    let space = usize::from(named);
                    store.put(&spaces[space], key(number), value(content)).unwrap();
                    working[space].insert(key(number), value(content));
                }
                Step::Delete(named, number) => {
                    let space = usize::from(named);
                    let there = store.delete(&spaces[space], key(number).as_bytes()).unwrap();
                    prop_assert_eq!(there, working[space].remove(&key(number)).is_some());
                }
                Step::DeletePrefix(digit) => {
                    let prefix = format!("k{digit}");
                    let count = store.delete_range(&DEFAULT, &KeyRange::prefix(prefix.as_bytes())).unwrap();
                    let before = working[0].len();
                    working[0].retain(|key, _| !key.starts_with(&prefix));
                    ranges.push(prefix.clone());
                    prop_assert_eq!(count as usize, before - working[0].len());
                }
                Step::Batch(pairs) => {
                    let mut batch = Batch::new();
                    for (number, content) in pairs {
                        batch.put(&spaces[1], key(number), value(content));
                        working[1].insert(key(number), value(content));
                    }
                    store.write(batch).unwrap();
                }
                Step::Load(pairs) => {
                    let entries = pairs.iter().map(|(number, content)| (key(*number).into(), value(*content).into()));
                    store.load(&DEFAULT, entries, LoadOptions::default()).unwrap();
                    working[0].extend(pairs.into_iter().map(|(number, content)| (key(number), value(content))));
                }
                Step::Transact(number, content) => {
                    let staged = working[0].get(&key(number)) != branches[head][0].get(&key(number));
                    let same = branches[head][0].get(&key(number)) == Some(&value(content));
                    let work = |transaction: &Transaction| transaction.put(&DEFAULT, key(number), value(content));
                    match store.transact::<_, Error>(&by_ada("transaction"), work) {
                        Ok(_) => {
                            prop_assert!(!same);
                            prop_assert!(!staged || working[0].get(&key(number)) == Some(&value(content)));
                            branches[head][0].insert(key(number), value(content));
                            working[0].insert(key(number), value(content));
                        }
                        Err(Error::NothingToCommit { .. }) => prop_assert!(same),
                        // A staged deletion of a range is one of all keys in it, there or not.
                        Err(Error::Conflict { .. }) => {
                            prop_assert!(staged || ranges.iter().any(|range| key(number).starts_with(range)));
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                Step::DropNamespace => {
                    store.drop_namespace("flags").unwrap();
                    working[1].clear();
                }
                Step::Commit => {
                    let clean = store.status().unwrap().is_clean();
                    match store.commit(&by_ada("commit")) {
                        Ok(info) => {
                            prop_assert!(!clean);
                            prop_assert_eq!(info.root, Some(store.root_hash().unwrap()));
                            branches[head] = working.clone();
                        }
                        Err(Error::NothingToCommit { .. }) => prop_assert!(clean && branches[head] == working),
                        Err(error) => panic!("{error}"),
                    }
                }
                Step::Discard => {
                    store.discard().unwrap();
                    working = branches[head].clone();
                }
                Step::Checkout => {
                    head = 1 - head;
                    let force = CheckoutOptions { force: true, ..CheckoutOptions::default() };
                    store.checkout(["main", "feature"][head], &force).unwrap();
                    working = branches[head].clone();
                }
                Step::SoftReset => {
                    store.reset(["feature", "main"][head], ResetMode::Soft).unwrap();
                    branches[head] = branches[1 - head].clone();
                }
                Step::Reopen => {
                    drop(store);
                    store = VersionedStore::open(folder.path(), small()).unwrap();
                }
            }
            for (space, expected) in spaces.iter().zip(&working) {
                prop_assert_eq!(&contents_of(&store, space), expected);
            }
        }
        fsck(folder.path());
    }
}
