//! Reading.

use std::sync::Arc;

use gluesql_core::data::{Key, Schema, Value};
use gluesql_core::error::Result;
use gluesql_core::executor::Referencing;
use gluesql_core::store::{RowIter, Store};
use prolly_tree::{Direction, KeyRange};

use super::SqlStorage;
use crate::table::{Rows, Table};
use crate::versions::past_table;

impl Store for SqlStorage {
    fn fetch_schema(&self, table_name: &str) -> Result<Option<Schema>> {
        if table_name.contains('\0') {
            let past = self.tell(past_table(self, table_name))?;
            return Ok(past.map(|table| table.schema.clone()));
        }
        let tables = self.tell(self.tables())?;
        Ok(tables.get(table_name).map(|table| table.schema.clone()))
    }

    fn fetch_all_schemas(&self) -> Result<Vec<Schema>> {
        let tables = self.tell(self.tables())?;
        Ok(tables.iter().map(|table| table.schema.clone()).collect())
    }

    fn fetch_data(&self, table_name: &str, key: &Key) -> Result<Option<Vec<Value>>> {
        self.tell(self.table(table_name).and_then(|(table, keyspaces)| {
            let key = table.key_bytes(key);
            let row = keyspaces.get(table.id, &key)?;
            row.map(|row| table.read_row(&key, &row)).transpose()
        }))
    }

    fn scan_data<'a>(&'a self, table_name: &str) -> Result<RowIter<'a>> {
        let (table, keyspaces) = self.tell(self.table(table_name))?;
        let rows = Rows::of_ranges(Arc::clone(&table), keyspaces, vec![KeyRange::all()], Direction::Forward);
        Ok(self.keyed(table, rows))
    }

    fn fetch_referencings(&self, table_name: &str) -> Result<Vec<Referencing>> {
        let tables = self.tell(self.tables())?;
        let Some(referenced) = tables.get(table_name) else { return Ok(Vec::new()) };
        let others = tables.referencing(referenced.id).filter(|table| table.id != referenced.id);
        Ok(others
            .flat_map(|table| table.schema.foreign_keys.iter().map(move |key| (table, key)))
            .filter(|(_, key)| key.referenced_table_name == table_name)
            .map(|(table, key)| Referencing {
                table_name: table.schema.table_name.clone(),
                foreign_key: key.clone(),
            })
            .collect())
    }
}

impl SqlStorage {
    /// Rows as GlueSQL takes them.
    pub(super) fn keyed<'a>(&'a self, table: Arc<Table>, rows: Rows) -> RowIter<'a> {
        let keyed = move |row: crate::Result<(Vec<u8>, Vec<Value>)>| {
            let (key, row) = row?;
            Ok((table.read_key(&key)?, row))
        };
        Box::new(rows.map(keyed).map(|row| self.tell(row)))
    }
}
