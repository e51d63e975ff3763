//! Tables as the catalogue has them.

mod alter;
mod index;
pub(crate) mod record;
mod rows;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use gluesql_core::ast::{ColumnUniqueOption, DataType, ForeignKey, ReferentialAction};
use gluesql_core::chrono::DateTime;
use gluesql_core::data::{CustomFunction, Key, Schema, SchemaIndex, Value};
use prolly_versioning::{Catalogue, Keyspace, KeyspaceId, KeyspaceKind};

pub(crate) use self::index::{Index, RESERVED, unique_name};
use self::record::{Column, ForeignKeyRecord, IndexRecord, TableRecord, decode_function, function_key};
pub(crate) use self::rows::{KeyedRow, ReplacedRow, Rows};
use crate::encoding::key::{Followed, key_bytes, read_key};
use crate::encoding::reader::Reader;
use crate::encoding::row::{RowLayout, layout_number};
use crate::encoding::value::{DEPTH_MAX, depth, read_value, write_value};
use crate::error::{Error, Result};

/// The tables and functions of one catalogue.
#[derive(Default)]
pub(crate) struct Tables {
    /// Where they were read from.
    pub(crate) catalogue: Arc<Catalogue>,
    by_name: BTreeMap<Arc<str>, Arc<Table>>,
    functions: HashMap<Arc<str>, (KeyspaceId, CustomFunction)>,
    /// The tables whose foreign keys name a table.
    referencing: HashMap<KeyspaceId, Vec<Arc<str>>>,
}

/// A table, decoded for reading and writing rows.
pub(crate) struct Table {
    pub(crate) id: KeyspaceId,
    pub(crate) record: TableRecord,
    /// As GlueSQL knows it.
    pub(crate) schema: Schema,
    /// The place of the primary key among the columns.
    pub(crate) key: Option<usize>,
    pub(crate) indexes: Vec<Index>,
    column_names: Vec<String>,
    /// The columns whose values a new row holds.
    stored: Vec<usize>,
    layouts: Vec<ReadLayout>,
}

/// A layout, and where each column of the table is found in it.
struct ReadLayout {
    row: RowLayout,
    sources: Vec<Source>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The row's key.
    Key,
    /// A value of the row.
    Value(usize),
    /// Nowhere: the column came later.
    Missing,
}

impl Tables {
    /// Reads the tables of a catalogue. Cost: all of them are decoded.
    pub(crate) fn read(catalogue: Arc<Catalogue>) -> Result<Self> {
        let mut tables = Self { catalogue: Arc::clone(&catalogue), ..Self::default() };
        let mut records = HashMap::new();
        let mut indexes: HashMap<KeyspaceId, Vec<(KeyspaceId, Arc<str>, IndexRecord)>> = HashMap::new();
        for (id, Keyspace { kind, owner, name, schema }) in catalogue.iter() {
            let corrupt = || Error::corrupt(format!("what the catalogue says of {name:?}"));
            match kind {
                KeyspaceKind::Namespace => {}
                KeyspaceKind::Table => {
                    records.insert(id, (name, TableRecord::decode(schema).ok_or_else(corrupt)?));
                }
                KeyspaceKind::Index => {
                    let record = IndexRecord::decode(schema).ok_or_else(corrupt)?;
                    indexes.entry(*owner).or_default().push((id, Arc::clone(name), record));
                }
                KeyspaceKind::Function => {
                    let function = decode_function(schema).ok_or_else(corrupt)?;
                    tables.functions.insert(Arc::clone(name), (id, function));
                }
            }
        }
        for (id, (name, record)) in &records {
            let foreign_keys = record
                .foreign_keys
                .iter()
                .map(|key| {
                    let referenced = records.get(&key.table);
                    foreign_key(record, key, referenced.map(|(name, record)| (&***name, record)))
                        .ok_or_else(|| Error::corrupt(format!("the foreign key {:?} of {name:?}", key.name)))
                })
                .collect::<Result<_>>()?;
            for key in &record.foreign_keys {
                tables.referencing.entry(key.table).or_default().push(Arc::clone(name));
            }
            let table =
                Table::new(*id, name, record.clone(), foreign_keys, indexes.remove(id).unwrap_or_default())?;
            tables.by_name.insert(Arc::clone(name), Arc::new(table));
        }
        tables.referencing.values_mut().for_each(|names| {
            names.sort();
            names.dedup();
        });
        Ok(tables)
    }

    /// The table called `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Table>> {
        self.by_name.get(name)
    }

    /// The table with this id.
    pub(crate) fn by_id(&self, id: KeyspaceId) -> Option<&Arc<Table>> {
        self.get(&self.catalogue.get(id)?.name).filter(|table| table.id == id)
    }

    /// All tables, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.by_name.values()
    }

    /// The function called `name`, in whatever case.
    pub(crate) fn function(&self, name: &str) -> Option<&(KeyspaceId, CustomFunction)> {
        self.functions.get(&*function_key(name))
    }

    /// All functions, in no order.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &CustomFunction> {
        self.functions.values().map(|(_, function)| function)
    }

    /// The tables that have a foreign key to the one with this id, by name.
    pub(crate) fn referencing(&self, id: KeyspaceId) -> impl Iterator<Item = &Arc<Table>> {
        self.referencing.get(&id).into_iter().flatten().filter_map(|name| self.get(name))
    }
}

impl Table {
    fn new(
        id: KeyspaceId,
        name: &str,
        record: TableRecord,
        foreign_keys: Vec<ForeignKey>,
        indexes: Vec<(KeyspaceId, Arc<str>, IndexRecord)>,
    ) -> Result<Self> {
        let columns = record.columns.as_deref().unwrap_or_default();
        let key = columns
            .iter()
            .position(|column| column.definition.unique == Some(ColumnUniqueOption { is_primary: true }));
        let layouts = record
            .layouts
            .iter()
            .map(|layout| {
                let source = |(place, column): (usize, &Column)| {
                    let value = layout.columns.iter().position(|(id, _)| *id == column.id);
                    match value {
                        Some(value) => Source::Value(value),
                        None if key == Some(place) => Source::Key,
                        None => Source::Missing,
                    }
                };
                ReadLayout {
                    row: RowLayout::new(
                        layout.number,
                        layout.columns.iter().map(|(_, data_type)| data_type.clone()).collect(),
                    ),
                    sources: columns.iter().enumerate().map(source).collect(),
                }
            })
            .collect();
        let mut indexes = indexes
            .into_iter()
            .map(|(id, name, record)| Index::new(id, name, record, columns))
            .collect::<Result<Vec<_>>>()?;
        indexes.sort_by(|one, other| one.order().cmp(&other.order()));
        let schema = Schema {
            table_name: name.to_owned(),
            column_defs: record
                .columns
                .as_ref()
                .map(|columns| columns.iter().map(|column| column.definition.clone()).collect()),
            indexes: indexes.iter().filter_map(schema_index).collect(),
            engine: record.engine.clone(),
            foreign_keys,
            comment: record.comment.clone(),
        };
        let column_names = columns.iter().map(|column| column.definition.name.clone()).collect();
        let current = record.layouts.get(record.current).map_or(&[][..], |layout| &layout.columns);
        let stored = |(id, _): &(u32, DataType)| columns.iter().position(|column| column.id == *id);
        let stored = current.iter().filter_map(stored).collect();
        Ok(Self { id, record, schema, key, indexes, column_names, stored, layouts })
    }

    /// The columns; none for a table whose rows are maps.
    pub(crate) fn columns(&self) -> &[Column] {
        self.record.columns.as_deref().unwrap_or_default()
    }

    /// The names of the columns, as expressions look for them.
    pub(crate) fn column_names(&self) -> &[String] {
        &self.column_names
    }

    /// The index called `name` that somebody made.
    pub(crate) fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| !index.is_unique() && &*index.name == name)
    }

    /// The bytes of a row's key.
    pub(crate) fn key_bytes(&self, key: &Key) -> Vec<u8> {
        key_bytes(key, Followed::No)
    }

    /// The key that a row's bytes are.
    pub(crate) fn read_key(&self, bytes: &[u8]) -> Result<Key> {
        let mut reader = Reader::new(bytes);
        let key = read_key(&mut reader, Followed::No).filter(|_| reader.is_empty());
        key.ok_or_else(|| self.corrupt(bytes))
    }

    /// The bytes of a row. Cost: in proportion to its size.
    pub(crate) fn write_row(&self, values: &[Value]) -> Result<Vec<u8>> {
        let Some(columns) = &self.record.columns else {
            let [value @ Value::Map(_)] = values else {
                return Err(Error::invalid(format!("a row of {:?}", self.schema.table_name), "is no map"));
            };
            refuse_deep(value)?;
            let mut bytes = Vec::new();
            write_value(&mut bytes, value);
            return Ok(bytes);
        };
        if values.len() != columns.len() {
            let reason = format!("has {} values for {} columns", values.len(), columns.len());
            return Err(Error::invalid(format!("a row of {:?}", self.schema.table_name), reason));
        }
        values.iter().try_for_each(refuse_deep)?;
        let row = &self.layouts[self.record.current].row;
        row.write(self.stored.iter().map(|place| &values[*place])).map_err(|unfit| {
            let place = self.stored[unfit.column];
            let column = &columns[place].definition;
            let reason = format!("is no {}: {:?}", column.data_type, values[place]);
            Error::invalid(format!("the value of {:?}", column.name), reason)
        })
    }

    /// The values of a row, in the order of the columns.
    pub(crate) fn read_row(&self, key: &[u8], row: &[u8]) -> Result<Vec<Value>> {
        self.read_columns(key, row, None)
    }

    /// As [`Table::read_row`], with NULL in place of values that are not wanted.
    pub(crate) fn read_columns(&self, key: &[u8], row: &[u8], wanted: Option<&[bool]>) -> Result<Vec<Value>> {
        let corrupt = || self.corrupt(key);
        let Some(columns) = &self.record.columns else {
            let mut reader = Reader::new(row);
            let value = read_value(&mut reader).filter(|_| reader.is_empty());
            return Ok(vec![value.ok_or_else(corrupt)?]);
        };
        let number = layout_number(row).ok_or_else(corrupt)?;
        let layout = self.layouts.iter().find(|layout| layout.row.number == number).ok_or_else(corrupt)?;
        let row = layout.row.open(row).ok_or_else(corrupt)?;
        let read = |(place, (source, column)): (usize, (&Source, &Column))| match *source {
            _ if wanted.is_some_and(|wanted| !wanted[place]) => Ok(Value::Null),
            Source::Value(place) => row.value(place).ok_or_else(corrupt),
            Source::Key => self.read_key(key).map(Value::from),
            Source::Missing => Ok(column.missing.clone()),
        };
        layout.sources.iter().zip(columns).enumerate().map(read).collect()
    }

    fn corrupt(&self, key: &[u8]) -> Error {
        Error::corrupt(format!("the row {} of the table {:?}", key.escape_ascii(), self.schema.table_name))
    }
}

/// Whether a key of this type gives back the value it was made of.
pub(crate) const fn is_kept_by_keys(data_type: &DataType) -> bool {
    !matches!(data_type, DataType::Decimal)
}

fn refuse_deep(value: &Value) -> Result<()> {
    if depth(value) <= DEPTH_MAX {
        return Ok(());
    }
    Err(Error::invalid("a value", format!("has maps and lists more than {DEPTH_MAX} deep")))
}

fn schema_index(index: &Index) -> Option<SchemaIndex> {
    let IndexRecord::Expression { expr, order, .. } = &index.record else { return None };
    // No clock goes into the tree.
    let created = DateTime::UNIX_EPOCH.naive_utc();
    Some(SchemaIndex { name: index.name.to_string(), expr: expr.clone(), order: *order, created })
}

fn foreign_key(
    record: &TableRecord,
    key: &ForeignKeyRecord,
    referenced: Option<(&str, &TableRecord)>,
) -> Option<ForeignKey> {
    let column = |record: &TableRecord, id| {
        let column = record.columns.as_ref()?.iter().find(|column| column.id == id)?;
        Some(column.definition.name.clone())
    };
    let (table, of) = referenced?;
    Some(ForeignKey {
        name: key.name.clone(),
        referencing_column_name: column(record, key.column)?,
        referenced_table_name: table.to_owned(),
        referenced_column_name: column(of, key.referenced_column)?,
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
    })
}
