//! Small trees made by hand, and the stock `git` program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use prolly_storage::git::{InitOptions, NewCommit, Oid, Repository, Signature, Time, Version};
use prolly_storage::{
    BLOB_VALUE_MAX, Child, Kind, Link, Node, NodeBounds, NodeCache, NodeRef, NodeStore, Parameters, Value,
    encode_blob, encode_chunk_list, encode_internal, encode_leaf,
};

pub(crate) const BRANCH: &str = "refs/heads/main";
pub(crate) type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// Eight entries a node, whatever the keys: a shape that only these tests use.
const WIDTH: usize = 8;

pub(crate) fn parameters() -> Parameters {
    let bounds = NodeBounds { window: 4, min: 4, max: 8 };
    Parameters { leaf: bounds, internal: bounds, inline_value_max: 256 }
}

/// A repository in a folder that goes when it is dropped.
pub(crate) struct Store {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) repository: Repository,
}

impl Store {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(&folder.path().join("store"), &InitOptions::default()).unwrap();
        Self { folder, repository }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A node store that knows only what it reads from the repository.
    pub(crate) fn nodes(&self) -> NodeStore {
        nodes_of(&self.repository)
    }

    /// Commits all of `entries` to the branch `main`.
    pub(crate) fn commit(&self, entries: &Entries) -> Version {
        let parent = self.repository.ref_target(BRANCH).unwrap();
        let store = self.nodes().staged();
        let root = build(&store, entries);
        self.commit_root(parent, root, &store)
    }

    /// Commits one changed value of a key that is there.
    pub(crate) fn commit_update(&self, key: &[u8], value: &[u8]) -> Version {
        let parent = self.repository.ref_target(BRANCH).unwrap().unwrap();
        let store = self.nodes().staged();
        let root = update(&store, self.repository.read_version(parent).unwrap().root, key, value);
        self.commit_root(Some(parent), root, &store)
    }

    fn commit_root(&self, parent: Option<Oid>, root: NodeRef, store: &NodeStore) -> Version {
        let staged = store.staged_nodes().unwrap();
        let lock = self.repository.lock().unwrap();
        let commit = new_commit(parent.into_iter().collect(), "change");
        let written = self.repository.write_version(&lock, root, &parameters(), staged, &commit).unwrap();
        self.repository.update_ref(&lock, BRANCH, parent, Some(written.commit), "commit: change").unwrap();
        let version = self.repository.read_version(written.commit).unwrap();
        assert_eq!(version.root.locator, written.root.locator);
        version
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.path(), arguments)
    }
}

pub(crate) fn nodes_of(repository: &Repository) -> NodeStore {
    NodeStore::with_cache(repository.storage(), Arc::new(NodeCache::with_capacity(0)))
}

pub(crate) fn signature() -> Signature {
    let time = Time { seconds: 1_700_000_000, offset_minutes: 60 };
    Signature { name: "Ada".into(), email: "ada@example.com".into(), time }
}

pub(crate) fn new_commit(parents: Vec<Oid>, message: &str) -> NewCommit {
    NewCommit { parents, author: signature(), committer: signature(), message: message.into() }
}

/// `count` keys; one value in eight is out of line, the largest in chunks.
pub(crate) fn sample(count: u32) -> Entries {
    let value = |number: u32| match number % 64 {
        5 => noise(number, 100_000),
        8 | 16 | 24 | 32 | 40 | 48 | 56 => noise(number, 900),
        _ => noise(number, 100),
    };
    (0..count).map(|number| (format!("key:{number:08}").into_bytes(), value(number))).collect()
}

/// Bytes that do not compress.
pub(crate) fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut word = (u64::from(seed) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

fn linked(store: &NodeStore, value: &[u8]) -> Link {
    let node = if value.len() <= BLOB_VALUE_MAX {
        encode_blob(value)
    } else {
        let chunks: Vec<_> = value.chunks(40_000).map(encode_blob).collect();
        let list: Vec<_> = chunks
            .iter()
            .map(|chunk| (chunk.address().into(), u32::try_from(chunk.blob().len()).unwrap()))
            .collect();
        store.put_many(chunks).unwrap();
        encode_chunk_list(&list)
    };
    let link = Link { target: node.address().into(), length: u32::try_from(value.len()).unwrap() };
    store.put_many(vec![node]).unwrap();
    link
}

fn leaf(store: &NodeStore, entries: &[(Vec<u8>, Vec<u8>)]) -> Node {
    let limit = parameters().inline_value_max as usize;
    let values: Vec<_> = entries
        .iter()
        .map(
            |(_, value)| {
                if value.len() > limit { Value::Linked(linked(store, value)) } else { Value::Inline(value) }
            },
        )
        .collect();
    let entries: Vec<_> = entries.iter().map(|(key, _)| &**key).zip(values).collect();
    encode_leaf(&parameters(), entries.into_iter())
}

/// Builds a tree by hand: as many levels as eight entries a node make.
pub(crate) fn build(store: &NodeStore, entries: &Entries) -> NodeRef {
    let entries: Vec<_> = entries.clone().into_iter().collect();
    let mut level: Vec<Node> = entries.chunks(WIDTH).map(|entries| leaf(store, entries)).collect();
    if level.is_empty() {
        level.push(leaf(store, &[]));
    }
    let mut height = 0;
    while level.len() > 1 {
        height += 1;
        let parent = |children: &[Node]| {
            let entries: Vec<_> = children
                .iter()
                .map(|node| {
                    let child =
                        Child { target: node.address().into(), entries: node.entries(), natural: true };
                    (node.last_key().unwrap(), child)
                })
                .collect();
            encode_internal(&parameters(), height, entries.iter().map(|(key, child)| (&**key, *child)))
        };
        let parents = level.chunks(WIDTH).map(parent).collect();
        store.put_many(level).unwrap();
        level = parents;
    }
    let root = level[0].address();
    store.put_many(level).unwrap();
    root.into()
}

/// Copies the path to one key, with another value.
pub(crate) fn update(store: &NodeStore, root: NodeRef, key: &[u8], value: &[u8]) -> NodeRef {
    let node = store.load(&root).unwrap();
    let changed = if node.kind() == Kind::Internal {
        let index = node.search(key).unwrap_or_else(|index| index);
        let child = node.child(index);
        let target = update(store, child.target, key, value);
        node.with_children([(index, Child { target, ..child })]).seal()
    } else {
        let index = node.search(key).unwrap();
        let link;
        let new = if value.len() > parameters().inline_value_max as usize {
            link = linked(store, value);
            Value::Linked(link)
        } else {
            Value::Inline(value)
        };
        let keys: Vec<_> = (0..node.len()).map(|at| node.key(at)).collect();
        let values = (0..node.len()).map(|at| if at == index { new } else { node.value(at) });
        let entries: Vec<_> = keys.iter().map(|key| &**key).zip(values).collect();
        encode_leaf(&parameters(), entries.into_iter())
    };
    let address = changed.address();
    store.put_many(vec![changed]).unwrap();
    address.into()
}

/// Reads every entry below `root`, out-of-line values too.
pub(crate) fn read_all(store: &NodeStore, root: NodeRef) -> prolly_storage::Result<Entries> {
    let mut entries = Entries::new();
    read_into(store, &root, &mut entries)?;
    Ok(entries)
}

fn read_into(store: &NodeStore, node: &NodeRef, entries: &mut Entries) -> prolly_storage::Result<()> {
    let node = store.load(node)?;
    if node.kind() == Kind::Internal {
        return node.links().try_for_each(|child| read_into(store, &child, entries));
    }
    for index in 0..node.len() {
        let value = match node.value(index) {
            Value::Inline(bytes) => bytes.to_vec(),
            Value::Linked(link) => read_linked(store, &link.target)?,
        };
        entries.insert(node.key(index), value);
    }
    Ok(())
}

fn read_linked(store: &NodeStore, target: &NodeRef) -> prolly_storage::Result<Vec<u8>> {
    let node = store.load(target)?;
    if node.kind() == Kind::Blob {
        return Ok(node.blob().to_vec());
    }
    let chunks = store.load_many(&node.links().collect::<Vec<_>>())?;
    Ok(chunks.iter().flat_map(|chunk| chunk.blob()).collect())
}

/// Opens the repository at `path` and reads all entries of `revision`.
pub(crate) fn read_revision(path: &Path, revision: &str) -> Entries {
    let repository = Repository::open(path).unwrap();
    let commit = repository.resolve(revision).unwrap().expect("the revision is there");
    read_all(&nodes_of(&repository), repository.read_version(commit).unwrap().root).unwrap()
}

/// Runs `git`, which must succeed, and gives what it printed.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = try_git(folder, arguments);
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn try_git(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

pub(crate) fn file_url(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The files of the pack folder with this extension.
pub(crate) fn pack_files(repository: &Repository, extension: &str) -> Vec<PathBuf> {
    let folder = repository.common_dir().join("objects/pack");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

pub(crate) fn resolve(repository: &Repository, revision: &str) -> Oid {
    repository.resolve(revision).unwrap().expect("the revision is there")
}

/// Runs the test `name` of this program again in a process of its own, with `PROLLY_TEST_STORE` set to `store`.
pub(crate) fn again_in_child(name: &str, store: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env("PROLLY_TEST_STORE", store);
    command
}

/// The store that [`again_in_child`] passed, when this is such a process.
pub(crate) fn store_of_parent() -> Option<Repository> {
    std::env::var_os("PROLLY_TEST_STORE").map(|path| Repository::open(path.as_ref()).unwrap())
}
