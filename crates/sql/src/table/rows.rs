//! Rows of a table, one after the other, read as they are asked for from the state of one moment.

use std::collections::VecDeque;
use std::sync::Arc;

use gluesql_core::data::{Key, Value};
use prolly_tree::{Direction, KeyRange, Tree};
use prolly_versioning::{KeyspaceId, Keyspaces, StoreEntries};

use super::{Index, Table};
use crate::encoding::key::{Followed, read_key};
use crate::encoding::reader::Reader;
use crate::error::{Error, Result};

/// Rows that are looked up at once.
const LOOKED_UP: usize = 256;

/// A row with its key.
pub(crate) type KeyedRow = (Vec<u8>, Vec<Value>);

/// A row that is given other values.
pub(crate) struct ReplacedRow {
    pub(crate) key: Vec<u8>,
    pub(crate) old: Vec<Value>,
    pub(crate) new: Vec<Value>,
}

/// The rows of a table that lie in ranges, or whose keys an index or a list gives.
pub(crate) struct Rows {
    table: Arc<Table>,
    keyspaces: Keyspaces,
    /// The columns that are read; NULL stands for the others. All without it.
    wanted: Option<Arc<[bool]>>,
    from: From,
}

enum From {
    Ranges(Box<Ranges>),
    /// Keys are looked up a page at a time: the first ones alone, so that whoever wants one row does not wait for many.
    Keys {
        keys: Keys,
        page: usize,
        found: VecDeque<(Vec<u8>, Vec<Value>)>,
    },
}

/// Where keys of rows come from.
enum Keys {
    List(std::vec::IntoIter<Vec<u8>>),
    Index(Box<IndexKeys>),
}

type Filter = Box<dyn Fn(Key) -> bool + Send>;

/// The keys of rows in the order of an index.
struct IndexKeys {
    ranges: Ranges,
    name: Arc<str>,
    is_unique: bool,
    filter: Option<Filter>,
}

/// Entries of several ranges, one range after the other.
struct Ranges {
    keyspaces: Keyspaces,
    id: KeyspaceId,
    direction: Direction,
    ranges: std::vec::IntoIter<KeyRange>,
    entries: Option<(StoreEntries, Tree)>,
}

impl Rows {
    /// The rows of ranges of keys.
    pub(crate) fn of_ranges(
        table: Arc<Table>,
        keyspaces: Keyspaces,
        ranges: Vec<KeyRange>,
        direction: Direction,
    ) -> Self {
        let ranges = Ranges::new(keyspaces.clone(), table.id, ranges, direction);
        Self { table, keyspaces, wanted: None, from: From::Ranges(Box::new(ranges)) }
    }

    /// The rows with these keys, as far as they are there, in this order.
    pub(crate) fn of_keys(table: Arc<Table>, keyspaces: Keyspaces, keys: Vec<Vec<u8>>) -> Self {
        let from = From::Keys { keys: Keys::List(keys.into_iter()), page: 1, found: VecDeque::new() };
        Self { table, keyspaces, wanted: None, from }
    }

    /// The rows that ranges of an index name, in its order.
    pub(crate) fn of_index(
        table: Arc<Table>,
        keyspaces: Keyspaces,
        index: &Index,
        ranges: Vec<KeyRange>,
        direction: Direction,
    ) -> Self {
        let keys = IndexKeys {
            ranges: Ranges::new(keyspaces.clone(), index.id, ranges, direction),
            name: Arc::clone(&index.name),
            is_unique: index.is_unique(),
            filter: None,
        };
        let from = From::Keys { keys: Keys::Index(Box::new(keys)), page: 1, found: VecDeque::new() };
        Self { table, keyspaces, wanted: None, from }
    }

    /// Only those for whose value in the index this holds.
    pub(crate) fn filtered(mut self, wanted: impl Fn(Key) -> bool + Send + 'static) -> Self {
        if let From::Keys { keys: Keys::Index(keys), .. } = &mut self.from {
            keys.filter = Some(Box::new(wanted));
        }
        self
    }

    /// With the values of these columns only, and NULL for the others.
    pub(crate) fn with_columns(mut self, wanted: Arc<[bool]>) -> Self {
        self.wanted = (!wanted.iter().all(|wanted| *wanted)).then_some(wanted);
        self
    }

    /// The next row without its key.
    pub(crate) fn next_values(&mut self) -> Result<Option<Vec<Value>>> {
        let Self { table, wanted, from: From::Ranges(ranges), .. } = self else {
            return Ok(self.next().transpose()?.map(|(_, row)| row));
        };
        ranges.next(|key, row| table.read_columns(key, row, wanted.as_deref()))
    }

    fn look_up(&mut self) -> Result<()> {
        let From::Keys { keys, page, found } = &mut self.from else { return Ok(()) };
        let mut named = Vec::with_capacity(*page);
        while named.len() < *page
            && let Some(key) = keys.next()?
        {
            named.push(key);
        }
        *page = (*page * 4).min(LOOKED_UP);
        let values = self.keyspaces.find_many(self.table.id, &named)?;
        for (key, row) in named.into_iter().zip(values.iter()) {
            let Some(row) = row else {
                if let Keys::Index(keys) = keys {
                    let name = &keys.name;
                    return Err(Error::corrupt(format!(
                        "the index {name:?}, which names a row that is not there"
                    )));
                }
                continue;
            };
            let row = values.read(row).map_err(prolly_versioning::Error::from)?;
            let row = self.table.read_columns(&key, &row, self.wanted.as_deref())?;
            found.push_back((key, row));
        }
        Ok(())
    }
}

impl Iterator for Rows {
    type Item = Result<KeyedRow>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match &mut self.from {
                From::Ranges(ranges) => {
                    let (table, wanted) = (&self.table, self.wanted.as_deref());
                    let read =
                        |key: &[u8], row: &[u8]| Ok((key.to_vec(), table.read_columns(key, row, wanted)?));
                    return ranges.next(read).transpose();
                }
                From::Keys { keys, found, .. } => {
                    if let Some(row) = found.pop_front() {
                        return Some(Ok(row));
                    }
                    if keys.is_empty() {
                        return None;
                    }
                }
            }
            if let Err(error) = self.look_up() {
                return Some(Err(error));
            }
        }
    }
}

impl Keys {
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        match self {
            Self::List(keys) => Ok(keys.next()),
            Self::Index(keys) => keys.next(),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::List(keys) => keys.len() == 0,
            Self::Index(keys) => keys.ranges.entries.is_none() && keys.ranges.ranges.len() == 0,
        }
    }
}

impl IndexKeys {
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let Self { ranges, name, is_unique, filter } = self;
        loop {
            let read = |entry: &[u8], row_key: &[u8]| {
                if *is_unique && filter.is_none() {
                    return Ok(Some(row_key.to_vec()));
                }
                let mut reader = Reader::new(entry);
                let followed = if *is_unique { Followed::No } else { Followed::Yes };
                let corrupt = || Error::corrupt(format!("an entry of the index {name:?}"));
                let value = read_key(&mut reader, followed).ok_or_else(corrupt)?;
                if filter.as_ref().is_some_and(|filter| !filter(value)) {
                    return Ok(None);
                }
                Ok(Some(if *is_unique { row_key.to_vec() } else { reader.rest().to_vec() }))
            };
            match ranges.next(read)? {
                None => return Ok(None),
                Some(Some(key)) => return Ok(Some(key)),
                Some(None) => {}
            }
        }
    }
}

impl Ranges {
    fn new(keyspaces: Keyspaces, id: KeyspaceId, ranges: Vec<KeyRange>, direction: Direction) -> Self {
        let mut ranges = ranges;
        if direction == Direction::Backward {
            ranges.reverse();
        }
        Self { keyspaces, id, direction, ranges: ranges.into_iter(), entries: None }
    }

    /// What `read` makes of the next entry.
    fn next<T>(&mut self, read: impl FnOnce(&[u8], &[u8]) -> Result<T>) -> Result<Option<T>> {
        loop {
            let Some((entries, tree)) = &mut self.entries else {
                let Some(range) = self.ranges.next() else { return Ok(None) };
                let entries = self.keyspaces.entries(self.id, &range, self.direction);
                let tree = entries.tree().clone();
                self.entries = Some((entries, tree));
                continue;
            };
            if entries.lend()?.is_none() {
                self.entries = None;
                continue;
            }
            let Some(entry) = entries.lent() else { return Ok(None) };
            let value = tree.read_lent(entry.value).map_err(prolly_versioning::Error::from)?;
            return read(entry.key, &value).map(Some);
        }
    }
}
