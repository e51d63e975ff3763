//! What the catalogue keeps about a table, an index or a function, as bytes.

use bytes::Bytes;
use gluesql_core::ast::{ColumnDef, ColumnUniqueOption, DataType, Expr, OperateFunctionArg};
use gluesql_core::data::{CustomFunction, SchemaIndexOrd, Value};
use prolly_versioning::KeyspaceId;

use crate::encoding::reader::{Reader, Write};
use crate::encoding::row::NUMBERS;
use crate::encoding::value::{read_value, write_value};

/// The first byte of each: the version of its encoding.
const ENCODING: u8 = 1;

/// A table, apart from its name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TableRecord {
    /// Its columns in order; `None` for a table whose rows are maps.
    pub(crate) columns: Option<Vec<Column>>,
    /// How its rows are laid out, now or at some time.
    pub(crate) layouts: Vec<Layout>,
    /// Which of these new rows have.
    pub(crate) current: usize,
    pub(crate) foreign_keys: Vec<ForeignKeyRecord>,
    pub(crate) engine: Option<String>,
    pub(crate) comment: Option<String>,
}

/// A column. Its id is that of its name when it was made and stays when it is renamed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) id: u32,
    pub(crate) definition: ColumnDef,
    /// Its value in rows that were written before it was added.
    pub(crate) missing: Value,
}

/// The columns whose values a row holds, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) number: u32,
    pub(crate) columns: Vec<(u32, DataType)>,
}

/// A foreign key, by ids: neither renamed tables nor renamed columns break it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignKeyRecord {
    pub(crate) name: String,
    pub(crate) column: u32,
    pub(crate) table: KeyspaceId,
    pub(crate) referenced_column: u32,
}

/// An index, apart from its name and table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum IndexRecord {
    /// Made by `CREATE INDEX`.
    Expression {
        /// It came after so many others of its table.
        place: u32,
        expr: Expr,
        order: SchemaIndexOrd,
    },
    /// Keeps the values of a column apart.
    Unique { column: u32 },
}

impl TableRecord {
    pub(crate) fn encode(&self) -> Bytes {
        let mut bytes = vec![ENCODING];
        bytes.option(self.columns.as_ref(), |bytes, columns| {
            bytes.list(columns, |bytes, Column { id, definition, missing }| {
                let ColumnDef { name, data_type, nullable, default, unique, comment } = definition;
                bytes.number(*id as usize);
                bytes.field(name.as_bytes());
                bytes.push(type_code(data_type));
                bytes.push(u8::from(*nullable));
                bytes.option(default.as_ref(), write_expr);
                bytes.push(match unique {
                    None => 0,
                    Some(ColumnUniqueOption { is_primary: false }) => 1,
                    Some(ColumnUniqueOption { is_primary: true }) => 2,
                });
                bytes.option(comment.as_ref(), |bytes, comment| bytes.field(comment.as_bytes()));
                write_value(bytes, missing);
            });
        });
        bytes.list(&self.layouts, |bytes, Layout { number, columns }| {
            bytes.number(*number as usize);
            bytes.list(columns, |bytes, (id, data_type)| {
                bytes.number(*id as usize);
                bytes.push(type_code(data_type));
            });
        });
        bytes.number(self.current);
        bytes.list(&self.foreign_keys, |bytes, key| {
            bytes.field(key.name.as_bytes());
            bytes.number(key.column as usize);
            bytes.extend_from_slice(&key.table.to_bytes());
            bytes.number(key.referenced_column as usize);
        });
        for text in [&self.engine, &self.comment] {
            bytes.option(text.as_ref(), |bytes, text| bytes.field(text.as_bytes()));
        }
        bytes.into()
    }

    /// The inverse of [`TableRecord::encode`]; `None` for bytes that are no table of this version.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = &mut Reader::new(bytes);
        (bytes.byte()? == ENCODING).then_some(())?;
        let columns = bytes.option(|bytes| bytes.list(read_column))?;
        let layouts = bytes.list(|bytes| {
            let number = bytes.number().filter(|number| *number < NUMBERS)?;
            let columns = bytes.list(|bytes| Some((bytes.number()?, read_type(bytes)?)))?;
            Some(Layout { number, columns })
        })?;
        let current = bytes.number()? as usize;
        let foreign_keys = bytes.list(|bytes| {
            Some(ForeignKeyRecord {
                name: bytes.text()?.to_owned(),
                column: bytes.number()?,
                table: KeyspaceId::from_bytes(bytes.array()?),
                referenced_column: bytes.number()?,
            })
        })?;
        let mut text = || bytes.option(|bytes| bytes.text().map(str::to_owned));
        let (engine, comment) = (text()?, text()?);
        let whole = bytes.is_empty() && current < layouts.len();
        whole.then_some(Self { columns, layouts, current, foreign_keys, engine, comment })
    }
}

fn read_column(bytes: &mut Reader<'_>) -> Option<Column> {
    let id = bytes.number()?;
    let definition = ColumnDef {
        name: bytes.text()?.to_owned(),
        data_type: read_type(bytes)?,
        nullable: bytes.flag()?,
        default: bytes.option(read_expr)?,
        unique: match bytes.byte()? {
            0 => None,
            1 => Some(ColumnUniqueOption { is_primary: false }),
            2 => Some(ColumnUniqueOption { is_primary: true }),
            _ => return None,
        },
        comment: bytes.option(|bytes| bytes.text().map(str::to_owned))?,
    };
    Some(Column { id, definition, missing: read_value(bytes)? })
}

impl IndexRecord {
    pub(crate) fn encode(&self) -> Bytes {
        let mut bytes = vec![ENCODING];
        match self {
            Self::Expression { place, expr, order } => {
                bytes.push(match order {
                    SchemaIndexOrd::Both => 0,
                    SchemaIndexOrd::Asc => 1,
                    SchemaIndexOrd::Desc => 2,
                });
                bytes.number(*place as usize);
                write_expr(&mut bytes, expr);
            }
            Self::Unique { column } => {
                bytes.push(UNIQUE);
                bytes.number(*column as usize);
            }
        }
        bytes.into()
    }

    /// The inverse of [`IndexRecord::encode`]; `None` for bytes that are no index of this version.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = &mut Reader::new(bytes);
        (bytes.byte()? == ENCODING).then_some(())?;
        let order = match bytes.byte()? {
            0 => SchemaIndexOrd::Both,
            1 => SchemaIndexOrd::Asc,
            2 => SchemaIndexOrd::Desc,
            UNIQUE => {
                let column = bytes.number()?;
                return bytes.is_empty().then_some(Self::Unique { column });
            }
            _ => return None,
        };
        let record = Self::Expression { place: bytes.number()?, expr: read_expr(bytes)?, order };
        bytes.is_empty().then_some(record)
    }
}

const UNIQUE: u8 = 3;

/// The name that a function is found by: case makes no difference.
pub(crate) fn function_key(name: &str) -> String {
    name.to_uppercase()
}

pub(crate) fn encode_function(function: &CustomFunction) -> Bytes {
    let mut bytes = vec![ENCODING];
    bytes.field(function.func_name.as_bytes());
    bytes.list(&function.args, |bytes, OperateFunctionArg { name, data_type, default }| {
        bytes.field(name.as_bytes());
        bytes.push(type_code(data_type));
        bytes.option(default.as_ref(), write_expr);
    });
    write_expr(&mut bytes, &function.body);
    bytes.into()
}

/// The inverse of [`encode_function`]; `None` for bytes that are no function of this version.
pub(crate) fn decode_function(bytes: &[u8]) -> Option<CustomFunction> {
    let bytes = &mut Reader::new(bytes);
    (bytes.byte()? == ENCODING).then_some(())?;
    let func_name = bytes.text()?.to_owned();
    let args = bytes.list(|bytes| {
        Some(OperateFunctionArg {
            name: bytes.text()?.to_owned(),
            data_type: read_type(bytes)?,
            default: bytes.option(read_expr)?,
        })
    })?;
    let body = read_expr(bytes)?;
    bytes.is_empty().then_some(CustomFunction { func_name, args, body })
}

/// Expressions are kept as JSON in the shape that GlueSQL 0.20 gives them. As SQL they do not come back: its writer gives `||` out as `+`.
fn write_expr(bytes: &mut Vec<u8>, expr: &Expr) {
    // An expression has nothing that JSON could not hold.
    bytes.field(&serde_json::to_vec(expr).unwrap_or_default());
}

fn read_expr(bytes: &mut Reader<'_>) -> Option<Expr> {
    let json = bytes.field()?;
    let expr = serde_json::from_slice(json).ok()?;
    // One expression has one spelling.
    (serde_json::to_vec(&expr).ok()? == json).then_some(expr)
}

/// Whether an expression comes back as it was.
pub(crate) fn can_be_kept(expr: &Expr) -> bool {
    let mut bytes = Vec::new();
    write_expr(&mut bytes, expr);
    read_expr(&mut Reader::new(&bytes)).is_some_and(|kept| kept == *expr)
}

const TYPES: [DataType; 25] = [
    DataType::Boolean,
    DataType::Int8,
    DataType::Int16,
    DataType::Int32,
    DataType::Int,
    DataType::Int128,
    DataType::Uint8,
    DataType::Uint16,
    DataType::Uint32,
    DataType::Uint64,
    DataType::Uint128,
    DataType::Float32,
    DataType::Float,
    DataType::Text,
    DataType::Bytea,
    DataType::Inet,
    DataType::Date,
    DataType::Timestamp,
    DataType::Time,
    DataType::Interval,
    DataType::Uuid,
    DataType::Map,
    DataType::List,
    DataType::Decimal,
    DataType::Point,
];

/// The number of a type: its place among [`TYPES`], which only grow.
fn type_code(data_type: &DataType) -> u8 {
    TYPES.iter().position(|known| known == data_type).map_or(u8::MAX, |place| place as u8)
}

fn read_type(bytes: &mut Reader<'_>) -> Option<DataType> {
    TYPES.get(usize::from(bytes.byte()?)).cloned()
}

#[cfg(test)]
mod tests {
    use gluesql_core::parse_sql::parse_expr;
    use gluesql_core::translate::translate_expr;

    use super::*;

    fn expr_of(sql: &str) -> Option<Expr> {
        translate_expr(&parse_expr(sql).ok()?, &[]).ok()
    }

    fn sample() -> TableRecord {
        let column = |id, name: &str, data_type, default: Option<&str>, unique: Option<bool>| Column {
            id,
            definition: ColumnDef {
                name: name.into(),
                data_type,
                nullable: unique != Some(true),
                default: default.map(|sql| expr_of(sql).unwrap()),
                unique: unique.map(|is_primary| ColumnUniqueOption { is_primary }),
                comment: Some("it's".into()),
            },
            missing: Value::Bool(true),
        };
        TableRecord {
            columns: Some(vec![
                column(7, "id", DataType::Int, None, Some(true)),
                column(8, "na\"me", DataType::Text, Some("'a' || 'b'"), Some(false)),
                column(9, "price", DataType::Decimal, Some("1.50"), None),
            ]),
            layouts: vec![
                Layout { number: 0, columns: vec![(8, DataType::Text)] },
                Layout { number: 77, columns: vec![(8, DataType::Text), (9, DataType::Decimal)] },
            ],
            current: 1,
            foreign_keys: vec![ForeignKeyRecord {
                name: "fk".into(),
                column: 9,
                table: KeyspaceId::from_bytes([1; 8]),
                referenced_column: 7,
            }],
            engine: None,
            comment: Some("table".into()),
        }
    }

    #[test]
    fn records_come_back_and_nothing_else_is_accepted() {
        let record = sample();
        let bytes = record.encode();
        let decoded = TableRecord::decode(&bytes).unwrap();
        assert_eq!(format!("{decoded:?}"), format!("{record:?}"));
        for length in 0..bytes.len() {
            assert_eq!(TableRecord::decode(&bytes[..length]), None, "{length}");
        }
        assert_eq!(TableRecord::decode(&[&bytes[..], b"x"].concat()), None);
        let indexes = [
            IndexRecord::Expression {
                place: 3,
                expr: expr_of("id + 1").unwrap(),
                order: SchemaIndexOrd::Both,
            },
            IndexRecord::Unique { column: 8 },
        ];
        for index in indexes {
            let bytes = index.encode();
            assert_eq!(IndexRecord::decode(&bytes), Some(index));
            for length in 0..bytes.len() {
                assert_eq!(IndexRecord::decode(&bytes[..length]), None);
            }
        }
    }

    #[test]
    fn functions_come_back() {
        let arg = OperateFunctionArg { name: "x".into(), data_type: DataType::Int, default: expr_of("1") };
        let function = CustomFunction {
            func_name: "inc".into(),
            args: vec![arg],
            body: expr_of("UPPER(x || 'a')").unwrap(),
        };
        assert_eq!(decode_function(&encode_function(&function)), Some(function));
        assert_eq!(decode_function(b"\x01"), None);
    }

    #[test]
    fn a_type_keeps_its_number() {
        assert_eq!(
            [DataType::Boolean, DataType::Text, DataType::Point].map(|known| type_code(&known)),
            [0, 13, 24]
        );
    }
}
