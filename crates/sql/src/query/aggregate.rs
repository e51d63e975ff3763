//! Groups of rows, and what aggregates come to over each.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use gluesql_core::ast::DataType;
use gluesql_core::data::Value;
use gluesql_core::plan::{AggregateExprPlan, AggregateFunctionPlan, CountArgExprPlan};

use super::RowIter;
use super::compile;
use super::expression::Expression;
use super::join::holds;
use super::run::Run;
use super::scope::Scope;
use crate::arithmetic;
use crate::error::Result;
use crate::numbers::compare;

pub(super) struct Aggregation {
    pub(super) group_by: Vec<Expression>,
    pub(super) aggregates: Vec<Aggregate>,
    /// Over the first row of a group with the aggregates behind it.
    pub(super) having: Vec<Expression>,
    /// Whether all columns of that row are selected: a group without rows has none to give.
    pub(super) needs_row: bool,
}

pub(super) struct Aggregate {
    pub(super) function: Function,
    /// What it is of; `None` for `COUNT(*)`.
    pub(super) of: Option<Expression>,
    pub(super) is_distinct: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    Sum,
    Min,
    Max,
    Average,
    Variance,
    Deviation,
}

/// The rows of one group so far.
struct Group {
    first: Option<Vec<Value>>,
    states: Vec<State>,
}

/// One aggregate over the rows so far. NULL is not among the values, but for `COUNT(*)`.
struct State {
    count: i64,
    /// The sum, the least or the greatest value; `None` before the first.
    value: Option<Value>,
    squares: Option<Value>,
    seen: Option<HashSet<Value>>,
}

impl Aggregate {
    pub(super) fn compile(plan: &AggregateExprPlan, scope: &Scope<'_>) -> Result<Self> {
        use AggregateFunctionPlan as F;
        let (function, of) = match &plan.func {
            F::Count(CountArgExprPlan::Wildcard) => (Function::Count, None),
            F::Count(CountArgExprPlan::Expr(of)) => (Function::Count, Some(of)),
            F::Sum(of) => (Function::Sum, Some(of)),
            F::Min(of) => (Function::Min, Some(of)),
            F::Max(of) => (Function::Max, Some(of)),
            F::Avg(of) => (Function::Average, Some(of)),
            F::Variance(of) => (Function::Variance, Some(of)),
            F::Stdev(of) => (Function::Deviation, Some(of)),
        };
        let of = of.map(|of| compile::expression(of, scope)).transpose()?;
        Ok(Self { function, of, is_distinct: plan.distinct })
    }
}

impl Aggregation {
    /// One row for each group: its first row, `width` values wide, with the aggregates behind it.
    pub(super) fn run(&self, rows: RowIter, width: usize, run: &Run) -> Result<Vec<Vec<Value>>> {
        let mut groups: Vec<Group> = Vec::new();
        let mut places: HashMap<Vec<Value>, usize> = HashMap::new();
        let new = |first| Group { first, states: self.aggregates.iter().map(State::new).collect() };
        if self.group_by.is_empty() {
            groups.push(new(None));
            places.insert(Vec::new(), 0);
        }
        let mut key = Vec::with_capacity(self.group_by.len());
        for row in rows {
            let row = row?;
            key.clear();
            for expression in &self.group_by {
                key.push(expression.evaluate(&row, run)?.into_owned());
            }
            let place = match places.get(&key) {
                Some(place) => *place,
                None => {
                    groups.push(new(None));
                    places.insert(key.clone(), groups.len() - 1);
                    groups.len() - 1
                }
            };
            let group = &mut groups[place];
            for (aggregate, state) in self.aggregates.iter().zip(&mut group.states) {
                match &aggregate.of {
                    Some(of) => {
                        let value = of.evaluate(&row, run)?;
                        if !value.is_null() {
                            state.add(aggregate.function, &value)?;
                        }
                    }
                    None if aggregate.is_distinct => state.add(Function::Count, &Value::List(row.clone()))?,
                    None => state.count += 1,
                }
            }
            if group.first.is_none() {
                group.first = Some(row);
            }
        }
        let mut found = Vec::with_capacity(groups.len());
        for Group { first, states } in groups {
            if first.is_none() && self.needs_row {
                continue;
            }
            let mut row = first.unwrap_or_else(|| vec![Value::Null; width]);
            for (aggregate, state) in self.aggregates.iter().zip(states) {
                row.push(state.end(aggregate.function)?);
            }
            if holds(&self.having, &row, run)? {
                found.push(row);
            }
        }
        Ok(found)
    }
}

impl State {
    fn new(aggregate: &Aggregate) -> Self {
        Self { count: 0, value: None, squares: None, seen: aggregate.is_distinct.then(HashSet::new) }
    }

    fn add(&mut self, function: Function, value: &Value) -> Result<()> {
        if let Some(seen) = &mut self.seen {
            if seen.contains(value) {
                return Ok(());
            }
            seen.insert(value.clone());
        }
        self.count += 1;
        let replaces = |known: &Option<Value>, wanted: Ordering| match known {
            None => true,
            Some(known) => compare(value, known) == Some(wanted),
        };
        match function {
            Function::Count => {}
            Function::Min if replaces(&self.value, Ordering::Less) => self.value = Some(value.clone()),
            Function::Max if replaces(&self.value, Ordering::Greater) => self.value = Some(value.clone()),
            Function::Min | Function::Max => {}
            Function::Sum | Function::Average => add(&mut self.value, value)?,
            Function::Variance | Function::Deviation => {
                add(&mut self.squares, &value.multiply(value)?)?;
                add(&mut self.value, value)?;
            }
        }
        Ok(())
    }

    fn end(self, function: Function) -> Result<Value> {
        let count = Value::I64(self.count);
        let value = match (function, self.value, self.squares) {
            (Function::Count, ..) => count,
            (_, None, _) => Value::Null,
            (Function::Sum | Function::Min | Function::Max, Some(value), _) => value,
            (Function::Variance | Function::Deviation, Some(sum), Some(squares)) => {
                let squares = squares.multiply(&count)?.cast(&DataType::Float)?;
                let variance = squares.subtract(&sum.multiply(&sum)?)?.divide(&count.multiply(&count)?)?;
                if function == Function::Variance { variance } else { variance.sqrt()? }
            }
            (_, Some(sum), _) => sum.cast(&DataType::Float)?.divide(&count)?,
        };
        Ok(value)
    }
}

fn add(sum: &mut Option<Value>, value: &Value) -> Result<()> {
    *sum = Some(match sum.take() {
        Some(sum) => arithmetic::add(&sum, value)?,
        None => value.clone(),
    });
    Ok(())
}
