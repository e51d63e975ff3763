//! Undoing a commit, or doing it again elsewhere, as a new commit: by three-way merge.

use prolly_tree::Tree;

use super::session::{Ending, MergeSession, Step};
use super::{MergeOutcome, Strategy};
use crate::commit::summary;
use crate::shared::Shared;
use crate::view::Position;
use crate::{Author, CommitInfo, Error, Result, VersionedStore};

/// How to revert or to cherry-pick.
#[derive(Clone, Debug, Default)]
pub struct PickOptions {
    /// What settles conflicts; `None` to settle them page by page, or to fail on them.
    pub strategy: Option<Strategy>,
    /// Of a merge, the parent that its changes are against, counted from 1. Needed for a merge, refused for another commit.
    pub mainline: Option<usize>,
    /// Find out what would happen, and change nothing.
    pub dry_run: bool,
    /// The message; `None` for Git's usual one.
    pub message: Option<String>,
    /// Of a revert, who wrote it. The author of a cherry-pick is the author of the commit.
    pub author: Option<Author>,
    /// As in [`CommitOptions`](crate::CommitOptions).
    pub committer: Option<Author>,
}

impl VersionedStore {
    /// Undoes on the current branch what the commit that `revision` names changed, with a new commit. Keys that were changed
    /// again since are conflicts.
    ///
    /// # Errors
    /// As [`VersionedStore::begin_revert`]; [`Error::MergeConflict`] lists the conflicts, when there is no strategy.
    pub fn revert(&self, revision: &str, options: &PickOptions) -> Result<MergeOutcome> {
        self.begin_revert(revision, options)?.finish()
    }

    /// Begins to revert, to settle conflicts page by page: the base is the commit, the source what it was made from.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a misspelt revision, [`Error::StagedChanges`], [`Error::InvalidArgument`] for a merge without
    /// `mainline`, and [`Error::MergeConflict`] when namespaces are in conflict and there is no strategy. Finishing it is
    /// [`Error::NothingToCommit`] when nothing of it is left.
    pub fn begin_revert(&self, revision: &str, options: &PickOptions) -> Result<MergeSession> {
        let commit = self.commit_info(revision)?;
        let (parent, before) = self.shared.side_of(&commit, options.mainline)?;
        let after = self.shared.backend.tree(commit.id)?;
        let against = match parent {
            Some(parent) if commit.parents.len() > 1 => format!(", reversing\nchanges made to {parent}"),
            _ => String::new(),
        };
        let message = options.message.clone().unwrap_or_else(|| {
            format!("Revert \"{}\"\n\nThis reverts commit {}{against}.", summary(&commit.message), commit.id)
        });
        let ending = Ending {
            operation: "revert",
            source: None,
            message,
            author: options.author.clone(),
            committer: options.committer.clone(),
        };
        self.begin_pick([&after, &before], options, ending)
    }

    /// Makes on the current branch the changes that the commit that `revision` names made, with a new commit by the same
    /// author and with the same message.
    ///
    /// # Errors
    /// As [`VersionedStore::revert`].
    pub fn cherry_pick(&self, revision: &str, options: &PickOptions) -> Result<MergeOutcome> {
        self.begin_cherry_pick(revision, options)?.finish()
    }

    /// Begins to cherry-pick, to settle conflicts page by page: the base is what the commit was made from, the source the
    /// commit.
    ///
    /// # Errors
    /// As [`VersionedStore::begin_revert`].
    pub fn begin_cherry_pick(&self, revision: &str, options: &PickOptions) -> Result<MergeSession> {
        let commit = self.commit_info(revision)?;
        let (_, before) = self.shared.side_of(&commit, options.mainline)?;
        let after = self.shared.backend.tree(commit.id)?;
        // Who picks is not who wrote the commit, so Git must know them.
        let committer = match &options.committer {
            Some(committer) => committer.clone(),
            None => self.shared.committer()?,
        };
        let author = commit.author;
        let ending = Ending {
            operation: "cherry-pick",
            source: None,
            message: options.message.clone().unwrap_or(commit.message),
            author: Some(Author { name: author.name, email: author.email, time: Some(author.time) }),
            committer: Some(committer),
        };
        self.begin_pick([&before, &after], options, ending)
    }

    fn begin_pick(
        &self,
        [base, source]: [&Tree; 2],
        options: &PickOptions,
        ending: Ending,
    ) -> Result<MergeSession> {
        let shared = &self.shared;
        shared.refresh()?;
        let view = shared.view();
        view.refuse_staged(ending.operation)?;
        let step = Step::by_key(base, &view.base, source, options.strategy)?;
        let position = Position::clone(&view.position);
        let (strategy, dry_run) = (options.strategy, options.dry_run);
        Ok(MergeSession { strategy, dry_run, ..MergeSession::new(shared, position, step, ending) })
    }
}

impl Shared {
    /// What a commit's changes are against: the parent, if it has one, and its tree.
    fn side_of(
        &self,
        commit: &CommitInfo,
        mainline: Option<usize>,
    ) -> Result<(Option<crate::CommitId>, Tree)> {
        let parents = &commit.parents;
        let parent = match (mainline, &parents[..]) {
            (None, []) => None,
            (None, [parent]) => Some(*parent),
            (None, _) => {
                let reason = format!(
                    "is a merge: name the parent whose side stays, from 1 to {} (mainline, -m)",
                    parents.len()
                );
                return Err(Error::invalid(format!("the commit {}", commit.id), reason));
            }
            (Some(number), [_, _, ..]) if (1..=parents.len()).contains(&number) => Some(parents[number - 1]),
            (Some(number), [_, _, ..]) => {
                let reason = format!("is not from 1 to {}: the commit has that many parents", parents.len());
                return Err(Error::invalid(format!("the parent number {number}"), reason));
            }
            (Some(_), _) => {
                return Err(Error::invalid(
                    format!("the commit {}", commit.id),
                    "is no merge: name no parent of it",
                ));
            }
        };
        Ok((parent, self.tree_of(parent)?))
    }
}
