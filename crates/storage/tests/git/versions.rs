//! Writing and reading versions, and trees that nobody of ours wrote.

use prolly_storage::git::{GitStorage, Oid};
use prolly_storage::{
    Address, Child, Error, Locator, MemoryStorage, Node, NodeRef, NodeStorage, NodeStore, Parameters,
    encode_internal, encode_leaf,
};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::common::{
    BRANCH, Store, build, new_commit, nodes_of, parameters, read_all, read_revision, resolve, sample, update,
};

#[test]
fn a_version_says_what_its_tree_is() {
    let store = Store::new();
    for (count, levels) in [(0, 1), (1, 1), (8, 1), (9, 2), (65, 3)] {
        let entries = sample(count);
        let version = store.commit(&entries);
        assert_eq!((version.entries, version.levels), (u64::from(count), levels));
        assert_eq!(version.parameters, parameters());
        assert_eq!(version.storage, "git");
        assert_eq!(read_revision(&store.path(), "main"), entries);
        let commit = store.repository.commit(version.commit).unwrap();
        assert_eq!(commit.root, Some(version.root.address));
        assert_eq!(commit.message, "change");
    }
    assert_eq!(store.git(&["fsck", "--full", "--strict"]), "");
}

#[test]
fn a_root_does_not_depend_on_how_its_nodes_came_to_be() {
    let (one, other) = (Store::new(), Store::new());
    let mut entries = sample(300);
    one.commit(&entries);
    let updated = one.commit_update(b"key:00000100", b"changed");
    entries.insert(b"key:00000100".to_vec(), b"changed".to_vec());
    let built = other.commit(&entries);
    assert_eq!((updated.root, updated.root.locator), (built.root, built.root.locator));
    assert_eq!(one.git(&["rev-parse", "main^{tree}"]), other.git(&["rev-parse", "main^{tree}"]));
    // Back again: the tree is the first one.
    one.commit(&sample(300));
    assert_eq!(one.git(&["rev-parse", "main^{tree}"]), one.git(&["rev-parse", "main~2^{tree}"]));
    assert_eq!(one.git(&["fsck", "--full", "--strict"]), "");
}

#[test]
fn a_node_that_is_nowhere_is_missing_and_nothing_is_written() {
    let store = Store::new();
    let first = store.commit(&sample(100)).commit;
    let memory = NodeStore::new(Arc::new(MemoryStorage::new()));
    let root = build(&memory, &sample(200));
    let staged = memory.staged();
    let changed = update(&staged, root, b"key:00000001", b"changed");
    let repository = &store.repository;
    let lock = repository.lock().unwrap();
    let packs = || crate::common::pack_files(repository, "pack").len();
    let before = packs();
    let write = |root: NodeRef, parameters: &Parameters, parents: Vec<Oid>| {
        let commit = new_commit(parents, "broken");
        repository.write_version(&lock, root, parameters, staged.staged_nodes().unwrap(), &commit).map(drop)
    };
    assert!(matches!(write(changed, &parameters(), vec![first]), Err(Error::MissingNode { .. })));
    let nowhere = NodeRef::new(Address::of(b"x"), Locator::GitTree([7; 20]));
    assert!(matches!(write(nowhere, &parameters(), vec![first]), Err(Error::MissingNode { .. })));
    let sound = store.repository.read_version(first).unwrap().root;
    assert!(matches!(write(sound, &Parameters::default(), vec![first]), Err(Error::InvalidParameters(_))));
    assert!(write(sound, &parameters(), vec![Oid::ZERO]).is_err());
    // A tree that was read before Git collected a part of it.
    let gone = NodeRef::new(Address::of(b"x"), Locator::GitBlob([7; 20]));
    let entries = [(&b"a"[..], Child { target: gone, entries: 1, natural: true })];
    let parent = encode_internal(&parameters(), 1, entries.into_iter());
    let name = NodeRef::from(parent.address());
    staged.put_many(vec![parent]).unwrap();
    assert!(matches!(write(name, &parameters(), vec![first]), Err(Error::MissingNode { .. })));
    assert_eq!(packs(), before);
    assert!(std::fs::read_dir(repository.common_dir().join("prolly/intents")).unwrap().next().is_none());
    assert!(std::fs::read_dir(repository.common_dir().join("prolly/incoming")).unwrap().next().is_none());
}

#[test]
fn nodes_kept_elsewhere_are_named_and_not_stored() {
    let store = Store::new();
    let memory = NodeStore::new(Arc::new(MemoryStorage::new()));
    let root = memory.load(&build(&memory, &sample(50))).unwrap();
    let lock = store.repository.lock().unwrap();
    let commit = new_commit(Vec::new(), "elsewhere");
    let written = store.repository.write_external_version(&lock, &root, "memory", &commit).unwrap();
    store.repository.update_ref(&lock, BRANCH, None, Some(written.commit), "commit").unwrap();
    assert_eq!(store.git(&["ls-tree", "--name-only", "main"]), ".gitattributes\nmeta\n");
    let version = store.repository.read_version(written.commit).unwrap();
    assert_eq!((version.storage.as_str(), version.entries), ("memory", 50));
    assert_eq!(version.root.address, root.address());
    assert!(matches!(store.nodes().load(&version.root), Err(Error::MissingNode { .. })));
    assert_eq!(store.git(&["fsck", "--full", "--strict"]), "");
}

#[test]
fn files_of_others_beside_the_root_are_carried_along() {
    let store = Store::new();
    store.commit(&sample(10));
    let readme = hash_object(&store, "read me");
    let tree = store.git(&["ls-tree", "main"]);
    let tree = make_tree(&store, &format!("{tree}100644 blob {readme}\tREADME.md\n"));
    let commit = store.git(&["commit-tree", "-p", "main", "-m", "Say what this is", &tree]);
    store.git(&["update-ref", BRANCH, commit.trim()]);
    assert_eq!(read_revision(&store.path(), "main"), sample(10));
    store.commit_update(b"key:00000001", b"later");
    assert_eq!(store.git(&["show", "main:README.md"]), "read me");
    assert_eq!(store.git(&["fsck", "--full", "--strict"]), "");
}

#[test]
fn commits_of_others_are_refused() {
    let store = Store::new();
    let version = store.commit(&sample(100));
    let (root, meta) = (store.git(&["rev-parse", "main:root"]), store.git(&["rev-parse", "main:meta"]));
    let (root, meta) = (root.trim(), meta.trim());
    let read = |entries: &str, message: &str| {
        let tree = make_tree(&store, entries);
        let commit = store.git(&["commit-tree", "-m", message, &tree]);
        store.repository.read_version(commit.trim().parse().unwrap())
    };
    let whole = format!("100644 blob {meta}\tmeta\n040000 tree {root}\troot\n");
    assert_eq!(read(&whole, "no trailer").unwrap().root, version.root);
    assert!(matches!(read("", "empty"), Err(Error::Unsupported { .. })));
    assert!(matches!(
        read(&format!("040000 tree {root}\troot\n"), "no meta"),
        Err(Error::Unsupported { .. })
    ));
    assert!(matches!(
        read(&format!("040000 tree {root}\tmeta\n"), "meta folder"),
        Err(Error::Unsupported { .. })
    ));
    let other = Address::of(b"other");
    for (entries, message) in [
        (format!("100644 blob {meta}\tmeta\n"), "no root"),
        (format!("100644 blob {meta}\tmeta\n160000 commit {}\troot\n", version.commit), "submodule"),
        (format!("100644 blob {meta}\tmeta\n120000 blob {meta}\troot\n"), "symlink"),
        (
            format!("100644 blob {}\tmeta\n040000 tree {root}\troot\n", hash_object(&store, "layout 9\n")),
            "layout",
        ),
        (whole, &*format!("x\n\nProlly-Root: {other}")),
    ] {
        let error = read(&entries, message).unwrap_err();
        assert!(matches!(error, Error::Corruption { .. }), "{message}: {error}");
    }
}

#[test]
fn hostile_trees_are_corrupt() {
    let store = Store::new();
    let version = store.commit(&sample(20));
    let listing = store.git(&["ls-tree", "main:root"]);
    let lines: Vec<&str> = listing.lines().collect();
    assert_eq!(lines.len(), 4, "three leaves and the node");
    let node = store.git(&["rev-parse", "main:root/node"]);
    let node = node.trim();
    let commit = version.commit;
    let renamed = |from: &str, to: &str| listing.replace(&format!("\t{from}"), &format!("\t{to}"));
    let cases = [
        ("no node", lines[..3].join("\n")),
        ("a leaf less", [lines[0], lines[1], lines[3]].join("\n")),
        ("a leaf less at the front", [lines[1], lines[2], lines[3]].join("\n")),
        ("a leaf more", format!("{listing}100644 blob {node}\t0003\n")),
        ("an entry more", format!("{listing}100644 blob {node}\tzzzz\n")),
        ("a name of other width", renamed("0001", "001")),
        ("a name with other digits", renamed("0002", "000C")),
        ("a name that leads out", renamed("0000", "..0")),
        ("a submodule", format!("{}\n160000 commit {commit}\t0002\n{}", lines[..2].join("\n"), lines[3])),
        ("a symbolic link", format!("{}\n120000 blob {node}\t0002\n{}", lines[..2].join("\n"), lines[3])),
        ("another leaf", format!("{}\n100644 blob {node}\t0002\n{}", lines[..2].join("\n"), lines[3])),
        ("only the node", lines[3].to_owned()),
        (
            "a folder for a node",
            format!("{}\n040000 tree {}\tnode", lines[..3].join("\n"), tree_of(&store, "main:root")),
        ),
        ("two leaves swapped", swap(&listing, "0000", "0001")),
    ];
    for (what, listing) in cases {
        let tree = make_tree(&store, &listing);
        let id: Oid = tree.parse().unwrap();
        let root = NodeRef::new(version.root.address, Locator::GitTree(*id.as_bytes()));
        let error = read_all(&store.nodes(), root).unwrap_err();
        assert!(matches!(error, Error::Corruption { .. }), "{what}: {error}");
    }
    // Trees that Git itself would not make.
    for (what, bytes) in [("cut", &b"100644 0000"[..]), ("no id", b"100644 0000\0abc"), ("no mode", b"0000")]
    {
        let mut child = Command::new("git")
            .current_dir(store.path())
            .args(["hash-object", "-t", "tree", "-w", "--literally", "--stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let id: Oid =
            String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().parse().unwrap();
        let root = NodeRef::new(version.root.address, Locator::GitTree(*id.as_bytes()));
        let error = store.nodes().load(&root).unwrap_err();
        assert!(matches!(error, Error::Corruption { .. }), "{what}: {error}");
    }
    // A locator of the wrong kind.
    let Locator::GitTree(id) = version.root.locator else { panic!("the root is a tree") };
    let wrong = NodeRef::new(version.root.address, Locator::GitBlob(id));
    assert!(matches!(store.nodes().load(&wrong), Err(Error::Corruption { .. })));
}

#[test]
fn a_plain_storage_finds_roots_of_older_versions_by_address() {
    let store = Store::new();
    let storage = GitStorage::new(store.repository.clone());
    let leaf = |text: &str| {
        encode_leaf(
            &parameters(),
            [(&b"key"[..], prolly_storage::Value::Inline(text.as_bytes()))].into_iter(),
        )
    };
    let (one, two, never) = (leaf("one"), leaf("two"), leaf("never published"));
    storage.put_many(&[one.clone(), two.clone(), never.clone()]).unwrap();
    storage.publish("raw", None, Some(one.address().into())).unwrap();
    storage.publish("raw", Some(one.address()), Some(two.address().into())).unwrap();
    assert_eq!(storage.pending(), 1, "what was published is no longer held in memory");
    assert_eq!(store.git(&["log", "--format=%s", "raw"]), "Publish raw\nPublish raw\n");
    let again = GitStorage::new(store.repository.clone());
    let address = |node: &Node| NodeRef::from(node.address());
    assert_eq!(again.get(&address(&one)).unwrap().bytes, one.bytes());
    assert_eq!(again.get(&address(&two)).unwrap().bytes, two.bytes());
    assert!(matches!(again.get(&address(&never)), Err(Error::MissingNode { .. })));
    assert!(storage.get(&address(&never)).is_ok());
    for name in ["", "../x", "a/b", ".hidden", &"x".repeat(300)] {
        assert!(matches!(storage.set_config(name, Some(b"x")), Err(Error::InvalidName { .. })), "{name:?}");
    }
    assert!(matches!(storage.publish("no good", None, Some(address(&one))), Err(Error::InvalidName { .. })));
    assert_eq!(store.git(&["fsck", "--full", "--strict"]), "");
}

#[test]
fn what_only_reads_refuses_to_write() {
    let store = Store::new();
    store.commit(&sample(3));
    let storage = store.repository.storage();
    assert!(!storage.promises().reads_unpublished);
    assert!(matches!(storage.put_many(&[]), Err(Error::Unsupported { .. })));
    let root = storage.root("main").unwrap().unwrap();
    assert_eq!(read_all(&nodes_of(&store.repository), root).unwrap(), sample(3));
    assert_eq!(storage.root("other").unwrap(), None);
    assert_eq!(resolve(&store.repository, "main"), store.repository.head().unwrap().target().unwrap());
}

fn hash_object(store: &Store, text: &str) -> String {
    pipe(store, &["hash-object", "-w", "--stdin"], text)
}

/// Makes a tree of the lines that `git ls-tree` prints, whatever they say.
fn make_tree(store: &Store, listing: &str) -> String {
    pipe(store, &["mktree", "--missing"], &listing.replace("\n\n", "\n"))
}

fn tree_of(store: &Store, revision: &str) -> String {
    store.git(&["rev-parse", revision]).trim().to_owned()
}

fn swap(text: &str, one: &str, other: &str) -> String {
    text.replace(one, "\u{1}").replace(other, one).replace('\u{1}', other)
}

fn pipe(store: &Store, arguments: &[&str], input: &str) -> String {
    let mut child = Command::new("git")
        .current_dir(store.path())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {arguments:?} {input:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
