//! Packs: what a commit writes, what Git makes of it later, and what damage does.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use prolly_storage::git::Repository;
use prolly_storage::git::durable::sync_count;

use crate::common::{
    BRANCH, Store, again_in_child, build, git, new_commit, nodes_of, noise, pack_files, parameters, read_all,
    read_revision, sample, store_of_parent,
};

/// Objects in the packs that are there now and were not before.
fn new_objects(store: &Store, change: impl FnOnce()) -> usize {
    let count = || store.git(&["count-objects", "-v"]);
    let number = |text: &str, name: &str| -> usize {
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().parse().unwrap()
    };
    let before = count();
    change();
    let after = count();
    assert_eq!(number(&after, "packs:"), number(&before, "packs:") + 1, "one pack a commit");
    assert_eq!(number(&after, "count:"), 0, "no loose objects");
    assert_eq!(number(&after, "garbage:"), 0, "nothing else in the object folders");
    number(&after, "in-pack:") - number(&before, "in-pack:")
}

#[test]
fn a_one_key_commit_writes_two_objects_a_level_and_four_more() {
    let store = Store::new();
    let entries = sample(600);
    store.commit(&entries);
    let depth = usize::from(
        store.repository.read_version(store.repository.resolve("main").unwrap().unwrap()).unwrap().levels,
    );
    assert_eq!(depth, 4);
    // The nodes and trees of the path, meta, the commit's tree and the commit.
    let plain_leaf = new_objects(&store, || drop(store.commit_update(b"key:00000002", b"small")));
    assert!(plain_leaf <= 2 * depth + 4, "{plain_leaf}");
    let large = new_objects(&store, || drop(store.commit_update(b"key:00000003", &noise(7, 64 * 1024))));
    assert_eq!(large, 2 * depth + 4, "with an out-of-line value");
    let same = store.repository.resolve("main").unwrap().unwrap();
    let empty = new_objects(&store, || {
        let version = store.repository.read_version(same).unwrap();
        let lock = store.repository.lock().unwrap();
        let none = store.nodes().staged();
        let none = none.staged_nodes().unwrap();
        let commit = new_commit(vec![same], "nothing changed");
        let written =
            store.repository.write_version(&lock, version.root, &parameters(), none, &commit).unwrap();
        store.repository.update_ref(&lock, BRANCH, Some(same), Some(written.commit), "").unwrap();
    });
    assert_eq!(empty, 1, "the commit alone");
    assert_eq!(store.git(&["fsck", "--full", "--strict"]), "");
}

/// A `git gc` under way deletes the packs that it found by their names.
#[test]
fn what_is_written_again_is_in_a_pack_of_its_own() {
    let store = Store::new();
    let write = || {
        let nodes = store.nodes().staged();
        let root = build(&nodes, &sample(50));
        let lock = store.repository.lock().unwrap();
        let commit = new_commit(Vec::new(), "once and again");
        let staged = nodes.staged_nodes().unwrap();
        store.repository.write_version(&lock, root, &parameters(), staged, &commit).unwrap().commit
    };
    let once = write();
    let first = pack_files(&store.repository, "pack");
    assert_eq!(write(), once);
    let both = pack_files(&store.repository, "pack");
    assert_eq!((first.len(), both.len()), (1, 2));
    for path in first {
        fs::remove_file(path.with_extension("idx")).unwrap();
        fs::remove_file(path).unwrap();
    }
    let repository = Repository::open(&store.path()).unwrap();
    assert_eq!(repository.read_version(once).unwrap().entries, 50);
}

#[test]
fn a_commit_takes_five_syncs() {
    // Counted in a process that runs no other test.
    let Some(repository) = store_of_parent() else {
        let store = Store::new();
        store.commit(&sample(100));
        let status =
            again_in_child("packs::a_commit_takes_five_syncs", &store.path()).stdout(Stdio::null()).status();
        assert!(status.unwrap().success());
        return;
    };
    let parent = repository.ref_target(BRANCH).unwrap();
    let store = nodes_of(&repository).staged();
    let root = build(&store, &sample(101));
    let lock = repository.lock().unwrap();
    let commit = new_commit(parent.into_iter().collect(), "one more");
    let start = sync_count();
    let staged = store.staged_nodes().unwrap();
    let written = repository.write_version(&lock, root, &parameters(), staged, &commit).unwrap();
    assert_eq!(sync_count() - start, 3, "pack, index, folder");
    repository.update_ref(&lock, BRANCH, parent, Some(written.commit), "commit").unwrap();
    drop((written, repository.reflog("HEAD").unwrap()));
    assert_eq!(sync_count() - start, 5, "ref, folder");
}

#[test]
fn packs_are_as_git_makes_them() {
    let store = Store::new();
    store.commit(&sample(300));
    let pack = pack_files(&store.repository, "pack").remove(0);
    let index = pack.with_extension("idx");
    for file in [&pack, &index] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o444);
    }
    assert!(pack_files(&store.repository, "keep").is_empty());
    // The index that Git would have written is the same, byte by byte.
    let again = store.beside("again.idx");
    git(store.folder.path(), &["index-pack", "-o", again.to_str().unwrap(), pack.to_str().unwrap()]);
    assert_eq!(fs::read(&again).unwrap(), fs::read(&index).unwrap());
}

#[test]
fn packs_are_rolled_up_and_history_stays_small_after_gc() {
    const COMMITS: u32 = 120;
    let store = Store::new();
    store.commit(&sample(2000));
    store.git(&["gc", "--quiet"]);
    let size = |store: &Store| -> u64 {
        let packs =
            pack_files(&store.repository, "pack").into_iter().chain(pack_files(&store.repository, "idx"));
        packs.map(|file| fs::metadata(file).unwrap().len()).sum()
    };
    let before = size(&store);
    let (mut rolled_up, mut most) = (0, 0);
    for number in 0..COMMITS {
        let key = format!("key:{:08}", number * 7919 % 2000);
        store.commit_update(key.as_bytes(), &noise(number, 100));
        rolled_up += usize::from(store.repository.roll_up_packs().unwrap());
        most = most.max(pack_files(&store.repository, "pack").len());
    }
    assert!(rolled_up >= 2, "{rolled_up}");
    assert!(most <= 51, "{most}");
    assert_eq!(store.git(&["rev-list", "--count", "main"]), format!("{}\n", COMMITS + 1));
    assert_eq!(store.git(&["fsck", "--full", "--strict"]), "");
    let newest = read_revision(&store.path(), "main");
    store.git(&["gc", "--quiet"]);
    assert_eq!(read_revision(&store.path(), "main"), newest);
    assert_eq!(read_revision(&store.path(), &format!("main~{COMMITS}")), sample(2000));
    let growth = (size(&store) - before) / u64::from(COMMITS);
    assert!(growth <= 4096, "{growth} bytes a commit");
}

#[test]
fn a_flipped_bit_is_detected_or_harmless() {
    let store = Store::new();
    let entries = sample(40);
    let version = store.commit(&entries);
    // A copy that nothing else has open: what is mapped into memory would not see the damage.
    let copy = store.beside("copy.git");
    git(store.folder.path(), &["clone", "--quiet", "--bare", store.path().to_str().unwrap(), "copy.git"]);
    let pack = pack_files(&Repository::open(&copy).unwrap(), "pack").remove(0);
    let sound = fs::read(&pack).unwrap();
    let damage = |bytes: &[u8]| {
        fs::remove_file(&pack).unwrap();
        fs::write(&pack, bytes).unwrap();
    };
    let mut detected = 0;
    let step = (sound.len() / 400).max(1);
    for at in (0..sound.len()).step_by(step) {
        let mut damaged = sound.clone();
        damaged[at] ^= 1 << (at % 8);
        damage(&damaged);
        let read = Repository::open(&copy).and_then(|repository| {
            let found = repository.read_version(version.commit)?;
            assert_eq!((found.root, found.entries), (version.root, version.entries), "byte {at}");
            read_all(&nodes_of(&repository), found.root)
        });
        match read {
            Ok(found) => assert_eq!(found, entries, "byte {at} went unnoticed"),
            Err(_) => detected += 1,
        }
    }
    assert!(detected >= 350, "{detected}");
    damage(&sound);
    assert_eq!(read_revision(&copy, "main"), entries);
}

#[test]
fn a_lost_pack_is_missing_nodes_and_not_an_empty_store() {
    let store = Store::new();
    let version = store.commit(&sample(100));
    let newer = store.commit_update(b"key:00000001", b"changed");
    // The older pack goes: the newer version still names what was in it.
    let by_size = |path: &std::path::PathBuf| fs::metadata(path).unwrap().len();
    let largest = pack_files(&store.repository, "pack").into_iter().max_by_key(by_size).unwrap();
    fs::remove_file(largest.with_extension("idx")).unwrap();
    fs::remove_file(&largest).unwrap();
    let repository = Repository::open(&store.path()).unwrap();
    let found = repository.read_version(newer.commit).unwrap();
    let error = read_all(&nodes_of(&repository), found.root).unwrap_err();
    assert!(matches!(error, prolly_storage::Error::MissingNode { .. }), "{error}");
    assert!(repository.read_version(version.commit).is_err());
}
