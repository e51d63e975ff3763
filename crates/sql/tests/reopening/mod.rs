//! A storage that closes its store at the end of every transaction, and opens it again from the disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gluesql_core::ast::{ColumnDef, IndexOperator, OrderByExpr};
use gluesql_core::data::{CustomFunction as Function, Key, Schema, Value};
use gluesql_core::error::Result;
use gluesql_core::executor::Referencing;
use gluesql_core::plan::StatementPlan;
use gluesql_core::store::{
    AlterTable, CustomFunction, CustomFunctionMut, Index, IndexMut, MetaIter, Metadata, Planner, RowIter,
    Store, StoreMut, Transaction,
};
use prolly_sql::SqlStorage;
use prolly_versioning::{OpenOptions, VersionedStore};

pub(crate) struct Reopening {
    path: PathBuf,
    /// `None` while it is opened again.
    open: Option<SqlStorage>,
}

impl Reopening {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), open: Some(opened(path)) }
    }

    fn get(&self) -> &SqlStorage {
        self.open.as_ref().unwrap()
    }

    fn get_mut(&mut self) -> &mut SqlStorage {
        self.open.as_mut().unwrap()
    }

    fn reopen(&mut self) {
        self.open = None;
        self.open = Some(opened(&self.path));
    }
}

fn opened(path: &Path) -> SqlStorage {
    SqlStorage::new(Arc::new(VersionedStore::open(path, OpenOptions::default()).unwrap()))
}

impl Store for Reopening {
    fn fetch_schema(&self, table_name: &str) -> Result<Option<Schema>> {
        self.get().fetch_schema(table_name)
    }

    fn fetch_all_schemas(&self) -> Result<Vec<Schema>> {
        self.get().fetch_all_schemas()
    }

    fn fetch_data(&self, table_name: &str, key: &Key) -> Result<Option<Vec<Value>>> {
        self.get().fetch_data(table_name, key)
    }

    fn scan_data<'a>(&'a self, table_name: &str) -> Result<RowIter<'a>> {
        self.get().scan_data(table_name)
    }

    fn fetch_referencings(&self, table_name: &str) -> Result<Vec<Referencing>> {
        self.get().fetch_referencings(table_name)
    }
}

impl StoreMut for Reopening {
    fn insert_schema(&mut self, schema: &Schema) -> Result<()> {
        self.get_mut().insert_schema(schema)
    }

    fn delete_schema(&mut self, table_name: &str) -> Result<()> {
        self.get_mut().delete_schema(table_name)
    }

    fn append_data(&mut self, table_name: &str, rows: Vec<Vec<Value>>) -> Result<()> {
        self.get_mut().append_data(table_name, rows)
    }

    fn insert_data(&mut self, table_name: &str, rows: Vec<(Key, Vec<Value>)>) -> Result<()> {
        self.get_mut().insert_data(table_name, rows)
    }

    fn delete_data(&mut self, table_name: &str, keys: Vec<Key>) -> Result<()> {
        self.get_mut().delete_data(table_name, keys)
    }
}

impl AlterTable for Reopening {
    fn rename_schema(&mut self, table_name: &str, new_table_name: &str) -> Result<()> {
        self.get_mut().rename_schema(table_name, new_table_name)
    }

    fn rename_column(&mut self, table_name: &str, old: &str, new: &str) -> Result<()> {
        self.get_mut().rename_column(table_name, old, new)
    }

    fn add_column(&mut self, table_name: &str, column_def: &ColumnDef) -> Result<()> {
        self.get_mut().add_column(table_name, column_def)
    }

    fn drop_column(&mut self, table_name: &str, column_name: &str, if_exists: bool) -> Result<()> {
        self.get_mut().drop_column(table_name, column_name, if_exists)
    }
}

impl Index for Reopening {
    fn scan_indexed_data<'a>(
        &'a self,
        table_name: &str,
        index_name: &str,
        asc: Option<bool>,
        cmp_value: Option<(&IndexOperator, Value)>,
    ) -> Result<RowIter<'a>> {
        self.get().scan_indexed_data(table_name, index_name, asc, cmp_value)
    }
}

impl IndexMut for Reopening {
    fn create_index(&mut self, table_name: &str, index_name: &str, column: &OrderByExpr) -> Result<()> {
        self.get_mut().create_index(table_name, index_name, column)
    }

    fn drop_index(&mut self, table_name: &str, index_name: &str) -> Result<()> {
        self.get_mut().drop_index(table_name, index_name)
    }
}

impl Transaction for Reopening {
    fn begin(&mut self, autocommit: bool) -> Result<bool> {
        self.get_mut().begin(autocommit)
    }

    fn rollback(&mut self) -> Result<()> {
        self.get_mut().rollback()?;
        self.reopen();
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.get_mut().commit()?;
        self.reopen();
        Ok(())
    }
}

impl Metadata for Reopening {
    fn scan_table_meta(&self) -> Result<MetaIter> {
        self.get().scan_table_meta()
    }
}

impl CustomFunction for Reopening {
    fn fetch_function<'a>(&'a self, func_name: &str) -> Result<Option<&'a Function>> {
        self.get().fetch_function(func_name)
    }

    fn fetch_all_functions(&self) -> Result<Vec<&Function>> {
        self.get().fetch_all_functions()
    }
}

impl CustomFunctionMut for Reopening {
    fn insert_function(&mut self, function: Function) -> Result<()> {
        self.get_mut().insert_function(function)
    }

    fn delete_function(&mut self, func_name: &str) -> Result<()> {
        self.get_mut().delete_function(func_name)
    }
}

impl Planner for Reopening {
    fn plan(&self, statement: StatementPlan) -> Result<StatementPlan> {
        self.get().plan(statement)
    }
}
