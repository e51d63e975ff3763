//! Keys to measure with: usual ones, and ones chosen against the boundary rule.

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A fixed sequence of numbers that look random.
pub struct Random(SplitMix64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(SplitMix64::seed_from_u64(seed))
    }

    pub fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// 24 random bytes.
    pub fn key(&mut self) -> Vec<u8> {
        [self.next(), self.next(), self.next()].map(u64::to_be_bytes).concat()
    }
}

/// The hash of the boundary rule at the leaves.
pub fn leaf_hash(key: &[u8]) -> u64 {
    xxh3_64_with_seed(key, 0x9E37_79B9_7F4A_7C15)
}

/// `count` random keys of 24 bytes, sorted.
pub fn random(seed: u64, count: usize) -> Vec<Vec<u8>> {
    let mut random = Random::new(seed);
    let mut keys: Vec<[u64; 3]> = (0..count).map(|_| [random.next(), random.next(), random.next()]).collect();
    keys.sort_unstable();
    keys.into_iter().map(|words| words.map(u64::to_be_bytes).concat()).collect()
}

/// `user:00000000000`, `user:00000000001`, …
pub fn sequential(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| format!("user:{number:011}").into_bytes()).collect()
}

/// Random keys under eight prefixes of 100 bytes.
pub fn prefixed(count: usize) -> Vec<Vec<u8>> {
    let mut random = Random::new(8);
    let mut keys: Vec<_> = (0..count).map(|_| prefixed_key(&mut random)).collect();
    keys.sort_unstable();
    keys
}

/// One more key as in [`prefixed`].
pub fn prefixed_key(random: &mut Random) -> Vec<u8> {
    let prefix = [b'a' + random.below(8) as u8; 100];
    [&prefix[..], &random.next().to_be_bytes()].concat()
}

/// What a hostile run of keys does to the hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hostile {
    /// All are equal: none is strictly least.
    Equal,
    /// Each is greater than the one before.
    Ascending,
    /// Each is less than the one before.
    Descending,
    /// Every 17th is less than all others: the closest boundaries that there can be with a window of 16.
    Crowded,
}

impl Hostile {
    pub const ALL: [Self; 4] = [Self::Equal, Self::Ascending, Self::Descending, Self::Crowded];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal hashes",
            Self::Ascending => "ascending hashes",
            Self::Descending => "descending hashes",
            Self::Crowded => "every 17th hash least",
        }
    }

    /// A run of `count` such keys, sorted, with room for others between them.
    pub fn keys(self, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|place| self.key(place, count)).collect()
    }

    fn key(self, place: usize, count: usize) -> Vec<u8> {
        let share = u64::MAX / count as u64;
        let wanted = match self {
            Self::Equal => return tied(place as u64),
            Self::Ascending => share * place as u64..share * (place as u64 + 1),
            Self::Descending => share * (count - 1 - place) as u64..share * (count - place) as u64,
            Self::Crowded if place % 17 == 16 => 0..1 << 60,
            Self::Crowded => 1 << 60..u64::MAX,
        };
        search(place as u64, |hash| wanted.contains(&hash))
    }
}

/// A key at `place` of a run whose hash at the leaves satisfies `wanted`, found by trying.
fn search(place: u64, wanted: impl Fn(u64) -> bool) -> Vec<u8> {
    let mut key = [[0x80, 0, 0, 0, 0, 0, 0, 0], place.to_be_bytes(), [0; 8]].concat();
    let mut attempt: u64 = 0;
    while !wanted(leaf_hash(&key)) {
        attempt += 1;
        key[16..].copy_from_slice(&attempt.to_be_bytes());
    }
    key
}

/// A key whose hash at the leaves is that of every other: its first eight bytes are XXH3's public secret plus the seed,
/// so the product that takes in the next eight is zero.
fn tied(place: u64) -> Vec<u8> {
    let word = u64::from_le_bytes([0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe]);
    let first = word.wrapping_add(0x9E37_79B9_7F4A_7C15).to_le_bytes();
    [&first[..], &place.to_be_bytes(), &[0; 16]].concat()
}

/// A key right after `key`, with a random hash.
pub fn after(key: &[u8], random: &mut Random) -> Vec<u8> {
    [key, &random.next().to_be_bytes()].concat()
}
