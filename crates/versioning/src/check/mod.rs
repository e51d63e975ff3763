//! Looking for faults: every ref, commit, node and link, what is staged, and Git's own objects.

mod files;
mod nodes;
mod repair;
mod versions;

use std::ops::ControlFlow;
use std::path::Path;

use prolly_storage::git::Repository;

use self::nodes::NodeChecks;
use crate::backend::Backend;
use crate::store::not_found;
use crate::{Durability, Result, node_storage};

/// Faults past which a check ends: who has so many needs a backup, and not a list.
const FAULTS_MAX: usize = 1000;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFault {
    /// What it is about: a file, a ref, a commit, a node.
    pub subject: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// Whether [`VersionedStore::repair`](crate::VersionedStore::repair) puts it right.
    pub repairable: bool,
}

/// How far a check has come, or what it looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Versions that were looked at.
    pub versions: u64,
    /// Nodes of these, each once.
    pub nodes: u64,
    /// What is wrong, the first thousand.
    pub faults: Vec<StoreFault>,
}

impl crate::VersionedStore {
    /// Looks for faults in the store at `path`, which need not be one that can be opened: that all refs, reflogs, HEADs and
    /// staged changes name commits that are there; that each version is what it says; that every node that one of them reaches is there,
    /// has the hash it is named by, and is the one its parent describes; that journals are whole; and what `git fsck --strict`
    /// finds. Reads from the disk, past the cache. Changes nothing.
    ///
    /// `progress` is called now and then; [`ControlFlow::Break`] ends the check.
    ///
    /// Cost: a read of every node of every version, once, and forty bytes of memory for each.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when no repository is there,
    /// [`InUse`](prolly_storage::Error::InUse) when another process has its RocksDB open,
    /// [`Locked`](prolly_storage::Error::Locked) when others collect garbage for longer than a minute,
    /// [`Cancelled`](prolly_storage::Error::Cancelled) when `progress` asked for it. A fault of the store is in the report.
    pub fn check(
        path: impl AsRef<Path>,
        progress: &mut dyn FnMut(&CheckReport) -> ControlFlow<()>,
    ) -> Result<CheckReport> {
        let path = path.as_ref();
        let mut check = Check { report: CheckReport::default(), progress };
        // `git` goes on rolling up packs when the process that started it has ended.
        let _packs = Repository::hold_packs(path)?;
        files::check_packs(path, &mut check)?;
        let repository = match Repository::open(path) {
            // One of those is damaged.
            Err(prolly_storage::Error::Corruption { .. }) if !check.report.faults.is_empty() => {
                return Ok(check.report);
            }
            answer => answer.map_err(|error| not_found(path, error))?,
        };
        files::check(&repository, &mut check)?;
        let commits = versions::named(&repository, &mut check)?;
        if let Some(backend) = check.backend(&repository)? {
            let mut nodes = NodeChecks::new(&backend);
            versions::check(&backend, commits, &mut nodes, &mut check)?;
        }
        for line in repository.check_objects()? {
            let subject = "git fsck".to_owned();
            let remedy = match &line {
                line if line.starts_with("fatal: ") => "put right first what else is named here",
                line if line.contains("invalid sha1 pointer") => {
                    "write into the ref's file what its reflog names, or remove it"
                }
                _ => "get the objects again with \"git fetch --refetch\" from a healthy copy",
            };
            let remedy = remedy.to_owned();
            check.fault(StoreFault { subject, problem: line, remedy, repairable: false });
        }
        Ok(check.report)
    }
}

/// A check under way.
struct Check<'a> {
    report: CheckReport,
    progress: &'a mut dyn FnMut(&CheckReport) -> ControlFlow<()>,
}

impl Check<'_> {
    fn fault(&mut self, fault: StoreFault) {
        if self.report.faults.len() < FAULTS_MAX && !self.report.faults.contains(&fault) {
            self.report.faults.push(fault);
        }
    }

    fn is_full(&self) -> bool {
        self.report.faults.len() >= FAULTS_MAX
    }

    fn go_on(&mut self) -> Result<()> {
        match (self.progress)(&self.report) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(prolly_storage::Error::Cancelled.into()),
        }
    }

    /// The nodes; `None`, and a fault, when they cannot be opened.
    fn backend(&mut self, repository: &Repository) -> Result<Option<Backend>> {
        let opened = node_storage::read(repository)
            .and_then(|kind| node_storage::open(repository, kind, Durability::Off));
        match opened {
            Ok(Some(nodes)) => Ok(Some(Backend::external(repository.clone(), nodes))),
            Ok(None) => Ok(Some(Backend::git(repository.clone()))),
            Err(error) if is_fault(&error) => {
                self.fault(StoreFault {
                    subject: "the storage of nodes".into(),
                    problem: error.to_string(),
                    remedy: FROM_A_COPY.into(),
                    repairable: false,
                });
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

const FROM_A_COPY: &str = "clone a healthy copy, or put back a backup";

/// Whether an error says that something is wrong with the store, and not with the request or the machine.
fn is_fault(error: &crate::Error) -> bool {
    use prolly_storage::Error as Storage;
    match error {
        crate::Error::Corruption { .. } | crate::Error::BranchMissing { .. } => true,
        other => matches!(
            other.storage(),
            Some(
                Storage::Corruption { .. }
                    | Storage::MissingNode { .. }
                    | Storage::Git { .. }
                    | Storage::NotAStore { .. }
                    | Storage::InvalidParameters(_)
                    | Storage::Unsupported { .. }
            )
        ),
    }
}

/// What is wrong, without naming `subject` again.
fn problem_of(error: &crate::Error, subject: &str) -> String {
    use prolly_storage::Error as Storage;
    let of = |about: &str, reason: &str| {
        if subject.starts_with(about) { reason.to_owned() } else { format!("{about}: {reason}") }
    };
    match error {
        crate::Error::Corruption { subject, reason } => of(subject, reason),
        other => match other.storage() {
            Some(Storage::Corruption { subject, reason }) => of(subject, reason),
            Some(Storage::MissingNode { address, storage }) => {
                of(&format!("node {address}"), &format!("it is missing from the {storage} storage"))
            }
            _ => other.to_string(),
        },
    }
}
