//! Writing.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use gluesql_core::data::{Key, Schema, Value};
use gluesql_core::executor::{AlterError, ValidateError};
use gluesql_core::store::StoreMut;
use prolly_tree::{Direction, KeyRange};
use prolly_versioning::{Keyspace, KeyspaceId, KeyspaceKind};

use super::{SqlStorage, no_table};
use crate::error::{Error, Result};
use crate::table::record::{Column, ForeignKeyRecord, IndexRecord, TableRecord};
use crate::table::{Index, KeyedRow, ReplacedRow, Table, unique_name};

impl StoreMut for SqlStorage {
    fn insert_schema(&mut self, schema: &Schema) -> gluesql_core::error::Result<()> {
        self.write(|storage| storage.put_schema(schema))
    }

    fn delete_schema(&mut self, table_name: &str) -> gluesql_core::error::Result<()> {
        self.write(|storage| {
            let Some(table) = storage.tables()?.get(table_name).cloned() else { return Ok(()) };
            Ok(storage.draft()?.remove(table.id)?)
        })
    }

    fn append_data(&mut self, table_name: &str, rows: Vec<Vec<Value>>) -> gluesql_core::error::Result<()> {
        self.write(|storage| {
            let (table, keyspaces) = storage.table(table_name)?;
            if let Some(key) = table.key {
                let keyed = |row: Vec<Value>| {
                    let key = row.get(key).map_or(Ok(Key::None), Key::try_from)?;
                    Ok((key, row))
                };
                return storage.put_rows(&table, rows.into_iter().map(keyed).collect::<Result<_>>()?);
            }
            let last =
                keyspaces.entries(table.id, &KeyRange::all(), Direction::Backward).next().transpose()?;
            let next = match last.map(|(key, _)| table.read_key(&key)).transpose()? {
                None => Some(1),
                Some(Key::U64(last)) => last.checked_add(1),
                Some(_) => None,
            };
            let next = next.ok_or_else(|| Error::corrupt(format!("the last row of {table_name:?}")))?;
            storage.put_rows(&table, (next..).map(Key::U64).zip(rows).collect())
        })
    }

    fn insert_data(
        &mut self,
        table_name: &str,
        rows: Vec<(Key, Vec<Value>)>,
    ) -> gluesql_core::error::Result<()> {
        self.write(|storage| {
            let (table, _) = storage.table(table_name)?;
            storage.put_rows(&table, rows)
        })
    }

    fn delete_data(&mut self, table_name: &str, keys: Vec<Key>) -> gluesql_core::error::Result<()> {
        self.write(|storage| {
            let (table, _) = storage.table(table_name)?;
            let keys: Vec<_> = keys.iter().map(|key| table.key_bytes(key)).collect();
            storage.unindex(&table, &keys)?;
            let draft = storage.draft()?;
            for key in &keys {
                draft.delete(table.id, key)?;
            }
            Ok(())
        })
    }
}

impl SqlStorage {
    /// Makes a table, or gives the one of this name other columns. Rows stay.
    fn put_schema(&mut self, schema: &Schema) -> Result<()> {
        let Schema { table_name, column_defs, engine, foreign_keys, comment, .. } = schema;
        let tables = self.tables()?;
        let known = tables.get(table_name);
        let mut record = match known {
            None => TableRecord::new(column_defs.as_deref())?,
            Some(table) => {
                let mut record = table.record.clone();
                if let Some(definitions) = column_defs {
                    let mut columns: Vec<Column> = Vec::new();
                    for definition in definitions {
                        let same = record
                            .column(&definition.name)
                            .filter(|known| known.definition.data_type == definition.data_type);
                        columns.push(match same {
                            Some(known) => Column { definition: definition.clone(), ..known.clone() },
                            None => record.new_column(&columns, definition.clone(), Value::Null)?,
                        });
                    }
                    record.set_columns(columns);
                }
                record
            }
        };
        record.engine.clone_from(engine);
        record.comment.clone_from(comment);
        record.foreign_keys = Vec::new();
        let id = match known {
            Some(table) => table.id,
            None => {
                let id = self.draft()?.create(&keyspace(table_name, &record))?;
                self.note_created(id);
                id
            }
        };
        for key in foreign_keys {
            let own = (id, &record);
            let (table, of) = if key.referenced_table_name == *table_name {
                own
            } else {
                let referenced = tables.get(&key.referenced_table_name);
                let referenced = referenced.ok_or_else(|| no_table(&key.referenced_table_name))?;
                (referenced.id, &referenced.record)
            };
            let column = |record: &TableRecord, name: &String| {
                let missing = || Error::Sql(AlterError::ReferencedColumnNotFound(name.clone()).into());
                record.column(name).map(|column| column.id).ok_or_else(missing)
            };
            let key = ForeignKeyRecord {
                name: key.name.clone(),
                column: column(&record, &key.referencing_column_name)?,
                table,
                referenced_column: column(of, &key.referenced_column_name)?,
            };
            record.foreign_keys.push(key);
        }
        self.put_record(id, table_name, &record)
    }

    /// Writes what the catalogue says of a table, and makes or removes the indexes that keep its columns unique.
    pub(super) fn put_record(&mut self, id: KeyspaceId, name: &str, record: &TableRecord) -> Result<()> {
        self.draft()?.describe(id, &keyspace(name, record))?;
        let catalogue = self.draft()?.keyspaces().catalogue()?;
        let is_unique = |column: &&Column| column.definition.unique.is_some_and(|unique| !unique.is_primary);
        let unique: Vec<u32> =
            record.columns.iter().flatten().filter(is_unique).map(|column| column.id).collect();
        let mut there = HashSet::new();
        for (index, Keyspace { kind, owner, schema, .. }) in catalogue.iter() {
            if *kind != KeyspaceKind::Index || *owner != id {
                continue;
            }
            if let Some(IndexRecord::Unique { column }) = IndexRecord::decode(schema) {
                if !unique.contains(&column) {
                    self.draft()?.remove(index)?;
                }
                there.insert(column);
            }
        }
        for column in unique.into_iter().filter(|column| !there.contains(column)) {
            self.make_index(id, name, &unique_name(column), &IndexRecord::Unique { column })?;
        }
        Ok(())
    }

    /// Makes an index of a table, with an entry for each row.
    pub(super) fn make_index(
        &mut self,
        table: KeyspaceId,
        table_name: &str,
        name: &str,
        record: &IndexRecord,
    ) -> Result<()> {
        let keyspace =
            Keyspace { kind: KeyspaceKind::Index, owner: table, name: name.into(), schema: record.encode() };
        let id = self.draft()?.create(&keyspace)?;
        let (table, keyspaces) = self.table(table_name)?;
        let index = table.indexes.iter().find(|index| index.id == id);
        let index = index.ok_or_else(|| Error::corrupt(format!("the index {name:?}")))?;
        for entry in keyspaces.entries(table.id, &KeyRange::all(), Direction::Forward) {
            let (key, row) = entry?;
            let row = table.read_row(&key, &row)?;
            self.add_to_index(&table, index, &row, &key)?;
        }
        Ok(())
    }

    /// Creates or replaces rows.
    fn put_rows(&mut self, table: &Arc<Table>, rows: Vec<(Key, Vec<Value>)>) -> Result<()> {
        let keys: Vec<_> = rows.iter().map(|(key, _)| table.key_bytes(key)).collect();
        // Else the last of them would win without a word.
        let mut seen = HashSet::with_capacity(keys.len());
        for (place, key) in keys.iter().enumerate() {
            if !seen.insert(key) {
                let key = rows[place].0.clone();
                return Err(Error::Sql(ValidateError::DuplicateEntryOnPrimaryKeyField(key).into()));
            }
        }
        // All old entries go before the first new one comes, so that rows can exchange unique values.
        self.unindex(table, &keys)?;
        for (key, (_, row)) in keys.iter().zip(&rows) {
            for index in &table.indexes {
                self.add_to_index(table, index, row, key)?;
            }
            let bytes = Bytes::from(table.write_row(row)?);
            self.draft()?.put(table.id, key, bytes)?;
        }
        Ok(())
    }

    /// Adds rows whose keys are not there.
    pub(crate) fn add_rows(
        &mut self,
        table: &Arc<Table>,
        rows: Vec<Vec<Value>>,
    ) -> gluesql_core::error::Result<()> {
        let Some(column) = table.key else { return self.append_data(&table.schema.table_name, rows) };
        self.write(|storage| {
            let mut seen = HashSet::with_capacity(rows.len());
            for row in &rows {
                let value = Key::try_from(&row[column])?;
                let key = table.key_bytes(&value);
                for index in &table.indexes {
                    storage.add_to_index(table, index, row, &key)?;
                }
                storage.draft()?.put(table.id, &key, Bytes::from(table.write_row(row)?))?;
                if !seen.insert(key) {
                    return Err(Error::Sql(ValidateError::DuplicateEntryOnPrimaryKeyField(value).into()));
                }
            }
            Ok(())
        })
    }

    /// Gives rows other values under the keys they have. An index whose value of a row stays is not written.
    pub(crate) fn replace_rows(
        &mut self,
        table: &Arc<Table>,
        rows: &[ReplacedRow],
    ) -> gluesql_core::error::Result<()> {
        self.write(|storage| {
            let names = table.column_names();
            let mut added = Vec::new();
            for ReplacedRow { key, old, new } in rows {
                for index in &table.indexes {
                    let [before, after] = [index.key(names, old, key)?, index.key(names, new, key)?];
                    if before == after {
                        continue;
                    }
                    if let Some(entry) = before {
                        storage.draft()?.delete(index.id, &entry)?;
                    }
                    added.push((index, new, key));
                }
            }
            for (index, row, key) in added {
                storage.add_to_index(table, index, row, key)?;
            }
            for ReplacedRow { key, new, .. } in rows {
                let bytes = Bytes::from(table.write_row(new)?);
                storage.draft()?.put(table.id, key, bytes)?;
            }
            Ok(())
        })
    }

    /// Removes rows.
    pub(crate) fn remove_rows(
        &mut self,
        table: &Arc<Table>,
        rows: &[KeyedRow],
    ) -> gluesql_core::error::Result<()> {
        self.write(|storage| {
            let names = table.column_names();
            for (key, row) in rows {
                for index in &table.indexes {
                    if let Some(entry) = index.key(names, row, key)? {
                        storage.draft()?.delete(index.id, &entry)?;
                    }
                }
                storage.draft()?.delete(table.id, key)?;
            }
            Ok(())
        })
    }

    /// Removes the entries that rows have in the table's indexes.
    fn unindex(&mut self, table: &Table, keys: &[Vec<u8>]) -> Result<()> {
        if table.indexes.is_empty() {
            return Ok(());
        }
        let names = table.column_names();
        let found = self.draft()?.keyspaces().find_many(table.id, keys)?;
        let found = found.to_vec().map_err(prolly_versioning::Error::from)?;
        for (key, row) in keys.iter().zip(found) {
            let Some(row) = row else { continue };
            let row = table.read_row(key, &row)?;
            for index in &table.indexes {
                if let Some(entry) = index.key(names, &row, key)? {
                    self.draft()?.delete(index.id, &entry)?;
                }
            }
        }
        Ok(())
    }

    fn add_to_index(&mut self, table: &Table, index: &Index, row: &[Value], key: &[u8]) -> Result<()> {
        let Some(entry) = index.key(table.column_names(), row, key)? else { return Ok(()) };
        let draft = self.draft()?;
        if !index.is_unique() {
            return Ok(draft.put(index.id, &entry, Bytes::new())?);
        }
        if draft.keyspaces().contains(index.id, &entry)? {
            let place = index.column().unwrap_or_default();
            let name = table.columns()[place].definition.name.clone();
            let error = ValidateError::DuplicateEntryOnUniqueField(row[place].clone(), name);
            return Err(Error::Sql(error.into()));
        }
        Ok(draft.put(index.id, &entry, Bytes::copy_from_slice(key))?)
    }
}

fn keyspace(name: &str, record: &TableRecord) -> Keyspace {
    Keyspace {
        kind: KeyspaceKind::Table,
        owner: KeyspaceId::CATALOGUE,
        name: name.into(),
        schema: record.encode(),
    }
}
