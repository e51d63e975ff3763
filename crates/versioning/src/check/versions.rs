//! Every ref and every version.

use std::collections::HashSet;

use prolly_storage::git::{KEPT, Oid, Repository};

use super::nodes::NodeChecks;
use super::{Check, StoreFault, is_fault, problem_of};
use crate::Result;
use crate::backend::Backend;
use crate::tips::{committed_tips, staged_over, worktrees};

/// The commits that something names. What names one that is not there is a fault.
pub(super) fn named(repository: &Repository, check: &mut Check<'_>) -> Result<Vec<Oid>> {
    let refs = match repository.refs("refs/") {
        Ok(refs) => refs,
        Err(error) => {
            check.fault(StoreFault {
                subject: "the refs".into(),
                problem: error.to_string(),
                remedy: "put right or remove the file that is named: what it held before is in the reflog beside it".into(),
                repairable: false,
            });
            return Ok(Vec::new());
        }
    };
    for (name, target) in refs {
        if name == KEPT || name.starts_with("refs/notes/") {
            continue;
        }
        if !repository.has_object(target)? {
            check.fault(lost(&name, target));
        }
    }
    for worktree in worktrees(repository)? {
        let subject = worktree.git_dir().join("HEAD").display().to_string();
        match worktree.head().map(|head| head.target()) {
            Ok(Some(target)) if !repository.has_object(target)? => check.fault(lost(&subject, target)),
            Ok(_) => {}
            Err(error) => {
                let problem = problem_of(&error.into(), &subject);
                let remedy = "write \"ref: refs/heads/main\" into it, or another branch's name".to_owned();
                check.fault(StoreFault { subject, problem, remedy, repairable: false });
            }
        }
    }
    let mut commits: Vec<Oid> =
        committed_tips(repository, &mut |_| Ok(()))?.into_iter().map(|(_, tip)| tip).collect();
    // A journal that cannot be read is among the faults already.
    commits.extend(staged_over(repository).unwrap_or_default());
    Ok(commits)
}

fn lost(name: &str, target: Oid) -> StoreFault {
    StoreFault {
        subject: name.to_owned(),
        problem: format!("it names {target}, which is not there"),
        remedy: "fetch it from a healthy copy, or move it back to what its reflog names before".into(),
        repairable: false,
    }
}

/// Looks at the versions that these commits reach, and at their nodes.
pub(super) fn check(
    backend: &Backend,
    commits: Vec<Oid>,
    nodes: &mut NodeChecks,
    check: &mut Check<'_>,
) -> Result<()> {
    let repository = &backend.repository;
    let (mut waiting, mut seen) = (commits, HashSet::new());
    while let Some(id) = waiting.pop() {
        if check.is_full() {
            return Ok(());
        }
        if !seen.insert(id) {
            continue;
        }
        let looked = version(backend, id, nodes, check);
        let parents = match looked {
            Ok(parents) => parents,
            Err(error) if is_fault(&error) => {
                let subject = format!("commit {id}");
                check.fault(StoreFault {
                    problem: problem_of(&error, &subject),
                    subject,
                    remedy: "get its objects again with \"git fetch --refetch\" from a healthy copy".into(),
                    repairable: false,
                });
                repository.commit(id).map(|commit| commit.parents).unwrap_or_default()
            }
            Err(error) => return Err(error),
        };
        check.report.versions += 1;
        if !repository.is_shallow_boundary(id)? {
            waiting.extend(parents);
        }
        check.go_on()?;
    }
    Ok(())
}

/// Looks at one version, and gives the commits that it follows.
fn version(backend: &Backend, id: Oid, nodes: &mut NodeChecks, check: &mut Check<'_>) -> Result<Vec<Oid>> {
    let commit = backend.repository.commit(id)?;
    let version = backend.repository.read_version(id)?;
    let (nodes, root) = match backend.stored_root(&version)? {
        Some(root) => (&mut nodes.own, root),
        // Fetched, and not read yet: it is in Git still.
        None => (&mut nodes.in_git, backend.root_in_git(&version)?),
    };
    let expected = (version.parameters, version.entries, version.levels);
    nodes.check(root, expected, &format!("commit {}", id.short()), check)?;
    Ok(commit.parents)
}
