//! What two branches began with.
//!
//! After criss-cross merges, where each of two branches merged the other one, they have several best common ancestors, and
//! neither alone says what both agreed on: with one of them, what a side has taken back since comes in again. So the ancestors
//! are merged first, as Git's recursive strategy does (`git-merge-recursive`): the result is a tree of no commit. Where
//! they are in conflict nobody agreed on anything, and whatever a side has is a change.

use prolly_storage::encode_blob;
use prolly_storage::git::Oid;
use prolly_tree::{EntryValue, Resolution, Tree};

use super::{Plan, RowMerge, Strategy};
use crate::Result;
use crate::shared::Shared;

/// Conflicts that are settled at once.
const PAGE: usize = 1000;
/// So many merges are made for one base: branches may have crossed so often one time after the other. Beyond that the first
/// ancestor stands for all of them, as what lies so far back is hardly still changed by a side.
const MERGES_MAX: usize = 64;
/// The value of a key that the ancestors disagree about: none that a side has.
const DISAGREEMENT: &[u8] = b"\0prollytree: merge bases disagree\0";

/// Whether a value stands for a disagreement of ancestors.
pub(super) fn is_disagreement(value: &EntryValue) -> bool {
    match value {
        EntryValue::Inline(bytes) => bytes == DISAGREEMENT,
        // Where even so few bytes are out of line.
        EntryValue::Linked(link) => {
            link.length as usize == DISAGREEMENT.len()
                && link.target.address == encode_blob(DISAGREEMENT).address()
        }
    }
}

impl Shared {
    /// The tree that the best common ancestors of two commits stand for; they are not empty. Cost: nothing for one ancestor;
    /// for several a merge for each but the first, and for what these began with.
    pub(super) fn base_of(&self, ancestors: &[Oid]) -> Result<Tree> {
        let mut merges = MERGES_MAX;
        self.base_within(&mut merges, ancestors)
    }

    /// As [`Shared::base_of`], with so many merges left.
    fn base_within(&self, left: &mut usize, ancestors: &[Oid]) -> Result<Tree> {
        let Some((first, others)) = ancestors.split_first() else {
            return self.backend.empty(self.parameters);
        };
        let mut base = self.backend.tree(*first)?;
        for other in others {
            let Some(fewer) = left.checked_sub(1) else { break };
            *left = fewer;
            let before = self.base_within(left, &self.repository().merge_bases(*first, *other)?)?;
            base = self.join(&before, &base, &self.backend.tree(*other)?)?;
        }
        Ok(base)
    }

    /// What both trees changed, and a disagreement wherever they did so differently.
    fn join(&self, before: &Tree, left: &Tree, right: &Tree) -> Result<Tree> {
        let plan = Plan::new(before, left, right, Some(Strategy::IgnoreAll), RowMerge::ByColumn)?;
        let mut merge = plan.merge()?;
        let disagreement = left.value_of(DISAGREEMENT.into())?;
        loop {
            let conflicts = merge.next_conflicts(PAGE)?;
            if conflicts.is_empty() {
                return plan.with_catalogue(merge.finish()?);
            }
            let settled = |conflict| {
                Ok(plan.join_rows(conflict)?.unwrap_or_else(|| Resolution::Put(disagreement.clone())))
            };
            merge.resolve(conflicts.iter().map(settled).collect::<Result<_>>()?)?;
        }
    }
}
