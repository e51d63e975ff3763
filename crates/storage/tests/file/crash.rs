use std::collections::HashSet;
use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use prolly_storage::{Address, CollectOptions, Durability, Error, FileStorage, NodeStorage, NodeStore};

use crate::common::{again_in_child, files, folder_of_parent, leaf, open, place, read_all, root_of, tree};

#[test]
fn what_a_dead_writer_left_is_never_read_and_goes() {
    if let Some(folder) = folder_of_parent() {
        let storage = open(&folder);
        storage.put_many(&tree(100)).unwrap();
        // Half a node, as a writer leaves it that dies in the middle of one.
        let own = root_of(&tree(100)).address.to_string();
        let own = files(&folder.join("incoming")).into_iter().find(|path| path.ends_with(&own)).unwrap();
        fs::write(own.with_file_name(leaf(500).address().to_string()), &leaf(500).bytes()[..20]).unwrap();
        fs::write(folder.join("roots/.new"), "half").unwrap();
        std::process::abort();
    }
    let folder = tempfile::tempdir().unwrap();
    let reader = open(folder.path());
    let living = open(folder.path());
    living.put_many(&tree(0)).unwrap();
    let dead = again_in_child("crash::what_a_dead_writer_left_is_never_read_and_goes", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(!dead.success());
    // The living one's eleven nodes and lock, the dead one's twelve and lock.
    assert_eq!(files(&folder.path().join("incoming")).len(), 12 + 13);
    assert!(matches!(reader.get(&leaf(500).address().into()), Err(Error::MissingNode { .. })));
    assert!(matches!(reader.get(&root_of(&tree(100))), Err(Error::MissingNode { .. })));
    assert!(reader.roots().unwrap().is_empty());

    let next = open(folder.path());
    assert_eq!(files(&folder.path().join("incoming")).len(), 12);
    assert!(!folder.path().join("roots/.new").exists());
    // The living one has lost nothing.
    living.publish("main", None, Some(root_of(&tree(0)))).unwrap();
    assert_eq!(read_all(&next, &root_of(&tree(0))), 11);
    drop(living);
    assert!(files(&folder.path().join("incoming")).is_empty());
}

#[test]
fn a_writer_that_dies_between_nodes_and_root_leaves_the_old_root() {
    if let Some(folder) = folder_of_parent() {
        let storage = open(&folder);
        storage.put_many(&tree(100)).unwrap();
        storage.sync().unwrap();
        fs::write(folder.join("roots/.new"), format!("{}\n", root_of(&tree(100)).address)).unwrap();
        std::process::abort();
    }
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    storage.put_many(&tree(0)).unwrap();
    storage.publish("main", None, Some(root_of(&tree(0)))).unwrap();
    let child = "crash::a_writer_that_dies_between_nodes_and_root_leaves_the_old_root";
    let dead =
        again_in_child(child, folder.path()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(!dead.success());
    let storage = open(folder.path());
    assert_eq!(storage.roots().unwrap(), [("main".to_owned(), root_of(&tree(0)))]);
    assert_eq!(read_all(&storage, &root_of(&tree(0))), 11);
    // What it had synced is there and can be published yet.
    storage.publish("main", Some(root_of(&tree(0)).address), Some(root_of(&tree(100)))).unwrap();
    assert_eq!(read_all(&storage, &root_of(&tree(100))), 11);
}

#[test]
fn a_node_that_is_there_has_all_that_it_links_to_whenever_a_process_is_killed() {
    if let Some(folder) = folder_of_parent() {
        let storage = Arc::new(open(&folder));
        let store = NodeStore::new(Arc::clone(&storage) as Arc<dyn NodeStorage>);
        let options = CollectOptions { grace: Duration::ZERO, dry_run: false };
        for number in (0..).step_by(5) {
            // Each tree shares half of its leaves with the one before.
            storage.put_many(&tree(number)).unwrap();
            let last = storage.root("main").unwrap().map(|root| root.address);
            storage.publish("main", last, Some(root_of(&tree(number)))).unwrap();
            store.collect_garbage(&[], &options).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "crash::a_node_that_is_there_has_all_that_it_links_to_whenever_a_process_is_killed";
    let mut published = HashSet::new();
    for round in 0..8 {
        let mut child = again_in_child(test, folder.path()).stdout(Stdio::null()).spawn().unwrap();
        let incoming = folder.path().join("incoming");
        while !incoming.is_dir() || files(&incoming).is_empty() {
            assert!(child.try_wait().unwrap().is_none(), "the process ended by itself");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(100 + 37 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let storage = open(folder.path());
        for path in files(&folder.path().join("nodes")) {
            let address = path.file_name().unwrap().to_str().unwrap().parse::<Address>().unwrap();
            read_all(&storage, &address.into());
        }
        for (_, root) in storage.roots().unwrap() {
            assert_eq!(read_all(&storage, &root), 11);
            published.insert(root.address);
        }
        assert!(files(&folder.path().join("incoming")).is_empty());
    }
    assert!(!published.is_empty(), "the processes were killed before they did anything");
}

#[test]
fn unsettled_nodes_go_with_the_handle_and_settled_ones_stay() {
    for (durability, settles) in
        [(Durability::Full, true), (Durability::Commit, false), (Durability::Off, true)]
    {
        let folder = tempfile::tempdir().unwrap();
        let storage = FileStorage::open(folder.path(), durability).unwrap();
        storage.put_many(&tree(0)).unwrap();
        assert_eq!(read_all(&storage, &root_of(&tree(0))), 11);
        assert_eq!(storage.pending(), if settles { 0 } else { 11 });
        let other = open(folder.path());
        assert_eq!(other.get(&root_of(&tree(0))).is_ok(), settles);
        drop(storage);
        assert_eq!(open(folder.path()).get(&root_of(&tree(0))).is_ok(), settles);
        assert_eq!(files(&folder.path().join("incoming")).len(), 0);
    }
}

#[test]
fn a_root_is_not_published_over_missing_nodes() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    let nodes = tree(0);
    let (absent, present) = (nodes[3].address(), [&nodes[..3], &nodes[4..]].concat());
    storage.put_many(&present).unwrap();
    match storage.publish("main", None, Some(root_of(&nodes))) {
        Err(Error::MissingNode { address, .. }) => assert_eq!(address, absent),
        other => panic!("{other:?}"),
    }
    assert_eq!(storage.root("main").unwrap(), None);
    assert!(!place(folder.path(), root_of(&nodes).address).exists());
    storage.put_many(&nodes[3..4]).unwrap();
    storage.publish("main", None, Some(root_of(&nodes))).unwrap();
    assert_eq!(storage.pending(), 0);
}
