//! One SELECT: its sources, what it leaves of them, and what it makes of that.

use std::sync::Arc;

use gluesql_core::ast::DataType;
use gluesql_core::data::Value;
use gluesql_core::executor::QueryError;
use gluesql_core::plan::{
    ExprPlan, OrderByExprPlan, ProjectPlan, ProjectionPlan, SelectItemPlan, SourcePlan, ValuesPlan,
};
use prolly_tree::Direction;

use super::RowIter;
use super::access::Target;
use super::aggregate::{Aggregate, Aggregation, Function};
use super::compile::expression;
use super::expression::Expression;
use super::input::{Input, unplanned};
use super::join::{Join, holds};
use super::order::{OrderBy, sort};
use super::projection::{Output, Projection, project, sort_key};
use super::run::Run;
use super::scope::{Columns, Scope};
use super::source::{Kind, Source};
use super::table::{Order, TableSource};
use crate::error::{Error, Result};

pub(super) struct Select {
    base: Source,
    /// What must hold of the rows of the first source.
    filters: Vec<Expression>,
    joins: Arc<Vec<Join>>,
    /// How many values all sources have together.
    width: usize,
    aggregation: Option<Aggregation>,
    projection: Arc<Projection>,
    order_by: OrderBy,
    /// The order asked for, where the first source may have it.
    order: Option<Order>,
}

impl Select {
    pub(super) fn compile(
        ProjectPlan { input, projection }: &ProjectPlan,
        order_by: &[OrderByExprPlan],
        around: &Scope<'_>,
    ) -> Result<(Self, Output)> {
        let input = Input::of(input)?;
        let plans: Vec<&SourcePlan> =
            [input.base].into_iter().chain(input.joins.iter().map(|join| join.source)).collect();
        let mut columns: Vec<Columns> = Vec::with_capacity(plans.len());
        let mut sources = Vec::with_capacity(plans.len());
        let mut width = 0;
        for plan in plans {
            let (source, names) = Source::compile(plan, width, around)?;
            width += source.width;
            columns.push(names);
            sources.push(source);
        }
        let scope = Scope { sources: &columns, ..around.same() };
        let mut stages: Vec<Vec<Expression>> = sources.iter().map(|_| Vec::new()).collect();
        for (place, join) in input.joins.iter().enumerate() {
            // What comes later is not known yet.
            let scope = Scope { sources: &columns[..place + 2], ..around.same() };
            stages[place + 1] = join.on.map_or(Ok(Vec::new()), |on| conditions(on, &scope))?;
        }
        let mut later: Vec<Vec<Expression>> = sources.iter().map(|_| Vec::new()).collect();
        for condition in input.filter.map_or(Ok(Vec::new()), |filter| conditions(filter, &scope))? {
            let reach = condition.reach();
            let stage = columns.iter().rposition(|source| source.offset < reach).unwrap_or(0);
            match stage.checked_sub(1).map(|join| input.joins[join].is_outer) {
                Some(true) => later[stage].push(condition),
                Some(false) | None => stages[stage].push(condition),
            }
        }
        let mut sources = sources.into_iter();
        let mut stages = stages.into_iter();
        let (Some(mut base), Some(filters)) = (sources.next(), stages.next()) else {
            return Err(unplanned("a query of nothing"));
        };
        filters.iter().for_each(|filter| base.restrict(filter));
        let type_of = |expression: &Expression| scope.type_of(expression).cloned();
        let joins = sources.zip(stages).zip(&input.joins).zip(later.into_iter().skip(1));
        let joins = joins.map(|(((source, conditions), join), filters)| {
            Join::new(join.is_outer, source, conditions, filters, type_of)
        });
        let joins = joins.collect::<Vec<_>>();

        let is_wildcard = |item: &SelectItemPlan| {
            matches!(item, SelectItemPlan::Wildcard | SelectItemPlan::QualifiedWildcard(_))
        };
        let needs_row =
            matches!(projection, ProjectionPlan::SelectItems(items) if items.iter().any(is_wildcard));
        let aggregation = input.aggregation.map(|plan| {
            let group_by =
                plan.group_by.iter().map(|expr| expression(expr, &scope)).collect::<Result<_>>()?;
            let aggregates = plan
                .aggregate_slots
                .iter()
                .map(|slot| Aggregate::compile(slot, &scope))
                .collect::<Result<_>>()?;
            Ok::<_, Error>(Aggregation { group_by, aggregates, having: Vec::new(), needs_row })
        });
        let mut aggregation = aggregation.transpose()?;
        let aggregates = aggregation.as_ref().map_or(0, |aggregation| aggregation.aggregates.len());
        let scope = Scope { aggregates: aggregation.as_ref().map(|_| width), ..scope };
        if let (Some(having), Some(aggregation)) = (input.having, &mut aggregation) {
            aggregation.having = conditions(having, &scope)?;
        }
        let (projection, output) = project(projection, &columns, &scope)?;
        let labels: Vec<(String, usize)> = output
            .columns
            .iter()
            .enumerate()
            .map(|(place, (label, _))| (label.clone(), width + aggregates + place))
            .collect();
        let order_by = order_by
            .iter()
            .map(|OrderByExprPlan { expr, asc }| {
                let scope = Scope { labels: &labels, ..scope.same() };
                Ok((sort_key(expr, &projection, &labels, &scope)?, *asc == Some(false)))
            })
            .collect::<Result<OrderBy>>()?;
        let mut select = Self {
            base,
            filters,
            joins: Arc::new(joins),
            width,
            aggregation,
            projection: Arc::new(projection),
            order_by,
            order: None,
        };
        select.order = select.order_of_base();
        select.want_columns();
        Ok((select, output))
    }

    /// `VALUES (…), (…)`
    pub(super) fn of_values(
        ValuesPlan(rows): &ValuesPlan,
        order_by: &[OrderByExprPlan],
        around: &Scope<'_>,
    ) -> Result<(Self, Output)> {
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            return Err(Error::Sql(QueryError::ValuesLengthMismatch.into()));
        }
        let row = |row: &Vec<ExprPlan>| row.iter().map(|expr| expression(expr, around)).collect();
        let rows = rows.iter().map(row).collect::<Result<_>>()?;
        let names: Vec<String> = (1..=width).map(|place| format!("column{place}")).collect();
        let columns =
            [Columns { alias: String::new(), names: names.clone(), types: vec![None; width], offset: 0 }];
        let scope = Scope { sources: &columns, ..around.same() };
        let key = |OrderByExprPlan { expr, asc }: &OrderByExprPlan| {
            Ok((expression(expr, &scope)?, *asc == Some(false)))
        };
        let order_by = order_by.iter().map(key).collect::<Result<_>>()?;
        let select = Self {
            base: Source { offset: 0, width, kind: Kind::Values(rows) },
            filters: Vec::new(),
            joins: Arc::default(),
            width,
            aggregation: None,
            projection: Arc::new(Projection::new((0..width).map(Expression::Column).collect())),
            order_by,
            order: None,
        };
        let output = Output { columns: names.into_iter().map(|name| (name, None)).collect(), is_map: false };
        Ok((select, output))
    }

    /// Rows of one table, whole, that a condition leaves: what UPDATE and DELETE change.
    pub(super) fn of_table(
        table: TableSource,
        alias: &str,
        filter: Option<&ExprPlan>,
        around: &Scope<'_>,
    ) -> Result<(TableSource, Vec<Expression>, Columns)> {
        let (mut source, columns) = Source::of_table(table, alias, &[], 0, around)?;
        let sources = [columns];
        let scope = Scope { sources: &sources, ..around.same() };
        let filters = filter.map_or(Ok(Vec::new()), |filter| conditions(filter, &scope))?;
        filters.iter().for_each(|filter| source.restrict(filter));
        let [columns] = sources;
        match source.kind {
            Kind::Table(table) => Ok((*table, filters, columns)),
            _ => Err(unplanned("a change of what is no table")),
        }
    }

    /// The order asked for, where one order of the first source is all of it: joined rows come in the order of those on the left.
    fn order_of_base(&self) -> Option<Order> {
        let (Kind::Table(table), None, [(key, is_descending), rest @ ..]) =
            (&self.base.kind, &self.aggregation, &self.order_by[..])
        else {
            return None;
        };
        let (target, _) = table.targets.iter().find(|(_, known)| known.is_same(key))?;
        // No two rows have one key, so that nothing is left to be sorted behind it.
        let is_key = matches!(target, Target::Column(column) if table.table.key == Some(*column));
        let is_all = rest.is_empty() || is_key && self.joins.is_empty();
        is_all.then_some(Order { target: *target, is_descending: *is_descending, limit: None })
    }

    /// Tells the sources which of their columns are needed.
    fn want_columns(&mut self) {
        let mut wanted = vec![false; self.width];
        let mut want = |expression: &Expression| {
            expression.columns(&mut |place| {
                if let Some(wanted) = wanted.get_mut(place) {
                    *wanted = true;
                }
            });
        };
        self.filters.iter().for_each(&mut want);
        self.joins.iter().flat_map(|join| join.conditions.iter().chain(&join.filters)).for_each(&mut want);
        self.projection.expressions.iter().for_each(&mut want);
        self.order_by.iter().for_each(|(key, _)| want(key));
        if let Some(Aggregation { group_by, aggregates, having, .. }) = &self.aggregation {
            group_by.iter().chain(having).for_each(&mut want);
            aggregates.iter().filter_map(|aggregate| aggregate.of.as_ref()).for_each(&mut want);
            if aggregates.iter().any(|aggregate| aggregate.of.is_none() && aggregate.is_distinct) {
                wanted.fill(true);
            }
        }
        let joins = Arc::get_mut(&mut self.joins).into_iter().flatten().map(|join| &mut join.source);
        for source in [&mut self.base].into_iter().chain(joins) {
            if let Kind::Table(table) = &mut source.kind {
                table.wanted = wanted[source.offset..source.offset + source.width].into();
            }
        }
    }

    /// Runs it; of what is sorted only the first `limit` rows are wanted.
    pub(super) fn open(&self, run: Arc<Run>, limit: Option<usize>) -> Result<RowIter> {
        if let Some(row) = self.row_of_ends(&run)? {
            return self.finish(Box::new(std::iter::once(Ok(row))), false, run, limit);
        }
        let (rows, is_ordered) = match (&self.base.kind, self.order) {
            (Kind::Table(table), Some(order)) => {
                let order = Order { limit: limit.map(|limit| limit as u64), ..order };
                let access = table.access(&run, Some(order))?;
                (table.open(&access, &run), access.is_ordered)
            }
            _ => (self.base.open(&run)?, false),
        };
        let mut rows = filtered(rows, self.filters.clone(), &run);
        for place in 0..self.joins.len() {
            rows = Join::open(&self.joins, place, rows, &run)?;
        }
        if let Some(aggregation) = &self.aggregation {
            rows = Box::new(aggregation.run(rows, self.width, &run)?.into_iter().map(Ok));
        }
        self.finish(rows, is_ordered, run, limit)
    }

    fn finish(
        &self,
        rows: RowIter,
        is_ordered: bool,
        run: Arc<Run>,
        limit: Option<usize>,
    ) -> Result<RowIter> {
        let projection = Arc::clone(&self.projection);
        if self.order_by.is_empty() || is_ordered {
            return Ok(Box::new(rows.map(move |row| projection.take(row?, &run))));
        }
        let select = |row: &[Value]| projection.select(row, &run);
        Ok(Box::new(sort(rows, select, &self.order_by, limit, &run)?.into_iter().map(Ok)))
    }

    /// The row of aggregates alone, where they are known without reading all rows: how many there are, and the ends of indexes.
    fn row_of_ends(&self, run: &Run) -> Result<Option<Vec<Value>>> {
        let (Some(aggregation), Kind::Table(table)) = (&self.aggregation, &self.base.kind) else {
            return Ok(None);
        };
        let Aggregation { group_by, aggregates, having, needs_row: _ } = aggregation;
        let mut expressions =
            having.iter().chain(&self.projection.expressions).chain(self.order_by.iter().map(|(key, _)| key));
        let is_of_aggregates = expressions.all(|expression| {
            let mut all = true;
            expression.columns(&mut |place| all &= place >= self.width);
            all
        });
        let is_of_all_rows = self.joins.is_empty() && self.filters.is_empty();
        if !(group_by.is_empty() && having.is_empty() && is_of_all_rows && is_of_aggregates) {
            return Ok(None);
        }
        let mut row = vec![Value::Null; self.width];
        for aggregate in aggregates {
            let column = match &aggregate.of {
                Some(Expression::Column(column)) => Some(*column),
                None => None,
                Some(_) => return Ok(None),
            };
            let definition = column.map(|column| &table.table.columns()[column].definition);
            let is_counted = definition.is_none_or(|definition| !definition.nullable);
            row.push(match (aggregate.function, column) {
                (Function::Count, _) if is_counted && !aggregate.is_distinct => {
                    Value::I64(i64::try_from(table.count(run)?).unwrap_or(i64::MAX))
                }
                (Function::Min | Function::Max, Some(column))
                    if table.path(Target::Column(column)).is_some()
                        // NaN is at an end of an index, and neither the least nor the greatest number.
                        && definition.is_some_and(|definition| {
                            !matches!(definition.data_type, DataType::Float | DataType::Float32)
                        }) =>
                {
                    let is_least = aggregate.function == Function::Min;
                    let direction = if is_least { Direction::Forward } else { Direction::Backward };
                    table.end(Target::Column(column), direction, run)?.unwrap_or(Value::Null)
                }
                _ => return Ok(None),
            });
        }
        Ok(Some(row))
    }
}

/// The rows of which conditions hold.
pub(super) fn filtered(rows: RowIter, conditions: Vec<Expression>, run: &Arc<Run>) -> RowIter {
    if conditions.is_empty() {
        return rows;
    }
    let run = Arc::clone(run);
    Box::new(rows.filter_map(move |row| {
        let held = row.and_then(|row| Ok(holds(&conditions, &row, &run)?.then_some(row)));
        held.transpose()
    }))
}

/// The conditions that a condition says hold together.
fn conditions(plan: &ExprPlan, scope: &Scope<'_>) -> Result<Vec<Expression>> {
    let mut all = Vec::new();
    let mut left = vec![expression(plan, scope)?];
    while let Some(next) = left.pop() {
        match next {
            Expression::And(parts) => left.extend(parts.into_iter().rev()),
            condition => all.push(condition),
        }
    }
    Ok(all)
}
