//! A run of a query.

use std::collections::HashMap;
use std::sync::Arc;

use gluesql_core::data::Value;
use parking_lot::Mutex;

use super::subquery::Answer;

/// What expressions need beside the row.
#[derive(Default)]
pub(super) struct Run {
    /// What was taken from the rows around.
    pub(super) outer: Vec<Value>,
    pub(super) answers: Arc<Answers>,
}

/// What the subqueries of a statement came to that need nothing from around, by their numbers.
pub(super) type Answers = Mutex<HashMap<usize, Arc<Answer>>>;

impl Run {
    /// A run of a subquery within this one.
    pub(super) fn within(&self, outer: Vec<Value>) -> Arc<Self> {
        Arc::new(Self { outer, answers: Arc::clone(&self.answers) })
    }
}
