//! When tables were made. No clock goes into the tree, so that equal tables have equal roots: this is noted beside the repository,
//! by whoever makes a table, and neither committed nor cloned.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use gluesql_core::chrono::{DateTime, NaiveDateTime, Utc};
use gluesql_core::data::Value;
use gluesql_core::error::Result;
use gluesql_core::store::{MetaIter, Metadata};
use prolly_versioning::{KeyspaceId, VersionedStore};

use super::{Place, SqlStorage};

impl Metadata for SqlStorage {
    fn scan_table_meta(&self) -> Result<MetaIter> {
        let tables = self.tell(self.tables())?;
        let mut created = match &self.place {
            Place::Working { store, .. } => read(store),
            Place::Past(_) => HashMap::new(),
        };
        created.extend(&self.created);
        let known: Vec<_> = tables
            .iter()
            .filter_map(|table| {
                let created = Value::Timestamp(*created.get(&table.id)?);
                let name = table.schema.table_name.clone();
                Some(Ok((name, BTreeMap::from([("CREATED".to_owned(), created)]))))
            })
            .collect();
        Ok(Box::new(known.into_iter()))
    }
}

impl SqlStorage {
    /// Notes that the transaction under way makes a table.
    pub(super) fn note_created(&mut self, id: KeyspaceId) {
        self.created.insert(id, Utc::now().naive_utc());
    }

    /// Keeps what was noted, once the tables are there. That it cannot be written is no reason to refuse the tables.
    pub(super) fn keep_created(&mut self) {
        let created = std::mem::take(&mut self.created);
        let Place::Working { store, .. } = &self.place else { return };
        let lines: String = created
            .iter()
            .map(|(id, time)| {
                format!("{:016x} {}\n", u64::from_be_bytes(id.to_bytes()), time.and_utc().timestamp_micros())
            })
            .collect();
        let path = file(store);
        let append = || -> std::io::Result<()> {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            File::options().create(true).append(true).open(&path)?.write_all(lines.as_bytes())
        };
        if !lines.is_empty() {
            drop(append());
        }
    }
}

fn file(store: &VersionedStore) -> PathBuf {
    store.git_dir().join("prolly").join("tables-created")
}

/// The last time that each table was made here. Lines that say nothing are passed over.
fn read(store: &VersionedStore) -> HashMap<KeyspaceId, NaiveDateTime> {
    let text = fs::read_to_string(file(store)).unwrap_or_default();
    let line = |line: &str| {
        let (id, time) = line.split_once(' ')?;
        let id = KeyspaceId::from_bytes(u64::from_str_radix(id, 16).ok()?.to_be_bytes());
        Some((id, DateTime::from_timestamp_micros(time.parse().ok()?)?.naive_utc()))
    };
    text.lines().filter_map(line).collect()
}
