//! How tables are merged.
//!
//! A table that one side changed is that side's, with its indexes. Where both did, its rows are merged one by one: what each side changed
//! of a row is joined by column, and what the merge makes of rows its indexes follow. What bytes mean is not known here: whoever keeps
//! tables says so once a process, with [`set_table_rules`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use prolly_tree::{Conflict, Edit, EntryValue, RangeRule, Resolution, Tree};

use super::base::is_disagreement;
use super::plan::{Plan, three_way};
use super::{KeyspaceConflict, KeyspaceConflictKind, Strategy};
use crate::catalogue::{Catalogue, Keyspace};
use crate::journal::Operation;
use crate::keyspace::{KeyspaceId, KeyspaceKind, user_key};
use crate::view::Entries;
use crate::{Error, Keyspaces, Result};

/// What the common ancestor, the current branch and the branch being merged have.
#[derive(Clone, Debug)]
pub struct MergeSides<T> {
    /// The common ancestor.
    pub base: T,
    /// The current branch.
    pub destination: T,
    /// The branch being merged.
    pub source: T,
}

/// A row that what a merge makes would break a rule of its table with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// The table.
    pub table: String,
    /// The row's key; empty when it is about the table itself.
    pub key: Bytes,
    /// What would be broken, and by what: ends a sentence that begins with the table.
    pub reason: String,
}

/// What rows that a merge made ask for.
#[derive(Debug, Default)]
pub struct FollowUp {
    /// Entries of indexes: their new value, or `None` for those that go. Each key once.
    pub edits: Vec<(KeyspaceId, Bytes, Option<Bytes>)>,
    /// Rules that would be broken; then nothing is merged.
    pub broken: Vec<BrokenRule>,
}

/// A state of which rows were changed, and nothing else yet.
pub struct ChangedRows<'a> {
    /// What it was made of.
    pub before: &'a Keyspaces,
    /// With the rows.
    pub after: &'a Keyspaces,
    /// The other side of a merge: rows that it lacks were removed by somebody who saw to it that nothing names them.
    pub beside: Option<&'a Keyspaces>,
    /// The indexes that are as they were before.
    pub indexes: &'a [KeyspaceId],
}

/// What the bytes of tables mean, as far as merges must know it.
pub trait TableRules: Send + Sync {
    /// What a table is made of when both sides changed that; `None` when it cannot be joined. The base is `None` when both made the table.
    fn join_schemas(&self, sides: &MergeSides<Option<Bytes>>) -> Option<Bytes>;

    /// Begins a merge. What contradicts itself in the merged catalogue is `Err`.
    ///
    /// # Errors
    /// When a catalogue cannot be read.
    fn begin(
        &self,
        catalogues: &MergeSides<Arc<Catalogue>>,
        merged: Arc<Catalogue>,
    ) -> Result<Result<Box<dyn RowRules>, Vec<BrokenRule>>>;

    /// The key of a row as text, for messages.
    fn show_key(&self, key: &[u8]) -> String;

    /// What shows the rows of a version with this catalogue.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    fn show_rows(&self, catalogue: Arc<Catalogue>) -> Result<Box<dyn ShowRows>>;

    /// What indexes need to fit the rows of a state, and which rules these rows break. Cost: O(depth) node loads for each row that was changed
    /// and each of its indexes and foreign keys.
    ///
    /// # Errors
    /// When a row cannot be read.
    fn follow(&self, following: &ChangedRows<'_>) -> Result<FollowUp>;
}

/// Shows rows to those who do not ask in SQL.
pub trait ShowRows: Send {
    /// A row as a JSON object of its columns; `None` for bytes that are no row.
    fn show(&self, table: KeyspaceId, key: &[u8], row: &[u8]) -> Option<String>;
}

/// The rules of one merge.
pub trait RowRules: Send {
    /// What becomes of a row that both sides changed; `None` when they contradict each other.
    ///
    /// # Errors
    /// When a row cannot be read.
    fn join_rows(
        &self,
        table: KeyspaceId,
        key: &[u8],
        rows: &MergeSides<Option<Bytes>>,
    ) -> Result<Option<Bytes>>;

    /// Whether a row can be read.
    fn is_row(&self, table: KeyspaceId, key: &[u8], row: &[u8]) -> bool;
}

static RULES: OnceLock<&'static dyn TableRules> = OnceLock::new();

/// Says for this process what the bytes of tables mean. The first call counts. Until then tables are merged as namespaces are.
pub fn set_table_rules(rules: &'static dyn TableRules) {
    let _ = RULES.set(rules);
}

/// The key of a row as text, for messages.
#[must_use]
pub fn show_row_key(key: &[u8]) -> String {
    RULES.get().map_or_else(|| key.escape_ascii().to_string(), |rules| rules.show_key(key))
}

/// What shows the rows of a version with this catalogue, if somebody knows tables and there are any.
pub(crate) fn show_rows(catalogue: &Arc<Catalogue>) -> Result<Option<Box<dyn ShowRows>>> {
    let rules = RULES.get().filter(|_| catalogue.has_tables());
    rules.map(|rules| rules.show_rows(Arc::clone(catalogue))).transpose()
}

pub(super) fn has_table_rules() -> bool {
    RULES.get().is_some()
}

/// How rows that both sides changed are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowMerge {
    /// By column.
    ByColumn,
    /// They are in conflict: who wrote one may have made it of what was there.
    Whole,
}

/// The tables of a merge that both sides changed.
#[derive(Default)]
pub(super) struct TableMerge {
    rules: Option<Box<dyn RowRules>>,
    /// The indexes of tables whose rows are merged one by one; whether their entries are those of the source.
    joined: Vec<(KeyspaceId, bool)>,
    /// Which side changed any table.
    changed: [bool; 2],
}

/// What becomes of a table and its indexes as a whole.
#[derive(Clone, Copy)]
enum Whole {
    Left,
    Right,
    Gone,
}

impl Plan {
    /// Joins the tables that any side has.
    pub(super) fn join_tables(
        &mut self,
        catalogues: [&Catalogue; 3],
        merged: &mut Catalogue,
        strategy: Option<Strategy>,
        rows: RowMerge,
    ) -> Result<()> {
        let Some(rules) = RULES.get() else { return Ok(()) };
        let mut tables: BTreeMap<KeyspaceId, BTreeSet<KeyspaceId>> = BTreeMap::new();
        for (id, keyspace) in catalogues.iter().flat_map(|catalogue| catalogue.iter()) {
            match keyspace.kind {
                KeyspaceKind::Table => drop(tables.entry(id).or_default()),
                KeyspaceKind::Index => drop(tables.entry(keyspace.owner).or_default().insert(id)),
                KeyspaceKind::Namespace | KeyspaceKind::Function => {}
            }
        }
        for (id, indexes) in tables {
            let whole = self.join_table(*rules, catalogues, merged, strategy, rows, (id, &indexes))?;
            let (rule, taken) = match whole {
                None => continue,
                Some(Whole::Left) => (RangeRule::KeepLeft, Some(catalogues[1])),
                Some(Whole::Right) => (RangeRule::TakeRight, Some(catalogues[2])),
                Some(Whole::Gone) => (RangeRule::Delete, None),
            };
            self.rules.extend(indexes.iter().chain([&id]).map(|id| (*id, rule)));
            for index in &indexes {
                if let Some(keyspace) = taken.and_then(|taken| taken.get(*index)) {
                    merged.keyspaces.insert(*index, keyspace.clone());
                }
            }
        }
        Ok(())
    }

    /// Joins one table: its entry in the merged catalogue, and those of its indexes and the rules for their entries unless it is taken as a
    /// whole.
    fn join_table(
        &mut self,
        rules: &dyn TableRules,
        catalogues: [&Catalogue; 3],
        merged: &mut Catalogue,
        strategy: Option<Strategy>,
        rows: RowMerge,
        (id, indexes): (KeyspaceId, &BTreeSet<KeyspaceId>),
    ) -> Result<Option<Whole>> {
        let [base, left, right] = catalogues.map(|catalogue| catalogue.get(id));
        let (favoured, dropped) = match strategy {
            Some(Strategy::TakeSource) => (Whole::Right, Whole::Right),
            _ => (Whole::Left, Whole::Gone),
        };
        let describes_same = |one: Option<&Keyspace>, other: Option<&Keyspace>| {
            one.map(|keyspace| &keyspace.schema) == other.map(|keyspace| &keyspace.schema)
        };
        let is_changed = |side: usize, tree: &Tree| -> Result<bool> {
            let catalogue = catalogues[side];
            let is_described = describes_same(base, catalogue.get(id))
                && indexes.iter().all(|index| catalogues[0].get(*index) == catalogue.get(*index));
            Ok(!is_described || self.base.diff(tree, id.range()).next().transpose()?.is_some())
        };
        let changed = [is_changed(1, &self.left)?, is_changed(2, &self.right)?];
        for (any, this) in self.tables.changed.iter_mut().zip(changed) {
            *any |= this;
        }
        let (Some(left), Some(right)) = (left, right) else {
            return Ok(Some(match (base, left, right) {
                (Some(_), None, Some(right)) if changed[1] => {
                    self.conflict(strategy, right, KeyspaceConflictKind::DroppedByDestination);
                    if matches!(dropped, Whole::Right) {
                        merged.keyspaces.insert(id, right.clone());
                    }
                    dropped
                }
                (Some(_), Some(left), None) if changed[0] => {
                    self.conflict(strategy, left, KeyspaceConflictKind::DroppedBySource);
                    if strategy == Some(Strategy::TakeSource) {
                        Whole::Gone
                    } else {
                        merged.keyspaces.insert(id, left.clone());
                        Whole::Left
                    }
                }
                (None, Some(left), None) => {
                    merged.keyspaces.insert(id, left.clone());
                    Whole::Left
                }
                (None, None, Some(right)) => {
                    merged.keyspaces.insert(id, right.clone());
                    Whole::Right
                }
                _ => Whole::Gone,
            }));
        };
        let mut joined = left.clone();
        joined.name = self.join_names(strategy, base, left, right);
        let whole = match changed {
            [_, false] => Some(Whole::Left),
            [false, true] => Some(Whole::Right),
            [true, true] => {
                let same = || {
                    let is_same = |index: &KeyspaceId| catalogues[1].get(*index) == catalogues[2].get(*index);
                    describes_same(Some(left), Some(right)) && indexes.iter().all(is_same)
                };
                let schemas = MergeSides {
                    base: base.map(|base| base.schema.clone()),
                    destination: Some(left.schema.clone()),
                    source: Some(right.schema.clone()),
                };
                let schema = match (rows, &schemas.base) {
                    (RowMerge::Whole, _) => same().then(|| left.schema.clone()),
                    (RowMerge::ByColumn, base) => three_way(base.as_ref(), &left.schema, &right.schema)
                        .cloned()
                        .or_else(|| rules.join_schemas(&schemas)),
                };
                let kept = self.join_indexes(catalogues, indexes);
                match schema.zip(kept) {
                    Some((schema, kept)) => {
                        joined.schema = schema;
                        self.merge_rows(rows, catalogues, merged, indexes, kept);
                        None
                    }
                    None => {
                        self.conflict(strategy, left, KeyspaceConflictKind::Schemas);
                        Some(favoured)
                    }
                }
            }
        };
        if matches!(whole, Some(Whole::Right)) {
            joined.schema = right.schema.clone();
        }
        merged.keyspaces.insert(id, joined);
        Ok(whole)
    }

    /// The indexes that a table keeps, each with the side whose record it has: `true` for the source. `None` when both sides changed one,
    /// differently.
    fn join_indexes(
        &self,
        catalogues: [&Catalogue; 3],
        indexes: &BTreeSet<KeyspaceId>,
    ) -> Option<Vec<(KeyspaceId, bool)>> {
        let mut kept = Vec::new();
        for index in indexes {
            let [base, left, right] = catalogues.map(|catalogue| catalogue.get(*index));
            if three_way(Some(&base), &left, &right)?.is_some() {
                // Both may have it, described by the other one's words: then its entries are those of whoever did so last.
                kept.push((*index, left.is_none() || left != right && base == left));
            }
        }
        Some(kept)
    }

    /// Has the rows of a table merged one by one, and its indexes follow.
    fn merge_rows(
        &mut self,
        rows: RowMerge,
        catalogues: [&Catalogue; 3],
        merged: &mut Catalogue,
        indexes: &BTreeSet<KeyspaceId>,
        kept: Vec<(KeyspaceId, bool)>,
    ) {
        for (index, of_source) in &kept {
            if let Some(keyspace) = catalogues[1 + usize::from(*of_source)].get(*index) {
                merged.keyspaces.insert(*index, keyspace.clone());
            }
        }
        // Of rows that one side each changed, entries can be merged as rows are.
        if rows == RowMerge::Whole {
            return;
        }
        for index in indexes {
            let rule = match kept.iter().find(|(kept, _)| kept == index) {
                None => RangeRule::Delete,
                Some((_, true)) => RangeRule::TakeRight,
                Some((_, false)) => RangeRule::KeepLeft,
            };
            self.rules.insert(*index, rule);
        }
        self.tables.joined.extend(kept);
    }

    fn conflict(&mut self, strategy: Option<Strategy>, keyspace: &Keyspace, kind: KeyspaceConflictKind) {
        self.unsettled(strategy, || KeyspaceConflict::of(keyspace, kind));
    }

    /// Begins to apply the rules of tables, once it is known what the merged catalogue is, and finds what contradicts itself there.
    pub(super) fn begin_tables(
        &mut self,
        [base, destination, source]: [Arc<Catalogue>; 3],
        merged: Catalogue,
    ) -> Result<()> {
        if let Some(rules) = RULES.get().filter(|_| self.tables.changed == [true; 2]) {
            match rules.begin(&MergeSides { base, destination, source }, Arc::new(merged))? {
                Ok(rules) => self.tables.rules = Some(rules),
                Err(broken) => self.broken = broken,
            }
        }
        Ok(())
    }

    /// What joins the sides of a row that both changed; `None` for a key of a namespace, and where they contradict each other.
    pub(super) fn join_rows(&self, conflict: &Conflict) -> Result<Option<Resolution>> {
        let Some((rules, table)) = self.tables.rules.as_ref().zip(self.table_of(&conflict.key)) else {
            return Ok(None);
        };
        let read = |value: &Option<EntryValue>| {
            let value = value.as_ref().filter(|value| !is_disagreement(value));
            value.map(|value| self.left.read(value)).transpose()
        };
        let sides = MergeSides {
            base: read(&conflict.base)?,
            destination: read(&conflict.left)?,
            source: read(&conflict.right)?,
        };
        let joined = rules.join_rows(table, &user_key(&conflict.key), &sides)?;
        joined.map(|row| Ok(Resolution::Put(self.left.value_of(row)?))).transpose()
    }

    /// Refuses a value that is no row, where the key is that of one.
    pub(super) fn check_row(&self, stored: &Bytes, value: &[u8]) -> Result<()> {
        match (self.table_of(stored), &self.tables.rules) {
            (Some(table), Some(rules)) if !rules.is_row(table, &user_key(stored), value) => {
                Err(Error::invalid(
                    "the decision about a row of a table",
                    "is no row of it: take a side, or merge with conflicts left to be settled in SQL",
                ))
            }
            _ => Ok(()),
        }
    }

    fn table_of(&self, stored: &[u8]) -> Option<KeyspaceId> {
        KeyspaceId::of_stored(stored).filter(|_| self.kind(stored) == KeyspaceKind::Table)
    }

    /// The merged tree with the indexes that its rows ask for.
    pub(super) fn follow_tables(&self, merged: Tree) -> Result<Tree> {
        let Some(rules) = RULES.get().filter(|_| self.tables.rules.is_some()) else { return Ok(merged) };
        let state = |tree: &Tree| Keyspaces { entries: Entries::new(tree.clone()) };
        let (left, right, after) = (state(&self.left), state(&self.right), state(&merged));
        let (mut edits, mut broken) = (Vec::new(), Vec::new());
        for (before, beside, of_source) in [(&left, &right, false), (&right, &left, true)] {
            let of_this = self.tables.joined.iter().filter(|(_, of)| *of == of_source);
            let indexes: Vec<KeyspaceId> = of_this.map(|(index, _)| *index).collect();
            let following = ChangedRows { before, after: &after, beside: Some(beside), indexes: &indexes };
            let followed = rules.follow(&following)?;
            edits.extend(followed.edits);
            broken.extend(
                followed.broken.into_iter().filter(|rule| !broken.contains(rule)).collect::<Vec<_>>(),
            );
        }
        if !broken.is_empty() {
            return Err(Error::BrokenRules { broken });
        }
        let stored = |(id, key, value): (KeyspaceId, Bytes, _)| (id.stored(&key), value);
        let mut edits: Vec<(Bytes, Option<Bytes>)> = edits.into_iter().map(stored).collect();
        edits.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let edit = |(key, value): (Bytes, Option<Bytes>)| match value {
            Some(value) => Edit::put(key, value),
            None => Edit::delete(key),
        };
        Ok(merged.apply(edits.into_iter().map(edit))?)
    }
}

/// `operations`, with what the indexes of a state need when rows of tables are among them.
pub(super) fn with_indexes(entries: &Entries, mut operations: Vec<Operation>) -> Result<Vec<Operation>> {
    let catalogue = entries.catalogue()?;
    let Some(rules) = RULES.get().filter(|_| catalogue.has_tables()) else { return Ok(operations) };
    let before = Keyspaces { entries: entries.clone() };
    let mut after = before.clone();
    after.entries.tree = after.entries.tree.with_store(after.entries.tree.tree().store().staged());
    for operation in &operations {
        after.entries.take(operation.clone())?;
    }
    let is_index = |(_, keyspace): &(KeyspaceId, &Keyspace)| keyspace.kind == KeyspaceKind::Index;
    let indexes: Vec<KeyspaceId> = catalogue.iter().filter(is_index).map(|(id, _)| id).collect();
    let following = ChangedRows { before: &before, after: &after, beside: None, indexes: &indexes };
    let FollowUp { edits, broken } = rules.follow(&following)?;
    if !broken.is_empty() {
        return Err(Error::BrokenRules { broken });
    }
    operations.extend(edits.into_iter().map(|(id, key, value)| match value {
        Some(value) => Operation::Put { key: id.stored(&key), value },
        None => Operation::Delete { key: id.stored(&key) },
    }));
    Ok(operations)
}
