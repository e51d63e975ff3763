//! Who commits, as Git would have it.

use super::{Repository, Signature, failure};
use crate::{Error, Result};

impl Repository {
    /// Who is the author of a change made now: `GIT_AUTHOR_NAME`, `_EMAIL` and `_DATE`, else `user.name` and
    /// `user.email` of the configuration.
    ///
    /// # Errors
    /// [`NoIdentity`](Error::NoIdentity) says what to set.
    pub fn author(&self) -> Result<Signature> {
        self.identity("author", "GIT_AUTHOR", git2::Repository::author_from_env)
    }

    /// Who commits now: `GIT_COMMITTER_NAME`, `_EMAIL` and `_DATE`, else `user.name` and `user.email` of the
    /// configuration.
    ///
    /// # Errors
    /// [`NoIdentity`](Error::NoIdentity) says what to set.
    pub fn committer(&self) -> Result<Signature> {
        self.identity("committer", "GIT_COMMITTER", git2::Repository::committer_from_env)
    }

    fn identity(
        &self,
        role: &'static str,
        variable: &'static str,
        ask: fn(&git2::Repository) -> Result<git2::Signature<'static>, git2::Error>,
    ) -> Result<Signature> {
        self.with(|handle| {
            let answer =
                failure::found(ask(handle)).map_err(failure::git(format!("find out who is the {role}")))?;
            let signature = answer.ok_or(Error::NoIdentity { role, variable })?;
            Ok(Signature::of(&signature))
        })
    }

    /// The committer, or a stand-in where Git asks for a name and none was set.
    pub(super) fn committer_or_default(&self) -> Signature {
        self.committer().unwrap_or_else(|_| Signature {
            name: "prollytree".into(),
            email: "prollytree@localhost".into(),
            time: super::Time::now(),
        })
    }
}
