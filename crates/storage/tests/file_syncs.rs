//! How often nodes in files are synced. The count is of the whole process, so this test has one to itself.

use std::collections::HashSet;

use prolly_storage::durable::sync_count;
use prolly_storage::{Durability, FileStorage, Node, NodeStorage, Parameters, Value, encode_leaf};

fn leaf(number: u32) -> Node {
    let key = number.to_be_bytes();
    encode_leaf(&Parameters::default(), [(&key[..], Value::Inline(b"value"))].into_iter())
}

fn syncs_of(work: impl FnOnce()) -> u64 {
    let before = sync_count();
    work();
    sync_count() - before
}

#[test]
fn syncs_are_as_few_as_the_durability_allows() {
    for durability in [Durability::Full, Durability::Commit, Durability::Off] {
        let folder = tempfile::tempdir().unwrap();
        let storage = FileStorage::open(folder.path(), durability).unwrap();
        let nodes: Vec<_> = (0..20).map(leaf).collect();
        let root = nodes[0].address();
        let folders =
            nodes.iter().map(|node| node.address().as_bytes()[0]).collect::<HashSet<_>>().len() as u64;
        assert!(folders < 20, "some nodes share a folder");
        let nodes_and_folders = 20 + folders;
        let (put, publish, config) = match durability {
            Durability::Full => (nodes_and_folders, 2, 2),
            Durability::Commit => (0, nodes_and_folders + 2, 2),
            Durability::Off => (0, 0, 0),
        };
        assert_eq!(syncs_of(|| storage.put_many(&nodes).unwrap()), put, "{durability:?}");
        let publish_root = || storage.publish("main", None, Some(root.into())).unwrap();
        assert_eq!(syncs_of(publish_root), publish, "{durability:?}");
        assert_eq!(syncs_of(|| storage.sync().unwrap()), 0, "{durability:?}");
        assert_eq!(
            syncs_of(|| storage.set_config("name", Some(b"value")).unwrap()),
            config,
            "{durability:?}"
        );
        // Reading and opening sync nothing.
        let reopen = || drop(FileStorage::open(folder.path(), durability).unwrap());
        assert_eq!(syncs_of(reopen), 0, "{durability:?}");
        let put_and_sync = || {
            storage.put_many(&[leaf(100)]).unwrap();
            storage.sync().unwrap();
        };
        assert_eq!(
            syncs_of(put_and_sync),
            if durability == Durability::Off { 0 } else { 2 },
            "{durability:?}"
        );
    }
}
