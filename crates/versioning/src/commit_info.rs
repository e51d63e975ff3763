//! How commits are made.

use crate::Time;

/// Who is to be named in a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// The name; neither empty nor holding `<`, `>` or a line break.
    pub name: String,
    /// The e-mail address, under the same rules.
    pub email: String,
    /// When; `None` for now.
    pub time: Option<Time>,
}

/// How to commit.
#[derive(Clone, Debug, Default)]
pub struct CommitOptions {
    /// The message. It must not be empty.
    pub message: String,
    /// Who wrote the changes; `None` for who Git's configuration and environment name.
    pub author: Option<Author>,
    /// Who commits; `None` for who Git names, and where Git knows nobody, for the author.
    pub committer: Option<Author>,
    /// Make a commit also when no key changed.
    pub allow_empty: bool,
}

impl CommitOptions {
    /// A commit with this message, by whom Git names.
    pub fn message(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
}
