//! The process that is hit.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use prolly_versioning::{Error, OpenOptions, VersionedStore};

use super::common::*;
use super::operations::{Seen, digest, find, open_small};

/// Does the operation and says what came of it, then goes on in the same handle, and opens the store again.
pub(crate) fn work(operation: &str, folder: &Path) {
    let store = open_small(folder);
    let signal = |name: &str| File::open(folder.join(name)).is_ok();
    signal("fault-arm");
    let done = (find(operation).1)(&store);
    signal("fault-disarm");
    let hit = signal("fault-fired");
    say(if hit { "hit" } else { "missed" });
    let unknown = done.as_ref().is_err_and(Error::is_failed_write);
    match &done {
        Ok(()) => say("done"),
        Err(error) => say(&format!("failed {error}")),
    }
    // Reads go on, whatever happened: what is seen is one of the states that the store can be in.
    say(&format!("reads {}", digest(&contents(&store))));
    let staged = store.put(&DEFAULT, "later", "1");
    // Also when it was done: of what came after it something failed.
    if unknown || matches!(staged, Err(Error::Poisoned { .. })) {
        assert!(hit);
        // Not known to be on the disk: nothing may be acknowledged.
        assert!(matches!(staged, Err(Error::Poisoned { .. })), "{done:?}, then {staged:?}");
        assert!(matches!(store.commit(&by_ada("later")), Err(Error::Poisoned { .. })));
        assert!(matches!(store.create_branch("later", None), Err(Error::Poisoned { .. })));
        assert!(matches!(store.close(), Err(Error::Poisoned { .. })));
        // Opened again, also while the old handle lives, it goes on.
        if store.storage() == "rocksdb" {
            drop(store);
        }
        let again = VersionedStore::open(folder, OpenOptions::default()).unwrap();
        say("again");
        let _ = Seen::of(&again);
        put(&again, "later", "1");
        say("staged");
        again.commit(&by_ada("later")).unwrap();
        say("committed");
        return;
    }
    staged.unwrap();
    say("staged");
    store.commit(&by_ada("later")).unwrap();
    say("committed");
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}
