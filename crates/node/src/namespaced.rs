//! The namespaces of stores, snapshots and transactions as key-value sources.

use std::sync::Arc;

use bytes::Bytes;
use prolly_tree::{Direction, FoundValues, KeyRange};
use prolly_versioning::{Batch, LoadOptions, Loader, Namespace, Snapshot, Transaction, VersionedStore};

use crate::batch::entries_of;
use crate::fault::Result;
use crate::records::{LentEntries, Records};
use crate::slot::Slot;
use crate::source::{Load, Shape, Source, Values};

/// One namespace of what a slot holds.
pub(crate) struct Namespaced<T> {
    slot: Arc<Slot<T>>,
    namespace: Namespace,
}

/// The namespace called `name`, or the default one.
pub(crate) fn namespace_of(name: Option<&str>) -> Result<Namespace> {
    Ok(name.map_or(Ok(Namespace::Default), Namespace::named)?)
}

impl<T> Namespaced<T> {
    /// The namespace called `name`, or the default one.
    pub(crate) fn new(slot: &Arc<Slot<T>>, name: Option<&str>) -> Result<Self> {
        Ok(Self { slot: Arc::clone(slot), namespace: namespace_of(name)? })
    }
}

/// Stores, snapshots and transactions read with methods of the same names.
macro_rules! reads {
    () => {
        fn what(&self) -> &'static str {
            self.slot.what()
        }

        fn aside(self: Arc<Self>) -> Result<Arc<dyn Source>> {
            Ok(self)
        }

        fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
            self.slot.with(|held| Ok(held.get(&self.namespace, key)?))
        }

        fn find_many(&self, keys: &[Bytes]) -> Result<FoundValues> {
            self.slot.with(|held| Ok(held.find_many(&self.namespace, keys)?))
        }

        fn contains(&self, key: &[u8]) -> Result<bool> {
            self.slot.with(|held| Ok(held.contains(&self.namespace, key)?))
        }

        fn count(&self, range: &KeyRange) -> Result<u64> {
            self.slot.with(|held| Ok(held.count(&self.namespace, range)?))
        }

        fn records(&self, range: KeyRange, direction: Direction, shape: Shape) -> Result<Box<dyn Records>> {
            self.slot.with(|held| {
                let entries = held.entries(&self.namespace, range, direction)?;
                let tree = entries.tree().clone();
                Ok(LentEntries::boxed(entries, tree, shape))
            })
        }

        fn values(&self) -> Result<Values> {
            let values = self.slot.with(|held| Ok(held.values(&self.namespace)))?;
            Ok(Box::new(move |key| Ok(values.reader(key)?)))
        }
    };
}

/// Stores and transactions are written to with methods of the same names.
macro_rules! writes {
    () => {
        fn put(&self, key: Bytes, value: Bytes) -> Result<()> {
            self.slot.with(|held| Ok(held.put(&self.namespace, key, value)?))
        }

        fn update(&self, key: Bytes, value: Bytes) -> Result<bool> {
            self.slot.with(|held| Ok(held.update(&self.namespace, key, value)?))
        }

        fn delete(&self, key: &[u8]) -> Result<bool> {
            self.slot.with(|held| Ok(held.delete(&self.namespace, key)?))
        }

        fn put_many(&self, entries: Vec<(Bytes, Bytes)>) -> Result<()> {
            let mut batch = Batch::new();
            for (key, value) in entries {
                batch.put(&self.namespace, key, value);
            }
            self.slot.with(|held| Ok(held.write(batch)?))
        }

        fn update_many(&self, entries: Vec<(Bytes, Bytes)>) -> Result<Vec<bool>> {
            self.slot.with(|held| Ok(held.update_many(&self.namespace, entries)?))
        }

        fn delete_many(&self, keys: Vec<Bytes>) -> Result<()> {
            let mut batch = Batch::new();
            for key in keys {
                batch.delete(&self.namespace, key);
            }
            self.slot.with(|held| Ok(held.write(batch)?))
        }

        fn delete_range(&self, range: &KeyRange) -> Result<u64> {
            self.slot.with(|held| Ok(held.delete_range(&self.namespace, range)?))
        }
    };
}

impl Source for Namespaced<VersionedStore> {
    reads!();
    writes!();

    fn loader(self: Arc<Self>, refuse_duplicates: bool, replace: bool) -> Result<Box<dyn Load>> {
        let options = LoadOptions { refuse_duplicates, replace };
        self.slot.with(|store| Ok(Box::new(store.loader(&self.namespace, options)?) as Box<dyn Load>))
    }
}

impl Source for Namespaced<Transaction> {
    reads!();
    writes!();
}

impl Source for Namespaced<Snapshot> {
    reads!();
}

impl Load for Loader {
    fn push(&mut self, page: Vec<u8>) -> Result<()> {
        entries_of(page.into())?.into_iter().try_for_each(|(key, value)| Ok(Self::push(self, key, value)?))
    }

    fn finish(self: Box<Self>) -> Result<(u64, u64)> {
        let report = Self::finish(*self)?;
        Ok((report.entries, report.keys))
    }
}
