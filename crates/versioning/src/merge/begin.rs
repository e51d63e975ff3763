//! Merging a commit into the current branch.

use prolly_storage::Listener;
use prolly_storage::git::Oid;

use super::session::{Ending, MergeSession, Step};
use super::{MergeOptions, MergeOutcome};
use crate::shared::Shared;
use crate::view::{Position, View};
use crate::{Error, Result, VersionedStore};

impl VersionedStore {
    /// Merges the commit that `source` names into the current branch.
    ///
    /// # Errors
    /// [`Error::MergeConflict`](crate::Error::MergeConflict) lists the conflicts, when there is no strategy;
    /// [`Error::StagedChanges`](crate::Error::StagedChanges); [`Error::NotFound`](crate::Error::NotFound) for a misspelt
    /// source. Nothing has changed then.
    pub fn merge(&self, source: &str, options: &MergeOptions) -> Result<MergeOutcome> {
        self.begin_merge(source, options)?.finish()
    }

    /// As [`VersionedStore::merge`], and tells how far it is, as [`MergeSession::telling`] says.
    ///
    /// # Errors
    /// As [`VersionedStore::merge`], and [`Cancelled`](prolly_storage::Error::Cancelled) when the listener asked for it: nothing
    /// has changed then.
    pub fn merge_telling(
        &self,
        source: &str,
        options: &MergeOptions,
        listener: &mut Listener<'_>,
    ) -> Result<MergeOutcome> {
        self.begin_merge(source, options)?.finish_telling(listener)
    }

    /// Begins to merge the commit that `source` names into the current branch, to settle its conflicts page by page.
    ///
    /// # Errors
    /// [`Error::MergeConflict`](crate::Error::MergeConflict) when namespaces are in conflict and there is no strategy;
    /// else as [`VersionedStore::merge`].
    pub fn begin_merge(&self, source: &str, options: &MergeOptions) -> Result<MergeSession> {
        let shared = &self.shared;
        if options.no_fast_forward && options.fast_forward_only {
            return Err(Error::invalid("no_fast_forward and fast_forward_only", "contradict each other"));
        }
        shared.refresh()?;
        let view = shared.view();
        view.refuse_staged("merge")?;
        let position = Position::clone(&view.position);
        let commit = self.resolve(source)?;
        let step = shared.plan_merge(&view, commit, source, options)?;
        let into = position.branch.as_deref().map_or_else(|| "HEAD".into(), |branch| format!("'{branch}'"));
        let MergeOptions { strategy, dry_run, message, author, committer, .. } = options.clone();
        let ending = Ending {
            operation: "merge",
            source: Some((commit, source.to_owned())),
            message: message.unwrap_or_else(|| format!("Merge '{source}' into {into}")),
            author,
            committer,
        };
        Ok(MergeSession { strategy, dry_run, ..MergeSession::new(shared, position, step, ending) })
    }
}

impl Shared {
    fn plan_merge(&self, view: &View, source: Oid, named: &str, options: &MergeOptions) -> Result<Step> {
        let repository = self.repository();
        let Some(head) = view.position.commit else { return Ok(Step::FastForward(source)) };
        let ancestors = repository.merge_bases(head, source)?;
        if ancestors.is_empty() {
            return Err(Error::invalid(
                format!("{named:?}"),
                "has no history in common with the current branch",
            ));
        }
        if ancestors == [source] {
            return Ok(Step::UpToDate);
        }
        if ancestors == [head] && !options.no_fast_forward {
            return Ok(Step::FastForward(source));
        }
        if options.fast_forward_only {
            let reason = "cannot be reached by moving the branch forward: merge without fast_forward_only";
            return Err(Error::invalid(format!("{named:?}"), reason));
        }
        let (base, other) = (self.base_of(&ancestors)?, self.backend.tree(source)?);
        Step::by_key(&base, &view.base, &other, options.strategy)
    }
}
