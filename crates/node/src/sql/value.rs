//! Values as bytes: rows on their way to JavaScript, parameters on their way from there.
//!
//! A value is a byte that says what it is, and what that takes. Numbers are little-endian, texts and bytes have their length in four
//! bytes before them. `ts/sql/value-kinds.ts` names the kinds too.

use prolly_sql::{Interval, Parameter, Parameters, Value};

use crate::fault::{Fault, Result};

/// What a value is.
mod kind {
    pub(super) const NULL: u8 = 0;
    pub(super) const FALSE: u8 = 1;
    pub(super) const TRUE: u8 = 2;
    pub(super) const INT32: u8 = 3;
    pub(super) const FLOAT: u8 = 4;
    pub(super) const INT64: u8 = 5;
    /// Any whole number, in decimal digits.
    pub(super) const LARGE: u8 = 6;
    pub(super) const TEXT: u8 = 7;
    pub(super) const BYTES: u8 = 8;
    pub(super) const DECIMAL: u8 = 9;
    pub(super) const DATE: u8 = 10;
    /// Milliseconds since 1970 as a float, and all of it as text.
    pub(super) const TIMESTAMP: u8 = 11;
    pub(super) const TIME: u8 = 12;
    pub(super) const MONTHS: u8 = 13;
    pub(super) const MICROSECONDS: u8 = 14;
    pub(super) const UUID: u8 = 15;
    pub(super) const INET: u8 = 16;
    pub(super) const MAP: u8 = 17;
    pub(super) const LIST: u8 = 18;
    pub(super) const POINT: u8 = 19;
}

/// The bytes of a row.
pub(super) fn row(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(values.len() * 12);
    values.iter().for_each(|value| write(&mut bytes, value));
    bytes
}

fn write(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => bytes.push(kind::NULL),
        Value::Bool(false) => bytes.push(kind::FALSE),
        Value::Bool(true) => bytes.push(kind::TRUE),
        Value::I8(number) => int(bytes, (*number).into()),
        Value::I16(number) => int(bytes, (*number).into()),
        Value::I32(number) => int(bytes, (*number).into()),
        Value::I64(number) => int(bytes, *number),
        Value::U8(number) => int(bytes, (*number).into()),
        Value::U16(number) => int(bytes, (*number).into()),
        Value::U32(number) => int(bytes, (*number).into()),
        Value::U64(number) => match i64::try_from(*number) {
            Ok(number) => int(bytes, number),
            Err(_) => text(bytes, kind::LARGE, &number.to_string()),
        },
        Value::I128(number) => text(bytes, kind::LARGE, &number.to_string()),
        Value::U128(number) => text(bytes, kind::LARGE, &number.to_string()),
        Value::F32(number) => float(bytes, kind::FLOAT, (*number).into()),
        Value::F64(number) => float(bytes, kind::FLOAT, *number),
        Value::Str(value) => text(bytes, kind::TEXT, value),
        Value::Bytea(value) => slice(bytes, kind::BYTES, value),
        Value::Decimal(value) => text(bytes, kind::DECIMAL, &value.to_string()),
        Value::Date(value) => text(bytes, kind::DATE, &value.to_string()),
        Value::Timestamp(value) => {
            float(bytes, kind::TIMESTAMP, value.and_utc().timestamp_millis() as f64);
            let shown = value.to_string().replacen(' ', "T", 1);
            length(bytes, shown.len());
            bytes.extend_from_slice(shown.as_bytes());
        }
        Value::Time(value) => text(bytes, kind::TIME, &value.to_string()),
        Value::Interval(Interval::Month(months)) => {
            bytes.push(kind::MONTHS);
            bytes.extend_from_slice(&months.to_le_bytes());
        }
        Value::Interval(Interval::Microsecond(microseconds)) => {
            bytes.push(kind::MICROSECONDS);
            bytes.extend_from_slice(&microseconds.to_le_bytes());
        }
        Value::Uuid(_) => text(bytes, kind::UUID, &String::from(value)),
        Value::Inet(value) => text(bytes, kind::INET, &value.to_string()),
        Value::Map(map) => {
            bytes.push(kind::MAP);
            length(bytes, map.len());
            for (key, value) in map {
                length(bytes, key.len());
                bytes.extend_from_slice(key.as_bytes());
                write(bytes, value);
            }
        }
        Value::List(list) => {
            bytes.push(kind::LIST);
            length(bytes, list.len());
            list.iter().for_each(|value| write(bytes, value));
        }
        Value::Point(point) => {
            float(bytes, kind::POINT, point.x);
            bytes.extend_from_slice(&point.y.to_le_bytes());
        }
    }
}

fn int(bytes: &mut Vec<u8>, number: i64) {
    if let Ok(number) = i32::try_from(number) {
        bytes.push(kind::INT32);
        bytes.extend_from_slice(&number.to_le_bytes());
    } else {
        bytes.push(kind::INT64);
        bytes.extend_from_slice(&number.to_le_bytes());
    }
}

fn float(bytes: &mut Vec<u8>, kind: u8, number: f64) {
    bytes.push(kind);
    bytes.extend_from_slice(&number.to_le_bytes());
}

fn text(bytes: &mut Vec<u8>, kind: u8, text: &str) {
    slice(bytes, kind, text.as_bytes());
}

fn slice(bytes: &mut Vec<u8>, kind: u8, slice: &[u8]) {
    bytes.push(kind);
    length(bytes, slice.len());
    bytes.extend_from_slice(slice);
}

fn length(bytes: &mut Vec<u8>, length: usize) {
    // No value is that long.
    bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

/// Parameters by position are their values; those by name begin with a byte that nothing else begins with.
const NAMED: u8 = 0xff;

/// Reads parameters.
pub(super) fn parameters(bytes: &[u8]) -> Result<Parameters> {
    let mut bytes = Reader(bytes);
    if let Some((&NAMED, rest)) = bytes.0.split_first() {
        bytes.0 = rest;
        let mut named = Vec::new();
        while !bytes.0.is_empty() {
            named.push((bytes.text()?, bytes.parameter()?));
        }
        return Ok(Parameters::named(named));
    }
    let mut positional = Vec::new();
    while !bytes.0.is_empty() {
        positional.push(bytes.parameter()?);
    }
    Ok(Parameters::positional(positional))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn parameter(&mut self) -> Result<Parameter> {
        let [kind] = self.array()?;
        Ok(match kind {
            kind::NULL => Parameter::Null,
            kind::FALSE => Parameter::Boolean(false),
            kind::TRUE => Parameter::Boolean(true),
            kind::INT32 => Parameter::Integer(i32::from_le_bytes(self.array()?).into()),
            kind::FLOAT => match f64::from_le_bytes(self.array()?) {
                // Whole numbers of JavaScript are floats too.
                number if number.fract() == 0.0 && number.abs() <= SAFE => Parameter::Integer(number as i128),
                number => Parameter::Float(number),
            },
            kind::LARGE => {
                let digits = self.text()?;
                let number = digits.parse();
                Parameter::Integer(
                    number.map_err(|_| Fault::invalid("parameters", "a bigint has more than 128 bits"))?,
                )
            }
            kind::TEXT => Parameter::Text(self.text()?),
            kind::BYTES => Parameter::Bytes(self.slice()?.to_vec()),
            _ => return Err(broken()),
        })
    }

    fn text(&mut self) -> Result<String> {
        std::str::from_utf8(self.slice()?).map(str::to_owned).map_err(|_| broken())
    }

    fn slice(&mut self) -> Result<&'a [u8]> {
        let length = u32::from_le_bytes(self.array()?);
        let (slice, rest) = self.0.split_at_checked(length as usize).ok_or_else(broken)?;
        self.0 = rest;
        Ok(slice)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk::<N>().ok_or_else(broken)?;
        self.0 = rest;
        Ok(*array)
    }
}

/// Up to here whole numbers of JavaScript are what they say.
const SAFE: f64 = 9_007_199_254_740_991.0;

fn broken() -> Fault {
    Fault::internal("parameters from JavaScript are not well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_whole_or_refused() {
        let bytes = [kind::INT32, 7, 0, 0, 0, kind::TEXT, 1, 0, 0, 0, b'a', kind::NULL];
        let wanted = [Parameter::Integer(7), Parameter::Text("a".into()), Parameter::Null];
        assert_eq!(parameters(&bytes).unwrap(), Parameters::positional(wanted));
        for cut in [1, 4, 6, 10] {
            assert!(parameters(&bytes[..cut]).is_err(), "{cut}");
        }
        assert!(parameters(&[kind::MAP]).is_err());
        let named = [&[NAMED, 2, 0, 0, 0], &b"id"[..], &[kind::TRUE]].concat();
        assert_eq!(parameters(&named).unwrap(), Parameters::named([("id", Parameter::Boolean(true))]));
        assert!(parameters(&named[..5]).is_err());
    }
}
