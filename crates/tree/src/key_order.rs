//! Putting keys in order.

/// A key's place before sorting, behind eight of its bytes that decide most comparisons without a look at the key.
#[derive(Clone, Copy)]
struct Ranked {
    word: u64,
    place: usize,
}

/// The places of `count` keys in the order of the keys; of equal keys the one that came first stands first.
///
/// Cost: O(count x log count) comparisons, most of them of eight bytes behind what all keys begin with, which lie side
/// by side: a key is in memory of its own, and looking there takes longer than comparing.
pub(crate) fn key_order<'key>(count: usize, key: impl Fn(usize) -> &'key [u8]) -> Vec<usize> {
    let shared = (1..count).fold(if count == 0 { 0 } else { key(0).len() }, |shared, place| {
        let common = key(0)[..shared].iter().zip(key(place)).take_while(|(one, other)| one == other);
        common.count()
    });
    let ranked = |place| Ranked { word: word(&key(place)[shared..]), place };
    let mut order: Vec<_> = (0..count).map(ranked).collect();
    order.sort_unstable_by(|one, other| {
        let rest = || key(one.place)[shared..].cmp(&key(other.place)[shared..]);
        one.word.cmp(&other.word).then_with(rest).then(one.place.cmp(&other.place))
    });
    order.into_iter().map(|ranked| ranked.place).collect()
}

/// The first eight bytes as a number; a shorter key is filled up with zeros.
fn word(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = key.len().min(bytes.len());
    bytes[..length].copy_from_slice(&key[..length]);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_that_of_a_stable_sort(
            shared in "[ab]{0,9}",
            keys in prop::collection::vec(prop::collection::vec(0_u8..3, 0..12), 0..40),
        ) {
            let keys: Vec<Vec<u8>> = keys.iter().map(|key| [shared.as_bytes(), key].concat()).collect();
            let mut expected: Vec<usize> = (0..keys.len()).collect();
            expected.sort_by_key(|place| &keys[*place]);
            prop_assert_eq!(key_order(keys.len(), |place| &keys[place]), expected);
        }
    }
}
