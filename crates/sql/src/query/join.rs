//! Joins: each row on the left with the rows on the right that the conditions leave.
//!
//! Where the right side has an index for an equality, its rows are looked up, until more were looked up than reading the table once
//! would have cost; from there on, and where there is no index, it is read once, into a hash table where that is possible.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use gluesql_core::ast::DataType;
use gluesql_core::data::Value;
use prolly_tree::Direction;
use prolly_versioning::Keyspaces;

use super::RowIter;
use super::access::{Path, Span, Target, range_of, spans_of_value};
use super::comparison::Comparison;
use super::expression::Expression;
use super::run::Run;
use super::source::{Kind, Source};
use super::table::TableSource;
use crate::encoding::key::{Followed, key_bytes};
use crate::error::Result;
use crate::numbers::HashedNumber;
use crate::table::Rows;

/// Left rows whose partners are looked up at once.
const LOOKED_UP: usize = 256;

/// So many rows of a table are read in the time in which one is looked up.
const READ_MEANWHILE: u64 = 8;

pub(super) struct Join {
    /// Whether a left row stays that finds no partner.
    pub(super) is_outer: bool,
    pub(super) source: Source,
    /// What must hold of a pair.
    pub(super) conditions: Vec<Expression>,
    /// What must hold of the row that comes of it.
    pub(super) filters: Vec<Expression>,
    equalities: Vec<Equality>,
    lookup: Option<Lookup>,
}

/// An equality of the two sides whose values can be hashed.
struct Equality {
    left: Expression,
    right: Expression,
}

/// A way to the right rows by a value of the left one.
struct Lookup {
    target: Target,
    left: Expression,
}

/// A value as hash tables know it.
#[derive(PartialEq, Eq, Hash)]
enum Hashed {
    Number(HashedNumber),
    Value(Value),
}

impl Join {
    /// With `type_of`, the types of expressions as far as they are known.
    pub(super) fn new(
        is_outer: bool,
        mut source: Source,
        conditions: Vec<Expression>,
        filters: Vec<Expression>,
        type_of: impl Fn(&Expression) -> Option<DataType>,
    ) -> Self {
        let (mut equalities, mut lookup) = (Vec::new(), None);
        for condition in &conditions {
            source.restrict(condition);
            let Expression::Compare(Comparison::Equal, sides) = condition else { continue };
            let [one, other] = &**sides;
            for (left, right) in [(one, other), (other, one)] {
                if left.reach() > source.offset || !is_of(right, &source) {
                    continue;
                }
                if let Kind::Table(table) = &source.kind
                    && left.reach() > 0
                    && let Some((target, path)) = way(table, right)
                    // A key leads to its row at once.
                    && (lookup.is_none() || matches!(path, Path::Key))
                {
                    lookup = Some(Lookup { target, left: left.clone() });
                }
                if can_be_hashed(type_of(left).as_ref(), type_of(right).as_ref()) {
                    equalities.push(Equality { left: left.clone(), right: right.clone() });
                }
            }
        }
        Self { is_outer, source, conditions, filters, equalities, lookup }
    }

    pub(super) fn open(
        this: &Arc<Vec<Self>>,
        place: usize,
        left: RowIter,
        run: &Arc<Run>,
    ) -> Result<RowIter> {
        let join = &this[place];
        let lookups_left = match (&join.lookup, &join.source.kind) {
            (Some(_), Kind::Table(table)) => Some(table.estimate(run)? / READ_MEANWHILE + 1),
            _ => None,
        };
        Ok(Box::new(Joined {
            joins: Arc::clone(this),
            place,
            run: Arc::clone(run),
            left,
            lookups_left,
            page: 1,
            right: None,
            found: VecDeque::new(),
        }))
    }
}

/// Whether an expression needs values of this source and no others.
fn is_of(expression: &Expression, source: &Source) -> bool {
    let (mut any, mut all) = (false, true);
    expression.columns(&mut |place| {
        any = true;
        all &= (source.offset..source.offset + source.width).contains(&place);
    });
    any && all
}

/// What leads to the rows of a table by the value of an expression.
fn way<'a>(table: &'a TableSource, expression: &Expression) -> Option<(Target, Path<'a>)> {
    let (target, _) = table.targets.iter().find(|(_, known)| known.is_same(expression))?;
    Some((*target, table.path(*target)?))
}

fn can_be_hashed(one: Option<&DataType>, other: Option<&DataType>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            (is_numeric(one) && is_numeric(other)) || (one == other && !matches!(one, DataType::Point))
        }
        _ => false,
    }
}

const fn is_numeric(data_type: &DataType) -> bool {
    use DataType as T;
    matches!(
        data_type,
        T::Int8
            | T::Int16
            | T::Int32
            | T::Int
            | T::Int128
            | T::Uint8
            | T::Uint16
            | T::Uint32
            | T::Uint64
            | T::Uint128
            | T::Float32
            | T::Float
            | T::Decimal
    )
}

struct Joined {
    joins: Arc<Vec<Join>>,
    place: usize,
    run: Arc<Run>,
    left: RowIter,
    /// How many rows are looked up before the right side is read; `None` where it is read.
    lookups_left: Option<u64>,
    page: usize,
    right: Option<Right>,
    found: VecDeque<Vec<Value>>,
}

/// The right side, read once.
enum Right {
    Hashed(HashMap<Vec<Hashed>, Vec<Vec<Value>>>),
    Listed(Vec<Vec<Value>>),
}

impl Joined {
    /// Finds the partners of the next left rows; false at the end.
    fn advance(&mut self) -> Result<bool> {
        let Self { joins, place, run, left, lookups_left, page, right, found } = self;
        let join = &joins[*place];
        if let (Some(lookups), Some(lookup), Kind::Table(table)) =
            (&mut *lookups_left, &join.lookup, &join.source.kind)
        {
            let lefts = left.take(*page).collect::<Result<Vec<_>>>()?;
            if lefts.is_empty() {
                return Ok(false);
            }
            *page = (*page * 4).min(LOOKED_UP);
            *lookups = lookups.saturating_sub(lefts.len() as u64);
            let is_last = *lookups == 0 && !join.equalities.is_empty();
            let partners = join.look_up(lookup, table, &lefts, run)?;
            if is_last {
                *lookups_left = None;
            }
            let Some(partners) = partners else {
                // A value whose place among those of the index cannot be said.
                *lookups_left = None;
                let right = join.right(right, run)?;
                for row in lefts {
                    join.pair_with(row, right, run, found)?;
                }
                return Ok(true);
            };
            for (row, partners) in lefts.into_iter().zip(&partners) {
                join.pair(row, partners, run, found)?;
            }
            return Ok(true);
        }
        let Some(row) = left.next().transpose()? else { return Ok(false) };
        let right = join.right(right, run)?;
        join.pair_with(row, right, run, found)?;
        Ok(true)
    }
}

impl Iterator for Joined {
    type Item = Result<Vec<Value>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.found.pop_front() {
                return Some(Ok(row));
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Join {
    fn right<'a>(&self, right: &'a mut Option<Right>, run: &Arc<Run>) -> Result<&'a Right> {
        if right.is_none() {
            *right = Some(self.read_right(run)?);
        }
        // It was just put there.
        Ok(right.get_or_insert_with(|| Right::Listed(Vec::new())))
    }

    fn read_right(&self, run: &Arc<Run>) -> Result<Right> {
        let rows = self.source.open(run)?;
        if self.equalities.is_empty() {
            return Ok(Right::Listed(rows.collect::<Result<_>>()?));
        }
        let mut hashed: HashMap<_, Vec<_>> = HashMap::new();
        // Expressions are over the whole row.
        let mut whole = vec![Value::Null; self.source.offset];
        for row in rows {
            whole.extend(row?);
            let key = hash(self.equalities.iter().map(|equality| &equality.right), &whole, run)?;
            let row = whole.split_off(self.source.offset);
            if let Some(key) = key {
                hashed.entry(key).or_default().push(row);
            }
        }
        Ok(Right::Hashed(hashed))
    }

    fn pair_with(
        &self,
        row: Vec<Value>,
        right: &Right,
        run: &Run,
        found: &mut VecDeque<Vec<Value>>,
    ) -> Result<()> {
        match right {
            Right::Listed(rows) => self.pair(row, rows, run, found),
            Right::Hashed(rows) => {
                let key = hash(self.equalities.iter().map(|equality| &equality.left), &row, run)?;
                let partners = key.and_then(|key| rows.get(&key)).map_or(&[][..], |rows| rows);
                self.pair(row, partners, run, found)
            }
        }
    }

    /// Adds a left row with each of its partners that the conditions leave.
    fn pair(
        &self,
        row: Vec<Value>,
        partners: &[Vec<Value>],
        run: &Run,
        found: &mut VecDeque<Vec<Value>>,
    ) -> Result<()> {
        let mut has_partner = false;
        let mut pair = row;
        for partner in partners {
            run.check()?;
            pair.truncate(self.source.offset);
            pair.extend_from_slice(partner);
            if holds(&self.conditions, &pair, run)? {
                has_partner = true;
                if holds(&self.filters, &pair, run)? {
                    found.push_back(pair.clone());
                }
            }
        }
        if self.is_outer && !has_partner {
            pair.truncate(self.source.offset);
            pair.resize(self.source.offset + self.source.width, Value::Null);
            if holds(&self.filters, &pair, run)? {
                found.push_back(pair);
            }
        }
        Ok(())
    }

    /// The right rows for each of some left rows; `None` where an index cannot tell.
    fn look_up(
        &self,
        lookup: &Lookup,
        table: &TableSource,
        lefts: &[Vec<Value>],
        run: &Run,
    ) -> Result<Option<Vec<Vec<Vec<Value>>>>> {
        let Some(path) = table.path(lookup.target) else { return Ok(None) };
        let keyspaces = table.keyspaces(run);
        let Some(data_type) = path.data_type(&table.table, keyspaces)? else { return Ok(None) };
        let mut points = Vec::with_capacity(lefts.len());
        for row in lefts {
            let value = lookup.left.evaluate(row, run)?;
            let spans = spans_of_value(Comparison::Equal, &lookup.left, &value, &data_type);
            let Some(mut spans) = spans else { return Ok(None) };
            points.push(spans.pop());
        }
        match path {
            Path::Key => find_by_key(table, keyspaces, &points).map(Some),
            Path::Index(index) => {
                let partners = |point: &Option<Span>| {
                    let Some(span) = point else { return Ok(Vec::new()) };
                    let ranges = vec![range_of(path, span)];
                    let (own, keyspaces) = (Arc::clone(&table.table), keyspaces.clone());
                    let rows = Rows::of_index(own, keyspaces, index, ranges, Direction::Forward);
                    rows.with_columns(Arc::clone(&table.wanted)).map(|row| Ok(row?.1)).collect()
                };
                points.iter().map(partners).collect::<Result<_>>().map(Some)
            }
        }
    }
}

fn find_by_key(
    table: &TableSource,
    keyspaces: &Keyspaces,
    points: &[Option<Span>],
) -> Result<Vec<Vec<Vec<Value>>>> {
    let key = |point: &Option<Span>| Some(key_bytes(point.as_ref()?.point()?, Followed::No));
    let keys: Vec<Option<Vec<u8>>> = points.iter().map(key).collect();
    let asked: Vec<&Vec<u8>> = keys.iter().flatten().collect();
    let values = keyspaces.find_many(table.table.id, &asked)?;
    let mut values_left = values.iter();
    let mut partners = Vec::with_capacity(keys.len());
    for key in &keys {
        let found = key.as_ref().and_then(|key| Some((key, values_left.next()??)));
        partners.push(match found {
            None => Vec::new(),
            Some((key, value)) => {
                let row = values.read(value).map_err(prolly_versioning::Error::from)?;
                vec![table.table.read_columns(key, &row, Some(&table.wanted))?]
            }
        });
    }
    Ok(partners)
}

/// Whether all conditions hold of a row.
pub(super) fn holds(conditions: &[Expression], row: &[Value], run: &Run) -> Result<bool> {
    for condition in conditions {
        if condition.truth(row, run)? != Some(true) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `None` where one of the values is equal to nothing.
fn hash<'a>(
    expressions: impl Iterator<Item = &'a Expression>,
    row: &'a [Value],
    run: &'a Run,
) -> Result<Option<Vec<Hashed>>> {
    let mut key = Vec::new();
    for expression in expressions {
        let value = expression.evaluate(row, run)?;
        key.push(match HashedNumber::of(&value) {
            Some(number) => Hashed::Number(number),
            None if value.is_null() || matches!(*value, Value::F32(_) | Value::F64(_)) => return Ok(None),
            None => Hashed::Value(Cow::into_owned(value)),
        });
    }
    Ok(Some(key))
}
