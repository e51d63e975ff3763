//! Values read piece by piece.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use prolly_storage::{BLOB_VALUE_MAX, Error as StorageError, Kind, Link, Node, NodeRef, NodeStore};

use crate::{EntryValue, Error, Result};

/// Chunks asked for at once by whoever reads one piece after the other, at most.
const READ_AHEAD: usize = 8;
/// Chunks asked for at once by whoever wants all of them.
const CHUNKS_PER_REQUEST: usize = 64;

/// Reads the bytes of a value, or a range of them, piece by piece: [`Tree::value_reader`](crate::Tree::value_reader)
/// makes it. It reads what the value was, whatever is written to the tree later.
///
/// Cost: the first read of a value that lives out of line loads the node it is linked to. One in chunks then costs the
/// loads of those chunks that have bytes asked for. Whoever goes on reading where the last read ended has chunks loaded
/// ahead, first one, then twice as many each time, at most 8 with one request: about 512 KiB, and never more than 2 MiB.
/// Chunks pass by the cache of nodes, which a long value would sweep.
///
/// ```
/// use std::io::{Read, Seek, SeekFrom};
/// use std::sync::Arc;
/// use bytes::Bytes;
/// use prolly_storage::{MemoryStorage, NodeStore, Parameters};
/// use prolly_tree::Tree;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = NodeStore::new(Arc::new(MemoryStorage::new()));
/// let tree = Tree::empty(store, Parameters::default())?;
/// let value = tree.value_of(Bytes::from("0123456789".repeat(100_000)))?;
/// let mut reader = tree.value_reader(value.clone());
/// reader.seek(SeekFrom::Start(500_003))?;
/// let mut bytes = [0; 4];
/// reader.read_exact(&mut bytes)?;
/// assert_eq!(&bytes, b"3456");
/// assert_eq!(&tree.value_reader(value).within(8..12).read_all()?[..], b"8901");
/// # Ok(())
/// # }
/// ```
pub struct ValueReader {
    /// Has the node that the value is linked to, and the chunks.
    store: NodeStore,
    chunk_store: NodeStore,
    value: EntryValue,
    /// Of a value in chunks, once the list was read.
    chunks: Option<Chunks>,
    /// The bytes from `position` on that were read already, chunk by chunk.
    ahead: VecDeque<Bytes>,
    position: u64,
    /// Where the range to read ends.
    end: u64,
    /// Chunks that the next request asks for at least and at most.
    request: usize,
    request_max: usize,
}

/// The chunks of a value.
struct Chunks {
    list: Arc<Node>,
    /// Where each one ends in the value.
    ends: Vec<u64>,
}

impl ValueReader {
    pub(crate) fn new(store: NodeStore, value: EntryValue) -> Self {
        let chunk_store = store.uncached();
        Self::over(store, chunk_store, value, READ_AHEAD)
    }

    /// For all of the value at once, which the cache keeps.
    pub(crate) fn whole(store: NodeStore, value: EntryValue) -> Self {
        let reader = Self::over(store.clone(), store, value, CHUNKS_PER_REQUEST);
        Self { request: CHUNKS_PER_REQUEST, ..reader }
    }

    fn over(store: NodeStore, chunk_store: NodeStore, value: EntryValue, request_max: usize) -> Self {
        let (position, end) = (0, value.len() as u64);
        let (chunks, ahead, request) = (None, VecDeque::new(), 1);
        Self { store, chunk_store, value, chunks, ahead, position, end, request, request_max }
    }

    /// The same value, of which nothing is read or loaded ahead but the bytes of `range`, as far as it has them.
    #[must_use]
    pub fn within(mut self, range: Range<u64>) -> Self {
        self.end = range.end.min(self.len());
        self.move_to(range.start);
        self
    }

    /// Bytes of the whole value.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.value.len() as u64
    }

    /// Whether the value has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// Where in the value the next read begins.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The next bytes, uncopied: at least one, at most `most`, and none but at the end.
    ///
    /// # Errors
    /// When a node cannot be loaded, or is not what the value was linked to or listed; the position is as it was then.
    pub fn next_bytes(&mut self, most: usize) -> Result<Bytes> {
        let left = usize::try_from(self.end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let most = most.min(left);
        if most == 0 {
            return Ok(Bytes::new());
        }
        if self.ahead.is_empty() {
            self.load(most)?;
        }
        let Some(front) = self.ahead.front_mut() else { return Ok(Bytes::new()) };
        let bytes = front.split_to(most.min(front.len()));
        if front.is_empty() {
            self.ahead.pop_front();
        }
        self.position += bytes.len() as u64;
        Ok(bytes)
    }

    /// All bytes from the position to the end. They are not copied when one node has them.
    ///
    /// # Errors
    /// As [`ValueReader::next_bytes`].
    pub fn read_all(mut self) -> Result<Bytes> {
        let first = self.next_bytes(usize::MAX)?;
        let left = usize::try_from(self.end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(first);
        }
        let mut all = BytesMut::with_capacity(first.len() + left);
        all.extend_from_slice(&first);
        drop(first);
        while all.len() < all.capacity() {
            let next = self.next_bytes(usize::MAX)?;
            if next.is_empty() {
                break;
            }
            all.extend_from_slice(&next);
        }
        Ok(all.freeze())
    }

    fn move_to(&mut self, position: u64) {
        // A step back, or over what is not at hand, gives up what was read ahead.
        let mut step = position.checked_sub(self.position);
        while let (Some(left), Some(front)) = (step, self.ahead.front_mut()) {
            let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(front.len());
            front.advance(skipped);
            if !front.is_empty() {
                self.position = position;
                return;
            }
            self.ahead.pop_front();
            step = Some(left - skipped as u64);
        }
        if step != Some(0) {
            self.ahead.clear();
            self.request = 1;
        }
        self.position = position;
    }

    /// Reads what begins at the position, which lies in the value: `wanted` bytes or more, at most some chunks.
    fn load(&mut self, wanted: usize) -> Result<()> {
        let (Ok(position), Ok(end)) = (usize::try_from(self.position), usize::try_from(self.end)) else {
            return Ok(()); // No value is as long.
        };
        let link = match &self.value {
            EntryValue::Inline(bytes) => {
                self.ahead.push_back(bytes.slice(position..end));
                return Ok(());
            }
            EntryValue::Linked(link) => *link,
        };
        if self.chunks.is_none() {
            let node = self.store.load(&link.target)?;
            if let Some(bytes) = blob_of(&node, &link)? {
                self.ahead.push_back(bytes.slice(position..end));
                return Ok(());
            }
            self.chunks = Some(Chunks::of(node));
        }
        let Some(chunks) = &self.chunks else { return Ok(()) };
        let first = chunks.at(self.position);
        let last_wanted = chunks.at((self.position + wanted as u64).min(self.end) - 1);
        let last = chunks
            .at(self.end - 1)
            .min(last_wanted.max(first + self.request - 1))
            .min(first + self.request_max - 1);
        let blobs = chunks.load(&self.chunk_store, first..last + 1, &link)?;
        self.ahead.extend(blobs);
        if let Some(front) = self.ahead.front_mut() {
            front.advance(usize::try_from(self.position - chunks.start(first)).unwrap_or(0));
        }
        self.request = (2 * self.request).min(self.request_max);
        Ok(())
    }
}

impl Chunks {
    fn of(list: Arc<Node>) -> Self {
        let mut end = 0;
        let ends = (0..list.len()).map(|index| {
            end += u64::from(list.chunk(index).1);
            end
        });
        let ends = ends.collect();
        Self { list, ends }
    }

    /// The chunk that has the byte at `position`.
    fn at(&self, position: u64) -> usize {
        self.ends.partition_point(|end| *end <= position)
    }

    fn start(&self, index: usize) -> u64 {
        if index == 0 { 0 } else { self.ends[index - 1] }
    }

    /// The bytes of some chunks, with one request.
    fn load(&self, store: &NodeStore, range: Range<usize>, link: &Link) -> Result<Vec<Bytes>> {
        let chunks: Vec<(NodeRef, u32)> = range.map(|index| self.list.chunk(index)).collect();
        let targets: Vec<_> = chunks.iter().map(|(target, _)| *target).collect();
        let bytes = |(blob, (_, length)): (Arc<Node>, &(NodeRef, u32))| {
            if blob.kind() == Kind::Blob && blob.blob().len() == *length as usize {
                Ok(blob.blob())
            } else {
                Err(not_the_value(link))
            }
        };
        store.load_many(&targets)?.into_iter().zip(&chunks).map(bytes).collect()
    }
}

/// The bytes of a value in one blob; `None` for one in chunks.
fn blob_of(node: &Node, link: &Link) -> Result<Option<Bytes>> {
    let length = link.length as usize;
    match node.kind() {
        Kind::Blob if length <= BLOB_VALUE_MAX && node.blob().len() == length => Ok(Some(node.blob())),
        Kind::ChunkList if length > BLOB_VALUE_MAX && node.chunked_length() == length as u64 => Ok(None),
        _ => Err(not_the_value(link)),
    }
}

fn not_the_value(link: &Link) -> Error {
    Error::Storage(StorageError::Corruption {
        subject: format!("node {}", link.target.address),
        reason: format!("it is not the value of {} bytes that a leaf names", link.length),
    })
}

/// An [`Error`] is the inner one of what is reported.
impl Read for ValueReader {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let bytes = self.next_bytes(target.len()).map_err(io::Error::other)?;
        target[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

/// Places are counted in the whole value, also when a range of it is read. Loads nothing.
impl Seek for ValueReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(step) => self.position.checked_add_signed(step),
            SeekFrom::End(step) => self.len().checked_add_signed(step),
        };
        let position = position
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the value"))?;
        self.move_to(position);
        Ok(position)
    }
}

impl fmt::Debug for ValueReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ValueReader({} of {} to {})", self.position, self.len(), self.end)
    }
}
