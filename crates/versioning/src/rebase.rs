//! Carrying changes over to a commit that came to be meanwhile.

use bytes::Bytes;
use prolly_tree::{KeyRange, Merge, Tree};

use crate::keyspace::user_key;
use crate::merge::Plan;
use crate::view::Entries;
use crate::{ConflictKey, Result};

/// Keys that a conflict names.
const NAMED: usize = 100;

/// What became of changes.
pub(crate) enum Carried {
    /// The tree with the changes of both sides, in the store of the changes.
    Over(Tree),
    /// Both sides changed these keys.
    Conflict { keys: Vec<ConflictKey>, more: bool },
}

/// Makes the changes from `base` to `changes` to the committed tree `onto`, if no key was changed on both sides. Equal
/// changes are no conflict. Cost: that of a merge, in proportion to what differs.
pub(crate) fn carry_over(base: &Tree, onto: &Tree, changes: &Entries) -> Result<Carried> {
    let changed = changes.tree.applied()?;
    if base == onto {
        return Ok(Carried::Over(changed));
    }
    // What is new in `changed` is in its store only, while a commit can be read through any.
    let onto = onto.with_store(changed.store().holding_as(onto.store()));
    if *base == changed {
        return Ok(Carried::Over(onto));
    }
    let plan = Plan::new(base, &onto, &changed, None)?;
    let mut merge = plan.merge()?;
    let keys = both_changed(&plan, &mut merge, [base, &onto, &changed], &changes.deleted)?;
    if keys.is_empty() { Ok(Carried::Over(plan.finish(merge.finish()?)?)) } else { Ok(conflict(keys)) }
}

/// The keys that were changed from `base` to `onto` and, otherwise, from `base` to `changes`; `None` when there are
/// none.
pub(crate) fn find_conflict(
    base: &Tree,
    onto: &Tree,
    changes: &Entries,
) -> Result<Option<(Vec<ConflictKey>, bool)>> {
    let changed = changes.tree.applied()?;
    if base == onto || *base == changed {
        return Ok(None);
    }
    let plan = Plan::new(base, onto, &changed, None)?;
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

fn first(mut keys: Vec<ConflictKey>) -> (Vec<ConflictKey>, bool) {
    let more = keys.len() > NAMED;
    keys.truncate(NAMED);
    (keys, more)
}

fn conflict(keys: Vec<ConflictKey>) -> Carried {
    let (keys, more) = first(keys);
    Carried::Conflict { keys, more }
}
