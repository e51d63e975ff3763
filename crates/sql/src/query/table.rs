//! The rows of a table, by the way that leads past the fewest.

use std::sync::Arc;

use gluesql_core::data::Value;
use prolly_tree::{Direction, KeyRange};
use prolly_versioning::Keyspaces;

use super::RowIter;
use super::access::{Path, Restriction, Span, Target, intersect, range_of};
use super::expression::Expression;
use super::run::Run;
use crate::encoding::key::{Followed, key_bytes};
use crate::error::Result;
use crate::table::{Rows, Table};

/// A row that is found by an index is looked up by its key, which takes as long as reading so many one after the other.
const LOOKED_UP: u64 = 4;

/// Ranges whose rows are counted to choose between ways to them.
const COUNTED: usize = 16;

/// Rows past which a sort costs more than going through an index in the order asked for, for each that is wanted.
const SORTED: u64 = 64;

pub(super) struct TableSource {
    pub(super) table: Arc<Table>,
    /// What it is read from, where that is another version.
    version: Option<Keyspaces>,
    /// The columns that are needed.
    pub(super) wanted: Arc<[bool]>,
    /// What rows can be found by, as expressions over the row of the query.
    pub(super) targets: Vec<(Target, Expression)>,
    pub(super) restrictions: Vec<Restriction>,
}

/// A way to the rows of a table.
pub(super) struct Access<'a> {
    path: Path<'a>,
    /// The values at which they are; `None` for all, NULL among them.
    spans: Option<Vec<Span>>,
    is_backward: bool,
    /// Whether they come in the order asked for.
    pub(super) is_ordered: bool,
}

/// An order that is asked for, and how many rows are wanted in it.
#[derive(Clone, Copy)]
pub(super) struct Order {
    pub(super) target: Target,
    pub(super) is_descending: bool,
    pub(super) limit: Option<u64>,
}

impl TableSource {
    pub(super) fn new(table: Arc<Table>) -> Self {
        let wanted = vec![true; table.schema.column_defs.as_ref().map_or(1, Vec::len)].into();
        Self { table, version: None, wanted, targets: Vec::new(), restrictions: Vec::new() }
    }

    /// A table of another version.
    pub(super) fn of_version(table: Arc<Table>, keyspaces: Keyspaces) -> Self {
        Self { version: Some(keyspaces), ..Self::new(table) }
    }

    /// What it is read from.
    pub(super) fn keyspaces<'a>(&'a self, run: &'a Run) -> &'a Keyspaces {
        self.version.as_ref().unwrap_or(&run.state.keyspaces)
    }

    /// About how many rows there are. Cost: O(depth) node loads.
    pub(super) fn estimate(&self, run: &Run) -> Result<u64> {
        Ok(self.keyspaces(run).estimate(self.table.id, &KeyRange::all())?)
    }

    /// How many rows there are. Cost: O(depth) node loads, and as many for each that is not applied to the tree yet.
    pub(super) fn count(&self, run: &Run) -> Result<u64> {
        Ok(self.keyspaces(run).count(self.table.id, &KeyRange::all())?)
    }

    /// The path on which the values of a target are in order.
    pub(super) fn path(&self, target: Target) -> Option<Path<'_>> {
        match target {
            Target::Column(column) if self.table.key == Some(column) => Some(Path::Key),
            Target::Column(column) => {
                self.table.indexes.iter().find(|index| index.column() == Some(column)).map(Path::Index)
            }
            Target::Index(place) => self.table.indexes.get(place).map(Path::Index),
        }
    }

    /// All paths, each with what it is in the order of.
    fn paths(&self) -> impl Iterator<Item = (Path<'_>, Target)> {
        let key = self.table.key.map(|column| (Path::Key, Target::Column(column)));
        let indexes = self.table.indexes.iter().enumerate();
        key.into_iter().chain(indexes.map(|(place, index)| {
            let target = index.column().map_or(Target::Index(place), Target::Column);
            (Path::Index(index), target)
        }))
    }

    /// The way that leads past the fewest rows. Cost: O(depth) node loads for each that is compared.
    pub(super) fn access(&self, run: &Run, order: Option<Order>) -> Result<Access<'_>> {
        let mut best: Option<(u64, Access<'_>)> = None;
        let mut ordered: Option<Access<'_>> = None;
        for (path, target) in self.paths() {
            let spans = self.spans(path, target, run)?;
            let in_order = order.filter(|order| order.target == target && self.has_all(path, spans.as_ref()));
            let access = |spans| Access {
                path,
                spans,
                is_backward: in_order.is_some_and(|order| order.is_descending),
                is_ordered: in_order.is_some(),
            };
            if in_order.is_some() && ordered.is_none() {
                ordered = Some(access(spans.clone()));
            }
            let Some(spans) = spans else { continue };
            let cost = self.cost(path, &spans, run)?;
            if best.as_ref().is_none_or(|(known, _)| cost < *known) {
                best = Some((cost, access(Some(spans))));
            }
        }
        let limit = order.and_then(|order| order.limit);
        let Some((cost, access)) = best else {
            // Sorting is for what comes in no order at all.
            return Ok(match ordered {
                Some(ordered) if limit.is_some() || matches!(ordered.path, Path::Key) => ordered,
                _ => Access { path: Path::Key, spans: None, is_backward: false, is_ordered: false },
            });
        };
        if access.is_ordered || cost <= SORTED {
            return Ok(access);
        }
        if let (Some(limit), Some(ordered)) = (limit, ordered)
            && cost > SORTED.saturating_mul(limit.saturating_add(1))
        {
            return Ok(ordered);
        }
        let is_detour = matches!(access.path, Path::Index(_)) && cost >= self.estimate(run)?;
        Ok(if is_detour {
            Access { path: Path::Key, spans: None, is_backward: false, is_ordered: false }
        } else {
            access
        })
    }

    /// Whether a path leads to all rows that the conditions leave: NULL is not in an index that keeps a column unique.
    fn has_all(&self, path: Path<'_>, spans: Option<&Vec<Span>>) -> bool {
        match path {
            Path::Index(index) if index.is_unique() => {
                let is_nullable = |column: usize| self.table.columns()[column].definition.nullable;
                spans.is_some() || !index.column().is_none_or(is_nullable)
            }
            Path::Index(_) | Path::Key => true,
        }
    }

    /// The values of a path that the conditions leave; `None` where they say nothing of it.
    fn spans(&self, path: Path<'_>, target: Target, run: &Run) -> Result<Option<Vec<Span>>> {
        let mut left: Option<Vec<Span>> = None;
        let mut known_type = None;
        for restriction in self.restrictions.iter().filter(|restriction| restriction.target == target) {
            if known_type.is_none() {
                known_type = path.data_type(&self.table, self.keyspaces(run))?;
            }
            let Some(data_type) = &known_type else { return Ok(None) };
            if let Some(spans) = restriction.spans(data_type, run)? {
                left = Some(match left {
                    Some(left) => intersect(&left, &spans),
                    None => spans,
                });
            }
        }
        Ok(left)
    }

    fn cost(&self, path: Path<'_>, spans: &[Span], run: &Run) -> Result<u64> {
        let is_single = match path {
            Path::Key => true,
            Path::Index(index) => index.is_unique(),
        };
        let each = if matches!(path, Path::Key) { 1 } else { LOOKED_UP };
        if spans.len() > COUNTED || is_single && spans.iter().all(|span| span.point().is_some()) {
            return Ok(spans.len() as u64 * LOOKED_UP);
        }
        let id = match path {
            Path::Key => self.table.id,
            Path::Index(index) => index.id,
        };
        let mut count = 0;
        for span in spans {
            count += self.keyspaces(run).estimate(id, &range_of(path, span))?;
        }
        Ok(count * each)
    }

    /// The rows that a way leads to.
    pub(super) fn open(&self, access: &Access<'_>, run: &Run) -> RowIter {
        let mut rows = self.rows(access, run);
        run.until_interrupted(std::iter::from_fn(move || rows.next_values().transpose()))
    }

    /// As [`TableSource::open`], with their keys.
    pub(super) fn rows(&self, access: &Access<'_>, run: &Run) -> Rows {
        let Access { path, spans, is_backward, .. } = access;
        let direction = if *is_backward { Direction::Backward } else { Direction::Forward };
        let (table, keyspaces) = (Arc::clone(&self.table), self.keyspaces(run).clone());
        let ranges = |path| match spans {
            Some(spans) => spans.iter().map(|span| range_of(path, span)).collect(),
            None => vec![KeyRange::all()],
        };
        let rows = match (path, spans) {
            (Path::Key, Some(spans)) if spans.iter().all(|span| span.point().is_some()) => {
                let mut keys: Vec<_> =
                    spans.iter().filter_map(|span| Some(key_bytes(span.point()?, Followed::No))).collect();
                if *is_backward {
                    keys.reverse();
                }
                Rows::of_keys(table, keyspaces, keys)
            }
            (Path::Key, _) => Rows::of_ranges(table, keyspaces, ranges(Path::Key), direction),
            (Path::Index(index), _) => {
                Rows::of_index(table, keyspaces, index, ranges(Path::Index(index)), direction)
            }
        };
        rows.with_columns(Arc::clone(&self.wanted))
    }

    /// The first value of a path that is not NULL, from one end.
    pub(super) fn end(&self, target: Target, direction: Direction, run: &Run) -> Result<Option<Value>> {
        let Some(path) = self.path(target) else { return Ok(None) };
        let access = Access {
            path,
            spans: Some(vec![Span::ALL]),
            is_backward: direction == Direction::Backward,
            is_ordered: true,
        };
        let Target::Column(column) = target else { return Ok(None) };
        let row = self.open(&access, run).next().transpose()?;
        Ok(row.map(|mut row| row.swap_remove(column)))
    }
}
