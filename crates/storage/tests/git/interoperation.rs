//! The stock `git` program and this one on the same repository.

use std::fs;
use std::process::Command;

use crate::common::{
    BRANCH, Entries, Store, file_url, git, pack_files, read_all, read_revision, resolve, sample, try_git,
};
use prolly_storage::git::{CloneOptions, PushOptions, PushOutcome, Repository};
use prolly_storage::unheard;

/// A store of two versions: the newer one has 1,000 entries over four levels, one of them changed.
fn two_versions() -> (Store, Entries) {
    let store = Store::new();
    let mut entries = sample(1000);
    store.commit(&entries);
    entries.insert(b"key:00000500".to_vec(), b"changed".to_vec());
    store.commit_update(b"key:00000500", b"changed");
    (store, entries)
}

#[test]
fn fsck_is_clean_and_the_layout_is_as_documented() {
    let (store, _) = two_versions();
    assert_eq!(store.git(&["fsck", "--full", "--strict"]), "");
    let names = |tree: &str| store.git(&["ls-tree", "--name-only", tree]);
    assert_eq!(names("main"), ".gitattributes\nmeta\nroot\n");
    assert_eq!(names("main:root"), "0000\n0001\nnode\n");
    assert!(store.git(&["show", "main:meta"]).starts_with("layout 1\nstorage git\nroot "));
    assert_eq!(store.git(&["rev-parse", "--is-bare-repository"]), "true\n");
    assert_eq!(store.git(&["reflog", "--format=%gs", "main"]), "commit: change\ncommit: change\n");
    assert_eq!(store.git(&["reflog", "--format=%gs", "HEAD"]), "commit: change\ncommit: change\n");
    assert_eq!(store.git(&["log", "--format=%an %ae %s %aI"]).lines().count(), 2);
    let root = store.git(&["log", "-1", "--format=%(trailers:key=Prolly-Root,valueonly)"]);
    let version = store.repository.read_version(store.repository.resolve("main").unwrap().unwrap()).unwrap();
    assert_eq!(root.trim(), version.root.address.to_string());
    assert_eq!((version.entries, version.levels), (1000, 4));
    assert!(!store.path().join("root").exists());
}

#[test]
fn garbage_collection_keeps_every_version_also_for_open_handles() {
    let (store, entries) = two_versions();
    let open = store.nodes();
    let version = store.repository.read_version(store.repository.resolve("main").unwrap().unwrap()).unwrap();
    open.load(&version.root).unwrap();
    let before = pack_files(&store.repository, "pack");
    store.git(&["gc", "--prune=now", "--quiet"]);
    let after = pack_files(&store.repository, "pack");
    assert!(after.len() == 1 && !before.contains(&after[0]), "gc has repacked");
    // The handle that saw the old packs, and one that never did.
    assert_eq!(read_all(&open, version.root).unwrap(), entries);
    assert_eq!(read_revision(&store.path(), "main"), entries);
    assert_eq!(read_revision(&store.path(), "main~1"), sample(1000));
    assert_eq!(store.git(&["fsck", "--full", "--strict"]), "");
    // And the next commit succeeds.
    store.commit_update(b"key:00000001", b"after gc");
    assert_eq!(read_revision(&store.path(), "main")[&b"key:00000001"[..]], b"after gc");
}

#[test]
fn clones_bundles_and_pushes_carry_every_entry() {
    let (store, entries) = two_versions();
    let url = file_url(&store.path());
    let at = |name: &str| store.beside(name);
    let folder = store.folder.path();

    git(folder, &["clone", "--quiet", "--bare", &url, "bare.git"]);
    git(folder, &["clone", "--quiet", "--mirror", &url, "mirror.git"]);
    git(folder, &["clone", "--quiet", "--depth", "1", "--bare", &url, "shallow.git"]);
    git(folder, &["clone", "--quiet", &url, "plain"]);
    store.git(&["bundle", "create", "--quiet", "../all.bundle", "--all"]);
    git(folder, &["clone", "--quiet", "--bare", "all.bundle", "bundled.git"]);
    for name in ["bare.git", "mirror.git", "plain", "bundled.git"] {
        assert_eq!(read_revision(&at(name), "main"), entries, "{name}");
        assert_eq!(read_revision(&at(name), "main~1"), sample(1000), "{name}");
    }
    assert_eq!(read_revision(&at("shallow.git"), "main"), entries);
    let shallow = Repository::open(&at("shallow.git")).unwrap();
    let tip = shallow.resolve("main").unwrap().unwrap();
    assert_eq!(shallow.log(&[tip], &[], Default::default()).unwrap().map(Result::unwrap).count(), 1);

    git(folder, &["init", "--quiet", "--bare", "checked.git"]);
    git(&at("checked.git"), &["config", "receive.fsckObjects", "true"]);
    store.git(&["push", "--quiet", &file_url(&at("checked.git")), "main"]);
    assert_eq!(read_revision(&at("checked.git"), "main"), entries);
}

#[test]
fn our_clone_is_a_store_at_once_and_git_users_feel_at_home() {
    let (store, entries) = two_versions();
    let url = file_url(&store.path());
    let path = store.beside("clone");
    let clone = Repository::clone_from(&url, &path, &CloneOptions::default(), &mut unheard).unwrap();
    assert!(!clone.is_plain_clone().unwrap());
    assert_eq!(fs::read_dir(&path).unwrap().count(), 1, "nothing but .git");
    assert_eq!(read_revision(&path, "main"), entries);
    assert_eq!(git(&path, &["log", "--format=%s", "origin/main"]).lines().count(), 2);
    assert_eq!(git(&path, &["rev-parse", "--abbrev-ref", "main@{upstream}"]), "origin/main\n");
    assert_eq!(git(&path, &["symbolic-ref", "refs/remotes/origin/HEAD"]), "refs/remotes/origin/main\n");

    store.commit_update(b"key:00000002", b"later");
    git(&path, &["fetch", "--quiet"]);
    clone.fetch("origin", &[], &mut unheard).unwrap();
    assert_eq!(read_revision(&path, "origin/main")[&b"key:00000002"[..]], b"later");
    assert_eq!(clone.ahead_behind(resolve(&clone, "main"), resolve(&clone, "origin/main")).unwrap(), (0, 1));

    let shallow = CloneOptions { depth: Some(1), ..CloneOptions::default() };
    let shallow = Repository::clone_from(&url, &store.beside("shallow"), &shallow, &mut unheard).unwrap();
    let tip = resolve(&shallow, "HEAD");
    assert_eq!(shallow.log(&[tip], &[], Default::default()).unwrap().count(), 1);

    let again = Repository::clone_from(&url, &path, &CloneOptions::default(), &mut unheard).unwrap_err();
    assert!(again.to_string().contains("already exists"), "{again}");
    let nowhere = Repository::clone_from(
        "/does/not/exist",
        &store.beside("no"),
        &CloneOptions::default(),
        &mut unheard,
    )
    .unwrap_err();
    assert!(nowhere.to_string().contains("does not exist"), "{nowhere}");
    assert!(!store.beside("no").exists());
}

#[test]
fn push_says_what_became_of_each_ref() {
    let (store, entries) = two_versions();
    let remote = store.beside("remote.git");
    git(store.folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
    store.repository.add_remote("origin", &file_url(&remote)).unwrap();
    let push = |repository: &Repository, force| {
        let options = PushOptions { force, set_upstream: true };
        let pushed = repository.push("origin", &["main"], options, &mut unheard).unwrap();
        assert_eq!(pushed.len(), 1, "{pushed:?}");
        pushed[0].outcome
    };
    assert_eq!(push(&store.repository, false), PushOutcome::Created);
    assert_eq!(push(&store.repository, false), PushOutcome::UpToDate);
    assert_eq!(read_revision(&remote, "main"), entries);

    let other = Repository::clone_from(
        &file_url(&remote),
        &store.beside("other"),
        &CloneOptions::default(),
        &mut unheard,
    )
    .unwrap();
    store.commit_update(b"key:00000001", b"here");
    assert_eq!(push(&store.repository, false), PushOutcome::Updated);
    let lock = other.lock().unwrap();
    let (old, older) = (resolve(&other, "main"), resolve(&other, "main~1"));
    other.update_ref(&lock, BRANCH, Some(old), Some(older), "reset").unwrap();
    assert_eq!(push(&other, false), PushOutcome::Rejected);
    assert_eq!(push(&other, true), PushOutcome::Rejected, "the remote has moved since it was fetched");
    other.fetch("origin", &[], &mut unheard).unwrap();
    assert_eq!(push(&other, true), PushOutcome::Forced);

    let failed =
        other.push("nowhere", &["main"], PushOptions::default(), &mut unheard).unwrap_err().to_string();
    assert!(failed.contains("push to nowhere") && failed.contains("nowhere"), "{failed}");
    let failed =
        other.push("origin", &["missing"], PushOptions::default(), &mut unheard).unwrap_err().to_string();
    assert!(failed.contains("missing"), "{failed}");
}

#[test]
fn a_caller_s_git_variables_do_not_mislead() {
    // As in a hook: `git` has been told of another repository. The child process below is this very test.
    let Ok(path) = std::env::var("PROLLY_TEST_STORE") else {
        let (store, _) = two_versions();
        git(store.folder.path(), &["clone", "--quiet", "--bare", &file_url(&store.path()), "origin.git"]);
        store.repository.add_remote("origin", &file_url(&store.beside("origin.git"))).unwrap();
        git(store.folder.path(), &["init", "--quiet", "elsewhere"]);
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "interoperation::a_caller_s_git_variables_do_not_mislead"])
            .env("PROLLY_TEST_STORE", store.path())
            .env("GIT_DIR", store.beside("elsewhere/.git"))
            .env("GIT_OBJECT_DIRECTORY", "/nonexistent")
            .env("GIT_INDEX_FILE", "/nonexistent")
            .status()
            .unwrap();
        assert!(status.success());
        return;
    };
    let repository = Repository::open(path.as_ref()).unwrap();
    assert_eq!(repository.directory(), std::path::Path::new(&path));
    repository.fetch("origin", &[], &mut unheard).unwrap();
    assert_eq!(resolve(&repository, "origin/main"), resolve(&repository, "main"));
}

#[test]
fn a_branch_made_by_git_is_a_branch_here() {
    let (store, _) = two_versions();
    store.git(&["branch", "feature", "main~1"]);
    store.git(&["tag", "-m", "first release", "v1.0", "main~1"]);
    store.git(&["pack-refs", "--all"]);
    let names: Vec<_> = store
        .repository
        .branches(prolly_storage::git::BranchKind::Local)
        .unwrap()
        .into_iter()
        .map(|branch| branch.name)
        .collect();
    assert_eq!(names, ["feature", "main"]);
    let tags = store.repository.tags().unwrap();
    assert_eq!((tags[0].name.as_str(), tags[0].message.as_deref()), ("v1.0", Some("first release")));
    assert_eq!(resolve(&store.repository, "v1.0"), resolve(&store.repository, "feature"));
    // An accidental merge of two edits by `git` cannot build a tree that nobody wrote.
    store.commit_update(b"key:00000900", b"one side");
    let main = store.git(&["rev-parse", "main"]);
    store.git(&["update-ref", "refs/heads/main", "main~1"]);
    store.commit_update(b"key:00000001", b"other side");
    let merged = try_git(&store.path(), &["merge-tree", "--write-tree", "main", main.trim()]);
    assert!(!merged.status.success(), "git found nothing in conflict");
}

#[test]
fn a_clone_finds_its_branch_also_when_the_remote_s_head_names_none() {
    let (store, entries) = two_versions();
    git(store.folder.path(), &["init", "--quiet", "--bare", "--initial-branch=other", "remote.git"]);
    let url = file_url(&store.beside("remote.git"));
    store.git(&["push", "--quiet", &url, "main"]);
    let path = store.beside("clone");
    let clone = Repository::clone_from(&url, &path, &CloneOptions::default(), &mut unheard).unwrap();
    assert_eq!(clone.head().unwrap().branch(), Some("main"));
    assert_eq!(read_revision(&path, "HEAD"), entries);
    assert_eq!(git(&path, &["rev-parse", "--abbrev-ref", "main@{upstream}"]), "origin/main\n");
}
