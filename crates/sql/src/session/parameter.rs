//! Values handed to a statement beside its text.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use gluesql_core::ast::Literal;
use gluesql_core::data::Value as Stored;
use rust_decimal::Decimal;
use sqlparser::ast::{
    CastKind, DataType, Expr, Statement as Ast, UnaryOperator, Value, visit_expressions_mut,
};

use super::parse::{Name, Statement};
use crate::error::{Error, Result};
use crate::query::Literals;

/// A value of a parameter. It takes on the type of what it is compared with or stored in, as a literal in the text does.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// NULL.
    Null,
    /// TRUE or FALSE.
    Boolean(bool),
    /// A whole number.
    Integer(i128),
    /// A number with digits behind the point, exactly.
    Decimal(Decimal),
    /// Any other number.
    Float(f64),
    /// Text, and what is written as text: DATE, UUID, and JSON for MAP and LIST.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// The parameters of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Given);

#[derive(Clone, Debug, PartialEq)]
enum Given {
    Positional(Vec<Parameter>),
    Named(BTreeMap<String, Parameter>),
}

impl Default for Given {
    fn default() -> Self {
        Self::Positional(Vec::new())
    }
}

impl Parameters {
    /// For a text without any.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// For each `?` in turn, or for `$1` and so on.
    pub fn positional(parameters: impl IntoIterator<Item = Parameter>) -> Self {
        Self(Given::Positional(parameters.into_iter().collect()))
    }

    /// For `:name`.
    pub fn named<N: Into<String>>(parameters: impl IntoIterator<Item = (N, Parameter)>) -> Self {
        Self(Given::Named(parameters.into_iter().map(|(name, value)| (name.into(), value)).collect()))
    }

    /// Refuses parameters that are not those that a text names.
    pub(super) fn check(&self, names: &[&Name]) -> Result<()> {
        let refuse = |reason: String| Err(Error::Parameters { reason });
        if let Some(missing) = names.iter().find(|name| self.get(name).is_none()) {
            return refuse(match missing {
                Name::Place(place) => format!("number {} is missing", place + 1),
                Name::Named(name) => format!(":{name} is missing"),
            });
        }
        let known = |name: Name| names.contains(&&name);
        match &self.0 {
            Given::Positional(given) => match (0..given.len()).find(|place| !known(Name::Place(*place))) {
                Some(place) => refuse(format!("number {} is not in the text", place + 1)),
                None => Ok(()),
            },
            Given::Named(given) => match given.keys().find(|name| !known(Name::Named((*name).clone()))) {
                Some(name) => refuse(format!(":{name} is not in the text")),
                None => Ok(()),
            },
        }
    }

    fn get(&self, name: &Name) -> Option<&Parameter> {
        match (&self.0, name) {
            (Given::Positional(given), Name::Place(place)) => given.get(*place),
            (Given::Named(given), Name::Named(name)) => given.get(name),
            _ => None,
        }
    }

    /// The parameters of a statement, in its order.
    pub(super) fn literals(&self, names: &[Name]) -> Result<Literals> {
        let mut literals = Literals::with_capacity(names.len());
        for name in names {
            let missing = || Error::Parameters { reason: "one of the text is missing".into() };
            self.get(name).ok_or_else(missing)?.push_to(&mut literals);
        }
        Ok(literals)
    }

    /// The parameter at a place of a statement, which must be a text.
    pub(super) fn text(&self, names: &[Name], place: usize) -> Result<String> {
        match names.get(place).and_then(|name| self.get(name)) {
            Some(Parameter::Text(text)) => Ok(text.clone()),
            _ => Err(Error::Parameters { reason: format!("number {} must be a text", place + 1) }),
        }
    }

    /// The statement with literals in place of its parameters.
    pub(super) fn bind(&self, statement: &Statement) -> Result<Ast> {
        let mut bound = statement.ast.clone();
        let visited = visit_expressions_mut(&mut bound, |expr| {
            if let Expr::Value(Value::Placeholder(place)) = expr {
                let place = place.strip_prefix('$').and_then(|place| place.parse::<usize>().ok());
                let name = place.and_then(|place| statement.parameters.get(place.wrapping_sub(1)));
                match name.and_then(|name| self.get(name)) {
                    Some(parameter) => *expr = parameter.literal(),
                    None => return ControlFlow::Break(()),
                }
            }
            ControlFlow::Continue(())
        });
        match visited {
            ControlFlow::Continue(()) => Ok(bound),
            ControlFlow::Break(()) => Err(Error::Parameters { reason: "one of the text is missing".into() }),
        }
    }
}

impl Parameter {
    fn push_to(&self, literals: &mut Literals) {
        let digits = |text: String| Literal::Number(text.parse().unwrap_or_default());
        match self {
            Self::Null => literals.push_value(Stored::Null),
            Self::Boolean(value) => literals.push_value(Stored::Bool(*value)),
            Self::Integer(number) => match i64::try_from(*number) {
                Ok(number) => literals.push_integer(number),
                Err(_) => literals.push_number(&Literal::Number((*number).into())),
            },
            Self::Decimal(number) => literals.push_number(&digits(number.to_string())),
            Self::Float(number) if number.is_finite() => {
                literals.push_number(&digits(format!("{number:?}")));
            }
            Self::Float(number) => literals.push_value(Stored::F64(*number)),
            Self::Text(text) => literals.push_text(text.clone()),
            Self::Bytes(bytes) => literals.push_value(Stored::Bytea(bytes.clone())),
        }
    }

    fn literal(&self) -> Expr {
        match self {
            Self::Null => Expr::Value(Value::Null),
            Self::Boolean(value) => Expr::Value(Value::Boolean(*value)),
            Self::Integer(number) => signed(*number < 0, number.unsigned_abs().to_string()),
            Self::Decimal(number) => signed(number.is_sign_negative(), number.abs().to_string()),
            Self::Float(number) if number.is_finite() => {
                // With a point, also where it is a whole number.
                let text = format!("{:?}", number.abs());
                signed(number.is_sign_negative(), text)
            }
            Self::Float(number) => Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(Expr::Value(Value::SingleQuotedString(number.to_string()))),
                data_type: DataType::Float(None),
                format: None,
            },
            Self::Text(text) => Expr::Value(Value::SingleQuotedString(text.clone())),
            Self::Bytes(bytes) => {
                Expr::Value(Value::HexStringLiteral(bytes.iter().map(|byte| format!("{byte:02X}")).collect()))
            }
        }
    }
}

fn signed(negative: bool, number: String) -> Expr {
    // Any digits that Rust writes are a number to the parser too.
    let number = number.parse().unwrap_or_default();
    let number = Expr::Value(Value::Number(number, false));
    if negative { Expr::UnaryOp { op: UnaryOperator::Minus, expr: Box::new(number) } } else { number }
}
