//! Logs and differences of a versioned store.

use std::sync::Arc;

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{Buffer, Either, PromiseRaw, Uint8Array};
use napi_derive::napi;
use parking_lot::Mutex;
use prolly_tree::KeyRange;
use prolly_versioning::{
    CommitId, CommitInfo, DiffOptions, History, HistoryEntry, Log, LogOptions, Namespace, ReflogEntry,
    Version,
};

use crate::blocking::promise;
use crate::commit::{NativeCommit, NativeSignature};
use crate::cursor::NativeCursor;
use crate::fault::{Fault, Result};
use crate::key_query::KeyQuery;
use crate::live::Live;
use crate::namespaced::namespace_of;
use crate::page::Record;
use crate::range::NativeRange;
use crate::records::IteratedRecords;
use crate::store::NativeStore;

/// One side of a diff: a revision, or what `kind` says (`staged`, `head`, `empty`).
#[napi(object, object_to_js = false)]
pub struct NativeVersion {
    /// A Git revision.
    pub revision: Option<String>,
    /// What is meant, without a revision.
    pub kind: Option<String>,
}

impl NativeVersion {
    fn read(&self) -> Result<Version<'_>> {
        match (self.revision.as_deref(), self.kind.as_deref()) {
            (Some(revision), _) => Ok(Version::Revision(revision)),
            (None, Some("staged")) => Ok(Version::Staged),
            (None, Some("head")) => Ok(Version::Head),
            (None, Some("empty")) => Ok(Version::Empty),
            (None, other) => Err(Fault::invalid("version", format!("there is no version {other:?}"))),
        }
    }
}

/// What a diff is limited to.
#[napi(object, object_to_js = false)]
pub struct NativeDiffOptions {
    /// Whether only the default namespace is asked for.
    pub default_namespace: bool,
    /// The named namespace that is asked for.
    pub namespace: Option<String>,
    /// Keys of that namespace.
    pub range: Option<NativeRange>,
}

impl NativeDiffOptions {
    fn read(self) -> Result<DiffOptions> {
        let namespace = match self.namespace {
            Some(name) => Some(Namespace::named(&name)?),
            None => self.default_namespace.then_some(Namespace::Default),
        };
        Ok(DiffOptions { namespace, range: self.range.map(KeyRange::from) })
    }
}

/// Which commits a log has.
#[napi(object, object_to_js = false)]
pub struct NativeLogOptions {
    /// Where it begins.
    pub revision: Option<String>,
    /// Leave out what this revision reaches.
    pub exclude: Option<String>,
    /// Whether to follow only first parents.
    pub first_parent: bool,
    /// Whether no commit comes before all of its children.
    pub topological: bool,
    /// Only commits that changed one of these keys: a page of keys, or a range.
    pub touching: Option<Either<Uint8Array, NativeRange>>,
    /// The named namespace of those keys.
    pub namespace: Option<String>,
}

impl NativeLogOptions {
    /// The options, and the keys that are asked for.
    fn read(self) -> Result<(LogOptions, Namespace, Vec<KeyRange>)> {
        let Self { revision, exclude, first_parent, topological, touching, namespace } = self;
        let namespace = namespace_of(namespace.as_deref())?;
        let ranges = touching.map(KeyQuery::read).transpose()?.map_or_else(Vec::new, |query| query.ranges());
        Ok((
            LogOptions { revision, exclude, first_parent, topological, touching: Vec::new() },
            namespace,
            ranges,
        ))
    }
}

/// A log that is being read.
#[napi]
pub struct NativeLog {
    log: Arc<Mutex<Option<(Log, Live)>>>,
}

#[napi]
impl NativeLog {
    /// The next commits, at most `limit`; none when there are no more.
    #[napi(catch_unwind)]
    pub fn next<'env>(
        &self,
        env: &'env Env,
        limit: u32,
    ) -> napi::Result<PromiseRaw<'env, Vec<NativeCommit>>> {
        let log = Arc::clone(&self.log);
        promise(env, move || {
            let mut log = log.lock();
            let (log, _) = log.as_mut().ok_or_else(|| Fault::closed("log"))?;
            log.take(limit as usize).map(|commit| Ok(commit?.into())).collect()
        })
    }

    /// Lets go of the log, unless commits are being read.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        if let Some(mut log) = self.log.try_lock() {
            *log = None;
        }
    }
}

/// What a commit did to a key.
#[napi(object, object_from_js = false)]
pub struct NativeHistoryEntry {
    /// The commit.
    pub commit: NativeCommit,
    /// The key.
    pub key: Buffer,
    /// The value in the commit's first parent, if there was one.
    pub old_value: Option<Buffer>,
    /// The value in the commit, if there is one.
    pub new_value: Option<Buffer>,
}

impl From<HistoryEntry> for NativeHistoryEntry {
    fn from(HistoryEntry { commit, key, old, new }: HistoryEntry) -> Self {
        let buffer = |bytes: Bytes| Buffer::from(Vec::from(bytes));
        Self {
            commit: CommitInfo::clone(&commit).into(),
            key: buffer(key),
            old_value: old.map(buffer),
            new_value: new.map(buffer),
        }
    }
}

/// A history that is being read.
#[napi]
pub struct NativeHistory {
    history: Arc<Mutex<Option<(History, Live)>>>,
}

#[napi]
impl NativeHistory {
    /// What was done next, going back, at most `limit` times; nothing when there is no more.
    #[napi(catch_unwind)]
    pub fn next<'env>(
        &self,
        env: &'env Env,
        limit: u32,
    ) -> napi::Result<PromiseRaw<'env, Vec<NativeHistoryEntry>>> {
        let history = Arc::clone(&self.history);
        promise(env, move || {
            let mut history = history.lock();
            let (history, _) = history.as_mut().ok_or_else(|| Fault::closed("history"))?;
            history.take(limit as usize).map(|entry| Ok(entry?.into())).collect()
        })
    }

    /// Lets go of the history, unless it is being read.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        if let Some(mut history) = self.history.try_lock() {
            *history = None;
        }
    }
}

/// One move of HEAD or a branch.
#[napi(object, object_from_js = false)]
pub struct NativeReflogEntry {
    /// What it held then; none when it was deleted.
    pub commit: Option<String>,
    /// What it held before; none when it was made.
    pub previous: Option<String>,
    /// Who moved it.
    pub committer: NativeSignature,
    /// Why.
    pub message: String,
}

impl From<ReflogEntry> for NativeReflogEntry {
    fn from(entry: ReflogEntry) -> Self {
        let id = |id: CommitId| (id != CommitId::ZERO).then(|| id.to_string());
        Self {
            commit: id(entry.new),
            previous: id(entry.old),
            committer: entry.committer.into(),
            message: entry.message,
        }
    }
}

#[napi]
impl NativeStore {
    /// Where HEAD, or a branch, was before.
    #[napi(catch_unwind)]
    pub fn reflog<'env>(
        &self,
        env: &'env Env,
        branch: Option<String>,
    ) -> napi::Result<PromiseRaw<'env, Vec<NativeReflogEntry>>> {
        self.work(env, move |store| {
            Ok(store.reflog(branch.as_deref())?.into_iter().map(Into::into).collect())
        })
    }

    /// What the commits that a revision reaches did to keys.
    #[napi(catch_unwind)]
    pub fn history<'env>(
        &self,
        env: &'env Env,
        options: NativeLogOptions,
    ) -> napi::Result<PromiseRaw<'env, NativeHistory>> {
        let (options, namespace, ranges) = options.read()?;
        self.work(env, move |store| {
            let history = store.history(&namespace, ranges, &options)?;
            Ok(NativeHistory { history: Arc::new(Mutex::new(Some((history, Live::new())))) })
        })
    }

    /// The commits that a revision reaches.
    #[napi(catch_unwind)]
    pub fn log<'env>(
        &self,
        env: &'env Env,
        options: NativeLogOptions,
    ) -> napi::Result<PromiseRaw<'env, NativeLog>> {
        let (mut options, namespace, ranges) = options.read()?;
        options.touching = ranges.into_iter().map(|range| (namespace.clone(), range)).collect();
        self.work(env, move |store| {
            Ok(NativeLog { log: Arc::new(Mutex::new(Some((store.log(&options)?, Live::new())))) })
        })
    }

    /// What changed from one version to another: records of namespace, key, old value and new value.
    #[napi(catch_unwind)]
    pub fn diff<'env>(
        &self,
        env: &'env Env,
        older: NativeVersion,
        newer: NativeVersion,
        options: NativeDiffOptions,
    ) -> napi::Result<PromiseRaw<'env, NativeCursor>> {
        let options = options.read()?;
        self.work(env, move |store| {
            let diff = store.diff(older.read()?, newer.read()?, options)?;
            let records = diff.map(|change| {
                let change = change?;
                let namespace = change.namespace.map(|name| Bytes::copy_from_slice(name.as_bytes()));
                Ok(Record::new([namespace, Some(change.key), change.old, change.new]))
            });
            Ok(NativeCursor::new(4, IteratedRecords::boxed(records)))
        })
    }
}
