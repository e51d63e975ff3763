//! What a commit costs in syncs and Git objects. One test, so that no other one syncs in its process.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use std::path::Path;

use bytes::Bytes;
use common::{DEFAULT, commit, init};
use prolly_storage::git::durable::sync_count;
use prolly_versioning::Batch;

/// Levels of a tree of 100,000 entries with the default parameters.
const DEPTH: usize = 3;

fn key(number: u32) -> Bytes {
    blake3::hash(&number.to_be_bytes()).to_hex().as_bytes()[..16].to_vec().into()
}

/// Packs, and objects in them.
fn packed(folder: &Path) -> (usize, usize) {
    let output =
        std::process::Command::new("git").args(["count-objects", "-v"]).current_dir(folder).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let figure = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(": ").parse::<usize>().unwrap()
    };
    assert_eq!(figure("count"), 0, "loose objects");
    (figure("packs"), figure("in-pack"))
}

#[test]
fn a_commit_of_one_key_costs_a_path_in_one_pack_and_eight_syncs() {
    let folder = tempfile::tempdir().unwrap();
    let store = init(folder.path());
    let entries: Vec<_> = (0..100_000).map(|number| (key(number), Bytes::from(vec![7; 100]))).collect();
    let mut batch = Batch::new();
    entries.into_iter().for_each(|(key, value)| batch.put(&DEFAULT, key, value));
    store.write(batch).unwrap();
    commit(&store, "all");
    let large = Bytes::from(vec![5; 64 * 1024]);
    let edits: [(&str, u32, Option<Bytes>); 5] = [
        ("an update", 17, Some(vec![8; 100].into())),
        ("a large update", 4711, Some(large)),
        ("a large update made small", 4711, Some(vec![9; 10].into())),
        ("an insert", 200_000, Some(vec![8; 100].into())),
        ("a delete", 50_000, None),
    ];
    for (name, number, value) in edits {
        let (packs, objects) = packed(folder.path());
        match value {
            Some(value) => store.put(&DEFAULT, key(number), value).unwrap(),
            None => assert!(store.delete(&DEFAULT, &key(number)).unwrap()),
        }
        let synced = sync_count();
        commit(&store, name);
        assert!(sync_count() - synced <= 8, "{name}: {} syncs", sync_count() - synced);
        let (packs_after, objects_after) = packed(folder.path());
        assert_eq!(packs_after - packs, 1, "{name}");
        assert!(objects_after - objects <= 2 * DEPTH + 4, "{name}: {} objects", objects_after - objects);
    }
}
