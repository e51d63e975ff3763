//! The bytes of a journal: its header and its records.

use std::ops::Bound;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prolly_storage::git::Oid;
use prolly_tree::KeyRange;

/// The first bytes of a journal: what it is, and the version of its format.
pub(crate) const MAGIC: [u8; 8] = *b"PRLYJRN\x01";
/// Bytes before a record's payload: its length (eight) and kind.
pub(crate) const RECORD_HEADER: usize = 9;
/// Bytes of a record that are not its payload.
pub(crate) const RECORD_OVERHEAD: usize = RECORD_HEADER + 4;

const BATCH: u8 = 1;
const MARK: u8 = 2;
const INTENT: u8 = 3;
const AHEAD: u8 = 4;

/// What the records of a journal start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Tells this journal from any other, so that a record left over from another one is never taken for one of this.
    pub(crate) salt: u64,
    /// The branch that HEAD was on; `None` when it was detached.
    pub(crate) branch: Option<String>,
    /// The commit that the staged changes are made to; `None` before the first one.
    pub(crate) base: Option<Oid>,
    /// A commit under `refs/prolly/staged/` whose tree already has the changes staged before the first record.
    pub(crate) checkpoint: Option<Oid>,
}

impl Header {
    /// Magic, length of what follows but for the checksum (four bytes), salt, branch, base, checkpoint, CRC-32C of all.
    pub(crate) fn encode(&self) -> Bytes {
        let mut body = BytesMut::new();
        body.put_u64(self.salt);
        put_optional(&mut body, self.branch.as_ref().map(String::as_bytes));
        put_optional(&mut body, self.base.as_ref().map(|id| &id.as_bytes()[..]));
        put_optional(&mut body, self.checkpoint.as_ref().map(|id| &id.as_bytes()[..]));
        let mut bytes = BytesMut::from(&MAGIC[..]);
        put_field(&mut bytes, &body);
        let checksum = crc32c::crc32c(&bytes);
        bytes.put_u32(checksum);
        bytes.freeze()
    }

    /// The header at the start of `bytes` and how long it is, or what is wrong with it.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Self, usize), &'static str> {
        const SHORT: &str = "the header is incomplete";
        let mut rest = Bytes::copy_from_slice(&bytes[..bytes.len().min(64 * 1024)]);
        if rest.len() < MAGIC.len() {
            return Err(SHORT);
        }
        let magic = rest.split_to(MAGIC.len());
        if magic[..7] != MAGIC[..7] {
            return Err("it does not begin as a journal does");
        }
        if magic[7] != MAGIC[7] {
            return Err("its format is newer than this program, or its header is damaged");
        }
        let mut body = get_field(&mut rest).ok_or(SHORT)?;
        let checksum = rest.try_get_u32().map_err(|_| SHORT)?;
        let length = MAGIC.len() + 4 + body.len() + 4;
        if crc32c::crc32c(&bytes[..length - 4]) != checksum {
            return Err("the header does not match its checksum");
        }
        let mut decode = || {
            let salt = body.try_get_u64().ok()?;
            let branch =
                get_optional(&mut body)?.map(|name| String::from_utf8(name.into())).transpose().ok()?;
            let mut id = || Some(get_optional(&mut body)?.map(|id| oid(&id)));
            let (base, checkpoint) = (id()?, id()?);
            let sound = base != Some(None) && checkpoint != Some(None) && body.is_empty();
            sound.then_some(Self { salt, branch, base: base.flatten(), checkpoint: checkpoint.flatten() })
        };
        decode().map(|header| (header, length)).ok_or("the header is none that this program writes")
    }
}

/// One record of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// Changes that were staged together.
    Batch(Vec<Operation>),
    /// All before it was synced.
    Mark,
    /// A commit that takes all records before `offset` was about to be published.
    Intent { commit: Oid, offset: u64 },
    /// The branch, or HEAD, was about to be moved to what the header names: the journal is ahead of it.
    Ahead,
}

/// A staged change. Keys are stored keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Put { key: Bytes, value: Bytes },
    Delete { key: Bytes },
    DeleteRange(KeyRange),
}

impl Operation {
    /// Bytes it takes in a journal, give or take a few.
    pub(crate) fn size(&self) -> usize {
        let bound = |bound: &Bound<Bytes>| match bound {
            Bound::Included(key) | Bound::Excluded(key) => key.len() + 5,
            Bound::Unbounded => 1,
        };
        match self {
            Self::Put { key, value } => 9 + key.len() + value.len(),
            Self::Delete { key } => 5 + key.len(),
            Self::DeleteRange(range) => 1 + bound(&range.lower) + bound(&range.upper),
        }
    }
}

impl Record {
    /// The record as it stands at `offset` of the journal with this salt: length of the payload, kind, payload, CRC-32C
    /// of salt, offset and all of these.
    pub(crate) fn encode(&self, salt: u64, offset: u64) -> Bytes {
        let capacity = match self {
            Self::Batch(operations) => operations.iter().map(Operation::size).sum(),
            Self::Mark | Self::Ahead | Self::Intent { .. } => 28,
        };
        let mut bytes = BytesMut::with_capacity(capacity + RECORD_OVERHEAD);
        bytes.put_u64(0);
        match self {
            Self::Batch(operations) => {
                bytes.put_u8(BATCH);
                for operation in operations {
                    put_operation(&mut bytes, operation);
                }
            }
            Self::Mark => bytes.put_u8(MARK),
            Self::Ahead => bytes.put_u8(AHEAD),
            Self::Intent { commit, offset } => {
                bytes.put_u8(INTENT);
                bytes.put_slice(commit.as_bytes());
                bytes.put_u64(*offset);
            }
        }
        let length = (bytes.len() - RECORD_HEADER) as u64;
        bytes[..8].copy_from_slice(&length.to_be_bytes());
        let checksum = checksum(salt, offset, &bytes);
        bytes.put_u32(checksum);
        bytes.freeze()
    }

    /// The record at the start of `bytes`, which stand at `offset`, and how long it is; `None` when there is no whole
    /// and sound one.
    pub(crate) fn decode(salt: u64, offset: u64, bytes: &Bytes) -> Option<(Self, usize)> {
        let length = usize::try_from(u64::from_be_bytes(*bytes.first_chunk()?)).ok()?;
        let end = length.checked_add(RECORD_HEADER)?;
        let sum = u32::from_be_bytes(*bytes.get(end..)?.first_chunk()?);
        if checksum(salt, offset, &bytes[..end]) != sum {
            return None;
        }
        let mut payload = bytes.slice(RECORD_HEADER..end);
        let record = match bytes[8] {
            BATCH => {
                let mut operations = Vec::new();
                while !payload.is_empty() {
                    operations.push(get_operation(&mut payload)?);
                }
                Self::Batch(operations)
            }
            MARK if payload.is_empty() => Self::Mark,
            AHEAD if payload.is_empty() => Self::Ahead,
            INTENT if payload.len() == Oid::LENGTH + 8 => {
                Self::Intent { commit: oid(&payload.split_to(Oid::LENGTH))?, offset: payload.get_u64() }
            }
            _ => return None,
        };
        Some((record, end + 4))
    }
}

/// Whether there is a mark anywhere in `bytes`, which stand at `offset`.
pub(crate) fn has_mark(salt: u64, offset: u64, bytes: &Bytes) -> bool {
    let mut start = [0; RECORD_HEADER];
    start[8] = MARK;
    bytes.windows(RECORD_OVERHEAD).enumerate().any(|(at, window)| {
        let sum = || u32::from_be_bytes([window[9], window[10], window[11], window[12]]);
        window.starts_with(&start) && checksum(salt, offset + at as u64, &start) == sum()
    })
}

pub(super) fn checksum(salt: u64, offset: u64, bytes: &[u8]) -> u32 {
    let sum = crc32c::crc32c(&salt.to_be_bytes());
    let sum = crc32c::crc32c_append(sum, &offset.to_be_bytes());
    crc32c::crc32c_append(sum, bytes)
}

fn put_operation(bytes: &mut BytesMut, operation: &Operation) {
    match operation {
        Operation::Put { key, value } => {
            bytes.put_u8(1);
            put_field(bytes, key);
            put_field(bytes, value);
        }
        Operation::Delete { key } => {
            bytes.put_u8(2);
            put_field(bytes, key);
        }
        Operation::DeleteRange(range) => {
            bytes.put_u8(3);
            for bound in [&range.lower, &range.upper] {
                match bound {
                    Bound::Unbounded => bytes.put_u8(0),
                    Bound::Included(key) => {
                        bytes.put_u8(1);
                        put_field(bytes, key);
                    }
                    Bound::Excluded(key) => {
                        bytes.put_u8(2);
                        put_field(bytes, key);
                    }
                }
            }
        }
    }
}

fn get_operation(bytes: &mut Bytes) -> Option<Operation> {
    Some(match bytes.try_get_u8().ok()? {
        1 => Operation::Put { key: get_field(bytes)?, value: get_field(bytes)? },
        2 => Operation::Delete { key: get_field(bytes)? },
        3 => {
            let mut bound = || {
                Some(match bytes.try_get_u8().ok()? {
                    0 => Bound::Unbounded,
                    1 => Bound::Included(get_field(bytes)?),
                    2 => Bound::Excluded(get_field(bytes)?),
                    _ => return None,
                })
            };
            Operation::DeleteRange(KeyRange { lower: bound()?, upper: bound()? })
        }
        _ => return None,
    })
}

fn put_field(bytes: &mut BytesMut, field: &[u8]) {
    // Keys and values were checked against limits far below four gigabytes.
    bytes.put_u32(u32::try_from(field.len()).unwrap_or(u32::MAX));
    bytes.put_slice(field);
}

fn get_field(bytes: &mut Bytes) -> Option<Bytes> {
    let length = bytes.try_get_u32().ok()? as usize;
    (length <= bytes.len()).then(|| bytes.split_to(length))
}

fn put_optional(bytes: &mut BytesMut, field: Option<&[u8]>) {
    bytes.put_u8(u8::from(field.is_some()));
    if let Some(field) = field {
        put_field(bytes, field);
    }
}

fn get_optional(bytes: &mut Bytes) -> Option<Option<Bytes>> {
    match bytes.try_get_u8().ok()? {
        0 => Some(None),
        1 => get_field(bytes).map(Some),
        _ => None,
    }
}

fn oid(bytes: &[u8]) -> Option<Oid> {
    <[u8; Oid::LENGTH]>::try_from(bytes).ok().map(Oid::from_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> Vec<Record> {
        let text = |text: &'static str| Bytes::from_static(text.as_bytes());
        let range = KeyRange { lower: Bound::Included(text("a")), upper: Bound::Excluded(text("b")) };
        vec![
            Record::Batch(vec![]),
            Record::Batch(vec![
                Operation::Put { key: text("key"), value: text("value") },
                Operation::Delete { key: text("gone") },
                Operation::DeleteRange(range),
                Operation::DeleteRange(KeyRange::all()),
                Operation::Put { key: text(""), value: text("") },
            ]),
            Record::Mark,
            Record::Intent { commit: Oid::from_bytes([7; 20]), offset: 99 },
        ]
    }

    #[test]
    fn records_round_trip_at_their_place_only() {
        for record in records() {
            let bytes = record.encode(5, 100);
            assert_eq!(Record::decode(5, 100, &bytes), Some((record.clone(), bytes.len())));
            assert_eq!(Record::decode(6, 100, &bytes), None, "another journal's");
            assert_eq!(Record::decode(5, 101, &bytes), None, "elsewhere");
        }
    }

    #[test]
    fn damaged_records_are_found_out() {
        for record in records() {
            let bytes = record.encode(5, 100);
            for length in 0..bytes.len() {
                assert_eq!(Record::decode(5, 100, &bytes.slice(..length)), None);
            }
            for bit in 0..bytes.len() * 8 {
                let mut broken = bytes.to_vec();
                broken[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(Record::decode(5, 100, &broken.into()), None, "bit {bit} of {record:?}");
            }
        }
    }

    #[test]
    fn headers_round_trip_and_damage_is_found_out() {
        for (branch, base) in [(Some("main".to_owned()), None), (None, Some(Oid::from_bytes([3; 20])))] {
            let header = Header { salt: 12, branch, base, checkpoint: base };
            let bytes = header.encode();
            assert_eq!(Header::decode(&bytes), Ok((header, bytes.len())));
            for length in 0..bytes.len() {
                assert!(Header::decode(&bytes[..length]).is_err());
            }
            for bit in 0..bytes.len() * 8 {
                let mut broken = bytes.to_vec();
                broken[bit / 8] ^= 1 << (bit % 8);
                assert!(Header::decode(&broken).is_err(), "bit {bit}");
            }
        }
    }

    #[test]
    fn marks_are_found_behind_damage() {
        let mut bytes = vec![9; 41];
        bytes.extend_from_slice(&Record::Mark.encode(5, 100 + 41));
        assert!(has_mark(5, 100, &bytes.clone().into()));
        assert!(!has_mark(5, 101, &bytes.clone().into()));
        bytes.pop();
        assert!(!has_mark(5, 100, &bytes.into()));
    }
}
