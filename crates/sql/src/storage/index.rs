//! Indexes: made, dropped and read.

use std::cmp::Ordering;
use std::mem::discriminant;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use gluesql_core::ast::{IndexOperator, OrderByExpr};
use gluesql_core::data::{Key, SchemaIndexOrd, Value};
use gluesql_core::store::{Index as IndexTrait, IndexError, IndexMut, RowIter};
use prolly_tree::{Direction, KeyRange};
use prolly_versioning::Keyspaces;

use super::SqlStorage;
use crate::encoding::key::{Followed, key_bytes, read_key};
use crate::encoding::reader::Reader;
use crate::error::{Error, Result};
use crate::numbers::compare;
use crate::table::record::{IndexRecord, can_be_kept};
use crate::table::{Index, RESERVED, Rows};

impl IndexTrait for SqlStorage {
    fn scan_indexed_data<'a>(
        &'a self,
        table_name: &str,
        index_name: &str,
        asc: Option<bool>,
        cmp_value: Option<(&IndexOperator, Value)>,
    ) -> gluesql_core::error::Result<RowIter<'a>> {
        let direction = if asc == Some(false) { Direction::Backward } else { Direction::Forward };
        let rows = self.table(table_name).and_then(|(table, keyspaces)| {
            let index = table.index(index_name).ok_or_else(|| no_index(index_name))?;
            let (range, filter) = match cmp_value {
                None => (KeyRange::all(), None),
                Some((operator, value)) => range_of(&keyspaces, index, operator, value)?,
            };
            let rows = Rows::of_index(Arc::clone(&table), keyspaces, index, vec![range], direction);
            let rows = match filter {
                Some(filter) => rows.filtered(move |value| filter.takes(value)),
                None => rows,
            };
            Ok((Arc::clone(&table), rows))
        });
        let (table, rows) = self.tell(rows)?;
        Ok(self.keyed(table, rows))
    }
}

impl IndexMut for SqlStorage {
    fn create_index(
        &mut self,
        table_name: &str,
        index_name: &str,
        column: &OrderByExpr,
    ) -> gluesql_core::error::Result<()> {
        self.write(|storage| {
            let table = storage.tables()?.get(table_name).cloned();
            let table =
                table.ok_or_else(|| Error::Sql(IndexError::TableNotFound(table_name.to_owned()).into()))?;
            if index_name.starts_with(RESERVED) {
                return Err(Error::invalid(
                    format!("the index name {index_name:?}"),
                    "begins with a zero byte",
                ));
            }
            if table.index(index_name).is_some() {
                return Err(Error::Sql(IndexError::IndexNameAlreadyExists(index_name.to_owned()).into()));
            }
            if !can_be_kept(&column.expr) {
                let reason = format!("cannot be kept: {:?}", column.expr);
                return Err(Error::invalid(format!("the expression of the index {index_name:?}"), reason));
            }
            let places = table.indexes.iter().filter_map(|index| match index.record {
                IndexRecord::Expression { place, .. } => Some(place + 1),
                IndexRecord::Unique { .. } => None,
            });
            let record = IndexRecord::Expression {
                place: places.max().unwrap_or(0),
                expr: column.expr.clone(),
                order: match column.asc {
                    None => SchemaIndexOrd::Both,
                    Some(true) => SchemaIndexOrd::Asc,
                    Some(false) => SchemaIndexOrd::Desc,
                },
            };
            storage.make_index(table.id, table_name, index_name, &record)
        })
    }

    fn drop_index(&mut self, table_name: &str, index_name: &str) -> gluesql_core::error::Result<()> {
        self.write(|storage| {
            let table = storage.tables()?.get(table_name).cloned();
            let table =
                table.ok_or_else(|| Error::Sql(IndexError::TableNotFound(table_name.to_owned()).into()))?;
            let index = table.index(index_name).ok_or_else(|| no_index(index_name))?;
            Ok(storage.draft()?.remove(index.id)?)
        })
    }
}

/// What is compared entry by entry, where the order of the index is not that of the comparison.
struct Filter {
    operator: IndexOperator,
    value: Value,
}

impl Filter {
    /// NULL counts as the greatest value, as in the order of an index.
    fn takes(&self, key: Key) -> bool {
        let order = match key {
            Key::None => Ordering::Greater,
            key => match compare(&Value::from(key), &self.value) {
                Some(order) => order,
                None => return false,
            },
        };
        match self.operator {
            IndexOperator::Gt => order.is_gt(),
            IndexOperator::GtEq => order.is_ge(),
            IndexOperator::Lt => order.is_lt(),
            IndexOperator::LtEq => order.is_le(),
            IndexOperator::Eq => order.is_eq(),
        }
    }
}

/// The range of an index in which a comparison holds, and what is left to be compared there.
///
/// An index is in the order of its values where all are of one type, and the value compared with can be of that type too. An integer
/// column compared with 1.5 is not such a case: all of the index is read then.
fn range_of(
    keyspaces: &Keyspaces,
    index: &Index,
    operator: &IndexOperator,
    value: Value,
) -> Result<(KeyRange, Option<Filter>)> {
    let bound = Key::try_from(value.clone())?;
    let bound = if bound == Key::None { Some(bound) } else { as_stored(keyspaces, index, &value, bound)? };
    let Some(bound) = bound else {
        return Ok((KeyRange::all(), Some(Filter { operator: operator.clone(), value })));
    };
    let equal = KeyRange::prefix(&key_bytes(&bound, Followed::Yes));
    let below = |upper: Bound<Bytes>| KeyRange { lower: Bound::Unbounded, upper };
    let above = |lower: Bound<Bytes>| KeyRange { lower, upper: Bound::Unbounded };
    let range = match operator {
        IndexOperator::Eq => equal,
        IndexOperator::GtEq => above(equal.lower),
        IndexOperator::LtEq => below(equal.upper),
        IndexOperator::Lt => below(flipped(equal.lower)),
        IndexOperator::Gt => match equal.upper {
            // Nothing is above NULL.
            Bound::Unbounded => KeyRange::none(),
            upper => above(flipped(upper)),
        },
    };
    Ok((range, None))
}

/// The key that stands in the index for a value; `None` when entries of several types are there, or of one that it cannot have.
fn as_stored(keyspaces: &Keyspaces, index: &Index, value: &Value, bound: Key) -> Result<Option<Key>> {
    let not_null = KeyRange {
        lower: Bound::Unbounded,
        upper: Bound::Excluded(key_bytes(&Key::None, Followed::Yes).into()),
    };
    let mut ends = Vec::with_capacity(2);
    for direction in [Direction::Forward, Direction::Backward] {
        if let Some(entry) = keyspaces.entries(index.id, &not_null, direction).next() {
            let corrupt = || Error::corrupt(format!("an entry of the index {:?}", index.name));
            ends.push(read_key(&mut Reader::new(&entry?.0), Followed::Yes).ok_or_else(corrupt)?);
        }
    }
    let Some(stored) = ends.pop() else { return Ok(Some(bound)) };
    if ends.iter().any(|end| discriminant(end) != discriminant(&stored)) {
        return Ok(None);
    }
    if discriminant(&stored) == discriminant(&bound) {
        return Ok(Some(bound));
    }
    let Some(data_type) = Value::from(stored).get_type() else { return Ok(None) };
    let cast = value.cast(&data_type).ok().filter(|cast| compare(cast, value).is_some_and(Ordering::is_eq));
    cast.map(|cast| Ok(Key::try_from(cast)?)).transpose()
}

/// The bound of what lies on the other side of a bound.
fn flipped(bound: Bound<Bytes>) -> Bound<Bytes> {
    match bound {
        Bound::Included(key) => Bound::Excluded(key),
        Bound::Excluded(key) => Bound::Included(key),
        Bound::Unbounded => Bound::Unbounded,
    }
}

fn no_index(name: &str) -> Error {
    Error::Sql(IndexError::IndexNameDoesNotExist(name.to_owned()).into())
}
