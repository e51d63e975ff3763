//! How tables are merged, as the store asks for it: columns, rows by column, and what indexes and rules make of the merged rows.

mod follow;
mod row;
mod schema;

use std::sync::Arc;

use bytes::Bytes;
use prolly_versioning::{
    BrokenRule, Catalogue, ChangedRows, FollowUp, KeyspaceId, MergeSides, Result, RowRules, ShowRows,
    TableRules,
};

use gluesql_core::data::Value;

use self::follow::shown;
use self::row::TableSides;
use crate::encoding::key::{Followed, read_key};
use crate::encoding::reader::Reader;
use crate::error::Error;
use crate::table::Tables;
use crate::table::record::TableRecord;

/// Says to the store below what the bytes of tables mean, once a process. A process that merges stores with tables must have done so:
/// [`Session`](crate::Session) does it by itself.
pub fn register() {
    prolly_versioning::set_table_rules(&Rules);
}

struct Rules;

impl TableRules for Rules {
    fn join_schemas(&self, sides: &MergeSides<Option<Bytes>>) -> Option<Bytes> {
        let read = |schema: &Option<Bytes>| match schema {
            Some(schema) => TableRecord::decode(schema).map(Some),
            None => Some(None),
        };
        let (base, destination, source) =
            (read(&sides.base)?, read(&sides.destination)?, read(&sides.source)?);
        Some(schema::join(&MergeSides { base, destination, source })?.encode())
    }

    fn begin(
        &self,
        catalogues: &MergeSides<Arc<Catalogue>>,
        merged: Arc<Catalogue>,
    ) -> Result<Result<Box<dyn RowRules>, Vec<BrokenRule>>> {
        let broken = follow::contradictions(&merged);
        if !broken.is_empty() {
            return Ok(Err(broken));
        }
        let read = |catalogue: &Arc<Catalogue>| Tables::read(Arc::clone(catalogue)).map_err(fault);
        Ok(Ok(Box::new(Merge {
            base: read(&catalogues.base)?,
            destination: read(&catalogues.destination)?,
            source: read(&catalogues.source)?,
            merged: read(&merged)?,
        })))
    }

    fn show_key(&self, key: &[u8]) -> String {
        let mut reader = Reader::new(key);
        match read_key(&mut reader, Followed::No).filter(|_| reader.is_empty()) {
            Some(key) => shown(&Value::from(key)),
            None => key.escape_ascii().to_string(),
        }
    }

    fn show_rows(&self, catalogue: Arc<Catalogue>) -> Result<Box<dyn ShowRows>> {
        Ok(Box::new(Shown(Tables::read(catalogue).map_err(fault)?)))
    }

    fn follow(&self, following: &ChangedRows<'_>) -> Result<FollowUp> {
        follow::follow(following).map_err(fault)
    }
}

/// The tables of a version whose rows are shown.
struct Shown(Tables);

impl ShowRows for Shown {
    fn show(&self, table: KeyspaceId, key: &[u8], row: &[u8]) -> Option<String> {
        let table = self.0.by_id(table)?;
        let values = table.read_row(key, row).ok()?;
        let json = |value: Value| serde_json::Value::try_from(value).map(|value| value.to_string());
        if table.record.columns.is_none() {
            return json(values.into_iter().next()?).ok();
        }
        let field = |(name, value): (&String, Value)| {
            Some(format!("{}:{}", serde_json::Value::String(name.clone()), json(value).ok()?))
        };
        let fields = table.column_names().iter().zip(values).map(field).collect::<Option<Vec<_>>>()?;
        Some(format!("{{{}}}", fields.join(",")))
    }
}

/// The tables of a merge.
struct Merge {
    base: Tables,
    destination: Tables,
    source: Tables,
    merged: Tables,
}

impl RowRules for Merge {
    fn join_rows(
        &self,
        table: KeyspaceId,
        key: &[u8],
        rows: &MergeSides<Option<Bytes>>,
    ) -> Result<Option<Bytes>> {
        let Some(merged) = self.merged.by_id(table) else { return Ok(None) };
        let sides: TableSides<'_> = MergeSides {
            base: self.base.by_id(table),
            destination: self.destination.by_id(table),
            source: self.source.by_id(table),
        };
        let joined = row::join(&sides, merged, key, rows).map_err(fault)?;
        Ok(joined.map(Bytes::from))
    }

    fn is_row(&self, table: KeyspaceId, key: &[u8], row: &[u8]) -> bool {
        self.merged.by_id(table).is_some_and(|table| table.read_row(key, row).is_ok())
    }
}

/// A fault as the store tells it.
fn fault(error: Error) -> prolly_versioning::Error {
    match error {
        Error::Store(error) => error,
        error => prolly_versioning::Error::InvalidArgument {
            argument: "a row".into(),
            reason: format!("cannot be merged: {error}"),
        },
    }
}
