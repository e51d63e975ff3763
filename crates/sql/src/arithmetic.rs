//! Arithmetic of numbers of different types.
//!
//! GlueSQL gives the result the type of the left side, so `3 * 0.5` is 0 there where the 3 is an INT. Here the narrower side is widened
//! first: an integer beside a DECIMAL, FLOAT32 or FLOAT, and a literal with a point beside an integer is a FLOAT.

use std::borrow::Cow;

use gluesql_core::ast::{BinaryOperator, DataType};
use gluesql_core::data::Value;

use crate::error::Result;
use crate::numbers;

/// A side of an operator.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a> {
    pub(crate) value: &'a Value,
    /// Of a number in the text of a statement: whether it is written with a point.
    pub(crate) literal: Option<bool>,
}

/// How much a number's type holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    Integer,
    Decimal,
    Float32,
    Float,
}

fn width(operand: Operand<'_>) -> Option<Width> {
    Some(match operand.value {
        _ if operand.literal == Some(true) => Width::Float,
        Value::Decimal(_) => Width::Decimal,
        Value::F32(_) => Width::Float32,
        Value::F64(_) => Width::Float,
        value if numbers::is_number(value) => Width::Integer,
        _ => return None,
    })
}

/// Whether an operator is one of these.
pub(crate) const fn is_arithmetic(operator: &BinaryOperator) -> bool {
    use BinaryOperator::{Divide, Minus, Modulo, Multiply, Plus};
    matches!(operator, Plus | Minus | Multiply | Divide | Modulo)
}

/// What an operator makes of two sides; `None` where GlueSQL does as is meant: equal types, literals, and what is no number.
pub(crate) fn apply(
    operator: &BinaryOperator,
    left: Operand<'_>,
    right: Operand<'_>,
) -> Option<Result<Value>> {
    let (of_left, of_right) = (width(left)?, width(right)?);
    let is_widened = match (left.literal, right.literal) {
        (Some(_), Some(_)) => return None,
        // A literal takes on the type of the other side, unless that would take away what is behind its point.
        (Some(has_point), None) => has_point && of_right == Width::Integer,
        (None, Some(has_point)) => has_point && of_left == Width::Integer,
        (None, None) => of_left != of_right,
    };
    if !is_widened {
        let is_direct = left.literal.is_none() && right.literal.is_none();
        return is_direct.then(|| calculate(operator, left.value, right.value));
    }
    let wanted = match of_left.max(of_right) {
        Width::Integer => return None,
        Width::Decimal => DataType::Decimal,
        // Of an integer a FLOAT32 would keep seven digits.
        Width::Float32 if of_left == Width::Integer || of_right == Width::Integer => DataType::Float,
        Width::Float32 => DataType::Float32,
        Width::Float => DataType::Float,
    };
    let widened = |value| widen(value, &wanted);
    Some(widened(left.value).and_then(|left| calculate(operator, &left, &*widened(right.value)?)))
}

/// The sum of two values.
pub(crate) fn add(left: &Value, right: &Value) -> Result<Value> {
    let side = |value| Operand { value, literal: None };
    match apply(&BinaryOperator::Plus, side(left), side(right)) {
        Some(sum) => sum,
        None => Ok(left.add(right)?),
    }
}

fn widen<'a>(value: &'a Value, wanted: &DataType) -> Result<Cow<'a, Value>> {
    if value.get_type().as_ref() == Some(wanted) {
        return Ok(Cow::Borrowed(value));
    }
    Ok(Cow::Owned(value.cast(wanted)?))
}

fn calculate(operator: &BinaryOperator, left: &Value, right: &Value) -> Result<Value> {
    Ok(match operator {
        BinaryOperator::Plus => left.add(right)?,
        BinaryOperator::Minus => left.subtract(right)?,
        BinaryOperator::Multiply => left.multiply(right)?,
        BinaryOperator::Divide => left.divide(right)?,
        _ => left.modulo(right)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(operator: &BinaryOperator, left: &Value, right: &Value) -> Value {
        let side = |value| Operand { value, literal: None };
        apply(operator, side(left), side(right)).unwrap().unwrap()
    }

    #[test]
    fn the_narrower_side_is_widened() {
        use BinaryOperator::{Divide, Multiply, Plus};
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        let same = |one: Value, other: Value| assert_eq!(format!("{one:?}"), format!("{other:?}"));
        same(result(&Multiply, &Value::I64(3), &Value::F64(0.5)), Value::F64(1.5));
        same(result(&Divide, &Value::F64(3.0), &Value::I8(2)), Value::F64(1.5));
        same(result(&Plus, &Value::I64(3), &decimal("0.25")), decimal("3.25"));
        same(result(&Plus, &decimal("0.25"), &Value::U8(3)), decimal("3.25"));
        same(result(&Plus, &Value::F32(0.5), &Value::F64(0.1)), Value::F64(0.6));
        same(result(&Plus, &Value::F32(0.5), &Value::I64(16_777_217)), Value::F64(16_777_217.5));
        same(result(&Divide, &Value::I64(7), &Value::I64(2)), Value::I64(3));
    }

    #[test]
    fn a_literal_with_a_point_keeps_what_is_behind_it() {
        let (three, half) = (Value::I64(3), Value::F64(0.5));
        let (column, literal) =
            (Operand { value: &three, literal: None }, Operand { value: &half, literal: Some(true) });
        for sides in [[column, literal], [literal, column]] {
            let product = apply(&BinaryOperator::Multiply, sides[0], sides[1]).unwrap().unwrap();
            assert!(matches!(product, Value::F64(1.5)), "{product:?}");
        }
        let whole = Operand { value: &three, literal: Some(false) };
        assert!(apply(&BinaryOperator::Plus, column, whole).is_none(), "as GlueSQL has it");
        assert!(apply(&BinaryOperator::Plus, literal, whole).is_none());
    }
}
