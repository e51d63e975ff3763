//! What writes are, to whatever entries they are made: a batch of changes, and what the caller is told.

use bytes::Bytes;
use prolly_storage::VALUE_MAX;
use prolly_tree::KeyRange;

use crate::catalogue::{Catalogue, Keyspace};
use crate::journal::Operation;
use crate::keyspace::{KeyspaceId, KeyspaceKind};
use crate::view::Entries;
use crate::{Batch, Error, Namespace, Result};

/// Changes, and what the caller is told of them.
pub(crate) type Change<T> = (Vec<Operation>, T);

/// A write, in its namespace.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    Put { key: Bytes, value: Bytes },
    Delete { key: Bytes },
    DeleteRange(KeyRange),
}

pub(crate) fn batch(entries: &Entries, batch: Batch) -> Result<Change<()>> {
    Ok((resolve(entries, batch.writes)?, ()))
}

pub(crate) fn put(entries: &Entries, namespace: &Namespace, key: Bytes, value: Bytes) -> Result<Change<()>> {
    Ok((resolve(entries, vec![(namespace.clone(), Write::Put { key, value })])?, ()))
}

pub(crate) fn update_many(
    entries: &Entries,
    namespace: &Namespace,
    updates: Vec<(Bytes, Bytes)>,
) -> Result<Change<Vec<bool>>> {
    let Some(id) = entries.id_of(namespace)? else { return Ok((Vec::new(), vec![false; updates.len()])) };
    let (mut writes, mut found) = (Vec::new(), Vec::with_capacity(updates.len()));
    for (key, value) in updates {
        let there = entries.tree.contains(&id.checked(&key)?)?;
        found.push(there);
        if there {
            writes.push((namespace.clone(), Write::Put { key, value }));
        }
    }
    Ok((resolve(entries, writes)?, found))
}

pub(crate) fn delete(entries: &Entries, namespace: &Namespace, key: &[u8]) -> Result<Change<bool>> {
    let Some(id) = entries.id_of(namespace)? else { return Ok((Vec::new(), false)) };
    let key = id.checked(key)?;
    let there = entries.tree.contains(&key)?;
    Ok((there.then_some(Operation::Delete { key }).into_iter().collect(), there))
}

pub(crate) fn delete_range(
    entries: &Entries,
    namespace: &Namespace,
    range: &KeyRange,
) -> Result<Change<u64>> {
    let Some(id) = entries.id_of(namespace)?.filter(|_| !range.is_empty()) else {
        return Ok((Vec::new(), 0));
    };
    let range = id.within(range);
    let count = entries.tree.count(&range)?;
    Ok(((count > 0).then_some(Operation::DeleteRange(range)).into_iter().collect(), count))
}

pub(crate) fn drop_namespace(entries: &Entries, name: &str) -> Result<Change<bool>> {
    let Some(id) = entries.catalogue()?.namespace(name) else { return Ok((Vec::new(), false)) };
    let operations = vec![Operation::Delete { key: Catalogue::key(id) }, Operation::DeleteRange(id.range())];
    Ok((operations, true))
}

pub(crate) fn rename_namespace(entries: &Entries, from: &str, to: &str) -> Result<Change<()>> {
    Namespace::named(to)?;
    let catalogue = entries.catalogue()?;
    let missing = || Error::NotFound {
        what: "namespace",
        name: from.to_owned(),
        hint: "a namespace comes to be by the first write to it".into(),
    };
    let id = catalogue.namespace(from).ok_or_else(missing)?;
    if catalogue.namespace(to).is_some() {
        return Err(Error::AlreadyExists { what: "namespace", name: to.to_owned() });
    }
    let keyspace = catalogue.keyspaces.get(&id).ok_or_else(missing)?;
    let renamed = Keyspace { name: to.into(), ..keyspace.clone() };
    Ok((vec![Operation::Put { key: Catalogue::key(id), value: renamed.encode() }], ()))
}

/// What `writes` are to `entries`, checked against the limits. Namespaces that are not there come to be by the first key
/// that is put to them.
fn resolve(entries: &Entries, writes: Vec<(Namespace, Write)>) -> Result<Vec<Operation>> {
    let mut operations = Vec::with_capacity(writes.len());
    let mut resolver = Resolver { entries, catalogue: None, last: None };
    for (namespace, write) in writes {
        let put = matches!(write, Write::Put { .. });
        let Some(id) = resolver.id(&namespace, put, &mut operations)? else { continue };
        match write {
            Write::Put { key, value } => {
                check_value(&value)?;
                operations.push(Operation::Put { key: id.checked(&key)?, value });
            }
            Write::Delete { key } => operations.push(Operation::Delete { key: id.checked(&key)? }),
            Write::DeleteRange(range) if range.is_empty() => {}
            Write::DeleteRange(range) => operations.push(Operation::DeleteRange(id.within(&range))),
        }
    }
    Ok(operations)
}

/// Refuses a value that is over the limit of the format.
pub(crate) fn check_value(value: &Bytes) -> Result<()> {
    if value.len() <= VALUE_MAX {
        return Ok(());
    }
    Err(Error::invalid("the value", format!("has {} bytes, at most {VALUE_MAX} are allowed", value.len())))
}

/// The id of a namespace, and the change that makes it when it is not there.
pub(crate) fn ensure_namespace(
    entries: &Entries,
    namespace: &Namespace,
) -> Result<(KeyspaceId, Vec<Operation>)> {
    let mut operations = Vec::new();
    let mut resolver = Resolver { entries, catalogue: None, last: None };
    let id = resolver.id(namespace, true, &mut operations)?.unwrap_or(KeyspaceId::DEFAULT);
    Ok((id, operations))
}

/// Finds the ids of namespaces, one after the other.
struct Resolver<'a> {
    entries: &'a Entries,
    /// With the namespaces that come to be.
    catalogue: Option<Catalogue>,
    last: Option<(Namespace, KeyspaceId)>,
}

impl Resolver<'_> {
    fn id(
        &mut self,
        namespace: &Namespace,
        create: bool,
        operations: &mut Vec<Operation>,
    ) -> Result<Option<KeyspaceId>> {
        let Namespace::Named(name) = namespace else { return Ok(Some(KeyspaceId::DEFAULT)) };
        if let Some((last, id)) = &self.last
            && last == namespace
        {
            return Ok(Some(*id));
        }
        let known = match &self.catalogue {
            Some(catalogue) => catalogue.namespace(name),
            None => self.entries.catalogue()?.namespace(name),
        };
        let id = match known {
            Some(id) => id,
            None if !create => return Ok(None),
            None => {
                let catalogue = match &mut self.catalogue {
                    Some(catalogue) => catalogue,
                    none => none.insert(Catalogue::clone(&*self.entries.catalogue()?)),
                };
                let (id, keyspace) = (
                    catalogue.new_id(KeyspaceKind::Namespace, KeyspaceId::CATALOGUE, name)?,
                    Keyspace::namespace(name),
                );
                operations.push(Operation::Put { key: Catalogue::key(id), value: keyspace.encode() });
                catalogue.keyspaces.insert(id, keyspace);
                id
            }
        };
        self.last = Some((namespace.clone(), id));
        Ok(Some(id))
    }
}
