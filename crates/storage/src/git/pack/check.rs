//! Looks whether the index of a pack can be what somebody wrote, before libgit2 reads it: it takes offsets as they are, and one that
//! is damaged leads it out of its memory.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::SystemTime;

use parking_lot::Mutex;

use super::index::{LARGE, MAGIC, VERSION};
use crate::git::claim;
use crate::{Error, Result};

/// Magic, version and the fan-out.
const HEADER: u64 = 8 + 256 * 4;
/// Two checksums.
const TRAILER: u64 = 40;
/// Of an object: its id, its checksum and its offset.
const ENTRY: u64 = 20 + 4 + 4;

/// Those that were found sound, by their lengths and times.
static SOUND: LazyLock<Mutex<HashMap<PathBuf, (u64, SystemTime)>>> = LazyLock::new(Mutex::default);

/// Looks at all indexes in a repository that were not looked at before. Cost: four bytes read for each object.
pub(in crate::git) fn check_indexes(common_dir: &Path) -> Result<()> {
    match damaged_indexes(common_dir)?.into_iter().next() {
        None => Ok(()),
        Some((path, reason)) => Err(Error::Corruption {
            subject: format!("the pack index {}", path.display()),
            reason: format!("{reason}; run `git-prolly fsck --repair`, which makes it anew"),
        }),
    }
}

/// The indexes that cannot be read, and why.
pub(in crate::git) fn damaged_indexes(common_dir: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut damaged = Vec::new();
    for path in claim::entries(&common_dir.join("objects/pack"))? {
        if path.extension().is_none_or(|extension| extension != "idx") {
            continue;
        }
        // Without its pack it is nothing to anybody, and a gc may take away both at any moment.
        let pack = if_there("examine", &path, fs::metadata(path.with_extension("pack")))?;
        let index = if_there("open", &path, File::open(&path))?;
        let (Some(pack), Some(index)) = (pack, index) else { continue };
        let found = index.metadata().map_err(|error| Error::io("examine", &path, error))?;
        let state = (found.len(), found.modified().unwrap_or(SystemTime::UNIX_EPOCH));
        if SOUND.lock().get(&path) == Some(&state) {
            continue;
        }
        let looked = look(index, found.len(), pack.len());
        match looked.map_err(|error| Error::io("read", &path, error))? {
            None => drop(SOUND.lock().insert(path, state)),
            Some(reason) => damaged.push((path, reason)),
        }
    }
    Ok(damaged)
}

/// What came of something with a file; `None` when that is gone.
fn if_there<T>(action: &'static str, path: &Path, done: std::io::Result<T>) -> Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(action, path, error)),
    }
}

fn look(mut file: File, length: u64, pack: u64) -> std::io::Result<Option<String>> {
    let wrong = |reason: &str| Ok(Some(reason.to_owned()));
    if length < HEADER + TRAILER {
        return wrong("it is too short");
    }
    let mut header = vec![0; HEADER as usize];
    file.read_exact(&mut header)?;
    if header[..4] != MAGIC || word(&header, 4) != VERSION {
        // Version 1, which Git has not written since 2008, begins with its fan-out.
        return wrong("it is none of version 2");
    }
    let fan: Vec<u32> = (0..256).map(|first| word(&header, 8 + 4 * first)).collect();
    if fan.windows(2).any(|pair| pair[0] > pair[1]) {
        return wrong("its fan-out is not in order");
    }
    let objects = u64::from(fan[255]);
    let large = match length.checked_sub(HEADER + TRAILER + objects * ENTRY) {
        Some(rest) if rest % 8 == 0 && rest / 8 <= objects => rest / 8,
        _ => return wrong("its length is not that of its objects"),
    };
    file.seek(SeekFrom::Start(HEADER + objects * (ENTRY - 4)))?;
    let mut offsets = vec![0; (objects * 4 + large * 8) as usize];
    file.read_exact(&mut offsets)?;
    for object in 0..objects as usize {
        let short = u64::from(word(&offsets, 4 * object));
        let offset = if short < LARGE {
            short
        } else if short - LARGE < large {
            let at = 4 * objects as usize + 8 * (short - LARGE) as usize;
            u64::from(word(&offsets, at)) << 32 | u64::from(word(&offsets, at + 4))
        } else {
            return wrong("an offset is not in it");
        };
        if offset < 12 || offset >= pack.saturating_sub(20) {
            return wrong("an offset is not in its pack");
        }
    }
    Ok(None)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(word)
}
