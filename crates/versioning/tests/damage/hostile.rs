//! Stores whose nodes have the right hashes and contradict each other: an error, never a panic, an endless walk or a change.

use std::ops::ControlFlow;
use std::path::Path;

use prolly_storage::git::{NewCommit, Repository, Signature, Time};
use prolly_storage::{
    Child, Durability, FileStorage, Node, NodeRef, NodeStorage, Parameters, Value, encode_internal,
    encode_leaf,
};
use prolly_versioning::{
    CheckReport, CheckoutOptions, DiffOptions, Direction, InitOptions, KeyRange, MergeOptions, StorageKind,
    Strategy, Version, VersionedStore,
};

use super::common::*;

/// Keys as a store has them: behind the number of the default keyspace.
fn stored(key: &str) -> Vec<u8> {
    [&1_u64.to_be_bytes()[..], key.as_bytes()].concat()
}

fn leaf(keys: &[&str]) -> Node {
    let keys: Vec<_> = keys.iter().map(|key| stored(key)).collect();
    encode_leaf(&Parameters::default(), keys.iter().map(|key| (&**key, Value::Inline(b"value"))))
}

fn parent(level: u8, children: &[(&str, &Node, u64)]) -> Node {
    let children: Vec<_> = children
        .iter()
        .map(|(key, node, entries)| {
            let target = NodeRef::from(node.address());
            (stored(key), Child { target, entries: *entries, natural: true })
        })
        .collect();
    encode_internal(&Parameters::default(), level, children.iter().map(|(key, child)| (&**key, *child)))
}

/// Commits this root on the branch `hostile`, as a program would that knows the layout.
fn publish(folder: &Path, nodes: &[Node]) {
    let repository = Repository::open(folder).unwrap();
    let storage = FileStorage::open(&folder.join(".git/prolly/nodes"), Durability::Commit).unwrap();
    storage.put_many(nodes).unwrap();
    storage.sync().unwrap();
    let lock = repository.lock().unwrap();
    let who = Signature {
        name: "Eve".into(),
        email: "eve@example.com".into(),
        time: Time { seconds: 1_700_000_000, offset_minutes: 0 },
    };
    let parents = repository.ref_target("refs/heads/main").unwrap().into_iter().collect();
    let commit = NewCommit { parents, author: who.clone(), committer: who, message: "hostile".into() };
    let written = repository.write_external_version(&lock, nodes.last().unwrap(), "file", &commit).unwrap();
    let before = repository.ref_target("refs/heads/hostile").unwrap();
    repository.update_ref(&lock, "refs/heads/hostile", before, Some(written.commit), "").unwrap();
}

#[test]
fn nodes_that_contradict_each_other_are_refused_or_do_no_harm() {
    let (one, two, three) = (leaf(&["a", "b"]), leaf(&["c", "d"]), leaf(&["b", "z"]));
    let inner = parent(1, &[("b", &one, 2), ("d", &two, 2)]);
    let absent = leaf(&["x", "y"]);
    let cases: Vec<(&str, Vec<Node>)> = vec![
        ("a leaf two levels down", vec![one.clone(), parent(2, &[("b", &one, 2)])]),
        (
            "a node below one of its own level",
            vec![one.clone(), two.clone(), inner.clone(), parent(1, &[("d", &inner, 4)])],
        ),
        ("a node that is not there", vec![one.clone(), parent(1, &[("b", &one, 2), ("y", &absent, 2)])]),
        (
            "more entries than there are",
            vec![
                one.clone(),
                two.clone(),
                parent(1, &[("b", &one, (1 << 62) - 1), ("d", &two, (1 << 62) - 1)]),
            ],
        ),
        ("one leaf twice", vec![one.clone(), parent(1, &[("b", &one, 2), ("d", &one, 2)])]),
        (
            "keys out of order",
            vec![two.clone(), three.clone(), parent(1, &[("d", &two, 2), ("z", &three, 2)])],
        ),
        (
            "a last key that is not",
            vec![one.clone(), two.clone(), parent(1, &[("a", &one, 2), ("d", &two, 2)])],
        ),
    ];
    for (what, nodes) in cases {
        let folder = tempfile::tempdir().unwrap();
        let options =
            InitOptions { storage: StorageKind::File, branch: Some("main".into()), ..InitOptions::default() };
        let store = VersionedStore::init(folder.path(), options).unwrap();
        put(&store, "a", "1");
        put(&store, "m", "2");
        commit(&store, "sound");
        put(&store, "m", "3");
        commit(&store, "sound, too");
        drop(store);
        publish(folder.path(), &nodes);
        let store = open(folder.path());
        let before = (contents(&store), store.branches().unwrap());
        // Whatever the answers are, they come.
        if let Ok(version) = store.at("hostile") {
            for key in ["a", "b", "c", "m", "x", "zz"] {
                let _ = version.get(&DEFAULT, key.as_bytes());
            }
            let _ = version.count(&DEFAULT, &KeyRange::all());
            for direction in [Direction::Forward, Direction::Backward] {
                let entries = version.entries(&DEFAULT, KeyRange::all(), direction);
                assert!(entries.map_or(0, |entries| entries.take(100).count()) < 100, "{what}: endless");
            }
        }
        let diff = store.diff(Version::Head, Version::Revision("hostile"), DiffOptions::default());
        assert!(diff.map_or(0, |diff| diff.take(100).count()) < 100, "{what}: endless");
        let _ = store.statistics("hostile");
        let dry = MergeOptions { strategy: Some(Strategy::TakeSource), dry_run: true, ..merging() };
        let _ = store.merge("hostile", &dry);
        assert_eq!((contents(&store), store.branches().unwrap()), before, "{what}");
        // Checked out it may be; then another branch can be.
        if store.checkout("hostile", &CheckoutOptions::default()).is_ok() {
            let _ = store.put(&DEFAULT, "more", "1");
            let _ = store.commit(&by_ada("over it"));
            store.checkout("main", &CheckoutOptions { force: true, ..CheckoutOptions::default() }).unwrap();
        }
        assert_eq!(contents(&store), before.0, "{what}");
        put(&store, "goes", "on");
        commit(&store, "goes on");
        drop(store);
        let report = VersionedStore::check(folder.path(), &mut |_: &CheckReport| ControlFlow::Continue(()));
        assert!(!report.unwrap().faults.is_empty(), "{what} is no fault");
    }
}
