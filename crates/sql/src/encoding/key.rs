//! Keys as bytes in the order of SQL.
//!
//! The bytes of two keys compare as the keys do, across types too, and no two different keys have the same bytes: so a row is found
//! by the bytes of its primary key, and an index is a sorted list of such bytes. GlueSQL's own `to_cmp_be_bytes` has neither
//! property: it puts 0.5 before 0.25, and gives NULL the bytes of a BYTEA.

use std::net::IpAddr;

use gluesql_core::chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use gluesql_core::data::{Interval, Key};
use rust_decimal::Decimal;

use super::reader::Reader;

/// Whether something follows a key in the same bytes. Text at the end needs no terminator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// By nothing.
    No,
    /// By other bytes.
    Yes,
}

/// The first byte of a key says its type, in the order that GlueSQL gives them: NULL comes last.
mod tag {
    pub(super) const INET: u8 = 1;
    pub(super) const UUID: u8 = 2;
    pub(super) const INTERVAL: u8 = 3;
    pub(super) const TIME: u8 = 4;
    pub(super) const TIMESTAMP: u8 = 5;
    pub(super) const DATE: u8 = 6;
    pub(super) const BYTEA: u8 = 7;
    pub(super) const TEXT: u8 = 8;
    pub(super) const BOOLEAN: u8 = 9;
    pub(super) const DECIMAL: u8 = 10;
    pub(super) const F64: u8 = 11;
    pub(super) const F32: u8 = 12;
    pub(super) const U128: u8 = 13;
    pub(super) const U64: u8 = 14;
    pub(super) const U32: u8 = 15;
    pub(super) const U16: u8 = 16;
    pub(super) const U8: u8 = 17;
    pub(super) const I128: u8 = 18;
    pub(super) const I64: u8 = 19;
    pub(super) const I32: u8 = 20;
    pub(super) const I16: u8 = 21;
    pub(super) const I8: u8 = 22;
    pub(super) const NULL: u8 = 0xff;
}

/// Ends text that is followed by something. A zero byte within is written as [`ESCAPED`].
const END: [u8; 2] = [0, 0];
const ESCAPED: [u8; 2] = [0, 0xff];

const V4: u8 = 4;
const V6: u8 = 6;
const MICROSECONDS: u8 = 0;
const MONTHS: u8 = 1;

/// Writes a key behind `bytes`.
pub(crate) fn write_key(bytes: &mut Vec<u8>, key: &Key, followed: Followed) {
    macro_rules! unsigned {
        ($tag:ident, $value:expr) => {{
            bytes.push(tag::$tag);
            bytes.extend_from_slice(&$value.to_be_bytes());
        }};
    }
    macro_rules! signed {
        ($tag:ident, $type:ty, $value:expr) => {
            unsigned!($tag, ($value ^ <$type>::MIN))
        };
    }
    match key {
        Key::I8(value) => signed!(I8, i8, value),
        Key::I16(value) => signed!(I16, i16, value),
        Key::I32(value) => signed!(I32, i32, value),
        Key::I64(value) => signed!(I64, i64, value),
        Key::I128(value) => signed!(I128, i128, value),
        Key::U8(value) => unsigned!(U8, value),
        Key::U16(value) => unsigned!(U16, value),
        Key::U32(value) => unsigned!(U32, value),
        Key::U64(value) => unsigned!(U64, value),
        Key::U128(value) => unsigned!(U128, value),
        // The order of `total_cmp`: negative ones by all bits flipped.
        Key::F32(value) => {
            let bits = value.to_bits();
            unsigned!(F32, if bits >> 31 == 1 { !bits } else { bits | 1 << 31 });
        }
        Key::F64(value) => {
            let bits = value.to_bits();
            unsigned!(F64, if bits >> 63 == 1 { !bits } else { bits | 1 << 63 });
        }
        Key::Decimal(value) => {
            bytes.push(tag::DECIMAL);
            write_decimal(bytes, *value);
        }
        Key::Bool(value) => bytes.extend_from_slice(&[tag::BOOLEAN, u8::from(*value)]),
        Key::Str(value) => {
            bytes.push(tag::TEXT);
            write_text(bytes, value.as_bytes(), followed);
        }
        Key::Bytea(value) => {
            bytes.push(tag::BYTEA);
            write_text(bytes, value, followed);
        }
        Key::Date(value) => {
            bytes.push(tag::DATE);
            write_date(bytes, *value);
        }
        Key::Timestamp(value) => {
            bytes.push(tag::TIMESTAMP);
            write_date(bytes, value.date());
            write_time(bytes, value.time());
        }
        Key::Time(value) => {
            bytes.push(tag::TIME);
            write_time(bytes, *value);
        }
        Key::Interval(Interval::Microsecond(value)) => {
            bytes.extend_from_slice(&[tag::INTERVAL, MICROSECONDS]);
            bytes.extend_from_slice(&(value ^ i64::MIN).to_be_bytes());
        }
        Key::Interval(Interval::Month(value)) => {
            bytes.extend_from_slice(&[tag::INTERVAL, MONTHS]);
            bytes.extend_from_slice(&(value ^ i32::MIN).to_be_bytes());
        }
        Key::Uuid(value) => unsigned!(UUID, value),
        Key::Inet(IpAddr::V4(value)) => {
            bytes.extend_from_slice(&[tag::INET, V4]);
            bytes.extend_from_slice(&value.octets());
        }
        Key::Inet(IpAddr::V6(value)) => {
            bytes.extend_from_slice(&[tag::INET, V6]);
            bytes.extend_from_slice(&value.octets());
        }
        Key::None => bytes.push(tag::NULL),
    }
}

/// The bytes of a key.
pub(crate) fn key_bytes(key: &Key, followed: Followed) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(18);
    write_key(&mut bytes, key, followed);
    bytes
}

/// Reads a key: accepts what [`write_key`] writes and nothing else. A DECIMAL comes back without zeros at its end.
pub(crate) fn read_key(bytes: &mut Reader<'_>, followed: Followed) -> Option<Key> {
    macro_rules! unsigned {
        ($type:ty) => {
            <$type>::from_be_bytes(bytes.array()?)
        };
    }
    macro_rules! signed {
        ($type:ty) => {
            unsigned!($type) ^ <$type>::MIN
        };
    }
    Some(match bytes.byte()? {
        tag::I8 => Key::I8(signed!(i8)),
        tag::I16 => Key::I16(signed!(i16)),
        tag::I32 => Key::I32(signed!(i32)),
        tag::I64 => Key::I64(signed!(i64)),
        tag::I128 => Key::I128(signed!(i128)),
        tag::U8 => Key::U8(unsigned!(u8)),
        tag::U16 => Key::U16(unsigned!(u16)),
        tag::U32 => Key::U32(unsigned!(u32)),
        tag::U64 => Key::U64(unsigned!(u64)),
        tag::U128 => Key::U128(unsigned!(u128)),
        tag::F32 => {
            let bits = unsigned!(u32);
            Key::F32(f32::from_bits(if bits >> 31 == 1 { bits ^ (1 << 31) } else { !bits }).into())
        }
        tag::F64 => {
            let bits = unsigned!(u64);
            Key::F64(f64::from_bits(if bits >> 63 == 1 { bits ^ (1 << 63) } else { !bits }).into())
        }
        tag::DECIMAL => Key::Decimal(read_decimal(bytes)?),
        tag::BOOLEAN => Key::Bool(bytes.flag()?),
        tag::TEXT => Key::Str(String::from_utf8(read_text(bytes, followed)?).ok()?),
        tag::BYTEA => Key::Bytea(read_text(bytes, followed)?),
        tag::DATE => Key::Date(read_date(bytes)?),
        tag::TIMESTAMP => Key::Timestamp(NaiveDateTime::new(read_date(bytes)?, read_time(bytes)?)),
        tag::TIME => Key::Time(read_time(bytes)?),
        tag::INTERVAL => Key::Interval(match bytes.byte()? {
            MICROSECONDS => Interval::Microsecond(signed!(i64)),
            MONTHS => Interval::Month(signed!(i32)),
            _ => return None,
        }),
        tag::UUID => Key::Uuid(unsigned!(u128)),
        tag::INET => Key::Inet(match bytes.byte()? {
            V4 => IpAddr::from(bytes.array::<4>()?),
            V6 => IpAddr::from(bytes.array::<16>()?),
            _ => return None,
        }),
        tag::NULL => Key::None,
        _ => return None,
    })
}

fn write_text(bytes: &mut Vec<u8>, text: &[u8], followed: Followed) {
    if followed == Followed::No {
        bytes.extend_from_slice(text);
        return;
    }
    for part in text.split_inclusive(|byte| *byte == 0) {
        match part.strip_suffix(&[0]) {
            Some(before) => {
                bytes.extend_from_slice(before);
                bytes.extend_from_slice(&ESCAPED);
            }
            None => bytes.extend_from_slice(part),
        }
    }
    bytes.extend_from_slice(&END);
}

fn read_text(bytes: &mut Reader<'_>, followed: Followed) -> Option<Vec<u8>> {
    if followed == Followed::No {
        return Some(bytes.rest().to_vec());
    }
    let mut text = Vec::new();
    loop {
        match bytes.byte()? {
            0 => match [0, bytes.byte()?] {
                END => return Some(text),
                ESCAPED => text.push(0),
                _ => return None,
            },
            byte => text.push(byte),
        }
    }
}

pub(crate) fn write_date(bytes: &mut Vec<u8>, date: NaiveDate) {
    bytes.extend_from_slice(&(date.num_days_from_ce() ^ i32::MIN).to_be_bytes());
}

pub(crate) fn read_date(bytes: &mut Reader<'_>) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::from_be_bytes(bytes.array()?) ^ i32::MIN)
}

/// Seconds of the day, and nanoseconds, which a leap second has more than a thousand million of.
pub(crate) fn write_time(bytes: &mut Vec<u8>, time: NaiveTime) {
    bytes.extend_from_slice(&time.num_seconds_from_midnight().to_be_bytes());
    bytes.extend_from_slice(&time.nanosecond().to_be_bytes());
}

pub(crate) fn read_time(bytes: &mut Reader<'_>) -> Option<NaiveTime> {
    let (seconds, nanoseconds) = (u32::from_be_bytes(bytes.array()?), u32::from_be_bytes(bytes.array()?));
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanoseconds)
}

const NEGATIVE: u8 = 0;
const ZERO: u8 = 1;
const POSITIVE: u8 = 2;

/// The sign; then how many digits stand before the point, then the digits without zeros around them, in pairs and each pair plus
/// one, then a zero. Of a negative number all bits behind the sign are flipped.
fn write_decimal(bytes: &mut Vec<u8>, decimal: Decimal) {
    let decimal = decimal.normalize();
    if decimal.is_zero() {
        bytes.push(ZERO);
        return;
    }
    let digits = decimal.mantissa().unsigned_abs().to_string().into_bytes();
    let before_point = digits.len() as i64 - i64::from(decimal.scale());
    let end = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    bytes.push(if decimal.is_sign_negative() { NEGATIVE } else { POSITIVE });
    let start = bytes.len();
    bytes.push((before_point + 128) as u8);
    for pair in digits[..end].chunks(2) {
        bytes.push((pair[0] - b'0') * 10 + pair.get(1).map_or(0, |digit| digit - b'0') + 1);
    }
    bytes.push(0);
    if decimal.is_sign_negative() {
        bytes[start..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}

fn read_decimal(bytes: &mut Reader<'_>) -> Option<Decimal> {
    let flip = match bytes.byte()? {
        NEGATIVE => 0xff,
        ZERO => return Some(Decimal::ZERO),
        POSITIVE => 0,
        _ => return None,
    };
    let before_point = i64::from(bytes.byte()? ^ flip) - 128;
    let (mut mantissa, mut digits, mut last) = (0_i128, 0_i64, 0);
    loop {
        match bytes.byte()? ^ flip {
            0 => break,
            pair @ 1..=100 => {
                last = pair - 1;
                // The first digit is not zero.
                if digits == 0 && last < 10 {
                    return None;
                }
                mantissa = mantissa.checked_mul(100)?.checked_add(i128::from(last))?;
                digits += 2;
            }
            _ => return None,
        }
    }
    // Nor is the last one.
    if last == 0 {
        return None;
    }
    if last % 10 == 0 {
        mantissa /= 10;
        digits -= 1;
    }
    let zeros = u32::try_from((before_point - digits).max(0)).ok()?;
    mantissa = mantissa.checked_mul(10_i128.checked_pow(zeros)?)?;
    let scale = u32::try_from((digits - before_point).max(0)).ok()?;
    Decimal::try_from_i128_with_scale(if flip == 0 { mantissa } else { -mantissa }, scale).ok()
}
