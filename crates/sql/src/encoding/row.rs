//! Rows as bytes, laid out by the types of their columns.
//!
//! A row is, in this order:
//!
//! - a byte: in its lowest two bits how wide offsets are (0: one byte, 1: two, 2: four), in the next one whether the number of the
//!   layout follows;
//! - the number of the layout, three bytes, unless it is the table's first one;
//! - a bit for each column, set where it is NULL, in as many bytes as that takes;
//! - the values of columns whose type has one width, zeros for NULL;
//! - for each other column the offset of its end in what follows;
//! - the values of these.
//!
//! So any column is found without reading those before it. Numbers are big endian.

use std::net::IpAddr;

use gluesql_core::ast::DataType;
use gluesql_core::chrono::NaiveDateTime;
use gluesql_core::data::{Interval, Point, Value};

use super::key::{read_date, read_time, write_date, write_time};
use super::reader::Reader;
use super::value::{read_decimal, read_value, write_decimal, write_value};

/// Layouts are numbered below this.
pub(crate) const NUMBERS: u32 = 1 << 24;

const WIDTH: u8 = 0b11;
const NUMBERED: u8 = 0b100;

/// The types of the values that a row holds, in order, and where each is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowLayout {
    /// Tells it from the other layouts of the table; zero for the first.
    pub(crate) number: u32,
    types: Vec<DataType>,
    /// For each type: its offset among those of one width, or its place among the others.
    places: Vec<Place>,
    fixed: usize,
    others: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Fixed { offset: usize, width: usize },
    Other(usize),
}

/// Why a value cannot be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unfit {
    /// Which of the values.
    pub(crate) column: usize,
}

impl RowLayout {
    pub(crate) fn new(number: u32, types: Vec<DataType>) -> Self {
        let (mut fixed, mut others) = (0, 0);
        let place = |data_type| match width(data_type) {
            Some(width) => {
                fixed += width;
                Place::Fixed { offset: fixed - width, width }
            }
            None => {
                others += 1;
                Place::Other(others - 1)
            }
        };
        let places = types.iter().map(place).collect();
        Self { number, types, places, fixed, others }
    }

    /// Writes a row: a value of its type, or NULL, for each column.
    ///
    /// # Errors
    /// [`Unfit`] names the first value of another type.
    pub(crate) fn write<'a>(
        &self,
        values: impl ExactSizeIterator<Item = &'a Value>,
    ) -> Result<Vec<u8>, Unfit> {
        debug_assert_eq!(values.len(), self.types.len());
        let mut nulls = vec![0; self.types.len().div_ceil(8)];
        let mut fixed = Vec::with_capacity(self.fixed);
        let (mut ends, mut others) = (Vec::with_capacity(self.others), Vec::new());
        for (column, ((value, data_type), place)) in values.zip(&self.types).zip(&self.places).enumerate() {
            if matches!(value, Value::Null) {
                nulls[column / 8] |= 1 << (column % 8);
                if let Place::Fixed { width, .. } = place {
                    fixed.resize(fixed.len() + width, 0);
                }
            } else {
                let target = if matches!(place, Place::Other(_)) { &mut others } else { &mut fixed };
                write_typed(target, value, data_type).ok_or(Unfit { column })?;
            }
            if matches!(place, Place::Other(_)) {
                ends.push(others.len());
            }
        }
        let wide = match others.len() {
            0..=0xff => 0_u8,
            0x100..=0xffff => 1,
            _ => 2,
        };
        let mut row = Vec::with_capacity(4 + nulls.len() + fixed.len() + (ends.len() << wide) + others.len());
        if self.number == 0 {
            row.push(wide);
        } else {
            row.push(wide | NUMBERED);
            row.extend_from_slice(&self.number.to_be_bytes()[1..]);
        }
        row.extend_from_slice(&nulls);
        row.extend_from_slice(&fixed);
        for end in ends {
            // Values end at 256 MiB.
            let end = u32::try_from(end).unwrap_or(u32::MAX).to_be_bytes();
            row.extend_from_slice(&end[4 - (1 << wide)..]);
        }
        row.extend_from_slice(&others);
        Ok(row)
    }

    /// Finds the parts of a row of this layout; `None` for bytes that are none.
    pub(crate) fn open<'a>(&'a self, row: &'a [u8]) -> Option<Row<'a>> {
        let mut bytes = Reader::new(row);
        let flags = bytes.byte()?;
        if flags & NUMBERED != 0 {
            bytes.slice(3)?;
        }
        let wide = match flags & WIDTH {
            wide @ 0..=2 => usize::from(wide),
            _ => return None,
        };
        let nulls = bytes.slice(self.types.len().div_ceil(8))?;
        let fixed = bytes.slice(self.fixed)?;
        let ends = bytes.slice(self.others << wide)?;
        Some(Row { layout: self, nulls, fixed, ends, wide, others: bytes.rest() })
    }
}

/// The number of a row's layout; `None` for bytes that are no row.
pub(crate) fn layout_number(row: &[u8]) -> Option<u32> {
    let mut bytes = Reader::new(row);
    let flags = bytes.byte()?;
    if flags & !(WIDTH | NUMBERED) != 0 {
        return None;
    }
    if flags & NUMBERED == 0 {
        return Some(0);
    }
    let [a, b, c] = bytes.array()?;
    let number = u32::from_be_bytes([0, a, b, c]);
    (number > 0).then_some(number)
}

/// A row whose values are read as they are asked for.
pub(crate) struct Row<'a> {
    layout: &'a RowLayout,
    nulls: &'a [u8],
    fixed: &'a [u8],
    ends: &'a [u8],
    wide: usize,
    others: &'a [u8],
}

impl Row<'_> {
    /// The value of a column, counted from 0; `None` where its bytes are no value of its type.
    pub(crate) fn value(&self, column: usize) -> Option<Value> {
        if self.nulls.get(column / 8)? >> (column % 8) & 1 == 1 {
            return Some(Value::Null);
        }
        let bytes = match *self.layout.places.get(column)? {
            Place::Fixed { offset, width } => self.fixed.get(offset..offset + width)?,
            Place::Other(place) => {
                let start = place.checked_sub(1).map_or(Some(0), |before| self.end(before))?;
                self.others.get(start..self.end(place)?)?
            }
        };
        let mut bytes = Reader::new(bytes);
        let value = read_typed(&mut bytes, self.layout.types.get(column)?)?;
        bytes.is_empty().then_some(value)
    }

    fn end(&self, place: usize) -> Option<usize> {
        let width = 1 << self.wide;
        let bytes = self.ends.get(place * width..(place + 1) * width)?;
        Some(bytes.iter().fold(0, |end, byte| end << 8 | usize::from(*byte)))
    }
}

/// The bytes that every value of a type takes; `None` where they differ.
const fn width(data_type: &DataType) -> Option<usize> {
    use DataType::{
        Boolean, Bytea, Date, Decimal, Float, Float32, Inet, Int, Int8, Int16, Int32, Int128, Interval, List,
        Map, Point, Text, Time, Timestamp, Uint8, Uint16, Uint32, Uint64, Uint128, Uuid,
    };
    Some(match data_type {
        Boolean | Int8 | Uint8 => 1,
        Int16 | Uint16 => 2,
        Int32 | Uint32 | Float32 | Date => 4,
        Int | Uint64 | Float | Time => 8,
        Interval => 9,
        Timestamp => 12,
        Decimal => 14,
        Int128 | Uint128 | Uuid | Point => 16,
        Text | Bytea | Inet | Map | List => return None,
    })
}

fn write_typed(bytes: &mut Vec<u8>, value: &Value, data_type: &DataType) -> Option<()> {
    macro_rules! number {
        ($number:expr) => {
            bytes.extend_from_slice(&$number.to_be_bytes())
        };
    }
    match (data_type, value) {
        (DataType::Boolean, Value::Bool(value)) => bytes.push(u8::from(*value)),
        (DataType::Int8, Value::I8(number)) => number!(number),
        (DataType::Int16, Value::I16(number)) => number!(number),
        (DataType::Int32, Value::I32(number)) => number!(number),
        (DataType::Int, Value::I64(number)) => number!(number),
        (DataType::Int128, Value::I128(number)) => number!(number),
        (DataType::Uint8, Value::U8(number)) => number!(number),
        (DataType::Uint16, Value::U16(number)) => number!(number),
        (DataType::Uint32, Value::U32(number)) => number!(number),
        (DataType::Uint64, Value::U64(number)) => number!(number),
        (DataType::Uint128, Value::U128(number)) | (DataType::Uuid, Value::Uuid(number)) => number!(number),
        (DataType::Float32, Value::F32(number)) => number!(number.to_bits()),
        (DataType::Float, Value::F64(number)) => number!(number.to_bits()),
        (DataType::Decimal, Value::Decimal(decimal)) => write_decimal(bytes, decimal),
        (DataType::Text, Value::Str(text)) => bytes.extend_from_slice(text.as_bytes()),
        (DataType::Bytea, Value::Bytea(data)) => bytes.extend_from_slice(data),
        (DataType::Inet, Value::Inet(IpAddr::V4(address))) => bytes.extend_from_slice(&address.octets()),
        (DataType::Inet, Value::Inet(IpAddr::V6(address))) => bytes.extend_from_slice(&address.octets()),
        (DataType::Date, Value::Date(date)) => write_date(bytes, *date),
        (DataType::Timestamp, Value::Timestamp(time)) => {
            write_date(bytes, time.date());
            write_time(bytes, time.time());
        }
        (DataType::Time, Value::Time(time)) => write_time(bytes, *time),
        (DataType::Interval, Value::Interval(interval)) => {
            let (kind, number) = match *interval {
                Interval::Month(months) => (0, i64::from(months)),
                Interval::Microsecond(microseconds) => (1, microseconds),
            };
            bytes.push(kind);
            number!(number);
        }
        (DataType::Point, Value::Point(Point { x, y })) => {
            number!(x.to_bits());
            number!(y.to_bits());
        }
        (DataType::Map, Value::Map(_)) | (DataType::List, Value::List(_)) => write_value(bytes, value),
        _ => return None,
    }
    Some(())
}

fn read_typed(bytes: &mut Reader<'_>, data_type: &DataType) -> Option<Value> {
    macro_rules! number {
        ($type:ty) => {
            <$type>::from_be_bytes(bytes.array()?)
        };
    }
    Some(match data_type {
        DataType::Boolean => Value::Bool(bytes.flag()?),
        DataType::Int8 => Value::I8(number!(i8)),
        DataType::Int16 => Value::I16(number!(i16)),
        DataType::Int32 => Value::I32(number!(i32)),
        DataType::Int => Value::I64(number!(i64)),
        DataType::Int128 => Value::I128(number!(i128)),
        DataType::Uint8 => Value::U8(number!(u8)),
        DataType::Uint16 => Value::U16(number!(u16)),
        DataType::Uint32 => Value::U32(number!(u32)),
        DataType::Uint64 => Value::U64(number!(u64)),
        DataType::Uint128 => Value::U128(number!(u128)),
        DataType::Uuid => Value::Uuid(number!(u128)),
        DataType::Float32 => Value::F32(f32::from_bits(number!(u32))),
        DataType::Float => Value::F64(f64::from_bits(number!(u64))),
        DataType::Decimal => Value::Decimal(read_decimal(bytes)?),
        DataType::Text => Value::Str(std::str::from_utf8(bytes.rest()).ok()?.to_owned()),
        DataType::Bytea => Value::Bytea(bytes.rest().to_vec()),
        DataType::Inet => {
            let octets = bytes.rest();
            let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
            Value::Inet(v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()?)
        }
        DataType::Date => Value::Date(read_date(bytes)?),
        DataType::Timestamp => Value::Timestamp(NaiveDateTime::new(read_date(bytes)?, read_time(bytes)?)),
        DataType::Time => Value::Time(read_time(bytes)?),
        DataType::Interval => Value::Interval(match (bytes.byte()?, number!(i64)) {
            (0, months) => Interval::Month(i32::try_from(months).ok()?),
            (1, microseconds) => Interval::Microsecond(microseconds),
            _ => return None,
        }),
        DataType::Point => {
            Value::Point(Point::new(f64::from_bits(number!(u64)), f64::from_bits(number!(u64))))
        }
        DataType::Map => match read_value(bytes)? {
            value @ Value::Map(_) => value,
            _ => return None,
        },
        DataType::List => match read_value(bytes)? {
            value @ Value::List(_) => value,
            _ => return None,
        },
    })
}
