//! `CALL prolly_commit('message')` and its like: what a store does, from SQL.

use gluesql_core::data::Value;
use gluesql_core::executor::Payload;
use prolly_versioning::{
    CheckoutOptions, CommitId, CommitOptions, ContinueOptions, MergeOptions, MergeOutcome, ResetMode,
    Strategy, VersionedStore,
};
use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value as Literal};

use super::Session;
use crate::error::{Error, Result};

const KNOWN: &str = "call prolly_commit, prolly_branch, prolly_checkout, prolly_merge, prolly_resolve, prolly_continue, \
                     prolly_abort, prolly_tag or prolly_reset";

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
            ("prolly_merge", [source]) => merged(store, store.merge(source, &MergeOptions::default())?)?,
            ("prolly_merge", [source, "suspend"]) => {
                let session = store.begin_merge(source, &MergeOptions::default())?;
                merged(store, session.finish_or_suspend()?)?
            }
            ("prolly_merge", [source, side]) => {
                let options = MergeOptions { strategy: Some(strategy(side)?), ..MergeOptions::default() };
                merged(store, store.merge(source, &options)?)?
            }
            ("prolly_resolve", [table, side]) => {
                store.resolve_table_conflicts(table, strategy(side)?)?;
                store.head()?.commit()
            }
            ("prolly_continue", []) => Some(store.continue_merge(&ContinueOptions::default())?.id),
            ("prolly_abort", []) => {
                store.abort_merge()?;
                store.head()?.commit()
            }
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

/// Where the current branch is after a merge; `None` while conflicts are left to be settled.
fn merged(store: &VersionedStore, outcome: MergeOutcome) -> Result<Option<CommitId>> {
    Ok(match outcome {
        MergeOutcome::FastForward { commit } => Some(commit),
        MergeOutcome::Merged { commit, .. } => commit,
        MergeOutcome::Suspended { .. } => None,
        MergeOutcome::UpToDate => store.head()?.commit(),
    })
}

fn strategy(side: &str) -> Result<Strategy> {
    match side {
        "source" => Ok(Strategy::TakeSource),
        "destination" => Ok(Strategy::TakeDestination),
        _ => Err(Error::invalid(format!("the side {side:?}"), "is none: write 'source' or 'destination'")),
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
