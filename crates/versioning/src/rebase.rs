//! Carrying changes over to a commit that came to be meanwhile.

use bytes::Bytes;
use prolly_tree::{KeyRange, Merge, Tree};

use crate::keyspace::{KeyspaceId, user_key};
use crate::merge::{BrokenRule, Plan, RowMerge};
use crate::view::Entries;
use crate::{ConflictKey, Error, Result};

/// Keys that a conflict names.
const NAMED: usize = 100;

/// What became of changes.
pub(crate) enum Carried {
    /// The tree with the changes of both sides, in the store of the changes.
    Over(Tree),
    /// Both sides changed these keys.
    Conflict { keys: Vec<ConflictKey>, more: bool },
}

/// What it means that both sides changed a key to the same value, or removed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Equal {
    /// Nothing: they agree.
    Agrees,
    /// A conflict: who wrote the value may have made it of the one that was there, as whoever counts does.
    Conflicts,
}

/// Makes the changes from `base` to `changes` to the committed tree `onto`, if no key was changed on both sides. Cost: that of a
/// merge, in proportion to what differs.
pub(crate) fn carry_over(base: &Tree, onto: &Tree, changes: &Entries, equal: Equal) -> Result<Carried> {
    let changed = changes.tree.applied()?;
    if base == onto {
        return Ok(Carried::Over(changed));
    }
    // Each may have nodes in its store that the other one's has not.
    let onto = onto.with_store(changed.store().staged_with(onto.store()));
    if *base == changed {
        return Ok(Carried::Over(onto));
    }
    let plan = Plan::new(base, &onto, &changed, None, RowMerge::Whole)?;
    let mut merge = plan.merge()?;
    let mut keys = both_changed(&plan, &mut merge, [base, &onto, &changed], &changes.deleted)?;
    if keys.is_empty() && equal == Equal::Conflicts {
        keys = changed_by_both(base, &onto, &changed)?
            .into_iter()
            .map(|stored| ConflictKey { namespace: plan.namespace(&stored), key: user_key(&stored) })
            .collect();
    }
    if !keys.is_empty() {
        return Ok(conflict(keys));
    }
    match plan.finish(merge.finish()?) {
        Ok(tree) => Ok(Carried::Over(tree)),
        // Each side alone keeps the rule: somebody must look again at what the other one did.
        Err(Error::BrokenRules { broken }) => Ok(conflict(broken.iter().map(broken_by).collect())),
        Err(error) => Err(error),
    }
}

fn broken_by(broken: &BrokenRule) -> ConflictKey {
    ConflictKey { namespace: Some(broken.table.clone()), key: broken.key.clone() }
}

/// The keys that were changed from `base` to `onto` and, otherwise, from `base` to `changes`; `None` when there are
/// none. What is new in `changes` can be read through `onto`'s store.
pub(crate) fn find_conflict(
    base: &Tree,
    onto: &Tree,
    changes: &Entries,
) -> Result<Option<(Vec<ConflictKey>, bool)>> {
    let changed = changes.tree.applied()?;
    if base == onto || *base == changed {
        return Ok(None);
    }
    let plan = Plan::new(base, onto, &changed, None, RowMerge::Whole)?;
    let keys = both_changed(&plan, &mut plan.merge()?, [base, onto, &changed], &changes.deleted)?;
    Ok((!keys.is_empty()).then(|| first(keys)))
}

fn both_changed(
    plan: &Plan,
    merge: &mut Merge,
    [base, onto, changed]: [&Tree; 3],
    deleted: &[KeyRange],
) -> Result<Vec<ConflictKey>> {
    let whole = |name: &String| ConflictKey { namespace: Some(name.clone()), key: [][..].into() };
    let mut keys: Vec<_> = plan.conflicts.iter().map(|conflict| whole(&conflict.namespace)).collect();
    keys.extend(plan.broken.iter().map(broken_by));
    let name = |stored: &Bytes| ConflictKey { namespace: plan.namespace(stored), key: user_key(stored) };
    keys.extend(merge.next_conflicts(NAMED + 1)?.iter().map(|conflict| name(&conflict.key)));
    // A deleted range is all of its keys, also those that came to be meanwhile.
    for range in deleted {
        for change in base.diff(onto, range.clone()) {
            let change = change?;
            let added = change.old.is_none() && change.new.is_some();
            if added && !changed.contains(&change.key)? {
                keys.push(name(&change.key));
            }
            if keys.len() > NAMED {
                break;
            }
        }
    }
    Ok(keys)
}

/// The first keys that differ from `base` in both trees, whatever their values. Cost: O(depth) node loads for each change of the side that
/// has fewer.
fn changed_by_both(base: &Tree, one: &Tree, other: &Tree) -> Result<Vec<Bytes>> {
    let mut diffs = [one, other].map(|tree| (base.diff(tree, KeyRange::all()), Vec::new()));
    // Side by side, so that the longer one is not read beyond the length of the shorter.
    let (keys, beside) = 'ended: loop {
        for ((diff, keys), beside) in diffs.iter_mut().zip([other, one]) {
            match diff.next() {
                Some(change) => keys.push(change?.key),
                None => break 'ended (std::mem::take(keys), beside),
            }
        }
    };
    let mut both = Vec::new();
    for key in keys {
        // The catalogue has rules of its own: two sides that make one namespace agree.
        let is_own = KeyspaceId::of_stored(&key) == Some(KeyspaceId::CATALOGUE);
        if !is_own && both.len() <= NAMED && beside.get_entry(&key)? != base.get_entry(&key)? {
            both.push(key);
        }
    }
    Ok(both)
}

fn first(mut keys: Vec<ConflictKey>) -> (Vec<ConflictKey>, bool) {
    let more = keys.len() > NAMED;
    keys.truncate(NAMED);
    (keys, more)
}

fn conflict(keys: Vec<ConflictKey>) -> Carried {
    let (keys, more) = first(keys);
    Carried::Conflict { keys, more }
}
