//! The journal's file.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use prolly_storage::git::{Oid, durable};

use super::WorktreeLock;
use super::record::{Header, Operation, Record, has_mark};
use crate::{Error, Result};

pub(super) const NAME: &str = "journal";

/// An open journal: its header, and how far its records were read.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    header: Header,
    /// Behind the header.
    start: u64,
    /// Behind the last record that was read or appended.
    end: u64,
    /// Whether this handle appended something that it did not sync.
    unsynced: bool,
    /// Tells the file from another one under its name.
    identity: Identity,
}

/// What was read from a journal, in order.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    /// Batches of changes, and where each one's record begins.
    pub(crate) batches: Vec<(u64, Vec<Operation>)>,
    /// Commits that were about to be published, and how far each one takes the batches.
    pub(crate) intents: Vec<(Oid, u64)>,
    /// The journal was started before the branch or HEAD was moved to where it begins.
    pub(crate) ahead: bool,
}

impl Journal {
    /// Starts a journal in `folder` in place of the one that is there: readers see either the old one or the new one,
    /// whole. Cost with `sync`: two syncs, the file and the folder.
    ///
    /// The caller holds the store's lock and the worktree's.
    pub(crate) fn start(
        _lock: &WorktreeLock<'_>,
        folder: &Path,
        mut header: Header,
        records: Vec<Record>,
        sync: bool,
    ) -> Result<Self> {
        header.salt = salt();
        let mut bytes = header.encode().to_vec();
        let start = bytes.len() as u64;
        for record in records.into_iter().chain(sync.then_some(Record::Mark)) {
            bytes.extend_from_slice(&record.encode(header.salt, bytes.len() as u64));
        }
        let (path, temporary) = (folder.join(NAME), folder.join("journal.new"));
        let mut file = File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&temporary)
            .map_err(|error| Error::io("create", &temporary, error))?;
        file.write_all(&bytes).map_err(|error| Error::io("write", &temporary, error))?;
        if sync {
            durable::sync_file(&file, &temporary)?;
        }
        fs::rename(&temporary, &path).map_err(|error| Error::io("rename", &temporary, error))?;
        if sync {
            durable::sync_folder(folder)?;
        }
        let identity = Identity::of(&file, &path)?;
        Ok(Self { path, file, header, start, end: bytes.len() as u64, unsynced: false, identity })
    }

    /// Opens the journal in `folder` and reads its header; `None` when there is none.
    pub(crate) fn open(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(NAME);
        // Opened for writing where that is allowed; a store on a read-only file system can still be read.
        let file = match File::options().read(true).write(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error)
                if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
            {
                File::open(&path)
            }
            answer => answer,
        };
        let mut file = file.map_err(|error| Error::io("open", &path, error))?;
        let mut start = Vec::new();
        let read = Read::by_ref(&mut file).take(64 * 1024).read_to_end(&mut start);
        read.map_err(|error| Error::io("read", &path, error))?;
        let (header, length) = Header::decode(&start).map_err(|reason| corrupt(&path, reason))?;
        let (identity, start) = (Identity::of(&file, &path)?, length as u64);
        Ok(Some(Self { path, file, header, start, end: start, unsynced: false, identity }))
    }

    /// Whether this handle appended something that it did not sync.
    pub(crate) const fn is_unsynced(&self) -> bool {
        self.unsynced
    }

    /// What its records start from.
    pub(crate) const fn header(&self) -> &Header {
        &self.header
    }

    /// Behind the last record that was read or appended.
    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    /// Whether this is still the journal of its worktree, and whether others appended to it.
    pub(crate) fn state(&self) -> Result<State> {
        let there = match fs::metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::Replaced),
            answer => answer.map_err(|error| Error::io("examine", &self.path, error))?,
        };
        // A shorter one lost what was read already.
        Ok(if Identity::from(&there) != self.identity || there.len() < self.end {
            State::Replaced
        } else if there.len() == self.end {
            State::Unchanged
        } else {
            State::Grown
        })
    }

    /// Reads the records behind `end`. Without the lock, a record that somebody is appending is left for later; with it,
    /// a torn tail is cut off.
    pub(crate) fn replay(&mut self, lock: Option<&WorktreeLock<'_>>) -> Result<Replay> {
        let (replay, torn) = self.replay_from(self.end)?;
        if torn && lock.is_some() {
            self.file.set_len(self.end).map_err(|error| Error::io("truncate", &self.path, error))?;
        }
        Ok(replay)
    }

    /// Reads the records from `offset` on, once more for those already read; and whether something torn follows.
    fn replay_from(&mut self, offset: u64) -> Result<(Replay, bool)> {
        let (replay, end, rest) = self.records_from(offset)?;
        if has_mark(self.header.salt, end, &rest) {
            let reason = format!("the record at byte {end} was durable and is damaged");
            return Err(corrupt(&self.path, reason));
        }
        self.end = self.end.max(end);
        Ok((replay, !rest.is_empty()))
    }

    /// The whole records from `offset` on, where they end, and the bytes behind them.
    pub(super) fn records_from(&mut self, offset: u64) -> Result<(Replay, u64, Bytes)> {
        let bytes = self.read_from(offset)?;
        let (mut at, mut replay) = (0, Replay::default());
        while let Some((record, length)) =
            Record::decode(self.header.salt, offset + at as u64, &bytes.slice(at..))
                .filter(|_| at < bytes.len())
        {
            match record {
                Record::Batch(operations) => replay.batches.push((offset + at as u64, operations)),
                Record::Intent { commit, offset } => replay.intents.push((commit, offset)),
                Record::Ahead => replay.ahead = true,
                Record::Mark => {}
            }
            at += length;
        }
        Ok((replay, offset + at as u64, bytes.slice(at..)))
    }

    /// The batches of whole records that begin at or behind `offset`, where a record begins, in order.
    pub(crate) fn batches_from(&mut self, offset: u64) -> Result<Vec<Vec<Operation>>> {
        let (replay, _) = self.replay_from(offset.max(self.start))?;
        Ok(replay.batches.into_iter().map(|(_, operations)| operations).collect())
    }

    /// Appends a record. All that others appended was read, so it stands at `end`.
    ///
    /// When it cannot be written whole, what was written is taken off again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn append(&mut self, _lock: &WorktreeLock<'_>, record: &Record) -> Result<u64> {
        let offset = self.end;
        let bytes = record.encode(self.header.salt, offset);
        let written = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.write_all(&bytes));
        if let Err(error) = written {
            // Where that fails as well, what is there is a torn end, which the next reader cuts off.
            let _ = self.file.set_len(offset);
            return Err(Error::io("write", &self.path, error));
        }
        self.end = offset + bytes.len() as u64;
        self.unsynced = true;
        Ok(offset)
    }

    /// Syncs what was appended and marks it as durable.
    pub(crate) fn sync(&mut self, lock: &WorktreeLock<'_>) -> Result<()> {
        if !self.unsynced {
            return Ok(());
        }
        durable::sync_bytes(&self.file, &self.path)?;
        self.append(lock, &Record::Mark)?;
        self.unsynced = false;
        Ok(())
    }

    fn read_from(&mut self, offset: u64) -> Result<Bytes> {
        let mut bytes = Vec::new();
        let read = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.read_to_end(&mut bytes));
        read.map_err(|error| Error::io("read", &self.path, error))?;
        Ok(bytes.into())
    }
}

/// What became of a journal since it was last read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing.
    Unchanged,
    /// Its length is another one.
    Grown,
    /// Another journal is in its place.
    Replaced,
}

fn corrupt(path: &Path, reason: impl Into<String>) -> Error {
    Error::Corruption { subject: format!("the journal {}", path.display()), reason: reason.into() }
}

/// Differs between any two journals: the time, the process and a counter.
fn salt() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&now.as_nanos().to_le_bytes());
    hasher.update(&std::process::id().to_le_bytes());
    hasher.update(&COUNT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    let mut start = [0; 8];
    start.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(start)
}

/// Tells files apart, also when one took the other's name.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64);

#[cfg(unix)]
impl From<&Metadata> for Identity {
    fn from(file: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(file.dev(), file.ino())
    }
}

/// Without inodes: a new journal was created later.
#[cfg(not(unix))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(Option<SystemTime>);

#[cfg(not(unix))]
impl From<&Metadata> for Identity {
    fn from(file: &Metadata) -> Self {
        Self(file.created().ok())
    }
}

impl Identity {
    fn of(file: &File, path: &Path) -> Result<Self> {
        let open = file.metadata().map_err(|error| Error::io("examine", path, error))?;
        Ok(Self::from(&open))
    }
}

#[cfg(test)]
impl Journal {
    /// From here on the system refuses every write.
    pub(crate) fn refuse_writes(&mut self) {
        self.file = File::open(&self.path).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::super::LockFile;
    use super::*;

    fn batch(number: u8) -> Vec<Operation> {
        let key = Bytes::from(vec![number; usize::from(number) % 5 + 1]);
        vec![
            Operation::Put { key: key.clone(), value: Bytes::from(vec![number; 9]) },
            Operation::Delete { key },
        ]
    }

    fn header() -> Header {
        Header { salt: 0, branch: Some("main".into()), base: None, checkpoint: None }
    }

    fn replayed(replay: Replay) -> Vec<Vec<Operation>> {
        replay.batches.into_iter().map(|(_, operations)| operations).collect()
    }

    /// A journal with synced and unsynced records, its bytes, and where the last mark ends and the header does.
    fn written(folder: &Path) -> (Vec<u8>, usize, usize) {
        let lock_file = LockFile::open(folder).unwrap();
        let lock = lock_file.lock().unwrap();
        let mut journal =
            Journal::start(&lock, folder, header(), vec![Record::Batch(batch(0))], true).unwrap();
        for number in 1..4 {
            journal.append(&lock, &Record::Batch(batch(number))).unwrap();
        }
        journal.sync(&lock).unwrap();
        let marked = journal.end();
        for number in 4..7 {
            journal.append(&lock, &Record::Batch(batch(number))).unwrap();
        }
        let bytes = fs::read(folder.join(NAME)).unwrap();
        assert_eq!(bytes.len() as u64, journal.end());
        (bytes, usize::try_from(marked).unwrap(), usize::try_from(journal.start).unwrap())
    }

    #[test]
    fn what_others_append_is_read_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let lock_file = LockFile::open(folder.path()).unwrap();
        let lock = lock_file.lock().unwrap();
        let mut one = Journal::start(&lock, folder.path(), header(), Vec::new(), true).unwrap();
        let mut other = Journal::open(folder.path()).unwrap().unwrap();
        assert_eq!(replayed(other.replay(Some(&lock)).unwrap()), Vec::<Vec<_>>::new());
        for number in 0..6 {
            assert_eq!(other.state().unwrap(), State::Unchanged);
            one.append(&lock, &Record::Batch(batch(number))).unwrap();
            assert_eq!(other.state().unwrap(), State::Grown);
            assert_eq!(replayed(other.replay(Some(&lock)).unwrap()), [batch(number)]);
            std::mem::swap(&mut one, &mut other);
        }
        let intent = Record::Intent { commit: Oid::from_bytes([1; 20]), offset: 77 };
        let offset = one.append(&lock, &intent).unwrap();
        one.append(&lock, &Record::Batch(batch(9))).unwrap();
        let replay = other.replay(None).unwrap();
        assert_eq!(replay.intents, [(Oid::from_bytes([1; 20]), 77)]);
        assert_eq!(replayed(replay), [batch(9)]);
        assert_eq!(one.batches_from(offset).unwrap(), [batch(9)]);
        assert_eq!(one.batches_from(0).unwrap().len(), 7);
        let later =
            Journal::start(&lock, folder.path(), header(), vec![Record::Batch(batch(8))], true).unwrap();
        assert_eq!(one.state().unwrap(), State::Replaced);
        assert_ne!(later.header().salt, one.header().salt);
        assert_eq!(
            replayed(Journal::open(folder.path()).unwrap().unwrap().replay(None).unwrap()),
            [batch(8)]
        );
    }

    #[test]
    fn a_journal_cut_off_anywhere_gives_whole_records_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (bytes, _, start) = written(folder.path());
        let lock_file = LockFile::open(folder.path()).unwrap();
        let lock = lock_file.lock().unwrap();
        let mut most = 0;
        for length in 0..=bytes.len() {
            fs::write(folder.path().join(NAME), &bytes[..length]).unwrap();
            let opened = Journal::open(folder.path());
            if length < start {
                assert!(matches!(opened, Err(Error::Corruption { .. })), "{length}");
                continue;
            }
            let mut reader = Journal::open(folder.path()).unwrap().unwrap();
            let mut journal = opened.unwrap().unwrap();
            let records = replayed(journal.replay(Some(&lock)).unwrap());
            let expected: Vec<_> = (0..u8::try_from(records.len()).unwrap()).map(batch).collect();
            assert_eq!(records, expected);
            assert!(records.len() >= most, "more bytes, no fewer records");
            most = records.len();
            assert_eq!(
                fs::metadata(folder.path().join(NAME)).unwrap().len(),
                journal.end(),
                "the tail is gone"
            );
            assert_eq!(replayed(reader.replay(None).unwrap()), expected);
            journal.append(&lock, &Record::Batch(batch(9))).unwrap();
            assert_eq!(replayed(reader.replay(None).unwrap()), [batch(9)]);
        }
        assert_eq!(most, 7);
    }

    #[test]
    fn damage_before_the_last_mark_is_an_error_and_behind_it_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let (bytes, marked, _) = written(folder.path());
        let lock_file = LockFile::open(folder.path()).unwrap();
        let lock = lock_file.lock().unwrap();
        let last_mark = Record::Mark.encode(0, 0).len();
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            fs::write(folder.path().join(NAME), &broken).unwrap();
            let replay =
                Journal::open(folder.path()).and_then(|journal| journal.unwrap().replay(Some(&lock)));
            if bit / 8 < marked - last_mark {
                match replay {
                    Err(error @ Error::Corruption { .. }) => {
                        assert!(error.to_string().contains("git-prolly fsck"), "{error}");
                        assert_eq!(fs::read(folder.path().join(NAME)).unwrap(), broken, "nothing is cut");
                    }
                    other => panic!("bit {bit}: {other:?}"),
                }
            } else {
                let records = replayed(replay.unwrap());
                assert!((4..7).contains(&records.len()), "bit {bit}: {}", records.len());
                assert_eq!(records, (0..u8::try_from(records.len()).unwrap()).map(batch).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_lock_excludes_others() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (LockFile::open(folder.path()).unwrap(), LockFile::open(folder.path()).unwrap());
        let held = one.lock().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| other.lock().map(drop).is_ok());
            std::thread::sleep(std::time::Duration::from_millis(20));
            assert!(!waiting.is_finished());
            drop(held);
            assert!(waiting.join().unwrap());
        });
    }
}
