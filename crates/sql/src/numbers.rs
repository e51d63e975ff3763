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
        (Large(one), Float(other)) => compare_large_to_float(*one, *other),
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

/// An integer past those that fit into an INT128.
fn compare_large_to_float(integer: u128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        None
    } else if float >= 2.0 * TOO_LARGE {
        Some(Ordering::Less)
    } else if float < TOO_LARGE {
        Some(Ordering::Greater)
    } else {
        Some(integer.cmp(&(float as u128)))
    }
}

pub(crate) fn is_number(value: &Value) -> bool {
    number(value).is_some()
}

/// A number as sets know it: two are the same when [`compare`] calls them equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HashedNumber {
    /// What is before the point and, as the bits of a float, what is behind it.
    Near(i128, u64),
    Large(u128),
    /// A float past all integers.
    Far(u64),
}

impl HashedNumber {
    /// `None` for what is no number, and for NaN, which equals nothing.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        // Not the bits of -0.0.
        let near = |whole: i128, fraction: f64| Some(Self::Near(whole, (fraction + 0.0).to_bits()));
        match number(value)? {
            Number::Integer(number) => near(number, 0.0),
            Number::Large(number) => Some(Self::Large(number)),
            Number::Decimal(number) => near(number.trunc().mantissa(), number.fract().to_f64()?),
            Number::Float(number) if number.is_nan() => None,
            Number::Float(number) if (-TOO_LARGE..TOO_LARGE).contains(&number) => {
                near(number.trunc() as i128, number.fract())
            }
            Number::Float(number) if (TOO_LARGE..2.0 * TOO_LARGE).contains(&number) => {
                Some(Self::Large(number as u128))
            }
            Number::Float(number) => Some(Self::Far(number.to_bits())),
        }
    }
}

/// The greatest integer that is not above a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Floor {
    /// There is none that fits into an INT128, or it would be less than all of them.
    Below,
    /// It, and whether it is the number.
    At(i128, bool),
    /// One that fits into a UINT128 only.
    Large(u128),
    Above,
}

/// The greatest integer that is not above `value`; `None` for what is no number, and for NaN.
pub(crate) fn floor(value: &Value) -> Option<Floor> {
    Some(match number(value)? {
        Number::Integer(number) => Floor::At(number, true),
        Number::Large(number) => Floor::Large(number),
        Number::Decimal(number) => {
            let floor = number.floor();
            Floor::At(floor.mantissa(), floor == number)
        }
        Number::Float(number) if number.is_nan() => return None,
        Number::Float(number) if number < -TOO_LARGE => Floor::Below,
        Number::Float(number) if number < TOO_LARGE => {
            Floor::At(number.floor() as i128, number.floor() == number)
        }
        Number::Float(number) if number < 2.0 * TOO_LARGE => Floor::Large(number as u128),
        Number::Float(_) => Floor::Above,
    })
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
        for (place, one) in rising.iter().enumerate() {
            for other in &rising[..place] {
                assert_ne!(HashedNumber::of(one), HashedNumber::of(other), "{one:?} {other:?}");
            }
        }
        for equal in [
            [Value::I8(2), Value::F64(2.0)],
            [Value::F64(-0.0), Value::U8(0)],
            [decimal("2.0"), Value::U128(2)],
            [Value::F32(0.5), decimal("0.50")],
            [Value::U128(1 << 127), Value::F64(TOO_LARGE)],
        ] {
            assert_eq!(HashedNumber::of(&equal[0]), HashedNumber::of(&equal[1]), "{equal:?}");
            assert_eq!(compare(&equal[0], &equal[1]), Some(Ordering::Equal), "{equal:?}");
        }
        assert_eq!(HashedNumber::of(&Value::F64(f64::NAN)), None);
        assert_eq!(compare(&Value::I8(1), &Value::F64(f64::NAN)), None);
        assert_eq!(compare(&Value::I8(1), &Value::Null), None);
    }
    #[test]
    fn a_number_lies_between_two_integers() {
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        for (value, wanted) in [
            (Value::U8(7), Some(Floor::At(7, true))),
            (Value::F64(1.5), Some(Floor::At(1, false))),
            (Value::F64(-1.5), Some(Floor::At(-2, false))),
            (decimal("-0.25"), Some(Floor::At(-1, false))),
            (decimal("3.00"), Some(Floor::At(3, true))),
            (Value::U128(u128::MAX), Some(Floor::Large(u128::MAX))),
            (Value::F64(f64::INFINITY), Some(Floor::Above)),
            (Value::F64(f64::NEG_INFINITY), Some(Floor::Below)),
            (Value::F64(f64::NAN), None),
            (Value::Null, None),
        ] {
            assert_eq!(floor(&value), wanted, "{value:?}");
        }
    }
}
