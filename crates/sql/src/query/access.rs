//! Which rows of a table a condition leaves: as ranges of its keys or of an index.
//!
//! The condition is tested on these rows again, so a range may hold more than it leaves, and never less.

use std::borrow::Cow;
use std::ops::Bound;

use bytes::Bytes;
use gluesql_core::ast::{DataType, Literal};
use gluesql_core::data::{Key, Value};
use gluesql_core::plan::ExprPlan;
use prolly_tree::{Direction, KeyRange};
use prolly_versioning::Keyspaces;

use super::comparison::Comparison;
use super::compile::parameter_of;
use super::expression::Expression;
use super::run::Run;
use crate::encoding::key::{Followed, key_bytes, read_key};
use crate::encoding::reader::Reader;
use crate::error::{Error, Result};
use crate::numbers::{Floor, compare, floor};
use crate::table::{Index, Table};

/// Values of a column or of an index, from one to another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) lower: Bound<Key>,
    pub(super) upper: Bound<Key>,
}

/// A condition on what a table's rows can be found by.
#[derive(Clone)]
pub(super) struct Restriction {
    pub(super) target: Target,
    test: Test,
}

/// What rows can be found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Column(usize),
    /// The expression of an index, by its place among those of the table.
    Index(usize),
}

/// What must hold of it. No part of it needs the row.
#[derive(Clone)]
enum Test {
    Compare(Comparison, Expression),
    In(Vec<Expression>),
    InSubquery(Expression),
    /// A text like this one.
    Like(Expression),
}

impl Span {
    pub(super) const ALL: Self = Self { lower: Bound::Unbounded, upper: Bound::Unbounded };

    pub(super) fn one(key: Key) -> Self {
        Self { lower: Bound::Included(key.clone()), upper: Bound::Included(key) }
    }

    /// The only value, where there is one.
    pub(super) fn point(&self) -> Option<&Key> {
        match self {
            Self { lower: Bound::Included(lower), upper: Bound::Included(upper) } if lower == upper => {
                Some(lower)
            }
            _ => None,
        }
    }

    fn intersection(&self, other: &Self) -> Option<Self> {
        let lower = greater(&self.lower, &other.lower, false).clone();
        let upper = greater(&self.upper, &other.upper, true).clone();
        let is_empty = match (&lower, &upper) {
            (Bound::Included(lower), Bound::Included(upper)) => lower > upper,
            (
                Bound::Included(lower) | Bound::Excluded(lower),
                Bound::Included(upper) | Bound::Excluded(upper),
            ) => lower >= upper,
            _ => false,
        };
        (!is_empty).then_some(Self { lower, upper })
    }
}

/// The tighter of two bounds.
fn greater<'a>(one: &'a Bound<Key>, other: &'a Bound<Key>, is_upper: bool) -> &'a Bound<Key> {
    let (key, other_key) = match (one, other) {
        (Bound::Unbounded, _) => return other,
        (_, Bound::Unbounded) => return one,
        (
            Bound::Included(key) | Bound::Excluded(key),
            Bound::Included(other_key) | Bound::Excluded(other_key),
        ) => (key, other_key),
    };
    let order = if is_upper { other_key.cmp(key) } else { key.cmp(other_key) };
    match order {
        std::cmp::Ordering::Greater => one,
        std::cmp::Ordering::Less => other,
        std::cmp::Ordering::Equal if matches!(one, Bound::Excluded(_)) => one,
        std::cmp::Ordering::Equal => other,
    }
}

/// What lies in both of two lists of spans.
pub(super) fn intersect(ones: &[Span], others: &[Span]) -> Vec<Span> {
    ones.iter().flat_map(|one| others.iter().filter_map(|other| one.intersection(other))).collect()
}

impl Restriction {
    /// What a condition says about the rows of a table whose columns begin at `offset`, where it says so without other columns.
    pub(super) fn of(condition: &Expression, targets: &[(Target, Expression)]) -> Option<Self> {
        let target = |expression: &Expression| {
            targets.iter().find(|(_, known)| known.is_same(expression)).map(|(target, _)| *target)
        };
        let known = |expression: &Expression| expression.reach() == 0 && !expression.is_volatile();
        let (target, test) = match condition {
            Expression::Compare(Comparison::NotEqual, _) => return None,
            Expression::Compare(comparison, sides) => {
                let [left, right] = &**sides;
                match (target(left), target(right)) {
                    (Some(target), _) if known(right) => (target, Test::Compare(*comparison, right.clone())),
                    (_, Some(target)) if known(left) => {
                        (target, Test::Compare(comparison.reversed(), left.clone()))
                    }
                    _ => return None,
                }
            }
            Expression::In(left, list) if list.iter().all(known) => (target(left)?, Test::In(list.clone())),
            Expression::InSubquery(left, subquery) if subquery.outer.iter().all(known) => {
                (target(left)?, Test::InSubquery(condition.clone()))
            }
            Expression::Strict(_, glue) => match (&glue.plan, &glue.arguments[..]) {
                (ExprPlan::Like { expr, negated: false, pattern }, [left])
                    if matches!(**expr, ExprPlan::Identifier(_)) =>
                {
                    let pattern = match (&**pattern, parameter_of(pattern)) {
                        (_, Some(place)) => Expression::Parameter(place),
                        (ExprPlan::Literal(Literal::QuotedString(text)), None) => {
                            Expression::Value(Value::Str(text.clone()))
                        }
                        _ => return None,
                    };
                    (target(left)?, Test::Like(pattern))
                }
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { target, test })
    }

    /// The values for which it holds; `None` where it cannot be said, and all are to be looked at.
    pub(super) fn spans(&self, data_type: &DataType, run: &Run) -> Result<Option<Vec<Span>>> {
        match &self.test {
            Test::Compare(comparison, expression) => spans_of(*comparison, expression, data_type, run),
            Test::In(list) => {
                let mut spans = Vec::with_capacity(list.len());
                for expression in list {
                    match spans_of(Comparison::Equal, expression, data_type, run)? {
                        Some(found) => spans.extend(found),
                        None => return Ok(None),
                    }
                }
                Ok(Some(in_order(spans)))
            }
            Test::InSubquery(condition) => {
                let Expression::InSubquery(_, subquery) = condition else { return Ok(None) };
                let mut spans = Vec::new();
                for value in subquery.values(run)?.iter() {
                    match spans_of(Comparison::Equal, &Expression::Value(value.clone()), data_type, run)? {
                        Some(found) => spans.extend(found),
                        None => return Ok(None),
                    }
                }
                Ok(Some(in_order(spans)))
            }
            Test::Like(pattern) => {
                let pattern = pattern.evaluate(&[], run)?;
                let (Value::Str(pattern), DataType::Text) = (&*pattern, data_type) else { return Ok(None) };
                let prefix = pattern.split(['%', '_', '\\']).next().unwrap_or_default();
                Ok(Some(vec![Span {
                    lower: Bound::Included(Key::Str(prefix.to_owned())),
                    upper: behind(prefix).map_or(Bound::Unbounded, |next| Bound::Excluded(Key::Str(next))),
                }]))
            }
        }
    }
}

/// Points in their order, each once.
fn in_order(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by(|one, other| one.point().cmp(&other.point()));
    spans.dedup();
    spans
}

/// The first text behind all that begin with `prefix`.
fn behind(prefix: &str) -> Option<String> {
    let mut rest = prefix.to_owned();
    while let Some(last) = rest.pop() {
        if let Some(next) = ((last as u32 + 1)..=char::MAX as u32).find_map(char::from_u32) {
            rest.push(next);
            return Some(rest);
        }
    }
    None
}

/// Where a value lies among those that a type has.
enum Place {
    At(Key),
    /// Behind this one and before the next.
    Behind(Key),
    BeforeAll,
    BehindAll,
    Unknown,
}

/// The values of a type of which a comparison with an expression holds.
pub(super) fn spans_of(
    comparison: Comparison,
    expression: &Expression,
    data_type: &DataType,
    run: &Run,
) -> Result<Option<Vec<Span>>> {
    let value = expression.evaluate(&[], run)?;
    Ok(spans_of_value(comparison, expression.bound(run), &value, data_type))
}

/// As [`spans_of`], of what an expression came to.
pub(super) fn spans_of_value(
    comparison: Comparison,
    expression: &Expression,
    value: &Value,
    data_type: &DataType,
) -> Option<Vec<Span>> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    if value.is_null() {
        return Some(Vec::new());
    }
    let up_to = |upper| vec![Span { lower: Bound::Unbounded, upper }];
    let from = |lower| vec![Span { lower, upper: Bound::Unbounded }];
    Some(match (place(expression, value, data_type), comparison) {
        (Place::Unknown, _) | (_, NotEqual) => return None,
        (Place::At(key), Equal) => vec![Span::one(key)],
        (_, Equal) => Vec::new(),
        (Place::At(key), Less) => up_to(Bound::Excluded(key)),
        (Place::At(key), LessOrEqual) | (Place::Behind(key), Less | LessOrEqual) => {
            up_to(Bound::Included(key))
        }
        (Place::At(key), GreaterOrEqual) => from(Bound::Included(key)),
        (Place::At(key), Greater) | (Place::Behind(key), Greater | GreaterOrEqual) => {
            from(Bound::Excluded(key))
        }
        (Place::BehindAll, Less | LessOrEqual) | (Place::BeforeAll, Greater | GreaterOrEqual) => {
            vec![Span::ALL]
        }
        (Place::BehindAll, Greater | GreaterOrEqual) | (Place::BeforeAll, Less | LessOrEqual) => Vec::new(),
    })
}

fn place(expression: &Expression, value: &Value, data_type: &DataType) -> Place {
    let value = match expression {
        Expression::Number(number) => match data_type {
            DataType::Float => Cow::Owned(Value::F64(number.float)),
            DataType::Float32 => Cow::Owned(Value::F32(number.float as f32)),
            _ => Cow::Borrowed(&number.exact),
        },
        Expression::Text(_) if *data_type != DataType::Text => match value.cast(data_type) {
            Ok(cast) => Cow::Owned(cast),
            Err(_) => return Place::Unknown,
        },
        _ => Cow::Borrowed(value),
    };
    let at = |value: &Value| Key::try_from(value).map_or(Place::Unknown, Place::At);
    match data_type {
        DataType::Float | DataType::Float32 | DataType::Decimal => {
            let Ok(cast) = value.cast(data_type) else { return Place::Unknown };
            // Zero has two keys. What is rounded is another number.
            match compare(&cast, &value) {
                Some(order) if order.is_eq() && (*data_type == DataType::Decimal || !cast.is_zero()) => {
                    at(&cast)
                }
                _ => Place::Unknown,
            }
        }
        _ => match integer(&value, data_type) {
            Some(place) => place,
            None if value.get_type().as_ref() == Some(data_type) => at(&value),
            None => Place::Unknown,
        },
    }
}

/// Where a number lies among the integers of a type; `None` where one of the two is something else.
fn integer(value: &Value, data_type: &DataType) -> Option<Place> {
    macro_rules! key {
        ($variant:ident, $number:expr) => {
            $number.try_into().ok().map(Key::$variant)
        };
    }
    let key = |number: i128| match data_type {
        DataType::Int8 => key!(I8, number),
        DataType::Int16 => key!(I16, number),
        DataType::Int32 => key!(I32, number),
        DataType::Int => key!(I64, number),
        DataType::Int128 => Some(Key::I128(number)),
        DataType::Uint8 => key!(U8, number),
        DataType::Uint16 => key!(U16, number),
        DataType::Uint32 => key!(U32, number),
        DataType::Uint64 => key!(U64, number),
        DataType::Uint128 => key!(U128, number),
        _ => None,
    };
    // Every type of integers has this one.
    key(0)?;
    Some(match floor(value)? {
        Floor::Below => Place::BeforeAll,
        Floor::Above => Place::BehindAll,
        Floor::Large(number) if *data_type == DataType::Uint128 => Place::At(Key::U128(number)),
        Floor::Large(_) => Place::BehindAll,
        Floor::At(number, is_exact) => match key(number) {
            Some(key) if is_exact => Place::At(key),
            Some(key) => Place::Behind(key),
            None if number < 0 => Place::BeforeAll,
            None => Place::BehindAll,
        },
    })
}

/// What rows of a table are found by.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    /// Their keys.
    Key,
    Index(&'a Index),
}

impl Path<'_> {
    /// The type of the values that the path is in the order of. That of an expression is what its index holds: `None` where that is
    /// several.
    pub(super) fn data_type(self, table: &Table, keyspaces: &Keyspaces) -> Result<Option<DataType>> {
        let column = match self {
            Self::Key => table.key,
            Self::Index(index) => index.column(),
        };
        match (column, self) {
            (Some(column), _) => Ok(Some(table.columns()[column].definition.data_type.clone())),
            (None, Self::Key) => Ok(None),
            (None, Self::Index(index)) => {
                let mut types = Vec::with_capacity(2);
                for direction in [Direction::Forward, Direction::Backward] {
                    let range = range_of(self, &Span::ALL);
                    if let Some(entry) = keyspaces.entries(index.id, &range, direction).next() {
                        let key = read_key(&mut Reader::new(&entry?.0), Followed::Yes);
                        let corrupt = || Error::corrupt(format!("an entry of the index {:?}", index.name));
                        types.push(Value::from(key.ok_or_else(corrupt)?).get_type());
                    }
                }
                types.dedup();
                Ok(if types.len() == 1 { types.remove(0) } else { None })
            }
        }
    }
}

/// The keys of a path at which the values of a span are, without NULL.
pub(super) fn range_of(path: Path<'_>, span: &Span) -> KeyRange {
    let is_followed = matches!(path, Path::Index(index) if !index.is_unique());
    if !is_followed {
        let bound = |bound: &Bound<Key>| bound.as_ref().map(|key| Bytes::from(key_bytes(key, Followed::No)));
        return KeyRange { lower: bound(&span.lower), upper: bound(&span.upper) };
    }
    let around = |key: &Key| KeyRange::prefix(&key_bytes(key, Followed::Yes));
    let lower = match &span.lower {
        Bound::Unbounded => Bound::Unbounded,
        Bound::Included(key) => around(key).lower,
        Bound::Excluded(key) => flipped(around(key).upper),
    };
    let upper = match &span.upper {
        Bound::Unbounded => flipped(around(&Key::None).lower),
        Bound::Included(key) => around(key).upper,
        Bound::Excluded(key) => flipped(around(key).lower),
    };
    KeyRange { lower, upper }
}

/// The bound of what lies on the other side of a bound.
fn flipped(bound: Bound<Bytes>) -> Bound<Bytes> {
    match bound {
        Bound::Included(key) => Bound::Excluded(key),
        Bound::Excluded(key) => Bound::Included(key),
        Bound::Unbounded => Bound::Unbounded,
    }
}
