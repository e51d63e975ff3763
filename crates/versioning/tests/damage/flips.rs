//! Every file of a store, with a bit flipped, cut short, or gone.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use prolly_versioning::{Error, StorageKind};

use super::common::{is_torture, kinds};
use super::files::{Read, files, grow, read_all};

/// Places tried of each file in the short form.
const SAMPLE: usize = 24;

/// And in the long one. RocksDB takes longest to open, and its files have a test of their own.
const fn long_sample(kind: StorageKind) -> usize {
    match kind {
        StorageKind::RocksDb => 200,
        StorageKind::Git | StorageKind::File => 1500,
    }
}

/// A store that can be damaged and put right again.
struct Patient {
    folder: tempfile::TempDir,
    kind: StorageKind,
    files: BTreeMap<PathBuf, Vec<u8>>,
    sound: Read,
    tried: usize,
    refused: usize,
}

impl Patient {
    fn new(kind: StorageKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        grow(folder.path(), kind);
        let sound = read_all(folder.path()).unwrap();
        let files = files(folder.path());
        Self { folder, kind, files, sound, tried: 0, refused: 0 }
    }

    /// What a reader gets when the file has these bytes, or is gone: an error, or what was there.
    fn check(&mut self, name: &Path, bytes: Option<&[u8]>, what: &str) {
        let path = self.folder.path().join(name);
        match bytes {
            Some(bytes) => write(&path, bytes),
            None => fs::remove_file(&path).unwrap(),
        }
        let answer = catch_unwind(AssertUnwindSafe(|| read_all(self.folder.path())));
        let what = format!("{:?}, {}, {what}", self.kind, name.display());
        let answer = answer.unwrap_or_else(|_| panic!("{what}: a panic"));
        self.tried += 1;
        match answer {
            Err(Error::Poisoned { .. }) => panic!("{what}: poisoned by a read"),
            Err(_) => {
                self.refused += 1;
                assert_eq!(files(self.folder.path()).get(name).map(Vec::as_slice), bytes, "{what}: changed");
            }
            Ok(read) if read == self.sound => {}
            Ok(read) => {
                assert!(is_told_by_nobody(name, &read, &self.sound), "{what}: {}", read.against(&self.sound))
            }
        }
        // RocksDB, and a reader of a torn journal, may have written meanwhile.
        self.heal();
    }

    fn heal(&self) {
        let now = files(self.folder.path());
        for (name, bytes) in &self.files {
            if now.get(name) != Some(bytes) {
                write(&self.folder.path().join(name), bytes);
            }
        }
        for name in now.keys().filter(|name| !self.files.contains_key(*name)) {
            fs::remove_file(self.folder.path().join(name)).unwrap();
        }
    }
}

/// Packs are read-only.
fn write(path: &Path, bytes: &[u8]) {
    let _ = fs::remove_file(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Files whose text is a name or an id: another one is as good, to whoever reads it, and nothing guards it in Git either. What is
/// read by it must be a version all the same.
fn is_told_by_nobody(name: &Path, read: &Read, sound: &Read) -> bool {
    let inside = |folder: &str| name.starts_with(Path::new(".git").join(folder));
    let is = |file: &str| name == Path::new(".git").join(file);
    if is("prolly/worktrees/main/journal") {
        return read.is_before(sound);
    }
    (is("HEAD") || is("packed-refs") || is("config") || inside("refs") || inside("logs")) && read.is_of(sound)
}

/// Every place, or a sample that begins anywhere.
fn places(kind: StorageKind, count: usize, seed: usize) -> Box<dyn Iterator<Item = usize>> {
    let wanted = match is_torture() {
        true => long_sample(kind),
        false => SAMPLE,
    };
    if count <= wanted {
        return Box::new(0..count);
    }
    // Steps that have no common pattern with the bytes.
    Box::new((0..wanted).map(move |turn| (seed * 7919 + turn * count / wanted + turn % 7) % count))
}

#[test]
fn a_flipped_bit_is_an_error_or_does_no_harm() {
    for kind in kinds() {
        let mut patient = Patient::new(kind);
        for (turn, (name, bytes)) in patient.files.clone().into_iter().enumerate() {
            for bit in places(kind, bytes.len() * 8, turn) {
                let mut broken = bytes.clone();
                broken[bit / 8] ^= 1 << (bit % 8);
                patient.check(&name, Some(&broken), &format!("bit {bit}"));
            }
        }
        println!("{kind:?}: {} flips, {} refused", patient.tried, patient.refused);
        assert!(patient.refused > patient.tried / 20 && patient.tried > 300);
    }
}

#[test]
fn a_file_cut_short_or_gone_is_an_error_or_does_no_harm() {
    for kind in kinds() {
        let mut patient = Patient::new(kind);
        for (turn, (name, bytes)) in patient.files.clone().into_iter().enumerate() {
            for length in places(kind, bytes.len(), turn) {
                patient.check(&name, Some(&bytes[..length]), &format!("the first {length} bytes"));
            }
            patient.check(&name, None, "gone");
        }
        println!("{kind:?}: {} cuts, {} refused", patient.tried, patient.refused);
        assert!(patient.refused > patient.tried / 20 && patient.tried > 300);
    }
}
