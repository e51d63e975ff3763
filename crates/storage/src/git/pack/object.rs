//! One object as a pack holds it.

use std::cell::RefCell;

use flate2::{Compress, Compression, FlushCompress, Status};
use sha1::{Digest, Sha1};

use crate::git::Oid;
use crate::{Error, Result};

/// zlib's fastest level: `git gc` finds deltas later, and they save far more than a higher level does.
const LEVEL: u32 = 1;

/// What a Git object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::git) enum ObjectKind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl ObjectKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::Commit => 1,
            Self::Tree => 2,
            Self::Blob => 3,
            Self::Tag => 4,
        }
    }

    /// The id of an object of this kind.
    pub(in crate::git) fn id(self, bytes: &[u8]) -> Oid {
        let mut hasher = Sha1::new();
        hasher.update(format!("{} {}\0", self.name(), bytes.len()));
        hasher.update(bytes);
        Oid::from_bytes(hasher.finalize().into())
    }
}

/// An object, hashed and compressed, ready to be appended to a pack.
pub(in crate::git) struct PackedObject {
    pub(in crate::git) id: Oid,
    /// Header and compressed bytes, as they stand in the pack.
    pub(super) bytes: Vec<u8>,
    /// Of those.
    pub(super) crc: u32,
}

impl PackedObject {
    /// Hashes and compresses an object. This is where the time of a commit goes; it may run on many threads.
    pub(in crate::git) fn new(kind: ObjectKind, data: &[u8]) -> Result<Self> {
        thread_local! {
            static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), true));
        }
        let mut bytes = Vec::with_capacity(data.len() / 2 + 64);
        write_header(&mut bytes, kind, data.len());
        COMPRESS.with_borrow_mut(|compress| deflate(compress, data, &mut bytes))?;
        let crc = crc32fast::hash(&bytes);
        Ok(Self { id: kind.id(data), bytes, crc })
    }
}

/// Kind and length: four bits of the length in the first byte, seven in each that follows.
fn write_header(bytes: &mut Vec<u8>, kind: ObjectKind, length: usize) {
    let low = |length: usize, mask: usize| u8::try_from(length & mask).unwrap_or_default();
    let mut byte = (kind.code() << 4) | low(length, 0x0f);
    let mut rest = length >> 4;
    while rest > 0 {
        bytes.push(byte | 0x80);
        byte = low(rest, 0x7f);
        rest >>= 7;
    }
    bytes.push(byte);
}

fn deflate(compress: &mut Compress, data: &[u8], bytes: &mut Vec<u8>) -> Result<()> {
    compress.reset();
    loop {
        let done = usize::try_from(compress.total_in()).unwrap_or(data.len());
        bytes.reserve((data.len() - done) / 2 + 256);
        let status = compress.compress_vec(&data[done..], bytes, FlushCompress::Finish);
        match status {
            Ok(Status::StreamEnd) => return Ok(()),
            Ok(_) => {}
            Err(error) => {
                return Err(Error::Git { action: "compress an object".into(), message: error.to_string() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        assert_eq!(ObjectKind::Blob.id(b"").to_string(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(ObjectKind::Tree.id(b"").to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }

    #[test]
    fn headers_hold_lengths_of_any_size() {
        for (length, expected) in [
            (0, &[0x30][..]),
            (15, &[0x3f]),
            (16, &[0xb0, 1]),
            (4096, &[0xb0, 0x80, 2]),
            (0x7ff, &[0xbf, 0x7f]),
        ] {
            let mut bytes = Vec::new();
            write_header(&mut bytes, ObjectKind::Blob, length);
            assert_eq!(bytes, expected, "{length}");
        }
    }
}
