//! Turns libgit2's errors into ours.

use std::path::Path;

use crate::Error;

/// An error of libgit2 while trying `action`.
pub(super) fn git(action: impl Into<String>) -> impl FnOnce(git2::Error) -> Error {
    |error| Error::Git { action: action.into(), message: error.message().to_owned() }
}

/// `Ok(None)` when libgit2 did not find what was asked for.
pub(super) fn found<T>(answer: Result<T, git2::Error>) -> Result<Option<T>, git2::Error> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.code(), git2::ErrorCode::NotFound | git2::ErrorCode::UnbornBranch) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// An error of libgit2 while opening the repository at `path`.
pub(super) fn opening(path: &Path) -> impl FnOnce(git2::Error) -> Error + '_ {
    move |error| match error.code() {
        git2::ErrorCode::NotFound => Error::NoRepository { path: path.to_owned() },
        git2::ErrorCode::Owner => Error::Git {
            action: format!("open the repository {}", path.display()),
            message: format!(
                "it belongs to another user; to trust it, run `git config --global --add safe.directory {}`",
                path.display()
            ),
        },
        _ => Error::Git {
            action: format!("open the repository {}", path.display()),
            message: error.message().to_owned(),
        },
    }
}
