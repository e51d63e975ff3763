//! What can go wrong below the tree.

use std::io;
use std::path::PathBuf;

use crate::Address;

/// The result of a storage operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A fault of a storage or of what it holds.
///
/// "No such key" is never an error of this kind: a node that should be there and is not is
/// [`Error::MissingNode`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A node that another node, a root or a commit names is not in the storage.
    #[error("node {address} is missing from the {storage} storage")]
    MissingNode {
        /// The node.
        address: Address,
        /// The kind of storage asked.
        storage: &'static str,
    },
    /// Bytes are not what they must be.
    #[error("{subject} is corrupt: {reason}")]
    Corruption {
        /// What was read: a node, a file, a ref.
        subject: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Tree parameters outside their bounds.
    #[error("invalid tree parameters: {0}")]
    InvalidParameters(String),
    /// A named root or ref was not what the caller expected; nothing was changed.
    #[error("{name} moved: expected {expected}, found {found}")]
    Moved {
        /// The root or ref.
        name: String,
        /// What the caller expected, `nothing` for none.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A name that a root, ref or configuration value cannot have.
    #[error("invalid name {name:?}: {reason}")]
    InvalidName {
        /// The name.
        name: String,
        /// Which rule it breaks.
        reason: String,
    },
    /// Somebody else holds a lock.
    #[error("{path} is locked by another process; if no process is using this repository, remove the file", path = path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// A store that serves one handle at a time is open elsewhere.
    #[error(
        "{path} is open already, in another process or in this one, and serves one at a time: close it there, or use \
             the handle that is open",
        path = path.display()
    )]
    InUse {
        /// The store.
        path: PathBuf,
    },
    /// What is at the path of a store is something else; it was left as it is.
    #[error(
        "{path} is not a {storage} store: {reason}; name a store, an empty folder, or one that does not exist yet",
        path = path.display()
    )]
    NotAStore {
        /// What was to be opened.
        path: PathBuf,
        /// The kind of store that was expected.
        storage: &'static str,
        /// How it was told.
        reason: String,
    },
    /// An option outside its bounds.
    #[error("invalid option {option}: {reason}")]
    InvalidOption {
        /// The option.
        option: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
    /// A repository or request that this version cannot serve.
    #[error("{what} is not supported: {hint}")]
    Unsupported {
        /// What was met.
        what: String,
        /// What to do instead.
        hint: String,
    },
    /// There is no repository here, nor in any folder above.
    #[error("{path} is not in a Git repository, nor is any folder above it", path = path.display())]
    NoRepository {
        /// Where the search began.
        path: PathBuf,
    },
    /// Something that was to be made is there already.
    #[error("{what} already exists")]
    AlreadyExists {
        /// What is there.
        what: String,
    },
    /// Nobody said who commits.
    #[error(
        "the name and email of the {role} are not known: run `git config --global user.name \"Your Name\"` and \
             `git config --global user.email you@example.com`, or set {variable}_NAME and {variable}_EMAIL"
    )]
    NoIdentity {
        /// Author or committer.
        role: &'static str,
        /// What the environment variables begin with.
        variable: &'static str,
    },
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was tried, as a verb: `write`, `rename`.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// libgit2 or the git program refused.
    #[error("cannot {action}: {message}")]
    Git {
        /// What was tried.
        action: String,
        /// Git's answer.
        message: String,
    },
    /// The caller asked for an end. What was done by then stays.
    #[error("cancelled")]
    Cancelled,
    /// A storage that is implemented elsewhere failed, and this is what it reports.
    #[error(transparent)]
    Foreign(Box<dyn std::error::Error + Send + Sync>),
    /// An earlier write or sync failed, so what reached the disk is unknown.
    #[error("the store refuses writes after a failed one ({0}): open it again")]
    Poisoned(String),
}

impl Error {
    /// A node whose bytes break a rule of the format.
    pub(crate) fn corrupt_node(address: &Address, reason: impl Into<String>) -> Self {
        Self::Corruption { subject: format!("node {address}"), reason: reason.into() }
    }

    /// Whether the system failed to change a file or to sync it, so that what is on the disk is not known any more. A folder or file
    /// system that refuses changes from the start is no such failure.
    #[must_use]
    pub fn is_failed_write(&self) -> bool {
        // A storage that refuses says so because of one.
        if let Self::Poisoned(_) = self {
            return true;
        }
        let Self::Io { action, source, .. } = self else { return false };
        let only_reads = ["examine", "find", "list", "lock", "open", "read", "resolve"].contains(action);
        let refused =
            matches!(source.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem);
        !only_reads && !refused
    }

    /// A failed file operation.
    pub fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io { action, path: path.into(), source }
    }
}
