//! Three-way merge.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::ops::Bound;

use bytes::Bytes;

use prolly_storage::{Listener, StageProgress, unheard};

use crate::diff::Difference;
use crate::edit::{Editor, Splice};
use crate::{Change, Diff, Edit, EntryValue, Error, KeyRange, Result, Tree};

/// Edits held back while a page of conflicts waits for its resolutions.
const HELD_EDITS: usize = 64 * 1024;
/// Keys after which the listener is told again.
const TOLD_EVERY: u64 = 4096;

/// A key that both sides changed, to different values (or one side removed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The key.
    pub key: Bytes,
    /// Its value in the common ancestor.
    pub base: Option<EntryValue>,
    /// Its value on the side merged into.
    pub left: Option<EntryValue>,
    /// Its value on the side merged.
    pub right: Option<EntryValue>,
}

/// What becomes of a conflict's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// What the left side made of it.
    Left,
    /// What the right side made of it.
    Right,
    /// Another value.
    Put(EntryValue),
    /// No value.
    Delete,
}

/// What becomes of a range as a whole, instead of a merge key by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeRule {
    /// The left side stays as it is.
    KeepLeft,
    /// The right side stands for both.
    TakeRight,
    /// All keys go.
    Delete,
}

/// A three-way merge under way: what `right` changed since `base` is applied to `left`.
///
/// A key changed on one side takes that side's value; changed on both to the same value, it is no conflict. Conflicts
/// come in pages, each resolved before the next, so a caller may take its time with them: nothing is locked. The merged
/// tree has the root of a tree built fresh from the merged entries.
///
/// Cost: the node loads of two [`Diff`]s and of one edit pass with the changes of `right`; memory for a page, and
/// O(depth) nodes.
pub struct Merge {
    steps: VecDeque<Step>,
    current: Option<Sides>,
    base: Tree,
    left: Tree,
    right: Tree,
    editor: Editor,
    held: VecDeque<Held>,
    waiting: usize,
    /// Keys that were taken over one by one.
    taken: u64,
}

enum Step {
    ByKey(KeyRange),
    TakeRight(KeyRange),
    Delete(KeyRange),
}

struct Sides {
    left: Peekable<Diff>,
    right: Diff,
}

enum Held {
    Edit(Edit),
    Conflict { key: Bytes, right: Option<EntryValue> },
}

impl Merge {
    /// Begins to merge `right` into `left`. `rules` are disjoint ranges in ascending order that are not merged by key.
    ///
    /// # Errors
    /// [`Error::DifferentParameters`], or [`Error::Unsorted`] when the rules are out of order.
    pub fn new(base: &Tree, left: &Tree, right: &Tree, rules: Vec<(KeyRange, RangeRule)>) -> Result<Self> {
        if base.parameters() != left.parameters() || base.parameters() != right.parameters() {
            return Err(Error::DifferentParameters);
        }
        Ok(Self {
            steps: plan(rules)?,
            current: None,
            base: base.clone(),
            left: left.clone(),
            right: right.clone(),
            editor: Editor::with_source(left, right),
            held: VecDeque::new(),
            waiting: 0,
            taken: 0,
        })
    }

    /// Merges up to the next conflicts and gives at most `limit` of them, at least one while there are any; empty when
    /// there are no more.
    ///
    /// # Errors
    /// [`Error::UnresolvedConflicts`] while the last page waits for its resolutions; or when a node cannot be read or
    /// written.
    pub fn next_conflicts(&mut self, limit: usize) -> Result<Vec<Conflict>> {
        self.next_conflicts_telling(limit, &mut unheard)
    }

    /// As [`Merge::next_conflicts`], and tells how many keys were taken over one by one: those of ranges that only the right side
    /// changed are not counted. The listener can end it.
    ///
    /// # Errors
    /// As [`Merge::next_conflicts`], and [`Cancelled`](prolly_storage::Error::Cancelled) when the listener asked for it. The merge
    /// can go on then.
    pub fn next_conflicts_telling(
        &mut self,
        limit: usize,
        listener: &mut Listener<'_>,
    ) -> Result<Vec<Conflict>> {
        self.expect_resolved(0)?;
        StageProgress::of("merging keys", self.taken).tell(listener)?;
        let mut page = Vec::new();
        while page.len() < limit.max(1) && self.held.len() < HELD_EDITS {
            match self.next_found(page.is_empty())? {
                Found::End | Found::Subtree => break,
                Found::Edit(edit) if page.is_empty() => {
                    self.editor.push(edit)?;
                    self.taken += 1;
                    // Not while conflicts are held: an end would leave them neither given nor resolved.
                    if self.taken.is_multiple_of(TOLD_EVERY) {
                        StageProgress::of("merging keys", self.taken).tell(listener)?;
                    }
                }
                Found::Edit(edit) => self.held.push_back(Held::Edit(edit)),
                Found::Conflict(conflict) => {
                    self.held.push_back(Held::Conflict {
                        key: conflict.key.clone(),
                        right: conflict.right.clone(),
                    });
                    page.push(conflict);
                }
            }
        }
        self.waiting = page.len();
        Ok(page)
    }

    /// Resolves the conflicts of the last page, in their order.
    ///
    /// # Errors
    /// [`Error::UnresolvedConflicts`] when there are not as many resolutions as conflicts; the page can be resolved
    /// again then. Or when a node cannot be read or written.
    pub fn resolve(&mut self, resolutions: Vec<Resolution>) -> Result<()> {
        self.expect_resolved(resolutions.len())?;
        self.waiting = 0;
        let mut resolutions = resolutions.into_iter();
        while let Some(held) = self.held.pop_front() {
            let edit = match held {
                Held::Edit(edit) => Some(edit),
                Held::Conflict { key, right } => match resolutions.next() {
                    Some(Resolution::Right) => Some(edit_to(key, right)),
                    Some(Resolution::Put(value)) => Some(Edit::Put { key, value }),
                    Some(Resolution::Delete) => Some(Edit::Delete { key }),
                    Some(Resolution::Left) | None => None,
                },
            };
            if let Some(edit) = edit {
                self.editor.push(edit)?;
            }
        }
        Ok(())
    }

    /// The merged tree, written to the store of the left one.
    ///
    /// # Errors
    /// [`Error::UnresolvedConflicts`] when there are conflicts that were not resolved; or when a node cannot be read or
    /// written.
    pub fn finish(mut self) -> Result<Tree> {
        self.next_conflicts(1)?;
        self.expect_resolved(0)?;
        self.editor.finish()
    }

    fn expect_resolved(&self, given: usize) -> Result<()> {
        if self.waiting == given {
            Ok(())
        } else {
            Err(Error::UnresolvedConflicts { expected: self.waiting, given })
        }
    }

    fn next_found(&mut self, edit_now: bool) -> Result<Found> {
        loop {
            let Some(sides) = &mut self.current else {
                match self.steps.pop_front() {
                    None => return Ok(Found::End),
                    Some(Step::Delete(range)) => return Ok(Found::Edit(Edit::DeleteRange(range))),
                    Some(Step::ByKey(range)) => {
                        self.current = Some(Sides::new(&self.base, &self.left, &self.right, range));
                        continue;
                    }
                    // As if the left side had changed nothing.
                    Some(Step::TakeRight(range)) => {
                        self.current = Some(Sides::new(&self.left, &self.left, &self.right, range));
                        continue;
                    }
                }
            };
            match sides.next(edit_now.then_some(&mut self.editor))? {
                Found::End => self.current = None,
                found => return Ok(found),
            }
        }
    }
}

enum Found {
    Edit(Edit),
    Conflict(Conflict),
    /// A range that can be taken over once the conflicts before it are resolved.
    Subtree,
    End,
}

impl Sides {
    fn new(base: &Tree, left: &Tree, right: &Tree, range: KeyRange) -> Self {
        Self { left: base.diff(left, range.clone()).peekable(), right: base.diff(right, range) }
    }

    /// The next difference that the left side does not have already. With an `editor`, ranges that only the right side
    /// changed are taken over there and then.
    fn next(&mut self, mut editor: Option<&mut Editor>) -> Result<Found> {
        loop {
            let right = match self.right.next_or_subtree()? {
                None => return Ok(Found::End),
                Some(Difference::Change(right)) => right,
                Some(Difference::Subtree(range)) => {
                    if !self.left_is_unchanged(&range)? {
                        self.right.open_subtree()?;
                    } else if let Some(editor) = &mut editor {
                        if editor.try_splice(&range)? {
                            self.right.pass_range();
                        } else {
                            self.right.open_subtree()?;
                        }
                    } else {
                        return Ok(Found::Subtree);
                    }
                    continue;
                }
            };
            self.pass_left(&right.key)?;
            let left =
                self.left.next_if(|left| matches!(left, Ok(left) if left.key == right.key)).transpose()?;
            let Change { key, old: base, new } = right;
            match left {
                None => return Ok(Found::Edit(edit_to(key, new))),
                Some(left) if left.new == new => {}
                Some(left) => return Ok(Found::Conflict(Conflict { key, base, left: left.new, right: new })),
            }
        }
    }

    /// Passes over what the left side changed before `key`.
    fn pass_left(&mut self, key: &[u8]) -> Result<()> {
        while self.left.next_if(|left| matches!(left, Ok(left) if left.key[..] < *key)).is_some() {}
        match self.left.next_if(Result::is_err) {
            Some(Err(error)) => Err(error),
            _ => Ok(()),
        }
    }

    fn left_is_unchanged(&mut self, range: &Splice) -> Result<bool> {
        if let Some(after) = &range.after {
            self.pass_left(after)?;
            self.left.next_if(|left| matches!(left, Ok(left) if left.key == after));
        }
        Ok(match self.left.peek() {
            None => true,
            Some(Ok(left)) => range.through.as_ref().is_some_and(|through| left.key > through),
            Some(Err(_)) => false,
        })
    }
}

fn edit_to(key: Bytes, value: Option<EntryValue>) -> Edit {
    match value {
        Some(value) => Edit::Put { key, value },
        None => Edit::Delete { key },
    }
}

/// The rules, and the ranges between them that are merged by key.
fn plan(rules: Vec<(KeyRange, RangeRule)>) -> Result<VecDeque<Step>> {
    let mut steps = VecDeque::new();
    let mut lower = Some(Bound::Unbounded);
    for (range, rule) in rules {
        let unsorted = || Error::Unsorted {
            key: match &range.lower {
                Bound::Included(key) | Bound::Excluded(key) => key.to_vec(),
                Bound::Unbounded => Vec::new(),
            },
        };
        let start = lower.take().ok_or_else(unsorted)?;
        let between = match &range.lower {
            Bound::Included(key) => {
                Some(KeyRange { lower: start.clone(), upper: Bound::Excluded(key.clone()) })
            }
            Bound::Excluded(key) => {
                Some(KeyRange { lower: start.clone(), upper: Bound::Included(key.clone()) })
            }
            Bound::Unbounded => None,
        };
        let touches = |key: &Bytes| match &start {
            Bound::Included(first) => key >= first,
            Bound::Excluded(last) => key > last,
            Bound::Unbounded => true,
        };
        let in_order = match &range.lower {
            Bound::Included(key) | Bound::Excluded(key) => touches(key),
            Bound::Unbounded => start == Bound::Unbounded,
        };
        if !in_order {
            return Err(unsorted());
        }
        steps.extend(between.filter(|between| !between.is_empty()).map(Step::ByKey));
        lower = match &range.upper {
            Bound::Included(key) => Some(Bound::Excluded(key.clone())),
            Bound::Excluded(key) => Some(Bound::Included(key.clone())),
            Bound::Unbounded => None,
        };
        match rule {
            RangeRule::KeepLeft => {}
            RangeRule::TakeRight => steps.push_back(Step::TakeRight(range)),
            RangeRule::Delete => steps.push_back(Step::Delete(range)),
        }
    }
    if let Some(lower) = lower {
        steps.push_back(Step::ByKey(KeyRange { lower, upper: Bound::Unbounded }));
    }
    Ok(steps)
}
