//! Joining what two branches made of a row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use gluesql_core::data::Value;
use prolly_versioning::{MergeSides, three_way};

use crate::encoding::value::write_value;
use crate::error::Result;
use crate::table::Table;

/// A table on each side of a merge.
pub(super) type TableSides<'a> = MergeSides<Option<&'a Arc<Table>>>;

/// What becomes of a row that both sides changed: of each column the value of the side that changed it. `None` when both changed
/// one, and when a side removed or both added the row.
pub(super) fn join(
    sides: &TableSides<'_>,
    merged: &Table,
    key: &[u8],
    rows: &MergeSides<Option<Bytes>>,
) -> Result<Option<Vec<u8>>> {
    let (Some(base), Some(left), Some(right)) = (&rows.base, &rows.destination, &rows.source) else {
        return Ok(None);
    };
    let (Some(of_base), Some(of_left), Some(of_right)) = (sides.base, sides.destination, sides.source) else {
        return Ok(None);
    };
    let tables = [of_base, of_left, of_right];
    let [base, left, right] =
        [of_base.read_row(key, base)?, of_left.read_row(key, left)?, of_right.read_row(key, right)?];
    let joined = match &merged.record.columns {
        None => join_maps(&base, &left, &right),
        Some(columns) => columns
            .iter()
            .map(|column| {
                let mut values = tables.iter().zip([&base, &left, &right]).map(|(table, row)| {
                    let place = table.columns().iter().position(|known| known.id == column.id)?;
                    row.get(place)
                });
                let (base, left, right) = (values.next()?, values.next()?, values.next()?);
                // A side that lacks the column has not changed it.
                match (left, right) {
                    (Some(left), Some(right)) => {
                        pick(Some(base.unwrap_or(&column.missing)), Some(left), Some(right))?
                    }
                    (one, other) => one.or(other),
                }
                .or(Some(&column.missing))
                .cloned()
            })
            .collect::<Option<Vec<Value>>>(),
    };
    joined.map(|row| merged.write_row(&row)).transpose()
}

/// The entries of rows that are maps stand for columns.
fn join_maps(base: &[Value], left: &[Value], right: &[Value]) -> Option<Vec<Value>> {
    let ([Value::Map(base)], [Value::Map(left)], [Value::Map(right)]) = (base, left, right) else {
        return None;
    };
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let mut joined = BTreeMap::new();
    for name in names {
        if let Some(value) = pick(base.get(name), left.get(name), right.get(name))? {
            joined.insert(name.clone(), value.clone());
        }
    }
    Some(vec![Value::Map(joined)])
}

/// The value of the side that changed it; `None` when both did, differently. Values are compared as they are kept: to SQL `NULL`, numbers
/// that are none and zeros with a sign are equal to others, or to nothing.
fn pick<'a>(
    base: Option<&Value>,
    left: Option<&'a Value>,
    right: Option<&'a Value>,
) -> Option<Option<&'a Value>> {
    let kept = |value: &Value| {
        let mut bytes = Vec::new();
        write_value(&mut bytes, value);
        bytes
    };
    let [of_base, of_left, of_right] = [base, left, right].map(|value| value.map(kept));
    let chosen = three_way(Some(&of_base), &of_left, &of_right)?;
    Some(if std::ptr::eq(chosen, &of_left) { left } else { right })
}
