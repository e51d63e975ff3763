//! Other versions in SQL: tables AS OF a revision, and the store itself as tables.

mod changes;
mod conflicts;
mod history;
mod name;
mod tables;

use std::sync::Arc;

use gluesql_core::ast::DataType;
use prolly_tree::KeyRange;
use prolly_versioning::Keyspaces;

pub(crate) use self::name::{Argument, function, past};
use self::name::{Named, Word};
use crate::error::{Error, Result};
use crate::query::RowIter;
use crate::storage::SqlStorage;
use crate::table::Table;

/// What a name stands for that is no table of the state that is read.
pub(crate) enum Found {
    /// A table of another version.
    Past(Arc<Table>, Keyspaces),
    Rows(GivenRows),
}

/// Rows that are no table's.
pub(crate) struct GivenRows {
    pub(crate) columns: Vec<(String, DataType)>,
    /// The column by which ranges of them can be read.
    pub(crate) key: Option<usize>,
    pub(crate) rows: ReadRows,
}

/// Reads rows from the first on: those whose key is in one of these ranges, where there is a key.
pub(crate) type ReadRows = Arc<dyn Fn(&[KeyRange]) -> Result<RowIter> + Send + Sync>;

impl GivenRows {
    /// Rows that are all read, one after the other.
    fn new(
        columns: Vec<(String, DataType)>,
        rows: impl Fn() -> Result<RowIter> + Send + Sync + 'static,
    ) -> Self {
        Self { columns, key: None, rows: Arc::new(move |_| rows()) }
    }
}

/// Functions that give rows, and how many arguments they have.
pub(crate) const FUNCTIONS: [(&str, usize); 2] = [("prolly_diff", 3), (KEYS, 1)];

/// The one that may be followed by `AS OF`: its second argument then.
pub(crate) const KEYS: &str = "prolly_keys";

/// The state that a revision, or `STAGED`, names.
const STAGED: &str = "STAGED";

/// Finds what a name stands for; `None` for one that stands for nothing. `parameter` gives the text of a parameter.
pub(crate) fn find(
    storage: &SqlStorage,
    name: &str,
    parameter: &dyn Fn(usize) -> Result<String>,
) -> Result<Option<Found>> {
    let text = |word: Word<'_>| word.text(parameter);
    match Named::read(name) {
        None => {
            let of_table = |prefix: &str| match name.strip_prefix(prefix) {
                Some(table) => Ok::<_, Error>(storage.tables()?.get(table).cloned()),
                None => Ok(None),
            };
            if let Some(table) = of_table("prolly_history_")? {
                return Ok(Some(Found::Rows(history::history(storage, &table)?)));
            }
            if let Some(table) = of_table("prolly_conflicts_")? {
                return Ok(Some(Found::Rows(conflicts::conflicts(storage, &table)?)));
            }
            Ok(tables::find(storage, name)?.map(Found::Rows))
        }
        Some(Named::Past { table, revision }) => {
            let (tables, keyspaces) = storage.at_version(&text(revision)?)?;
            Ok(tables.get(table).map(|table| Found::Past(Arc::clone(table), keyspaces)))
        }
        Some(Named::Function { name, arguments }) => {
            let arguments = arguments.into_iter().map(text).collect::<Result<Vec<_>>>()?;
            match (name, &arguments[..]) {
                ("prolly_diff", [table, from, to]) => changes::diff(storage, table, from, to).map(Some),
                (KEYS, [namespace]) => Ok(Some(Found::Rows(tables::keys(storage.keyspaces()?, namespace)?))),
                (KEYS, [namespace, revision]) => {
                    let (_, keyspaces) = storage.at_version(revision)?;
                    Ok(Some(Found::Rows(tables::keys(keyspaces, namespace)?)))
                }
                _ => Err(Error::Unsupported {
                    what: format!("{name} of {} texts", arguments.len()),
                    hint: "prolly_diff takes a table and two revisions, prolly_keys a namespace",
                }),
            }
        }
    }
}

/// The schema of a table AS OF a version that is named by a text; `None` for all else.
pub(crate) fn past_table(storage: &SqlStorage, name: &str) -> Result<Option<Arc<Table>>> {
    match Named::read(name) {
        Some(Named::Past { table, revision: Word::Literal(revision) }) => {
            Ok(storage.at_version(revision)?.0.get(table).cloned())
        }
        _ => Ok(None),
    }
}

/// Whether a revision is the state that is read.
pub(crate) fn is_staged(revision: &str) -> bool {
    revision.eq_ignore_ascii_case(STAGED)
}
