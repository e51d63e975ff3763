//! Errors on their way to JavaScript: one form, one path.

use std::fmt::{self, Display};

use prolly_sql::Error as SqlError;
use prolly_storage::Error as StorageError;
use prolly_tree::Error as TreeError;
use prolly_versioning::{Error as StoreError, KeyspaceConflict, KeyspaceConflictKind};
use serde_json::{Value, json};

use crate::code::Code;

/// The result of whatever can fail on the way.
pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

/// What JavaScript is told: a code, a line for people, and the names, keys and paths for programs.
#[derive(Debug)]
pub(crate) struct Fault {
    code: Code,
    message: String,
    details: Value,
}

impl Fault {
    pub(crate) fn new(code: Code, error: &impl Display, details: Value) -> Self {
        Self { code, message: error.to_string(), details }
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self { code: Code::Internal, message: message.into(), details: json!({}) }
    }

    pub(crate) fn invalid(argument: &str, message: impl Into<String>) -> Self {
        Self {
            code: Code::InvalidArgument,
            message: message.into(),
            details: json!({ "argument": argument }),
        }
    }

    pub(crate) fn not_found(what: &str, name: &str) -> Self {
        let message = format!("there is no {what} {name:?}");
        Self { code: Code::NotFound, message, details: json!({ "what": what, "name": name }) }
    }

    pub(crate) fn duplicate(key: &[u8]) -> Self {
        let message = format!("the key \"{}\" comes twice with different values", key.escape_ascii());
        Self { code: Code::AlreadyExists, message, details: json!({ "key": hex(key) }) }
    }

    pub(crate) fn conflict(message: &str) -> Self {
        Self { code: Code::Conflict, message: message.to_owned(), details: json!({}) }
    }

    pub(crate) fn closed(what: &str) -> Self {
        Self {
            code: Code::Closed,
            message: format!("the {what} is closed"),
            details: json!({ "what": what }),
        }
    }

    /// A method of a storage of the user failed: JavaScript knows by the number what was thrown.
    pub(crate) fn storage(storage: &str, method: &str, message: String, failure: u32) -> Self {
        let details = json!({ "storage": storage, "method": method, "failure": failure });
        Self { code: Code::Storage, message, details }
    }

    fn aborted() -> Self {
        Self { code: Code::Aborted, message: "the operation was aborted".to_owned(), details: json!({}) }
    }

    pub(crate) fn read_only(what: &str) -> Self {
        Self { code: Code::ReadOnly, message: format!("a {what} cannot be written to"), details: json!({}) }
    }
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// So that the layers below can carry what a storage of the user reports.
impl std::error::Error for Fault {}

/// The three parts as JSON in the message: the one form that synchronous and asynchronous calls both carry.
impl From<Fault> for napi::Error {
    fn from(fault: Fault) -> Self {
        // A map of this form keeps its order, and TypeScript tells our errors by how they begin.
        let message = Value::String(fault.message);
        let code = fault.code.as_str();
        Self::from_reason(format!(r#"{{"code":"{code}","message":{message},"details":{}}}"#, fault.details))
    }
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        let error = match error {
            StorageError::Foreign(error) => {
                return error
                    .downcast()
                    .map_or_else(|other| Self::internal(other.to_string()), |fault| *fault);
            }
            other => other,
        };
        let (code, details) = match &error {
            StorageError::Cancelled => return Self::aborted(),
            StorageError::MissingNode { address, storage } => {
                (Code::MissingNode, json!({ "address": address.to_string(), "storage": storage }))
            }
            StorageError::Corruption { subject, reason } => {
                (Code::Corruption, json!({ "subject": subject, "reason": reason }))
            }
            StorageError::InvalidParameters(_) => (Code::InvalidArgument, json!({ "argument": "config" })),
            StorageError::Moved { name, expected, found } => {
                (Code::Conflict, json!({ "name": name, "expected": expected, "found": found }))
            }
            StorageError::InvalidName { name, .. } => {
                (Code::InvalidArgument, json!({ "argument": "name", "name": name }))
            }
            StorageError::Locked { path } | StorageError::InUse { path } => {
                (Code::Locked, json!({ "path": path.to_string_lossy() }))
            }
            StorageError::NotAStore { path, .. } => {
                (Code::InvalidArgument, json!({ "argument": "path", "path": path.to_string_lossy() }))
            }
            StorageError::InvalidOption { option, .. } => {
                (Code::InvalidArgument, json!({ "argument": option }))
            }
            StorageError::Unsupported { what, hint } => {
                (Code::Unsupported, json!({ "what": what, "hint": hint }))
            }
            StorageError::Io { action, path, source } => (
                Code::Io,
                json!({ "action": action, "path": path.to_string_lossy(), "systemCode": source.raw_os_error() }),
            ),
            StorageError::Git { action, .. } => (Code::Git, json!({ "action": action })),
            StorageError::NoRepository { path } => {
                (Code::NotFound, json!({ "what": "store", "name": path.to_string_lossy() }))
            }
            StorageError::AlreadyExists { what } => (Code::AlreadyExists, json!({ "what": what })),
            StorageError::NoIdentity { .. } => (Code::NoIdentity, json!({})),
            StorageError::Poisoned(reason) => (Code::Poisoned, json!({ "reason": reason })),
            _ => (Code::Internal, json!({})),
        };
        Self::new(code, &error, details)
    }
}

impl From<TreeError> for Fault {
    fn from(error: TreeError) -> Self {
        let (code, details) = match error {
            TreeError::Storage(error) => return error.into(),
            TreeError::KeyTooLong { length } => {
                (Code::InvalidArgument, json!({ "argument": "key", "length": length }))
            }
            TreeError::ValueTooLong { length } => {
                (Code::InvalidArgument, json!({ "argument": "value", "length": length }))
            }
            TreeError::FailedValue { ref reason } => (Code::Poisoned, json!({ "reason": reason })),
            TreeError::InvalidProof { ref reason } => (Code::InvalidProof, json!({ "reason": reason })),
            TreeError::DifferentParameters => (Code::InvalidArgument, json!({ "argument": "config" })),
            _ => (Code::Internal, json!({})),
        };
        Self::new(code, &error, details)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let (code, details) = match &error {
            StoreError::Tree(_) | StoreError::Storage(_) => return lower(error),
            StoreError::NotFound { what, name, .. } => {
                (Code::NotFound, json!({ "what": what, "name": name }))
            }
            StoreError::AlreadyExists { what, name } => {
                (Code::AlreadyExists, json!({ "what": what, "name": name }))
            }
            StoreError::InUse { what, name, by, .. } => {
                (Code::Conflict, json!({ "what": what, "name": name, "by": by }))
            }
            StoreError::Conflict { branch, keys, more, .. } => {
                let keys: Vec<_> = keys
                    .iter()
                    .map(|key| json!({ "namespace": key.namespace, "key": hex(&key.key) }))
                    .collect();
                (Code::Conflict, json!({ "branch": branch, "keys": keys, "more": more }))
            }
            StoreError::MergeConflict { keyspaces, .. } => {
                let namespaces: Vec<_> = keyspaces.iter().map(namespace_conflict).collect();
                (Code::MergeConflict, json!({ "namespaces": namespaces }))
            }
            StoreError::BrokenRules { broken } => {
                let rules: Vec<_> =
                    broken.iter().map(|rule| json!({ "table": rule.table, "reason": rule.reason })).collect();
                (Code::Constraint, json!({ "rules": rules }))
            }
            StoreError::Migrated { storage } => (Code::Conflict, json!({ "storage": storage })),
            StoreError::Moved { branch, .. } => (Code::Conflict, json!({ "branch": branch })),
            StoreError::PushRejected { remote, name, summary } => {
                (Code::Conflict, json!({ "remote": remote, "name": name, "summary": summary }))
            }
            StoreError::Locked { path } => (Code::Locked, json!({ "path": path.to_string_lossy() })),
            StoreError::Corruption { subject, reason } => {
                (Code::Corruption, json!({ "subject": subject, "reason": reason }))
            }
            StoreError::NothingToCommit { head } => (Code::NothingToCommit, json!({ "head": head })),
            StoreError::StagedChanges { operation } => {
                (Code::StagedChanges, json!({ "operation": operation }))
            }
            StoreError::MergePending { operation, pending } => {
                (Code::MergePending, json!({ "operation": operation, "pending": pending }))
            }
            StoreError::InvalidArgument { argument, .. } => {
                (Code::InvalidArgument, json!({ "argument": argument }))
            }
            StoreError::DuplicateKey { key, first, second } => {
                (Code::AlreadyExists, json!({ "key": hex(key), "first": first, "second": second }))
            }
            StoreError::Poisoned { reason } => (Code::Poisoned, json!({ "reason": reason })),
            StoreError::IdentityMissing => (Code::NoIdentity, json!({})),
            StoreError::BranchMissing { branch, last_known } => {
                let last_known = last_known.map(|commit| commit.to_string());
                (Code::NotFound, json!({ "what": "branch", "name": branch, "lastKnown": last_known }))
            }
            StoreError::Closed => (Code::Closed, json!({ "what": "store" })),
            _ => (Code::Internal, json!({})),
        };
        Self::new(code, &error, details)
    }
}

impl From<SqlError> for Fault {
    fn from(error: SqlError) -> Self {
        let details = match &error {
            SqlError::Syntax { location, .. } => {
                let (line, column) = location.unzip();
                json!({ "reason": "Syntax", "line": line, "column": column })
            }
            SqlError::Unsupported { what, hint } => {
                json!({ "reason": "Unsupported", "what": what, "hint": hint })
            }
            SqlError::Parameters { .. } => json!({ "reason": "Parameters" }),
            SqlError::Sql(fault) => {
                let (reason, detail) = reason_of(serde_json::to_value(fault).unwrap_or_default());
                json!({ "reason": reason, "detail": detail })
            }
            SqlError::Store(_) => Value::Null,
            _ => json!({}),
        };
        match error {
            SqlError::Store(error) => error.into(),
            SqlError::ReadOnly => Self::new(Code::ReadOnly, &error, details),
            SqlError::Interrupted => Self::new(Code::Aborted, &error, details),
            error => Self::new(Code::Sql, &error, details),
        }
    }
}

/// What GlueSQL calls a fault, such as `Validate.DuplicateEntryOnUniqueField`, and what it says of it.
fn reason_of(fault: Value) -> (String, Value) {
    let mut path = Vec::new();
    let mut at = fault;
    loop {
        at = match at {
            Value::Object(map) if map.len() == 1 && path.len() < 2 => match map.into_iter().next() {
                Some((name, inner)) => {
                    path.push(name);
                    inner
                }
                None => Value::Null,
            },
            Value::String(name) if path.len() < 2 => {
                path.push(name);
                Value::Null
            }
            detail => return (path.join("."), detail),
        };
        if at.is_null() {
            return (path.join("."), at);
        }
    }
}

fn lower(error: StoreError) -> Fault {
    match error {
        StoreError::Tree(error) => error.into(),
        StoreError::Storage(error) => error.into(),
        other => Fault::internal(other.to_string()),
    }
}

fn namespace_conflict(conflict: &KeyspaceConflict) -> Value {
    let (reason, names) = match &conflict.kind {
        KeyspaceConflictKind::TwoNames { destination, source } => ("two-names", Some((destination, source))),
        KeyspaceConflictKind::OneName => ("one-name", None),
        KeyspaceConflictKind::Schemas => ("schemas", None),
        KeyspaceConflictKind::DroppedByDestination => ("dropped-by-destination", None),
        KeyspaceConflictKind::DroppedBySource => ("dropped-by-source", None),
    };
    let mut said =
        json!({ "kind": conflict.holds.name(), "namespace": conflict.namespace, "reason": reason });
    if let Some((destination, source)) = names {
        said["destination"] = json!(destination);
        said["source"] = json!(source);
    }
    said
}

/// Bytes in JSON. TypeScript decodes the keys among them with the store's encoding.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
