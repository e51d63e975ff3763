//! The kinds of values that trees hold.

use crate::data::Random;

/// A kind of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// 100 incompressible bytes.
    Bytes100,
    /// Records of about 1 KB as JSON, of text that compresses as text does. They differ in length, and every fourth is
    /// longer than what our tree keeps within a leaf.
    Json1k,
}

/// What the notes of a record are made of. Two of them are a name.
const WORDS: [&str; 48] = [
    "account", "again", "agreed", "before", "bridge", "called", "carrier", "change", "city", "contract",
    "customer", "delayed", "delivery", "eight", "fast", "garden", "green", "harbour", "hour", "invoice",
    "letter", "market", "message", "monday", "morning", "number", "office", "order", "paid", "parcel",
    "paper", "price", "quality", "receipt", "refund", "returned", "river", "seven", "shelf", "spring",
    "station", "storage", "table", "today", "usual", "vendor", "waiting", "week",
];

/// Bytes of the notes of a record, at least and at most.
const NOTES: (usize, usize) = (620, 900);

impl Values {
    /// All.
    pub const ALL: [Self; 2] = [Self::Bytes100, Self::Json1k];

    /// What an argument and the table call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytes100 => "bytes-100",
            Self::Json1k => "json-1k",
        }
    }

    /// Entries of the trees that have them. A batch of 100,000 rewrites almost all of a tree of 10^6 records, which is 1 GB,
    /// and contenders keep what they wrote.
    pub const fn sizes(self) -> &'static [u64] {
        match self {
            Self::Bytes100 => &[10_000, 1_000_000],
            Self::Json1k => &[10_000, 100_000],
        }
    }

    /// A value. Another `seed` gives another.
    pub fn value(self, seed: u64) -> Vec<u8> {
        let mut random = Random(seed ^ 0x5555);
        match self {
            Self::Bytes100 => (0..13).flat_map(|_| random.next().to_le_bytes()).take(100).collect(),
            Self::Json1k => record(&mut random).into_bytes(),
        }
    }
}

fn record(random: &mut Random) -> String {
    let id = random.next() % 10_000_000;
    let [given, family, tag, other_tag, street, city] = [(); 6].map(|()| word(random));
    let active = random.next().is_multiple_of(2);
    let balance = (random.next() % 1_000_000) as f64 / 100.0;
    let house = random.next() % 200;
    let notes = notes(random);
    format!(
        r#"{{"id":{id},"name":"{given} {family}","email":"{given}.{family}@example.org","active":{active},"#
    ) + &format!(
        r#""balance":{balance},"tags":["{tag}","{other_tag}"],"address":{{"street":"{house} {street}","#
    ) + &format!(r#""city":"{city}"}},"notes":"{notes}"}}"#)
}

fn word(random: &mut Random) -> &'static str {
    WORDS[(random.next() % WORDS.len() as u64) as usize]
}

fn notes(random: &mut Random) -> String {
    let (least, most) = NOTES;
    let length = least + (random.next() % (most - least) as u64) as usize;
    let mut notes = String::with_capacity(length + 16);
    while notes.len() < length {
        notes.push_str(word(random));
        notes.push(' ');
    }
    notes.truncate(length);
    notes
}
