//! What the trees hold, the same for all contenders: random keys of 24 bytes, and values of one kind.

use crate::values::Values;

/// Keys and values, in the order of a task.
pub type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// A fixed sequence of numbers that look random (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

fn key(number: u64) -> Vec<u8> {
    let mut random = Random(number.wrapping_mul(0xA24B_AED4_963E_E407));
    [random.next().to_be_bytes(), random.next().to_be_bytes(), number.to_be_bytes()].concat()
}

/// A tree's entries, and what is asked of it.
#[derive(Clone, Copy)]
pub struct Data {
    /// Entries of the tree.
    pub size: u64,
    /// What its values are.
    pub values: Values,
}

impl Data {
    fn entry(self, number: u64) -> (Vec<u8>, Vec<u8>) {
        (key(number), self.values.value(number))
    }

    /// The entries, in random order.
    pub fn unsorted(self) -> Entries {
        (0..self.size).map(|number| self.entry(number)).collect()
    }

    /// The entries, in key order.
    pub fn sorted(self) -> Entries {
        let mut entries = self.unsorted();
        entries.sort_unstable();
        entries
    }

    /// Bytes of all keys and values.
    pub fn bytes(self) -> u64 {
        let entries = (0..self.size).map(|number| self.entry(number));
        entries.map(|(key, value)| (key.len() + value.len()) as u64).sum()
    }

    /// Keys of the tree, in random order. Another `salt` gives others.
    pub fn present(self, count: usize, salt: u64) -> Vec<Vec<u8>> {
        let mut random = Random(salt);
        (0..count).map(|_| key(random.next() % self.size)).collect()
    }

    /// A key of the tree and a value that it does not have there.
    pub fn update(self, salt: u64) -> (Vec<u8>, Vec<u8>) {
        let mut random = Random(salt ^ 0xABCD);
        (key(random.next() % self.size), self.values.value(random.next()))
    }

    /// Keys that the tree does not have and their values, in key order. Another `salt` gives others.
    pub fn inserts(self, count: usize, salt: u64) -> Entries {
        let first = self.size + (salt + 1) * 10_000_000;
        let mut entries: Entries = (first..first + count as u64).map(|number| self.entry(number)).collect();
        entries.sort_unstable();
        entries
    }
}
