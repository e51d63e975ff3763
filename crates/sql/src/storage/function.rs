//! Functions: keyspaces without entries.

use gluesql_core::data::CustomFunction as Function;
use gluesql_core::error::Result;
use gluesql_core::store::{CustomFunction, CustomFunctionMut};
use prolly_versioning::{Keyspace, KeyspaceId, KeyspaceKind};

use super::SqlStorage;
use crate::error::Error;
use crate::table::record::{can_be_kept, encode_function, function_key};

impl CustomFunction for SqlStorage {
    fn fetch_function<'a>(&'a self, func_name: &str) -> Result<Option<&'a Function>> {
        Ok(self.functions.function(func_name).map(|(_, function)| function))
    }

    fn fetch_all_functions(&self) -> Result<Vec<&Function>> {
        Ok(self.functions.functions().collect())
    }
}

impl CustomFunctionMut for SqlStorage {
    fn insert_function(&mut self, function: Function) -> Result<()> {
        self.write(|storage| {
            let defaults = function.args.iter().filter_map(|arg| arg.default.as_ref());
            if let Some(expr) = defaults.chain([&function.body]).find(|expr| !can_be_kept(expr)) {
                let reason = format!("cannot be kept: {expr:?}");
                return Err(Error::invalid(
                    format!("a part of the function {:?}", function.func_name),
                    reason,
                ));
            }
            let keyspace = Keyspace {
                kind: KeyspaceKind::Function,
                owner: KeyspaceId::CATALOGUE,
                name: function_key(&function.func_name).into(),
                schema: encode_function(&function),
            };
            storage.draft()?.create(&keyspace)?;
            storage.functions = storage.tables()?;
            Ok(())
        })
    }

    fn delete_function(&mut self, func_name: &str) -> Result<()> {
        self.write(|storage| {
            let tables = storage.tables()?;
            if let Some((id, _)) = tables.function(func_name) {
                storage.draft()?.remove(*id)?;
            }
            storage.functions = storage.tables()?;
            Ok(())
        })
    }
}
