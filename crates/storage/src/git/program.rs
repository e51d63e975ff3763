//! Runs the `git` program.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::telling::{self, Hearing};
use crate::{Error, Listener, Result};

/// Variables by which a caller such as a hook would point `git` at another repository.
const MISLEADING: [&str; 13] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_QUARANTINE_PATH",
    "GIT_INTERNAL_SUPER_PREFIX",
];

/// The `git` program, for one repository or folder.
pub(super) struct Git {
    git_dir: Option<PathBuf>,
    folder: Option<PathBuf>,
}

impl Git {
    /// For the repository `git_dir`.
    pub(super) fn at(git_dir: &Path) -> Self {
        Self { git_dir: Some(git_dir.to_owned()), folder: None }
    }

    /// For no repository.
    pub(super) const fn anywhere() -> Self {
        Self { git_dir: None, folder: None }
    }

    /// Where relative paths begin, instead of this process's working directory.
    pub(super) fn within(self, folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()), ..self }
    }

    /// Whether there is such a program.
    pub(super) fn is_installed(&self) -> bool {
        self.command(&["--version"]).output().is_ok_and(|output| output.status.success())
    }

    /// Runs `git` with `arguments` and gives what it printed.
    ///
    /// # Errors
    /// [`Error::Git`] with what it said on its standard error, or that it is not installed.
    pub(super) fn run(&self, action: impl Into<String>, arguments: &[impl AsRef<OsStr>]) -> Result<Vec<u8>> {
        let action = action.into();
        let output = self.output(&action, arguments)?;
        stdout_of(action, output)
    }

    /// As [`Git::run`], of a command that is told to say how far it is.
    ///
    /// # Errors
    /// As [`Git::run`], and [`Error::Cancelled`] when the listener asked for it: `git` has ended then, and has removed what it had
    /// not finished.
    pub(super) fn run_telling(
        &self,
        action: impl Into<String>,
        arguments: &[impl AsRef<OsStr>],
        waiting: &'static str,
        listener: &mut Listener<'_>,
    ) -> Result<Vec<u8>> {
        let action = action.into();
        let output = self.output_telling(&action, arguments, waiting, listener)?;
        stdout_of(action, output)
    }

    /// As [`Git::run_telling`], whatever its exit code.
    pub(super) fn output_telling(
        &self,
        action: &str,
        arguments: &[impl AsRef<OsStr>],
        waiting: &'static str,
        listener: &mut Listener<'_>,
    ) -> Result<Output> {
        telling::output(action, self.command(arguments), Hearing::Asked, waiting, listener)
    }

    /// As [`Git::run`], whatever its exit code.
    pub(super) fn output(&self, action: &str, arguments: &[impl AsRef<OsStr>]) -> Result<Output> {
        output_of(action, &mut self.command(arguments))
    }

    /// As [`Git::output`], while `lock` stays locked: by `git` itself, which goes on when this process is killed.
    pub(super) fn output_holding(
        &self,
        lock: File,
        action: &str,
        arguments: &[impl AsRef<OsStr>],
    ) -> Result<Output> {
        // A standard input that is not read is the one file every program keeps open.
        output_of(action, self.command(arguments).stdin(lock))
    }

    /// As [`Git::output_holding`], of a command that says how far it is at a terminal alone, and that asks for nothing.
    pub(super) fn output_holding_telling(
        &self,
        lock: File,
        action: &str,
        arguments: &[impl AsRef<OsStr>],
        waiting: &'static str,
        listener: &mut Listener<'_>,
    ) -> Result<Output> {
        let mut command = self.command(arguments);
        command.stdin(lock);
        telling::output(action, command, Hearing::AtTerminal, waiting, listener)
    }

    fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new("git");
        for name in MISLEADING {
            command.env_remove(name);
        }
        if let Some(git_dir) = &self.git_dir {
            command.arg("--git-dir").arg(git_dir);
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.args(arguments).stdin(Stdio::null());
        command
    }
}

fn output_of(action: &str, command: &mut Command) -> Result<Output> {
    command.output().map_err(|error| not_started(action, &error))
}

fn stdout_of(action: String, output: Output) -> Result<Vec<u8>> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(Error::Git { action, message: complaint(&output) })
}

pub(super) fn not_started(action: &str, error: &io::Error) -> Error {
    Error::Git {
        action: action.into(),
        message: match error.kind() {
            ErrorKind::NotFound => "the `git` program is not installed or not on the PATH".into(),
            _ => format!("the `git` program did not start: {error}"),
        },
    }
}

/// What `git` said, without the hints and prefixes meant for a terminal.
pub(super) fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { format!("git ended with {}", output.status) } else { lines.join("\n") }
}
