//! Values that say their own type: those within a MAP or LIST, and the rows of tables without columns.

use std::net::IpAddr;

use gluesql_core::chrono::NaiveDateTime;
use gluesql_core::data::{Interval, Point, Value};
use rust_decimal::Decimal;

use super::key::{read_date, read_time, write_date, write_time};
use super::reader::{Reader, Write};

/// Lists and maps may be within each other this deep.
pub(crate) const DEPTH_MAX: usize = 128;

mod tag {
    pub(super) const NULL: u8 = 0;
    pub(super) const FALSE: u8 = 1;
    pub(super) const TRUE: u8 = 2;
    pub(super) const I8: u8 = 3;
    pub(super) const I16: u8 = 4;
    pub(super) const I32: u8 = 5;
    pub(super) const I64: u8 = 6;
    pub(super) const I128: u8 = 7;
    pub(super) const U8: u8 = 8;
    pub(super) const U16: u8 = 9;
    pub(super) const U32: u8 = 10;
    pub(super) const U64: u8 = 11;
    pub(super) const U128: u8 = 12;
    pub(super) const F32: u8 = 13;
    pub(super) const F64: u8 = 14;
    pub(super) const DECIMAL: u8 = 15;
    pub(super) const TEXT: u8 = 16;
    pub(super) const BYTEA: u8 = 17;
    pub(super) const V4: u8 = 18;
    pub(super) const V6: u8 = 19;
    pub(super) const DATE: u8 = 20;
    pub(super) const TIMESTAMP: u8 = 21;
    pub(super) const TIME: u8 = 22;
    pub(super) const MONTHS: u8 = 23;
    pub(super) const MICROSECONDS: u8 = 24;
    pub(super) const UUID: u8 = 25;
    pub(super) const MAP: u8 = 26;
    pub(super) const LIST: u8 = 27;
    pub(super) const POINT: u8 = 28;
}

/// Writes a value behind `bytes`.
pub(crate) fn write_value(bytes: &mut Vec<u8>, value: &Value) {
    macro_rules! number {
        ($tag:ident, $number:expr) => {{
            bytes.push(tag::$tag);
            bytes.extend_from_slice(&$number.to_be_bytes());
        }};
    }
    match value {
        Value::Null => bytes.push(tag::NULL),
        Value::Bool(false) => bytes.push(tag::FALSE),
        Value::Bool(true) => bytes.push(tag::TRUE),
        Value::I8(number) => number!(I8, number),
        Value::I16(number) => number!(I16, number),
        Value::I32(number) => number!(I32, number),
        Value::I64(number) => number!(I64, number),
        Value::I128(number) => number!(I128, number),
        Value::U8(number) => number!(U8, number),
        Value::U16(number) => number!(U16, number),
        Value::U32(number) => number!(U32, number),
        Value::U64(number) => number!(U64, number),
        Value::U128(number) => number!(U128, number),
        Value::F32(number) => number!(F32, number.to_bits()),
        Value::F64(number) => number!(F64, number.to_bits()),
        Value::Decimal(decimal) => {
            bytes.push(tag::DECIMAL);
            write_decimal(bytes, decimal);
        }
        Value::Str(text) => {
            bytes.push(tag::TEXT);
            bytes.field(text.as_bytes());
        }
        Value::Bytea(data) => {
            bytes.push(tag::BYTEA);
            bytes.field(data);
        }
        Value::Inet(IpAddr::V4(address)) => {
            bytes.push(tag::V4);
            bytes.extend_from_slice(&address.octets());
        }
        Value::Inet(IpAddr::V6(address)) => {
            bytes.push(tag::V6);
            bytes.extend_from_slice(&address.octets());
        }
        Value::Date(date) => {
            bytes.push(tag::DATE);
            write_date(bytes, *date);
        }
        Value::Timestamp(time) => {
            bytes.push(tag::TIMESTAMP);
            write_date(bytes, time.date());
            write_time(bytes, time.time());
        }
        Value::Time(time) => {
            bytes.push(tag::TIME);
            write_time(bytes, *time);
        }
        Value::Interval(Interval::Month(months)) => number!(MONTHS, months),
        Value::Interval(Interval::Microsecond(microseconds)) => number!(MICROSECONDS, microseconds),
        Value::Uuid(uuid) => number!(UUID, uuid),
        Value::Map(map) => {
            bytes.push(tag::MAP);
            bytes.number(map.len());
            for (name, value) in map {
                bytes.field(name.as_bytes());
                write_value(bytes, value);
            }
        }
        Value::List(list) => {
            bytes.push(tag::LIST);
            bytes.list(list, write_value);
        }
        Value::Point(Point { x, y }) => {
            number!(POINT, x.to_bits());
            bytes.extend_from_slice(&y.to_bits().to_be_bytes());
        }
    }
}

/// How deep lists and maps are within each other in a value.
pub(crate) fn depth(value: &Value) -> usize {
    match value {
        Value::Map(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        Value::List(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Reads a value: accepts what [`write_value`] writes and nothing else.
pub(crate) fn read_value(bytes: &mut Reader<'_>) -> Option<Value> {
    read_nested(bytes, DEPTH_MAX)
}

fn read_nested(bytes: &mut Reader<'_>, depth: usize) -> Option<Value> {
    macro_rules! number {
        ($type:ty) => {
            <$type>::from_be_bytes(bytes.array()?)
        };
    }
    Some(match bytes.byte()? {
        tag::NULL => Value::Null,
        tag::FALSE => Value::Bool(false),
        tag::TRUE => Value::Bool(true),
        tag::I8 => Value::I8(number!(i8)),
        tag::I16 => Value::I16(number!(i16)),
        tag::I32 => Value::I32(number!(i32)),
        tag::I64 => Value::I64(number!(i64)),
        tag::I128 => Value::I128(number!(i128)),
        tag::U8 => Value::U8(number!(u8)),
        tag::U16 => Value::U16(number!(u16)),
        tag::U32 => Value::U32(number!(u32)),
        tag::U64 => Value::U64(number!(u64)),
        tag::U128 => Value::U128(number!(u128)),
        tag::F32 => Value::F32(f32::from_bits(number!(u32))),
        tag::F64 => Value::F64(f64::from_bits(number!(u64))),
        tag::DECIMAL => Value::Decimal(read_decimal(bytes)?),
        tag::TEXT => Value::Str(bytes.text()?.to_owned()),
        tag::BYTEA => Value::Bytea(bytes.field()?.to_vec()),
        tag::V4 => Value::Inet(IpAddr::from(bytes.array::<4>()?)),
        tag::V6 => Value::Inet(IpAddr::from(bytes.array::<16>()?)),
        tag::DATE => Value::Date(read_date(bytes)?),
        tag::TIMESTAMP => Value::Timestamp(NaiveDateTime::new(read_date(bytes)?, read_time(bytes)?)),
        tag::TIME => Value::Time(read_time(bytes)?),
        tag::MONTHS => Value::Interval(Interval::Month(number!(i32))),
        tag::MICROSECONDS => Value::Interval(Interval::Microsecond(number!(i64))),
        tag::UUID => Value::Uuid(number!(u128)),
        tag::MAP => {
            let depth = depth.checked_sub(1)?;
            let mut last: Option<&str> = None;
            let entries = bytes.list(|bytes| {
                let name = bytes.text()?;
                if last.is_some_and(|last| last >= name) {
                    return None;
                }
                last = Some(name);
                Some((name.to_owned(), read_nested(bytes, depth)?))
            });
            Value::Map(entries?.into_iter().collect())
        }
        tag::LIST => {
            let depth = depth.checked_sub(1)?;
            Value::List(bytes.list(|bytes| read_nested(bytes, depth))?)
        }
        tag::POINT => Value::Point(Point::new(f64::from_bits(number!(u64)), f64::from_bits(number!(u64)))),
        _ => return None,
    })
}

/// The mantissa with its sign, and how many of its digits stand behind the point: 1.10 stays apart from 1.1, as it is shown.
pub(crate) fn write_decimal(bytes: &mut Vec<u8>, decimal: &Decimal) {
    bytes.extend_from_slice(&decimal.mantissa().to_be_bytes()[3..]);
    bytes.push(decimal.scale() as u8);
}

pub(crate) fn read_decimal(bytes: &mut Reader<'_>) -> Option<Decimal> {
    let mantissa: [u8; 13] = bytes.array()?;
    let mut whole = [if mantissa[0] >> 7 == 1 { 0xff } else { 0 }; 16];
    whole[3..].copy_from_slice(&mantissa);
    Decimal::try_from_i128_with_scale(i128::from_be_bytes(whole), u32::from(bytes.byte()?)).ok()
}
