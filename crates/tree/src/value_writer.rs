//! Values written piece by piece.

use std::fmt;
use std::io;
use std::mem;

use bytes::Bytes;
use fastcdc::v2020::FastCDC;
use prolly_storage::{
    BLOB_VALUE_MAX, CHUNK_MAX, CHUNK_MIN, Link, Node, NodeRef, NodeStore, Parameters, VALUE_MAX, encode_blob,
    encode_chunk_list,
};

use crate::large_value::store_short_value;
use crate::{EntryValue, Error, Result};

/// The length that chunks aim at, in bytes: part of the format.
const CHUNK_AIM: usize = 64 * 1024;
/// Bytes that are gathered before they are cut. Less than a chunk of them is moved to the front then.
const GATHERED: usize = 4 * CHUNK_MAX;
/// Bytes of chunks that are written with one request.
const WRITTEN_AT_ONCE: usize = 4 << 20;

/// Takes the bytes of a value piece by piece, and gives at the end exactly what [`Tree::value_of`](crate::Tree::value_of)
/// gives for all of them: [`Tree::value_writer`](crate::Tree::value_writer) makes it,
/// [`MutableTree::put_value`](crate::MutableTree::put_value) and [`Edit::Put`](crate::Edit::Put) take what it gives.
///
/// Cost: about 6 MiB of memory at most, however long the value is; chunks are written as they are cut, some 4 MiB with
/// one request. They pass by the cache of nodes.
///
/// A writer that is dropped before it is finished, or fails, leaves chunks in the storage that nothing refers to, which a
/// collection of garbage removes. So does a collection that comes between its first write and the moment when the value
/// is in a tree that is live: it spares what was written of late, for as long as it was told.
///
/// ```
/// use std::io::Write;
/// use std::sync::Arc;
/// use prolly_storage::{MemoryStorage, NodeStore, Parameters};
/// use prolly_tree::{MutableTree, Tree};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = NodeStore::new(Arc::new(MemoryStorage::new()));
/// let mut tree = MutableTree::new(Tree::empty(store, Parameters::default())?);
/// let mut writer = tree.tree().value_writer();
/// for line in 0..10_000 {
///     writeln!(writer, "line {line}")?;
/// }
/// tree.put_value("log", writer.finish()?)?;
/// assert_eq!(tree.get(b"log")?.map(|log| log.len()), Some(98_890));
/// # Ok(())
/// # }
/// ```
pub struct ValueWriter {
    store: NodeStore,
    parameters: Parameters,
    /// Bytes that were not cut yet.
    gathered: Vec<u8>,
    /// The chunks that were cut.
    chunks: Vec<(NodeRef, u32)>,
    /// Those of them that were not written yet, and their bytes.
    unwritten: Vec<Node>,
    unwritten_bytes: usize,
    /// Bytes that were pushed.
    length: usize,
    /// Why the storage did not take what was cut.
    failed: Option<String>,
}

impl ValueWriter {
    /// A writer of chunks to `store`.
    pub(crate) const fn new(store: NodeStore, parameters: Parameters) -> Self {
        Self {
            store,
            parameters,
            gathered: Vec::new(),
            chunks: Vec::new(),
            unwritten: Vec::new(),
            unwritten_bytes: 0,
            length: 0,
            failed: None,
        }
    }

    /// Bytes that it took so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether it took no bytes yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Takes all of `piece`.
    ///
    /// # Errors
    /// [`Error::ValueTooLong`] as soon as there are more bytes than a value may have, or when the store cannot write. The
    /// writer is of no use then: whatever is asked of it fails.
    pub fn push(&mut self, piece: &[u8]) -> Result<()> {
        self.refuse_failed()?;
        self.length = self.length.saturating_add(piece.len());
        self.refuse_failed()?;
        let taken = self.take(piece);
        if let Err(error) = &taken {
            self.failed = Some(error.to_string());
        }
        taken
    }

    /// The value of all bytes that were pushed, out-of-line ones in the store.
    ///
    /// # Errors
    /// When the store cannot write, or an earlier call failed.
    pub fn finish(mut self) -> Result<EntryValue> {
        self.refuse_failed()?;
        let rest = mem::take(&mut self.gathered);
        if self.length <= BLOB_VALUE_MAX {
            return store_short_value(&self.store, &self.parameters, Bytes::from(rest));
        }
        let mut rest = &rest[..];
        while !rest.is_empty() {
            rest = self.cut(rest)?;
        }
        let list = encode_chunk_list(&self.chunks);
        let target = list.address().into();
        self.unwritten.push(list);
        self.store.put_many(mem::take(&mut self.unwritten))?;
        // Bounded by `VALUE_MAX`.
        let length = u32::try_from(self.length).unwrap_or(u32::MAX);
        Ok(EntryValue::Linked(Link { target, length }))
    }

    fn take(&mut self, mut piece: &[u8]) -> Result<()> {
        // Where a chunk ends is known once as many bytes are at hand as the longest one has.
        while self.gathered.is_empty() && piece.len() >= CHUNK_MAX {
            piece = self.cut(piece)?;
        }
        while !piece.is_empty() {
            let (now, later) = piece.split_at(piece.len().min(GATHERED - self.gathered.len()));
            self.gathered.extend_from_slice(now);
            piece = later;
            if self.gathered.len() == GATHERED {
                self.cut_gathered()?;
            }
        }
        Ok(())
    }

    fn cut_gathered(&mut self) -> Result<()> {
        let mut gathered = mem::take(&mut self.gathered);
        let mut rest = &gathered[..];
        while rest.len() >= CHUNK_MAX {
            rest = self.cut(rest)?;
        }
        let cut = gathered.len() - rest.len();
        gathered.drain(..cut);
        self.gathered = gathered;
        Ok(())
    }

    /// Takes one chunk from the front of `bytes`, which are all that is left of the value or as many as the longest chunk
    /// has. Returns what follows it.
    fn cut<'bytes>(&mut self, bytes: &'bytes [u8]) -> Result<&'bytes [u8]> {
        let length = FastCDC::new(bytes, CHUNK_MIN, CHUNK_AIM, CHUNK_MAX).next();
        let (chunk, rest) = bytes.split_at(length.map_or(bytes.len(), |chunk| chunk.length));
        let blob = encode_blob(chunk);
        // Bounded by `CHUNK_MAX`.
        self.chunks.push((blob.address().into(), u32::try_from(chunk.len()).unwrap_or(u32::MAX)));
        self.unwritten.push(blob);
        self.unwritten_bytes += chunk.len();
        if self.unwritten_bytes >= WRITTEN_AT_ONCE {
            self.unwritten_bytes = 0;
            self.store.put_many(mem::take(&mut self.unwritten))?;
        }
        Ok(rest)
    }

    fn refuse_failed(&self) -> Result<()> {
        if self.length > VALUE_MAX {
            return Err(Error::ValueTooLong { length: self.length });
        }
        match &self.failed {
            Some(reason) => Err(Error::FailedValue { reason: reason.clone() }),
            None => Ok(()),
        }
    }
}

/// Writing never takes a part of a piece. An [`Error`] is the inner one of what is reported.
impl io::Write for ValueWriter {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.push(piece).map_err(io::Error::other)?;
        Ok(piece.len())
    }

    /// Does nothing: what is not cut yet cannot be written.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for ValueWriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ValueWriter({} bytes, {} chunks)", self.length, self.chunks.len())
    }
}
