//! What a SELECT is made of, read off its plan.

use gluesql_core::plan::{
    AggregationInputPlan, AggregationPlan, ExprPlan, FilterInputPlan, InnerJoinInputPlan, InnerJoinPlan,
    JoinConditionInputPlan, JoinConditionPlan, LeftOuterJoinInputPlan, LeftOuterJoinPlan,
    NestedLoopJoinInputPlan, NestedLoopJoinPlan, ProjectInputPlan, SourcePlan,
};

use crate::error::{Error, Result};

/// A source that is joined to those before it.
pub(super) struct JoinPlan<'a> {
    pub(super) is_outer: bool,
    pub(super) source: &'a SourcePlan,
    pub(super) on: Option<&'a ExprPlan>,
}

/// What the plan of a SELECT joins, filters and groups.
pub(super) struct Input<'a> {
    pub(super) base: &'a SourcePlan,
    pub(super) joins: Vec<JoinPlan<'a>>,
    pub(super) filter: Option<&'a ExprPlan>,
    pub(super) aggregation: Option<&'a AggregationPlan>,
    pub(super) having: Option<&'a ExprPlan>,
}

impl<'a> Input<'a> {
    pub(super) fn of(plan: &'a ProjectInputPlan) -> Result<Self> {
        match plan {
            ProjectInputPlan::Source(source) => Ok(Self::of_source(source)),
            ProjectInputPlan::InnerJoin(join) => Self::of_inner(join),
            ProjectInputPlan::LeftOuterJoin(join) => Self::of_left_outer(join),
            ProjectInputPlan::Filter(filter) => Self::of_filter(&filter.input, &filter.expr),
            ProjectInputPlan::Aggregation(aggregation) => Self::of_aggregation(aggregation),
            ProjectInputPlan::Having(having) => {
                Ok(Self { having: Some(&having.expr), ..Self::of_aggregation(&having.input)? })
            }
        }
    }

    const fn of_source(base: &'a SourcePlan) -> Self {
        Self { base, joins: Vec::new(), filter: None, aggregation: None, having: None }
    }

    fn of_aggregation(aggregation: &'a AggregationPlan) -> Result<Self> {
        let input = match &aggregation.input {
            AggregationInputPlan::Source(source) => Self::of_source(source),
            AggregationInputPlan::InnerJoin(join) => Self::of_inner(join)?,
            AggregationInputPlan::LeftOuterJoin(join) => Self::of_left_outer(join)?,
            AggregationInputPlan::Filter(filter) => Self::of_filter(&filter.input, &filter.expr)?,
        };
        Ok(Self { aggregation: Some(aggregation), ..input })
    }

    fn of_filter(input: &'a FilterInputPlan, expr: &'a ExprPlan) -> Result<Self> {
        let input = match input {
            FilterInputPlan::Source(source) => Self::of_source(source),
            FilterInputPlan::InnerJoin(join) => Self::of_inner(join)?,
            FilterInputPlan::LeftOuterJoin(join) => Self::of_left_outer(join)?,
        };
        Ok(Self { filter: Some(expr), ..input })
    }

    fn of_inner(InnerJoinPlan { input }: &'a InnerJoinPlan) -> Result<Self> {
        match input {
            InnerJoinInputPlan::NestedLoop(join) => Self::of_loop(join, false, None),
            InnerJoinInputPlan::Condition(condition) => Self::of_condition(condition, false),
            InnerJoinInputPlan::Hash(_) => Err(unplanned("a hash join")),
        }
    }

    fn of_left_outer(LeftOuterJoinPlan { input }: &'a LeftOuterJoinPlan) -> Result<Self> {
        match input {
            LeftOuterJoinInputPlan::NestedLoop(join) => Self::of_loop(join, true, None),
            LeftOuterJoinInputPlan::Condition(condition) => Self::of_condition(condition, true),
            LeftOuterJoinInputPlan::Hash(_) => Err(unplanned("a hash join")),
        }
    }

    fn of_condition(
        JoinConditionPlan { input, expr }: &'a JoinConditionPlan,
        is_outer: bool,
    ) -> Result<Self> {
        match input {
            JoinConditionInputPlan::NestedLoop(join) => Self::of_loop(join, is_outer, Some(expr)),
            JoinConditionInputPlan::Hash(_) => Err(unplanned("a hash join")),
        }
    }

    fn of_loop(
        NestedLoopJoinPlan { input, right }: &'a NestedLoopJoinPlan,
        is_outer: bool,
        on: Option<&'a ExprPlan>,
    ) -> Result<Self> {
        let mut input = match input {
            NestedLoopJoinInputPlan::Source(source) => Self::of_source(source),
            NestedLoopJoinInputPlan::InnerJoin(join) => Self::of_inner(join)?,
            NestedLoopJoinInputPlan::LeftOuterJoin(join) => Self::of_left_outer(join)?,
        };
        input.joins.push(JoinPlan { is_outer, source: right, on });
        Ok(input)
    }
}

/// What GlueSQL's planner makes of no statement as it is asked here.
pub(super) fn unplanned(what: &str) -> Error {
    Error::Unsupported { what: what.to_owned(), hint: "report the statement" }
}
