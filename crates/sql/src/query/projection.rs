//! What is made of each row.

use std::mem;

use gluesql_core::ast::{DataType, Literal, UnaryOperator};
use gluesql_core::data::Value;
use gluesql_core::executor::QueryError;
use gluesql_core::plan::{ExprPlan, ProjectionPlan, SelectItemPlan};

use super::compile::{bare, expression, without_marks};
use super::expression::Expression;
use super::run::Run;
use super::scope::{Columns, MAP_COLUMN, Scope};
use crate::error::{Error, Result};

/// What is selected of a row.
pub(super) struct Projection {
    pub(super) expressions: Vec<Expression>,
    /// Where these are so many different columns, their places.
    columns: Option<Vec<usize>>,
}

/// What the rows of a query are called.
pub(super) struct Output {
    pub(super) columns: Vec<(String, Option<DataType>)>,
    pub(super) is_map: bool,
}

/// Compiles what is selected.
pub(super) fn project(
    plan: &ProjectionPlan,
    columns: &[Columns],
    scope: &Scope<'_>,
) -> Result<(Projection, Output)> {
    let ProjectionPlan::SelectItems(items) = plan else {
        let doc = scope.resolve(None, MAP_COLUMN)?.unwrap_or(Expression::Value(Value::Null));
        let column = (MAP_COLUMN.to_owned(), Some(DataType::Map));
        return Ok((Projection::new(vec![doc]), Output { columns: vec![column], is_map: true }));
    };
    let mut expressions = Vec::new();
    let mut output = Vec::new();
    for item in items {
        match item {
            SelectItemPlan::Expr { expr, label } => {
                let selected = expression(expr, scope)?;
                // GlueSQL gives the quotes around a name out with it.
                let label = match expr {
                    ExprPlan::Identifier(name) if *label == format!("\"{name}\"") => name.clone(),
                    ExprPlan::CompoundIdentifier { ident, .. } if *label == format!("\"{ident}\"") => {
                        ident.clone()
                    }
                    _ => without_marks(label),
                };
                output.push((label, scope.type_of(&selected).cloned()));
                expressions.push(selected);
            }
            SelectItemPlan::Wildcard | SelectItemPlan::QualifiedWildcard(_) => {
                let of = match item {
                    SelectItemPlan::QualifiedWildcard(alias) => {
                        let found = columns.iter().position(|source| source.alias == *alias);
                        let fault = || Error::Sql(QueryError::TableAliasNotFound(alias.clone()).into());
                        std::slice::from_ref(&columns[found.ok_or_else(fault)?])
                    }
                    _ => columns,
                };
                for source in of {
                    let names = source.names.iter().zip(&source.types).enumerate();
                    for (place, (name, data_type)) in names {
                        output.push((name.clone(), data_type.clone()));
                        expressions.push(Expression::Column(source.offset + place));
                    }
                }
            }
        }
    }
    Ok((Projection::new(expressions), Output { columns: output, is_map: false }))
}

impl Projection {
    pub(super) fn new(expressions: Vec<Expression>) -> Self {
        let column = |expression: &Expression| match expression {
            Expression::Column(place) => Some(*place),
            _ => None,
        };
        let columns: Option<Vec<usize>> = expressions.iter().map(column).collect();
        let columns = columns.filter(|columns| {
            let mut sorted = columns.clone();
            sorted.sort_unstable();
            sorted.windows(2).all(|pair| pair[0] != pair[1])
        });
        Self { expressions, columns }
    }

    pub(super) fn select(&self, row: &[Value], run: &Run) -> Result<Vec<Value>> {
        self.expressions.iter().map(|expression| Ok(expression.evaluate(row, run)?.into_owned())).collect()
    }

    /// As [`Projection::select`] of a row that is needed no more.
    pub(super) fn take(&self, mut row: Vec<Value>, run: &Run) -> Result<Vec<Value>> {
        match &self.columns {
            Some(columns) if columns.len() == row.len() && columns.is_sorted() => Ok(row),
            Some(columns) => {
                Ok(columns.iter().map(|place| mem::replace(&mut row[*place], Value::Null)).collect())
            }
            None => self.select(&row, run),
        }
    }
}

/// What an item of ORDER BY sorts by: a column of what is selected, by its number or name, or an expression.
pub(super) fn sort_key(
    plan: &ExprPlan,
    projection: &Projection,
    labels: &[(String, usize)],
    scope: &Scope<'_>,
) -> Result<Expression> {
    // A column is the same before it is selected.
    let selected = |place: usize| match &projection.expressions[place] {
        Expression::Column(column) => Expression::Column(*column),
        _ => Expression::Column(labels[place].1),
    };
    let number = match plan {
        ExprPlan::UnaryOp { op: UnaryOperator::Plus, expr } => expr,
        plan => plan,
    };
    match (number, bare(plan)) {
        (ExprPlan::Literal(Literal::Number(number)), _) => {
            let fault = |fault: QueryError| Error::Sql(fault.into());
            let too_large = || fault(QueryError::OrderByColumnIndexTooLarge(number.to_string()));
            let place: usize = number.to_plain_string().parse().map_err(|_| too_large())?;
            let out = || fault(QueryError::OrderByColumnIndexOutOfRange(place));
            let index = place.checked_sub(1).filter(|index| *index < labels.len()).ok_or_else(out)?;
            Ok(selected(index))
        }
        (_, ExprPlan::Identifier(name)) => match labels.iter().position(|(label, _)| label == name) {
            Some(place) => Ok(selected(place)),
            None => expression(plan, scope),
        },
        _ => expression(plan, scope),
    }
}
