//! Collecting what nothing reaches any more.

use std::collections::HashSet;
use std::time::Duration;

use prolly_storage::git::{Collector, FillLock, LogOrder, Oid};
use prolly_storage::{Address, CollectOptions, Collected, Listener, NodeRef, StageProgress, unheard};

use crate::shared::{Held, Shared};
use crate::tips::tips;
use crate::{Result, VersionedStore};

/// Versions after which a listener is told again.
const TOLD_EVERY: u64 = 256;

/// How to collect garbage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GarbageOptions {
    /// What is younger than this stays, as in Git, so that a mistake can still be undone. Two weeks by default. RocksDB and memory
    /// know no ages: there nodes go when nothing reaches them any more.
    pub grace: Duration,
    /// Only count; delete nothing.
    pub dry_run: bool,
}

impl Default for GarbageOptions {
    fn default() -> Self {
        Self { grace: Duration::from_secs(14 * 24 * 3600), dry_run: false }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GarbageReport {
    /// Objects of Git, and nodes of a storage beside it, that stay.
    pub live: u64,
    /// Those that were deleted, or in a dry run would be.
    pub garbage: u64,
    /// Bytes of these: of Git's objects as they lie on the disk.
    pub garbage_bytes: u64,
    /// Bytes of the disk that objects and nodes took before.
    pub bytes_before: u64,
    /// And after.
    pub bytes_after: u64,
}

impl VersionedStore {
    /// Deletes what nothing reaches any more: no ref, no reflog, no HEAD or staged change of any worktree, and no handle of any
    /// process that reads from it, be it a snapshot, an iterator or a transaction. Packs what is left together. Reflogs go on
    /// keeping what branches were moved away from, for 30 to 90 days as Git is configured.
    ///
    /// Others may read and write meanwhile. Git deletes in Git; in a storage beside it, commits wait while nodes are deleted.
    ///
    /// Cost: Git reads the names of all objects, and packs those anew that are in small packs. A storage beside Git is read
    /// whole but for its blobs.
    ///
    /// # Errors
    /// [`prolly_storage::Error::Locked`] when another collection takes longer than a minute, a
    /// [missing node](prolly_storage::Error::MissingNode) or corruption when what must stay cannot be read whole (nothing is
    /// deleted then: `git-prolly fsck` says more), and what `git` says.
    pub fn collect_garbage(&self, options: &GarbageOptions) -> Result<GarbageReport> {
        self.collect_garbage_telling(options, &mut unheard)
    }

    /// As [`VersionedStore::collect_garbage`], and tells how far it is: of a storage beside Git the versions and nodes looked at, of
    /// Git what `git` says. The listener can end it. A storage whose nodes are being deleted is done whole first.
    ///
    /// # Errors
    /// As [`VersionedStore::collect_garbage`], and [`Cancelled`](prolly_storage::Error::Cancelled) when the listener asked for it:
    /// what must stay is whole, and the next collection goes on.
    pub fn collect_garbage_telling(
        &self,
        options: &GarbageOptions,
        listener: &mut Listener<'_>,
    ) -> Result<GarbageReport> {
        let shared = &self.shared;
        let bytes_before = shared.size()?;
        // Held for both: whoever collects objects may remove commits that were tips when the nodes' roots were looked for.
        let collector = match shared.is_temporary() {
            true => None,
            false => Some(shared.repository().collector()?),
        };
        let nodes = if shared.backend.in_git() {
            Collected::default()
        } else {
            shared.collect_nodes(options, listener)?
        };
        let objects = match &collector {
            Some(collector) => shared.collect_objects(collector, options, listener)?,
            None => Collected::default(),
        };
        Ok(GarbageReport {
            live: nodes.live + objects.live,
            garbage: nodes.garbage + objects.garbage,
            garbage_bytes: nodes.garbage_bytes + objects.garbage_bytes,
            bytes_before,
            bytes_after: if options.dry_run { bytes_before } else { shared.size()? },
        })
    }
}

impl Shared {
    /// Bytes of the disk that objects and nodes take.
    fn size(&self) -> Result<u64> {
        let repository = self.repository();
        let nodes = crate::node_storage::size(repository, self.storage)?;
        Ok(repository.objects_size()? + nodes)
    }

    /// In Git, where `git gc` does it.
    fn collect_objects(
        &self,
        collector: &Collector,
        options: &GarbageOptions,
        listener: &mut Listener<'_>,
    ) -> Result<Collected> {
        let repository = self.repository();
        let kept = || -> Result<Vec<Oid>> {
            let mut kept: Vec<Oid> = repository.pinned()?.into_iter().map(|(commit, _)| commit).collect();
            kept.extend(tips(repository)?.into_iter().map(|(_, tip)| tip));
            Ok(kept)
        };
        let mut collect =
            |kept: &[Oid]| Ok(collector.collect(kept, options.grace, options.dry_run, &mut *listener)?);
        if options.dry_run {
            return collect(&kept()?);
        }
        let kept = self.exclusively(|store| {
            let kept = kept()?;
            collector.keep_commits(store, &kept)?;
            Ok(kept)
        })?;
        let collected = collect(&kept);
        self.exclusively(|store| Ok(collector.let_commits_go(store)?))?;
        collected
    }

    /// In a storage beside Git.
    fn collect_nodes(&self, options: &GarbageOptions, listener: &mut Listener<'_>) -> Result<Collected> {
        let mut live = LiveRoots { shared: self, commits: HashSet::new(), roots: HashSet::new() };
        let first = live.find(listener)?;
        let mut held: Option<(Held<'_>, FillLock)> = None;
        let mut failed = None;
        let mut last_look = || {
            let mut look = || -> Result<Vec<NodeRef>> {
                let exclusive = self.hold()?;
                let filling = self.repository().hold_off_filling()?;
                held = Some((exclusive, filling));
                live.find(&mut unheard)
            };
            look().map_err(|error| {
                let stopped = prolly_storage::Error::Cancelled;
                failed = Some(error);
                stopped
            })
        };
        let collect = CollectOptions { grace: options.grace, dry_run: options.dry_run };
        let nodes = self.backend.nodes();
        let collected = nodes.collect_garbage_beside(&first, &mut last_look, &collect, listener);
        drop(held);
        match failed {
            Some(error) => Err(error),
            None => Ok(collected?),
        }
    }
}

/// The roots that must stay in a storage beside Git.
struct LiveRoots<'shared> {
    shared: &'shared Shared,
    /// Those that were looked at.
    commits: HashSet<Oid>,
    roots: HashSet<Address>,
}

impl LiveRoots<'_> {
    /// Those that were not found before. A version that the storage lacks, because it was fetched and not read yet, keeps nothing:
    /// its nodes are in Git.
    fn find(&mut self, listener: &mut Listener<'_>) -> Result<Vec<NodeRef>> {
        let repository = self.shared.repository();
        let pinned = repository.pinned()?;
        let starts = tips(repository)?.into_iter().map(|(_, tip)| tip);
        let starts: Vec<Oid> = starts.filter(|tip| !self.commits.contains(tip)).collect();
        let hidden: Vec<Oid> = self.commits.iter().copied().collect();
        let mut found: Vec<Address> = pinned.into_iter().map(|(_, root)| root).collect();
        let order = if hidden.is_empty() { LogOrder::Time } else { LogOrder::Topological };
        for commit in repository.log(&starts, &hidden, order)? {
            let id = commit?.id;
            let looked_at = self.commits.len() as u64;
            if looked_at.is_multiple_of(TOLD_EVERY) {
                StageProgress::of("reading versions", looked_at).tell(listener)?;
            }
            self.commits.insert(id);
            found.push(repository.read_version(id)?.root.address);
        }
        found.retain(|root| self.roots.insert(*root));
        let mut there = self.shared.backend.nodes().storage().contains_many(&found)?.into_iter();
        found.retain(|_| there.next().unwrap_or(false));
        Ok(found.into_iter().map(NodeRef::from).collect())
    }
}
