//! Many processes and threads at everything at once, each of which knows what must be there.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use prolly_versioning::{
    AddWorktreeOptions, CheckReport, CheckoutOptions, Direction, Error, GarbageOptions, InitOptions,
    KeyRange, LogOptions, MergeOptions, Snapshot, StorageKind, Strategy, Transaction, VersionedStore,
};

use super::common::*;
use super::kills::Random;
use super::{finish, start};

const COUNTER: &str = "counter";
/// Snapshots that a thread holds at once.
const HELD: usize = 4;

/// Four processes of four threads; over RocksDB, which one process at a time has open, one of sixteen.
pub(crate) fn soak(kind: StorageKind) {
    let (processes, threads) = if kind == StorageKind::RocksDb { (1, 16) } else { (4, 4) };
    // So many actions a thread, or for so many seconds.
    let (actions, seconds) = if is_torture() { (u64::MAX, 60) } else { (50, 600) };
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main");
    let options = InitOptions { storage: kind, branch: Some("main".into()), ..InitOptions::default() };
    let store = VersionedStore::init(&main, options).unwrap();
    let mut batch = prolly_versioning::Batch::new();
    for number in 0..3000 {
        batch.put(&DEFAULT, format!("key {number:05}"), format!("{number}").repeat(10));
    }
    batch.put(&DEFAULT, COUNTER, "0");
    store.write(batch).unwrap();
    commit(&store, "seed");
    drop(store);

    let start_one = |process: usize| {
        let numbers = [process as u64, threads, actions, seconds].map(|number| number.to_string());
        let arguments: Vec<&str> = ["soak"].into_iter().chain(numbers.iter().map(String::as_str)).collect();
        start(&arguments, folder.path())
    };
    let workers: Vec<_> = (0..processes).map(start_one).collect();
    let said: Vec<String> = workers.into_iter().flat_map(finish).collect();

    let mut done: BTreeMap<String, u64> = BTreeMap::new();
    let mut commits = Vec::new();
    for line in &said {
        match line.splitn(3, ' ').collect::<Vec<_>>()[..] {
            ["did", count, action] => {
                *done.entry(action.to_owned()).or_default() += count.parse::<u64>().unwrap();
            }
            ["commit", id] => commits.push(id.to_owned()),
            _ => panic!("{line}"),
        }
    }
    println!("{kind:?}: {done:?}");
    for (action, least) in [("transact", 100), ("commit", 20), ("merge", 5), ("snapshot", 50), ("collect", 1)]
    {
        assert!(done.get(action).is_some_and(|count| *count >= least), "{action}: {done:?}");
    }
    let store = open(&main);
    assert_eq!(get(&store, COUNTER).unwrap().parse::<u64>().unwrap(), done["transact"]);
    let log = store.log(&LogOptions::default()).unwrap();
    let mut log: Vec<String> = log.map(|commit| commit.unwrap().id.to_string()).collect();
    log.sort_unstable();
    assert_eq!(commits.len() as u64, done["transact"]);
    assert!(commits.iter().all(|id| log.binary_search(id).is_ok()), "every acknowledged commit is on main");
    store.collect_garbage(&NOW).unwrap();
    drop(store);
    let faults = VersionedStore::check(&main, &mut |_: &CheckReport| std::ops::ControlFlow::Continue(()));
    assert_eq!(faults.unwrap().faults, []);
    let objects = git(&main, &["count-objects", "-v"]);
    assert!(objects.contains("garbage: 0"), "{objects}");
}

const NOW: GarbageOptions = GarbageOptions { grace: Duration::ZERO, dry_run: false };

/// A process of the soak.
pub(crate) fn work([process, threads, actions, seconds]: [u64; 4], folder: &Path) {
    let end = Instant::now() + Duration::from_secs(seconds);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || Worker::new(process * 100 + thread, folder).run(actions, end));
        }
    });
}

/// A thread, its worktree, and all it knows.
struct Worker {
    name: String,
    random: Random,
    main: VersionedStore,
    /// On a branch of its own.
    own: VersionedStore,
    /// How often it increased the counter, which is also the value of its own key on main.
    increments: u64,
    /// Its keys on its own branch, committed, and with what is staged.
    committed: Contents,
    staged: Contents,
    held: Vec<Held>,
    done: BTreeMap<&'static str, u64>,
    branches: u64,
}

/// A snapshot, and what it must hold for as long as it is held.
struct Held {
    snapshot: Snapshot,
    entries: u64,
    increments: Option<String>,
    own: Option<Contents>,
}

impl Worker {
    fn new(number: u64, folder: &Path) -> Self {
        let name = format!("w{number}");
        let main = open(&folder.join("main"));
        let place = folder.join(&name);
        let add = AddWorktreeOptions {
            target: Some("main".into()),
            create: Some(name.clone()),
            ..AddWorktreeOptions::default()
        };
        main.add_worktree(&place, &add).unwrap();
        let own = open(&place);
        Self {
            random: Random(number),
            name,
            main,
            own,
            increments: 0,
            committed: Contents::new(),
            staged: Contents::new(),
            held: Vec::new(),
            done: BTreeMap::new(),
            branches: 0,
        }
    }

    fn run(mut self, actions: u64, end: Instant) {
        for _ in 0..actions {
            if Instant::now() >= end {
                break;
            }
            let action = match self.random.below(200) {
                0..60 => self.transact(),
                60..100 => self.set(),
                100..130 => self.commit(),
                130..140 => self.merge(),
                140..165 => self.hold(),
                165..190 => self.let_go(),
                190..195 => self.abandon(),
                195..198 => self.look(),
                _ => self.collect(),
            };
            *self.done.entry(action).or_default() += 1;
        }
        while !self.held.is_empty() {
            self.let_go();
        }
        for (action, count) in &self.done {
            println!("did {count} {action}");
        }
    }

    /// Increases the counter, again when somebody else did so meanwhile.
    fn transact(&mut self) -> &'static str {
        let next = self.increments + 1;
        let work = |transaction: &Transaction| {
            let found = transaction.get(&DEFAULT, COUNTER.as_bytes())?.map(text).unwrap();
            let counter: u64 = found.parse().unwrap();
            transaction.put(&DEFAULT, COUNTER, (counter + 1).to_string())?;
            transaction.put(&DEFAULT, self.name.clone(), next.to_string())
        };
        loop {
            match self.main.transact::<_, Error>(&by_ada("increment"), work) {
                Ok((info, ())) => {
                    let version = self.main.at(&info.id.to_string()).unwrap();
                    assert_eq!(read(&version, &self.name), Some(next.to_string()), "{}", self.name);
                    println!("commit {}", info.id);
                    break;
                }
                Err(Error::Conflict { .. }) => *self.done.entry("conflict").or_default() += 1,
                Err(error) => panic!("{}: {error}", self.name),
            }
        }
        self.increments = next;
        "transact"
    }

    fn set(&mut self) -> &'static str {
        let key = format!("{}/{}", self.name, self.random.below(30));
        if self.random.below(5) == 0 {
            self.own.delete(&DEFAULT, key.as_bytes()).unwrap();
            self.staged.remove(&key);
        } else {
            let value = self.random.below(1_000_000).to_string().repeat(8);
            put(&self.own, &key, &value);
            self.staged.insert(key, value);
        }
        assert_eq!(self.own_keys(&self.own.snapshot().unwrap()), self.staged, "{}", self.name);
        "set"
    }

    fn commit(&mut self) -> &'static str {
        match self.own.commit(&by_ada(&self.name)) {
            Ok(info) => {
                let version = self.own.at(&info.id.to_string()).unwrap();
                assert_eq!(self.own_keys(&version), self.staged, "{}", self.name);
                self.committed.clone_from(&self.staged);
                "commit"
            }
            Err(Error::NothingToCommit { .. }) => "nothing to commit",
            Err(error) => panic!("{}: {error}", self.name),
        }
    }

    /// Of main into its own branch.
    fn merge(&mut self) -> &'static str {
        self.commit();
        let options = MergeOptions { strategy: Some(Strategy::TakeSource), ..merging() };
        self.own.merge("main", &options).unwrap();
        assert_eq!(self.own_keys(&self.own.snapshot().unwrap()), self.committed, "{}", self.name);
        let seen = get(&self.own, &self.name).map_or(0, |value| value.parse().unwrap());
        assert_eq!(self.increments, seen, "{}", self.name);
        "merge"
    }

    /// Opens a snapshot and reads nothing of it yet but what is counted.
    fn hold(&mut self) -> &'static str {
        if self.held.len() == HELD {
            self.let_go();
        }
        self.main.refresh().unwrap();
        let held = if self.random.below(2) == 0 {
            let snapshot = self.main.at("main").unwrap();
            let increments = (self.increments > 0).then(|| self.increments.to_string());
            Held { entries: count(&snapshot), snapshot, increments, own: None }
        } else {
            let snapshot = self.own.snapshot().unwrap();
            Held { entries: count(&snapshot), snapshot, increments: None, own: Some(self.staged.clone()) }
        };
        self.held.push(held);
        "snapshot"
    }

    /// Reads the oldest snapshot whole: it is as it was, whatever others committed and collected.
    fn let_go(&mut self) -> &'static str {
        if self.held.is_empty() {
            return "nothing held";
        }
        let Held { snapshot, entries, increments, own } = self.held.remove(0);
        let all = snapshot.entries(&DEFAULT, KeyRange::all(), Direction::Forward).unwrap();
        assert_eq!(all.map(|entry| entry.map(drop).unwrap()).count() as u64, entries, "{}", self.name);
        if increments.is_some() {
            assert_eq!(read(&snapshot, &self.name), increments);
        }
        if let Some(own) = own {
            assert_eq!(self.own_keys(&snapshot), own, "{}", self.name);
        }
        "read a snapshot"
    }

    /// A commit on a branch that is deleted, which only a snapshot knows then.
    fn abandon(&mut self) -> &'static str {
        self.commit();
        self.branches += 1;
        let branch = format!("{}-{}", self.name, self.branches);
        let create = CheckoutOptions { create: Some(branch.clone()), ..CheckoutOptions::default() };
        self.own.checkout("HEAD", &create).unwrap();
        put(&self.own, "abandoned", &self.name.repeat(50));
        let id = commit(&self.own, "abandoned").id.to_string();
        let snapshot = self.own.at(&id).unwrap();
        self.own.checkout(&self.name, &CheckoutOptions::default()).unwrap();
        self.own.delete_branch(&branch, true).unwrap();
        let git_dir = self.own.git_dir().to_owned();
        git(&git_dir, &["reflog", "expire", "--expire=now", "--expire-unreachable=now", "HEAD"]);
        let own = Some(self.committed.clone());
        self.held.push(Held { entries: count(&snapshot), snapshot, increments: None, own });
        "abandon"
    }

    fn look(&mut self) -> &'static str {
        self.main.refresh().unwrap();
        let mut mine = self.main.at("main").unwrap();
        assert_eq!(read(&mine, &self.name).unwrap_or_else(|| "0".into()), self.increments.to_string());
        mine = self.own.at(&self.name).unwrap();
        assert_eq!(self.own_keys(&mine), self.committed, "{}", self.name);
        "look"
    }

    fn collect(&mut self) -> &'static str {
        if self.random.below(3) == 0 {
            // Somebody at a shell, who is told when another one is running.
            let mut gc = std::process::Command::new("git");
            gc.arg("--git-dir").arg(self.main.git_dir()).args(["gc", "--quiet"]).output().unwrap();
            return "git gc";
        }
        self.main.collect_garbage(&NOW).unwrap();
        "collect"
    }

    /// Its own keys in a version.
    fn own_keys(&self, version: &Snapshot) -> Contents {
        let range = KeyRange::prefix(format!("{}/", self.name).as_bytes());
        let entries = version.entries(&DEFAULT, range, Direction::Forward).unwrap();
        entries.map(|entry| entry.map(|(key, value)| (text(key), text(value))).unwrap()).collect()
    }
}

fn count(snapshot: &Snapshot) -> u64 {
    snapshot.count(&DEFAULT, &KeyRange::all()).unwrap()
}

fn read(snapshot: &Snapshot, key: &str) -> Option<String> {
    snapshot.get(&DEFAULT, key.as_bytes()).unwrap().map(text)
}
