//! What is said of the faults that GlueSQL names.

use gluesql_core::data::{Key, Value, ValueError};
use gluesql_core::error::Error;
use gluesql_core::executor::{
    AlterError, EvaluateError, ExecuteError, FetchError, InsertError, UpdateError, ValidateError,
};
use gluesql_core::store::{AlterTableError, IndexError};

/// A fault in words, for whoever wrote the statement: without the part of GlueSQL that it comes from, and with values as SQL has them.
pub(crate) fn of(error: &Error) -> String {
    match error {
        Error::Fetch(FetchError::TableNotFound(name))
        | Error::Execute(ExecuteError::TableNotFound(name))
        | Error::Insert(InsertError::TableNotFound(name))
        | Error::AlterTable(AlterTableError::TableNotFound(name))
        | Error::Index(IndexError::TableNotFound(name)) => no_table(name),
        Error::Alter(alter) => match &**alter {
            AlterError::TableNotFound(name) | AlterError::CtasSourceTableNotFound(name) => no_table(name),
            AlterError::TableAlreadyExists(name) => {
                format!("there is a table {name:?} already: CREATE TABLE IF NOT EXISTS leaves it as it is")
            }
            _ => without_part(error),
        },
        Error::Evaluate(EvaluateError::IdentifierNotFound(name))
        | Error::Insert(InsertError::WrongColumnName(name))
        | Error::Update(UpdateError::ColumnNotFound(name)) => format!("there is no column {name:?}"),
        Error::Evaluate(EvaluateError::CompoundIdentifierNotFound { table_alias, column_name }) => {
            format!("there is no column {column_name:?} in {table_alias:?}")
        }
        Error::Insert(InsertError::LackOfRequiredColumn(name)) => {
            format!("the column {name:?} has no default and may not be NULL: it must be given")
        }
        Error::Insert(InsertError::ColumnAndValuesNotMatched) => {
            "there are not as many values as columns".to_owned()
        }
        Error::Insert(InsertError::TooManyValues) => "there are more values than columns".to_owned(),
        Error::Validate(ValidateError::DuplicateEntryOnPrimaryKeyField(key)) => {
            format!("there is a row with the primary key {} already", shown(&Value::from(Key::clone(key))))
        }
        Error::Validate(ValidateError::DuplicateEntryOnUniqueField(value, column)) => {
            format!("there is a row with {} already, and the column {column:?} is UNIQUE", shown(value))
        }
        Error::Value(value) => match &**value {
            ValueError::NullValueOnNotNullField => "NULL in a column that is NOT NULL".to_owned(),
            ValueError::IncompatibleDataType { data_type, value } => {
                format!("{} is no {data_type}", shown(value))
            }
            _ => without_part(error),
        },
        _ => without_part(error),
    }
}

fn no_table(name: &str) -> String {
    format!("there is no table {name:?}")
}

/// A value as a statement has it.
fn shown(value: &Value) -> String {
    match value {
        Value::Str(text) => format!("'{}'", text.replace('\'', "''")),
        value => String::from(value),
    }
}

/// What GlueSQL says, without the part of it that says so.
fn without_part(error: &Error) -> String {
    let said = error.to_string();
    said.split_once(": ").map_or(said.clone(), |(_, rest)| rest.to_owned())
}
