//! Keeping a store small and sound.

use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Function, PromiseRaw};
use napi::threadsafe_function::UnknownReturnValue;
use napi_derive::napi;
use prolly_versioning::{CheckReport, GarbageOptions, GarbageReport, StoreFault, VersionedStore};

use crate::blocking::promise;
use crate::fault::Fault;
use crate::map::number;
use crate::progress::{NativeCancellation, Progress, StageListener};
use crate::store::NativeStore;

/// What collecting garbage found.
#[napi(object, object_from_js = false)]
pub struct NativeGarbage {
    /// Objects and nodes that stay.
    pub live: f64,
    /// Those that went, or in a dry run would go.
    pub garbage: f64,
    /// Bytes of these.
    pub garbage_bytes: f64,
    /// Bytes on the disk before.
    pub bytes_before: f64,
    /// And after.
    pub bytes_after: f64,
}

/// How far a check is.
#[napi(object, object_from_js = false)]
pub struct NativeCheckProgress {
    /// Versions looked at.
    pub versions: f64,
    /// Nodes of these.
    pub nodes: f64,
}

/// What a check found.
#[napi(object, object_from_js = false)]
pub struct NativeCheckReport {
    /// Versions looked at.
    pub versions: f64,
    /// Nodes of these.
    pub nodes: f64,
    /// What is wrong.
    pub faults: Vec<NativeStoreFault>,
}

/// Something that is not as it was written.
#[napi(object, object_from_js = false)]
pub struct NativeStoreFault {
    /// What it is about.
    pub subject: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// Whether a repair does it.
    pub repairable: bool,
}

impl From<&CheckReport> for NativeCheckProgress {
    fn from(report: &CheckReport) -> Self {
        Self { versions: number(report.versions), nodes: number(report.nodes) }
    }
}

impl From<StoreFault> for NativeStoreFault {
    fn from(StoreFault { subject, problem, remedy, repairable }: StoreFault) -> Self {
        Self { subject, problem, remedy, repairable }
    }
}

#[napi]
impl NativeStore {
    /// Deletes what nothing reaches. `progress` is told how far that is, as often as it has time for.
    #[napi(catch_unwind)]
    pub fn collect_garbage<'env>(
        &self,
        env: &'env Env,
        grace_milliseconds: f64,
        dry_run: bool,
        cancellation: &NativeCancellation,
        progress: StageListener<'env>,
    ) -> napi::Result<PromiseRaw<'env, NativeGarbage>> {
        let grace = Duration::try_from_secs_f64(grace_milliseconds / 1000.0)
            .map_err(|error| Fault::invalid("options.grace", format!("options.grace: {error}")))?;
        let progress = Progress::new(cancellation, progress)?;
        self.work(env, move |store| {
            let options = GarbageOptions { grace, dry_run };
            let GarbageReport { live, garbage, garbage_bytes, bytes_before, bytes_after } =
                store.collect_garbage_telling(&options, &mut progress.listener())?;
            Ok(NativeGarbage {
                live: number(live),
                garbage: number(garbage),
                garbage_bytes: number(garbage_bytes),
                bytes_before: number(bytes_before),
                bytes_after: number(bytes_after),
            })
        })
    }

    /// Looks for faults in the store at a path. `progress` is told how far that is, as often as it has time for.
    #[napi(catch_unwind)]
    pub fn check<'env>(
        env: &'env Env,
        path: String,
        cancellation: &NativeCancellation,
        progress: Option<Function<'env, NativeCheckProgress, UnknownReturnValue>>,
    ) -> napi::Result<PromiseRaw<'env, NativeCheckReport>> {
        let progress = Progress::new(cancellation, progress)?;
        promise(env, move || {
            let report = VersionedStore::check(path, &mut |report| progress.tell(|| report.into()))?;
            Ok(NativeCheckReport {
                versions: number(report.versions),
                nodes: number(report.nodes),
                faults: report.faults.into_iter().map(NativeStoreFault::from).collect(),
            })
        })
    }

    /// The Git directory of the store that a path is in.
    #[napi(catch_unwind)]
    pub fn locate(env: &Env, path: String) -> napi::Result<PromiseRaw<'_, String>> {
        promise(env, move || Ok(VersionedStore::locate(path)?.to_string_lossy().into_owned()))
    }

    /// Puts right what can be in the store at a path, and says what was done.
    #[napi(catch_unwind)]
    pub fn repair(env: &Env, path: String) -> napi::Result<PromiseRaw<'_, Vec<String>>> {
        promise(env, move || Ok(VersionedStore::repair(path)?))
    }
}
