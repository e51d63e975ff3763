//! Turns RocksDB's errors into ours.

use std::io;
use std::path::Path;

use rocksdb::ErrorKind;

use crate::Error;

/// An error of RocksDB while trying `action` (a verb) on the store at `path`.
pub(super) fn rocksdb(action: &'static str, path: &Path) -> impl FnOnce(rocksdb::Error) -> Error {
    move |error| match error.kind() {
        ErrorKind::Corruption => corrupt(format!("the RocksDB store {}", path.display()), error),
        _ if is_locked(error.as_ref()) => Error::InUse { path: path.to_owned() },
        _ => {
            let message = error.into_string();
            let kind = if message.contains("No space left on device") {
                io::ErrorKind::StorageFull
            } else {
                io::ErrorKind::Other
            };
            Error::io(action, path, io::Error::new(kind, message))
        }
    }
}

/// Damage that RocksDB found in `subject`.
pub(super) fn corrupt(subject: String, error: rocksdb::Error) -> Error {
    let message = error.into_string();
    let reason = message.strip_prefix("Corruption: ").unwrap_or(&message).to_owned();
    Error::Corruption { subject, reason }
}

/// RocksDB has no kind for it: in this process it finds its own note, for another process the system refuses.
fn is_locked(message: &str) -> bool {
    let by_another_process = message.contains("While lock file") && !message.ends_with("No locks available");
    by_another_process || message.contains("lock hold by current process")
}
