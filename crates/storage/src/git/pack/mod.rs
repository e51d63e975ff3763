//! Packs: many Git objects in one file, with an index.
//!
//! A commit's new objects go into one pack, whatever their number, so that it costs three syncs. libgit2's own ways
//! were measured and are slower by far: one loose file (two syncs) an object, or a delta search over the whole closure.

mod check;
pub(super) mod gc_lock;
mod index;
mod object;
mod repack;
mod writer;

pub(super) use self::check::{check_indexes, damaged_indexes};
pub(super) use self::object::{ObjectKind, PackedObject};
pub(super) use self::writer::{InstalledPack, PackWriter};
