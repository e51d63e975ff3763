//! Objects that nothing reaches any more: counted by us, removed by `git gc`.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufRead, ErrorKind};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::pack::gc_lock::GcLock;
use super::program::{Git, complaint};
use super::repository::common_dir_of;
use super::{Oid, Repository, Signature, StoreLock, Time, claim, durable};
use crate::lock_file::{self, PATIENCE, Sharing};
use crate::{Collected, Error, Listener, Result, StageProgress};

/// How often to look whether another `git gc` has ended.
const PAUSE: Duration = Duration::from_millis(50);

/// While garbage is collected, the reflog of this ref names what must stay.
pub const KEPT: &str = "refs/prolly/kept-by-gc";

/// The right to collect garbage, among threads and processes. `git` itself holds it, too, while it runs: it goes on when this process
/// is killed.
#[derive(Debug)]
pub struct Collector {
    repository: Repository,
    lock: File,
}

/// Proof that nobody collects garbage or rolls up packs, as far as it is known here: `git gc` at a shell knows nothing of it.
#[derive(Debug)]
pub struct PacksHeld {
    _lock: Option<File>,
}

impl Repository {
    /// Waits until nobody collects garbage or rolls up packs in the repository at `path`, which need not be one that can be opened,
    /// and holds off whoever would. Many may hold this at once. Changes nothing.
    ///
    /// # Errors
    /// [`Locked`](Error::Locked) when it takes longer than a minute.
    pub fn hold_packs(path: &Path) -> Result<PacksHeld> {
        let Some(common) = common_dir_of(path) else { return Ok(PacksHeld { _lock: None }) };
        let path = common.join("prolly/repack.lock");
        Ok(PacksHeld { _lock: lock_file::take_if_there(&path, Sharing::Shared, PATIENCE)? })
    }

    /// Takes the right to collect garbage. To be taken before the store's lock.
    ///
    /// # Errors
    /// [`Locked`](Error::Locked) when another collection takes longer than a minute.
    pub fn collector(&self) -> Result<Collector> {
        let folder = self.own_dir();
        durable::make_folder(&folder)?;
        let lock = lock_file::take(&folder.join("repack.lock"), Sharing::Exclusive, PATIENCE)?;
        Ok(Collector { repository: self.clone(), lock })
    }

    /// Bytes that the objects of this repository take on the disk.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn objects_size(&self) -> Result<u64> {
        durable::size_below(&self.common_dir().join("objects"))
    }
}

impl Collector {
    /// Makes `git gc` keep these commits, as far as they are there, until [`Collector::let_commits_go`]: they are put into the
    /// reflog of [`KEPT`], which costs no object.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn keep_commits(&self, lock: &StoreLock, commits: &[Oid]) -> Result<()> {
        let mut seen = HashSet::new();
        let there = |commit: &Oid| seen.insert(*commit) && self.repository.commit(*commit).is_ok();
        let kept: Vec<Oid> = commits.iter().copied().filter(there).collect();
        let Some(first) = kept.first() else { return Ok(()) };
        let committer =
            Signature { name: "prollytree".into(), email: "gc@localhost".into(), time: Time::now() }.line();
        let line = |commit: &Oid| format!("{} {commit} {committer}\tgc: kept\n", Oid::ZERO);
        let log = self.repository.common_dir().join("logs").join(KEPT);
        if let Some(folder) = log.parent() {
            durable::make_folder(folder)?;
        }
        durable::replace_file(&log, kept.iter().map(line).collect::<String>().as_bytes())?;
        self.repository.update_ref(lock, KEPT, self.repository.ref_target(KEPT)?, Some(*first), "gc: kept")
    }

    /// Takes back [`Collector::keep_commits`].
    ///
    /// # Errors
    /// When the ref cannot be removed.
    pub fn let_commits_go(&self, lock: &StoreLock) -> Result<()> {
        match self.repository.ref_target(KEPT)? {
            Some(found) => self.repository.update_ref(lock, KEPT, Some(found), None, ""),
            None => Ok(()),
        }
    }

    /// Runs `git gc`: packs what is left together, and deletes what no ref, reflog, HEAD or index reaches and is older than
    /// `grace`. Says how many objects stay and go, and how many bytes of the disk these take. In a dry run nothing
    /// is changed and `kept` is taken for reachable. Writers may go on meanwhile. The listener is told what `git` counts, lists and
    /// packs.
    ///
    /// # Errors
    /// [`Cancelled`](Error::Cancelled) when the listener asked for it: a `git gc` that had begun has ended then.
    /// [`Locked`](Error::Locked) when a `git gc` that somebody started at a shell takes longer than a minute, and
    /// [`Git`](Error::Git) with what `git` says. What is reachable is safe in any case.
    pub fn collect(
        &self,
        kept: &[Oid],
        grace: Duration,
        dry_run: bool,
        listener: &mut Listener<'_>,
    ) -> Result<Collected> {
        let expire = SystemTime::now().checked_sub(grace).unwrap_or(UNIX_EPOCH);
        let collected = {
            let _no_gc = self.hold_off_gc(listener)?;
            self.count_garbage(kept, expire, listener)?
        };
        if !dry_run {
            let seconds = expire.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let prune =
                if grace.is_zero() { "--prune=now".to_owned() } else { format!("--prune=@{seconds}") };
            let ran = self.run_gc(&["-c", "color.ui=false", "gc", &prune], listener);
            // One that was ended may have moved objects by then.
            self.repository.inner.handles.forget();
            ran?;
        }
        Ok(collected)
    }

    /// Keeps a `git gc` at a shell from beginning, after one under way: `git` cannot list a pack that goes meanwhile.
    fn hold_off_gc(&self, listener: &mut Listener<'_>) -> Result<GcLock> {
        let start = Instant::now();
        loop {
            if let Some(lock) = GcLock::take(self.repository.common_dir())? {
                return Ok(lock);
            } else if start.elapsed() > PATIENCE {
                return Err(Error::Locked { path: self.repository.common_dir().join("gc.pid") });
            }
            StageProgress::of("waiting for another git gc", 0).tell(listener)?;
            thread::sleep(PAUSE);
        }
    }

    /// Runs `git gc`, after another one that somebody started at a shell.
    fn run_gc(&self, arguments: &[&str], listener: &mut Listener<'_>) -> Result<()> {
        let (start, running) = (Instant::now(), self.repository.common_dir().join("gc.pid"));
        let mut failures = 0;
        loop {
            let held = self.lock.try_clone().map_err(|error| Error::io("lock", &running, error))?;
            let git = Git::at(self.repository.common_dir());
            let (action, waiting) = ("collect garbage", "packing objects");
            let output = git.output_holding_telling(held, action, arguments, waiting, listener)?;
            // Another one may have ended since this one failed because of it.
            failures += u32::from(!running.exists());
            if output.status.success() {
                return Ok(());
            } else if failures > 1 {
                return Err(Error::Git { action: "collect garbage".into(), message: complaint(&output) });
            } else if start.elapsed() > PATIENCE {
                return Err(Error::Locked { path: running });
            }
            StageProgress::of("waiting for another git gc", 0).tell(listener)?;
            thread::sleep(PAUSE);
        }
    }

    fn count_garbage(
        &self,
        kept: &[Oid],
        expire: SystemTime,
        listener: &mut Listener<'_>,
    ) -> Result<Collected> {
        let git = Git::at(self.repository.common_dir());
        let action = "count what is reachable";
        // The main worktree's view has the refs of all and the HEADs, indexes and reflogs of each.
        let mut arguments: Vec<String> = [
            "rev-list",
            "--objects",
            "--no-object-names",
            "--ignore-missing",
            "--all",
            "--reflog",
            "--indexed-objects",
            "--progress=Counting objects",
        ]
        .map(String::from)
        .to_vec();
        arguments.extend(
            kept.iter().filter(|commit| self.repository.commit(**commit).is_ok()).map(Oid::to_string),
        );
        let reachable = git.run_telling(action, &arguments, "counting objects", listener)?;
        let reachable: HashSet<Oid> = reachable.lines().map_while(|line| line.ok()?.parse().ok()).collect();
        let format = "--batch-check=%(objectname) %(objectsize:disk)";
        let arguments = ["cat-file", "--batch-all-objects", "--unordered", format];
        let all = git.run_telling("list all objects", &arguments, "listing objects", listener)?;
        let mut garbage = HashMap::new();
        let mut live = 0;
        for line in all.lines().map_while(|line| line.ok()) {
            let Some((id, size)) = line.split_once(' ') else { continue };
            let (Ok(id), Ok(size)) = (id.parse::<Oid>(), size.parse::<u64>()) else { continue };
            if reachable.contains(&id) {
                live += 1;
            } else {
                garbage.insert(id, size);
            }
        }
        live += self.keep_young(&mut garbage, expire)?;
        Ok(Collected { live, garbage: garbage.len() as u64, garbage_bytes: garbage.values().sum() })
    }

    /// Takes from `garbage` what Git keeps for its age, or for a `.keep`, and says how many that were.
    fn keep_young(&self, garbage: &mut HashMap<Oid, u64>, expire: SystemTime) -> Result<u64> {
        let before = garbage.len();
        let objects = self.repository.common_dir().join("objects");
        let is_young = |path: &Path| match fs::metadata(path).and_then(|found| found.modified()) {
            Ok(modified) => Ok(modified > expire),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io("examine", path, error)),
        };
        let mut young = Vec::new();
        for id in garbage.keys() {
            let name = id.to_string();
            if is_young(&objects.join(&name[..2]).join(&name[2..]))? {
                young.push(*id);
            }
        }
        for path in claim::entries(&objects.join("pack"))? {
            if path.extension().is_some_and(|extension| extension == "idx")
                && (path.with_extension("keep").exists() || is_young(&path.with_extension("pack"))?)
            {
                let index = File::open(&path).map_err(|error| Error::io("open", &path, error))?;
                let git = Git::at(self.repository.common_dir());
                let listing = git.output_holding(index, "read a pack's index", &["show-index"])?;
                young.extend(
                    listing
                        .stdout
                        .lines()
                        .map_while(|line| line.ok()?.split(' ').nth(1)?.parse::<Oid>().ok()),
                );
            }
        }
        for id in young {
            garbage.remove(&id);
        }
        Ok((before - garbage.len()) as u64)
    }
}
