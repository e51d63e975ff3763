//! What names mean.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use gluesql_core::ast::DataType;
use gluesql_core::data::Value;
use gluesql_core::executor::EvaluateError;
use gluesql_core::plan::{AggregateExprPlan, DictionarySourcePlan};
use gluesql_core::planner::PlannerError;

use super::expression::Expression;
use crate::error::{Error, Result};
use crate::table::{Table, Tables};
use crate::versions::Found;

/// What GlueSQL calls the column of a table without columns, which holds each row as a map.
pub(super) const MAP_COLUMN: &str = "_doc";

/// The state that a statement is compiled for.
pub(crate) struct Database<'a> {
    pub(super) tables: Arc<Tables>,
    /// Reads one of GlueSQL's own tables.
    pub(super) dictionary: &'a ReadDictionary<'a>,
    /// Finds what is no table of this state.
    pub(super) elsewhere: &'a FindElsewhere<'a>,
    subqueries: Cell<usize>,
}

/// Gives the names of columns, and rows.
pub(crate) type ReadDictionary<'a> =
    dyn Fn(&DictionarySourcePlan) -> Result<(Vec<String>, Vec<Vec<Value>>)> + 'a;

/// Finds what a name stands for that is no table of the state that is read.
pub(crate) type FindElsewhere<'a> = dyn Fn(&str) -> Result<Option<Found>> + 'a;

impl<'a> Database<'a> {
    pub(crate) const fn new(
        tables: Arc<Tables>,
        dictionary: &'a ReadDictionary<'a>,
        elsewhere: &'a FindElsewhere<'a>,
    ) -> Self {
        Self { tables, dictionary, elsewhere, subqueries: Cell::new(0) }
    }

    pub(crate) fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(name)
    }

    /// A number that no other subquery of the statement has.
    pub(super) fn number_subquery(&self) -> usize {
        self.subqueries.replace(self.subqueries.get() + 1)
    }
}

/// The columns of one source, and where they are in the row.
pub(super) struct Columns {
    pub(super) alias: String,
    pub(super) names: Vec<String>,
    pub(super) types: Vec<Option<DataType>>,
    pub(super) offset: usize,
}

/// What names mean at one place of a statement.
pub(super) struct Scope<'a> {
    pub(super) database: &'a Database<'a>,
    pub(super) sources: &'a [Columns],
    /// Where the first aggregate is in the row; `None` where there are none.
    pub(super) aggregates: Option<usize>,
    /// What is selected, and where it is in the row.
    pub(super) labels: &'a [(String, usize)],
    /// What names mean around the query.
    pub(super) around: Option<&'a Self>,
    /// What the query takes from there.
    pub(super) taken: &'a RefCell<Vec<Expression>>,
    /// Functions that somebody made, around this place.
    pub(super) calls: usize,
    pub(super) arguments: Vec<String>,
}

impl<'a> Scope<'a> {
    pub(super) const fn new(
        database: &'a Database<'a>,
        sources: &'a [Columns],
        around: Option<&'a Self>,
        taken: &'a RefCell<Vec<Expression>>,
    ) -> Self {
        Self {
            database,
            sources,
            aggregates: None,
            labels: &[],
            around,
            taken,
            calls: 0,
            arguments: Vec::new(),
        }
    }

    /// The same once more, to be changed.
    pub(super) fn same(&self) -> Self {
        Self { arguments: self.arguments.clone(), ..*self }
    }

    /// Within a function that somebody made names are those of its arguments.
    pub(super) fn of_arguments(names: impl Iterator<Item = String>, around: &Self) -> Self {
        Self {
            sources: &[],
            aggregates: None,
            labels: &[],
            around: None,
            calls: around.calls + 1,
            arguments: names.collect(),
            ..*around
        }
    }

    /// The value that a name stands for; `None` for one that stands for nothing.
    pub(super) fn resolve(&self, alias: Option<&str>, name: &str) -> Result<Option<Expression>> {
        let found = self.sources.iter().rev();
        let found = found.filter(|source| alias.is_none_or(|alias| source.alias == alias));
        let mut places = found
            .filter_map(|source| Some(source.offset + source.names.iter().position(|known| known == name)?));
        if let Some(place) = places.next() {
            if alias.is_none() && name != MAP_COLUMN && places.next().is_some() {
                let fault = PlannerError::ColumnReferenceAmbiguous(name.to_owned());
                return Err(Error::Sql(fault.into()));
            }
            return Ok(Some(Expression::Column(place)));
        }
        if alias.is_none() {
            let argument = self.arguments.iter().position(|known| known == name);
            let label = self.labels.iter().find(|(label, _)| label == name).map(|(_, place)| *place);
            if let Some(place) = argument.or(label) {
                return Ok(Some(Expression::Column(place)));
            }
        }
        let Some(around) = self.around else { return Ok(None) };
        let outer = around.resolve(alias, name)?;
        Ok(outer.map(|outer| self.take(outer)))
    }

    /// An aggregate of the query.
    pub(super) fn aggregate(&self, aggregate: &AggregateExprPlan) -> Result<Expression> {
        match (self.aggregates, aggregate.slot) {
            (Some(first), Some(slot)) => Ok(Expression::Column(first + slot)),
            _ => Err(Error::Sql(EvaluateError::UnplannedAggregate(Box::new(aggregate.clone())).into())),
        }
    }

    /// The types of the columns of the row; those of what is behind them are not known.
    pub(super) fn type_of(&self, expression: &Expression) -> Option<&DataType> {
        let Expression::Column(place) = expression else { return None };
        let source = self.sources.iter().rfind(|source| source.offset <= *place)?;
        source.types.get(place - source.offset)?.as_ref()
    }

    fn take(&self, outer: Expression) -> Expression {
        let place = |expression: &Expression| match expression {
            Expression::Column(place) => (0, *place),
            Expression::Outer(place) => (1, *place),
            _ => (2, 0),
        };
        let mut taken = self.taken.borrow_mut();
        let known = taken.iter().position(|known| place(known) == place(&outer));
        Expression::Outer(known.unwrap_or_else(|| {
            taken.push(outer);
            taken.len() - 1
        }))
    }
}
