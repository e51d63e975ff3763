//! Commits, branches and tags as JavaScript sees them.

use napi_derive::napi;
use prolly_versioning::{
    Author, BranchInfo, CommitInfo, CommitOptions, Head, NamespaceChange, Signature, Status, TableChange,
    TagInfo, Time,
};

use crate::map::number;
use crate::pending::NativePendingMerge;

/// Who made a commit, and when.
#[napi(object)]
pub struct NativeSignature {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// Seconds since 1970; left out on the way in for now.
    pub seconds: Option<f64>,
    /// Minutes east of UTC.
    pub offset_minutes: Option<i32>,
}

impl From<Signature> for NativeSignature {
    #[expect(clippy::cast_precision_loss, reason = "seconds stay below 2^53")]
    fn from(signature: Signature) -> Self {
        Self {
            name: signature.name,
            email: signature.email,
            seconds: Some(signature.time.seconds as f64),
            offset_minutes: Some(signature.time.offset_minutes),
        }
    }
}

impl From<NativeSignature> for Author {
    #[expect(clippy::cast_possible_truncation, reason = "TypeScript hands on whole seconds")]
    fn from(author: NativeSignature) -> Self {
        let time = author.seconds.map(|seconds| Time {
            seconds: seconds as i64,
            offset_minutes: author.offset_minutes.unwrap_or(0),
        });
        Self { name: author.name, email: author.email, time }
    }
}

/// How to commit.
#[napi(object, object_to_js = false)]
pub struct NativeCommitOptions {
    /// The message.
    pub message: String,
    /// Who wrote the changes.
    pub author: Option<NativeSignature>,
    /// Who commits.
    pub committer: Option<NativeSignature>,
    /// Whether to commit also when no key changed.
    pub allow_empty: bool,
}

impl From<NativeCommitOptions> for CommitOptions {
    fn from(options: NativeCommitOptions) -> Self {
        Self {
            message: options.message,
            author: options.author.map(Author::from),
            committer: options.committer.map(Author::from),
            allow_empty: options.allow_empty,
        }
    }
}

/// A commit.
#[napi(object, object_from_js = false)]
pub struct NativeCommit {
    /// Its id.
    pub id: String,
    /// The ids of its parents.
    pub parents: Vec<String>,
    /// Who wrote it.
    pub author: NativeSignature,
    /// Who committed it.
    pub committer: NativeSignature,
    /// The message.
    pub message: String,
    /// The root of its tree.
    pub root_hash: Option<String>,
}

impl From<CommitInfo> for NativeCommit {
    fn from(commit: CommitInfo) -> Self {
        Self {
            id: commit.id.to_string(),
            parents: commit.parents.iter().map(ToString::to_string).collect(),
            author: commit.author.into(),
            committer: commit.committer.into(),
            message: commit.message,
            root_hash: commit.root.map(|root| root.to_string()),
        }
    }
}

/// Where HEAD is.
#[napi(object, object_from_js = false)]
pub struct NativeHead {
    /// The branch, unless HEAD is detached.
    pub branch: Option<String>,
    /// The commit, unless there is none yet.
    pub commit: Option<String>,
}

impl From<Head> for NativeHead {
    fn from(head: Head) -> Self {
        Self {
            branch: head.branch().map(str::to_owned),
            commit: head.commit().map(|commit| commit.to_string()),
        }
    }
}

/// A branch.
#[napi(object, object_from_js = false)]
pub struct NativeBranch {
    /// Its name.
    pub name: String,
    /// Its tip, unless it has no commit yet.
    pub commit: Option<String>,
    /// Whether HEAD is on it.
    pub current: bool,
    /// Whether it is one of a remote, as last fetched.
    pub remote: bool,
    /// The other worktree that has it checked out.
    pub checked_out_at: Option<String>,
}

impl From<BranchInfo> for NativeBranch {
    fn from(branch: BranchInfo) -> Self {
        Self {
            name: branch.name,
            commit: branch.commit.map(|commit| commit.to_string()),
            current: branch.current,
            remote: branch.remote,
            checked_out_at: branch.checked_out_at.map(|path| path.to_string_lossy().into_owned()),
        }
    }
}

/// A tag.
#[napi(object, object_from_js = false)]
pub struct NativeTag {
    /// Its name.
    pub name: String,
    /// The commit it leads to.
    pub commit: String,
}

impl From<TagInfo> for NativeTag {
    fn from(tag: TagInfo) -> Self {
        Self { name: tag.name, commit: tag.commit.to_string() }
    }
}

/// A namespace that differs between two versions: created (`to` only), dropped (`from` only) or renamed.
#[napi(object, object_from_js = false)]
pub struct NativeNamespaceChange {
    /// Its older name.
    pub from: Option<String>,
    /// Its newer name.
    pub to: Option<String>,
}

impl From<NamespaceChange> for NativeNamespaceChange {
    fn from(change: NamespaceChange) -> Self {
        match change {
            NamespaceChange::Created(to) => Self { from: None, to: Some(to) },
            NamespaceChange::Dropped(from) => Self { from: Some(from), to: None },
            NamespaceChange::Renamed { from, to } => Self { from: Some(from), to: Some(to) },
        }
    }
}

impl From<TableChange> for NativeNamespaceChange {
    fn from(TableChange { from, to }: TableChange) -> Self {
        Self { from, to }
    }
}

/// What is staged.
#[napi(object, object_from_js = false)]
pub struct NativeStatus {
    /// Where HEAD is.
    pub head: NativeHead,
    /// Keys that are staged and not in the commit.
    pub added: f64,
    /// Keys whose staged value differs.
    pub modified: f64,
    /// Keys that are staged to go.
    pub removed: f64,
    /// Namespaces that differ.
    pub namespaces: Vec<NativeNamespaceChange>,
    /// Tables that differ, also those that have one name in both.
    pub tables: Vec<NativeNamespaceChange>,
    /// The merge under way.
    pub merge: Option<NativePendingMerge>,
}

impl From<Status> for NativeStatus {
    fn from(status: Status) -> Self {
        Self {
            head: status.head.into(),
            added: number(status.added),
            modified: number(status.modified),
            removed: number(status.removed),
            namespaces: status.namespaces.into_iter().map(Into::into).collect(),
            tables: status.tables.into_iter().map(Into::into).collect(),
            merge: status.merge.map(Into::into),
        }
    }
}
