//! What can go wrong in SQL.

/// The result of an operation on tables.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A fault of SQL, or of the store below it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What GlueSQL says of a statement.
    #[error(transparent)]
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
            Error::Store(error) => Self::StorageMsg(error.to_string()),
        }
    }
}
