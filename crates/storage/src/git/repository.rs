//! A store's Git repository: made, opened, found.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::handles::{self, Handles};
use super::{durable, failure};
use crate::{Error, Result};

/// How to make a repository.
#[derive(Clone, Debug, Default)]
pub struct InitOptions {
    /// The branch that HEAD names; `main` when not given.
    pub initial_branch: Option<String>,
}

/// A store's Git repository. Cloning is cheap and shares its handles; threads may share it.
///
/// What only reads takes no lock. What moves a ref asks for the [`StoreLock`](super::StoreLock) as a proof that it is
/// held.
#[derive(Clone)]
pub struct Repository {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) handles: Handles,
    pub(super) git_dir: PathBuf,
    pub(super) common_dir: PathBuf,
}

impl Repository {
    /// Makes a repository in `directory/.git`, bare, with reflogs, and syncs it. `directory` is made when it is not
    /// there; what else it holds stays untouched.
    ///
    /// # Errors
    /// [`AlreadyExists`](Error::AlreadyExists) when there is a repository, [`InvalidName`](Error::InvalidName) for a
    /// branch name that Git does not allow, and when a file cannot be written.
    pub fn init(directory: &Path, options: &InitOptions) -> Result<Self> {
        let branch = options.initial_branch.as_deref().unwrap_or("main");
        super::refs::branch_ref(branch)?;
        let git_dir = directory.join(".git");
        if git_dir.exists() || is_git_dir(directory) {
            return Err(Error::AlreadyExists { what: format!("a repository in {}", directory.display()) });
        }
        durable::make_folder(directory)?;
        let mut init = git2::RepositoryInitOptions::new();
        // Templates bring sample hooks; hooks are not run here.
        init.bare(true).no_reinit(true).mkpath(true).external_template(false).initial_head(branch);
        let action = || format!("make a repository in {}", directory.display());
        let handle = git2::Repository::init_opts(&git_dir, &init).map_err(failure::git(action()))?;
        set_layout(&handle)?;
        durable::sync_all_below(&git_dir)?;
        durable::sync_folder(directory)?;
        Self::open(&git_dir)
    }

    /// Opens the repository at `path`: a folder that holds `.git`, a `.git`, or a bare repository.
    ///
    /// # Errors
    /// [`NoRepository`](Error::NoRepository) when it is none of these, and [`Unsupported`](Error::Unsupported) for
    /// repositories with SHA-256 objects, reftables or missing objects (partial clones).
    pub fn open(path: &Path) -> Result<Self> {
        refuse_unsupported(path)?;
        let handle = handles::open(path)?;
        let git_dir = handle.path().to_owned();
        let common_dir = handle.commondir().to_owned();
        Ok(Self { inner: Arc::new(Inner { handles: Handles::new(git_dir.clone()), git_dir, common_dir }) })
    }

    /// Opens the repository that `git` would use in `path`: the one in `git_dir` when given (the value of the `GIT_DIR`
    /// variable, relative to `path`), else the first one found from `path` upwards.
    ///
    /// # Errors
    /// As [`Repository::open`].
    pub fn discover(path: &Path, git_dir: Option<&Path>) -> Result<Self> {
        if let Some(git_dir) = git_dir {
            return Self::open(&path.join(git_dir));
        }
        let nothing: [&str; 0] = [];
        match git2::Repository::discover_path(path, nothing) {
            Ok(found) => Self::open(&found),
            Err(error) => Err(failure::opening(path)(error)),
        }
    }

    /// The Git directory: HEAD, and in a linked worktree whatever is its own.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.inner.git_dir
    }

    /// The Git directory that all worktrees share: objects, refs, configuration.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        &self.inner.common_dir
    }

    /// The folder that a user would name: the one that holds `.git`, or the bare repository itself.
    #[must_use]
    pub fn directory(&self) -> &Path {
        let git_dir = self.git_dir();
        if git_dir.file_name().is_some_and(|name| name == ".git") {
            git_dir.parent().unwrap_or(git_dir)
        } else {
            git_dir
        }
    }

    /// A value of the Git configuration, as `git config --get` gives it.
    ///
    /// # Errors
    /// When a configuration file cannot be read.
    pub fn git_config(&self, name: &str) -> Result<Option<String>> {
        self.with(|handle| {
            let action = || format!("read the configuration value {name}");
            let mut config = handle.config().map_err(failure::git(action()))?;
            let config = config.snapshot().map_err(failure::git(action()))?;
            failure::found(config.get_string(name)).map_err(failure::git(action()))
        })
    }

    /// Lends a libgit2 handle to `work`, which only reads. When it fails it runs once more with a handle that opens
    /// the files anew: another process may have repacked, so that what the first one had in mind is gone.
    pub(super) fn with<T>(&self, work: impl Fn(&git2::Repository) -> Result<T>) -> Result<T> {
        self.inner.handles.with(&work).or_else(|error| match error {
            Error::Git { .. } | Error::MissingNode { .. } => self.inner.handles.with_fresh(work),
            error => Err(error),
        })
    }

    /// The folder of our own files, beside Git's.
    pub(super) fn own_dir(&self) -> PathBuf {
        self.common_dir().join("prolly")
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Repository").field("git_dir", &self.inner.git_dir).finish_non_exhaustive()
    }
}

/// What Git runs to show a node as lines; where the command is not installed, its bytes.
const TEXTCONV: &str = r#"f() { git-prolly textconv "$1" 2>/dev/null || cat "$1"; }; f"#;
/// Which files of a commit are nodes. Git reads `.gitattributes` of no commit in a bare repository.
const ATTRIBUTES: [&str; 2] = ["/root diff=prolly", "/root/** diff=prolly"];

/// Bare, so that no stray `git commit` can remove the data; with reflogs, which a bare repository lacks by itself and
/// which keep what was moved away from; and showing nodes as lines in diffs.
pub(super) fn set_layout(handle: &git2::Repository) -> Result<()> {
    let action = || "write the repository's configuration".to_owned();
    let path = handle.commondir().join("config");
    let mut config = git2::Config::open(&path).map_err(failure::git(action()))?;
    config.set_bool("core.bare", true).map_err(failure::git(action()))?;
    config.set_bool("core.logAllRefUpdates", true).map_err(failure::git(action()))?;
    config.set_str("diff.prolly.textconv", TEXTCONV).map_err(failure::git(action()))?;
    show_nodes_as_lines(&handle.commondir().join("info"))
}

/// Adds to `info/attributes` what is not there.
fn show_nodes_as_lines(info: &Path) -> Result<()> {
    let path = info.join("attributes");
    let found = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        answer => answer.map_err(|error| Error::io("read", &path, error))?,
    };
    let missing = ATTRIBUTES.iter().filter(|line| !found.lines().any(|there| there == **line));
    let mut text = found.clone();
    for line in missing {
        if !(text.is_empty() || text.ends_with('\n')) {
            text.push('\n');
        }
        text.push_str(line);
        text.push('\n');
    }
    if text == found {
        return Ok(());
    }
    fs::create_dir_all(info).map_err(|error| Error::io("create", info, error))?;
    fs::write(&path, text).map_err(|error| Error::io("write", &path, error))
}

fn is_git_dir(path: &Path) -> bool {
    path.join("HEAD").is_file() && path.join("objects").is_dir() && path.join("refs").is_dir()
}

/// Reads the configuration before libgit2 does, to say what is wrong and what to do.
fn refuse_unsupported(path: &Path) -> Result<()> {
    let Some(common) = common_dir_of(path) else { return Ok(()) };
    let Ok(config) = git2::Config::open(&common.join("config")) else { return Ok(()) };
    let value = |name: &str| config.get_string(name).unwrap_or_default().to_lowercase();
    let refused = |what: &str, hint: &str| {
        Err(Error::Unsupported {
            what: format!("{what}, which {} has,", path.display()),
            hint: hint.to_owned(),
        })
    };
    if !matches!(value("extensions.objectformat").as_str(), "" | "sha1") {
        return refused(
            "the SHA-256 object format",
            "use a repository made with `git init --object-format=sha1`",
        );
    }
    if !matches!(value("extensions.refstorage").as_str(), "" | "files") {
        return refused(
            "a reftable",
            "run `git refs migrate --ref-format=files`, or clone with `--ref-format=files`",
        );
    }
    if !value("extensions.partialclone").is_empty() {
        return refused("a partial clone", "clone again without `--filter`");
    }
    Ok(())
}

/// The Git directory that all worktrees of the repository at `path` share, found without opening it.
pub(super) fn common_dir_of(path: &Path) -> Option<PathBuf> {
    let git_dir = git_dir_of(path)?;
    let common = fs::read_to_string(git_dir.join("commondir"));
    Some(common.map_or(git_dir.clone(), |relative| git_dir.join(relative.trim_end())))
}

fn git_dir_of(path: &Path) -> Option<PathBuf> {
    let dot_git = path.join(".git");
    if dot_git.is_dir() {
        return Some(dot_git);
    }
    let link = if dot_git.is_file() { dot_git } else { path.to_owned() };
    if link.is_file() {
        let text = std::fs::read_to_string(&link).ok()?;
        let target = text.strip_prefix("gitdir:")?.trim();
        return Some(link.parent()?.join(target));
    }
    is_git_dir(path).then(|| path.to_owned())
}
