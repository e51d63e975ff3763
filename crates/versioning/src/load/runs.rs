//! Sorting more entries than memory holds: sorted runs in temporary files, merged as they are read.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::{Error, Result};

const FILE_BUFFER: usize = 256 * 1024;
/// Memory that an entry takes beside its bytes, give or take a few words.
const ENTRY_OVERHEAD: usize = 80;

/// An entry to be loaded, and the how-manieth it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) key: Bytes,
    pub(super) value: Bytes,
    pub(super) number: u64,
}

impl Ord for Record {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key).then(self.number.cmp(&other.number))
    }
}

impl PartialOrd for Record {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Takes records and gives them back sorted by key, equal keys in the order they came.
pub(super) struct Sorter {
    folder: PathBuf,
    /// Bytes of records to hold in memory.
    limit: usize,
    held: Vec<Record>,
    held_bytes: usize,
    sorted: bool,
    runs: Vec<Run>,
    pub(super) pushed: u64,
}

impl Sorter {
    pub(super) fn new(folder: &Path, limit: usize) -> Self {
        let folder = folder.to_owned();
        Self { folder, limit, held: Vec::new(), held_bytes: 0, sorted: true, runs: Vec::new(), pushed: 0 }
    }

    pub(super) fn push(&mut self, key: Bytes, value: Bytes) -> Result<()> {
        self.sorted &= self.held.last().is_none_or(|last| last.key <= key);
        self.held_bytes += key.len() + value.len() + ENTRY_OVERHEAD;
        self.held.push(Record { key, value, number: self.pushed });
        self.pushed += 1;
        if self.held_bytes > self.limit { self.spill() } else { Ok(()) }
    }

    /// How many temporary files it has made.
    #[cfg(test)]
    pub(super) const fn spilled(&self) -> usize {
        self.runs.len()
    }

    fn take_held(&mut self) -> Vec<Record> {
        let mut held = std::mem::take(&mut self.held);
        if !self.sorted {
            held.sort_unstable();
        }
        self.held_bytes = 0;
        self.sorted = true;
        held
    }

    fn spill(&mut self) -> Result<()> {
        let held = self.take_held();
        fs::create_dir_all(&self.folder).map_err(|error| Error::io("create", &self.folder, error))?;
        // Without a name, so that it goes with the process.
        let file =
            tempfile::tempfile_in(&self.folder).map_err(|error| Error::io("create", &self.folder, error))?;
        let written = write_run(file, &held).map_err(|error| Error::io("write", &self.folder, error))?;
        self.runs.push(Run { source: Source::File(written), folder: self.folder.clone() });
        Ok(())
    }

    /// The records, sorted.
    pub(super) fn finish(mut self) -> Result<Sorted> {
        let held = self.take_held().into_iter();
        let mut runs = self.runs;
        runs.push(Run { source: Source::Memory(held), folder: self.folder });
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (index, run) in runs.iter_mut().enumerate() {
            heads.extend(run.next()?.map(|record| Reverse((record, index))));
        }
        Ok(Sorted { runs, heads })
    }
}

fn write_run(file: File, records: &[Record]) -> std::io::Result<BufReader<File>> {
    let mut writer = BufWriter::with_capacity(FILE_BUFFER, file);
    for Record { key, value, number } in records {
        writer.write_all(&number.to_le_bytes())?;
        for field in [key, value] {
            writer.write_all(&(field.len() as u64).to_le_bytes())?;
            writer.write_all(field)?;
        }
    }
    let mut file = writer.into_inner()?;
    file.seek(SeekFrom::Start(0))?;
    Ok(BufReader::with_capacity(FILE_BUFFER, file))
}

struct Run {
    source: Source,
    folder: PathBuf,
}

enum Source {
    File(BufReader<File>),
    Memory(std::vec::IntoIter<Record>),
}

impl Run {
    fn next(&mut self) -> Result<Option<Record>> {
        match &mut self.source {
            Source::Memory(records) => Ok(records.next()),
            Source::File(file) => read_record(file).map_err(|error| Error::io("read", &self.folder, error)),
        }
    }
}

fn read_record(file: &mut BufReader<File>) -> std::io::Result<Option<Record>> {
    let mut number = [0; 8];
    if file.read(&mut number[..1])? == 0 {
        return Ok(None);
    }
    file.read_exact(&mut number[1..])?;
    let mut field = || {
        let mut length = [0; 8];
        file.read_exact(&mut length)?;
        let mut field = vec![0; usize::try_from(u64::from_le_bytes(length)).map_err(std::io::Error::other)?];
        file.read_exact(&mut field)?;
        Ok::<_, std::io::Error>(Bytes::from(field))
    };
    Ok(Some(Record { key: field()?, value: field()?, number: u64::from_le_bytes(number) }))
}

/// Sorted records.
pub(super) struct Sorted {
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<(Record, usize)>>,
}

impl Sorted {
    pub(super) fn next(&mut self) -> Result<Option<Record>> {
        let Some(Reverse((record, index))) = self.heads.pop() else { return Ok(None) };
        let next = self.runs.get_mut(index).map_or(Ok(None), Run::next)?;
        self.heads.extend(next.map(|next| Reverse((next, index))));
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_sorted_whatever_fits_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        for limit in [0, 1000, usize::MAX] {
            let mut sorter = Sorter::new(folder.path(), limit);
            for number in 0..200_u64 {
                let key = vec![u8::try_from(number * 37 % 50).unwrap()];
                sorter.push(key.into(), number.to_string().into()).unwrap();
            }
            assert_eq!(sorter.spilled() == 0, limit == usize::MAX);
            let mut sorted = sorter.finish().unwrap();
            let mut expected: Vec<_> = (0..200_u64).map(|number| (number * 37 % 50, number)).collect();
            expected.sort_unstable();
            for (key, number) in expected {
                let record = sorted.next().unwrap().unwrap();
                assert_eq!((u64::from(record.key[0]), record.number), (key, number));
                assert_eq!(record.value, number.to_string());
            }
            assert_eq!(sorted.next().unwrap(), None);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    }
}
