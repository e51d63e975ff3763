//! Merges: conflicts go out in pages, decisions come in in pages.

use std::sync::Arc;

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, ToNapiValue, Uint8Array};
use napi_derive::napi;
use parking_lot::Mutex;
use prolly_versioning::{
    Author, Decision, KeyspaceKind, MergeConflict, MergeOptions, MergeOutcome, MergeSession, PickOptions,
    Strategy, show_row_key,
};

use crate::blocking::promise;
use crate::commit::NativeSignature;
use crate::fault::{Fault, Result};
use crate::live::Live;
use crate::map::number;
use crate::page::{self, Record};
use crate::progress::{NativeCancellation, NativeStageProgress, Progress, StageListener};
use crate::store::NativeStore;

/// How to merge.
#[napi(object, object_to_js = false)]
pub struct NativeMergeOptions {
    /// What settles conflicts: `ignoreAll`, `takeSource` or `takeDestination`.
    pub strategy: Option<String>,
    /// Whether to make a commit also when the branch could just be moved.
    pub no_fast_forward: bool,
    /// Whether to refuse when the branch cannot just be moved.
    pub fast_forward_only: bool,
    /// Whether to change nothing.
    pub dry_run: bool,
    /// The message.
    pub message: Option<String>,
    /// Who is named as the author.
    pub author: Option<NativeSignature>,
    /// Who is named as the committer.
    pub committer: Option<NativeSignature>,
}

pub(crate) fn strategy(name: Option<&str>) -> Result<Option<Strategy>> {
    Ok(Some(match name {
        None => return Ok(None),
        Some("ignoreAll") => Strategy::IgnoreAll,
        Some("takeSource") => Strategy::TakeSource,
        Some("takeDestination") => Strategy::TakeDestination,
        Some(other) => return Err(Fault::invalid("strategy", format!("there is no strategy '{other}'"))),
    }))
}

impl NativeMergeOptions {
    fn read(self) -> Result<MergeOptions> {
        Ok(MergeOptions {
            strategy: strategy(self.strategy.as_deref())?,
            no_fast_forward: self.no_fast_forward,
            fast_forward_only: self.fast_forward_only,
            dry_run: self.dry_run,
            message: self.message,
            author: self.author.map(Author::from),
            committer: self.committer.map(Author::from),
        })
    }
}

/// How to revert or to cherry-pick.
#[napi(object, object_to_js = false)]
pub struct NativePickOptions {
    /// As of a merge.
    pub strategy: Option<String>,
    /// Of a merge, the parent that its changes are against, counted from 1.
    pub mainline: Option<u32>,
    /// Whether to change nothing.
    pub dry_run: bool,
    /// The message.
    pub message: Option<String>,
    /// Who is named as the author.
    pub author: Option<NativeSignature>,
    /// Who is named as the committer.
    pub committer: Option<NativeSignature>,
}

impl NativePickOptions {
    fn read(self) -> Result<PickOptions> {
        Ok(PickOptions {
            strategy: strategy(self.strategy.as_deref())?,
            mainline: self.mainline.map(|number| number as usize),
            dry_run: self.dry_run,
            message: self.message,
            author: self.author.map(Author::from),
            committer: self.committer.map(Author::from),
        })
    }
}

/// What a merge did, or would do.
#[napi(object, object_from_js = false)]
pub struct NativeMergeOutcome {
    /// `up-to-date`, `fast-forward`, `merged` or `suspended`.
    pub kind: String,
    /// Where the branch is now; none when it is where it was, or the merge was only tried.
    pub commit: Option<String>,
    /// Conflicts that were settled, or are left.
    pub conflicts: f64,
}

impl From<MergeOutcome> for NativeMergeOutcome {
    fn from(outcome: MergeOutcome) -> Self {
        let (kind, commit, conflicts) = match outcome {
            MergeOutcome::UpToDate => ("up-to-date", None, 0),
            MergeOutcome::FastForward { commit } => ("fast-forward", Some(commit), 0),
            MergeOutcome::Merged { commit, conflicts } => ("merged", commit, conflicts),
            MergeOutcome::Suspended { conflicts } => ("suspended", None, conflicts),
        };
        Self {
            kind: kind.to_owned(),
            commit: commit.map(|commit| commit.to_string()),
            conflicts: number(conflicts),
        }
    }
}

/// A merge under way. Nothing changes before it is finished.
#[napi]
pub struct NativeMerge {
    session: Arc<Mutex<Option<(MergeSession, Live)>>>,
}

impl NativeMerge {
    fn of(session: MergeSession, progress: Progress<NativeStageProgress>) -> Self {
        let session = session.telling(move |told| progress.tell(|| told.into()));
        Self { session: Arc::new(Mutex::new(Some((session, Live::new())))) }
    }

    fn work<'env, T: ToNapiValue + Send + 'static>(
        &self,
        env: &'env Env,
        work: impl FnOnce(&mut MergeSession) -> Result<T> + Send + 'static,
    ) -> napi::Result<PromiseRaw<'env, T>> {
        let session = Arc::clone(&self.session);
        promise(env, move || work(&mut session.lock().as_mut().ok_or_else(|| Fault::closed("merge"))?.0))
    }

    fn end<'env>(
        &self,
        env: &'env Env,
        end: fn(MergeSession) -> prolly_versioning::Result<MergeOutcome>,
    ) -> napi::Result<PromiseRaw<'env, NativeMergeOutcome>> {
        let session = Arc::clone(&self.session);
        promise(env, move || {
            let (session, _live) = session.lock().take().ok_or_else(|| Fault::closed("merge"))?;
            Ok(end(session)?.into())
        })
    }
}

#[napi]
impl NativeMerge {
    /// The next conflicts, at most `limit`, as a page of table, namespace, key, base, destination and source; an empty page when
    /// there are no more. Of a row of a table there is the table, and its key as text.
    #[napi(catch_unwind)]
    pub fn next_conflicts<'env>(
        &self,
        env: &'env Env,
        limit: u32,
    ) -> napi::Result<PromiseRaw<'env, Uint8Array>> {
        self.work(env, move |session| {
            let conflicts = session.next_conflicts(limit as usize)?;
            Ok(Uint8Array::from(page::encode(6, &conflicts.into_iter().map(record).collect::<Vec<_>>())?))
        })
    }

    /// Settles the last page of conflicts with a page of decisions, each a word and, for `put`, a value.
    #[napi(catch_unwind)]
    pub fn resolve<'env>(&self, env: &'env Env, decisions: &[u8]) -> napi::Result<PromiseRaw<'env, ()>> {
        let decisions = page::decode::<2>(decisions)?.into_iter().map(decision).collect::<Result<_>>()?;
        self.work(env, move |session| Ok(session.resolve(decisions)?))
    }

    /// Commits the merge.
    #[napi(catch_unwind)]
    pub fn finish<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, NativeMergeOutcome>> {
        self.end(env, MergeSession::finish)
    }

    /// Commits the merge, or leaves its conflicts to be settled later.
    #[napi(catch_unwind)]
    pub fn finish_or_suspend<'env>(
        &self,
        env: &'env Env,
    ) -> napi::Result<PromiseRaw<'env, NativeMergeOutcome>> {
        self.end(env, MergeSession::finish_or_suspend)
    }

    /// Gives the merge up.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        if let Some(mut session) = self.session.try_lock() {
            *session = None;
        }
    }
}

pub(crate) fn record(conflict: MergeConflict) -> Record {
    let name = conflict.namespace.map(|name| Bytes::from(name.into_bytes()));
    if conflict.kind == KeyspaceKind::Table {
        let key = Bytes::from(show_row_key(&conflict.key).into_bytes());
        return Record::new([name, None, Some(key), None, None, None]);
    }
    Record::new([None, name, Some(conflict.key), conflict.base, conflict.destination, conflict.source])
}

pub(crate) fn decision([word, value]: [Option<Bytes>; 2]) -> Result<Decision> {
    match (word.as_deref(), value) {
        (Some(b"source"), None) => Ok(Decision::TakeSource),
        (Some(b"destination"), None) => Ok(Decision::TakeDestination),
        (Some(b"delete"), None) => Ok(Decision::Delete),
        (Some(b"put"), Some(value)) => Ok(Decision::Put(value)),
        _ => Err(Fault::internal("a decision is none that is known")),
    }
}

#[napi]
impl NativeStore {
    /// Begins to merge a revision into the current branch. `progress` is told how far the merge is, as often as it has time for;
    /// so in what follows.
    #[napi(catch_unwind)]
    pub fn begin_merge<'env>(
        &self,
        env: &'env Env,
        source: String,
        options: NativeMergeOptions,
        cancellation: &NativeCancellation,
        progress: StageListener<'env>,
    ) -> napi::Result<PromiseRaw<'env, NativeMerge>> {
        let options = options.read()?;
        let progress = Progress::new(cancellation, progress)?;
        self.work(env, move |store| Ok(NativeMerge::of(store.begin_merge(&source, &options)?, progress)))
    }

    /// Begins to undo a commit on the current branch.
    #[napi(catch_unwind)]
    pub fn begin_revert<'env>(
        &self,
        env: &'env Env,
        revision: String,
        options: NativePickOptions,
        cancellation: &NativeCancellation,
        progress: StageListener<'env>,
    ) -> napi::Result<PromiseRaw<'env, NativeMerge>> {
        let options = options.read()?;
        let progress = Progress::new(cancellation, progress)?;
        self.work(env, move |store| Ok(NativeMerge::of(store.begin_revert(&revision, &options)?, progress)))
    }

    /// Begins to make the changes of a commit on the current branch.
    #[napi(catch_unwind)]
    pub fn begin_cherry_pick<'env>(
        &self,
        env: &'env Env,
        revision: String,
        options: NativePickOptions,
        cancellation: &NativeCancellation,
        progress: StageListener<'env>,
    ) -> napi::Result<PromiseRaw<'env, NativeMerge>> {
        let options = options.read()?;
        let progress = Progress::new(cancellation, progress)?;
        self.work(env, move |store| {
            Ok(NativeMerge::of(store.begin_cherry_pick(&revision, &options)?, progress))
        })
    }
}
