//! Transactions: drafts of the store.

use std::sync::Arc;

use gluesql_core::error::Result;
use gluesql_core::store::Transaction;

use super::{OpenDraft, Place, SqlStorage};
use crate::error::Error;

impl Transaction for SqlStorage {
    fn begin(&mut self, autocommit: bool) -> Result<bool> {
        self.fault.take();
        let began = match &mut self.place {
            Place::Past(_) if autocommit => Ok(false),
            Place::Past(_) => Err(Error::invalid("a version of the past", "is read-only")),
            Place::Working { draft: Some(_), .. } if autocommit => Ok(false),
            Place::Working { draft: Some(_), .. } => {
                Err(Error::invalid("BEGIN", "is within a transaction: commit it or roll it back first"))
            }
            Place::Working { store, draft } => store.draft().map_err(Error::from).map(|opened| {
                *draft = Some(Box::new(OpenDraft { draft: opened, is_explicit: !autocommit }));
                true
            }),
        };
        let began = began.and_then(|began| {
            self.functions = self.tables()?;
            Ok(began)
        });
        self.tell(began)
    }

    fn rollback(&mut self) -> Result<()> {
        let ended = self.end("ROLLBACK").map(drop);
        self.created.clear();
        self.tell(ended)
    }

    fn commit(&mut self) -> Result<()> {
        let ended = self.end("COMMIT").and_then(|open| match open {
            Some(open) => {
                open.draft.stage()?;
                self.keep_created();
                Ok(())
            }
            None => Ok(()),
        });
        self.tell(ended)
    }
}

impl SqlStorage {
    /// Whether `BEGIN` was run, and neither `COMMIT` nor `ROLLBACK` since.
    #[must_use]
    pub fn is_in_transaction(&self) -> bool {
        matches!(&self.place, Place::Working { draft: Some(open), .. } if open.is_explicit)
    }

    fn end(&mut self, statement: &str) -> crate::error::Result<Option<Box<OpenDraft>>> {
        // It holds the state that is to be changed.
        self.functions = Arc::default();
        match &mut self.place {
            Place::Past(_) => Ok(None),
            Place::Working { draft, .. } => match draft.take() {
                Some(open) => Ok(Some(open)),
                None => Err(Error::invalid(statement, "is outside a transaction: BEGIN one first")),
            },
        }
    }
}
