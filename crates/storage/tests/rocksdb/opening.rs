//! What can be opened, by whom, and what is refused and left as it was.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use prolly_storage::rocksdb::{RocksDbOptions, RocksDbStorage};
use prolly_storage::{Error, NodeStorage};
use rocksdb::{DB, Options};

use crate::common::{again_in_child, contents, open, publish, published, store_of_parent};

fn refused(path: &Path) -> Error {
    RocksDbStorage::open(path, &RocksDbOptions::default()).unwrap_err()
}

/// Opens the database below a store, as another program would.
fn raw(path: &Path) -> DB {
    let families = DB::list_cf(&Options::default(), path).unwrap();
    DB::open_cf(&Options::default(), path, families).unwrap()
}

#[test]
fn a_store_is_there_when_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("above/store");
    for number in 1..5 {
        publish(&open(&path), number);
        assert_eq!(published(open(&path)).unwrap(), Some(number));
    }
    let storage = open(&path);
    assert_eq!(storage.path(), path.canonicalize().unwrap());
    storage.set_config("codec", Some(b"utf8")).unwrap();
    drop(storage);
    assert_eq!(open(&path).config("codec").unwrap().unwrap(), "utf8");
}

#[test]
fn a_second_handle_is_refused_under_any_name_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let storage = open(&path);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for name in [path.clone(), folder.path().join("store/../store"), link] {
        let error = refused(&name);
        assert!(
            matches!(&error, Error::InUse { path: found } if *found == path.canonicalize().unwrap()),
            "{error}"
        );
        assert!(error.to_string().contains("close it there"), "{error}");
    }
    publish(&storage, 1);
    drop(storage);
    assert_eq!(published(open(&path)).unwrap(), Some(1));
}

#[test]
fn a_second_process_is_refused_until_the_first_is_gone() {
    if let Some(storage) = store_of_parent() {
        publish(&storage, 1);
        println!("\nopen");
        std::thread::park();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut child = again_in_child("opening::a_second_process_is_refused_until_the_first_is_gone", &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_deref().unwrap() == "open").expect("the child ended early").unwrap();
    assert!(matches!(refused(&path), Error::InUse { .. }));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(published(open(&path)).unwrap(), Some(1));
}

#[test]
fn a_file_and_a_folder_of_something_else_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "text").unwrap();
    let with_file = folder.path().join("with-file");
    fs::create_dir(&with_file).unwrap();
    fs::write(with_file.join("notes.txt"), "text").unwrap();
    let database = folder.path().join("database");
    DB::open_default(&database).unwrap().put("key", "value").unwrap();
    for (path, reason) in [
        (&file, "it is a file"),
        (&with_file, "such as notes.txt"),
        (&database, "it is another database, with the column families default"),
    ] {
        let before = path.is_dir().then(|| contents(path));
        let error = refused(path);
        assert!(matches!(&error, Error::NotAStore { path: found, .. } if found == path), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(path.is_dir().then(|| contents(path)), before);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "text");
    // A folder below a file cannot be made either.
    let error = refused(&file.join("store"));
    assert!(matches!(error, Error::NotAStore { .. }), "{error}");
}

#[test]
fn another_database_with_the_same_column_families_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(open(&path));
    let database = raw(&path);
    database.delete_cf(database.cf_handle("meta").unwrap(), "format").unwrap();
    database.put_cf(database.cf_handle("nodes").unwrap(), "key", "value").unwrap();
    drop(database);
    let error = refused(&path);
    assert!(matches!(error, Error::NotAStore { .. }), "{error}");
    let database = raw(&path);
    assert_eq!(database.get_cf(database.cf_handle("nodes").unwrap(), "key").unwrap().unwrap(), b"value");
}

#[test]
fn a_newer_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    publish(&open(&path), 1);
    let database = raw(&path);
    database.put_cf(database.cf_handle("meta").unwrap(), "format", "2").unwrap();
    drop(database);
    let error = refused(&path);
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("format 2"), "{error}");
}

#[test]
fn a_store_whose_making_was_cut_short_is_made() {
    let folder = tempfile::tempdir().unwrap();
    // Killed before there was a database, and before its column families were all there.
    let early = folder.path().join("early");
    fs::create_dir(&early).unwrap();
    for name in ["LOCK", "IDENTITY", "MANIFEST-000001", "000001.dbtmp", "LOG"] {
        fs::write(early.join(name), "").unwrap();
    }
    let late = folder.path().join("late");
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    drop(DB::open_cf(&options, &late, ["nodes"]).unwrap());
    for path in [early, late] {
        publish(&open(&path), 1);
        assert_eq!(published(open(&path)).unwrap(), Some(1));
    }
}

#[test]
fn options_outside_their_bounds_are_refused() {
    let fine = RocksDbOptions::default;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    for (name, options) in [
        ("block_cache_bytes", RocksDbOptions { block_cache_bytes: 0, ..fine() }),
        ("block_cache_bytes", RocksDbOptions { block_cache_bytes: u64::MAX, ..fine() }),
        ("write_buffer_bytes", RocksDbOptions { write_buffer_bytes: 1000, ..fine() }),
        ("write_buffer_bytes", RocksDbOptions { write_buffer_bytes: (1 << 30) + 1, ..fine() }),
        ("filter_bits", RocksDbOptions { filter_bits: 31, ..fine() }),
        ("open_files_max", RocksDbOptions { open_files_max: 0, ..fine() }),
    ] {
        let error = RocksDbStorage::open(&path, &options).unwrap_err();
        assert!(matches!(&error, Error::InvalidOption { option, .. } if *option == name), "{error}");
    }
    assert!(!path.exists());
}
