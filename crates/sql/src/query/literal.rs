//! Literals, in the text of a statement or handed to it: they take on the type of what they are compared with or stored in.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use gluesql_core::ast::{DataType, Literal};
use gluesql_core::data::Value;
use gluesql_core::plan::{ExprPlan, ValuesPlan};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::compile::put_literals;
use super::expression::Expression;
use crate::numbers;

pub(super) struct Number {
    /// Exactly, as far as a type has it.
    pub(super) exact: Value,
    pub(super) float: f64,
    /// As GlueSQL has it where it is selected.
    pub(super) selected: Value,
    /// Whether it is written with a point.
    pub(super) has_point: bool,
    plan: OnceLock<ExprPlan>,
}

pub(super) struct Text {
    pub(super) value: Value,
    plan: OnceLock<ExprPlan>,
}

impl Number {
    fn integer(number: i64) -> Self {
        let exact = Value::I64(number);
        let (float, selected) = (number as f64, exact.clone());
        Self { exact, float, selected, has_point: false, plan: OnceLock::new() }
    }

    /// The number that a literal is; `None` for one that is none.
    pub(super) fn read(literal: &Literal) -> Option<Self> {
        let Literal::Number(number) = literal else { return None };
        let has_point = number.fractional_digit_count() > 0;
        let whole = if number.is_integer() { number.to_i128() } else { None };
        if let (Some(Ok(whole)), false) = (whole.map(i64::try_from), has_point) {
            return Some(Self::integer(whole));
        }
        // More digits than there is room for are a number nearby.
        let float = number.to_string().parse().unwrap_or(f64::NAN);
        let exact = match whole {
            Some(whole) => i64::try_from(whole).map_or(Value::I128(whole), Value::I64),
            None => {
                Decimal::from_str_exact(&number.to_plain_string()).map_or(Value::F64(float), Value::Decimal)
            }
        };
        let selected = match exact {
            Value::I64(_) => exact.clone(),
            _ => Value::F64(float),
        };
        Some(Self { exact, float, selected, has_point, plan: ExprPlan::Literal(literal.clone()).into() })
    }

    /// As GlueSQL has it.
    pub(super) fn plan(&self) -> &ExprPlan {
        self.plan.get_or_init(|| {
            let number = match self.exact {
                Value::I64(number) => number.into(),
                // All others came with theirs.
                _ => Default::default(),
            };
            ExprPlan::Literal(Literal::Number(number))
        })
    }

    /// The value to compare with `other`, if that is a number.
    pub(super) fn beside(&self, other: &Value) -> Option<Cow<'_, Value>> {
        match other {
            Value::F32(_) => Some(Cow::Owned(Value::F32(self.float as f32))),
            Value::F64(_) => Some(Cow::Owned(Value::F64(self.float))),
            other => numbers::is_number(other).then_some(Cow::Borrowed(&self.exact)),
        }
    }

    /// The value in a column, where that takes it as it is.
    pub(super) fn stored(&self, data_type: &DataType) -> Option<Value> {
        match (data_type, &self.exact) {
            // GlueSQL does not find the nearest one.
            (DataType::Float, _) => Some(Value::F64(self.float)),
            (DataType::Int, Value::I64(_)) if !self.has_point => Some(self.exact.clone()),
            _ => None,
        }
    }
}

impl Text {
    pub(super) const fn new(text: String) -> Self {
        Self { value: Value::Str(text), plan: OnceLock::new() }
    }

    /// As GlueSQL has it.
    pub(super) fn plan(&self) -> &ExprPlan {
        self.plan.get_or_init(|| {
            let text = match &self.value {
                Value::Str(text) => text.clone(),
                _ => String::new(),
            };
            ExprPlan::Literal(Literal::QuotedString(text))
        })
    }
}

/// The parameters of a statement, as literals.
#[derive(Clone, Default)]
pub(crate) struct Literals(pub(super) Vec<Expression>);

impl Literals {
    pub(crate) fn with_capacity(parameters: usize) -> Self {
        Self(Vec::with_capacity(parameters))
    }

    pub(crate) fn push_integer(&mut self, number: i64) {
        self.0.push(Expression::Number(Arc::new(Number::integer(number))));
    }

    /// Adds any number.
    pub(crate) fn push_number(&mut self, literal: &Literal) {
        let number = Number::read(literal).map(|number| Expression::Number(Arc::new(number)));
        self.0.push(number.unwrap_or(Expression::Value(Value::Null)));
    }

    pub(crate) fn push_text(&mut self, text: String) {
        self.0.push(Expression::Text(Arc::new(Text::new(text))));
    }

    /// Adds what takes on no other type.
    pub(crate) fn push_value(&mut self, value: Value) {
        self.0.push(Expression::Value(value));
    }

    /// Rows of a plan with literals in place of parameters.
    pub(crate) fn put_into(&self, ValuesPlan(rows): &ValuesPlan) -> ValuesPlan {
        let mut rows = rows.clone();
        rows.iter_mut().flatten().for_each(|plan| put_literals(plan, &self.0));
        ValuesPlan(rows)
    }
}
