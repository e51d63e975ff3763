//! What differs between two versions.

use std::sync::Arc;

use bytes::Bytes;
use prolly_tree::{Diff, EntryValue, KeyRange, Tree};

use crate::catalogue::Catalogue;
use crate::keyspace::{KeyspaceId, user_key};
use crate::merge::namespace_changes;
use crate::view::Entries;
use crate::{Error, Namespace, Result, VersionedStore};

/// One side of a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version<'a> {
    /// The commit that a Git revision names.
    Revision(&'a str),
    /// The working state.
    Staged,
    /// HEAD, also before the first commit.
    Head,
    /// No entries.
    Empty,
}

/// What a diff is limited to.
#[derive(Clone, Debug, Default)]
pub struct DiffOptions {
    /// One namespace; `None` for all.
    pub namespace: Option<Namespace>,
    /// Keys of that namespace; needs one. `None` for all.
    pub range: Option<KeyRange>,
}

/// A key that differs: added (no old value), removed (no new one) or modified (both).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreChange {
    /// The namespace, under its newer name; `None` for the default one.
    pub namespace: Option<Arc<str>>,
    /// The key.
    pub key: Bytes,
    /// The value in the older version.
    pub old: Option<Bytes>,
    /// The value in the newer version.
    pub new: Option<Bytes>,
}

/// A namespace that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamespaceChange {
    /// It came to be.
    Created(String),
    /// It went, with all its entries.
    Dropped(String),
    /// It has another name.
    Renamed {
        /// The older name.
        from: String,
        /// The newer name.
        to: String,
    },
}

/// The keys that differ, namespace by namespace and in key order, found as they are asked for. What both versions share
/// is not read.
pub struct StoreDiff {
    older: Tree,
    newer: Tree,
    /// The catalogues of both, the newer one first.
    catalogues: [Arc<Catalogue>; 2],
    namespaces: Vec<NamespaceChange>,
    /// `None` when nothing can differ.
    changes: Option<Diff>,
}

impl StoreDiff {
    /// The namespaces that came, went or have another name.
    #[must_use]
    pub fn namespaces(&self) -> &[NamespaceChange] {
        &self.namespaces
    }

    /// How many keys were added, modified and removed, from here on. Reads no values.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn count(mut self) -> Result<[u64; 3]> {
        let mut counts = [0; 3];
        while let Some(change) = self.step()? {
            counts[match (change.old, change.new) {
                (None, _) => 0,
                (Some(_), Some(_)) => 1,
                (Some(_), None) => 2,
            }] += 1;
        }
        Ok(counts)
    }

    /// The next change of a key.
    fn step(&mut self) -> Result<Option<prolly_tree::Change>> {
        for change in self.changes.iter_mut().flatten() {
            let change = change?;
            if KeyspaceId::of_stored(&change.key).is_none_or(|id| !id.is_internal()) {
                return Ok(Some(change));
            }
        }
        Ok(None)
    }

    fn next_change(&mut self) -> Result<Option<StoreChange>> {
        let Some(change) = self.step()? else { return Ok(None) };
        let id = KeyspaceId::of_stored(&change.key);
        let namespace = id.and_then(|id| self.catalogues.iter().find_map(|catalogue| catalogue.name_of(id)));
        let read = |tree: &Tree, value: Option<EntryValue>| value.map(|value| tree.read(&value)).transpose();
        let (old, new) = (read(&self.older, change.old)?, read(&self.newer, change.new)?);
        Ok(Some(StoreChange { namespace, key: user_key(&change.key), old, new }))
    }
}

impl Iterator for StoreDiff {
    type Item = Result<StoreChange>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_change();
        if next.is_err() {
            self.changes = None;
        }
        next.transpose()
    }
}

impl VersionedStore {
    /// What changed from `older` to `newer`. With [`Version::Head`] or [`Version::Staged`] the handle is brought up to
    /// date first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a misspelt revision, or a namespace that neither version has.
    pub fn diff(&self, older: Version<'_>, newer: Version<'_>, options: DiffOptions) -> Result<StoreDiff> {
        if [older, newer].iter().any(|version| matches!(version, Version::Staged | Version::Head)) {
            self.shared.refresh()?;
        }
        let (older, newer) = (self.tree_at(older)?, self.tree_at(newer)?);
        let catalogue = |tree: &Tree| Entries::new(tree.clone()).catalogue();
        let catalogues = [catalogue(&newer)?, catalogue(&older)?];
        let mut namespaces = namespace_changes(&catalogues[1], &catalogues[0]);
        let range = match (&options.namespace, &options.range) {
            (None, None) => Some(KeyRange::all()),
            (None, Some(_)) => return Err(Error::invalid("the range of a diff", "needs a namespace")),
            (Some(namespace), range) => {
                let ids = catalogues.each_ref().map(|catalogue| catalogue.id_of(namespace));
                let Some(id) = ids[0].or(ids[1]) else {
                    return Err(Error::NotFound {
                        what: "namespace",
                        name: namespace.name().unwrap_or_default().to_owned(),
                        hint: "neither version has it".into(),
                    });
                };
                namespaces.retain(|change| change.is_about(namespace));
                let range = range.clone().unwrap_or_else(KeyRange::all);
                (!range.is_empty()).then(|| id.within(&range))
            }
        };
        let changes = range.map(|range| older.diff(&newer, range));
        Ok(StoreDiff { older, newer, catalogues, namespaces, changes })
    }

    fn tree_at(&self, version: Version<'_>) -> Result<Tree> {
        match version {
            Version::Revision(revision) => self.shared.backend.tree(self.resolve(revision)?),
            Version::Head => Ok(self.shared.view.read().base.clone()),
            Version::Staged => self.shared.applied(),
            Version::Empty => self.shared.backend.empty(self.shared.parameters),
        }
    }
}

impl NamespaceChange {
    fn is_about(&self, namespace: &Namespace) -> bool {
        match self {
            Self::Created(name) | Self::Dropped(name) => namespace.name() == Some(name),
            Self::Renamed { from, to } => [Some(&**from), Some(&**to)].contains(&namespace.name()),
        }
    }
}
