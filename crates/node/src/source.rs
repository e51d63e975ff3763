//! What reads and writes keys, whichever it is.

use std::sync::Arc;

use bytes::Bytes;
use prolly_tree::{Direction, EntryValue, FoundValues, KeyRange, ValueReader, ValueWriter};

use crate::fault::{Fault, Result};
use crate::records::Records;

/// What the entries of a cursor consist of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Entries,
    Keys,
    Values,
}

/// Finds the value of a key, in the state of the moment when it was asked for and on any thread, to be read piece by
/// piece. Over a storage of the user it holds no lock.
pub(crate) type Values = Box<dyn FnOnce(&[u8]) -> Result<Option<ValueReader>> + Send>;

/// The key-value surface of a store's namespace, a snapshot, a transaction or a tree. Whatever is only read refuses to
/// be written to.
pub(crate) trait Source: Send + Sync {
    /// What it is, for messages.
    fn what(&self) -> &'static str;
    /// The same for work on another thread. Over a storage of the user it holds no lock while it reads or writes nodes,
    /// for the event loop, which has to give them, may want that lock.
    fn aside(self: Arc<Self>) -> Result<Arc<dyn Source>>;
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>>;
    fn find_many(&self, keys: &[Bytes]) -> Result<FoundValues>;
    fn contains(&self, key: &[u8]) -> Result<bool>;
    fn count(&self, range: &KeyRange) -> Result<u64>;
    fn records(&self, range: KeyRange, direction: Direction, shape: Shape) -> Result<Box<dyn Records>>;
    /// The values as they are now. Loads nothing.
    fn values(&self) -> Result<Values>;

    fn put(&self, _key: Bytes, _value: Bytes) -> Result<()> {
        Err(Fault::read_only(self.what()))
    }
    fn update(&self, _key: Bytes, _value: Bytes) -> Result<bool> {
        Err(Fault::read_only(self.what()))
    }
    fn delete(&self, _key: &[u8]) -> Result<bool> {
        Err(Fault::read_only(self.what()))
    }
    fn put_many(&self, _entries: Vec<(Bytes, Bytes)>) -> Result<()> {
        Err(Fault::read_only(self.what()))
    }
    fn update_many(&self, _entries: Vec<(Bytes, Bytes)>) -> Result<Vec<bool>> {
        Err(Fault::read_only(self.what()))
    }
    fn delete_many(&self, _keys: Vec<Bytes>) -> Result<()> {
        Err(Fault::read_only(self.what()))
    }
    fn delete_range(&self, _range: &KeyRange) -> Result<u64> {
        Err(Fault::read_only(self.what()))
    }
    /// Takes the bytes of a value for [`Source::put_value`].
    fn value_writer(&self) -> Result<ValueWriter> {
        Err(Fault::read_only(self.what()))
    }
    fn put_value(&self, _key: Bytes, _value: EntryValue) -> Result<()> {
        Err(Fault::read_only(self.what()))
    }
    fn loader(self: Arc<Self>, _refuse_duplicates: bool, _replace: bool) -> Result<Box<dyn Load>> {
        Err(Fault::read_only(self.what()))
    }
}

/// A bulk load under way. Dropping it loads nothing.
pub(crate) trait Load: Send {
    /// Takes a page of entries.
    fn push(&mut self, page: Vec<u8>) -> Result<()>;
    /// How many entries were pushed, and how many keys they had.
    fn finish(self: Box<Self>) -> Result<(u64, u64)>;
}
