//! Merges under way, of which conflicts are settled by several calls.

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use prolly_versioning::{Author, ContinueOptions, KeyspaceKind, MergeConflict, PendingMerge};

use crate::commit::{NativeCommit, NativeSignature};
use crate::cursor::NativeCursor;
use crate::fault::{Fault, Result};
use crate::map::number;
use crate::merge::{decision, record, strategy};
use crate::namespaced::namespace_of;
use crate::page;
use crate::records::IteratedRecords;
use crate::store::NativeStore;

/// A merge, revert or cherry-pick under way.
#[napi(object, object_from_js = false)]
pub struct NativePendingMerge {
    /// `merge`, `revert` or `cherry-pick`.
    pub operation: String,
    /// The commit that is merged.
    pub source: Option<String>,
    /// How it was named.
    pub named: Option<String>,
    /// The message of the commit to come.
    pub message: String,
    /// Keys in conflict still.
    pub conflicts: f64,
}

impl From<PendingMerge> for NativePendingMerge {
    fn from(pending: PendingMerge) -> Self {
        Self {
            operation: pending.operation.to_owned(),
            source: pending.source.map(|commit| commit.to_string()),
            named: pending.named,
            message: pending.message,
            conflicts: number(pending.conflicts),
        }
    }
}

/// How to commit a merge under way.
#[napi(object, object_to_js = false)]
pub struct NativeContinueOptions {
    /// The message, in place of the one that was told.
    pub message: Option<String>,
    /// Who is named as the author.
    pub author: Option<NativeSignature>,
    /// Who is named as the committer.
    pub committer: Option<NativeSignature>,
}

#[napi]
impl NativeStore {
    /// The merge under way, if there is one.
    #[napi(catch_unwind)]
    pub fn pending_merge<'env>(
        &self,
        env: &'env Env,
    ) -> napi::Result<PromiseRaw<'env, Option<NativePendingMerge>>> {
        self.work(env, |store| Ok(store.pending_merge()?.map(Into::into)))
    }

    /// The rows in conflict, or the keys: records of table, namespace, key, base, destination and source.
    #[napi(catch_unwind)]
    pub fn conflicts<'env>(
        &self,
        env: &'env Env,
        rows: bool,
    ) -> napi::Result<PromiseRaw<'env, NativeCursor>> {
        self.work(env, move |store| {
            let is_asked = move |conflict: &prolly_versioning::Result<MergeConflict>| {
                conflict.as_ref().map_or(true, |conflict| (conflict.kind == KeyspaceKind::Table) == rows)
            };
            let records = store.conflicts()?.filter(is_asked).map(|conflict| Ok(record(conflict?)));
            Ok(NativeCursor::new(6, IteratedRecords::boxed(records)))
        })
    }

    /// Settles conflicts with a page of namespace, key, word and, for `put`, value.
    #[napi(catch_unwind)]
    pub fn resolve_conflicts<'env>(
        &self,
        env: &'env Env,
        decisions: &[u8],
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        let read = |[namespace, key, word, value]: [Option<Bytes>; 4]| {
            let name = namespace.map(|name| String::from_utf8(name.into())).transpose();
            let name = name.map_err(|_| Fault::internal("a namespace is not UTF-8"))?;
            Ok((namespace_of(name.as_deref())?, key.unwrap_or_default(), decision([word, value])?))
        };
        let decisions = page::decode::<4>(decisions)?.into_iter().map(read).collect::<Result<_>>()?;
        self.work(env, move |store| Ok(store.resolve_conflicts(decisions)?))
    }

    /// Settles all conflicts by a strategy, and says how many there were.
    #[napi(catch_unwind)]
    pub fn resolve_all_conflicts<'env>(
        &self,
        env: &'env Env,
        by: String,
    ) -> napi::Result<PromiseRaw<'env, f64>> {
        let Some(strategy) = strategy(Some(&by))? else {
            return Err(Fault::internal("a strategy is missing").into());
        };
        self.work(env, move |store| Ok(number(store.resolve_all_conflicts(strategy)?)))
    }

    /// Commits the merge under way.
    #[napi(catch_unwind)]
    pub fn continue_merge<'env>(
        &self,
        env: &'env Env,
        options: NativeContinueOptions,
    ) -> napi::Result<PromiseRaw<'env, NativeCommit>> {
        let options = ContinueOptions {
            message: options.message,
            author: options.author.map(Author::from),
            committer: options.committer.map(Author::from),
        };
        self.work(env, move |store| Ok(store.continue_merge(&options)?.into()))
    }

    /// Drops the merge under way.
    #[napi(catch_unwind)]
    pub fn abort_merge<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>> {
        self.work(env, |store| Ok(store.abort_merge()?))
    }
}
