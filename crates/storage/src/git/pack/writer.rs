//! Writes a pack as a stream, and puts it in place.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sha1::{Digest, Sha1};

use super::index::{self, Entry};
use super::object::PackedObject;
use crate::git::claim::{self, Claim};
use crate::git::{Oid, Repository, StoreLock, durable};
use crate::{Error, Result};

const BUFFER: usize = 256 * 1024;

/// A pack being written. Dropped before [`PackWriter::finish`], it leaves nothing.
pub(in crate::git) struct PackWriter<'repository> {
    repository: &'repository Repository,
    temporary: Temporary,
    file: BufWriter<File>,
    hasher: Sha1,
    offset: u64,
    announced: u32,
    entries: Vec<Entry>,
}

/// A pack in its place. While this lives, `git gc` keeps the pack although no ref reaches it yet.
#[derive(Debug)]
pub(in crate::git) struct InstalledPack {
    _keep: Claim,
}

impl<'repository> PackWriter<'repository> {
    /// Begins a pack of `objects` objects.
    pub(in crate::git) fn new(
        repository: &'repository Repository,
        _lock: &StoreLock,
        objects: usize,
    ) -> Result<Self> {
        let announced = u32::try_from(objects).map_err(|_| Error::Unsupported {
            what: format!("a commit of {objects} new objects"),
            hint: "commit in smaller steps".into(),
        })?;
        let temporary = Temporary::new(repository)?;
        let file =
            File::create_new(&temporary.pack).map_err(|error| Error::io("create", &temporary.pack, error))?;
        let file = BufWriter::with_capacity(BUFFER, file);
        let entries = Vec::with_capacity(objects);
        let mut writer =
            Self { repository, temporary, file, hasher: Sha1::new(), offset: 0, announced, entries };
        writer.put(b"PACK")?;
        writer.put(&2_u32.to_be_bytes())?;
        writer.put(&announced.to_be_bytes())?;
        Ok(writer)
    }

    /// Appends an object.
    pub(in crate::git) fn append(&mut self, object: &PackedObject) -> Result<()> {
        self.entries.push(Entry { id: object.id, crc: object.crc, offset: self.offset });
        self.put(&object.bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hasher.update(bytes);
        self.offset += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|error| Error::io("write", &self.temporary.pack, error))
    }

    /// Completes the pack, syncs it and its index, and renames both into place: the index last, for a pack without an
    /// index is no pack to Git.
    pub(in crate::git) fn finish(mut self) -> Result<InstalledPack> {
        if self.entries.len() != self.announced as usize {
            let reason = format!("it announces {} objects and has {}", self.announced, self.entries.len());
            return Err(Error::Corruption { subject: "a new pack".into(), reason });
        }
        let checksum: [u8; 20] = self.hasher.finalize_reset().into();
        let Temporary { pack, index } = &self.temporary;
        let written = self.file.write_all(&checksum).and_then(|()| self.file.flush());
        written.map_err(|error| Error::io("write", pack, error))?;
        durable::sync_file(self.file.get_ref(), pack)?;

        let index_file = File::create_new(index).map_err(|error| Error::io("create", index, error))?;
        let written = index::write(&index_file, &mut self.entries, &checksum);
        written.map_err(|error| Error::io("write", index, error))?;
        durable::sync_file(&index_file, index)?;

        let name = name(&checksum);
        let keep = Claim::take(self.repository, &format!("objects/pack/{name}.keep"))?;
        let folder = self.repository.common_dir().join("objects/pack");
        for (from, extension) in [(pack, "pack"), (index, "idx")] {
            make_read_only(from)?;
            let to = folder.join(format!("{name}.{extension}"));
            fs::rename(from, &to).map_err(|error| Error::io("rename", to, error))?;
        }
        durable::sync_folder(&folder)?;
        Ok(InstalledPack { _keep: keep })
    }
}

/// The name of a pack, which no other pack has, not even one of the same bytes: a `git gc` that began before this pack was there
/// deletes by name the packs it found, and an equal one among them may be of a commit that nothing reached then.
fn name(checksum: &[u8; 20]) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut hasher = Sha1::new();
    hasher.update(checksum);
    hasher.update(std::process::id().to_be_bytes());
    hasher.update(NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    hasher.update(now.to_be_bytes());
    format!("pack-{}", Oid::from_bytes(hasher.finalize().into()))
}

/// As Git makes its packs.
fn make_read_only(path: &Path) -> Result<()> {
    let metadata = fs::metadata(path).map_err(|error| Error::io("examine", path, error))?;
    let mut permissions = metadata.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path, permissions).map_err(|error| Error::io("protect", path, error))
}

/// The files of an unfinished pack. They are in a folder of ours: Git removes what it takes for its own unfinished
/// packs, however young.
struct Temporary {
    pack: PathBuf,
    index: PathBuf,
}

impl Temporary {
    fn new(repository: &Repository) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let folder = claim::incoming(repository);
        durable::make_folder(&folder)?;
        let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Ok(Self { pack: folder.join(format!("{name}.pack")), index: folder.join(format!("{name}.idx")) })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Renamed or removed: both leave nothing here.
        let _ = fs::remove_file(&self.pack);
        let _ = fs::remove_file(&self.index);
    }
}
