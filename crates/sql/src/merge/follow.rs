//! What merged rows ask for: entries of indexes that fit them, UNIQUE values once, and rows that foreign keys name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use gluesql_core::data::Value;
use prolly_tree::KeyRange;
use prolly_versioning::{
    BrokenRule, Catalogue, ChangedRows, FollowUp, KeyspaceChange, KeyspaceId, KeyspaceKind,
};

use crate::error::Result;
use crate::query::references;
use crate::table::record::{IndexRecord, TableRecord};
use crate::table::{Index, Table, Tables};

/// What contradicts itself among the tables of a merged catalogue: what names a column or a table that is gone.
pub(super) fn contradictions(merged: &Arc<Catalogue>) -> Vec<BrokenRule> {
    let record = |id: KeyspaceId| {
        let keyspace = merged.get(id).filter(|keyspace| keyspace.kind == KeyspaceKind::Table)?;
        TableRecord::decode(&keyspace.schema)
    };
    let has = |record: &TableRecord, id: u32| record.columns.iter().flatten().any(|column| column.id == id);
    let mut broken = Vec::new();
    let mut tell = |table: &str, reason: String| {
        broken.push(BrokenRule { table: table.to_owned(), key: Bytes::new(), reason });
    };
    for (id, keyspace) in merged.iter() {
        match keyspace.kind {
            KeyspaceKind::Table => {
                let Some(own) = record(id) else { continue };
                for key in &own.foreign_keys {
                    let name = &key.name;
                    if !has(&own, key.column) {
                        tell(&keyspace.name, format!("would lack the column of its foreign key {name:?}"));
                    } else if !record(key.table).is_some_and(|other| has(&other, key.referenced_column)) {
                        tell(&keyspace.name, format!("would name what is gone in its foreign key {name:?}"));
                    }
                }
            }
            KeyspaceKind::Index => {
                let (Some(owner), Some(table)) = (merged.get(keyspace.owner), record(keyspace.owner)) else {
                    continue;
                };
                let lacks = match IndexRecord::decode(&keyspace.schema) {
                    Some(IndexRecord::Unique { column }) => !has(&table, column),
                    Some(IndexRecord::Expression { expr, .. }) => {
                        Index::columns_of(&expr).iter().any(|name| table.column(name).is_none())
                    }
                    None => false,
                };
                if lacks {
                    let name = keyspace.name.trim_start_matches('\0');
                    tell(&owner.name, format!("would lack a column of its index {name:?}"));
                }
            }
            KeyspaceKind::Namespace | KeyspaceKind::Function => {}
        }
    }
    broken
}

/// What the rows of a state ask for that was made of another one.
pub(super) fn follow(following: &ChangedRows<'_>) -> Result<FollowUp> {
    let ChangedRows { before, after, .. } = following;
    let (of_before, of_after) = (Tables::read(before.catalogue()?)?, Tables::read(after.catalogue()?)?);
    let mut followed = FollowUp::default();
    for table in of_after.iter() {
        let indexes: Vec<&Index> =
            table.indexes.iter().filter(|index| following.indexes.contains(&index.id)).collect();
        let names = !table.schema.foreign_keys.is_empty();
        let is_named = of_after.referencing(table.id).next().is_some();
        if indexes.is_empty() && !names && !is_named {
            continue;
        }
        let old_table = of_before.by_id(table.id);
        let mut changes: Vec<IndexChanges<'_>> = indexes.into_iter().map(IndexChanges::new).collect();
        let mut removed = Vec::new();
        for change in before.changes_to(after, table.id, &KeyRange::all())? {
            let KeyspaceChange { key, old, new } = change?;
            let old = match (&old, old_table) {
                (Some(row), Some(table)) => Some((table, table.read_row(&key, row)?)),
                _ => None,
            };
            let new = new.map(|row| table.read_row(&key, &row)).transpose()?;
            for index in &mut changes {
                index.row(table, &key, old.as_ref(), new.as_deref(), &mut followed)?;
            }
            match (old, new) {
                (_, Some(row)) if names => {
                    check_names(&of_after, table, following, &key, &row, &mut followed)?
                }
                (Some((_, row)), None) if is_named => {
                    let by_other =
                        following.beside.map(|beside| beside.contains(table.id, &key)).transpose()?;
                    if by_other != Some(false) {
                        removed.push((key.to_vec(), row));
                    }
                }
                _ => {}
            }
        }
        for index in changes {
            index.finish(table, following, &mut followed)?;
        }
        for (key, row) in removed {
            if let Some(column) =
                references::named_by(&of_after, table, std::slice::from_ref(&(key.clone(), row)), after)?
            {
                let reason = format!("would lose a row that {column} names");
                tell(&mut followed, table, key.into(), reason);
            }
        }
    }
    Ok(followed)
}

/// That the rows which a row's foreign keys name are there.
fn check_names(
    tables: &Tables,
    table: &Table,
    following: &ChangedRows<'_>,
    key: &Bytes,
    row: &[Value],
    followed: &mut FollowUp,
) -> Result<()> {
    for foreign in &table.schema.foreign_keys {
        let place = references::place(table, &foreign.referencing_column_name)?;
        if let Some(value) =
            references::missing(tables, foreign, std::iter::once(&row[place]), following.after)?
        {
            let (column, other) = (&foreign.referencing_column_name, &foreign.referenced_table_name);
            let reason =
                format!("would have a row whose {column} is {}, which no row of {other:?} is", shown(value));
            tell(followed, table, key.clone(), reason);
        }
    }
    Ok(())
}

/// The entries of an index that changed rows lose and get.
struct IndexChanges<'a> {
    index: &'a Index,
    removed: BTreeSet<Vec<u8>>,
    /// With the keys of their rows.
    added: BTreeMap<Vec<u8>, (Bytes, Value)>,
}

impl<'a> IndexChanges<'a> {
    const fn new(index: &'a Index) -> Self {
        Self { index, removed: BTreeSet::new(), added: BTreeMap::new() }
    }

    fn row(
        &mut self,
        table: &Table,
        key: &Bytes,
        old: Option<&(&Arc<Table>, Vec<Value>)>,
        new: Option<&[Value]>,
        followed: &mut FollowUp,
    ) -> Result<()> {
        let names = table.column_names();
        let before = match old {
            Some((of_before, row)) => {
                match of_before.indexes.iter().find(|index| index.id == self.index.id) {
                    Some(index) => index.key(of_before.column_names(), row, key)?,
                    None => None,
                }
            }
            None => None,
        };
        let after = new.map(|row| self.index.key(names, row, key)).transpose()?.flatten();
        if before == after {
            return Ok(());
        }
        self.removed.extend(before);
        if let (Some(entry), Some(row)) = (after, new) {
            let value = self.index.value(names, row)?;
            if let Some((_, value)) = self.added.insert(entry, (key.clone(), value)) {
                self.twice(table, key.clone(), &value, followed);
            }
        }
        Ok(())
    }

    fn finish(self, table: &Table, following: &ChangedRows<'_>, followed: &mut FollowUp) -> Result<()> {
        let id = self.index.id;
        for (entry, (key, value)) in &self.added {
            if self.index.is_unique()
                && !self.removed.contains(entry)
                && following.after.get(id, entry)?.is_some_and(|other| other != key)
            {
                self.twice(table, key.clone(), value, followed);
            }
        }
        let gone = self.removed.into_iter().filter(|entry| !self.added.contains_key(entry));
        followed.edits.extend(gone.map(|entry| (id, entry.into(), None)));
        let is_unique = self.index.is_unique();
        followed.edits.extend(
            self.added.into_iter().map(|(entry, (key, _))| {
                (id, entry.into(), Some(if is_unique { key } else { Bytes::new() }))
            }),
        );
        Ok(())
    }

    /// Only of a UNIQUE column can there be one entry for two rows.
    fn twice(&self, table: &Table, key: Bytes, value: &Value, followed: &mut FollowUp) {
        let column = self.index.column().map(|place| &*table.columns()[place].definition.name);
        let reason =
            format!("would have {} twice in its UNIQUE column {}", shown(value), column.unwrap_or_default());
        tell(followed, table, key, reason);
    }
}

fn tell(followed: &mut FollowUp, table: &Table, key: Bytes, reason: String) {
    followed.broken.push(BrokenRule { table: table.schema.table_name.clone(), key, reason });
}

/// A value as messages show it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Str(text) => format!("{text:?}"),
        value => String::from(value),
    }
}
