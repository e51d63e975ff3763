//! Proofs of one key.

use bytes::Bytes;
use prolly_tree::proof;

use super::tree;
use crate::contender::{Outcome, Run, SINGLES};
use crate::data::Data;

pub fn prove(data: Data, repeats: usize) -> Run {
    let tree = tree(data);
    let keys: Vec<_> = (0..repeats).map(|repeat| data.present(SINGLES, repeat as u64)).collect();
    Box::new(move |repeat| {
        let prove = |key: &Vec<u8>| tree.prove(&key[..]).unwrap();
        let (outcome, proofs) = Outcome::of(|| keys[repeat].iter().map(prove).collect::<Vec<_>>());
        Outcome { proof: Some(proofs[0].len()), ..outcome }
    })
}

pub fn verify(data: Data, repeats: usize) -> Run {
    let tree = tree(data);
    let root = tree.root().address;
    let proven = |key: Vec<u8>| (tree.prove(&key[..]).unwrap(), key);
    let proofs: Vec<Vec<_>> = (0..repeats)
        .map(|repeat| data.present(SINGLES, repeat as u64).into_iter().map(proven).collect())
        .collect();
    drop(tree);
    Box::new(move |repeat| {
        let verify = |(bytes, key): &(Bytes, Vec<u8>)| proof::verify(&root, bytes, &key[..]).unwrap();
        let (outcome, values) = Outcome::of(|| proofs[repeat].iter().map(verify).collect::<Vec<_>>());
        assert!(values.iter().all(Option::is_some));
        outcome
    })
}
