//! The verifier of proofs.
//!
//! An input is a query and a proof. The query is a byte, and what it announces: 0, a key; 1, the number of keys, and each;
//! 2, two bounds, each 0 for none, 1 for a key that belongs to the range and 2 for one that does not. A key is a byte for
//! its length, and its bytes. The root is not part of it: that of the proof's first node is taken, for no input would be
//! found whose hash is another one given.

use std::ops::Bound;

use bytes::{Buf, Bytes};
use prolly_storage::Address;
use prolly_tree::KeyRange;
use prolly_tree::proof::verify;

/// Bytes of a proof before its first node, and of that node's length.
const BEFORE: usize = 6;
const LENGTH: usize = 4;

/// Whether `input` is a query and a proof of its answer. If so, the answer is one to this query.
///
/// # Panics
/// When that does not hold.
pub fn check(input: &[u8]) -> bool {
    answered(Bytes::copy_from_slice(input)).is_some()
}

fn answered(mut input: Bytes) -> Option<()> {
    match input.try_get_u8().ok()? {
        0 => {
            let key = key(&mut input)?;
            verify(&root(&input)?, &input, &key[..]).ok()?;
        }
        1 => {
            let count = input.try_get_u8().ok()?;
            let keys: Vec<Bytes> = (0..count).map(|_| key(&mut input)).collect::<Option<_>>()?;
            let answer = verify(&root(&input)?, &input, &keys[..]).ok()?;
            assert_eq!(answer.len(), keys.len());
        }
        2 => {
            let range = KeyRange { lower: bound(&mut input)?, upper: bound(&mut input)? };
            let answer = verify(&root(&input)?, &input, &range).ok()?;
            assert!(answer.is_sorted_by(|before, after| before.key < after.key));
            assert!(answer.iter().all(|entry| range.contains(&entry.key)));
        }
        _ => return None,
    }
    Some(())
}

fn key(input: &mut Bytes) -> Option<Bytes> {
    let length = usize::from(input.try_get_u8().ok()?);
    (length <= input.len()).then(|| input.split_to(length))
}

fn bound(input: &mut Bytes) -> Option<Bound<Bytes>> {
    Some(match input.try_get_u8().ok()? {
        0 => Bound::Unbounded,
        1 => Bound::Included(key(input)?),
        2 => Bound::Excluded(key(input)?),
        _ => return None,
    })
}

fn root(proof: &[u8]) -> Option<Address> {
    let (length, nodes) = proof.get(BEFORE..)?.split_first_chunk::<LENGTH>()?;
    let length = u32::from_le_bytes(*length) as usize;
    Some(Address::of(&nodes[..length.min(nodes.len())]))
}
