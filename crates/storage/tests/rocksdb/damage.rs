//! Files that are damaged, cut short or gone: an error, or all that was there. Never a panic, never less.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use prolly_storage::Error;
use prolly_storage::rocksdb::{RocksDbOptions, RocksDbStorage};

use crate::common::{contents, open, publish, published};

/// A large version: its values fill the largest file.
const LAST: u32 = 3;

/// The files of a store with small and large versions, closed.
fn sound() -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    for numbers in [1..LAST, LAST..LAST + 1] {
        let storage = open(folder.path());
        numbers.for_each(|number| publish(&storage, number));
    }
    contents(folder.path())
}

/// Opens a store made of `files` and reads the published version.
fn read(files: &BTreeMap<String, Vec<u8>>) -> Result<u32, Error> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let storage = RocksDbStorage::open(folder.path(), &RocksDbOptions::default())?;
    Ok(published(storage)?.unwrap_or(0))
}

fn with(
    files: &BTreeMap<String, Vec<u8>>,
    name: &str,
    change: impl FnOnce(&mut Vec<u8>),
) -> BTreeMap<String, Vec<u8>> {
    let mut files = files.clone();
    change(files.get_mut(name).unwrap());
    files
}

/// All is there, or the error says that something is damaged or not a store.
fn check(what: &str, answer: Result<u32, Error>) -> bool {
    match answer {
        Ok(found) => {
            assert_eq!(found, LAST, "{what}");
            false
        }
        Err(error) => {
            let typed = matches!(
                error,
                Error::Corruption { .. }
                    | Error::NotAStore { .. }
                    | Error::Io { .. }
                    | Error::MissingNode { .. }
            );
            assert!(typed, "{what}: {error}");
            true
        }
    }
}

fn is_table(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "sst")
}

#[test]
fn a_flipped_bit_is_an_error_or_does_no_harm() {
    let files = sound();
    assert_eq!(read(&files).unwrap(), LAST);
    let mut found = 0;
    for (name, bytes) in files.iter().filter(|(_, bytes)| !bytes.is_empty()) {
        for step in 0..7 {
            let at = (bytes.len() - 1) * step / 6;
            let damaged = with(&files, name, |bytes| bytes[at] ^= 0x10);
            found += usize::from(check(&format!("{name} at {at}"), read(&damaged)));
        }
    }
    assert!(found > 10, "{found}");
}

#[test]
fn a_damaged_value_is_corruption() {
    let files = sound();
    let (name, bytes) =
        files.iter().filter(|(name, _)| is_table(name)).max_by_key(|(_, bytes)| bytes.len()).unwrap();
    let at = bytes.len() / 2;
    let error = read(&with(&files, name, |bytes| bytes[at] ^= 1)).unwrap_err();
    assert!(matches!(error, Error::Corruption { .. }), "{error}");
}

#[test]
fn a_file_cut_short_or_gone_is_an_error_or_does_no_harm() {
    let files = sound();
    for (name, bytes) in &files {
        for length in [0, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            let cut = with(&files, name, |bytes| bytes.truncate(length));
            let found = check(&format!("{name} cut to {length}"), read(&cut));
            assert!(found || !is_table(name) || length == bytes.len(), "{name} cut to {length}");
        }
        let mut gone = files.clone();
        gone.remove(name);
        let found = check(&format!("{name} gone"), read(&gone));
        assert!(found || !is_table(name), "{name} gone");
    }
}

#[test]
fn a_damaged_log_of_a_killed_writer_is_corruption() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    publish(&storage, 1);
    publish(&storage, 2);
    let files = contents(folder.path());
    assert_eq!(read(&files).unwrap(), 2);
    let (name, bytes) =
        files.iter().filter(|(name, _)| name.ends_with(".log")).max_by_key(|file| file.1.len()).unwrap();
    for at in [bytes.len() / 4, bytes.len() / 2] {
        let error = read(&with(&files, name, |bytes| bytes[at] ^= 1)).unwrap_err();
        assert!(matches!(error, Error::Corruption { .. }), "{error}");
    }
    // A write that the writer did not finish.
    let cut = with(&files, name, |bytes| bytes.truncate(bytes.len() - 5));
    assert_eq!(read(&cut).unwrap(), 1);
}
