//! Queries within expressions.
//!
//! One that names nothing of the rows around is run once for a statement, however many rows there are.

use std::borrow::Cow;
use std::collections::HashSet;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use gluesql_core::data::Value;
use gluesql_core::executor::EvaluateError;
use gluesql_core::plan::{ProjectionPlan, QueryPlan};

use super::Query;
use super::comparison::{Comparison, compare_values};
use super::expression::Expression;
use super::run::Run;
use super::scope::Scope;
use crate::error::{Error, Result};
use crate::numbers::{HashedNumber, is_number};

pub(super) struct Subquery {
    query: Arc<Query>,
    /// What it takes from the row around.
    pub(super) outer: Vec<Expression>,
    number: usize,
    is_map: bool,
}

/// What a query with one column came to.
pub(super) struct Answer {
    values: Vec<Value>,
    /// The values, where they can be looked up by what they are.
    hashed: Option<Hashed>,
    has_null: bool,
}

enum Hashed {
    Numbers(HashSet<HashedNumber>),
    Values(Discriminant<Value>, HashSet<Value>),
}

impl Subquery {
    pub(super) fn compile(plan: &QueryPlan, scope: &Scope<'_>) -> Result<Self> {
        let (query, outer) = Query::within(plan, scope)?;
        let is_map =
            plan.project().is_some_and(|project| matches!(project.projection, ProjectionPlan::SchemalessMap));
        Ok(Self { query: Arc::new(query), outer, number: scope.database.number_subquery(), is_map })
    }

    /// Refuses a query that cannot stand for a value.
    pub(super) fn check_scalar(&self) -> Result<()> {
        if self.is_map {
            return Err(fault(EvaluateError::SchemalessProjectionForSubQuery));
        }
        if self.query.labels.len() > 1 {
            return Err(fault(EvaluateError::MoreThanOneColumnReturned));
        }
        Ok(())
    }

    /// Refuses a query that cannot stand behind IN.
    pub(super) fn check_in(&self) -> Result<()> {
        if self.is_map {
            return Err(fault(EvaluateError::SchemalessProjectionForInSubQuery));
        }
        if self.query.labels.len() > 1 {
            return Err(fault(EvaluateError::InSubqueryMustReturnOneColumn));
        }
        Ok(())
    }

    /// Its one value; NULL where it has no row.
    pub(super) fn value(&self, row: &[Value], run: &Run) -> Result<Value> {
        let answer = self.answer(row, run, 2)?;
        if answer.values.len() > 1 {
            return Err(fault(EvaluateError::MoreThanOneRowReturned));
        }
        Ok(answer.values.first().cloned().unwrap_or(Value::Null))
    }

    /// The values of its column, without NULL, where it needs no row around.
    pub(super) fn values(&self, run: &Run) -> Result<Arc<Answer>> {
        self.answer(&[], run, usize::MAX)
    }

    /// Whether it has a row.
    pub(super) fn exists(&self, row: &[Value], run: &Run) -> Result<bool> {
        Ok(!self.answer(row, run, 1)?.values.is_empty())
    }

    /// Whether one of its values equals what `target` came to; unknown where NULL stands in the way.
    pub(super) fn contains(
        &self,
        target: &Expression,
        value: &Value,
        row: &[Value],
        run: &Run,
    ) -> Result<Option<bool>> {
        let answer = self.answer(row, run, usize::MAX)?;
        if answer.values.is_empty() && !answer.has_null {
            return Ok(Some(false));
        }
        if value.is_null() {
            return Ok(None);
        }
        let value = match target {
            Expression::Number(number) => {
                answer.values.first().and_then(|first| number.beside(first)).unwrap_or(Cow::Borrowed(value))
            }
            _ => Cow::Borrowed(value),
        };
        let found = match &answer.hashed {
            Some(Hashed::Numbers(numbers)) if is_number(&value) => {
                HashedNumber::of(&value).is_some_and(|number| numbers.contains(&number))
            }
            Some(Hashed::Values(kind, values)) if *kind == discriminant(&*value) => values.contains(&value),
            _ => {
                let mut found = false;
                for other in &answer.values {
                    let other = (&Expression::Outer(0), other);
                    if compare_values(Comparison::Equal, (target, &value), other)? == Some(true) {
                        found = true;
                        break;
                    }
                }
                found
            }
        };
        Ok(if found || !answer.has_null { Some(found) } else { None })
    }

    /// The values of its first column, of `limit` rows at most.
    fn answer(&self, row: &[Value], run: &Run, limit: usize) -> Result<Arc<Answer>> {
        if self.outer.is_empty()
            && let Some(answer) = run.state.answers.lock().get(&self.number)
        {
            return Ok(Arc::clone(answer));
        }
        let outer = self.outer.iter().map(|taken| taken.evaluate(row, run).map(Cow::into_owned));
        let rows = Query::open(&self.query, run.within(outer.collect::<Result<_>>()?))?;
        let values = rows.take(limit).map(|row| Ok(row?.into_iter().next().unwrap_or(Value::Null)));
        let answer = Arc::new(Answer::new(values.collect::<Result<_>>()?, limit == usize::MAX));
        if self.outer.is_empty() {
            run.state.answers.lock().insert(self.number, Arc::clone(&answer));
        }
        Ok(answer)
    }
}

impl Answer {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Value> {
        self.values.iter()
    }

    /// With NULL among the values only where they are not looked up.
    fn new(mut values: Vec<Value>, is_looked_up: bool) -> Self {
        if !is_looked_up {
            return Self { values, hashed: None, has_null: false };
        }
        let all = values.len();
        values.retain(|value| !value.is_null());
        let has_null = values.len() < all;
        let first = values.first().map(discriminant);
        let hashed = if values.iter().all(is_number) {
            // What is not a number equals nothing.
            Some(Hashed::Numbers(values.iter().filter_map(HashedNumber::of).collect()))
        } else {
            let kind = first.filter(|first| values.iter().all(|value| discriminant(value) == *first));
            kind.map(|kind| Hashed::Values(kind, values.iter().cloned().collect()))
        };
        Self { values, hashed, has_null }
    }
}

fn fault(error: EvaluateError) -> Error {
    Error::Sql(error.into())
}
