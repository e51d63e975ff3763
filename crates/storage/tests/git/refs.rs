//! Moving refs, as Git does it.

use std::fs;

use prolly_storage::Error;
use prolly_storage::git::{Head, Oid};

use crate::common::{BRANCH, Store, new_commit, resolve, sample, signature, try_git};

/// A store of three commits, oldest first.
fn three_commits() -> (Store, [Oid; 3]) {
    let store = Store::new();
    let first = store.commit(&sample(10)).commit;
    let second = store.commit_update(b"key:00000001", b"second").commit;
    let third = store.commit_update(b"key:00000001", b"third").commit;
    (store, [first, second, third])
}

#[test]
fn a_ref_moves_only_from_what_is_expected() {
    let (store, [first, second, third]) = three_commits();
    let lock = store.repository.lock().unwrap();
    let update = |expected, new| store.repository.update_ref(&lock, BRANCH, expected, new, "test");
    for expected in [None, Some(first), Some(second)] {
        let refused = update(expected, Some(first)).unwrap_err();
        assert!(matches!(refused, Error::Moved { .. }), "{refused}");
        assert!(matches!(update(expected, None), Err(Error::Moved { .. })));
    }
    assert_eq!(store.git(&["rev-parse", "main"]), format!("{third}\n"));
    assert_eq!(store.repository.reflog(BRANCH).unwrap().len(), 3);
    // Also when the value is in packed-refs, and there after it moved away and back.
    store.git(&["pack-refs", "--all"]);
    assert!(matches!(update(Some(second), Some(first)), Err(Error::Moved { .. })));
    update(Some(third), Some(second)).unwrap();
    update(Some(second), Some(third)).unwrap();
    assert_eq!(store.git(&["rev-parse", "main"]), format!("{third}\n"));
    assert_eq!(store.repository.reflog(BRANCH).unwrap().len(), 5);
    assert_eq!(store.git(&["rev-parse", "main@{1}"]), format!("{second}\n"));
}

#[test]
fn a_deleted_ref_stays_deleted() {
    let (store, [first, second, _]) = three_commits();
    let lock = store.repository.lock().unwrap();
    let repository = &store.repository;
    let full = "refs/heads/team/feature";
    repository.update_ref(&lock, full, None, Some(first), "branch: created").unwrap();
    repository.create_tag(&lock, "kept", first, None).unwrap();
    store.git(&["tag", "-m", "annotated", "v1", "main"]);
    store.git(&["pack-refs", "--all"]);
    repository.update_ref(&lock, full, Some(first), Some(second), "moved").unwrap();
    store.git(&["config", "branch.team/feature.remote", "origin"]);
    assert!(matches!(repository.delete_branch(&lock, "team/feature", first), Err(Error::Moved { .. })));
    repository.delete_branch(&lock, "team/feature", second).unwrap();
    assert_eq!(store.git(&["branch", "--format=%(refname)"]), "refs/heads/main\n");
    assert_eq!(store.git(&["tag"]), "kept\nv1\n");
    assert!(!repository.common_dir().join("refs/heads/team").exists());
    assert!(!repository.common_dir().join("logs/refs/heads/team").exists());
    assert_eq!(repository.git_config("branch.team/feature.remote").unwrap(), None);
    // A branch may now have the name of the folder that was.
    repository.update_ref(&lock, "refs/heads/team", None, Some(first), "branch: created").unwrap();
    assert_eq!(store.git(&["fsck", "--strict"]), "");
    assert_eq!(store.git(&["rev-parse", "v1^{commit}"]), store.git(&["rev-parse", "main"]));
    assert!(repository.delete_tag(&lock, "v1").unwrap());
    assert!(!repository.delete_tag(&lock, "v1").unwrap());
    assert_eq!(store.git(&["tag"]), "kept\n");
}

#[test]
fn names_that_git_refuses_are_refused() {
    let (store, [first, ..]) = three_commits();
    let lock = store.repository.lock().unwrap();
    let create = |name: &str| store.repository.update_ref(&lock, name, None, Some(first), "");
    let long = format!("refs/heads/{}", "x".repeat(300));
    for name in
        ["main", "refs/heads/a..b", "refs/heads/a.lock", "refs/heads/a b", "refs/heads/@{", "HEAD", &long]
    {
        let refused = create(name).unwrap_err();
        assert!(matches!(refused, Error::InvalidName { .. }), "{name}: {refused}");
    }
    for name in ["", "HEAD", "-x", "a..b", "x.lock", "a\u{7}b", "~", "a/", ".x"] {
        assert!(prolly_storage::git::branch_ref(name).is_err(), "{name:?}");
        if !name.is_empty() {
            assert!(!try_git(&store.path(), &["branch", name, "main"]).status.success(), "{name:?}");
        }
    }
    // No ref can be where another has its folder, whichever way round, packed or not.
    create("refs/heads/team/a").unwrap();
    for round in 0..2 {
        for name in ["refs/heads/main/x", "refs/heads/team", "refs/heads/team/a/b"] {
            let refused = create(name).unwrap_err();
            assert!(matches!(refused, Error::InvalidName { .. }), "round {round}, {name}: {refused}");
        }
        store.git(&["pack-refs", "--all", "--prune"]);
    }
    let found: Vec<_> = store.repository.refs("refs/").unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(found, ["refs/heads/main", "refs/heads/team/a"]);
    create("refs/heads/größe/名前/50%").unwrap();
    assert_eq!(resolve(&store.repository, "größe/名前/50%"), first);
}

#[test]
fn head_moves_with_its_reflog() {
    let (store, [first, _, third]) = three_commits();
    let repository = &store.repository;
    let lock = repository.lock().unwrap();
    let branch = |name: &str, target| Head::Branch { name: name.into(), target };
    assert_eq!(repository.head().unwrap(), branch("main", third));
    repository.update_ref(&lock, "refs/heads/old", None, Some(first), "branch: created").unwrap();
    assert_eq!(repository.reflog("HEAD").unwrap().len(), 3, "another branch is none of HEAD's business");
    repository.set_head_to_branch(&lock, "old", "checkout: moving from main to old").unwrap();
    assert_eq!(repository.head().unwrap(), branch("old", first));
    assert_eq!(store.git(&["symbolic-ref", "HEAD"]), "refs/heads/old\n");
    assert_eq!(resolve(repository, "@{-1}"), third, "git knows where HEAD was");
    let entry = repository.reflog("HEAD").unwrap().remove(0);
    assert_eq!((entry.old, entry.new), (third, first));
    assert_eq!(entry.message, "checkout: moving from main to old");

    let refused = repository.delete_branch(&lock, "old", first).unwrap_err();
    assert!(refused.to_string().contains("checked out"), "{refused}");
    repository.set_head_to_commit(&lock, third, "checkout: moving from old to third").unwrap();
    assert_eq!(repository.head().unwrap(), Head::Detached { target: third });
    repository.delete_branch(&lock, "old", first).unwrap();
    repository.set_head_to_branch(&lock, "unborn", "").unwrap();
    assert_eq!(repository.head().unwrap(), Head::Unborn { name: "unborn".into() });
    assert_eq!(repository.head().unwrap().branch(), Some("unborn"));
    assert!(repository.set_head_to_commit(&lock, Oid::ZERO, "").is_err());
    assert!(repository.set_head_to_branch(&lock, "no good", "").is_err());
    assert_eq!(repository.head().unwrap(), Head::Unborn { name: "unborn".into() });
}

#[test]
fn reflogs_follow_git_s_setting() {
    let (store, [first, second, _]) = three_commits();
    let repository = &store.repository;
    let lock = repository.lock().unwrap();
    let log_of = |name: &str| repository.reflog(name).unwrap().len();
    repository.update_ref(&lock, "refs/prolly/staged", None, Some(first), "").unwrap();
    assert_eq!(log_of("refs/prolly/staged"), 0);
    store.git(&["config", "core.logAllRefUpdates", "always"]);
    repository.update_ref(&lock, "refs/prolly/staged", Some(first), Some(second), "two\nlines").unwrap();
    assert_eq!(repository.reflog("refs/prolly/staged").unwrap()[0].message, "two lines");
    store.git(&["config", "core.logAllRefUpdates", "false"]);
    repository.update_ref(&lock, "refs/heads/quiet", None, Some(first), "").unwrap();
    assert_eq!(log_of("refs/heads/quiet"), 0);
    assert_eq!(log_of(BRANCH), 3);
}

#[test]
fn an_annotated_tag_is_git_s_own() {
    let (store, [first, ..]) = three_commits();
    let lock = store.repository.lock().unwrap();
    store.repository.create_tag(&lock, "v1", first, Some((&signature(), "first\n\nwith notes\n"))).unwrap();
    assert_eq!(store.git(&["tag", "-n9", "v1"]).lines().next().unwrap().trim(), "v1              first");
    assert_eq!(store.git(&["cat-file", "-t", "v1"]), "tag\n");
    assert_eq!(store.git(&["fsck", "--strict"]), "");
    let again = store.repository.create_tag(&lock, "v1", first, None).unwrap_err();
    assert!(matches!(again, Error::AlreadyExists { .. }), "{again}");
    assert!(fs::read_dir(store.repository.common_dir().join("prolly/intents")).unwrap().next().is_none());
    let commit = store.repository.commit(resolve(&store.repository, "v1")).unwrap();
    assert_eq!((commit.id, commit.message), (first, new_commit(vec![], "change").message));
}
