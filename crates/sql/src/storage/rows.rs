//! Rows of a table, one after the other.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use gluesql_core::data::{Key, Value};
use prolly_versioning::{Keyspaces, StoreEntries};

use crate::error::{Error, Result};
use crate::table::Table;

/// Rows that are looked up at once.
const LOOKED_UP: usize = 256;

/// The rows of a range, in the order of their keys. They are read as they are asked for, from the state of the moment.
pub(super) struct Rows {
    table: Arc<Table>,
    entries: StoreEntries,
}

impl Rows {
    pub(super) const fn new(table: Arc<Table>, entries: StoreEntries) -> Self {
        Self { table, entries }
    }
}

impl Iterator for Rows {
    type Item = Result<(Key, Vec<Value>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let read =
            |(key, row): (Bytes, Bytes)| Ok((self.table.read_key(&key)?, self.table.read_row(&key, &row)?));
        Some(self.entries.next()?.map_err(Error::from).and_then(read))
    }
}

/// The rows whose keys an iterator gives, in its order. They are looked up a page at a time: the first ones alone, so that whoever
/// wants one row does not wait for many.
pub(super) struct RowsByKey<I> {
    table: Arc<Table>,
    keyspaces: Keyspaces,
    keys: I,
    page: usize,
    found: VecDeque<(Key, Vec<Value>)>,
}

impl<I: Iterator<Item = Result<Vec<u8>>>> RowsByKey<I> {
    pub(super) const fn new(table: Arc<Table>, keyspaces: Keyspaces, keys: I) -> Self {
        Self { table, keyspaces, keys, page: 1, found: VecDeque::new() }
    }

    fn look_up(&mut self) -> Result<()> {
        let keys = self.keys.by_ref().take(self.page).collect::<Result<Vec<_>>>()?;
        self.page = (self.page * 4).min(LOOKED_UP);
        let rows = self
            .keyspaces
            .find_many(self.table.id, &keys)?
            .to_vec()
            .map_err(prolly_versioning::Error::from)?;
        for (key, row) in keys.into_iter().zip(rows) {
            let lost = || {
                Error::corrupt(format!(
                    "an index of {:?}, which names a row that is not there",
                    self.table.schema.table_name
                ))
            };
            let row = self.table.read_row(&key, &row.ok_or_else(lost)?)?;
            self.found.push_back((self.table.read_key(&key)?, row));
        }
        Ok(())
    }
}

impl<I: Iterator<Item = Result<Vec<u8>>>> Iterator for RowsByKey<I> {
    type Item = Result<(Key, Vec<Value>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.found.is_empty()
            && let Err(error) = self.look_up()
        {
            return Some(Err(error));
        }
        self.found.pop_front().map(Ok)
    }
}
