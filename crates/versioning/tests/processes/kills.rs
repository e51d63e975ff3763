//! Processes that are killed at random moments.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use prolly_versioning::{
    CheckoutOptions, Direction, KeyRange, LogOptions, MergeOptions, Strategy, VersionedStore,
};

use super::common::*;
use super::model::{BRANCHES, Model, Step};
use super::start;

const ROUNDS: u64 = 200;

/// Good enough to choose what to do.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Says what it is about to do, does it, says so; until it is killed.
pub(crate) fn random(seed: u64, folder: &Path) {
    let store = open(folder);
    let mut random = Random(seed);
    say("ready");
    loop {
        let key = format!("key{}", random.below(40));
        let step = match random.below(12) {
            0..5 => Step::Set(key, random.below(1000).to_string()),
            5..7 => Step::Delete(key),
            7..10 => Step::Commit,
            10 => Step::Checkout,
            _ => Step::Merge,
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

pub(crate) fn killed_processes_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    store.create_branch("feature", None).unwrap();
    let mut model = Model::new(contents(&store));
    drop(store);
    let mut random = Random(20_261_123);
    let (mut steps, mut during) = (0, 0);
    for round in 0..ROUNDS {
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
        let store = open(folder.path());
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
    assert!(steps > ROUNDS && during > ROUNDS / 4, "{steps} steps, {during} kills during one");
    let store = open(folder.path());
    assert!(store.log(&LogOptions::default()).unwrap().all(|commit| commit.is_ok()));
    fsck(folder.path());
    let locks = git(folder.path(), &["count-objects", "-v"]);
    assert!(locks.contains("garbage: 0"), "{locks}");
}
