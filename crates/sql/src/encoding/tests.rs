//! The laws of keys, rows and values.

use std::net::IpAddr;

use gluesql_core::ast::DataType;
use gluesql_core::chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use gluesql_core::data::{Interval, Key, Point, Value};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::key::{Followed, key_bytes, read_key};
use super::reader::Reader;
use super::row::{RowLayout, Unfit, layout_number};
use super::value::{depth, read_value, write_value};

fn date() -> impl Strategy<Value = NaiveDate> {
    (-90_000_000..90_000_000).prop_map(|days| NaiveDate::from_num_days_from_ce_opt(days).unwrap())
}

fn time() -> impl Strategy<Value = NaiveTime> {
    let nanoseconds = prop_oneof![Just(0), 0..1_000_000_000_u32];
    (0..86_400_u32, nanoseconds).prop_map(|(seconds, nanoseconds)| {
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanoseconds).unwrap()
    })
}

fn decimal() -> impl Strategy<Value = Decimal> {
    let mantissa =
        prop_oneof![-120..120_i128, any::<i64>().prop_map(i128::from), -(1_i128 << 95)..1_i128 << 95];
    (mantissa, 0..=28_u32).prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
}

fn interval() -> impl Strategy<Value = Interval> {
    prop_oneof![any::<i32>().prop_map(Interval::Month), any::<i64>().prop_map(Interval::Microsecond)]
}

/// Bytes with many zeros, which texts that end in others' beginnings are told apart by.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(0xff), any::<u8>()], 0..12)
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof![Just('\0'), Just('a'), any::<char>()], 0..8)
        .prop_map(|characters| characters.into_iter().collect())
}

/// Values of one type that a key can have.
fn keys_of_a_type() -> impl Strategy<Value = (Key, Key)> {
    fn two<T: std::fmt::Debug + 'static, S: Strategy<Value = T> + Clone + 'static>(
        value: S,
        key: fn(T) -> Key,
    ) -> BoxedStrategy<(Key, Key)> {
        (value.clone(), value).prop_map(move |(one, other)| (key(one), key(other))).boxed()
    }
    macro_rules! any_of {
        ($($type:ty => $key:ident),*) => {
            vec![$(two(any::<$type>(), |value| Key::$key(value.into()))),*]
        };
    }
    let mut all = any_of![
        i8 => I8, i16 => I16, i32 => I32, i64 => I64, i128 => I128, u8 => U8, u16 => U16, u32 => U32, u64 => U64,
        u128 => U128, bool => Bool, u128 => Uuid
    ];
    all.push(two(any::<u32>(), |bits| Key::F32(f32::from_bits(bits).into())));
    all.push(two(any::<u64>(), |bits| Key::F64(f64::from_bits(bits).into())));
    all.push(two(any::<IpAddr>(), Key::Inet));
    let boxed = |strategy: BoxedStrategy<Key>| (strategy.clone(), strategy).boxed();
    all.push(boxed(text().prop_map(Key::Str).boxed()));
    all.push(boxed(bytes().prop_map(Key::Bytea).boxed()));
    all.push(boxed(decimal().prop_map(Key::Decimal).boxed()));
    all.push(boxed(date().prop_map(Key::Date).boxed()));
    all.push(boxed(time().prop_map(Key::Time).boxed()));
    all.push(boxed(
        (date(), time()).prop_map(|(date, time)| Key::Timestamp(NaiveDateTime::new(date, time))).boxed(),
    ));
    all.push(boxed(interval().prop_map(Key::Interval).boxed()));
    all.push(Just((Key::None, Key::None)).boxed());
    proptest::strategy::Union::new(all)
}

fn keys() -> impl Strategy<Value = (Key, Key)> {
    let mixed = (keys_of_a_type(), keys_of_a_type()).prop_map(|((one, _), (other, _))| (one, other));
    prop_oneof![4 => keys_of_a_type(), 1 => mixed]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        keys_of_a_type().prop_map(|(key, _)| Value::from(key)),
        (any::<u64>(), any::<u64>())
            .prop_map(|(x, y)| Value::Point(Point::new(f64::from_bits(x), f64::from_bits(y)))),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            proptest::collection::btree_map(text(), inner, 0..5).prop_map(Value::Map),
        ]
    })
}

fn type_of(value: &Value) -> DataType {
    value.get_type().unwrap_or(DataType::Text)
}

/// `Value`'s own equality is that of SQL: NULL is not NULL, and 1.1 is 1.10.
fn same(one: &Value, other: &Value) -> bool {
    let bytes = |value| {
        let mut bytes = Vec::new();
        write_value(&mut bytes, value);
        bytes
    };
    bytes(one) == bytes(other)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 500 } else { 4_000 }))]

    #[test]
    fn keys_are_in_order_as_bytes((one, other) in keys()) {
        for followed in [Followed::No, Followed::Yes] {
            let order = key_bytes(&one, followed).cmp(&key_bytes(&other, followed));
            prop_assert_eq!(order, one.cmp(&other));
        }
    }

    #[test]
    fn what_follows_a_key_does_not_change_its_order((one, other) in keys(), [a, b] in [bytes(), bytes()]) {
        prop_assume!(one.cmp(&other).is_ne());
        let behind = |key: &Key, rest: &[u8]| [key_bytes(key, Followed::Yes), rest.to_vec()].concat();
        prop_assert_eq!(behind(&one, &a).cmp(&behind(&other, &b)), one.cmp(&other));
    }

    #[test]
    fn keys_come_back((key, _) in keys(), rest in bytes()) {
        let alone = key_bytes(&key, Followed::No);
        let mut reader = Reader::new(&alone);
        prop_assert_eq!(read_key(&mut reader, Followed::No).unwrap().cmp(&key), std::cmp::Ordering::Equal);
        prop_assert!(reader.is_empty());
        let followed = [key_bytes(&key, Followed::Yes), rest.clone()].concat();
        let mut reader = Reader::new(&followed);
        prop_assert_eq!(read_key(&mut reader, Followed::Yes).unwrap().cmp(&key), std::cmp::Ordering::Equal);
        prop_assert_eq!(reader.rest(), &rest[..]);
    }

    #[test]
    fn other_bytes_are_no_key(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut reader = Reader::new(&bytes);
        if let Some(key) = read_key(&mut reader, Followed::Yes) {
            let length = bytes.len() - reader.rest().len();
            prop_assert_eq!(&key_bytes(&key, Followed::Yes)[..], &bytes[..length]);
        }
    }

    #[test]
    fn values_come_back(value in value()) {
        let mut bytes = Vec::new();
        write_value(&mut bytes, &value);
        let mut reader = Reader::new(&bytes);
        prop_assert!(same(&read_value(&mut reader).unwrap(), &value));
        prop_assert!(reader.is_empty());
        for length in 0..bytes.len() {
            prop_assert!(read_value(&mut Reader::new(&bytes[..length])).is_none());
        }
    }

    #[test]
    fn other_bytes_are_no_value(bytes in proptest::collection::vec(prop_oneof![0..30_u8, any::<u8>()], 0..60)) {
        let mut reader = Reader::new(&bytes);
        if let Some(value) = read_value(&mut reader) {
            let mut again = Vec::new();
            write_value(&mut again, &value);
            prop_assert_eq!(&again[..], &bytes[..bytes.len() - reader.rest().len()]);
        }
    }

    #[test]
    fn rows_come_back(values in proptest::collection::vec((value(), any::<bool>()), 0..20), number in 0..3_u32) {
        let layout = RowLayout::new(number * 70_000, values.iter().map(|(value, _)| type_of(value)).collect());
        let values: Vec<Value> =
            values.into_iter().map(|(value, null)| if null { Value::Null } else { value }).collect();
        let row = layout.write(values.iter()).unwrap();
        prop_assert_eq!(layout_number(&row), Some(number * 70_000));
        let opened = layout.open(&row).unwrap();
        for (column, value) in values.iter().enumerate().rev() {
            prop_assert!(same(&opened.value(column).unwrap(), value));
        }
        prop_assert_eq!(opened.value(values.len()).is_some_and(|value| !same(&value, &Value::Null)), false);
    }

    #[test]
    fn other_bytes_are_no_row(bytes in proptest::collection::vec(any::<u8>(), 0..60), types in proptest::collection::vec(value(), 1..8)) {
        let layout = RowLayout::new(0, types.iter().map(type_of).collect());
        let _ = layout_number(&bytes);
        if let Some(row) = layout.open(&bytes) {
            for column in 0..types.len() + 1 {
                let _ = row.value(column);
            }
        }
    }
}

#[test]
fn equal_decimals_are_one_key_and_keep_their_digits_in_a_row() {
    let [short, long] = ["1.1", "1.10"].map(|text| text.parse::<Decimal>().unwrap());
    assert_eq!(key_bytes(&Key::Decimal(short), Followed::No), key_bytes(&Key::Decimal(long), Followed::No));
    let layout = RowLayout::new(0, vec![DataType::Decimal]);
    let row = layout.write([Value::Decimal(long)].iter()).unwrap();
    let read = layout.open(&row).unwrap().value(0);
    assert!(matches!(read, Some(Value::Decimal(decimal)) if decimal.to_string() == "1.10"));
}

#[test]
fn a_value_of_another_type_is_refused() {
    let layout = RowLayout::new(0, vec![DataType::Int, DataType::Text]);
    let unfit = layout.write([Value::I64(1), Value::I64(2)].iter());
    assert_eq!(unfit, Err(Unfit { column: 1 }));
}

#[test]
fn offsets_are_as_wide_as_they_must_be() {
    let layout = RowLayout::new(0, vec![DataType::Text, DataType::Bytea]);
    for (length, overhead) in [(0, 4), (255, 4), (256, 6), (65_535, 6), (65_536, 10)] {
        let values = [Value::Str("x".repeat(length)), Value::Bytea(Vec::new())];
        let row = layout.write(values.iter()).unwrap();
        assert_eq!(row.len(), length + overhead);
        assert_eq!(layout.open(&row).unwrap().value(0).unwrap(), values[0]);
    }
}

/// These bytes are in stores: they must never change.
#[test]
fn the_format_stays() {
    let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let key = |key| hex(key_bytes(&key, Followed::Yes));
    assert_eq!(key(Key::I64(-1)), "137fffffffffffffff");
    assert_eq!(key(Key::Str("a\0b".into())), "086100ff620000");
    assert_eq!(key(Key::Decimal("-12.5".parse().unwrap())), "0a007df2ccff");
    assert_eq!(key(Key::Decimal("0.25".parse().unwrap())), "0a02801a00");
    assert_eq!(key(Key::None), "ff");
    let layout = RowLayout::new(0x0001_0203, vec![DataType::Int16, DataType::Text, DataType::Boolean]);
    let row = layout.write([Value::I16(7), Value::Str("hi".into()), Value::Null].iter()).unwrap();
    assert_eq!(hex(row), "0401020304000700026869");
    assert_eq!(depth(&Value::List(vec![Value::List(vec![]), Value::Null])), 2);
}
