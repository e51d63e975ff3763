//! Processes that are killed at random moments.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use prolly_versioning::{
    CheckoutOptions, Direction, Error, GarbageOptions, InitOptions, KeyRange, LogOptions, MergeOptions,
    OpenOptions, StorageKind, Strategy, Transaction, VersionedStore,
};

use super::common::*;
use super::model::{BRANCHES, Model, Step};
use super::start;

/// So small that a few sets make a checkpoint and a new journal.
const SMALL: u64 = 600;

fn open_small(folder: &Path) -> VersionedStore {
    let options = OpenOptions { checkpoint_bytes: SMALL, ..OpenOptions::default() };
    VersionedStore::open(folder, options).unwrap()
}

/// Good enough to choose what to do.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Says what it is about to do, does it, says so; until it is killed.
pub(crate) fn random(seed: u64, folder: &Path) {
    let store = open_small(folder);
    let mut random = Random(seed);
    say("ready");
    loop {
        let key = format!("key{}", random.below(40));
        let step = match random.below(28) {
            0..12 => Step::Set(key, random.below(1000).to_string()),
            12..16 => Step::Delete(key),
            16..20 => Step::Commit,
            // Keys that nobody else writes: no conflict.
            20..23 => Step::Transact(format!("own-{key}"), random.below(1000).to_string()),
            23..25 => Step::Checkout,
            25..27 => Step::Merge,
            _ => Step::Collect,
        };
        let clean = store.status().unwrap().is_clean();
        let step = match step {
            Step::Commit if clean => continue,
            Step::Merge if !clean => Step::Commit,
            step => step,
        };
        take(&store, &step);
    }
}

fn take(store: &VersionedStore, step: &Step) {
    let other = || BRANCHES.iter().find(|name| store.head().unwrap().branch() != Some(**name)).unwrap();
    match step {
        Step::Set(key, value) => {
            say(&format!("set {key} {value}"));
            put(store, key, value);
        }
        Step::Delete(key) => {
            say(&format!("delete {key}"));
            store.delete(&DEFAULT, key.as_bytes()).unwrap();
        }
        Step::Commit => {
            say("commit");
            commit(store, "work");
        }
        Step::Transact(key, value) => {
            say(&format!("transact {key} {value}"));
            let work = |transaction: &Transaction| {
                transaction.put(&DEFAULT, key.clone(), value.clone())?;
                // Also when the value is there already.
                transaction.put(&DEFAULT, "last-transaction", format!("{key} {value}"))
            };
            match store.transact::<_, Error>(&by_ada("transact"), work) {
                Ok(_) | Err(Error::NothingToCommit { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        Step::Collect => {
            say("collect");
            let now = GarbageOptions { grace: Duration::ZERO, dry_run: false };
            store.collect_garbage(&now).unwrap();
        }
        Step::Checkout => {
            let target = other();
            say("checkout");
            store.checkout(target, &CheckoutOptions { force: true, ..CheckoutOptions::default() }).unwrap();
        }
        Step::Merge => {
            let source = other();
            say("merge");
            let options = MergeOptions { strategy: Some(Strategy::TakeSource), ..merging() };
            store.merge(source, &options).unwrap();
        }
    }
    say("done");
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// What a store looks like, with the parts that cannot be seen taken from `model`.
fn observe(store: &VersionedStore, model: &Model) -> Model {
    let mut seen = model.clone();
    let head = store.head().unwrap();
    seen.head = BRANCHES.iter().position(|name| head.branch() == Some(name)).unwrap();
    seen.working = contents(store);
    for (branch, name) in seen.branches.iter_mut().zip(BRANCHES) {
        *branch = at(store, name);
    }
    seen
}

fn at(store: &VersionedStore, revision: &str) -> Contents {
    let snapshot = store.at(revision).unwrap();
    let entries = snapshot.entries(&DEFAULT, KeyRange::all(), Direction::Forward).unwrap();
    entries.map(|entry| entry.map(|(key, value)| (text(key), text(value))).unwrap()).collect()
}

pub(crate) fn killed_processes_lose_nothing(kind: StorageKind) {
    let rounds: u64 = if is_torture() { 1000 } else { 150 };
    let folder = tempfile::tempdir().unwrap();
    let options = InitOptions { storage: kind, branch: Some("main".into()), ..InitOptions::default() };
    let store = VersionedStore::init(folder.path(), options).unwrap();
    put(&store, "a", "1");
    commit(&store, "seed");
    store.create_branch("feature", None).unwrap();
    let mut model = Model::new(contents(&store));
    drop(store);
    let mut random = Random(20_261_123);
    let (mut steps, mut during) = (0, 0);
    for round in 0..rounds {
        let mut child = start(&["random", &round.to_string()], folder.path());
        let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        std::io::BufRead::read_line(&mut output, &mut line).unwrap();
        assert_eq!(line, "ready\n", "round {round}: the store opens");
        std::thread::sleep(Duration::from_micros(random.below(40_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut output, &mut rest).unwrap();

        let mut open_step = None;
        // A line that was not written whole was not acknowledged.
        for line in rest.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            match Step::parse(line) {
                Some(step) => open_step = Some(step),
                None => {
                    assert_eq!(line, "done");
                    model.take(&open_step.take().unwrap());
                    steps += 1;
                }
            }
        }
        let possible = match &open_step {
            Some(step) => model.possible(step),
            None => vec![model.clone()],
        };
        let store = open_small(folder.path());
        let seen = observe(&store, &model);
        let found = possible.into_iter().find(|possible| possible.looks_like(&seen));
        model =
            found.unwrap_or_else(|| panic!("round {round}, {open_step:?}: {seen:#?}, expected {model:#?}"));
        // A merge that changes no entry leaves its mark in the history alone.
        model.base = at(&store, git(folder.path(), &["merge-base", "main", "feature"]).trim());
        during += u64::from(open_step.is_some());
        // The next write and commit succeed.
        let (key, value) = ("round".to_owned(), round.to_string());
        put(&store, &key, &value);
        model.take(&Step::Set(key, value));
        commit(&store, "next");
        model.take(&Step::Commit);
        assert!(observe(&store, &model).looks_like(&model), "round {round}");
        assert!(store.status().unwrap().is_clean());
    }
    assert!(steps > rounds && during > rounds / 4, "{steps} steps, {during} kills during one");
    let store = open(folder.path());
    let now = GarbageOptions { grace: Duration::ZERO, dry_run: false };
    store.collect_garbage(&now).unwrap();
    let before = contents(&store);
    drop(store);
    // Every version that was ever acknowledged on these branches, read from the disk.
    let store = open(folder.path());
    for commit in store.log(&LogOptions::default()).unwrap() {
        assert!(!at(&store, &commit.unwrap().id.to_string()).is_empty());
    }
    assert_eq!(contents(&store), before);
    let mut look = |_: &prolly_versioning::CheckReport| std::ops::ControlFlow::Continue(());
    assert_eq!(VersionedStore::check(folder.path(), &mut look).unwrap().faults, []);
    let objects = git(folder.path(), &["count-objects", "-v"]);
    assert!(objects.contains("garbage: 0"), "{objects}");
    for left in ["incoming", "intents"] {
        let path = folder.path().join(".git/prolly").join(left);
        assert_eq!(std::fs::read_dir(path).map_or(0, Iterator::count), 0, "{left}");
    }
    let pins = std::fs::read_dir(folder.path().join(".git/prolly/pins")).unwrap().count();
    assert_eq!(pins, 1, "those of dead processes are gone");
}
