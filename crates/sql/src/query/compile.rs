//! From GlueSQL's plan of an expression to an [`Expression`]: names are resolved, and what is constant is evaluated.

use std::sync::Arc;

use gluesql_core::ast::{BinaryOperator, Literal, UnaryOperator};
use gluesql_core::data::Value;
use gluesql_core::executor::{EvaluateError, evaluate_stateless};
use gluesql_core::plan::{
    AggregateExprPlan, AggregateFunctionPlan, CountArgExprPlan, ExprPlan, FunctionExprPlan, plan_scalar_expr,
};

use super::comparison::Comparison;
use super::expression::{Arithmetic, Call, Expression, Glue};
use super::function;
use super::literal::{Number, Text};
use super::scope::Scope;
use super::subquery::Subquery;
use crate::arithmetic::is_arithmetic;
use crate::error::{Error, Result};

/// Functions within functions that somebody made.
const CALLS_MAX: usize = 64;

/// Compiles an expression whose names are those of `scope`.
pub(super) fn expression(plan: &ExprPlan, scope: &Scope<'_>) -> Result<Expression> {
    let compile = |plan: &ExprPlan| expression(plan, scope);
    let boxed = |plan: &ExprPlan| compile(plan).map(Box::new);
    Ok(match plan {
        ExprPlan::Nested(inner) => compile(inner)?,
        ExprPlan::Identifier(name) => scope
            .resolve(None, name)?
            .ok_or_else(|| Error::Sql(EvaluateError::IdentifierNotFound(name.clone()).into()))?,
        ExprPlan::CompoundIdentifier { alias, ident } => {
            scope.resolve(Some(alias), ident)?.ok_or_else(|| {
                let (table_alias, column_name) = (alias.clone(), ident.clone());
                Error::Sql(EvaluateError::CompoundIdentifierNotFound { table_alias, column_name }.into())
            })?
        }
        ExprPlan::Value(value) => Expression::Value(value.clone()),
        ExprPlan::TypedString { value, .. } => match parameter(value) {
            Some(place) => Expression::Parameter(place),
            None => glue(plan, scope)?,
        },
        ExprPlan::Literal(Literal::QuotedString(text)) => Expression::Text(Arc::new(Text::new(text.clone()))),
        ExprPlan::Literal(literal) => match Number::read(literal) {
            Some(number) => Expression::Number(Arc::new(number)),
            None => glue(plan, scope)?,
        },
        ExprPlan::UnaryOp { op: sign @ (UnaryOperator::Minus | UnaryOperator::Plus), expr } => {
            match (sign, bare(expr)) {
                (UnaryOperator::Plus, inner @ ExprPlan::Literal(Literal::Number(_))) => compile(inner)?,
                (UnaryOperator::Minus, ExprPlan::Literal(Literal::Number(number))) => {
                    compile(&ExprPlan::Literal(Literal::Number(-number)))?
                }
                _ => glue(plan, scope)?,
            }
        }
        ExprPlan::UnaryOp { op: UnaryOperator::Not, expr } => Expression::Not(boxed(expr)?),
        ExprPlan::IsNull(inner) => Expression::IsNull(boxed(inner)?),
        ExprPlan::IsNotNull(inner) => Expression::Not(Box::new(Expression::IsNull(boxed(inner)?))),
        ExprPlan::BinaryOp { left, op, right } => match (op, Comparison::of(op)) {
            (_, Some(comparison)) => {
                Expression::Compare(comparison, Box::new([compile(left)?, compile(right)?]))
            }
            (BinaryOperator::And, _) => {
                let mut parts = Vec::new();
                flatten(plan, &BinaryOperator::And, &mut parts);
                Expression::And(parts.into_iter().map(compile).collect::<Result<_>>()?)
            }
            (BinaryOperator::Or, _) => {
                let mut parts = Vec::new();
                flatten(plan, &BinaryOperator::Or, &mut parts);
                Expression::Or(parts.into_iter().map(compile).collect::<Result<_>>()?)
            }
            _ => match glue(plan, scope)? {
                Expression::Glue(glue) if is_arithmetic(op) => Expression::Arithmetic(Arc::new(Arithmetic {
                    operator: op.clone(),
                    sides: [compile(left)?, compile(right)?],
                    glue,
                })),
                other => other,
            },
        },
        ExprPlan::Like { expr, pattern, .. } | ExprPlan::ILike { expr, pattern, .. } => {
            match glue(plan, scope)? {
                Expression::Glue(glue) => {
                    Expression::Strict(Box::new([compile(expr)?, compile(pattern)?]), glue)
                }
                other => other,
            }
        }
        ExprPlan::ArrayIndex { obj, indexes } => match &indexes[..] {
            // One after the other, so that nothing is found in what is not there.
            [first @ .., last] if !first.is_empty() => {
                let inner = ExprPlan::ArrayIndex { obj: obj.clone(), indexes: first.to_vec() };
                compile(&ExprPlan::ArrayIndex { obj: Box::new(inner), indexes: vec![last.clone()] })?
            }
            [index] => match glue(plan, scope)? {
                Expression::Glue(glue) => {
                    Expression::Strict(Box::new([compile(obj)?, compile(index)?]), glue)
                }
                other => other,
            },
            _ => glue(plan, scope)?,
        },
        ExprPlan::Between { expr, negated, low, high } => {
            let side = |comparison, bound: &ExprPlan| {
                Ok::<_, Error>(Expression::Compare(comparison, Box::new([compile(expr)?, compile(bound)?])))
            };
            let low = side(Comparison::GreaterOrEqual, low)?;
            let high = side(Comparison::LessOrEqual, high)?;
            not(*negated, Expression::And(vec![low, high]))
        }
        ExprPlan::InList { expr, list, negated } => {
            let list = list.iter().map(compile).collect::<Result<_>>()?;
            not(*negated, Expression::In(boxed(expr)?, list))
        }
        ExprPlan::InSubquery { expr, subquery, negated } => {
            let subquery = Subquery::compile(subquery, scope)?;
            subquery.check_in()?;
            not(*negated, Expression::InSubquery(boxed(expr)?, Arc::new(subquery)))
        }
        ExprPlan::Exists { subquery, negated } => {
            not(*negated, Expression::Exists(Arc::new(Subquery::compile(subquery, scope)?)))
        }
        ExprPlan::Subquery(query) => {
            let subquery = Subquery::compile(query, scope)?;
            subquery.check_scalar()?;
            Expression::Subquery(Arc::new(subquery))
        }
        ExprPlan::Case { operand, when_then, else_result } => {
            let cases = when_then.iter().map(|(when, then)| {
                let condition = match operand {
                    Some(operand) => {
                        Expression::Compare(Comparison::Equal, Box::new([compile(operand)?, compile(when)?]))
                    }
                    None => compile(when)?,
                };
                Ok((condition, compile(then)?))
            });
            let cases = cases.collect::<Result<_>>()?;
            let otherwise = match else_result {
                Some(otherwise) => compile(otherwise)?,
                None => Expression::Value(Value::Null),
            };
            Expression::Case(cases, Box::new(otherwise))
        }
        ExprPlan::Aggregate(aggregate) => scope.aggregate(aggregate)?,
        ExprPlan::Function(function) => match &**function {
            FunctionExprPlan::Custom { name, exprs } => call(name, exprs, scope)?,
            // By comparison, as SQL has it.
            FunctionExprPlan::NullIf { expr1, expr2 } => {
                let is_equal =
                    Expression::Compare(Comparison::Equal, Box::new([compile(expr1)?, compile(expr2)?]));
                Expression::Case(vec![(is_equal, Expression::Value(Value::Null))], boxed(expr1)?)
            }
            _ => glue(plan, scope)?,
        },
        _ => glue(plan, scope)?,
    })
}

fn not(negated: bool, expression: Expression) -> Expression {
    if negated { Expression::Not(Box::new(expression)) } else { expression }
}

/// The plan without parentheses around it.
pub(super) fn bare(plan: &ExprPlan) -> &ExprPlan {
    match plan {
        ExprPlan::Nested(inner) => bare(inner),
        plan => plan,
    }
}

/// The parts that an operator joins, however they are nested.
fn flatten<'a>(plan: &'a ExprPlan, operator: &BinaryOperator, parts: &mut Vec<&'a ExprPlan>) {
    match bare(plan) {
        ExprPlan::BinaryOp { left, op, right } if op == operator => {
            flatten(left, operator, parts);
            flatten(right, operator, parts);
        }
        plan => parts.push(plan),
    }
}

/// An expression that GlueSQL evaluates. What stands below it and is not GlueSQL's becomes an argument.
fn glue(plan: &ExprPlan, scope: &Scope<'_>) -> Result<Expression> {
    let mut plan = plan.clone();
    let mut arguments = Vec::new();
    take_arguments(&mut plan, scope, &mut arguments)?;
    let mut has_parameters = false;
    each(&mut plan, &mut |expr| has_parameters |= parameter_of(expr).is_some());
    if arguments.is_empty() && !has_parameters && is_constant(&mut plan) {
        // One that fails does so where it is needed.
        if let Ok(value) = evaluate_stateless(None, &plan).and_then(Value::try_from) {
            return Ok(match value {
                Value::Str(text) => Expression::Text(Arc::new(Text::new(text))),
                value => Expression::Value(value),
            });
        }
    }
    let names = (0..arguments.len()).map(name).collect();
    Ok(Expression::Glue(Arc::new(Glue { plan, names, arguments, has_parameters })))
}

/// How a parameter stands in a text of a plan: no text that is parsed holds a zero byte.
pub(crate) fn parameter_mark(place: usize) -> String {
    format!("\0?{place}")
}

/// A label as it is shown: with `?` where a parameter stands.
pub(super) fn without_marks(label: &str) -> String {
    let mut parts = label.split("TEXT '\0?");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push('?');
        shown.push_str(part.split_once('\'').map_or("", |(_, rest)| rest));
    }
    shown
}

fn parameter(text: &str) -> Option<usize> {
    text.strip_prefix("\0?")?.parse().ok()
}

/// The place of the parameter that a plan is.
pub(super) fn parameter_of(plan: &ExprPlan) -> Option<usize> {
    match plan {
        ExprPlan::TypedString { value, .. } => parameter(value),
        _ => None,
    }
}

/// Puts literals in place of the parameters of a plan.
pub(super) fn put_literals(plan: &mut ExprPlan, parameters: &[Expression]) {
    each(plan, &mut |expr| {
        let parameter = parameter_of(expr).and_then(|place| parameters.get(place));
        if let Some(literal) = parameter.and_then(Expression::literal) {
            *expr = literal;
        }
    });
}

/// What an argument is called in the plan. No column has such a name where it is looked for.
fn name(argument: usize) -> String {
    format!("#{argument}")
}

fn take_arguments(plan: &mut ExprPlan, scope: &Scope<'_>, arguments: &mut Vec<Expression>) -> Result<()> {
    for child in children(plan) {
        match bare(child) {
            ExprPlan::Literal(_) | ExprPlan::Value(_) | ExprPlan::TypedString { .. } => {}
            ExprPlan::BinaryOp { op, .. }
                if Comparison::of(op).is_none()
                    && !is_arithmetic(op)
                    && !matches!(op, BinaryOperator::And | BinaryOperator::Or) =>
            {
                take_arguments(child, scope, arguments)?;
            }
            ExprPlan::Function(function)
                if !matches!(
                    **function,
                    FunctionExprPlan::Custom { .. } | FunctionExprPlan::NullIf { .. }
                ) =>
            {
                take_arguments(child, scope, arguments)?;
            }
            ExprPlan::UnaryOp { op, .. } if *op != UnaryOperator::Not => {
                take_arguments(child, scope, arguments)?;
            }
            ExprPlan::Regex { .. } | ExprPlan::Interval { .. } | ExprPlan::Array { .. } => {
                take_arguments(child, scope, arguments)?
            }
            inner => {
                let argument = expression(inner, scope)?;
                // What is constant stays a literal, which takes on types.
                if let Some(literal) =
                    argument.literal().filter(|_| matches!(inner, ExprPlan::BinaryOp { .. }))
                {
                    *child = literal;
                    continue;
                }
                *child = ExprPlan::Identifier(name(arguments.len()));
                arguments.push(argument);
            }
        }
    }
    Ok(())
}

/// Whether an expression without arguments comes to the same whenever it is evaluated.
fn is_constant(plan: &mut ExprPlan) -> bool {
    let mut constant = true;
    each(plan, &mut |expr| constant &= !matches!(expr, ExprPlan::Function(_)));
    constant
}

/// A call of a function that somebody made: what it is made of is compiled in its place.
fn call(name: &str, exprs: &[ExprPlan], scope: &Scope<'_>) -> Result<Expression> {
    let unknown = || Error::Sql(EvaluateError::UnsupportedFunction(name.to_owned()).into());
    let (_, function) = scope.database.tables.function(name).ok_or_else(unknown)?;
    let required = function.args.iter().filter(|arg| arg.default.is_none()).count();
    if !(required..=function.args.len()).contains(&exprs.len()) {
        let fault = EvaluateError::FunctionArgsLengthNotWithinRange {
            name: function.func_name.clone(),
            expected_minimum: required,
            expected_maximum: function.args.len(),
            found: exprs.len(),
        };
        return Err(Error::Sql(fault.into()));
    }
    if scope.calls >= CALLS_MAX {
        return Err(Error::Unsupported {
            what: format!("a call of {name:?} within {CALLS_MAX} others"),
            hint: "a function cannot call itself",
        });
    }
    let own = Scope::of_arguments(function.args.iter().map(|arg| arg.name.clone()), scope);
    let arguments = function.args.iter().enumerate().map(|(place, arg)| {
        let argument = match (exprs.get(place), &arg.default) {
            (Some(expr), _) => expression(expr, scope)?,
            (None, Some(default)) => expression(&plan_scalar_expr(default.clone()), scope)?,
            (None, None) => Expression::Value(Value::Null),
        };
        Ok((argument, arg.data_type.clone()))
    });
    let arguments = arguments.collect::<Result<_>>()?;
    let body = expression(&plan_scalar_expr(function.body.clone()), &own)?;
    Ok(Expression::Call(Arc::new(Call { arguments, body })))
}

/// Visits an expression and what it is made of, but no subquery.
pub(super) fn each(plan: &mut ExprPlan, visit: &mut impl FnMut(&mut ExprPlan)) {
    visit(plan);
    children(plan).into_iter().for_each(|child| each(child, visit));
}

/// What an expression is made of, apart from subqueries.
fn children(plan: &mut ExprPlan) -> Vec<&mut ExprPlan> {
    match plan {
        ExprPlan::Identifier(_)
        | ExprPlan::CompoundIdentifier { .. }
        | ExprPlan::Literal(_)
        | ExprPlan::Value(_)
        | ExprPlan::TypedString { .. }
        | ExprPlan::Exists { .. }
        | ExprPlan::Subquery(_) => Vec::new(),
        ExprPlan::IsNull(inner)
        | ExprPlan::IsNotNull(inner)
        | ExprPlan::Nested(inner)
        | ExprPlan::InSubquery { expr: inner, .. }
        | ExprPlan::UnaryOp { expr: inner, .. }
        | ExprPlan::Interval { expr: inner, .. } => vec![inner],
        ExprPlan::InList { expr, list, .. } => [&mut **expr].into_iter().chain(list).collect(),
        ExprPlan::Between { expr, low, high, .. } => vec![expr, low, high],
        ExprPlan::Like { expr, pattern, .. }
        | ExprPlan::ILike { expr, pattern, .. }
        | ExprPlan::Regex { expr, pattern, .. } => vec![expr, pattern],
        ExprPlan::BinaryOp { left, right, .. } => vec![left, right],
        ExprPlan::Function(function) => function::arguments(function),
        ExprPlan::Aggregate(aggregate) => aggregated(aggregate).into_iter().collect(),
        ExprPlan::Case { operand, when_then, else_result } => {
            let cases = when_then.iter_mut().flat_map(|(when, then)| [when, then]);
            operand.as_deref_mut().into_iter().chain(cases).chain(else_result.as_deref_mut()).collect()
        }
        ExprPlan::ArrayIndex { obj, indexes } => [&mut **obj].into_iter().chain(indexes).collect(),
        ExprPlan::Array { elem } => elem.iter_mut().collect(),
    }
}

/// What an aggregate is of; nothing for `COUNT(*)`.
fn aggregated(aggregate: &mut AggregateExprPlan) -> Option<&mut ExprPlan> {
    use AggregateFunctionPlan as F;
    match &mut aggregate.func {
        F::Count(CountArgExprPlan::Wildcard) => None,
        F::Count(CountArgExprPlan::Expr(expr))
        | F::Sum(expr)
        | F::Max(expr)
        | F::Min(expr)
        | F::Avg(expr)
        | F::Variance(expr)
        | F::Stdev(expr) => Some(expr),
    }
}
