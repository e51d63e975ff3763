//! What GlueSQL would run otherwise than it says, refused.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Function, Statement, TableConstraint, visit_expressions};

use crate::error::{Error, Result};

/// Refuses a statement parts of which would be passed over in silence.
pub(super) fn check(statement: &Statement) -> Result<()> {
    if let Statement::CreateTable(create) = statement {
        for constraint in &create.constraints {
            if let TableConstraint::ForeignKey { columns, referred_columns, .. } = constraint
                && (columns.len() != 1 || referred_columns.len() != 1)
            {
                return Err(unsupported("a FOREIGN KEY of several columns", "name one column"));
            }
        }
    }
    let found = visit_expressions(statement, |expr| match expr {
        Expr::Function(function) => match ignored(function) {
            Some(fault) => ControlFlow::Break(fault),
            None => ControlFlow::Continue(()),
        },
        _ => ControlFlow::Continue(()),
    });
    match found {
        ControlFlow::Break(fault) => Err(fault),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn ignored(function: &Function) -> Option<Error> {
    let Function { name, filter, null_treatment, over, within_group, .. } = function;
    let (what, hint) = if over.is_some() {
        ("OVER", "group in a subquery and join it")
    } else if filter.is_some() {
        ("FILTER", "use CASE within the aggregate")
    } else if !within_group.is_empty() {
        ("WITHIN GROUP", "sort in the query around it")
    } else if null_treatment.is_some() {
        ("IGNORE NULLS", "use WHERE … IS NOT NULL")
    } else {
        return None;
    };
    Some(unsupported(&format!("{what} of {name}"), hint))
}

fn unsupported(what: &str, hint: &'static str) -> Error {
    Error::Unsupported { what: what.to_owned(), hint }
}
