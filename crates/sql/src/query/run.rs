//! A run of a query.

use std::collections::HashMap;
use std::sync::Arc;

use gluesql_core::data::Value;
use gluesql_core::plan::ExprPlan;
use parking_lot::Mutex;
use prolly_versioning::Keyspaces;

use super::compile::put_literals;
use super::expression::Expression;
use super::subquery::Answer;

/// What expressions need beside the row.
pub(super) struct Run {
    /// What was taken from the rows around.
    pub(super) outer: Vec<Value>,
    pub(super) state: Arc<State>,
}

/// What all parts of a statement share while it runs.
pub(super) struct State {
    /// What is read.
    pub(super) keyspaces: Keyspaces,
    /// The parameters: literals and values.
    pub(super) parameters: Vec<Expression>,
    /// What subqueries came to that need nothing from around, by their numbers.
    pub(super) answers: Mutex<HashMap<usize, Arc<Answer>>>,
    /// Plans that parameters were put into, by where the plans are.
    bound: Mutex<HashMap<usize, Arc<ExprPlan>>>,
}

impl Run {
    pub(super) fn new(keyspaces: Keyspaces, parameters: Vec<Expression>) -> Arc<Self> {
        let state = State { keyspaces, parameters, answers: Mutex::default(), bound: Mutex::default() };
        Arc::new(Self { outer: Vec::new(), state: Arc::new(state) })
    }

    /// A run of a subquery within this one.
    pub(super) fn within(&self, outer: Vec<Value>) -> Arc<Self> {
        Arc::new(Self { outer, state: Arc::clone(&self.state) })
    }

    /// A plan with literals in place of its parameters.
    pub(super) fn with_parameters(&self, plan: &ExprPlan) -> Arc<ExprPlan> {
        let place = std::ptr::from_ref(plan) as usize;
        let mut bound = self.state.bound.lock();
        Arc::clone(bound.entry(place).or_insert_with(|| {
            let mut plan = plan.clone();
            put_literals(&mut plan, &self.state.parameters);
            Arc::new(plan)
        }))
    }
}
