//! How a store is opened.

use prolly_storage::Parameters;

use crate::StorageKind;

/// What survives a loss of power. All of it survives the death of a process at any moment, in every mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Every write: each is synced before it returns.
    Full,
    /// Every commit, and what was staged when a handle was closed. Writes since then are on the disk within seconds.
    #[default]
    Commit,
    /// Nothing is promised: the operating system decides. For data that can be made again.
    Off,
}

/// How to open a store.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// What survives a loss of power. Handles of one process on one store share the mode of the first.
    pub durability: Durability,
    /// Bytes of staged changes in the journal past which a checkpoint is made, so that opening stays quick.
    pub checkpoint_bytes: u64,
    /// Bytes of staged changes held beside the tree before they are applied to it.
    pub overlay_bytes: usize,
}

impl Default for OpenOptions {
    /// Durable commits, a checkpoint at 16 MiB, an overlay of 16 MiB.
    fn default() -> Self {
        Self { durability: Durability::Commit, checkpoint_bytes: 16 << 20, overlay_bytes: 16 << 20 }
    }
}

/// How to make a store.
#[derive(Clone, Debug, Default)]
pub struct InitOptions {
    /// How to open it afterwards.
    pub open: OpenOptions,
    /// What decides the shape of the tree, for as long as the store lives.
    pub parameters: Parameters,
    /// The first branch; `None` for Git's `init.defaultBranch`, else `main`.
    pub branch: Option<String>,
    /// Where its nodes are kept.
    pub storage: StorageKind,
}
