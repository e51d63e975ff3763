//! One fault a round, and what must hold after each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use prolly_versioning::StorageKind;
use tempfile::TempDir;

use super::Mode;
use super::common::*;
use super::operations::{OPERATIONS, Seen, digest, find, make_ready, open_small, possible, prepare, steps};

/// Every so many-th call in the short form, beginning at another one for each operation. A store of one file a node takes longest.
const fn stride(kind: StorageKind) -> usize {
    match kind {
        StorageKind::File => 61,
        StorageKind::Git | StorageKind::RocksDb => 15,
    }
}

/// How long a worker may take that takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(90);
/// More calls than any operation makes.
const CALLS_MAX: usize = 2000;

/// What was found of one operation on a store that nothing hits.
struct Sound {
    possible: Vec<Seen>,
    after: Seen,
}

/// Tries all operations on a store of this kind; gives how many faults fired.
pub(crate) fn run(kind: StorageKind) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let shim = compile(folder.path());
    let original = folder.path().join("original");
    prepare(&original, kind);
    let mut fired = 0;
    for (place, (operation, _)) in OPERATIONS.iter().enumerate() {
        let sound = sound(operation, &original);
        for (turn, mode) in Mode::ALL.into_iter().enumerate() {
            let stride = stride(kind);
            let (mut at, step) =
                if is_torture() { (1, 1) } else { (1 + (place * 5 + turn * 2) % stride, stride) };
            loop {
                assert!(at < CALLS_MAX, "{operation} never ends");
                let name = format!("{kind:?}, {operation}, {mode:?} at call {at}");
                if !round(&shim, &original, operation, mode, at, &sound, &name) {
                    break;
                }
                fired += 1;
                at += step;
            }
        }
    }
    assert!(fired > 25, "{fired} faults");
    fired
}

/// The library between a worker and the system.
fn compile(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
    fs::write(&source, include_str!("shim.c")).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).arg("-ldl");
    let output = compiler.output().expect("a C compiler, cc, is needed: install build-essential");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    library
}

fn sound(operation: &str, original: &Path) -> Sound {
    let folder = copy(original, operation);
    let store = open_small(folder.path());
    let before = Seen::of(&store);
    (find(operation).1)(&store).unwrap();
    let after = Seen::of(&store);
    drop(store);
    let folder = copy(original, operation);
    let steps = steps(operation, &open_small(folder.path()));
    Sound { possible: possible(operation, &before, &after, &steps), after }
}

fn copy(original: &Path, operation: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new("cp").arg("-a").arg(original.join(".git")).arg(folder.path()).status();
    assert!(status.unwrap().success());
    make_ready(operation, folder.path());
    folder
}

/// Whether the fault fired; else the operation made fewer calls.
fn round(
    shim: &Path,
    original: &Path,
    operation: &str,
    mode: Mode,
    at: usize,
    sound: &Sound,
    name: &str,
) -> bool {
    let folder = copy(original, operation);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["worker", operation])
        .arg(folder.path())
        .env("LD_PRELOAD", shim)
        .env("FAULT_FOLDER", folder.path())
        .env("FAULT_AT", at.to_string())
        .env("FAULT_MODE", mode.name())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = ended(output, name);
    let said = String::from_utf8(output.stdout).unwrap();
    let says = |line: &str| said.lines().any(|said| said == line);
    let complaint = String::from_utf8_lossy(&output.stderr);
    if mode.kills() && !output.status.success() {
        assert!(output.status.code().is_none(), "{name}: {complaint}");
    } else {
        assert!(output.status.success(), "{name}: {said}{complaint}");
        if says("missed") {
            return false;
        }
    }
    // Nobody hits this process.
    let store = open_small(folder.path());
    let mut seen = Seen::of(&store);
    let (later, made) = (says("staged"), says("committed"));
    if made {
        assert_eq!(seen.committed().get("later").map(String::as_str), Some("1"), "{name}");
        seen = seen.before_last(&store);
    }
    if later {
        assert_eq!(seen.working.remove("later").as_deref(), Some("1"), "{name}");
    }
    // What was acknowledged is there, whatever failed beside it; else it happened or did not.
    let possible = if says("done") { std::slice::from_ref(&sound.after) } else { &sound.possible[..] };
    assert!(possible.contains(&seen), "{name}: {seen:#?}");
    if let Some(read) = said.lines().find_map(|line| line.strip_prefix("reads ")) {
        assert!(
            possible.iter().any(|state| digest(&state.working) == read),
            "{name}: it read something else"
        );
    }
    // It goes on.
    put(&store, "last", "1");
    commit(&store, "last");
    let last = Seen::of(&store);
    assert_eq!(last.committed().get("last").map(String::as_str), Some("1"), "{name}");
    assert_eq!(*last.committed(), last.working, "{name}");
    fsck(folder.path());
    let left = leftovers(&folder.path().join(".git"));
    assert!(left.is_empty(), "{name}: {left:?}");
    true
}

/// What a worker said, and how it ended: it must end.
fn ended(mut worker: Child, name: &str) -> Output {
    let start = Instant::now();
    while worker.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            worker.kill().unwrap();
            panic!("{name}: the worker does not end: {:?}", worker.wait_with_output());
        }
        thread::sleep(Duration::from_millis(1));
    }
    worker.wait_with_output().unwrap()
}

/// What a dead or failed writer made and the next one should have cleared away.
fn leftovers(git_dir: &Path) -> Vec<PathBuf> {
    let own = git_dir.join("prolly");
    let mut left = Vec::new();
    let mut waiting = vec![git_dir.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let is = |ending: &str| path.extension().is_some_and(|extension| extension == ending);
            let unfinished = ["incoming", "intents"].iter().any(|name| folder == own.join(name));
            let nodes = path.starts_with(own.join("nodes")) || path.starts_with(own.join("rocksdb"));
            if path.is_dir() {
                waiting.push(path);
            } else if unfinished || is("keep") || (is("lock") && !path.starts_with(&own)) && !nodes {
                left.push(path);
            }
        }
    }
    left
}
