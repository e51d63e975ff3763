//! Questions about history, answered as `git` answers them.

use prolly_storage::Error;
use prolly_storage::git::{BranchKind, LogOrder, Oid, Repository};

use crate::common::{
    BRANCH, Store, again_in_child, build, new_commit, parameters, resolve, sample, store_of_parent,
};

/// A commit of the same tree with these parents, on the branch `name`.
fn commit_on(store: &Store, name: &str, parents: &[Oid], seconds: i64) -> Oid {
    let repository = &store.repository;
    let full = format!("refs/heads/{name}");
    let lock = repository.lock().unwrap();
    let nodes = store.nodes().staged();
    let root = build(&nodes, &sample(1));
    let mut commit = new_commit(parents.to_vec(), &format!("{name} at {seconds}"));
    commit.committer.time.seconds += seconds;
    let staged = nodes.staged_nodes().unwrap();
    let written = repository.write_version(&lock, root, &parameters(), staged, &commit).unwrap();
    let old = repository.ref_target(&full).unwrap();
    repository.update_ref(&lock, &full, old, Some(written.commit), "commit").unwrap();
    written.commit
}

/// Two branches that merged each other: they have two best common ancestors.
fn criss_cross() -> (Store, Vec<Oid>) {
    let store = Store::new();
    let root = commit_on(&store, "main", &[], 0);
    let ours = commit_on(&store, "main", &[root], 10);
    let theirs = commit_on(&store, "side", &[root], 20);
    let left = commit_on(&store, "main", &[ours, theirs], 40);
    let right = commit_on(&store, "side", &[theirs, ours], 30);
    let lonely = commit_on(&store, "lonely", &[], 50);
    (store, vec![root, ours, theirs, left, right, lonely])
}

fn ids(text: &str) -> Vec<Oid> {
    text.lines().map(|line| line.parse().unwrap()).collect()
}

#[test]
fn ancestry_is_git_s() {
    let (store, commits) = criss_cross();
    let repository = &store.repository;
    for one in &commits {
        for other in &commits {
            let (a, b) = (one.to_string(), other.to_string());
            let mut found = repository.merge_bases(*one, *other).unwrap();
            let expected = crate::common::try_git(&store.path(), &["merge-base", "--all", &a, &b]).stdout;
            let mut expected = ids(&String::from_utf8(expected).unwrap());
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{a} {b}");
            let is_ancestor = crate::common::try_git(&store.path(), &["merge-base", "--is-ancestor", &a, &b]);
            assert_eq!(
                repository.is_ancestor(*one, *other).unwrap(),
                is_ancestor.status.success(),
                "{a} {b}"
            );
            let counts = store.git(&["rev-list", "--left-right", "--count", &format!("{a}...{b}")]);
            let (ahead, behind) = repository.ahead_behind(*one, *other).unwrap();
            assert_eq!(counts.trim(), format!("{ahead}\t{behind}"));
        }
    }
    assert_eq!(repository.merge_bases(commits[3], commits[4]).unwrap().len(), 2);
    assert_eq!(repository.merge_base(commits[3], commits[5]).unwrap(), None);
}

#[test]
fn logs_are_git_s() {
    let (store, commits) = criss_cross();
    let log = |starts: &[Oid], hidden: &[Oid], order| -> Vec<Oid> {
        store.repository.log(starts, hidden, order).unwrap().map(|commit| commit.unwrap().id).collect()
    };
    let tips = [commits[3], commits[4]];
    assert_eq!(log(&tips, &[], LogOrder::Time), ids(&store.git(&["rev-list", "main", "side"])));
    assert_eq!(
        log(&tips, &[], LogOrder::Topological),
        ids(&store.git(&["rev-list", "--date-order", "main", "side"]))
    );
    assert_eq!(
        log(&[commits[3]], &[commits[2]], LogOrder::Time),
        ids(&store.git(&["rev-list", "side~1..main"]))
    );
    assert_eq!(log(&[commits[3], commits[3]], &[], LogOrder::Time).len(), 4);
    assert!(log(&[], &[], LogOrder::Time).is_empty());
    let first = store.repository.log(&[commits[3]], &[], LogOrder::Time).unwrap().next().unwrap().unwrap();
    assert_eq!(first.parents, [commits[1], commits[2]]);
    assert_eq!(first.summary(), "main at 40");
    assert_eq!((first.author.name.as_str(), first.author.email.as_str()), ("Ada", "ada@example.com"));
    assert_eq!(first.committer.time.offset_minutes, 60);
    assert!(store.repository.log(&[Oid::ZERO], &[], LogOrder::Time).is_err());
}

#[test]
fn revisions_are_git_s() {
    let (store, commits) = criss_cross();
    store.git(&["tag", "light", "main~1"]);
    store.git(&["tag", "-m", "x", "annotated", "main~1"]);
    store.git(&["tag", "-m", "x", "twice", "annotated"]);
    store.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    let short = commits[5].to_string()[..12].to_owned();
    let named = format!("{}^2", commits[3]);
    for revision in [
        "HEAD",
        "main",
        "heads/main",
        "refs/heads/main",
        "main~2",
        "main^2",
        "@",
        "side^{commit}",
        "light",
        "annotated",
        "twice",
        "origin/main",
        "main@{1}",
        "tags/light",
        ":/lonely at",
        &short,
        &named,
    ] {
        let expected = store.git(&["rev-list", "-1", revision]);
        assert_eq!(format!("{}\n", resolve(&store.repository, revision)), expected, "{revision}");
    }
    for revision in ["nothing", "main~40", "main^3", "origin/nothing", "1234567"] {
        assert_eq!(store.repository.resolve(revision).unwrap(), None, "{revision}");
    }
    let not_a_commit = store.repository.resolve("main:meta").unwrap_err().to_string();
    assert!(not_a_commit.contains("blob"), "{not_a_commit}");
    let empty = Store::new();
    assert_eq!(empty.repository.resolve("HEAD").unwrap(), None);
    assert_eq!(empty.repository.head().unwrap().target(), None);
}

#[test]
fn branches_and_remotes_are_listed() {
    let (store, commits) = criss_cross();
    let repository = &store.repository;
    repository.add_remote("origin", "/nowhere").unwrap();
    store.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    store.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    store.git(&["branch", "--set-upstream-to=origin/main", "main"]);
    let local = repository.branches(BranchKind::Local).unwrap();
    let names: Vec<_> =
        local.iter().map(|branch| (branch.name.as_str(), branch.upstream.as_deref())).collect();
    assert_eq!(names, [("lonely", None), ("main", Some("origin/main")), ("side", None)]);
    let remote = repository.branches(BranchKind::Remote).unwrap();
    assert_eq!((remote.len(), remote[0].name.as_str(), remote[0].target), (1, "origin/main", commits[3]));
    assert_eq!(repository.remotes().unwrap(), ["origin"]);
    assert!(repository.add_remote("origin", "/elsewhere").unwrap_err().to_string().contains("origin"));
    assert_eq!(repository.worktree_at(BRANCH).unwrap(), Some(store.path().display().to_string()));
    assert_eq!(repository.worktree_at("refs/heads/side").unwrap(), None);
}

#[test]
fn identity_comes_from_the_environment_then_the_configuration() {
    const NAME: &str = "queries::identity_comes_from_the_environment_then_the_configuration";
    let show = |repository: &Repository| {
        let text = |signature: Result<prolly_storage::git::Signature, Error>| match signature {
            Ok(found) => {
                format!(
                    "{} <{}> {} {}",
                    found.name, found.email, found.time.seconds, found.time.offset_minutes
                )
            }
            Err(error) => error.to_string(),
        };
        println!("\nauthor {}\ncommitter {}", text(repository.author()), text(repository.committer()));
    };
    if let Some(repository) = store_of_parent() {
        show(&repository);
        return;
    }
    let store = Store::new();
    let ask = |variables: &[(&str, &str)]| {
        let mut child = again_in_child(NAME, &store.path());
        child.env_clear().env("PROLLY_TEST_STORE", store.path()).env("HOME", "/nonexistent");
        child.env("PATH", "").env("GIT_CONFIG_NOSYSTEM", "1").envs(variables.iter().copied());
        let output = String::from_utf8(child.output().unwrap().stdout).unwrap();
        let line = |role: &str| {
            output.lines().find_map(|line| line.strip_prefix(role)).unwrap_or_default().to_owned()
        };
        (line("author "), line("committer "))
    };
    let (author, committer) = ask(&[]);
    assert!(
        author.contains("git config --global user.name") && author.contains("GIT_AUTHOR_NAME"),
        "{author}"
    );
    assert!(committer.contains("GIT_COMMITTER_NAME"), "{committer}");
    let date = "1700000000 +0130";
    let variables = [
        ("GIT_AUTHOR_NAME", "A"),
        ("GIT_AUTHOR_EMAIL", "a@x"),
        ("GIT_AUTHOR_DATE", date),
        ("GIT_COMMITTER_NAME", "C"),
        ("GIT_COMMITTER_EMAIL", "c@x"),
        ("GIT_COMMITTER_DATE", date),
    ];
    assert_eq!(ask(&variables), ("A <a@x> 1700000000 90".into(), "C <c@x> 1700000000 90".into()));
    store.git(&["config", "user.name", "Conf"]);
    store.git(&["config", "user.email", "conf@x"]);
    let (author, _) = ask(&[("GIT_AUTHOR_DATE", date)]);
    assert_eq!(author, "Conf <conf@x> 1700000000 90");
    let (_, committer) = ask(&variables[3..]);
    assert_eq!(committer, "C <c@x> 1700000000 90");
}
