//! Comparisons: by value, in three values, and with literals that take on the type of the other side.

use std::cmp::Ordering;

use gluesql_core::ast::BinaryOperator;
use gluesql_core::data::Value;
use gluesql_core::executor::evaluate_stateless;
use gluesql_core::plan::ExprPlan;

use super::expression::Expression;
use super::literal::{Number, Text};
use crate::error::Result;
use crate::numbers;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(super) const fn of(operator: &BinaryOperator) -> Option<Self> {
        Some(match operator {
            BinaryOperator::Eq => Self::Equal,
            BinaryOperator::NotEq => Self::NotEqual,
            BinaryOperator::Lt => Self::Less,
            BinaryOperator::LtEq => Self::LessOrEqual,
            BinaryOperator::Gt => Self::Greater,
            BinaryOperator::GtEq => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    /// The comparison with its sides exchanged.
    pub(super) const fn reversed(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }

    const fn operator(self) -> BinaryOperator {
        match self {
            Self::Equal => BinaryOperator::Eq,
            Self::NotEqual => BinaryOperator::NotEq,
            Self::Less => BinaryOperator::Lt,
            Self::LessOrEqual => BinaryOperator::LtEq,
            Self::Greater => BinaryOperator::Gt,
            Self::GreaterOrEqual => BinaryOperator::GtEq,
        }
    }

    /// Whether it holds of two sides in this order; values that have none are not equal either.
    const fn holds(self, order: Option<Ordering>) -> bool {
        match (self, order) {
            (Self::Equal, Some(order)) => order.is_eq(),
            (Self::NotEqual, Some(order)) => order.is_ne(),
            (Self::Less, Some(order)) => order.is_lt(),
            (Self::LessOrEqual, Some(order)) => order.is_le(),
            (Self::Greater, Some(order)) => order.is_gt(),
            (Self::GreaterOrEqual, Some(order)) => order.is_ge(),
            (comparison, None) => matches!(comparison, Self::NotEqual),
        }
    }

    /// Compares two values; `None` where one is NULL.
    pub(super) fn of_values(self, left: &Value, right: &Value) -> Option<bool> {
        if left.is_null() || right.is_null() {
            return None;
        }
        if let (Self::Equal | Self::NotEqual, false) = (self, numbers::is_number(left)) {
            // Maps and lists are equal or not, and have no order.
            return Some(left.evaluate_eq(right).is_true() == matches!(self, Self::Equal));
        }
        Some(self.holds(numbers::compare(left, right)))
    }
}

/// Compares what two expressions came to, where a literal takes on the type of the other side.
pub(super) fn compare_values(
    comparison: Comparison,
    (left, one): (&Expression, &Value),
    (right, other): (&Expression, &Value),
) -> Result<Option<bool>> {
    match (left, right) {
        (Expression::Number(_) | Expression::Text(_), Expression::Number(_) | Expression::Text(_)) => {
            Ok(comparison.of_values(one, other))
        }
        (_, Expression::Number(number)) => with_number(comparison, one, number),
        (Expression::Number(number), _) => with_number(comparison.reversed(), other, number),
        (_, Expression::Text(text)) => with_text(comparison, one, text),
        (Expression::Text(text), _) => with_text(comparison.reversed(), other, text),
        _ => Ok(comparison.of_values(one, other)),
    }
}

fn with_number(comparison: Comparison, value: &Value, number: &Number) -> Result<Option<bool>> {
    match number.beside(value) {
        Some(number) => Ok(comparison.of_values(value, &number)),
        None => with_literal(comparison, value, number.plan()),
    }
}

fn with_text(comparison: Comparison, value: &Value, text: &Text) -> Result<Option<bool>> {
    match value {
        Value::Str(_) => Ok(comparison.of_values(value, &text.value)),
        _ => with_literal(comparison, value, text.plan()),
    }
}

/// Dates and the like, which GlueSQL reads from the literal.
fn with_literal(comparison: Comparison, value: &Value, literal: &ExprPlan) -> Result<Option<bool>> {
    let plan = ExprPlan::BinaryOp {
        left: Box::new(ExprPlan::Value(value.clone())),
        op: comparison.operator(),
        right: Box::new(literal.clone()),
    };
    match Value::try_from(evaluate_stateless(None, &plan)?)? {
        Value::Bool(held) => Ok(Some(held)),
        _ => Ok(None),
    }
}
