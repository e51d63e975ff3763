//! Other copies of the store, through the `git` program.

use std::path::Path;

use prolly_storage::git::{
    COMPANIONS, CloneOptions as GitCloneOptions, LogOrder, PushOptions as GitPushOptions, PushOutcome,
    PushedRef, Repository, StoreLock,
};

use prolly_storage::{Listener, unheard};

use crate::backend::Backend;
use crate::branch::{branch_name, no_branch};
use crate::migrate::copy_versions;
use crate::shared::Shared;
use crate::{
    CommitId, Durability, Error, MergeOptions, MergeOutcome, OpenOptions, Result, StorageKind,
    VersionedStore, node_storage,
};

/// The remote that is meant when none is named.
const ORIGIN: &str = "origin";

/// How to clone.
#[derive(Clone, Copy, Debug, Default)]
pub struct CloneOptions {
    /// How to open it afterwards.
    pub open: OpenOptions,
    /// Where the copy keeps its nodes, wherever the original has them.
    pub storage: StorageKind,
}

/// What to fetch.
#[derive(Clone, Debug, Default)]
pub struct FetchOptions {
    /// The remote; `None` for `origin`.
    pub remote: Option<String>,
}

/// What to push.
#[derive(Clone, Debug, Default)]
pub struct PushOptions {
    /// The remote's name or address; `None` for `origin`.
    pub remote: Option<String>,
    /// The branch; `None` for the current one.
    pub branch: Option<String>,
    /// Overwrite what is there, unless it moved since it was last fetched.
    pub force: bool,
    /// Push the tags as well.
    pub tags: bool,
    /// Make the branch follow the remote's.
    pub set_upstream: bool,
}

/// What to pull.
#[derive(Clone, Debug, Default)]
pub struct PullOptions {
    /// The remote; `None` for `origin`.
    pub remote: Option<String>,
    /// The branch there; `None` for the current one's name.
    pub branch: Option<String>,
    /// How to merge it.
    pub merge: MergeOptions,
}

impl VersionedStore {
    /// Clones the store at `url` (anything the `git` program takes) into `directory`.
    ///
    /// # Errors
    /// What `git` reports, and as [`VersionedStore::open`].
    pub fn clone_from(url: &str, directory: impl AsRef<Path>, options: CloneOptions) -> Result<Self> {
        Self::clone_telling(url, directory, options, &mut unheard)
    }

    /// As [`VersionedStore::clone_from`], and tells how far it is: what `git` says, and how many versions are copied into a storage
    /// beside Git. The listener can end it.
    ///
    /// # Errors
    /// As [`VersionedStore::clone_from`], and [`Cancelled`](prolly_storage::Error::Cancelled) when the listener asked for it:
    /// nothing is left in `directory` then.
    pub fn clone_telling(
        url: &str,
        directory: impl AsRef<Path>,
        options: CloneOptions,
        listener: &mut Listener<'_>,
    ) -> Result<Self> {
        let directory = directory.as_ref();
        write_companions_at(url, listener)?;
        let was_there = directory.exists();
        let cloned = Repository::clone_from(url, directory, &GitCloneOptions::default(), listener);
        let repository = cloned.map_err(|error| match error {
            prolly_storage::Error::AlreadyExists { .. } => {
                Error::AlreadyExists { what: "folder", name: directory.display().to_string() }
            }
            other => other.into(),
        })?;
        if options.storage != StorageKind::Git {
            node_storage::write(&repository, options.storage)?;
        }
        let store = Self::open(directory, options.open)?;
        match store.shared.fill(&[], listener) {
            Err(Error::Storage(prolly_storage::Error::Cancelled)) => {
                drop(store);
                Repository::remove_clone(directory, was_there)?;
                Err(prolly_storage::Error::Cancelled.into())
            }
            filled => filled.map(|()| store),
        }
    }

    /// Gives a remote a name.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists), or what Git refuses.
    pub fn add_remote(&self, name: &str, url: &str) -> Result<()> {
        if self.shared.repository().remotes()?.iter().any(|remote| remote == name) {
            return Err(Error::AlreadyExists { what: "remote", name: name.to_owned() });
        }
        Ok(self.shared.repository().add_remote(name, url)?)
    }

    /// Gets a remote's branches and tags.
    ///
    /// # Errors
    /// What `git` reports.
    pub fn fetch(&self, options: &FetchOptions) -> Result<()> {
        self.fetch_telling(options, &mut unheard)
    }

    /// As [`VersionedStore::fetch`], and tells how far it is, as [`VersionedStore::clone_telling`] does. The listener can end it.
    ///
    /// # Errors
    /// As [`VersionedStore::fetch`], and [`Cancelled`](prolly_storage::Error::Cancelled) when the listener asked for it: what was
    /// fetched by then stays, and the next fetch goes on.
    pub fn fetch_telling(&self, options: &FetchOptions, listener: &mut Listener<'_>) -> Result<()> {
        let remote = options.remote.as_deref().unwrap_or(ORIGIN);
        self.refuse_unknown_remote(remote)?;
        let shared = &self.shared;
        if shared.position()?.commit.is_none() {
            // Its journal tells a store without commits from one that lost its branch, once there are other refs.
            shared.exclusively(|store| shared.settle(store, &mut shared.appending()?))?;
        }
        let repository = shared.repository();
        repository.fetch_companions_of(remote)?;
        let address = repository.remote_address(remote)?;
        write_companions_at(address.as_deref().unwrap_or(remote), listener)?;
        let (known, companions) = (repository.refs("refs/")?, repository.refs(COMPANIONS)?);
        let fetched = repository.fetch(remote, &[], listener);
        shared.exclusively(|store| shared.keep_companions(store, &companions))?;
        fetched?;
        shared.fill(&known.into_iter().map(|(_, tip)| tip).collect::<Vec<_>>(), listener)?;
        shared.tidy();
        Ok(())
    }

    /// Sends a branch to a remote, and says what became of each ref that was pushed.
    ///
    /// # Errors
    /// [`Error::PushRejected`](crate::Error::PushRejected) when the remote's branch has commits that this one lacks, and
    /// what `git` reports.
    pub fn push(&self, options: &PushOptions) -> Result<Vec<PushedRef>> {
        self.push_telling(options, &mut unheard)
    }

    /// As [`VersionedStore::push`], and tells how far it is: how many versions of a storage beside Git are written into Git, and
    /// what `git` says. The listener can end it.
    ///
    /// # Errors
    /// As [`VersionedStore::push`], and [`Cancelled`](prolly_storage::Error::Cancelled) when the listener asked for it. The remote
    /// may have taken what was sent, then.
    pub fn push_telling(&self, options: &PushOptions, listener: &mut Listener<'_>) -> Result<Vec<PushedRef>> {
        let remote = options.remote.as_deref().unwrap_or(ORIGIN);
        self.refuse_unknown_remote(remote)?;
        let branch = match &options.branch {
            Some(branch) => branch.clone(),
            None => self.current_branch("push")?,
        };
        let full = branch_name(&branch)?;
        let repository = self.shared.repository();
        if repository.ref_target(&full)?.is_none() {
            return Err(no_branch(&branch));
        }
        let mut sent = vec![full.clone()];
        if options.tags {
            sent.extend(repository.refs("refs/tags/")?.into_iter().map(|(name, _)| name));
        }
        let (mut specs, mut companions) = (Vec::new(), Vec::new());
        for name in sent {
            let Some(tip) = repository.resolve(&name)? else { continue };
            let shared = &self.shared;
            let companion =
                shared.exclusively(|store| shared.backend.write_companions(store, tip, &name, listener))?;
            companions.extend(companion.map(|companion| format!("{companion}:{companion}")));
            specs.push(format!("{name}:{name}"));
        }
        let how = GitPushOptions { force: options.force, set_upstream: options.set_upstream };
        if !options.force {
            specs.extend(companions);
            return self.send(remote, &specs, how, listener);
        }
        let pushed = self.send(remote, &specs, how, listener)?;
        // Git cannot know what the remote's companions should be; those of a branch that was accepted are replaced.
        if !companions.is_empty() {
            let forced: Vec<_> = companions.iter().map(|spec| format!("+{spec}")).collect();
            self.send(remote, &forced, GitPushOptions::default(), listener)?;
        }
        Ok(pushed)
    }

    fn send(
        &self,
        remote: &str,
        specs: &[String],
        how: GitPushOptions,
        listener: &mut Listener<'_>,
    ) -> Result<Vec<PushedRef>> {
        let specs: Vec<_> = specs.iter().map(String::as_str).collect();
        let pushed = self.shared.repository().push(remote, &specs, how, listener)?;
        match pushed.iter().find(|pushed| pushed.outcome == PushOutcome::Rejected) {
            None => Ok(pushed.into_iter().filter(|pushed| !pushed.to.starts_with(COMPANIONS)).collect()),
            Some(PushedRef { to, summary, .. }) => Err(Error::PushRejected {
                remote: remote.to_owned(),
                name: to.trim_start_matches("refs/heads/").to_owned(),
                summary: summary.clone(),
            }),
        }
    }

    /// Fetches, and merges the remote's branch. To resolve conflicts page by page, [`VersionedStore::fetch`] and begin
    /// a merge of `origin/<branch>`.
    ///
    /// # Errors
    /// As [`VersionedStore::fetch`] and [`VersionedStore::merge`].
    pub fn pull(&self, options: &PullOptions) -> Result<MergeOutcome> {
        self.pull_telling(options, &mut unheard)
    }

    /// As [`VersionedStore::pull`], and tells how far it is: as [`VersionedStore::fetch_telling`], and then as
    /// [`VersionedStore::merge_telling`]. The listener can end it.
    ///
    /// # Errors
    /// As [`VersionedStore::pull`], and [`Cancelled`](prolly_storage::Error::Cancelled) when the listener asked for it: the branch
    /// is where it was then.
    pub fn pull_telling(&self, options: &PullOptions, listener: &mut Listener<'_>) -> Result<MergeOutcome> {
        let remote = options.remote.as_deref().unwrap_or(ORIGIN);
        let branch = match &options.branch {
            Some(branch) => branch.clone(),
            None => self.current_branch("pull")?,
        };
        self.refuse_staged_pull()?;
        self.fetch_telling(&FetchOptions { remote: options.remote.clone() }, listener)?;
        let tracking = format!("{remote}/{branch}");
        if self.shared.repository().ref_target(&format!("refs/remotes/{tracking}"))?.is_none() {
            return Err(no_branch(&tracking));
        }
        self.merge_telling(&tracking, &options.merge, listener)
    }

    /// The names of the remotes.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub fn remotes(&self) -> Result<Vec<String>> {
        Ok(self.shared.repository().remotes()?)
    }

    fn current_branch(&self, operation: &str) -> Result<String> {
        let branch = self.shared.position()?.branch;
        branch.ok_or_else(|| {
            Error::invalid("the branch", format!("must be named to {operation} from a detached HEAD"))
        })
    }

    fn refuse_staged_pull(&self) -> Result<()> {
        self.refresh()?;
        self.shared.view().refuse_staged("pull")
    }

    /// A name that is no remote is an address when it looks like one.
    fn refuse_unknown_remote(&self, remote: &str) -> Result<()> {
        let address = remote.contains(['/', '\\', ':', '.']);
        if address || self.shared.repository().remotes()?.iter().any(|known| known == remote) {
            return Ok(());
        }
        let hint = "add it with its address first".into();
        Err(Error::NotFound { what: "remote", name: remote.to_owned(), hint })
    }
}

/// Where `url` is a store on this machine that keeps nodes beside Git, makes it ready to be fetched from: Git carries what is in Git.
fn write_companions_at(url: &str, listener: &mut Listener<'_>) -> Result<()> {
    let path = Path::new(url.strip_prefix("file://").unwrap_or(url));
    let Ok(repository) = Repository::open(path) else { return Ok(()) };
    let kind = node_storage::read(&repository)?;
    let Some(nodes) = node_storage::open(&repository, kind, Durability::Commit)? else { return Ok(()) };
    let backend = Backend::external(repository.clone(), nodes);
    let store = repository.lock()?;
    for (name, _) in repository.refs("refs/heads/")?.into_iter().chain(repository.refs("refs/tags/")?) {
        // A tag can name what is no commit.
        if let Ok(Some(tip)) = repository.resolve(&name) {
            backend.write_companions(&store, tip, &name, listener)?;
        }
    }
    Ok(())
}

impl Shared {
    /// Brings the nodes of all commits into the storage, if it is beside Git, but for those that `known` commits reach.
    fn fill(&self, known: &[CommitId], listener: &mut Listener<'_>) -> Result<()> {
        if self.storage == StorageKind::Git {
            return Ok(());
        }
        let repository = self.repository();
        let known: Vec<_> = known.iter().copied().filter(|tip| repository.commit(*tip).is_ok()).collect();
        let refs = repository.refs("refs/")?.into_iter().filter(|(name, _)| !name.starts_with(COMPANIONS));
        let tips: Vec<_> = refs.filter_map(|(name, _)| repository.resolve(&name).ok().flatten()).collect();
        if !tips.is_empty() {
            let commits = repository.log(&tips, &known, LogOrder::Time)?.map(|commit| Ok(commit?.id));
            copy_versions(&self.backend, &commits.collect::<Result<Vec<_>>>()?, listener)?;
        }
        Ok(())
    }

    /// Keeps the companions that refs held `before`, where a fetch moved these elsewhere: a remote that rewrote its branch has
    /// no say in what is here.
    fn keep_companions(&self, store: &StoreLock, before: &[(String, CommitId)]) -> Result<()> {
        let repository = self.repository();
        for (name, old) in before {
            let kept = match repository.ref_target(name)? {
                Some(new) => repository.is_ancestor(*old, new)?,
                None => false,
            };
            let own = format!("{COMPANIONS}kept/{old}");
            if !kept && repository.ref_target(&own)?.is_none() {
                repository.update_ref(store, &own, None, Some(*old), "kept")?;
            }
        }
        Ok(())
    }
}
