//! Merges whose conflicts are settled one by one, also by other processes.
#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

mod common;

use std::path::Path;

use bytes::Bytes;
use common::*;
use prolly_versioning::{
    CheckoutOptions, ContinueOptions, Decision, DiffOptions, Error, InitOptions, KeyRange, MergeConflict,
    MergeOptions, MergeOutcome, PickOptions, ResetMode, USER_KEY_MAX, Version, VersionedStore,
};
use proptest::prelude::{ProptestConfig, prop, prop_assert, prop_assert_eq, proptest};
use tempfile::TempDir;

fn on(store: &VersionedStore, branch: &str) {
    store.checkout(branch, &CheckoutOptions::default()).unwrap();
}

fn create(store: &VersionedStore, branch: &str) {
    let options = CheckoutOptions { create: Some(branch.into()), ..CheckoutOptions::default() };
    store.checkout("HEAD", &options).unwrap();
}

/// Both branches changed `a` and `b`; `feature` alone made `new`, and deleted `c` that `main` changed.
fn crossed(store: &VersionedStore) {
    create(store, "feature");
    for (key, value) in [("a", "feature a"), ("b", "feature b"), ("new", "feature")] {
        put(store, key, value);
    }
    store.delete(&DEFAULT, b"c").unwrap();
    commit(store, "on feature");
    on(store, "main");
    for (key, value) in [("a", "main a"), ("b", "main b"), ("c", "main c"), ("own", "main")] {
        put(store, key, value);
    }
    commit(store, "on main");
}

fn suspended(folder: &Path) -> VersionedStore {
    let store = seeded(folder);
    crossed(&store);
    let outcome = store.begin_merge("feature", &merging()).unwrap().finish_or_suspend().unwrap();
    assert_eq!(outcome, MergeOutcome::Suspended { conflicts: 3 });
    store
}

fn conflicts(store: &VersionedStore) -> Vec<MergeConflict> {
    store.conflicts().unwrap().map(Result::unwrap).collect()
}

fn keys(store: &VersionedStore) -> Vec<String> {
    conflicts(store).into_iter().map(|conflict| text(conflict.key)).collect()
}

fn resolve(store: &VersionedStore, key: &str, decision: Decision) -> Result<(), Error> {
    store.resolve_conflicts(vec![(DEFAULT, Bytes::copy_from_slice(key.as_bytes()), decision)])
}

#[test]
fn what_is_merged_is_staged_and_the_sides_of_each_conflict_are_kept() {
    let folder = TempDir::new().unwrap();
    drop(suspended(folder.path()));
    // As another process finds it.
    let store = open(folder.path());
    let pending = store.pending_merge().unwrap().unwrap();
    assert_eq!(
        (pending.operation, pending.named.as_deref(), pending.conflicts),
        ("merge", Some("feature"), 3)
    );
    assert_eq!(
        contents(&store),
        map([("a", "main a"), ("b", "main b"), ("c", "main c"), ("new", "feature"), ("own", "main")])
    );
    let sides: Vec<_> = conflicts(&store)
        .into_iter()
        .map(|conflict| {
            let side = |value: Option<Bytes>| value.map_or_else(|| "-".into(), text);
            [text(conflict.key), side(conflict.base), side(conflict.destination), side(conflict.source)]
        })
        .collect();
    assert_eq!(
        sides,
        [["a", "1", "main a", "feature a"], ["b", "2", "main b", "feature b"], ["c", "3", "main c", "-"]]
    );
    // What is kept of the merge is no change of the user's.
    let status = store.status().unwrap();
    assert_eq!((status.added, status.modified, status.removed), (1, 0, 0));
    assert_eq!(status.merge.as_ref(), Some(&pending));
    assert!(!status.is_clean());
    let changes = store.diff(Version::Head, Version::Staged, DiffOptions::default()).unwrap();
    assert_eq!(changes.map(|change| text(change.unwrap().key)).collect::<Vec<_>>(), ["new"]);
}

#[test]
fn conflicts_are_settled_by_answers_and_by_writes() {
    let folder = TempDir::new().unwrap();
    let store = suspended(folder.path());
    assert!(matches!(resolve(&store, "own", Decision::TakeSource), Err(Error::NotFound { .. })));
    resolve(&store, "a", Decision::TakeSource).unwrap();
    assert!(matches!(resolve(&store, "a", Decision::Delete), Err(Error::NotFound { .. })));
    let other = open(folder.path());
    assert_eq!(keys(&other), ["b", "c"]);
    let Err(Error::MergeConflict { conflicts: left, more, .. }) =
        other.continue_merge(&ContinueOptions::default())
    else {
        panic!("it was committed")
    };
    assert_eq!((left.len(), more), (2, false));
    put(&other, "b", "both");
    assert_eq!(other.delete_range(&DEFAULT, &KeyRange::prefix(b"c")).unwrap(), 1);
    assert_eq!(keys(&other), [""; 0]);
    drop(store);

    let merged = other.continue_merge(&ContinueOptions::default()).unwrap();
    assert_eq!(merged.parents.len(), 2);
    assert_eq!(merged.message.lines().next(), Some("Merge 'feature' into 'main'"));
    assert_eq!(other.pending_merge().unwrap(), None);
    assert!(other.status().unwrap().is_clean());
    let expected = map([("a", "feature a"), ("b", "both"), ("new", "feature"), ("own", "main")]);
    assert_eq!(contents(&other), expected);
    // The commit has nothing but these entries.
    let fresh = VersionedStore::memory(InitOptions::default()).unwrap();
    for (key, value) in &expected {
        put(&fresh, key, value);
    }
    assert_eq!(merged.root, Some(fresh.root_hash().unwrap()));
    fsck(folder.path());
}

#[test]
fn nothing_else_is_committed_or_checked_out_meanwhile() {
    let folder = TempDir::new().unwrap();
    let store = suspended(folder.path());
    let head = store.at("HEAD").unwrap().commit();
    let pending =
        |answer: Result<(), Error>| matches!(answer, Err(Error::MergePending { pending: "merge", .. }));
    assert!(pending(store.commit(&by_ada("no")).map(drop)));
    assert!(pending(store.checkout("feature", &CheckoutOptions::default()).map(drop)));
    assert!(pending(store.begin_merge("feature", &merging()).map(drop)));
    assert!(pending(store.begin_revert("HEAD", &PickOptions::default()).map(drop)));
    assert!(pending(store.reset("HEAD~1", ResetMode::Soft).map(drop)));
    assert_eq!(store.at("HEAD").unwrap().commit(), head);
    assert_eq!(keys(&store), ["a", "b", "c"]);

    store.abort_merge().unwrap();
    assert!(store.status().unwrap().is_clean());
    assert_eq!(get(&store, "new"), None);
    assert!(matches!(store.abort_merge(), Err(Error::NotFound { .. })));
    assert!(matches!(store.continue_merge(&ContinueOptions::default()), Err(Error::NotFound { .. })));
    assert!(matches!(
        store.resolve_all_conflicts(prolly_versioning::Strategy::TakeSource),
        Err(Error::NotFound { .. })
    ));
    put(&store, "a", "after all");
    commit(&store, "after all");
}

#[test]
fn a_dry_run_and_a_merge_without_conflicts_leave_nothing_pending() {
    let folder = TempDir::new().unwrap();
    let store = seeded(folder.path());
    crossed(&store);
    let dry = MergeOptions { dry_run: true, ..merging() };
    let outcome = store.begin_merge("feature", &dry).unwrap().finish_or_suspend().unwrap();
    assert_eq!(outcome, MergeOutcome::Suspended { conflicts: 3 });
    assert!(store.status().unwrap().is_clean());
    create(&store, "easy");
    put(&store, "x", "1");
    commit(&store, "x");
    on(&store, "main");
    put(&store, "y", "1");
    commit(&store, "y");
    let outcome = store.begin_merge("easy", &merging()).unwrap().finish_or_suspend().unwrap();
    assert!(matches!(outcome, MergeOutcome::Merged { conflicts: 0, .. }));
    assert_eq!(store.pending_merge().unwrap(), None);
}

#[test]
fn a_transaction_may_move_the_branch_meanwhile() {
    let folder = TempDir::new().unwrap();
    let store = suspended(folder.path());
    store.transact(&by_ada("between"), |transaction| transaction.put(&DEFAULT, "between", "yes")).unwrap();
    assert_eq!(keys(&store), ["a", "b", "c"]);
    assert_eq!(store.resolve_all_conflicts(prolly_versioning::Strategy::TakeDestination).unwrap(), 3);
    let merged = store.continue_merge(&ContinueOptions::default()).unwrap();
    assert_eq!(store.commit_info(&format!("{}^1", merged.id)).unwrap().message.trim(), "between");
    assert_eq!(get(&store, "between").as_deref(), Some("yes"));
    assert_eq!(get(&store, "new").as_deref(), Some("feature"));
    assert_eq!(get(&store, "c").as_deref(), Some("main c"));
}

#[test]
fn a_revert_and_a_cherry_pick_can_wait_too() {
    let folder = TempDir::new().unwrap();
    let store = seeded(folder.path());
    put(&store, "a", "2");
    put(&store, "b", "3");
    commit(&store, "raise");
    put(&store, "a", "9");
    commit(&store, "again");
    let options = PickOptions { author: Some(ada()), committer: Some(ada()), ..PickOptions::default() };
    let outcome = store.begin_revert("HEAD~1", &options).unwrap().finish_or_suspend().unwrap();
    assert_eq!(outcome, MergeOutcome::Suspended { conflicts: 1 });
    let pending = store.pending_merge().unwrap().unwrap();
    assert_eq!((pending.operation, pending.source), ("revert", None));
    resolve(&store, "a", Decision::Put("8".into())).unwrap();
    let reverted = store
        .continue_merge(&ContinueOptions { message: Some("undone".into()), ..ContinueOptions::default() })
        .unwrap();
    assert_eq!(
        (reverted.parents.len(), reverted.message.trim(), &*reverted.author.name),
        (1, "undone", "Ada")
    );
    assert_eq!(contents(&store), map([("a", "8"), ("b", "2"), ("c", "3")]));

    // Where nothing is left of it, there is nothing to commit.
    create(&store, "feature");
    put(&store, "a", "feature");
    commit(&store, "pick me");
    on(&store, "main");
    put(&store, "a", "main");
    commit(&store, "mine");
    let options = PickOptions { committer: Some(ada()), ..PickOptions::default() };
    store.begin_cherry_pick("feature", &options).unwrap().finish_or_suspend().unwrap();
    assert_eq!(store.resolve_all_conflicts(prolly_versioning::Strategy::TakeDestination).unwrap(), 1);
    let empty = store.continue_merge(&ContinueOptions::default());
    assert!(matches!(empty, Err(Error::NothingToCommit { .. })));
    store.abort_merge().unwrap();
}

#[test]
fn namespaces_long_keys_and_long_values_are_kept_whole() {
    let folder = TempDir::new().unwrap();
    let store = seeded(folder.path());
    let flags = named("flags");
    let long = |last: u8| Bytes::from([&vec![b'k'; USER_KEY_MAX - 1][..], &[last]].concat());
    let value = |byte: u8, length: usize| Bytes::from(vec![byte; length]);
    let write = |byte: u8| {
        store.put(&flags, "dark", value(byte, 3)).unwrap();
        for (last, length) in [(0, 3000), (1, 200_000)] {
            store.put(&DEFAULT, long(last), value(byte, length)).unwrap();
        }
    };
    write(1);
    commit(&store, "base");
    create(&store, "feature");
    write(2);
    commit(&store, "on feature");
    on(&store, "main");
    write(3);
    commit(&store, "on main");
    let outcome = store.begin_merge("feature", &merging()).unwrap().finish_or_suspend().unwrap();
    assert_eq!(outcome, MergeOutcome::Suspended { conflicts: 3 });
    // The branch goes, and Git forgets what nothing needs.
    store.delete_branch("feature", true).unwrap();
    drop(store);
    git(folder.path(), &["reflog", "expire", "--expire=now", "--all"]);
    git(folder.path(), &["gc", "--quiet", "--prune=now"]);

    let store = open(folder.path());
    let found = conflicts(&store);
    assert_eq!(found.len(), 3);
    for conflict in &found {
        for (side, byte) in [(&conflict.base, 1), (&conflict.destination, 3), (&conflict.source, 2)] {
            assert!(side.as_ref().unwrap().iter().all(|found| *found == byte));
        }
    }
    let answer = |namespace: &str, key| vec![(named(namespace), Bytes::from(key), Decision::TakeSource)];
    assert!(store.resolve_conflicts(answer("other", "dark")).is_err());
    store.resolve_conflicts(answer("flags", "dark")).unwrap();
    resolve_long(&store, long(1));
    assert_eq!(conflicts(&store).len(), 1);
    store.put(&DEFAULT, long(0), "short").unwrap();
    store.continue_merge(&ContinueOptions::default()).unwrap();
    assert_eq!(store.get(&flags, b"dark").unwrap().unwrap(), value(2, 3));
    assert_eq!(store.get(&DEFAULT, &long(1)).unwrap().unwrap(), value(2, 200_000));
    fsck(folder.path());
}

fn resolve_long(store: &VersionedStore, key: Bytes) {
    store.resolve_conflicts(vec![(DEFAULT, key, Decision::TakeSource)]).unwrap();
}

fn changes() -> impl proptest::strategy::Strategy<Value = Vec<(u8, Option<u8>)>> {
    prop::collection::vec((0_u8..24, prop::option::weighted(0.8, 0_u8..4)), 0..20)
}

fn apply(store: &VersionedStore, changes: &[(u8, Option<u8>)]) {
    for (key, value) in changes {
        let (namespace, key) = (if key % 3 == 0 { named("n") } else { DEFAULT }, format!("k{key:02}"));
        match value {
            // Some are outside their leaf.
            Some(value) => store
                .put(&namespace, key, value.to_string().repeat(if *value == 3 { 2000 } else { 1 }))
                .unwrap(),
            None => drop(store.delete(&namespace, key.as_bytes()).unwrap()),
        }
    }
    store.commit(&prolly_versioning::CommitOptions { allow_empty: true, ..by_ada("change") }).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whether conflicts are settled at once or one by one, the merge is the same.
    #[test]
    fn settling_one_by_one_is_settling_at_once(
        base in changes(), left in changes(), right in changes(), answers in prop::collection::vec(0_u8..4, 24),
    ) {
        let store = VersionedStore::memory(InitOptions { branch: Some("main".into()), ..InitOptions::default() }).unwrap();
        apply(&store, &base);
        create(&store, "feature");
        apply(&store, &right);
        on(&store, "main");
        apply(&store, &left);
        let answer = |index: usize| match answers[index] {
            0 => Decision::TakeSource,
            1 => Decision::TakeDestination,
            2 => Decision::Delete,
            _ => Decision::Put("answer".into()),
        };
        create(&store, "at-once");
        let mut session = store.begin_merge("feature", &merging()).unwrap();
        let page = session.next_conflicts(100).unwrap();
        session.resolve((0..page.len()).map(answer).collect()).unwrap();
        session.finish().unwrap();
        let at_once = store.root_hash().unwrap();

        on(&store, "main");
        let outcome = store.begin_merge("feature", &merging()).unwrap().finish_or_suspend().unwrap();
        if page.is_empty() {
            let suspended = matches!(outcome, MergeOutcome::Suspended { .. });
            prop_assert!(!suspended);
        } else {
            prop_assert_eq!(&conflicts(&store), &page);
            for (index, conflict) in page.into_iter().enumerate() {
                let namespace = conflict.namespace.as_deref().map_or(DEFAULT, named);
                store.resolve_conflicts(vec![(namespace, conflict.key, answer(index))]).unwrap();
            }
            store.continue_merge(&ContinueOptions::default()).unwrap();
        }
        prop_assert_eq!(store.root_hash().unwrap(), at_once);
    }
}
