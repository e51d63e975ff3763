//! What can go wrong in SQL.

use std::fmt;

use crate::wording;

/// The result of an operation on tables.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A fault of SQL, or of the store below it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text is no SQL.
    #[error("{message}{}", At(.location))]
    Syntax {
        /// What is wrong with it.
        message: String,
        /// Line and column, from 1.
        location: Option<(u64, u64)>,
    },
    /// SQL that is not run as it says.
    #[error("{what} is not supported: {hint}")]
    Unsupported {
        /// Which part of it.
        what: String,
        /// What to write instead.
        hint: &'static str,
    },
    /// The parameters are not those of the text.
    #[error("the parameters do not fit the text: {reason}")]
    Parameters {
        /// Why not.
        reason: String,
    },
    /// A write to a version of the past.
    #[error("a version cannot be written to: check out a branch at it and write there")]
    ReadOnly,
    /// The statement was ended by an [`Interrupt`](crate::Interrupt): it left nothing behind.
    #[error("the statement was interrupted")]
    Interrupted,
    /// What GlueSQL says of a statement.
    #[error("{}", wording::of(.0))]
    Sql(#[from] gluesql_core::error::Error),
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] prolly_versioning::Error),
}

impl Error {
    /// Something in the store is not what was written.
    pub(crate) fn corrupt(subject: String) -> Self {
        Self::Store(prolly_versioning::Error::Corruption {
            subject,
            reason: "it is nothing that this version writes".into(),
        })
    }

    pub(crate) fn invalid(argument: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Store(prolly_versioning::Error::InvalidArgument {
            argument: argument.into(),
            reason: reason.into(),
        })
    }
}

impl From<Error> for gluesql_core::error::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Sql(error) => error,
            error => Self::StorageMsg(error.to_string()),
        }
    }
}

struct At<'a>(&'a Option<(u64, u64)>);

impl fmt::Display for At<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |(line, column)| write!(formatter, " in line {line}, column {column}"))
    }
}
