//! What is staged.

use prolly_tree::KeyRange;

use crate::keyspace::KeyspaceId;
use crate::merge::{namespace_changes, table_changes};
use crate::view::Entries;
use crate::{Head, Result, VersionedStore};

/// The working state against HEAD. [`VersionedStore::diff`] from `HEAD` to
/// [`Version::Staged`](crate::Version::Staged) lists the changes it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Where HEAD is.
    pub head: Head,
    /// Keys that are staged and not in the commit, in all namespaces and tables.
    pub added: u64,
    /// Keys whose staged value differs.
    pub modified: u64,
    /// Keys that are in the commit and staged to go.
    pub removed: u64,
    /// Namespaces that came, went or have another name.
    pub namespaces: Vec<crate::NamespaceChange>,
    /// Tables that came, went, have another name, or are made of something else.
    pub tables: Vec<crate::TableChange>,
    /// The merge under way, of which keys may be in conflict.
    pub merge: Option<crate::PendingMerge>,
}

impl Status {
    /// Whether nothing is staged: a commit would be empty.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let is_described = self.namespaces.is_empty() && self.tables.is_empty();
        self.added + self.modified + self.removed == 0 && is_described && self.merge.is_none()
    }
}

/// A named namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceInfo {
    /// Its name.
    pub name: String,
    /// Keys in it.
    pub entries: u64,
}

impl VersionedStore {
    /// What is staged, counted. Brings the handle up to date first. Cost: that of a diff against HEAD.
    ///
    /// # Errors
    /// As [`VersionedStore::refresh`].
    pub fn status(&self) -> Result<Status> {
        let shared = &self.shared;
        shared.refresh()?;
        let view = shared.view();
        shared.refuse_conflict(&view)?;
        let working = view.working.tree.applied()?;
        let mut status = Status {
            head: (&*view.position).into(),
            added: 0,
            modified: 0,
            removed: 0,
            namespaces: Vec::new(),
            tables: Vec::new(),
            merge: view.working.pending_merge()?,
        };
        let base = Entries::new(view.base.clone());
        let catalogues = [view.working.catalogue()?, base.catalogue()?];
        let mut catalogued = false;
        for change in view.base.diff(&working, KeyRange::all()) {
            let change = change?;
            if let Some(id) = KeyspaceId::of_stored(&change.key)
                && id.is_internal()
            {
                catalogued |= id == KeyspaceId::CATALOGUE;
                continue;
            }
            // Entries of indexes follow the rows that are counted.
            let id = KeyspaceId::of_stored(&change.key);
            if id.is_some_and(|id| catalogues.iter().any(|catalogue| catalogue.is_index(id))) {
                continue;
            }
            match (change.old, change.new) {
                (None, _) => status.added += 1,
                (_, None) => status.removed += 1,
                _ => status.modified += 1,
            }
        }
        if catalogued {
            status.namespaces = namespace_changes(&catalogues[1], &catalogues[0]);
            status.tables = table_changes(&catalogues[1], &catalogues[0]);
        }
        Ok(status)
    }

    /// The named namespaces, by name.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn namespaces(&self) -> Result<Vec<NamespaceInfo>> {
        self.entries_now().namespaces()
    }
}
