//! The codes of errors.

use napi_derive::napi;

/// What went wrong, for programs. `ts/errors/codes.ts` has the same list; a test compares the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Aborted,
    AlreadyExists,
    Closed,
    Conflict,
    Constraint,
    Corruption,
    Git,
    Internal,
    InvalidArgument,
    InvalidProof,
    Io,
    Locked,
    MergeConflict,
    MissingNode,
    NoIdentity,
    NotFound,
    NothingToCommit,
    Poisoned,
    ReadOnly,
    Sql,
    StagedChanges,
    MergePending,
    Storage,
    Unsupported,
}

impl Code {
    /// Every code.
    const ALL: [Self; 24] = [
        Self::Aborted,
        Self::AlreadyExists,
        Self::Closed,
        Self::Conflict,
        Self::Constraint,
        Self::Corruption,
        Self::Git,
        Self::Internal,
        Self::InvalidArgument,
        Self::InvalidProof,
        Self::Io,
        Self::Locked,
        Self::MergeConflict,
        Self::MissingNode,
        Self::NoIdentity,
        Self::NotFound,
        Self::NothingToCommit,
        Self::Poisoned,
        Self::ReadOnly,
        Self::Sql,
        Self::StagedChanges,
        Self::MergePending,
        Self::Storage,
        Self::Unsupported,
    ];

    /// The code as JavaScript sees it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Aborted => "PROLLY_ABORTED",
            Self::AlreadyExists => "PROLLY_ALREADY_EXISTS",
            Self::Closed => "PROLLY_CLOSED",
            Self::Conflict => "PROLLY_CONFLICT",
            Self::Constraint => "PROLLY_CONSTRAINT",
            Self::Corruption => "PROLLY_CORRUPTION",
            Self::Git => "PROLLY_GIT",
            Self::Internal => "PROLLY_INTERNAL",
            Self::InvalidArgument => "PROLLY_INVALID_ARGUMENT",
            Self::InvalidProof => "PROLLY_INVALID_PROOF",
            Self::Io => "PROLLY_IO",
            Self::Locked => "PROLLY_LOCKED",
            Self::MergeConflict => "PROLLY_MERGE_CONFLICT",
            Self::MissingNode => "PROLLY_MISSING_NODE",
            Self::NoIdentity => "PROLLY_NO_IDENTITY",
            Self::NotFound => "PROLLY_NOT_FOUND",
            Self::NothingToCommit => "PROLLY_NOTHING_TO_COMMIT",
            Self::Poisoned => "PROLLY_POISONED",
            Self::ReadOnly => "PROLLY_READ_ONLY",
            Self::Sql => "PROLLY_SQL",
            Self::StagedChanges => "PROLLY_STAGED_CHANGES",
            Self::MergePending => "PROLLY_MERGE_PENDING",
            Self::Storage => "PROLLY_STORAGE",
            Self::Unsupported => "PROLLY_UNSUPPORTED",
        }
    }
}

/// Every code that the addon can report.
#[napi(catch_unwind)]
pub fn error_codes() -> Vec<&'static str> {
    Code::ALL.iter().map(|code| code.as_str()).collect()
}
