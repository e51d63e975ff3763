//! What can go wrong in a tree.

use prolly_storage::{KEY_MAX, VALUE_MAX};

/// The result of a tree operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A fault of a tree, its arguments, or the storage below.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key is over the limit of the format.
    #[error("a key of {length} bytes is too long: at most {KEY_MAX} are allowed")]
    KeyTooLong {
        /// Bytes of the key.
        length: usize,
    },
    /// A value is over the limit of the format.
    #[error("a value of {length} bytes is too long: at most {VALUE_MAX} are allowed")]
    ValueTooLong {
        /// Bytes of the value.
        length: usize,
    },
    /// A [`ValueWriter`](crate::ValueWriter) is used after the storage did not take what it was given before.
    #[error("a part of the value could not be written before ({reason}): write it anew")]
    FailedValue {
        /// What the storage reported then.
        reason: String,
    },
    /// Edits that must come in strictly ascending key order do not.
    #[error("edits are not in strictly ascending key order at key {}", .key.escape_ascii())]
    Unsorted {
        /// The first key that is not above the one before it.
        key: Vec<u8>,
    },
    /// Two trees have different parameters, so their shapes cannot be compared or joined.
    #[error("the trees have different parameters")]
    DifferentParameters,
    /// A merge was continued with another number of resolutions than there were conflicts, or finished too early.
    #[error("{given} resolutions were given for {expected} conflicts")]
    UnresolvedConflicts {
        /// Conflicts handed out and not resolved.
        expected: usize,
        /// Resolutions given.
        given: usize,
    },
    /// The bytes do not prove what they were asked to prove, under the root they were asked about.
    #[error("the proof is not valid: {reason}")]
    InvalidProof {
        /// What is wrong with them.
        reason: String,
    },
    /// The storage failed, or holds something that no tree writes.
    #[error(transparent)]
    Storage(#[from] prolly_storage::Error),
}
