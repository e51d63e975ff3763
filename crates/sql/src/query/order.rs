//! Rows in order, and the first of them.

use std::cmp::Ordering;

use gluesql_core::data::{Key, Value};

use super::RowIter;
use super::expression::Expression;
use super::run::Run;
use crate::error::Result;
use crate::numbers::compare;

/// Expressions that rows are sorted by, and whether the greatest comes first.
pub(super) type OrderBy = Vec<(Expression, bool)>;

/// What is selected of rows, sorted by expressions over both, stably. Where only the first `limit` are wanted no more than twice as many
/// are held.
pub(super) fn sort(
    rows: RowIter,
    select: impl Fn(&[Value]) -> Result<Vec<Value>>,
    order_by: &OrderBy,
    limit: Option<usize>,
    run: &Run,
) -> Result<Vec<Vec<Value>>> {
    let by_keys = |(one, _): &(Vec<Value>, Vec<Value>), (other, _): &(Vec<Value>, Vec<Value>)| {
        let mut orders = one.iter().zip(other).zip(order_by).map(|((one, other), (_, is_descending))| {
            let order = order_of(one, other);
            if *is_descending { order.reverse() } else { order }
        });
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    let mut sorted: Vec<(Vec<Value>, Vec<Value>)> = Vec::new();
    for row in rows {
        let mut row = row?;
        let selected = select(&row)?;
        row.extend_from_slice(&selected);
        let key = |(expression, _): &(Expression, bool)| {
            let value = expression.evaluate(&row, run)?.into_owned();
            match value {
                // These have no order, which the attempt says.
                Value::Map(_) | Value::List(_) | Value::Point(_) => Ok(Value::from(Key::try_from(value)?)),
                value => Ok(value),
            }
        };
        let keys = order_by.iter().map(key).collect::<Result<_>>()?;
        sorted.push((keys, selected));
        if let Some(limit) = limit
            && sorted.len() >= 2 * limit.max(128)
        {
            sorted.sort_by(by_keys);
            sorted.truncate(limit);
        }
    }
    sorted.sort_by(by_keys);
    Ok(sorted.into_iter().map(|(_, row)| row).collect())
}

/// The order of two values: numbers by what they are, NULL last.
fn order_of(one: &Value, other: &Value) -> Ordering {
    match (one.is_null(), other.is_null()) {
        (false, false) => {}
        (one, other) => return one.cmp(&other),
    }
    compare(one, other).unwrap_or_else(|| match (Key::try_from(one), Key::try_from(other)) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        _ => Ordering::Equal,
    })
}
