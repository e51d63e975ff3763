//! Taking writes back.

use bytes::Bytes;
use prolly_tree::EntryValue;

use crate::journal::Operation;
use crate::view::Entries;

/// What leads back from the writes of a draft to states that were marked. It is kept while there are such.
#[derive(Default)]
pub(crate) struct UndoLog {
    steps: Vec<Step>,
    /// How many steps there were at each mark, from the outermost to the innermost.
    marks: Vec<usize>,
}

enum Step {
    /// What was pending for a key before it was written.
    Key { key: Bytes, written: Option<Option<EntryValue>> },
    /// All there was, before what was pending was applied to the tree.
    Whole(Box<Entries>),
}

impl UndoLog {
    /// Marks the state of now, and gives how many marks it is within.
    pub(crate) fn mark(&mut self) -> usize {
        self.marks.push(self.steps.len());
        self.marks.len() - 1
    }

    /// Forgets a mark, and those within it.
    pub(crate) fn release(&mut self, mark: usize) {
        self.marks.truncate(mark);
        if self.marks.is_empty() {
            self.steps.clear();
        }
    }

    /// Notes what is about to be done to `entries`.
    pub(crate) fn note(&mut self, entries: &Entries, operation: &Operation) {
        match operation {
            Operation::Put { key, .. } | Operation::Delete { key } if self.is_due() => {
                self.steps.push(Step::Key { key: key.clone(), written: entries.tree.written(key) });
            }
            Operation::Put { .. } | Operation::Delete { .. } => {}
            Operation::DeleteRange(_) => self.note_applied(entries),
        }
    }

    /// Notes that what is pending in `entries` is about to be applied.
    pub(crate) fn note_applied(&mut self, entries: &Entries) {
        if self.is_due() {
            self.steps.push(Step::Whole(entries.clone().into()));
        }
    }

    /// Whether a mark needs what happens next: behind the innermost one, all there was is more than any step after it.
    fn is_due(&self) -> bool {
        let last = self.steps.last();
        self.marks
            .last()
            .is_some_and(|mark| *mark == self.steps.len() || !matches!(last, Some(Step::Whole(_))))
    }

    /// Makes `entries` as they were at a mark, and forgets those within it. Says whether there is such a mark.
    pub(crate) fn go_back_to(&mut self, mark: usize, entries: &mut Entries) -> bool {
        let Some(place) = self.marks.get(mark) else { return false };
        for step in self.steps.drain(*place..).rev() {
            match step {
                Step::Key { key, written } => entries.undo(key, written),
                Step::Whole(before) => *entries = *before,
            }
        }
        self.marks.truncate(mark + 1);
        true
    }
}
