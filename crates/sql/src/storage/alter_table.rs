//! `ALTER TABLE`: all of it changes what the catalogue says, and leaves rows as they are.

use gluesql_core::ast::{ColumnDef, Expr, Function};
use gluesql_core::data::Value;
use gluesql_core::executor::evaluate_stateless;
use gluesql_core::plan::plan_scalar_expr;
use gluesql_core::store::{AlterTable, AlterTableError, StoreMut};
use prolly_tree::{Direction, KeyRange};
use prolly_versioning::Keyspace;

use super::SqlStorage;
use crate::error::{Error, Result};
use crate::table::Table;
use crate::table::record::{Column, IndexRecord, TableRecord};

impl AlterTable for SqlStorage {
    fn rename_schema(&mut self, table_name: &str, new_table_name: &str) -> gluesql_core::error::Result<()> {
        self.alter(table_name, |storage, table, record| storage.put_record(table.id, new_table_name, record))
    }

    fn rename_column(
        &mut self,
        table_name: &str,
        old_column_name: &str,
        new_column_name: &str,
    ) -> gluesql_core::error::Result<()> {
        self.alter(table_name, |storage, table, record| {
            let columns = columns_of(table_name, record)?;
            if columns.iter().any(|column| column.definition.name == new_column_name) {
                return Err(fault(AlterTableError::AlreadyExistingColumn(new_column_name.to_owned())));
            }
            let column = columns.iter_mut().find(|column| column.definition.name == old_column_name);
            let column = column.ok_or_else(|| fault(AlterTableError::RenamingColumnNotFound))?;
            new_column_name.clone_into(&mut column.definition.name);
            storage.put_record(table.id, table_name, record)?;
            for index in &table.indexes {
                let IndexRecord::Expression { place, expr, order } = &index.record else { continue };
                let mut renamed = expr.clone();
                rename(&mut renamed, old_column_name, new_column_name);
                if renamed != *expr {
                    let record = IndexRecord::Expression { place: *place, expr: renamed, order: *order };
                    let catalogue = storage.draft()?.keyspaces().catalogue()?;
                    let known = catalogue.get(index.id).cloned();
                    let known = known.ok_or_else(|| Error::corrupt(format!("the index {:?}", index.name)))?;
                    storage.draft()?.describe(index.id, &Keyspace { schema: record.encode(), ..known })?;
                }
            }
            Ok(())
        })
    }

    fn add_column(&mut self, table_name: &str, column_def: &ColumnDef) -> gluesql_core::error::Result<()> {
        self.alter(table_name, |storage, table, record| {
            let missing = match (&column_def.default, column_def.nullable) {
                (Some(default), _) => evaluate_stateless(None, &plan_scalar_expr(default.clone()))
                    .and_then(|value| value.try_into_value(&column_def.data_type, column_def.nullable))?,
                (None, true) => Value::Null,
                (None, false) => {
                    return Err(fault(AlterTableError::DefaultValueRequired(column_def.clone())));
                }
            };
            let columns = columns_of(table_name, record)?;
            if columns.iter().any(|column| column.definition.name == column_def.name) {
                return Err(fault(AlterTableError::AlreadyExistingColumn(column_def.name.clone())));
            }
            let mut columns = columns.clone();
            columns.push(record.new_column(&columns, column_def.clone(), missing)?);
            record.set_columns(columns);
            storage.put_record(table.id, table_name, record)
        })
    }

    fn drop_column(
        &mut self,
        table_name: &str,
        column_name: &str,
        if_exists: bool,
    ) -> gluesql_core::error::Result<()> {
        self.alter(table_name, |storage, table, record| {
            let columns = columns_of(table_name, record)?;
            let Some(place) = columns.iter().position(|column| column.definition.name == column_name) else {
                let missing = AlterTableError::DroppingColumnNotFound(column_name.to_owned());
                return if if_exists { Ok(()) } else { Err(fault(missing)) };
            };
            let mut columns = columns.clone();
            columns.remove(place);
            record.set_columns(columns);
            if table.key == Some(place) {
                return storage.drop_key(table, record, place);
            }
            storage.put_record(table.id, table_name, record)
        })
    }
}

impl SqlStorage {
    /// Changes the record of a table, all or nothing.
    fn alter(
        &mut self,
        table_name: &str,
        change: impl FnOnce(&mut Self, &Table, &mut TableRecord) -> Result<()>,
    ) -> gluesql_core::error::Result<()> {
        self.write(|storage| {
            let table = storage.tables()?.get(table_name).cloned();
            let table = table.ok_or_else(|| fault(AlterTableError::TableNotFound(table_name.to_owned())))?;
            let mut record = table.record.clone();
            change(storage, &table, &mut record)
        })
    }

    /// Drops the primary key: the rows are written anew, with numbers for keys. Cost: O(rows).
    fn drop_key(&mut self, table: &Table, record: &TableRecord, key: usize) -> Result<()> {
        let keyspaces = self.keyspaces()?;
        let mut rows = Vec::new();
        for entry in keyspaces.entries(table.id, &KeyRange::all(), Direction::Forward) {
            let (bytes, row) = entry?;
            let mut row = table.read_row(&bytes, &row)?;
            row.remove(key);
            rows.push(row);
        }
        for id in table.indexes.iter().map(|index| index.id).chain([table.id]) {
            self.draft()?.delete_range(id, &KeyRange::all())?;
        }
        self.put_record(table.id, &table.schema.table_name, record)?;
        Ok(self.append_data(&table.schema.table_name, rows)?)
    }
}

fn columns_of<'a>(table_name: &str, record: &'a mut TableRecord) -> Result<&'a mut Vec<Column>> {
    let schemaless = || fault(AlterTableError::SchemalessTableFound(table_name.to_owned()));
    record.columns.as_mut().ok_or_else(schemaless)
}

fn fault(error: AlterTableError) -> Error {
    Error::Sql(error.into())
}

/// Renames a column in the expression of an index, which is made of these parts only.
fn rename(expr: &mut Expr, from: &str, to: &str) {
    match expr {
        Expr::Identifier(name) if name == from => to.clone_into(name),
        Expr::Nested(inner) | Expr::UnaryOp { expr: inner, .. } => rename(inner, from, to),
        Expr::BinaryOp { left, right, .. } => {
            rename(left, from, to);
            rename(right, from, to);
        }
        Expr::Function(function) => {
            if let Function::Cast { expr, .. } = &mut **function {
                rename(expr, from, to);
            }
        }
        _ => {}
    }
}
