//! A run of a query.

use std::collections::HashMap;
use std::sync::Arc;

use gluesql_core::data::Value;
use gluesql_core::plan::ExprPlan;
use parking_lot::Mutex;
use prolly_versioning::Keyspaces;

use super::RowIter;
use super::compile::put_literals;
use super::expression::Expression;
use super::literal::Literals;
use super::subquery::Answer;
use crate::error::Result;
use crate::interrupt::Interrupt;

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
    interrupt: Interrupt,
}

/// What a statement is run with.
pub(crate) struct Setting {
    /// What is read.
    pub(crate) keyspaces: Keyspaces,
    pub(crate) parameters: Literals,
    /// Ends it.
    pub(crate) interrupt: Interrupt,
}

impl Run {
    pub(super) fn new(Setting { keyspaces, parameters, interrupt }: Setting) -> Arc<Self> {
        let (answers, bound) = (Mutex::default(), Mutex::default());
        let state = State { keyspaces, parameters: parameters.0, answers, bound, interrupt };
        Arc::new(Self { outer: Vec::new(), state: Arc::new(state) })
    }

    /// # Errors
    /// When the statement is to end.
    pub(super) fn check(&self) -> Result<()> {
        self.state.interrupt.check()
    }

    /// The same rows, until the statement is to end.
    pub(super) fn until_interrupted(
        &self,
        mut rows: impl Iterator<Item = Result<Vec<Value>>> + Send + 'static,
    ) -> RowIter {
        let interrupt = self.state.interrupt.clone();
        Box::new(std::iter::from_fn(move || match interrupt.check() {
            Ok(()) => rows.next(),
            Err(error) => Some(Err(error)),
        }))
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
