//! Gets and scans.

use prolly_storage::Value;
use prolly_tree::{Direction, EntryValue, KeyRange};

use super::tree;
use crate::contender::{GETS, Outcome, Run, Seen};
use crate::data::Data;

/// There is no borrowed get: a short value is copied out of its leaf.
pub fn get(data: Data, repeats: usize) -> Run {
    let tree = tree(data);
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(GETS, repeat as u64)).collect();
    Box::new(move |repeat| {
        let found = |key: &Vec<u8>| tree.get(key).unwrap().unwrap().len();
        Outcome::of(|| keys[repeat].iter().map(found).sum::<usize>()).0
    })
}

pub fn get_many(data: Data, repeats: usize) -> Run {
    let tree = tree(data);
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(GETS, repeat as u64)).collect();
    Box::new(move |repeat| {
        let (outcome, values) = Outcome::of(|| tree.get_many(&keys[repeat]).unwrap());
        assert!(values.iter().all(Option::is_some));
        outcome
    })
}

pub fn scan(data: Data) -> Run {
    let tree = tree(data);
    let bytes = data.bytes();
    Box::new(move |_| {
        let (outcome, seen) = Outcome::of(|| {
            let mut entries = tree.entries(KeyRange::all(), Direction::Forward);
            let mut seen = Seen::default();
            while let Some(entry) = entries.lend().unwrap() {
                match entry.value {
                    Value::Inline(value) => seen.look_at(entry.key, value),
                    Value::Linked(link) => {
                        seen.look_at(entry.key, &tree.read(&EntryValue::Linked(link)).unwrap());
                    }
                }
            }
            seen
        });
        assert_eq!(seen.bytes, bytes);
        outcome
    })
}
