//! Logs and differences of a versioned store.

use std::sync::Arc;

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use parking_lot::Mutex;
use prolly_tree::KeyRange;
use prolly_versioning::{DiffOptions, Log, LogOptions, Namespace, Version};

use crate::blocking::promise;
use crate::commit::NativeCommit;
use crate::cursor::NativeCursor;
use crate::fault::{Fault, Result};
use crate::live::Live;
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

#[napi]
impl NativeStore {
    /// The commits that a revision reaches.
    #[napi(catch_unwind)]
    pub fn log<'env>(
        &self,
        env: &'env Env,
        options: NativeLogOptions,
    ) -> napi::Result<PromiseRaw<'env, NativeLog>> {
        let NativeLogOptions { revision, exclude, first_parent } = options;
        let options = LogOptions { revision, exclude, first_parent };
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
