//! A pack's index, version 2: where each object begins.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use sha1::{Digest, Sha1};

use crate::git::Oid;

/// An object of the pack.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) id: Oid,
    pub(super) crc: u32,
    pub(super) offset: u64,
}

pub(super) const MAGIC: [u8; 4] = [0xff, b't', b'O', b'c'];
pub(super) const VERSION: u32 = 2;
/// Offsets from here on stand in a table of their own.
pub(super) const LARGE: u64 = 1 << 31;

/// Writes the index of a pack with these objects and this checksum.
pub(super) fn write(file: &File, entries: &mut [Entry], pack_checksum: &[u8; 20]) -> io::Result<()> {
    entries.sort_unstable_by_key(|entry| entry.id);
    let mut output = Checksummed { file: BufWriter::new(file), hasher: Sha1::new() };
    output.put(&MAGIC)?;
    output.put(&VERSION.to_be_bytes())?;
    let mut count = 0;
    for first in 0..=u8::MAX {
        count += entries[count..].iter().take_while(|entry| entry.id.as_bytes()[0] == first).count();
        output.put(&narrow(count)?.to_be_bytes())?;
    }
    for entry in entries.iter() {
        output.put(entry.id.as_bytes())?;
    }
    for entry in entries.iter() {
        output.put(&entry.crc.to_be_bytes())?;
    }
    let mut large = Vec::new();
    for entry in entries.iter() {
        let word = if entry.offset < LARGE {
            narrow(usize::try_from(entry.offset).unwrap_or(usize::MAX))?
        } else {
            large.push(entry.offset);
            narrow(large.len() - 1)? | 1 << 31
        };
        output.put(&word.to_be_bytes())?;
    }
    for offset in large {
        output.put(&offset.to_be_bytes())?;
    }
    output.put(pack_checksum)?;
    let checksum = output.hasher.finalize_reset();
    output.file.write_all(&checksum)?;
    output.file.flush()
}

fn narrow(number: usize) -> io::Result<u32> {
    u32::try_from(number).map_err(|_| io::Error::other("a pack has more objects than its index can hold"))
}

struct Checksummed<'file> {
    file: BufWriter<&'file File>,
    hasher: Sha1,
}

impl Checksummed<'_> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.file.write_all(bytes)
    }
}
