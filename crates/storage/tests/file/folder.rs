use std::fs;

use prolly_storage::{Durability, Error, FileStorage, NodeStorage};

use crate::common::{files, leaf, open, place, root_of, tree};

#[test]
fn a_missing_and_an_empty_folder_become_a_storage() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("a/b/c"), folder.path().join("empty")] {
        if path.ends_with("empty") {
            fs::create_dir(&path).unwrap();
        }
        drop(open(&path));
        assert_eq!(fs::read_to_string(path.join("format")).unwrap(), "prollytree file storage, format 1\n");
        drop(open(&path));
    }
}

#[test]
fn an_unfinished_making_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lock"), "").unwrap();
    fs::create_dir(folder.path().join("nodes")).unwrap();
    let storage = open(folder.path());
    storage.put_many(&tree(0)).unwrap();
    storage.publish("main", None, Some(root_of(&tree(0)))).unwrap();
}

#[test]
fn what_is_no_storage_is_refused_and_stays_as_it_is() {
    let refused = |path: &std::path::Path, expected: &str| {
        let error = FileStorage::open(path, Durability::Commit).unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "text").unwrap();
    refused(&file, "name a new or empty folder");
    let foreign = folder.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    // Folders of our names, made by somebody else.
    for name in ["config", "nodes"] {
        fs::write(foreign.join(name), "text").unwrap();
        refused(&foreign, "name a new or empty folder");
    }
    fs::write(foreign.join("format"), "PNG").unwrap();
    refused(&foreign, "some other program");
    fs::write(foreign.join("format"), "prollytree file storage, format 2\n").unwrap();
    refused(&foreign, "format 2");
    refused(&foreign, "use the version of prollytree that wrote it");
    assert_eq!(files(folder.path()).len(), 4);
}

#[cfg(unix)]
#[test]
fn an_unreadable_folder_is_an_io_error() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o000)).unwrap();
    // Nothing is unreadable to the superuser.
    if fs::read_dir(folder.path()).is_err() {
        let error = FileStorage::open(folder.path(), Durability::Commit).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error}");
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert!(files(folder.path()).is_empty());
}

#[test]
fn names_of_all_kinds_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    let names = ["main", "Main", "feature/one", "feature", "../up", ".new", "größe", "a%2fb", "lock", " "];
    for (number, name) in (0..).zip(names) {
        storage.put_many(&[leaf(number)]).unwrap();
        storage.publish(name, None, Some(leaf(number).address().into())).unwrap();
        storage.set_config(name, Some(name.as_bytes())).unwrap();
    }
    let again = open(folder.path());
    for (number, name) in (0..).zip(names) {
        assert_eq!(again.root(name).unwrap().unwrap().address, leaf(number).address(), "{name}");
        assert_eq!(again.config(name).unwrap().unwrap(), name.as_bytes(), "{name}");
    }
    let mut sorted = names;
    sorted.sort_unstable();
    assert!(again.roots().unwrap().iter().map(|(name, _)| &**name).eq(sorted));
    for name in ["", &"x".repeat(241)] {
        assert!(matches!(again.root(name), Err(Error::InvalidName { .. })));
        assert!(matches!(again.publish(name, None, None), Err(Error::InvalidName { .. })));
        assert!(matches!(again.set_config(name, None), Err(Error::InvalidName { .. })));
    }
}

#[test]
fn a_damaged_node_file_is_named_and_mended_by_putting_the_node_again() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    let node = leaf(1);
    storage.put_many(std::slice::from_ref(&node)).unwrap();
    storage.sync().unwrap();
    let path = place(folder.path(), node.address());
    for damaged in [&node.bytes()[..10], b"", b"other"] {
        fs::write(&path, damaged).unwrap();
        let error = storage.get(&node.address().into()).unwrap_err();
        assert!(matches!(error, Error::Corruption { .. }), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert!(error.to_string().contains("bring the file back from a backup"), "{error}");
        storage.put_many(std::slice::from_ref(&node)).unwrap();
        storage.sync().unwrap();
        assert_eq!(storage.get(&node.address().into()).unwrap().bytes, node.bytes());
    }
}

#[test]
fn a_damaged_root_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    storage.put_many(&[leaf(1)]).unwrap();
    storage.publish("main", None, Some(leaf(1).address().into())).unwrap();
    let path = folder.path().join("roots/main");
    let line = fs::read_to_string(&path).unwrap();
    for damaged in ["", &line[..30], line.trim_end(), "zz\n"] {
        fs::write(&path, damaged).unwrap();
        for error in [storage.root("main").unwrap_err(), storage.roots().unwrap_err()] {
            assert!(matches!(error, Error::Corruption { .. }), "{error}");
            assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        }
    }
}
