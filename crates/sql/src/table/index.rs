//! Indexes: which bytes a row has in them.

use std::sync::Arc;

use gluesql_core::ast::{Expr, Function, Literal};
use gluesql_core::data::{Key, Value};
use gluesql_core::executor::{RowContext, evaluate_stateless};
use gluesql_core::plan::{ExprPlan, plan_scalar_expr};
use prolly_versioning::KeyspaceId;

use super::record::{Column, IndexRecord};
use crate::arithmetic::{self, Operand, is_arithmetic};
use crate::encoding::key::{Followed, key_bytes};
use crate::error::{Error, Result};

/// An index of a table, decoded for use.
///
/// An entry of an index that somebody made is the value's key and, behind it, the row's; there is nothing more to it. An index that
/// keeps a column unique has the value's key alone, and holds the row's: so two rows with one value meet in one entry, also when
/// they come from two branches. NULL is not kept there.
pub(crate) struct Index {
    pub(crate) id: KeyspaceId,
    pub(crate) name: Arc<str>,
    pub(crate) record: IndexRecord,
    value: IndexedValue,
}

enum IndexedValue {
    /// A column, by its place.
    Column(usize),
    Expression(ExprPlan),
}

/// The name of the index that keeps a column unique. No name that somebody gives begins so.
pub(crate) fn unique_name(column: u32) -> String {
    format!("{RESERVED}unique {column:08x}")
}

/// What names of our own begin with.
pub(crate) const RESERVED: char = '\0';

impl Index {
    pub(super) fn new(
        id: KeyspaceId,
        name: Arc<str>,
        record: IndexRecord,
        columns: &[Column],
    ) -> Result<Self> {
        let value = match &record {
            IndexRecord::Unique { column } => columns.iter().position(|known| known.id == *column),
            IndexRecord::Expression { expr, .. } => match bare(expr) {
                Expr::Identifier(name) => columns.iter().position(|known| known.definition.name == *name),
                _ => None,
            },
        };
        let value = match (value, &record) {
            (Some(place), _) => IndexedValue::Column(place),
            (None, IndexRecord::Expression { expr, .. }) => {
                IndexedValue::Expression(plan_scalar_expr(expr.clone()))
            }
            (None, IndexRecord::Unique { .. }) => {
                return Err(Error::corrupt(format!("the index {name:?}, whose column is gone")));
            }
        };
        Ok(Self { id, name, record, value })
    }

    /// The columns that the expression of an index, which is made of these parts only, names.
    pub(crate) fn columns_of(expr: &Expr) -> Vec<&str> {
        match expr {
            Expr::Identifier(name) => vec![name],
            Expr::Nested(inner) | Expr::UnaryOp { expr: inner, .. } => Self::columns_of(inner),
            Expr::BinaryOp { left, right, .. } => [Self::columns_of(left), Self::columns_of(right)].concat(),
            Expr::Function(function) => match &**function {
                Function::Cast { expr, .. } => Self::columns_of(expr),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    pub(crate) const fn is_unique(&self) -> bool {
        matches!(self.record, IndexRecord::Unique { .. })
    }

    /// The place of the column it is of.
    pub(crate) const fn column(&self) -> Option<usize> {
        match self.value {
            IndexedValue::Column(place) => Some(place),
            IndexedValue::Expression(_) => None,
        }
    }

    /// What indexes of a table are sorted by: those that somebody made in the order in which that was.
    pub(super) fn order(&self) -> (u32, &str) {
        match self.record {
            IndexRecord::Expression { place, .. } => (place, &self.name),
            IndexRecord::Unique { .. } => (0, &self.name),
        }
    }

    /// The value of a row that the index is sorted by.
    pub(crate) fn value(&self, columns: &[String], row: &[Value]) -> Result<Value> {
        match &self.value {
            IndexedValue::Column(place) => row
                .get(*place)
                .cloned()
                .ok_or_else(|| Error::corrupt(format!("a row without column {place}"))),
            IndexedValue::Expression(expr) => evaluate(expr, columns, row),
        }
    }

    /// The key that a row has in the index; `None` where it has none.
    pub(crate) fn key(&self, columns: &[String], row: &[Value], row_key: &[u8]) -> Result<Option<Vec<u8>>> {
        let value = Key::try_from(self.value(columns, row)?)?;
        if !self.is_unique() {
            let mut bytes = key_bytes(&value, Followed::Yes);
            bytes.extend_from_slice(row_key);
            return Ok(Some(bytes));
        }
        Ok((value != Key::None).then(|| key_bytes(&value, Followed::No)))
    }
}

/// The value of an indexed expression for a row, as queries evaluate it.
fn evaluate(expr: &ExprPlan, columns: &[String], row: &[Value]) -> Result<Value> {
    let evaluated = match expr {
        ExprPlan::Nested(inner) => return evaluate(inner, columns, row),
        ExprPlan::BinaryOp { left, op, right } if is_arithmetic(op) => {
            let (one, other) = (evaluate(left, columns, row)?, evaluate(right, columns, row)?);
            let literal = |side: &ExprPlan| match side {
                ExprPlan::Literal(Literal::Number(number)) => Some(number.fractional_digit_count() > 0),
                _ => None,
            };
            let sides = [(left, &one), (right, &other)];
            let [of_left, of_right] = sides.map(|(side, value)| Operand { value, literal: literal(side) });
            if let Some(value) = arithmetic::apply(op, of_left, of_right) {
                return value;
            }
            let [left, right] = sides.map(|(side, value)| match &**side {
                ExprPlan::Literal(_) => side.clone(),
                _ => Box::new(ExprPlan::Value(value.clone())),
            });
            let plan = ExprPlan::BinaryOp { left, op: op.clone(), right };
            return Ok(Value::try_from(evaluate_stateless(None, &plan)?)?);
        }
        expr => evaluate_stateless(Some(RowContext::RefVecData { columns, values: row }), expr)?,
    };
    Ok(Value::try_from(evaluated)?)
}

/// The expression without parentheses around it.
fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => bare(inner),
        expr => expr,
    }
}
