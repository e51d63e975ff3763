//! The storage that GlueSQL runs on: tables, indexes and functions as keyspaces of a versioned store.

mod alter_table;
mod function;
mod index;
mod metadata;
mod planner;
mod store;
mod store_mut;
mod transaction;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use gluesql_core::chrono::NaiveDateTime;
use gluesql_core::executor::AlterError;
use prolly_versioning::{Draft, KeyspaceId, Keyspaces, Savepoint, Snapshot, VersionedStore};

use crate::error::{Error, Result};
use crate::table::{Table, Tables};

/// A session of GlueSQL over a store: what it reads is the working state, or one version of the past, which it cannot change.
///
/// Each statement outside a transaction runs on the state of the moment it began, and what it writes is staged when it ends. Between
/// `BEGIN` and `COMMIT` all statements run on one state and nobody else sees what they write.
///
/// A table is a keyspace, whose keys are primary keys or, without one, numbers that rows are given as they come. An index is a
/// keyspace that belongs to its table. What a table is made of is its schema in the catalogue. No clock and no random number goes into
/// the tree: the same statements make the same root.
pub struct SqlStorage {
    place: Place,
    /// What `fetch_function` lends from, and what was read last.
    tables: RefCell<Arc<Tables>>,
    functions: Arc<Tables>,
    /// When the tables were made that the transaction under way makes.
    created: HashMap<KeyspaceId, NaiveDateTime>,
    /// The fault of the store that ended a statement: GlueSQL carries its text only.
    fault: RefCell<Option<prolly_versioning::Error>>,
}

/// What is read, and where writes go.
enum Place {
    /// The working state of a store, and the transaction under way.
    Working { store: Arc<VersionedStore>, draft: Option<Box<OpenDraft>> },
    /// A version of the past.
    Past(Box<Keyspaces>),
}

struct OpenDraft {
    draft: Draft,
    /// Whether `COMMIT` ends it, and not the end of a statement.
    is_explicit: bool,
}

impl SqlStorage {
    /// A session on the working state of `store`.
    #[must_use]
    pub fn new(store: Arc<VersionedStore>) -> Self {
        Self::at_place(Place::Working { store, draft: None })
    }

    /// A session on a version, read-only.
    #[must_use]
    pub fn at(version: &Snapshot) -> Self {
        Self::at_place(Place::Past(version.keyspaces().into()))
    }

    fn at_place(place: Place) -> Self {
        crate::merge::register();
        Self {
            place,
            tables: RefCell::default(),
            functions: Arc::default(),
            created: HashMap::new(),
            fault: RefCell::default(),
        }
    }

    /// The fault of the store that ended the last statement, if one did.
    pub fn take_fault(&mut self) -> Option<prolly_versioning::Error> {
        self.fault.take()
    }

    /// The state of the transaction under way.
    pub(crate) fn savepoint(&mut self) -> Result<Savepoint> {
        self.draft().map(Draft::savepoint)
    }

    /// Forgets a savepoint and later ones.
    pub(crate) fn release(&mut self, savepoint: Savepoint) -> Result<()> {
        self.draft().map(|draft| draft.release(savepoint))
    }

    /// Undoes what the transaction under way wrote since.
    pub(crate) fn go_back_to(&mut self, savepoint: &Savepoint) -> Result<()> {
        self.draft()?.go_back_to(savepoint);
        self.functions = self.tables()?;
        Ok(())
    }

    /// What is read now.
    pub(crate) fn keyspaces(&self) -> Result<Keyspaces> {
        match &self.place {
            Place::Past(keyspaces) => Ok(Keyspaces::clone(keyspaces)),
            Place::Working { draft: Some(open), .. } => Ok(open.draft.keyspaces().clone()),
            Place::Working { store, draft: None } => Ok(store.draft()?.keyspaces().clone()),
        }
    }

    /// Whether it is a version of the past.
    pub(crate) const fn is_read_only(&self) -> bool {
        matches!(self.place, Place::Past(_))
    }

    /// The store, where it is not only a version of one.
    pub(crate) fn store(&self) -> Result<&Arc<VersionedStore>> {
        match &self.place {
            Place::Working { store, .. } => Ok(store),
            Place::Past(_) => Err(Error::Unsupported {
                what: "another version, seen from a version".into(),
                hint: "ask the store itself",
            }),
        }
    }

    /// The tables of the version that a revision names, and what they are read from.
    pub(crate) fn at_version(&self, revision: &str) -> Result<(Arc<Tables>, Keyspaces)> {
        let keyspaces = self.store()?.at(revision)?.keyspaces();
        let catalogue = keyspaces.catalogue()?;
        let known = Arc::clone(&self.tables.borrow());
        let is_known = known.catalogue.iter().eq(catalogue.iter());
        let tables = if is_known { known } else { Arc::new(Tables::read(catalogue)?) };
        Ok((tables, keyspaces))
    }

    /// The tables of what is read.
    fn tables_of(&self, keyspaces: &Keyspaces) -> Result<Arc<Tables>> {
        let catalogue = keyspaces.catalogue()?;
        let known = Arc::clone(&self.tables.borrow());
        if Arc::ptr_eq(&known.catalogue, &catalogue) {
            return Ok(known);
        }
        let read = Arc::new(Tables::read(catalogue)?);
        *self.tables.borrow_mut() = Arc::clone(&read);
        Ok(read)
    }

    pub(crate) fn tables(&self) -> Result<Arc<Tables>> {
        match &self.place {
            Place::Past(keyspaces) => self.tables_of(keyspaces),
            Place::Working { draft: Some(open), .. } => self.tables_of(open.draft.keyspaces()),
            Place::Working { store, draft: None } => self.tables_of(store.draft()?.keyspaces()),
        }
    }

    /// The table called `name`, and what it is read from.
    fn table(&self, name: &str) -> Result<(Arc<Table>, Keyspaces)> {
        let keyspaces = self.keyspaces()?;
        let table = self.tables_of(&keyspaces)?.get(name).cloned();
        Ok((table.ok_or_else(|| no_table(name))?, keyspaces))
    }

    /// The transaction under way.
    fn draft(&mut self) -> Result<&mut Draft> {
        match &mut self.place {
            Place::Working { draft: Some(open), .. } => Ok(&mut open.draft),
            Place::Working { draft: None, .. } => {
                Err(Error::invalid("a write", "needs a transaction: begin one first"))
            }
            Place::Past(_) => Err(Error::invalid("a version of the past", "is read-only")),
        }
    }

    /// Writes all of something or nothing.
    fn write<T>(&mut self, write: impl FnOnce(&mut Self) -> Result<T>) -> gluesql_core::error::Result<T> {
        let written = self.savepoint().and_then(|savepoint| {
            let written = write(self);
            let draft = self.draft()?;
            if written.is_err() {
                draft.go_back_to(&savepoint);
            }
            draft.release(savepoint);
            written
        });
        self.tell(written)
    }

    /// Hands a result on to GlueSQL, and keeps a fault of the store for whoever asks.
    fn tell<T>(&self, result: Result<T>) -> gluesql_core::error::Result<T> {
        result.map_err(|error| match error {
            Error::Store(fault) => {
                let message = fault.to_string();
                *self.fault.borrow_mut() = Some(fault);
                gluesql_core::error::Error::StorageMsg(message)
            }
            error => error.into(),
        })
    }
}

pub(crate) fn no_table(name: &str) -> Error {
    Error::Sql(AlterError::TableNotFound(name.to_owned()).into())
}
