//! Stores on a disk that is full, and in a folder that nobody may write to. Each test runs itself once more, as a process that has
//! such a file system to itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use prolly_versioning::{
    CheckReport, CheckoutOptions, Error, GarbageOptions, InitOptions, OpenOptions, StorageKind,
    VersionedStore,
};

use super::common::*;
use super::files::{files, grow, read_all};

/// Names the folder to the process that has it to itself.
const FOLDER: &str = "PROLLY_CONFINED";

/// The folder, in the process that has it to itself.
fn confined() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// Runs a test once more, where `mounting` (of "$1") was done first, for nobody else to see.
fn confine(test: &str, folder: &Path, mounting: &str) {
    let script = format!("{mounting} && exec \"$2\" --exact \"$3\" --nocapture");
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script, "sh"])
        .arg(folder)
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(FOLDER, folder)
        .output()
        .expect("the program unshare is needed: install util-linux");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "mounting needs user namespaces, or to be root: {said}");
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
fn a_full_disk_loses_nothing_and_goes_on_once_there_is_room() {
    let Some(folder) = confined() else {
        let folder = tempfile::tempdir().unwrap();
        let test = "confined::a_full_disk_loses_nothing_and_goes_on_once_there_is_room";
        // RocksDB takes 64 MiB for what it has to write ahead.
        return confine(test, folder.path(), "mount -t tmpfs -o size=100m prolly \"$1\"");
    };
    for kind in kinds() {
        fill(&folder.join(kind.name()), kind);
        fs::remove_dir_all(folder.join(kind.name())).unwrap();
    }
}

/// Writes until the disk is full, then frees some of it.
fn fill(folder: &Path, kind: StorageKind) {
    let options = InitOptions { storage: kind, branch: Some("main".into()), ..InitOptions::default() };
    let store = VersionedStore::init(folder, options).unwrap();
    put(&store, "first", "1");
    commit(&store, "first");
    // All but so much of the disk, in which a few commits fit.
    let ballast = folder.join("ballast");
    let mut room = 3 << 20;
    if kind == StorageKind::RocksDb {
        room = 8 << 20;
    }
    let free = free_bytes(folder);
    fs::write(&ballast, vec![1; usize::try_from(free - room).unwrap()]).unwrap();
    let (mut committed, mut staged) = (Vec::new(), Vec::new());
    let error = loop {
        let number = committed.len() + staged.len();
        assert!(number < 5000, "the disk is never full");
        let key = format!("key {number:04}");
        if let Err(error) = store.put(&DEFAULT, key.clone(), noise(number as u64, 20_000)) {
            break error;
        }
        staged.push(key);
        if number % 5 == 4 {
            match store.commit(&by_ada("more")) {
                Ok(_) => committed.append(&mut staged),
                Err(error) => break error,
            }
        }
    };
    assert!(error.is_failed_write() && error.to_string().contains("No space left"), "{kind:?}: {error}");
    let refused = store.put(&DEFAULT, "refused", "1");
    assert!(matches!(refused, Err(Error::Poisoned { .. })), "{kind:?}: {refused:?}");
    // What was acknowledged can be read, now and by whoever opens the store.
    let holds = |store: &VersionedStore| {
        for key in committed.iter().chain(&staged) {
            assert_eq!(store.get(&DEFAULT, key.as_bytes()).unwrap().map(|value| value.len()), Some(20_000));
        }
    };
    holds(&store);
    drop(store);
    fs::remove_file(&ballast).unwrap();
    let store = open(folder);
    holds(&store);
    put(&store, "after", "1");
    commit(&store, "after");
    holds(&store);
    drop(store);
    let report = VersionedStore::check(folder, &mut |_: &CheckReport| std::ops::ControlFlow::Continue(()));
    assert_eq!(report.unwrap().faults, []);
    assert!(committed.len() >= 5, "{kind:?}: {} keys were committed", committed.len());
}

fn free_bytes(folder: &Path) -> u64 {
    let output = Command::new("df").args(["--output=avail", "-B1"]).arg(folder).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().nth(1).unwrap().trim().parse().unwrap()
}

#[test]
fn a_folder_that_cannot_be_written_to_is_read_and_stays_as_it_is() {
    let Some(folder) = confined() else {
        let folder = tempfile::tempdir().unwrap();
        for kind in kinds() {
            grow(&folder.path().join(kind.name()), kind);
        }
        let test = "confined::a_folder_that_cannot_be_written_to_is_read_and_stays_as_it_is";
        let mounting = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\"";
        return confine(test, folder.path(), mounting);
    };
    for kind in kinds() {
        let folder = folder.join(kind.name());
        let before = files(&folder);
        let opened = VersionedStore::open(&folder, OpenOptions::default());
        if kind == StorageKind::RocksDb {
            // RocksDB writes as it opens.
            assert!(matches!(opened, Err(Error::Storage(_))));
            continue;
        }
        drop(opened.unwrap());
        read_all(&folder).unwrap();
        let store = open(&folder);
        let refused: [(&str, prolly_versioning::Result<()>); 7] = [
            ("put", store.put(&DEFAULT, "refused", "1")),
            ("commit", store.commit(&by_ada("refused")).map(drop)),
            ("branch", store.create_branch("refused", None).map(drop)),
            ("tag", store.create_tag("refused", None).map(drop)),
            ("discard", store.discard()),
            ("checkout", {
                let force = CheckoutOptions { force: true, ..CheckoutOptions::default() };
                store.checkout("feature", &force).map(drop)
            }),
            ("gc", {
                let now = GarbageOptions { grace: Duration::ZERO, dry_run: false };
                store.collect_garbage(&now).map(drop)
            }),
        ];
        for (operation, answer) in refused {
            let error = answer.unwrap_err();
            assert!(error.to_string().contains("Read-only file system"), "{kind:?}, {operation}: {error}");
        }
        assert_eq!(get(&store, "staged").as_deref(), Some("1"), "reads go on");
        drop(store);
        assert_eq!(files(&folder), before);
    }
}
