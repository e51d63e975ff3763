//! Merges of trees that are not part of a versioned store.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint8Array};
use napi_derive::napi;
use parking_lot::Mutex;
use prolly_tree::{Conflict, EntryValue, Merge, Resolution, Tree};
use prolly_versioning::Decision;

use crate::blocking::{Threads, promise_on};
use crate::fault::{Fault, Result};
use crate::live::Live;
use crate::map::number;
use crate::merge::{NativeMergeOutcome, decision};
use crate::page::{self, Record};
use crate::tree::{NativeTree, NativeTreeSnapshot};
use crate::working_tree::WorkingTree;

/// A merge of trees under way. Nothing changes before it is finished.
#[napi]
pub struct NativeTreeMerge {
    session: Arc<Mutex<Option<Session>>>,
    threads: Threads,
}

struct Session {
    merge: Merge,
    base: Tree,
    source: Tree,
    destination: Tree,
    target: Arc<WorkingTree>,
    writes: u64,
    conflicts: u64,
    _live: Live,
}

impl Session {
    fn record(&self, conflict: Conflict) -> Result<Record> {
        let read = |tree: &Tree, value: Option<EntryValue>| value.map(|value| tree.read(&value)).transpose();
        Ok(Record::new([
            None,
            None,
            Some(conflict.key),
            read(&self.base, conflict.base)?,
            read(&self.destination, conflict.left)?,
            read(&self.source, conflict.right)?,
        ]))
    }

    fn next_conflicts(&mut self, limit: usize) -> Result<Vec<u8>> {
        let conflicts = self.merge.next_conflicts(limit)?;
        self.conflicts += conflicts.len() as u64;
        let records: Vec<_> =
            conflicts.into_iter().map(|conflict| self.record(conflict)).collect::<Result<_>>()?;
        page::encode(6, &records)
    }

    fn resolve(&mut self, decisions: Vec<Decision>) -> Result<()> {
        let resolution = |decision| {
            Ok(match decision {
                Decision::TakeSource => Resolution::Right,
                Decision::TakeDestination => Resolution::Left,
                Decision::Put(value) => Resolution::Put(self.destination.value_of(value)?),
                Decision::Delete => Resolution::Delete,
            })
        };
        let resolutions = decisions.into_iter().map(resolution).collect::<Result<_>>()?;
        Ok(self.merge.resolve(resolutions)?)
    }

    fn finish(self) -> Result<NativeMergeOutcome> {
        let merged = self.merge.finish()?;
        let kind = if merged.root() == self.destination.root() { "up-to-date" } else { "merged" };
        self.target.replace(merged, self.writes)?;
        Ok(NativeMergeOutcome { kind: kind.to_owned(), commit: None, conflicts: number(self.conflicts) })
    }
}

#[napi]
impl NativeTree {
    /// Begins to merge `source` into this tree; both began with `base`.
    #[napi(catch_unwind)]
    pub fn begin_merge<'env>(
        &self,
        env: &'env Env,
        base: &NativeTreeSnapshot,
        source: &NativeTreeSnapshot,
    ) -> napi::Result<PromiseRaw<'env, NativeTreeMerge>> {
        let (base, source, target) = (base.slot.get()?, source.slot.get()?, self.slot.get()?);
        let threads = self.threads.clone();
        promise_on(env, &self.threads, move || {
            let (destination, writes) = target.snapshot()?;
            let merge = Merge::new(&base, &destination, &source, Vec::new())?;
            let session = Session {
                merge,
                base,
                source,
                destination,
                target,
                writes,
                conflicts: 0,
                _live: Live::new(),
            };
            Ok(NativeTreeMerge { session: Arc::new(Mutex::new(Some(session))), threads })
        })
    }
}

#[napi]
impl NativeTreeMerge {
    /// As [`NativeMerge::next_conflicts`](crate::merge::NativeMerge::next_conflicts).
    #[napi(catch_unwind)]
    pub fn next_conflicts<'env>(
        &self,
        env: &'env Env,
        limit: u32,
    ) -> napi::Result<PromiseRaw<'env, Uint8Array>> {
        let session = Arc::clone(&self.session);
        promise_on(env, &self.threads, move || {
            Ok(Uint8Array::from(work(&session, |session| session.next_conflicts(limit as usize))?))
        })
    }

    /// As [`NativeMerge::resolve`](crate::merge::NativeMerge::resolve).
    #[napi(catch_unwind)]
    pub fn resolve<'env>(&self, env: &'env Env, decisions: &[u8]) -> napi::Result<PromiseRaw<'env, ()>> {
        let decisions = page::decode::<2>(decisions)?.into_iter().map(decision).collect::<Result<_>>()?;
        let session = Arc::clone(&self.session);
        promise_on(env, &self.threads, move || work(&session, |session| session.resolve(decisions)))
    }

    /// Makes the merged tree the tree that was merged into, unless that was written to meanwhile.
    #[napi(catch_unwind)]
    pub fn finish<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, NativeMergeOutcome>> {
        let session = Arc::clone(&self.session);
        promise_on(env, &self.threads, move || taken(&session)?.finish())
    }

    /// Gives the merge up.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        if let Some(mut session) = self.session.try_lock() {
            *session = None;
        }
    }
}

/// The session, for whoever works with it: it is not there for others meanwhile, and no lock is held.
fn taken(session: &Mutex<Option<Session>>) -> Result<Session> {
    session.lock().take().ok_or_else(|| Fault::closed("merge"))
}

fn work<T>(session: &Mutex<Option<Session>>, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
    let mut taken = taken(session)?;
    let answer = work(&mut taken);
    *session.lock() = Some(taken);
    answer
}
