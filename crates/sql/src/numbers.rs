//! Numbers of different types, compared as the numbers they are.
//!
//! GlueSQL compares an integer with a float or decimal by making that an integer first, so `1 = 1.5` holds there and `0 > -0.5`
//! does not.

use std::cmp::Ordering;

use gluesql_core::data::Value;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Past these bounds a float has no fraction, and none of the integers below fits.
const TOO_LARGE: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;

enum Number {
    /// What fits into an INT128.
    Integer(i128),
    /// A UINT128 that does not.
    Large(u128),
    Float(f64),
    Decimal(Decimal),
}

/// The order of two values: of numbers by what they are, of others as GlueSQL has it. `None` when they cannot be compared.
pub(crate) fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (number(one), number(other)) {
        (Some(one), Some(other)) => compare_numbers(&one, &other),
        _ => one.evaluate_cmp(other),
    }
}

fn number(value: &Value) -> Option<Number> {
    Some(match *value {
        Value::I8(number) => Number::Integer(number.into()),
        Value::I16(number) => Number::Integer(number.into()),
        Value::I32(number) => Number::Integer(number.into()),
        Value::I64(number) => Number::Integer(number.into()),
        Value::I128(number) => Number::Integer(number),
        Value::U8(number) => Number::Integer(number.into()),
        Value::U16(number) => Number::Integer(number.into()),
        Value::U32(number) => Number::Integer(number.into()),
        Value::U64(number) => Number::Integer(number.into()),
        Value::U128(number) => i128::try_from(number).map_or(Number::Large(number), Number::Integer),
        Value::F32(number) => Number::Float(number.into()),
        Value::F64(number) => Number::Float(number),
        Value::Decimal(number) => Number::Decimal(number),
        _ => return None,
    })
}

fn compare_numbers(one: &Number, other: &Number) -> Option<Ordering> {
    use Number::{Float, Integer, Large};
    match (one, other) {
        (Integer(one), Integer(other)) => Some(one.cmp(other)),
        (Large(one), Large(other)) => Some(one.cmp(other)),
        (Float(one), Float(other)) => one.partial_cmp(other),
        (Number::Decimal(one), Number::Decimal(other)) => Some(one.cmp(other)),
        (Large(_), Integer(_) | Number::Decimal(_)) => Some(Ordering::Greater),
        (Large(one), Float(other)) => (*one as f64).partial_cmp(other),
        (Integer(one), Float(other)) => compare_to_float(*one, *other),
        (Integer(one), Number::Decimal(other)) => {
            let whole = other.trunc();
            Some(one.cmp(&whole.mantissa()).then_with(|| whole.cmp(other)))
        }
        (Number::Decimal(one), Float(other)) => {
            let whole = compare_to_float(one.trunc().mantissa(), other.trunc())?;
            Some(whole.then_with(|| one.fract().to_f64().unwrap_or(0.0).total_cmp(&(other.fract() + 0.0))))
        }
        (one, other) => compare_numbers(other, one).map(Ordering::reverse),
    }
}

fn compare_to_float(integer: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        None
    } else if float >= TOO_LARGE {
        Some(Ordering::Less)
    } else if float < -TOO_LARGE {
        Some(Ordering::Greater)
    } else {
        let whole = float.trunc();
        Some(integer.cmp(&(whole as i128)).then_with(|| whole.total_cmp(&float)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_what_they_are() {
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        // Each is less than the next one.
        let rising = [
            Value::F64(f64::NEG_INFINITY),
            Value::I128(i128::MIN),
            Value::I64(i64::MIN),
            decimal("-1.5"),
            Value::I8(-1),
            Value::F32(-0.5),
            Value::I64(0),
            decimal("0.25"),
            Value::F64(0.5),
            Value::U8(1),
            Value::F64(1.5),
            decimal("1.75"),
            Value::I32(2),
            Value::F64(9_007_199_254_740_992.0),
            Value::I64(9_007_199_254_740_993),
            Value::U64(u64::MAX),
            Value::U128(u128::MAX),
            Value::F64(f64::INFINITY),
        ];
        for (place, one) in rising.iter().enumerate() {
            for (other_place, other) in rising.iter().enumerate() {
                assert_eq!(compare(one, other), Some(place.cmp(&other_place)), "{one:?} {other:?}");
            }
        }
        for equal in [
            [Value::I8(2), Value::F64(2.0)],
            [decimal("2.0"), Value::U128(2)],
            [Value::F32(0.5), decimal("0.50")],
        ] {
            assert_eq!(compare(&equal[0], &equal[1]), Some(Ordering::Equal));
        }
        assert_eq!(compare(&Value::I8(1), &Value::F64(f64::NAN)), None);
        assert_eq!(compare(&Value::I8(1), &Value::Null), None);
    }
}
