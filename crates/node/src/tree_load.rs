//! Bulk loads of a tree.

use std::sync::Arc;

use bytes::Bytes;
use prolly_tree::{KeyRange, SortedEntries};

use crate::fault::{Fault, Result};
use crate::slot::Slot;
use crate::source::Load;
use crate::working_source::check_lengths;
use crate::working_tree::WorkingTree;

/// Entries on their way to a tree, in memory.
pub(crate) struct TreeLoad {
    target: Arc<Slot<Arc<WorkingTree>>>,
    refuse_duplicates: bool,
    replace: bool,
    entries: Vec<(Bytes, Bytes)>,
}

impl TreeLoad {
    pub(crate) const fn new(
        target: Arc<Slot<Arc<WorkingTree>>>,
        refuse_duplicates: bool,
        replace: bool,
    ) -> Self {
        Self { target, refuse_duplicates, replace, entries: Vec::new() }
    }
}

impl Load for TreeLoad {
    fn push(&mut self, key: Bytes, value: Bytes) -> Result<()> {
        check_lengths(&key, &value)?;
        self.entries.push((key, value));
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(u64, u64)> {
        let pushed = self.entries.len() as u64;
        let mut entries = self.entries;
        if self.refuse_duplicates {
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            let differ = |pair: &&[(Bytes, Bytes)]| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1;
            if let Some(pair) = entries.windows(2).find(differ) {
                return Err(Fault::duplicate(&pair[0].0));
            }
        }
        let keys = SortedEntries::new(&entries).count() as u64;
        let target = self.target.get()?;
        if self.replace {
            target.edit(|tree| {
                tree.delete_range(KeyRange::all())?;
                tree.put_many(&entries)
            })?;
        } else {
            target.put_many(entries)?;
        }
        Ok((pushed, keys))
    }
}
