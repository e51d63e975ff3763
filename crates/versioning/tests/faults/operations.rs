//! What is done to a store when a fault hits.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::Duration;

use prolly_versioning::{
    CheckoutOptions, Direction, Error, GarbageOptions, InitOptions, KeyRange, MergeOptions, OpenOptions,
    ResetMode, Result, StorageKind, Strategy, Transaction, VersionedStore,
};

use super::common::*;

/// So small that a few sets make a checkpoint.
const SMALL: u64 = 400;

/// An operation by its name.
pub(crate) type Operation = (&'static str, fn(&VersionedStore) -> Result<()>);

pub(crate) const OPERATIONS: [Operation; 14] = [
    ("set", |store| store.put(&DEFAULT, "set", "1")),
    ("first set", |store| store.put(&DEFAULT, "set", "1")),
    ("checkpoint", |store| store.put(&DEFAULT, "large", "x".repeat(500))),
    ("commit", |store| store.commit(&by_ada("committed")).map(drop)),
    ("transact", |store| {
        let work = |transaction: &Transaction| transaction.put(&DEFAULT, "transacted", "1");
        store.transact::<_, Error>(&by_ada("transacted"), work).map(drop)
    }),
    ("merge", |store| {
        store.commit(&by_ada("before the merge"))?;
        let options = MergeOptions { strategy: Some(Strategy::TakeSource), ..merging() };
        store.merge("feature", &options).map(drop)
    }),
    ("fast-forward", |store| {
        let force = CheckoutOptions { force: true, ..CheckoutOptions::default() };
        store.checkout("behind", &force)?;
        store.merge("main", &merging()).map(drop)
    }),
    ("checkout", |store| {
        let force = CheckoutOptions { force: true, ..CheckoutOptions::default() };
        store.checkout("feature", &force).map(drop)
    }),
    ("reset", |store| store.reset("HEAD~1", ResetMode::Hard).map(drop)),
    ("branch", |store| store.create_branch("made", None).map(drop)),
    ("delete a branch", |store| store.delete_branch("feature", true).map(drop)),
    ("tag", |store| store.create_tag("v2", None).map(drop)),
    ("discard", |store| store.discard()),
    ("gc", |store| {
        let now = GarbageOptions { grace: Duration::ZERO, dry_run: false };
        store.collect_garbage(&now).map(drop)
    }),
];

pub(crate) fn open_small(folder: &Path) -> VersionedStore {
    let options = OpenOptions { checkpoint_bytes: SMALL, ..OpenOptions::default() };
    VersionedStore::open(folder, options).unwrap()
}

/// Three branches, of which two changed different and equal keys, a tag, values of all lengths, and staged changes.
pub(crate) fn prepare(folder: &Path, storage: StorageKind) {
    let options = InitOptions { storage, branch: Some("main".into()), ..InitOptions::default() };
    let store = VersionedStore::init(folder, options).unwrap();
    for number in 0..40 {
        put(&store, &format!("key {number:02}"), &format!("{number}").repeat(20));
    }
    put(&store, "long", &"l".repeat(3000));
    commit(&store, "first");
    store.create_branch("feature", None).unwrap();
    store.create_branch("behind", None).unwrap();
    put(&store, "key 03", "main");
    put(&store, "key 05", "main");
    commit(&store, "on main");
    store.create_tag("v1", None).unwrap();
    store.checkout("feature", &CheckoutOptions::default()).unwrap();
    put(&store, "key 05", "feature");
    put(&store, "key 30", "feature");
    commit(&store, "on feature");
    store.checkout("main", &CheckoutOptions::default()).unwrap();
    put(&store, "staged", "1");
    store.delete(&DEFAULT, b"key 10").unwrap();
}

/// What an operation needs of a copy of the store that was prepared.
pub(crate) fn make_ready(operation: &str, folder: &Path) {
    match operation {
        // As after a clone.
        "first set" => std::fs::remove_dir_all(folder.join(".git/prolly/worktrees")).unwrap(),
        "delete a branch" => {
            git(folder, &["config", "branch.feature.remote", "origin"]);
            git(folder, &["pack-refs", "--all"]);
        }
        _ => {}
    }
}

/// What a working state is known by, where it is too long to be said.
pub(crate) fn digest(contents: &Contents) -> String {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// All that can be seen of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) head: String,
    /// Branches and tags, with their commits and what these hold.
    pub(crate) versions: Vec<(String, String, Contents)>,
    pub(crate) working: Contents,
}

impl Seen {
    pub(crate) fn of(store: &VersionedStore) -> Self {
        let mut names: Vec<String> = store
            .branches()
            .unwrap()
            .into_iter()
            .map(|branch| format!("refs/heads/{}", branch.name))
            .collect();
        names.extend(store.tags().unwrap().into_iter().map(|tag| format!("refs/tags/{}", tag.name)));
        Self {
            head: store.head().unwrap().branch().unwrap_or("detached").to_owned(),
            versions: names
                .into_iter()
                .map(|name| {
                    let commit = store.resolve(&name).unwrap().to_string();
                    let contents = at(store, &name);
                    (name, commit, contents)
                })
                .collect(),
            working: contents(store),
        }
    }

    /// What is committed on the current branch.
    pub(crate) fn committed(&self) -> &Contents {
        let name = format!("refs/heads/{}", self.head);
        &self.versions.iter().find(|(version, ..)| *version == name).unwrap().2
    }

    /// As it was before the last commit on the current branch, which took all that was staged.
    pub(crate) fn before_last(mut self, store: &VersionedStore) -> Self {
        assert_eq!(*self.committed(), self.working);
        let name = format!("refs/heads/{}", self.head);
        let (_, commit, contents) = self.versions.iter_mut().find(|(version, ..)| *version == name).unwrap();
        let before = format!("{name}^");
        (*commit, *contents) = (store.resolve(&before).unwrap().to_string(), at(store, &before));
        self
    }
}

pub(crate) fn at(store: &VersionedStore, revision: &str) -> Contents {
    let snapshot = store.at(revision).unwrap();
    let entries = snapshot.entries(&DEFAULT, KeyRange::all(), Direction::Forward).unwrap();
    entries.map(|entry| entry.map(|(key, value)| (text(key), text(value))).unwrap()).collect()
}

/// What may be found when an operation was cut short: what was, what is to be, or a state in between that is a whole one.
pub(crate) fn possible(operation: &str, before: &Seen, after: &Seen, steps: &[Seen]) -> Vec<Seen> {
    let mut possible = vec![before.clone(), after.clone()];
    possible.extend(steps.iter().cloned());
    // What is staged is dropped before HEAD moves.
    if ["checkout", "fast-forward", "reset"].contains(&operation) {
        possible.push(Seen { working: before.committed().clone(), ..before.clone() });
    }
    possible
}

/// The whole states that an operation of several steps goes through.
pub(crate) fn steps(operation: &str, store: &VersionedStore) -> Vec<Seen> {
    match operation {
        "merge" => {
            store.commit(&by_ada("before the merge")).unwrap();
        }
        "fast-forward" => {
            let force = CheckoutOptions { force: true, ..CheckoutOptions::default() };
            store.checkout("behind", &force).unwrap();
        }
        _ => return Vec::new(),
    }
    vec![Seen::of(store)]
}

/// So that the worker and its judge agree on what is merged.
pub(crate) fn find(name: &str) -> Operation {
    *OPERATIONS.iter().find(|(candidate, _)| *candidate == name).unwrap()
}
