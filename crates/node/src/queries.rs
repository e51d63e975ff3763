//! What is asked of a tree as a whole, whether it is written to or not.

use std::sync::Arc;

use napi_derive::napi;
use prolly_tree::Tree;

use crate::blocking::Threads;
use crate::fault::Result;
use crate::slot::Slot;
use crate::tree::{NativeTree, NativeTreeSnapshot};
use crate::working_tree::WorkingTree;

/// Gives a tree as it is now.
pub(crate) trait CurrentTree: Send + Sync {
    fn current(&self) -> Result<Tree>;
}

impl CurrentTree for Slot<Arc<WorkingTree>> {
    fn current(&self) -> Result<Tree> {
        Ok(self.get()?.snapshot()?.0)
    }
}

impl CurrentTree for Slot<Tree> {
    fn current(&self) -> Result<Tree> {
        self.get()
    }
}

/// Places in the order of a tree's keys, what it is made of, and proofs. Pending writes are applied first.
#[napi]
pub struct NativeTreeQueries {
    pub(crate) tree: Arc<dyn CurrentTree>,
    pub(crate) threads: Threads,
}

#[napi]
impl NativeTree {
    /// What is asked of it as a whole.
    #[napi(catch_unwind)]
    pub fn queries(&self) -> NativeTreeQueries {
        NativeTreeQueries { tree: self.slot.clone(), threads: self.threads.clone() }
    }
}

#[napi]
impl NativeTreeSnapshot {
    /// What is asked of it as a whole.
    #[napi(catch_unwind)]
    pub fn queries(&self) -> NativeTreeQueries {
        NativeTreeQueries { tree: self.slot.clone(), threads: self.threads.clone() }
    }
}
