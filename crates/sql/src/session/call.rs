//! `CALL prolly_commit('message')` and its like: what a store does, from SQL.

use gluesql_core::data::Value;
use gluesql_core::executor::Payload;
use prolly_versioning::{CheckoutOptions, CommitOptions, MergeOptions, MergeOutcome, ResetMode};
use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value as Literal};

use super::Session;
use crate::error::{Error, Result};

const KNOWN: &str =
    "call prolly_commit, prolly_branch, prolly_checkout, prolly_merge, prolly_tag or prolly_reset";

impl Session {
    /// Runs a procedure. Each answers one row: the commit that it made or came to.
    pub(super) fn call(&mut self, function: &Function) -> Result<Payload> {
        let name = function.name.to_string().to_lowercase();
        let arguments = arguments(function)?;
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if self.is_in_transaction() {
            return Err(Error::invalid(format!("CALL {name}"), "is within a transaction: COMMIT it first"));
        }
        let store = self.storage.store()?;
        let commit = match (&*name, &arguments[..]) {
            ("prolly_commit", [message]) => Some(store.commit(&CommitOptions::message(*message))?.id),
            ("prolly_branch", [name]) => Some(store.create_branch(name, None)?),
            ("prolly_branch", [name, start]) => Some(store.create_branch(name, Some(start))?),
            ("prolly_checkout", [target]) => store.checkout(target, &CheckoutOptions::default())?.commit(),
            ("prolly_merge", [source]) => match store.merge(source, &MergeOptions::default())? {
                MergeOutcome::FastForward { commit } => Some(commit),
                MergeOutcome::Merged { commit, .. } => commit,
                _ => store.head()?.commit(),
            },
            ("prolly_tag", [name]) => Some(store.create_tag(name, None)?),
            ("prolly_tag", [name, target]) => Some(store.create_tag(name, Some(target))?),
            ("prolly_reset", []) => store.reset("HEAD", ResetMode::Hard)?.commit(),
            ("prolly_reset", [revision]) => store.reset(revision, ResetMode::Hard)?.commit(),
            (name, arguments) => {
                let what = format!("CALL {name} with {} arguments", arguments.len());
                return Err(Error::Unsupported { what, hint: KNOWN });
            }
        };
        let commit = commit.map_or(Value::Null, |commit| Value::Str(commit.to_string()));
        Ok(Payload::Select { labels: vec!["commit".into()], rows: vec![vec![commit]] })
    }
}

fn arguments(function: &Function) -> Result<Vec<String>> {
    let list = match &function.args {
        FunctionArguments::List(list) => &list.args[..],
        _ => &[],
    };
    let text = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(Literal::SingleQuotedString(text)))) => {
            Ok(text.clone())
        }
        _ => Err(Error::Unsupported {
            what: format!("the argument {argument} of CALL"),
            hint: "write a text or a parameter that is one",
        }),
    };
    list.iter().map(text).collect()
}
