//! Keeps the number of packs small.

use std::fs::{File, TryLockError};

use super::gc_lock::GcLock;
use crate::git::program::{Git, complaint};
use crate::git::{Repository, claim, durable};
use crate::{Error, Result};

/// Git's own limit (`gc.autoPackLimit`). Reads look into every pack, so each costs a little.
const PACKS_MAX: usize = 50;
/// Git's exit code for an option it does not know: before 2.32 it cannot roll up.
const USAGE: i32 = 129;

impl Repository {
    /// Rolls small packs up into larger ones once there are more than fifty, and says whether it did.
    ///
    /// To be called after a commit, without the store's lock: it is safe beside writers and beside `git gc`. `git` does
    /// the work and looks for deltas as it goes; each object is rewritten O(log commits) times in all. Without the
    /// `git` program (2.32 or newer) nothing happens: the store stays sound, and reads get slower.
    ///
    /// # Errors
    /// When the packs cannot be listed, or `git` fails. Nothing is lost then, and the next call tries again: a commit
    /// that went before has succeeded.
    pub fn roll_up_packs(&self) -> Result<bool> {
        if self.loose_pack_count()? <= PACKS_MAX {
            return Ok(false);
        }
        let folder = self.own_dir();
        durable::make_folder(&folder)?;
        let path = folder.join("repack.lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(|error| Error::io("open", &path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            // Somebody is at it.
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path, error)),
        }
        if self.loose_pack_count()? <= PACKS_MAX {
            return Ok(false);
        }
        let git = Git::at(self.common_dir());
        if !git.is_installed() {
            return Ok(false);
        }
        // One that somebody started at a shell makes few packs of many as well.
        let Some(_no_gc) = GcLock::take(self.common_dir())? else { return Ok(false) };
        // Bitmaps and deltas against all of history are for `git gc`.
        let arguments = ["-c", "repack.writeBitmaps=false", "repack", "-d", "-q", "--geometric=2"];
        let output = git.output_holding(lock, "roll up packs", &arguments)?;
        if output.status.code() == Some(USAGE) {
            return Ok(false);
        }
        if !output.status.success() {
            return Err(Error::Git { action: "roll up packs".into(), message: complaint(&output) });
        }
        Ok(true)
    }

    /// Packs that may be rolled up: those without a `.keep`.
    fn loose_pack_count(&self) -> Result<usize> {
        let (mut packs, mut kept) = (0, 0);
        for path in claim::entries(&self.common_dir().join("objects/pack"))? {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("pack") => packs += 1,
                Some("keep") => kept += 1,
                _ => {}
            }
        }
        Ok(packs - kept.min(packs))
    }
}
