//! Queries: what GlueSQL parsed and planned, run on the tables of one state.
//!
//! GlueSQL's own executor reads whole tables, holds whole results and runs subqueries for each row. Here rows are read as they are
//! asked for, by key or index where a condition allows it.

mod access;
mod aggregate;
mod change;
mod comparison;
mod compile;
mod expression;
mod function;
mod input;
mod insert;
mod join;
mod literal;
mod order;
mod projection;
pub(crate) mod references;
mod run;
mod scope;
mod select;
mod source;
mod subquery;
mod table;

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use gluesql_core::ast::DataType;
use gluesql_core::data::Value;
use gluesql_core::plan::{
    DistinctInputPlan, DistinctPlan, ExprPlan, LimitInputPlan, LimitPlan, OffsetInputPlan, OffsetPlan,
    OrderByExprPlan, ProjectPlan, QueryPlan, SelectOrderByPlan, ValuesOrderByPlan, ValuesPlan,
};

pub(crate) use self::change::{Delete, Update};
pub(crate) use self::compile::parameter_mark;
use self::expression::Expression;
pub(crate) use self::insert::Insert;
pub(crate) use self::literal::Literals;
use self::run::Run;
pub(crate) use self::run::Setting;
pub(crate) use self::scope::Database;
use self::scope::Scope;
use self::select::Select;
use crate::error::{Error, Result};

/// Rows, read as they are asked for.
pub(crate) type RowIter = Box<dyn Iterator<Item = Result<Vec<Value>>> + Send>;

/// A query, compiled for one state of the tables.
pub(crate) struct Query {
    pub(crate) labels: Vec<String>,
    /// The types of what is selected, as far as they are known before.
    pub(crate) types: Vec<Option<DataType>>,
    /// Whether each row is one map, of a table without columns.
    pub(crate) is_map: bool,
    select: Select,
    is_distinct: bool,
    offset: Option<Expression>,
    limit: Option<Expression>,
}

/// The parts of a query's plan.
struct Parts<'a> {
    body: Body<'a>,
    order_by: &'a [OrderByExprPlan],
    is_distinct: bool,
    offset: Option<&'a ExprPlan>,
    limit: Option<&'a ExprPlan>,
}

enum Body<'a> {
    Project(&'a ProjectPlan),
    Values(&'a ValuesPlan),
}

impl Query {
    /// Compiles a query that stands alone.
    pub(crate) fn compile(plan: &QueryPlan, database: &Database<'_>) -> Result<Self> {
        let taken = RefCell::default();
        Self::build(plan, &Scope::new(database, &[], None, &taken))
    }

    /// Compiles a query within another one, and says what it takes from there.
    fn within(plan: &QueryPlan, around: &Scope<'_>) -> Result<(Self, Vec<Expression>)> {
        let taken = RefCell::default();
        let query = Self::build(plan, &Scope::new(around.database, &[], Some(around), &taken))?;
        Ok((query, taken.into_inner()))
    }

    fn build(plan: &QueryPlan, scope: &Scope<'_>) -> Result<Self> {
        let Parts { body, order_by, is_distinct, offset, limit } = Parts::of(plan);
        let (select, output) = match body {
            Body::Project(project) => Select::compile(project, order_by, scope)?,
            Body::Values(values) => Select::of_values(values, order_by, scope)?,
        };
        let (labels, types) = output.columns.into_iter().unzip();
        let number = |plan: Option<&ExprPlan>| plan.map(|plan| compile::expression(plan, scope)).transpose();
        let (offset, limit) = (number(offset)?, number(limit)?);
        Ok(Self { labels, types, is_map: output.is_map, select, is_distinct, offset, limit })
    }

    /// Runs the query.
    pub(crate) fn rows(this: &Arc<Self>, setting: Setting) -> Result<RowIter> {
        Self::open(this, Run::new(setting))
    }

    fn open(this: &Arc<Self>, run: Arc<Run>) -> Result<RowIter> {
        let number = |number: &Option<Expression>| match number {
            Some(number) => {
                let number = usize::try_from(number.evaluate(&[], &run)?.into_owned());
                Ok(Some(number.map_err(gluesql_core::error::Error::from)?))
            }
            None => Ok::<_, Error>(None),
        };
        let (offset, limit) = (number(&this.offset)?.unwrap_or(0), number(&this.limit)?);
        if limit == Some(0) {
            return Ok(Box::new(std::iter::empty()));
        }
        // All rows are sorted where some of them may be the same.
        let wanted = limit.filter(|_| !this.is_distinct).map(|limit| limit.saturating_add(offset));
        let rows = this.select.open(run, wanted)?;
        let rows: RowIter = if this.is_distinct {
            let mut seen = HashSet::new();
            Box::new(rows.filter(move |row| match row {
                Ok(row) => !seen.contains(row) && seen.insert(row.clone()),
                Err(_) => true,
            }))
        } else {
            rows
        };
        Ok(match (offset, limit) {
            (0, None) => rows,
            (offset, limit) => Box::new(rows.skip(offset).take(limit.unwrap_or(usize::MAX))),
        })
    }
}

impl<'a> Parts<'a> {
    fn of(plan: &'a QueryPlan) -> Self {
        match plan {
            QueryPlan::Project(project) => project.into(),
            QueryPlan::Values(values) => values.into(),
            QueryPlan::SelectOrderBy(order_by) => order_by.into(),
            QueryPlan::ValuesOrderBy(order_by) => order_by.into(),
            QueryPlan::Distinct(distinct) => distinct.into(),
            QueryPlan::Offset(offset) => Self::of_offset(offset),
            QueryPlan::Limit(LimitPlan { input, count }) => {
                let parts = match input {
                    LimitInputPlan::Project(project) => project.into(),
                    LimitInputPlan::Values(values) => values.into(),
                    LimitInputPlan::SelectOrderBy(order_by) => order_by.into(),
                    LimitInputPlan::ValuesOrderBy(order_by) => order_by.into(),
                    LimitInputPlan::Distinct(distinct) => distinct.into(),
                    LimitInputPlan::Offset(offset) => Self::of_offset(offset),
                };
                Self { limit: Some(count), ..parts }
            }
        }
    }

    fn of_offset(OffsetPlan { input, count }: &'a OffsetPlan) -> Self {
        let parts = match input {
            OffsetInputPlan::Project(project) => project.into(),
            OffsetInputPlan::Values(values) => values.into(),
            OffsetInputPlan::SelectOrderBy(order_by) => order_by.into(),
            OffsetInputPlan::ValuesOrderBy(order_by) => order_by.into(),
            OffsetInputPlan::Distinct(distinct) => distinct.into(),
        };
        Self { offset: Some(count), ..parts }
    }

    const fn of_body(body: Body<'a>, order_by: &'a [OrderByExprPlan]) -> Self {
        Self { body, order_by, is_distinct: false, offset: None, limit: None }
    }
}

impl<'a> From<&'a ProjectPlan> for Parts<'a> {
    fn from(project: &'a ProjectPlan) -> Self {
        Self::of_body(Body::Project(project), &[])
    }
}

impl<'a> From<&'a ValuesPlan> for Parts<'a> {
    fn from(values: &'a ValuesPlan) -> Self {
        Self::of_body(Body::Values(values), &[])
    }
}

impl<'a> From<&'a SelectOrderByPlan> for Parts<'a> {
    fn from(SelectOrderByPlan { input, exprs }: &'a SelectOrderByPlan) -> Self {
        Self::of_body(Body::Project(input), exprs)
    }
}

impl<'a> From<&'a ValuesOrderByPlan> for Parts<'a> {
    fn from(ValuesOrderByPlan { input, exprs }: &'a ValuesOrderByPlan) -> Self {
        Self::of_body(Body::Values(input), exprs)
    }
}

impl<'a> From<&'a DistinctPlan> for Parts<'a> {
    fn from(DistinctPlan { input }: &'a DistinctPlan) -> Self {
        let parts: Self = match input {
            DistinctInputPlan::Project(project) => project.into(),
            DistinctInputPlan::SelectOrderBy(order_by) => order_by.into(),
        };
        Self { is_distinct: true, ..parts }
    }
}
