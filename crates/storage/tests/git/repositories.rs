//! Making, opening and finding repositories, and what is refused.

use std::fs;

use prolly_storage::Error;
use prolly_storage::git::{InitOptions, Repository};

use crate::common::{BRANCH, Store, file_url, git, read_revision, resolve, sample, try_git};

#[test]
fn a_new_repository_is_bare_with_reflogs_inside_dot_git() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er");
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("notes.txt"), "mine").unwrap();
    let options = InitOptions { initial_branch: Some("trunk".into()) };
    let repository = Repository::init(&path, &options).unwrap();
    assert_eq!(repository.directory(), path);
    assert_eq!(repository.git_dir().canonicalize().unwrap(), path.join(".git").canonicalize().unwrap());
    assert_eq!(git(&path, &["config", "core.bare"]), "true\n");
    assert_eq!(git(&path, &["config", "core.logAllRefUpdates"]), "true\n");
    assert_eq!(git(&path, &["symbolic-ref", "HEAD"]), "refs/heads/trunk\n");
    assert_eq!(fs::read_to_string(path.join("notes.txt")).unwrap(), "mine");
    assert!(!path.join(".git/hooks/pre-commit.sample").exists());
    // No stray commit can remove the data.
    assert!(!try_git(&path, &["commit", "--allow-empty", "-m", "stray"]).status.success());
    assert!(matches!(Repository::init(&path, &options), Err(Error::AlreadyExists { .. })));
    let bad = InitOptions { initial_branch: Some("no good".into()) };
    assert!(matches!(Repository::init(&folder.path().join("bad"), &bad), Err(Error::InvalidName { .. })));
    assert!(!folder.path().join("bad").exists());
    git(folder.path(), &["init", "--quiet", "--bare", "bare.git"]);
    assert!(matches!(
        Repository::init(&folder.path().join("bare.git"), &options),
        Err(Error::AlreadyExists { .. })
    ));
}

#[test]
fn a_repository_is_found_upwards() {
    let store = Store::new();
    let deep = store.path().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    git(store.folder.path(), &["init", "--quiet", "--bare", "bare.git"]);
    let real = |path: &std::path::Path| path.canonicalize().unwrap();
    for path in [&store.path(), &store.path().join(".git"), &deep] {
        let found = Repository::discover(path, None).unwrap();
        assert_eq!(real(found.directory()), real(&store.path()), "{}", path.display());
    }
    let named = Repository::discover(&deep, Some("../../../bare.git".as_ref())).unwrap();
    assert_eq!(real(named.directory()), real(&store.beside("bare.git")));
    assert!(matches!(Repository::discover("/".as_ref(), None), Err(Error::NoRepository { .. })));
    assert!(matches!(Repository::open(&deep), Err(Error::NoRepository { .. })));
    assert!(matches!(Repository::discover(&deep, Some("x".as_ref())), Err(Error::NoRepository { .. })));
}

#[test]
fn what_cannot_be_served_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str| match Repository::open(&folder.path().join(name)) {
        Err(Error::Unsupported { what, hint }) => (what, hint),
        other => panic!("{name}: {other:?}"),
    };
    git(folder.path(), &["init", "--quiet", "--object-format=sha256", "sha256"]);
    assert!(refused("sha256").0.contains("SHA-256"));
    // This `git` may be too old to make these.
    for (name, key, value, word) in [
        ("table", "extensions.refStorage", "reftable", "reftable"),
        ("partial", "extensions.partialClone", "origin", "partial clone"),
    ] {
        git(folder.path(), &["init", "--quiet", "--bare", name]);
        let path = folder.path().join(name);
        git(&path, &["config", "core.repositoryFormatVersion", "1"]);
        git(&path, &["config", key, value]);
        assert!(refused(name).0.contains(word), "{:?}", refused(name));
    }
}

#[test]
fn a_plain_clone_opens_and_turns_bare_at_the_first_write() {
    let store = Store::new();
    let entries = sample(100);
    store.commit(&entries);
    let url = file_url(&store.path());
    let path = store.beside("plain");
    git(store.folder.path(), &["clone", "--quiet", &url, "plain"]);
    let plain = Repository::open(&path).unwrap();
    assert!(plain.is_plain_clone().unwrap());
    assert!(path.join("root/node").exists());
    assert_eq!(read_revision(&path, "HEAD"), entries);

    fs::write(path.join("notes.txt"), "mine").unwrap();
    let refused = plain.make_bare().unwrap_err().to_string();
    assert!(refused.contains("notes.txt") && refused.contains("git status"), "{refused}");
    assert!(plain.is_plain_clone().unwrap() && path.join("root/node").exists());
    fs::remove_file(path.join("notes.txt")).unwrap();
    fs::write(path.join("root/node"), "edited").unwrap();
    assert!(plain.make_bare().unwrap_err().to_string().contains("root/node"));
    git(&path, &["checkout", "--quiet", "--", "."]);
    fs::write(path.join("meta"), "staged").unwrap();
    git(&path, &["add", "meta"]);
    assert!(plain.make_bare().unwrap_err().to_string().contains("meta"));
    git(&path, &["reset", "--quiet", "--hard"]);
    // A run that was cut short has removed some files already.
    fs::remove_file(path.join("root/0000/node")).unwrap();

    plain.make_bare().unwrap();
    assert!(!plain.is_plain_clone().unwrap());
    let left: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [".git"]);
    assert_eq!(git(&path, &["config", "core.bare"]), "true\n");
    assert_eq!(git(&path, &["config", "core.logAllRefUpdates"]), "true\n");
    assert!(!path.join(".git/index").exists());
    assert_eq!(read_revision(&path, "HEAD"), entries);
    plain.make_bare().unwrap();
    assert_eq!(git(&path, &["rev-parse", "origin/main"]), git(&path, &["rev-parse", "main"]));
    // Ignored files are none of our business.
    git(store.folder.path(), &["clone", "--quiet", "--no-checkout", &url, "unchecked"]);
    let unchecked = Repository::open(&store.beside("unchecked")).unwrap();
    fs::write(store.beside("unchecked/.git/info/exclude"), "*.log\n").unwrap();
    fs::write(store.beside("unchecked/x.log"), "mine").unwrap();
    unchecked.make_bare().unwrap();
    assert!(store.beside("unchecked/x.log").exists());
}

#[test]
fn linked_worktrees_share_all_but_head() {
    let store = Store::new();
    let first = store.commit(&sample(10)).commit;
    store.git(&["branch", "feature"]);
    // As stores do: linked worktrees are bare too, so that no stray commit empties them.
    store.git(&["worktree", "add", "--quiet", "--no-checkout", "../linked", "feature"]);
    let linked = Repository::open(&store.beside("linked")).unwrap();
    assert_eq!(
        linked.common_dir().canonicalize().unwrap(),
        store.repository.common_dir().canonicalize().unwrap()
    );
    assert_eq!(linked.head().unwrap().branch(), Some("feature"));
    assert!(!linked.is_plain_clone().unwrap());
    let lock = linked.lock().unwrap();
    assert!(store.repository.lock_within(std::time::Duration::ZERO).is_err(), "one lock for all worktrees");
    let refused = store.repository.delete_branch(&lock, "feature", first).unwrap_err().to_string();
    assert!(refused.contains("linked"), "{refused}");
    linked.set_head_to_commit(&lock, first, "checkout: moving from feature").unwrap();
    assert_eq!(store.repository.head().unwrap().branch(), Some("main"));
    assert_eq!(linked.head().unwrap().branch(), None);
    assert_eq!(linked.reflog("HEAD").unwrap()[0].message, "checkout: moving from feature");
    drop(lock);
    store.commit_update(b"key:00000001", b"seen by both");
    assert_eq!(resolve(&linked, BRANCH), resolve(&store.repository, "HEAD"));
    assert_eq!(linked.head().unwrap().target(), Some(first));
}
