//! Decodes and encodes again, for whoever feeds the decoder arbitrary bytes.

use bytes::Bytes;

use super::record::{Header, MAGIC, RECORD_HEADER, Record, checksum, has_mark};

/// The bytes that are written for the header and the whole records of a journal, up to where it is torn or damaged;
/// `None` when its header is refused.
#[must_use]
pub fn rewrite_journal(journal: &[u8]) -> Option<Vec<u8>> {
    let (header, length) = Header::decode(journal).ok()?;
    let bytes = Bytes::copy_from_slice(journal);
    let mut written = header.encode().to_vec();
    let mut at = length;
    while let Some((record, length)) = Record::decode(header.salt, at as u64, &bytes.slice(at..)) {
        written.extend_from_slice(&record.encode(header.salt, at as u64));
        at += length;
    }
    // A journal is read to its end to look for a mark.
    has_mark(header.salt, at as u64, &bytes.slice(at..));
    Some(written)
}

/// The bytes with a right checksum wherever a journal would have one, so that what is behind it is looked at.
#[must_use]
pub fn with_checksums(journal: &[u8]) -> Vec<u8> {
    let mut bytes = journal.to_vec();
    // Whatever ends too early has no checksum to put right.
    let _ = put_checksums(&mut bytes);
    bytes
}

fn put_checksums(bytes: &mut [u8]) -> Option<()> {
    let length = u32::from_be_bytes(*bytes.get(MAGIC.len()..)?.first_chunk()?) as usize;
    let end = length.checked_add(MAGIC.len() + 4)?;
    let sum = crc32c::crc32c(bytes.get(..end)?);
    put(bytes, end, sum)?;
    let (header, mut at) = Header::decode(bytes).ok()?;
    loop {
        let length = usize::try_from(u64::from_be_bytes(*bytes.get(at..)?.first_chunk()?)).ok()?;
        let end = length.checked_add(at + RECORD_HEADER)?;
        let sum = checksum(header.salt, at as u64, bytes.get(at..end)?);
        put(bytes, end, sum)?;
        at = end + 4;
    }
}

fn put(bytes: &mut [u8], at: usize, sum: u32) -> Option<()> {
    bytes.get_mut(at..)?.get_mut(..4)?.copy_from_slice(&sum.to_be_bytes());
    Some(())
}
