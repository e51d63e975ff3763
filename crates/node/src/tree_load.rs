//! Bulk loads of a tree.

use std::sync::Arc;

use bytes::Bytes;
use prolly_tree::{KeyRange, TreeBuilder};

use crate::batch::{entries_of, lent_entries};
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
    pages: Vec<Vec<u8>>,
    entries: u64,
    ahead: Ahead,
}

/// The tree that the target will be, built while entries still come: as long as they come in order, and the target has
/// none.
enum Ahead {
    Unknown,
    Building(Box<Building>),
    None,
}

struct Building {
    builder: TreeBuilder,
    last_key: Vec<u8>,
    /// How many writes to the target there were.
    writes: u64,
}

impl TreeLoad {
    pub(crate) const fn new(
        target: Arc<Slot<Arc<WorkingTree>>>,
        refuse_duplicates: bool,
        replace: bool,
    ) -> Self {
        Self { target, refuse_duplicates, replace, pages: Vec::new(), entries: 0, ahead: Ahead::Unknown }
    }

    fn build_ahead(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        if matches!(self.ahead, Ahead::Unknown) {
            let (builder, is_empty, writes) = self.target.get()?.begin_another()?;
            self.ahead = Ahead::None;
            if is_empty {
                self.ahead = Ahead::Building(Box::new(Building { builder, last_key: Vec::new(), writes }));
            }
        }
        let Ahead::Building(building) = &mut self.ahead else { return Ok(()) };
        if self.entries > 0 && building.last_key[..] >= *key {
            self.ahead = Ahead::None;
            return Ok(());
        }
        building.last_key.clear();
        building.last_key.extend_from_slice(key);
        Ok(building.builder.append(key, value)?)
    }
}

impl Load for TreeLoad {
    fn push(&mut self, page: Vec<u8>) -> Result<()> {
        for entry in lent_entries(&page)? {
            let (key, value) = entry?;
            check_lengths(key, value)?;
            self.build_ahead(key, value)?;
            self.entries += 1;
        }
        self.pages.push(page);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(u64, u64)> {
        let target = self.target.get()?;
        if let Ahead::Building(building) = self.ahead
            && target.replace_unless_written(building.builder.finish()?, building.writes)
        {
            return Ok((self.entries, self.entries));
        }
        let mut entries = Vec::with_capacity(usize::try_from(self.entries).unwrap_or(0));
        for page in self.pages {
            entries.extend(entries_of(page.into())?);
        }
        if self.refuse_duplicates {
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            let differ = |pair: &&[(Bytes, Bytes)]| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1;
            if let Some(pair) = entries.windows(2).find(differ) {
                return Err(Fault::duplicate(&pair[0].0));
            }
        }
        let keys = if self.replace {
            target.edit(|tree| {
                tree.delete_range(KeyRange::all())?;
                tree.put_many(&entries)
            })?
        } else {
            target.put_many(entries)?
        };
        Ok((self.entries, keys))
    }
}
