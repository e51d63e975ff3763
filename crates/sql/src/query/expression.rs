//! Expressions over rows, with their names resolved.
//!
//! What decides which rows there are is evaluated here, as SQL has it: comparisons by value, truth in three values. The rest (functions,
//! arithmetic, patterns) is left to GlueSQL.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use gluesql_core::ast::{BinaryOperator, DataType};
use gluesql_core::data::Value;
use gluesql_core::executor::{EvaluateError, RowContext, evaluate_stateless};
use gluesql_core::plan::ExprPlan;

use super::comparison::{Comparison, compare_values};
use super::literal::{Number, Text};
use super::run::Run;
use super::subquery::Subquery;
use crate::arithmetic::{self, Operand};
use crate::error::{Error, Result};
use crate::numbers;

/// An expression. A row is what its sources have side by side, then what aggregates came to, then what is selected.
#[derive(Clone)]
pub(super) enum Expression {
    /// A value of the row.
    Column(usize),
    /// A value of the rows around a subquery, by its place among those that the subquery names.
    Outer(usize),
    Value(Value),
    /// A number in the text of the statement.
    Number(Arc<Number>),
    /// A text in the text of the statement.
    Text(Arc<Text>),
    /// A parameter of the statement, by its place.
    Parameter(usize),
    Compare(Comparison, Box<[Self; 2]>),
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    IsNull(Box<Self>),
    In(Box<Self>, Vec<Self>),
    /// The first value whose condition holds, or the last one.
    Case(Vec<(Self, Self)>, Box<Self>),
    Subquery(Arc<Subquery>),
    Exists(Arc<Subquery>),
    InSubquery(Box<Self>, Arc<Subquery>),
    Call(Arc<Call>),
    Arithmetic(Arc<Arithmetic>),
    /// NULL where one of the first is, else the last.
    Strict(Box<[Self; 2]>, Arc<Glue>),
    Glue(Arc<Glue>),
}

/// A function that somebody made, with what it is applied to.
pub(super) struct Call {
    pub(super) arguments: Vec<(Expression, DataType)>,
    /// Over a row of the arguments.
    pub(super) body: Expression,
}

/// An operator between two numbers.
pub(super) struct Arithmetic {
    pub(super) operator: BinaryOperator,
    pub(super) sides: [Expression; 2],
    /// The same as GlueSQL evaluates it: for what is no number, and for literals.
    pub(super) glue: Arc<Glue>,
}

/// An expression that GlueSQL evaluates, over what these come to.
pub(super) struct Glue {
    pub(super) plan: ExprPlan,
    pub(super) names: Vec<String>,
    pub(super) arguments: Vec<Expression>,
    /// Which parameters the plan names: they take on types there as literals do.
    pub(super) has_parameters: bool,
}

impl Expression {
    /// What a parameter is in this run; any other expression is itself.
    pub(super) fn bound<'a>(&'a self, run: &'a Run) -> &'a Self {
        match self {
            // There are as many as the statement names.
            Self::Parameter(place) => &run.state.parameters[*place],
            expression => expression,
        }
    }

    /// What it is in a plan; `None` for what is no literal and no value.
    pub(super) fn literal(&self) -> Option<ExprPlan> {
        match self {
            Self::Number(number) => Some(number.plan().clone()),
            Self::Text(text) => Some(text.plan().clone()),
            Self::Value(value) => Some(ExprPlan::Value(value.clone())),
            _ => None,
        }
    }

    /// The value for a row.
    pub(super) fn evaluate<'a>(&'a self, row: &'a [Value], run: &'a Run) -> Result<Cow<'a, Value>> {
        let value = match self {
            Self::Column(place) => return Ok(Cow::Borrowed(&row[*place])),
            Self::Outer(place) => return Ok(Cow::Borrowed(&run.outer[*place])),
            Self::Value(value) => return Ok(Cow::Borrowed(value)),
            Self::Number(number) => return Ok(Cow::Borrowed(&number.selected)),
            Self::Text(text) => return Ok(Cow::Borrowed(&text.value)),
            Self::Parameter(_) => return self.bound(run).evaluate(row, run),
            Self::Compare(..)
            | Self::And(_)
            | Self::Or(_)
            | Self::Not(_)
            | Self::IsNull(_)
            | Self::In(..)
            | Self::Exists(_)
            | Self::InSubquery(..) => self.truth(row, run)?.map_or(Value::Null, Value::Bool),
            Self::Case(cases, otherwise) => {
                for (condition, value) in cases {
                    if condition.truth(row, run)? == Some(true) {
                        return value.evaluate(row, run);
                    }
                }
                return otherwise.evaluate(row, run);
            }
            Self::Subquery(subquery) => subquery.value(row, run)?,
            Self::Call(call) => call.value(row, run)?,
            Self::Arithmetic(arithmetic) => arithmetic.value(row, run)?,
            Self::Strict(sides, glue) => {
                for side in &**sides {
                    if side.evaluate(row, run)?.is_null() {
                        return Ok(Cow::Owned(Value::Null));
                    }
                }
                glue.value(row, run)?
            }
            Self::Glue(glue) => glue.value(row, run)?,
        };
        Ok(Cow::Owned(value))
    }

    /// The value for a row as one of three: true, false, or unknown.
    ///
    /// # Errors
    /// When it is neither NULL nor a BOOLEAN.
    pub(super) fn truth(&self, row: &[Value], run: &Run) -> Result<Option<bool>> {
        match self {
            Self::Compare(comparison, sides) => compare(*comparison, sides, row, run),
            Self::And(parts) => any(parts, false, row, run).map(|found| found.map(|found| !found)),
            Self::Or(parts) => any(parts, true, row, run),
            Self::Not(inner) => Ok(inner.truth(row, run)?.map(|held| !held)),
            Self::IsNull(inner) => Ok(Some(inner.evaluate(row, run)?.is_null())),
            Self::In(target, list) => {
                let left = target.evaluate(row, run)?;
                let mut is_unknown = false;
                for item in list {
                    let right = item.evaluate(row, run)?;
                    let item = (item.bound(run), &*right);
                    match compare_values(Comparison::Equal, (target.bound(run), &left), item)? {
                        Some(true) => return Ok(Some(true)),
                        Some(false) => {}
                        None => is_unknown = true,
                    }
                }
                Ok((!is_unknown).then_some(false))
            }
            Self::Exists(subquery) => subquery.exists(row, run).map(Some),
            Self::InSubquery(target, subquery) => {
                let value = target.evaluate(row, run)?;
                subquery.contains(target.bound(run), &value, row, run)
            }
            other => match &*other.evaluate(row, run)? {
                Value::Null => Ok(None),
                Value::Bool(value) => Ok(Some(*value)),
                value => Err(Error::Sql(EvaluateError::BooleanTypeRequired(String::from(value)).into())),
            },
        }
    }

    /// What it is made of.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Column(_)
            | Self::Outer(_)
            | Self::Value(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Parameter(_) => Vec::new(),
            Self::Compare(_, sides) => sides.iter().collect(),
            Self::And(parts) | Self::Or(parts) => parts.iter().collect(),
            Self::Not(inner) | Self::IsNull(inner) => vec![inner],
            Self::In(target, list) => [&**target].into_iter().chain(list).collect(),
            Self::Case(cases, otherwise) => {
                let cases = cases.iter().flat_map(|(condition, value)| [condition, value]);
                cases.chain([&**otherwise]).collect()
            }
            Self::Subquery(subquery) | Self::Exists(subquery) => subquery.outer.iter().collect(),
            Self::InSubquery(target, subquery) => [&**target].into_iter().chain(&subquery.outer).collect(),
            Self::Call(call) => call.arguments.iter().map(|(argument, _)| argument).collect(),
            Self::Arithmetic(arithmetic) => arithmetic.sides.iter().collect(),
            Self::Strict(sides, _) => sides.iter().collect(),
            Self::Glue(glue) => glue.arguments.iter().collect(),
        }
    }

    /// Whether it is written as another one.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Column(place), Self::Column(other)) => place == other,
            (Self::Glue(glue), Self::Glue(other)) => glue.is_same(other),
            (Self::Arithmetic(one), Self::Arithmetic(other)) => one.glue.is_same(&other.glue),
            _ => false,
        }
    }

    /// Tells of each value of the row that it needs.
    pub(super) fn columns(&self, tell: &mut impl FnMut(usize)) {
        if let Self::Column(place) = self {
            tell(*place);
        }
        self.parts().into_iter().for_each(|part| part.columns(tell));
    }

    /// The place behind the last value of the row that it needs; 0 where it needs none.
    pub(super) fn reach(&self) -> usize {
        let mut reach = 0;
        self.columns(&mut |place| reach = reach.max(place + 1));
        reach
    }

    /// Whether it may come to something else when it is evaluated again.
    pub(super) fn is_volatile(&self) -> bool {
        let glue = matches!(self, Self::Glue(glue) | Self::Strict(_, glue) if is_volatile(&glue.plan));
        glue || self.parts().into_iter().any(Self::is_volatile)
    }
}

/// Whether one of the parts is `wanted`: unknown where none is and one is unknown.
fn any(parts: &[Expression], wanted: bool, row: &[Value], run: &Run) -> Result<Option<bool>> {
    let mut is_unknown = false;
    for part in parts {
        match part.truth(row, run)? {
            Some(truth) if truth == wanted => return Ok(Some(true)),
            Some(_) => {}
            None => is_unknown = true,
        }
    }
    Ok((!is_unknown).then_some(false))
}

fn compare(
    comparison: Comparison,
    sides: &[Expression; 2],
    row: &[Value],
    run: &Run,
) -> Result<Option<bool>> {
    let [left, right] = sides;
    let (one, other) = (left.evaluate(row, run)?, right.evaluate(row, run)?);
    compare_values(comparison, (left.bound(run), &one), (right.bound(run), &other))
}

impl Call {
    fn value(&self, row: &[Value], run: &Run) -> Result<Value> {
        let argument =
            |(expression, data_type): &(Expression, DataType)| as_type(expression, row, run, data_type, true);
        let arguments = self.arguments.iter().map(argument).collect::<Result<Vec<_>>>()?;
        Ok(self.body.evaluate(&arguments, run)?.into_owned())
    }
}

impl Arithmetic {
    fn value(&self, row: &[Value], run: &Run) -> Result<Value> {
        let [left, right] = &self.sides;
        let (one, other) = (left.evaluate(row, run)?, right.evaluate(row, run)?);
        let operand = |side: &Expression, value| {
            let literal = match side.bound(run) {
                Expression::Number(number) => Some(number.has_point),
                _ => None,
            };
            Operand { value, literal }
        };
        match arithmetic::apply(&self.operator, operand(left, &one), operand(right, &other)) {
            Some(value) => value,
            None => self.glue.value(row, run),
        }
    }
}

impl Glue {
    fn is_same(&self, other: &Self) -> bool {
        let pairs = self.arguments.iter().zip(&other.arguments);
        self.plan == other.plan
            && self.arguments.len() == other.arguments.len()
            && pairs.into_iter().all(|(argument, other)| argument.is_same(other))
    }

    fn value(&self, row: &[Value], run: &Run) -> Result<Value> {
        let value = |argument: &Expression| argument.evaluate(row, run).map(Cow::into_owned);
        let values = self.arguments.iter().map(value).collect::<Result<Vec<_>>>()?;
        let context = RowContext::RefVecData { columns: &self.names, values: &values };
        if self.has_parameters {
            let plan = run.with_parameters(&self.plan);
            return Ok(Value::try_from(evaluate_stateless(Some(context), &plan)?)?);
        }
        Ok(Value::try_from(evaluate_stateless(Some(context), &self.plan)?)?)
    }
}

/// The value of an expression as one of a type: literals take it on, and so do numbers that are the same in that type or, for FLOAT and
/// FLOAT32, near; anything else must have it.
pub(super) fn as_type(
    expression: &Expression,
    row: &[Value],
    run: &Run,
    data_type: &DataType,
    is_nullable: bool,
) -> Result<Value> {
    let value;
    let plan = match expression.bound(run) {
        Expression::Number(number) => match number.stored(data_type) {
            Some(value) => return Ok(value),
            None => number.plan(),
        },
        Expression::Text(text) if *data_type == DataType::Text => return Ok(text.value.clone()),
        Expression::Text(text) => text.plan(),
        expression => {
            let found = expression.evaluate(row, run)?;
            if let Some(number) = number_as(&found, data_type) {
                return Ok(number);
            }
            value = ExprPlan::Value(found.into_owned());
            &value
        }
    };
    Ok(evaluate_stateless(None, plan)?.try_into_value(data_type, is_nullable)?)
}

/// A number as one of another type.
fn number_as(value: &Value, data_type: &DataType) -> Option<Value> {
    if !numbers::is_number(value) || value.get_type().as_ref() == Some(data_type) {
        return None;
    }
    let number = value.cast(data_type).ok()?;
    let is_near = matches!(data_type, DataType::Float | DataType::Float32);
    let is_same = || numbers::compare(value, &number).is_some_and(Ordering::is_eq);
    (numbers::is_number(&number) && (is_near || is_same())).then_some(number)
}

fn is_volatile(plan: &ExprPlan) -> bool {
    use gluesql_core::plan::FunctionExprPlan as F;
    let mut plan = plan.clone();
    let mut found = false;
    super::compile::each(&mut plan, &mut |expr| {
        if let ExprPlan::Function(function) = expr {
            found |= matches!(**function, F::Rand(_) | F::GenerateUuid());
        }
    });
    found
}
