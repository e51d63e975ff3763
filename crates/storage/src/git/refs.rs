//! Moves refs: compare-and-swap under Git's own lock files, with reflog, synced.
//!
//! libgit2 would do the same with more syncs, process-wide settings, and locks that nobody can attribute after a crash.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::claim::{self, Claim};
use super::{Head, Oid, Repository, StoreLock, durable, failure};
use crate::{Error, Result};

/// The full name of the branch `name`.
///
/// # Errors
/// [`InvalidName`](Error::InvalidName) when Git does not allow such a branch.
pub fn branch_ref(name: &str) -> Result<String> {
    let full = format!("refs/heads/{name}");
    let refused = |reason: &str| Err(Error::InvalidName { name: name.into(), reason: reason.into() });
    match name {
        "" => refused("a branch needs a name"),
        "HEAD" => refused("no branch can have the name HEAD"),
        name if name.starts_with('-') => refused("a branch cannot begin with a dash"),
        _ => check_name(&full).map(|()| full).map_err(|_| Error::InvalidName {
            name: name.into(),
            reason: "Git allows no branch with this name (see `git help check-ref-format`)".into(),
        }),
    }
}

fn check_name(name: &str) -> Result<()> {
    if name.starts_with("refs/") && git2::Reference::is_valid_name(name) {
        return Ok(());
    }
    let reason = "Git allows no ref with this name (see `git help check-ref-format`)".into();
    Err(Error::InvalidName { name: name.into(), reason })
}

impl Repository {
    /// Moves the ref `name` (in full: `refs/heads/main`) from `expected` to `new` in one step; `None` stands for no
    /// such ref. What it held goes to its reflog, and to that of HEAD when HEAD names it.
    ///
    /// When this returns, the move survives a loss of power; it cost two syncs: the ref and its folder.
    ///
    /// # Errors
    /// [`Moved`](Error::Moved) when the ref is not `expected`; nothing has changed then.
    /// [`Locked`](Error::Locked) when another program holds Git's lock of the ref for longer than two seconds.
    pub fn update_ref(
        &self,
        _lock: &StoreLock,
        name: &str,
        expected: Option<Oid>,
        new: Option<Oid>,
        message: &str,
    ) -> Result<()> {
        check_name(name)?;
        if new.is_some() && expected.is_none() {
            self.check_room_for(name)?;
        }
        // An empty folder may be where the lock's or the ref's file must be.
        let path = self.common_dir().join(name);
        remove_empty_folders(&path);
        let lock = format!("{name}.lock");
        let held = match new {
            Some(new) => Claim::take_with(self, &lock, format!("{new}\n").as_bytes())?,
            None => Claim::take(self, &lock)?,
        };
        let found = self.direct_target(name)?;
        if found != expected {
            let show = |id: Option<Oid>| id.map_or("nothing".into(), |id| id.to_string());
            return Err(Error::Moved { name: name.into(), expected: show(expected), found: show(found) });
        }
        match new {
            None => self.remove_ref(name, &path, held),
            Some(_) => {
                let head = self.lock_head_at(name)?;
                self.append_reflog(name, expected, new, message)?;
                if head.is_some() {
                    self.append_reflog("HEAD", expected, new, message)?;
                }
                held.move_to(&path)
            }
        }
    }

    /// Makes HEAD name the branch `branch` (which need not be there yet), noting `message` in its reflog.
    ///
    /// # Errors
    /// [`InvalidName`](Error::InvalidName), and [`Locked`](Error::Locked) as for [`Repository::update_ref`].
    pub fn set_head_to_branch(&self, lock: &StoreLock, branch: &str, message: &str) -> Result<()> {
        let full = branch_ref(branch)?;
        let target = self.ref_target(&full)?;
        self.set_head(lock, &format!("ref: {full}\n"), target, message)
    }

    /// Detaches HEAD at the commit `target`, noting `message` in its reflog.
    ///
    /// # Errors
    /// When `target` is no commit, and [`Locked`](Error::Locked) as for [`Repository::update_ref`].
    pub fn set_head_to_commit(&self, lock: &StoreLock, target: Oid, message: &str) -> Result<()> {
        self.commit(target)?;
        self.set_head(lock, &format!("{target}\n"), Some(target), message)
    }

    fn set_head(&self, _lock: &StoreLock, text: &str, new: Option<Oid>, message: &str) -> Result<()> {
        let held = Claim::take_with(self, &format!("{}.lock", self.head_name()?), text.as_bytes())?;
        let old = self.ref_target("HEAD")?;
        if old.is_some() || new.is_some() {
            self.append_reflog("HEAD", old, new, message)?;
        }
        held.move_to(&self.git_dir().join("HEAD"))?;
        self.inner.handles.forget();
        Ok(())
    }

    /// Deletes the branch `name`, its reflog and its configuration, if it is at `expected`.
    ///
    /// # Errors
    /// [`Moved`](Error::Moved) when it is elsewhere, and [`Unsupported`](Error::Unsupported) when HEAD of this or
    /// another worktree names it.
    pub fn delete_branch(&self, lock: &StoreLock, name: &str, expected: Oid) -> Result<()> {
        let full = branch_ref(name)?;
        if let Some(holder) = self.worktree_at(&full)? {
            return Err(Error::Unsupported {
                what: format!("deleting the branch {name}, which is checked out in {holder},"),
                hint: "check out another branch first".into(),
            });
        }
        self.update_ref(lock, &full, Some(expected), None, "")?;
        self.remove_configuration(name)
    }

    /// Removes the configuration of a branch. It is changed on a copy and put in place under a claim: libgit2 would leave
    /// `config.lock` for ever when the process ends meanwhile.
    fn remove_configuration(&self, name: &str) -> Result<()> {
        let action = || format!("remove the configuration of the branch {name}");
        let keys = ["remote", "merge", "rebase", "description", "pushRemote"]
            .map(|key| format!("branch.{name}.{key}"));
        let path = self.common_dir().join("config");
        let config = git2::Config::open(&path).map_err(failure::git(action()))?;
        let mut found = false;
        for key in &keys {
            // Any of several values does.
            found |= failure::found(config.get_entry(key)).map_err(failure::git(action()))?.is_some();
        }
        if !found {
            return Ok(());
        }
        let held = Claim::take(self, "config.lock")?;
        let before = fs::read(&path).map_err(|error| Error::io("read", &path, error))?;
        let folder = claim::incoming(self);
        durable::make_folder(&folder)?;
        let copy = folder.join("config");
        let changed =
            fs::write(&copy, before).map_err(|error| Error::io("write", &copy, error)).and_then(|()| {
                let mut config = git2::Config::open(&copy).map_err(failure::git(action()))?;
                for key in &keys {
                    failure::found(config.remove_multivar(key, ".*")).map_err(failure::git(action()))?;
                }
                fs::read(&copy).map_err(|error| Error::io("read", &copy, error))
            });
        let _ = fs::remove_file(&copy);
        held.fill(&changed?)?;
        held.move_to(&path)
    }

    /// The folder of the worktree whose HEAD names the ref `full`, if any.
    ///
    /// # Errors
    /// When the worktrees cannot be listed.
    pub fn worktree_at(&self, full: &str) -> Result<Option<String>> {
        let names_it = |head: &Path| {
            fs::read_to_string(head)
                .is_ok_and(|text| text.strip_prefix("ref:").is_some_and(|target| target.trim() == full))
        };
        let common = self.common_dir();
        if names_it(&common.join("HEAD")) {
            let main = if common.ends_with(".git") { common.parent().unwrap_or(common) } else { common };
            return Ok(Some(main.display().to_string()));
        }
        let worktrees = common.join("worktrees");
        let listing = match fs::read_dir(&worktrees) {
            Ok(listing) => listing,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("list", worktrees, error)),
        };
        for entry in listing {
            let entry = entry.map_err(|error| Error::io("list", &worktrees, error))?;
            if names_it(&entry.path().join("HEAD")) {
                let folder = fs::read_to_string(entry.path().join("gitdir")).unwrap_or_default();
                return Ok(Some(folder.trim_end().trim_end_matches("/.git").to_owned()));
            }
        }
        Ok(None)
    }

    /// HEAD's path relative to the common Git directory.
    fn head_name(&self) -> Result<String> {
        let relative = self.git_dir().strip_prefix(self.common_dir()).ok().and_then(Path::to_str);
        match relative {
            Some("") => Ok("HEAD".into()),
            Some(worktree) => Ok(format!("{}/HEAD", worktree.trim_end_matches('/').replace('\\', "/"))),
            None => Err(Error::Unsupported {
                what: format!("a worktree whose Git directory is {}", self.git_dir().display()),
                hint: "make worktrees with `git worktree add`".into(),
            }),
        }
    }

    /// Locks HEAD if it names the ref `name`, so that its reflog can be written.
    fn lock_head_at(&self, name: &str) -> Result<Option<Claim>> {
        let named = match self.head()? {
            Head::Branch { name, .. } | Head::Unborn { name } => Some(format!("refs/heads/{name}")),
            Head::Detached { .. } => None,
        };
        if named.as_deref() != Some(name) {
            return Ok(None);
        }
        Claim::take(self, &format!("{}.lock", self.head_name()?)).map(Some)
    }

    /// The id that the ref itself holds.
    fn direct_target(&self, name: &str) -> Result<Option<Oid>> {
        self.with(|handle| {
            let action = || format!("read {name}");
            let Some(found) = failure::found(handle.find_reference(name)).map_err(failure::git(action()))?
            else {
                return Ok(None);
            };
            found.target().map(Oid::of).map(Some).ok_or_else(|| Error::Unsupported {
                what: format!("moving the symbolic ref {name}"),
                hint: "move the ref that it names".into(),
            })
        })
    }

    /// Git keeps a ref in a file of its name, so no ref can have the name of another one's folder.
    fn check_room_for(&self, name: &str) -> Result<()> {
        let taken = |other: &str| Error::InvalidName {
            name: name.into(),
            reason: format!("the ref {other} is there"),
        };
        for (at, _) in name.match_indices('/').skip(2) {
            if self.ref_target(&name[..at])?.is_some() {
                return Err(taken(&name[..at]));
            }
        }
        match self.refs(&format!("{name}/"))?.first() {
            Some((other, _)) => Err(taken(other)),
            None => Ok(()),
        }
    }

    /// Removes a ref: from `packed-refs` first, so that an old value does not come back, then its file and its reflog.
    fn remove_ref(&self, name: &str, path: &Path, held: Claim) -> Result<()> {
        self.remove_packed(name)?;
        let unlinked = match fs::remove_file(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(Error::io("remove", path, error)),
            Ok(()) => true,
        };
        if unlinked {
            durable::sync_parent(path)?;
        }
        let log = self.common_dir().join("logs").join(name);
        let _ = fs::remove_file(&log);
        drop(held);
        for (file, root) in [(path, "refs"), (log.as_path(), "logs/refs")] {
            let root = self.common_dir().join(root);
            // `refs/heads` and its likes stay.
            let mut folder = file.parent();
            while let Some(empty) =
                folder.filter(|folder| folder.strip_prefix(&root).is_ok_and(|p| p.components().count() > 1))
            {
                if fs::remove_dir(empty).is_err() {
                    break;
                }
                folder = empty.parent();
            }
        }
        Ok(())
    }

    fn remove_packed(&self, name: &str) -> Result<()> {
        let path = self.common_dir().join("packed-refs");
        let contains = |text: &[u8]| lines(text).any(|line| packed_name(line) == Some(name.as_bytes()));
        if !contains(&read_or_empty(&path)?) {
            return Ok(());
        }
        // Taken before the file is read, so that nobody else writes it meanwhile.
        let held = Claim::take(self, "packed-refs.lock")?;
        let text = read_or_empty(&path)?;
        let mut kept = Vec::with_capacity(text.len());
        let mut dropping = false;
        for line in lines(&text) {
            // A line that begins with `^` belongs to the ref above it.
            if !line.starts_with(b"^") {
                dropping = packed_name(line) == Some(name.as_bytes());
            }
            if !dropping {
                kept.extend_from_slice(line);
            }
        }
        held.fill(&kept)?;
        held.move_to(&path)
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

/// The ref that a line of `packed-refs` is about.
fn packed_name(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let hex = 2 * Oid::LENGTH;
    (!line.starts_with(b"#") && !line.starts_with(b"^") && line.get(hex) == Some(&b' '))
        .then(|| &line[hex + 1..])
}

fn read_or_empty(path: &Path) -> Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        answer => answer.map_err(|error| Error::io("read", path, error)),
    }
}

/// Removes the folder `path` when it holds nothing but empty folders.
fn remove_empty_folders(path: &Path) {
    let Ok(listing) = fs::read_dir(path) else { return };
    for entry in listing.flatten() {
        remove_empty_folders(&entry.path());
    }
    // Refuses when something is in it.
    let _ = fs::remove_dir(path);
}
