use std::sync::Arc;

use prolly_storage::git::{GitStorage, InitOptions, Repository};
use prolly_storage::{CollectOptions, CopyReport, Error, MemoryStorage, NodeStorage};

use crate::common::{build, key, mixed, reached, read_all, store_of};
use crate::copy::copy;

#[test]
fn a_tree_goes_into_git_and_out_again_and_to_another_repository() {
    let folder = tempfile::tempdir().unwrap();
    let repository =
        |name: &str| Repository::init(&folder.path().join(name), &InitOptions::default()).unwrap();
    let memory = Arc::new(MemoryStorage::new());
    let source = store_of(&memory);
    let mut entries = mixed(300);
    let first = build(&source, &entries);
    let repositories = [repository("one"), repository("two")];
    let git = Arc::new(GitStorage::new(repositories[0].clone()));
    copy(&source, &store_of(&git), first).unwrap();
    git.publish("main", None, Some(first)).unwrap();
    assert_eq!(git.pending(), 0);

    // What this handle published counts as there.
    entries.insert(key(77), b"changed".to_vec());
    let second = build(&source, &entries);
    assert!(copy(&source, &store_of(&git), second).unwrap().copied <= 4);
    git.publish("main", Some(first.address), Some(second)).unwrap();
    assert_eq!(copy(&source, &store_of(&git), second).unwrap(), CopyReport::default());

    // Another handle finds its nodes from the root, whose place the repository knows.
    let git = Arc::new(GitStorage::new(repositories[0].clone()));
    let root = git.root("main").unwrap().unwrap();
    let back = Arc::new(MemoryStorage::new());
    copy(&store_of(&git), &store_of(&back), root).unwrap();
    assert_eq!(read_all(&store_of(&back), second).unwrap(), entries);

    // And it knows what is published, but for the values of the leaf that changed.
    entries.insert(key(78), b"changed".to_vec());
    let third = build(&source, &entries);
    let other_handle = Arc::new(GitStorage::new(repositories[0].clone()));
    let report = copy(&source, &store_of(&other_handle), third).unwrap();
    assert!(report.copied <= 3 + 6, "{report:?}");
    other_handle.publish("third", None, Some(third)).unwrap();
    assert_eq!(read_all(&store_of(&other_handle), third).unwrap(), entries);
    entries.insert(key(78), 78_u32.to_be_bytes().to_vec());

    // Where one repository keeps its objects says nothing to the other.
    let other = Arc::new(GitStorage::new(repositories[1].clone()));
    let all = copy(&store_of(&git), &store_of(&other), root).unwrap();
    assert_eq!(all.copied, reached(&source, &[second]).len() as u64);
    other.publish("copy", None, Some(second)).unwrap();
    let again = Arc::new(GitStorage::new(repositories[1].clone()));
    let root = again.root("copy").unwrap().unwrap();
    assert_eq!(read_all(&store_of(&again), root).unwrap(), entries);
}

#[test]
fn git_collects_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::init(folder.path(), &InitOptions::default()).unwrap();
    let store = store_of(&Arc::new(GitStorage::new(repository)));
    let error = store.collect_garbage(&[], &CollectOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("run `git gc` in "), "{error}");
}
