//! Clone, fetch and push, by the `git` program: it knows every transport, proxy and credential helper.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::program::{Git, complaint};
use super::{BranchKind, COMPANIONS, Repository, branch_ref, durable, failure};
use crate::{Error, Listener, Result};

/// The stage until `git` says something.
const WAITING: &str = "connecting";

/// How to clone.
#[derive(Clone, Debug, Default)]
pub struct CloneOptions {
    /// The branch that HEAD will name; the remote's own when not given.
    pub branch: Option<String>,
    /// How many commits of history to fetch; all when not given.
    pub depth: Option<u32>,
}

/// How to push.
#[derive(Clone, Copy, Debug, Default)]
pub struct PushOptions {
    /// Replace what the remote has, also when that loses commits, unless it moved since it was last fetched.
    pub force: bool,
    /// Make each pushed branch follow the remote's.
    pub set_upstream: bool,
}

/// What became of a ref that was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedRef {
    /// The ref here; empty when a ref of the remote was deleted.
    pub from: String,
    /// The ref there.
    pub to: String,
    /// What happened.
    pub outcome: PushOutcome,
    /// Git's words: `[new branch]`, `1234567..89abcde`.
    pub summary: String,
}

/// What became of a pushed ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// It was there already.
    UpToDate,
    /// It was made.
    Created,
    /// It was moved forward.
    Updated,
    /// It was replaced.
    Forced,
    /// It was deleted.
    Deleted,
    /// The remote has commits that are not here, or its own rules forbid the move.
    Rejected,
}

impl Repository {
    /// Clones the repository `url` (a URL or a path) into `directory`, in the layout of a store at once: nothing is
    /// checked out. Remote-tracking branches and `origin` are as `git clone` makes them.
    ///
    /// # Errors
    /// [`AlreadyExists`](Error::AlreadyExists) when `directory` is there and not empty, [`Error::Git`] with what
    /// `git` said, and [`Cancelled`](Error::Cancelled) when the listener asked for it. Nothing is left behind then.
    pub fn clone_from(
        url: &str,
        directory: &Path,
        options: &CloneOptions,
        listener: &mut Listener<'_>,
    ) -> Result<Self> {
        if fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::AlreadyExists { what: format!("the folder {}", directory.display()) });
        }
        // Not the product's templates: hooks are not run here. Not the user's default branch format either.
        let mut arguments: Vec<std::ffi::OsString> =
            ["clone", "--progress", "--no-checkout", "--template="].map(Into::into).to_vec();
        arguments.push(format!("--config=remote.origin.fetch={}", companions_spec()).into());
        if let Some(branch) = &options.branch {
            arguments.push(format!("--branch={branch}").into());
        }
        if let Some(depth) = options.depth {
            arguments.push(format!("--depth={depth}").into());
            arguments.push("--no-single-branch".into());
        }
        arguments.extend(["--".into(), url.into(), directory.into()]);
        let was_there = directory.exists();
        let cloned = Git::anywhere().run_telling(format!("clone {url}"), &arguments, WAITING, listener);
        if let Err(error) = cloned {
            if matches!(error, Error::Cancelled) {
                // Git has done so; what it started may have gone on for a moment.
                Self::remove_clone(directory, was_there)?;
            }
            return Err(error);
        }
        let repository = Self::open(directory)?;
        repository.make_bare()?;
        if options.branch.is_none() {
            repository.adopt_remote_branch()?;
        }
        durable::sync_all_below(repository.git_dir())?;
        durable::sync_parent(repository.git_dir())?;
        Ok(repository)
    }

    /// Removes what [`Repository::clone_from`] made in `directory`, and the folder itself unless it `was_there` before or holds
    /// something else.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn remove_clone(directory: &Path, was_there: bool) -> Result<()> {
        let made = directory.join(".git");
        match fs::remove_dir_all(&made) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::io("remove", made, error));
            }
            _ => {}
        }
        if !was_there {
            // Somebody may have put something there.
            let _ = fs::remove_dir(directory);
        }
        Ok(())
    }

    /// Where the remote's HEAD names a branch that it does not have (one made by `git init --bare`, with another
    /// default branch), `git clone` leaves HEAD at nothing. Takes `main`, or the only branch.
    fn adopt_remote_branch(&self) -> Result<()> {
        if self.head()?.target().is_some() {
            return Ok(());
        }
        let branches = self.branches(BranchKind::Remote)?;
        let main = branches.iter().find(|branch| branch.name == "origin/main");
        let only = branches.first().filter(|_| branches.len() == 1);
        if let Some(remote) = main.or(only) {
            let name = remote.name.trim_start_matches("origin/");
            let git = self.git();
            git.run(
                format!("make the branch {name}"),
                &["branch", "--quiet", "--track", name, &remote.name],
            )?;
            git.run("set HEAD", &["symbolic-ref", "HEAD", &branch_ref(name)?])?;
            self.inner.handles.forget();
        }
        Ok(())
    }

    /// Makes fetching from a configured remote bring the companions of its commits too, whoever runs it.
    ///
    /// # Errors
    /// When the configuration cannot be read or written.
    pub fn fetch_companions_of(&self, remote: &str) -> Result<()> {
        if !self.remotes()?.iter().any(|known| known == remote) {
            return Ok(());
        }
        let (name, spec) = (format!("remote.{remote}.fetch"), companions_spec());
        self.with(|handle| {
            let action = || format!("write the configuration value {name}");
            let mut config = handle.config().map_err(failure::git(action()))?;
            let mut known = false;
            let values = config.multivar(&name, None).map_err(failure::git(action()))?;
            values
                .for_each(|entry| known |= entry.value().is_ok_and(|value| value == spec))
                .map_err(failure::git(action()))?;
            if known {
                return Ok(());
            }
            // An expression that matches nothing adds a value.
            config.set_multivar(&name, "^$", &spec).map_err(failure::git(action()))
        })
    }

    /// Adds the remote `name` at `url`, as `git remote add` does.
    ///
    /// # Errors
    /// [`Error::Git`] with what `git` said: there is such a remote, or the name is none.
    pub fn add_remote(&self, name: &str, url: &str) -> Result<()> {
        self.git().run(format!("add the remote {name}"), &["remote", "add", "--", name, url]).map(drop)
    }

    /// Fetches from `remote` (a configured name, a URL or a path): its branches and tags as configured when `refspecs`
    /// is empty, else those.
    ///
    /// # Errors
    /// [`Error::Git`] with what `git` said, and [`Cancelled`](Error::Cancelled) when the listener asked for it.
    pub fn fetch(&self, remote: &str, refspecs: &[&str], listener: &mut Listener<'_>) -> Result<()> {
        // Packs are rolled up by this program, and gc runs when the user asks for it.
        let mut arguments =
            vec!["-c", "gc.auto=0", "-c", "maintenance.auto=false", "fetch", "--progress", "--", remote];
        arguments.extend(refspecs);
        let action = format!("fetch from {remote}");
        self.git_for(remote)?.run_telling(action, &arguments, WAITING, listener).map(drop)
    }

    /// Pushes `refspecs` (`main`, `main:other`, `:gone`, `refs/tags/v1`) to `remote`, and says what became of each.
    ///
    /// # Errors
    /// [`Error::Git`] with what `git` said, except for refs that the remote refused: those are
    /// [`PushOutcome::Rejected`]; and [`Cancelled`](Error::Cancelled) when the listener asked for it. The remote may have taken
    /// what was sent, then.
    pub fn push(
        &self,
        remote: &str,
        refspecs: &[&str],
        options: PushOptions,
        listener: &mut Listener<'_>,
    ) -> Result<Vec<PushedRef>> {
        let mut arguments = vec!["push", "--porcelain", "--progress"];
        if options.force {
            arguments.push("--force-with-lease");
        }
        if options.set_upstream {
            arguments.push("--set-upstream");
        }
        arguments.extend(["--", remote]);
        arguments.extend(refspecs);
        let action = format!("push to {remote}");
        let output = self.git_for(remote)?.output_telling(&action, &arguments, WAITING, listener)?;
        let pushed: Vec<_> =
            String::from_utf8_lossy(&output.stdout).lines().filter_map(parse_pushed).collect();
        let rejected = pushed.iter().any(|pushed| pushed.outcome == PushOutcome::Rejected);
        if output.status.success() || rejected {
            return Ok(pushed);
        }
        Err(Error::Git { action, message: complaint(&output) })
    }

    /// Where the remote called `name` is. An address that is a relative path is seen from the folder of the repository, which
    /// is where `git remote add` was called in.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub fn remote_address(&self, name: &str) -> Result<Option<String>> {
        let Some(address) = self.git_config(&format!("remote.{name}.url"))? else { return Ok(None) };
        let from_here = self.main_directory().join(&address);
        Ok(Some(match from_here.to_str() {
            Some(path) if from_here.exists() => path.to_owned(),
            _ => address,
        }))
    }

    /// For what is done with `remote`: the paths of configured ones are seen from the folder of the repository, those that a
    /// caller names from where this process works.
    fn git_for(&self, remote: &str) -> Result<Git> {
        let configured = self.remotes()?.iter().any(|known| known == remote);
        Ok(if configured { self.git().within(self.main_directory()) } else { self.git() })
    }

    /// The folder that holds `.git`, also of a linked worktree; a bare repository itself.
    fn main_directory(&self) -> &Path {
        let common_dir = self.common_dir();
        let named_git = common_dir.file_name().is_some_and(|name| name == ".git");
        common_dir.parent().filter(|_| named_git).unwrap_or(common_dir)
    }

    fn git(&self) -> Git {
        Git::at(self.git_dir())
    }
}

/// A line of `git push --porcelain`: flag, tab, from:to, tab, summary.
fn parse_pushed(line: &str) -> Option<PushedRef> {
    let mut fields = line.splitn(3, '\t');
    let (flag, names, summary) = (fields.next()?, fields.next()?, fields.next()?);
    let outcome = match flag {
        "=" => PushOutcome::UpToDate,
        "*" => PushOutcome::Created,
        " " => PushOutcome::Updated,
        "+" => PushOutcome::Forced,
        "-" => PushOutcome::Deleted,
        "!" => PushOutcome::Rejected,
        _ => return None,
    };
    let (from, to) = names.split_once(':')?;
    Some(PushedRef { from: from.into(), to: to.into(), outcome, summary: summary.into() })
}

/// What to fetch of the companions of commits.
fn companions_spec() -> String {
    format!("+{COMPANIONS}*:{COMPANIONS}*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_reports_are_understood() {
        let pushed = parse_pushed("!\trefs/heads/main:refs/heads/main\t[rejected] (fetch first)");
        assert_eq!(
            pushed,
            Some(PushedRef {
                from: "refs/heads/main".into(),
                to: "refs/heads/main".into(),
                outcome: PushOutcome::Rejected,
                summary: "[rejected] (fetch first)".into(),
            })
        );
        assert_eq!(parse_pushed("To /tmp/remote.git"), None);
        assert_eq!(parse_pushed("Done"), None);
    }
}
