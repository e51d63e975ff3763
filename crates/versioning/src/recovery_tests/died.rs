//! Operations that died between two of their steps.

use super::*;

/// The commit that died is there or is not, and what it took is staged or is not: nothing in between.
#[test]
fn a_commit_that_died_happened_or_did_not() {
    for unborn in [true, false] {
        for point in [Point::CommitWritten, Point::IntentWritten, Point::BranchMoved] {
            for reopened in [true, false] {
                let folder = tempfile::tempdir().unwrap();
                let mut store = if unborn {
                    VersionedStore::init(folder.path(), InitOptions::default()).unwrap()
                } else {
                    seeded(folder.path())
                };
                let before = usize::from(!unborn);
                put(&store, "a");
                arm(point);
                assert!(commit(&store, "dies").is_err());
                if reopened {
                    drop(store);
                    store = open(folder.path());
                }
                let landed = usize::from(point == Point::BranchMoved);
                let seed = if unborn { vec![] } else { vec!["seed"] };
                assert_eq!(keys(&store), [&["a"], &seed[..]].concat());
                assert_eq!(store.status().unwrap().added, 1 - landed as u64, "{point:?}");
                assert_eq!(commits(&store), before + landed);
                put(&store, "b");
                commit(&store, "next").unwrap();
                assert_eq!(commits(&store), before + landed + 1);
                assert_eq!(keys(&store), [&["a", "b"], &seed[..]].concat());
                assert!(store.status().unwrap().is_clean());
                drop(store);
                assert_eq!(keys(&open(folder.path())), [&["a", "b"], &seed[..]].concat());
                git(folder.path(), &["fsck", "--strict"]);
            }
        }
    }
}

/// Writes after the point up to which the commit took the journal stay staged.
#[test]
fn what_was_staged_after_a_commit_stays_staged() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    put(&store, "a");
    arm(Point::BranchMoved);
    assert!(commit(&store, "dies").is_err());
    // As a process would that has not looked at the branch since: it appends to the journal that is there.
    {
        let shared = &store.shared;
        let mut appending = shared.appending().unwrap();
        shared.reload(&mut appending).unwrap();
        let operation = crate::journal::Operation::Put {
            key: crate::keyspace::KeyspaceId::DEFAULT.stored(b"b"),
            value: "value".into(),
        };
        shared.append(&mut appending, &crate::journal::Record::Batch(vec![operation]), false).unwrap();
    }
    drop(store);
    let store = open(folder.path());
    assert_eq!(keys(&store), ["a", "b", "seed"]);
    assert_eq!(store.status().unwrap().added, 1);
    put(&store, "c");
    assert_eq!(store.status().unwrap().added, 2);
    commit(&store, "next").unwrap();
    assert_eq!(keys(&store), ["a", "b", "c", "seed"]);
}

/// The branch went on, or back: what the commit took is not staged again.
#[test]
fn a_commit_is_looked_for_on_the_branch_and_in_its_reflog_and_not_at_head() {
    for back in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let store = seeded(folder.path());
        let seed = store.resolve("HEAD").unwrap().to_string();
        put(&store, "a");
        arm(Point::BranchMoved);
        assert!(commit(&store, "dies").is_err());
        drop(store);
        if back {
            git(folder.path(), &["update-ref", "refs/heads/main", &seed]);
        } else {
            let tree = git(folder.path(), &["rev-parse", "HEAD^{tree}"]);
            let identity = ["-c", "user.name=A", "-c", "user.email=a@b"];
            let next = git(
                folder.path(),
                &[&identity[..], &["commit-tree", &tree, "-p", "HEAD", "-m", "on"]].concat(),
            );
            git(folder.path(), &["update-ref", "refs/heads/main", &next]);
        }
        let store = open(folder.path());
        assert!(store.status().unwrap().is_clean());
        assert_eq!(keys(&store), if back { vec!["seed"] } else { vec!["a", "seed"] });
        put(&store, "b");
        assert_eq!(store.status().unwrap().added, 1);
    }
}

/// A reflog is written before its ref is moved: its last line alone proves nothing.
#[test]
fn a_reflog_that_is_ahead_of_its_branch_drops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let seed = store.resolve("HEAD").unwrap();
    put(&store, "a");
    arm(Point::BranchMoved);
    assert!(commit(&store, "dies").is_err());
    drop(store);
    // As if the process had died between the two.
    let branch = folder.path().join(".git/refs/heads/main");
    std::fs::write(branch, format!("{seed}\n")).unwrap();
    let store = open(folder.path());
    assert_eq!(keys(&store), ["a", "seed"]);
    assert_eq!(store.status().unwrap().added, 1);
    commit(&store, "again").unwrap();
    assert_eq!(commits(&store), 2);
}

#[test]
fn a_forced_checkout_that_died_takes_nothing_to_the_other_branch() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    store.create_branch("feature", None).unwrap();
    put(&store, "a");
    commit(&store, "on main").unwrap();
    put(&store, "dropped");
    arm(Point::CheckoutJournalStarted);
    let force = CheckoutOptions { force: true, ..CheckoutOptions::default() };
    assert!(store.checkout("feature", &force).is_err());
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.head().unwrap().branch(), Some("main"));
    assert_eq!(keys(&store), ["a", "seed"]);
    assert!(store.status().unwrap().is_clean());
    store.checkout("feature", &force).unwrap();
    assert_eq!(keys(&store), ["seed"]);
}

#[test]
fn a_checkpoint_that_died_leaves_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    drop(seeded(folder.path()));
    let small = OpenOptions { checkpoint_bytes: 200, ..OpenOptions::default() };
    let store = VersionedStore::open(folder.path(), small).unwrap();
    let mut written = BTreeMap::new();
    for number in 0..60 {
        let key = format!("key{number:02}");
        if number % 7 == 3 {
            arm(Point::CheckpointWritten);
        }
        // The write is in the journal before the checkpoint is tried.
        let _ = store.put(&DEFAULT, key.clone(), "value");
        written.insert(key, ());
    }
    let _ = crate::fault::reach(Point::CheckpointWritten);
    drop(store);
    git(folder.path(), &["gc", "--prune=now", "--quiet"]);
    let store = open(folder.path());
    written.insert("seed".into(), ());
    assert_eq!(keys(&store), written.into_keys().collect::<Vec<_>>());
    commit(&store, "all").unwrap();
    git(folder.path(), &["fsck", "--strict"]);
}

fn load(
    store: &VersionedStore,
    options: LoadOptions,
    entries: &[(String, String)],
    small: usize,
) -> Result<u64> {
    let mut loader = store.loader_within(&Namespace::named("loaded")?, options, small, small)?;
    for (key, value) in entries {
        loader.push(key.clone().into(), value.clone().into())?;
    }
    Ok(loader.finish()?.keys)
}

/// Sorted or not, within memory or far beyond it.
#[test]
fn a_load_stages_everything_or_nothing() {
    for small in [300, usize::MAX] {
        let folder = tempfile::tempdir().unwrap();
        let store = seeded(folder.path());
        let namespace = Namespace::named("loaded").unwrap();
        let mut expected = BTreeMap::new();
        let entries: Vec<_> =
            (0..300).map(|number| (format!("key{:03}", number * 37 % 250), format!("{number}"))).collect();
        expected.extend(entries.clone());
        let refuse = LoadOptions { refuse_duplicates: true, ..LoadOptions::default() };
        let refused = load(&store, refuse, &entries, small);
        assert!(
            matches!(refused, Err(Error::DuplicateKey { first, second, .. }) if second == first + 250),
            "{refused:?}"
        );
        assert!(store.status().unwrap().is_clean());
        assert_eq!(load(&store, LoadOptions::default(), &entries, small).unwrap(), 250);
        let read = |store: &VersionedStore| {
            let entries = store.entries(&namespace, KeyRange::all(), Direction::Forward).unwrap();
            let text = |bytes: bytes::Bytes| String::from_utf8(bytes.into()).unwrap();
            entries
                .map(|entry| entry.map(|(key, value)| (text(key), text(value))).unwrap())
                .collect::<BTreeMap<_, _>>()
        };
        assert_eq!(read(&store), expected);
        drop(store);
        git(folder.path(), &["gc", "--prune=now", "--quiet"]);
        let store = open(folder.path());
        assert_eq!(read(&store), expected);
        assert_eq!(
            git(folder.path(), &["for-each-ref", "--format=%(refname)", "refs/prolly"]),
            "refs/prolly/staged/main"
        );
        commit(&store, "loaded").unwrap();
        // A newer state in place of the older one: only what differs is a change.
        let newer: Vec<_> = (200..320).map(|number| (format!("key{number:03}"), "new".to_owned())).collect();
        let kept: Vec<_> = expected.iter().filter(|(key, _)| *key < &"key100".to_owned()).collect();
        let newer: Vec<_> = newer
            .into_iter()
            .chain(kept.into_iter().map(|(key, value)| (key.clone(), value.clone())))
            .collect();
        let replace = LoadOptions { replace: true, refuse_duplicates: true };
        assert_eq!(load(&store, replace, &newer, small).unwrap(), 220);
        let status = store.status().unwrap();
        assert_eq!((status.added, status.modified, status.removed), (70, 50, 100));
        assert_eq!(read(&store), newer.into_iter().collect());
        assert_eq!(load(&store, replace, &[], small).unwrap(), 0);
        assert!(read(&store).is_empty());
        assert_eq!(keys(&store), ["seed"]);
    }
}

/// What was staged and committed while entries came in stays.
#[test]
fn a_load_joins_what_happened_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let store = seeded(folder.path());
    let mut loader = store.loader(&DEFAULT, LoadOptions::default()).unwrap();
    loader.push("loaded".into(), "1".into()).unwrap();
    put(&store, "staged");
    loader.push("staged".into(), "loaded later".into()).unwrap();
    commit(&store, "meanwhile").unwrap();
    put(&store, "more");
    loader.finish().unwrap();
    assert_eq!(keys(&store), ["loaded", "more", "seed", "staged"]);
    assert_eq!(store.get(&DEFAULT, b"staged").unwrap().unwrap(), "loaded later");
    let status = store.status().unwrap();
    assert_eq!((status.added, status.modified), (2, 1));
}
