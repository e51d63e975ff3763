//! What differs between two versions.

use std::sync::Arc;

use bytes::Bytes;
use prolly_tree::{Diff, EntryValue, KeyRange, Tree};

use crate::catalogue::Catalogue;
use crate::keyspace::{KeyspaceId, KeyspaceKind, user_key};
use crate::merge::{ShowRows, namespace_changes, show_row_key, show_rows};
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

/// A key that differs: added (no old value), removed (no new one) or modified (both). Of a row of a table the key is text, and the values
/// are JSON objects of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreChange {
    /// The namespace or table, under its newer name; `None` for the default one.
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

/// A table that came, went, has another name, or is made of something else: columns, indexes or rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableChange {
    /// Its older name; `None` when it came.
    pub from: Option<String>,
    /// Its newer name; `None` when it went.
    pub to: Option<String>,
}

/// The keys that differ, namespace by namespace and in key order, found as they are asked for. What both versions share
/// is not read. Entries of indexes are left out.
pub struct StoreDiff {
    older: Tree,
    newer: Tree,
    /// The catalogues of both, the newer one first.
    catalogues: [Arc<Catalogue>; 2],
    /// What shows their rows, where there are tables.
    rows: [Option<Box<dyn ShowRows>>; 2],
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
            let is_hidden = |id: KeyspaceId| {
                id.is_internal() || self.catalogues.iter().any(|catalogue| catalogue.is_index(id))
            };
            if KeyspaceId::of_stored(&change.key).is_none_or(|id| !is_hidden(id)) {
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
        let key = user_key(&change.key);
        let kind =
            |catalogue: &Arc<Catalogue>| id.and_then(|id| catalogue.get(id)).map(|keyspace| keyspace.kind);
        if !self.catalogues.iter().any(|catalogue| kind(catalogue) == Some(KeyspaceKind::Table)) {
            return Ok(Some(StoreChange { namespace, key, old, new }));
        }
        let show = |rows: &Option<Box<dyn ShowRows>>, row: Option<Bytes>| {
            let shown =
                |row: Bytes| match rows.as_ref().zip(id).and_then(|(rows, id)| rows.show(id, &key, &row)) {
                    Some(text) => text.into(),
                    None => row,
                };
            row.map(shown)
        };
        let (old, new) = (show(&self.rows[1], old), show(&self.rows[0], new));
        Ok(Some(StoreChange { namespace, key: show_row_key(&key).into(), old, new }))
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
        let rows = [show_rows(&catalogues[0])?, show_rows(&catalogues[1])?];
        Ok(StoreDiff { older, newer, catalogues, rows, namespaces, changes })
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
