//! How the keyspaces of two versions are joined, before any key is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use prolly_tree::{Edit, KeyRange, Merge, MutableTree, RangeRule, Tree};

use super::{KeyspaceConflict, KeyspaceConflictKind, Strategy};
use crate::catalogue::{Catalogue, Keyspace};
use crate::keyspace::{KeyspaceId, KeyspaceKind};
use crate::{Namespace, Result};

/// The trees of a merge, and what becomes of their keyspaces.
///
/// The left side is the destination. Its nodes and those of the right side are read, and new ones written, through the
/// left tree's store.
pub(crate) struct Plan {
    base: Tree,
    left: Tree,
    right: Tree,
    rules: Vec<(KeyRange, RangeRule)>,
    /// What makes the left side's catalogue the merged one.
    catalogue: Vec<Edit>,
    /// Names for messages: the left side's first.
    names: BTreeMap<KeyspaceId, Arc<str>>,
    /// What the strategy did not settle, or what there is none for.
    pub(crate) conflicts: Vec<KeyspaceConflict>,
}

/// The three catalogues' entries of one keyspace.
struct Sides<'a> {
    base: Option<&'a Keyspace>,
    left: Option<&'a Keyspace>,
    right: Option<&'a Keyspace>,
}

impl Plan {
    /// Joins the catalogues by their own rules. Cost: the catalogues, and O(depth) for each keyspace that one side
    /// dropped.
    pub(crate) fn new(base: &Tree, left: &Tree, right: &Tree, strategy: Option<Strategy>) -> Result<Self> {
        let mut plan = Self {
            base: base.clone(),
            left: left.clone(),
            right: right.clone(),
            rules: vec![(KeyspaceId::CATALOGUE.range(), RangeRule::KeepLeft)],
            catalogue: Vec::new(),
            names: BTreeMap::new(),
            conflicts: Vec::new(),
        };
        let read = |tree: &Tree| Catalogue::read(&MutableTree::new(tree.clone()));
        let (of_base, of_left, of_right) = (read(base)?, read(left)?, read(right)?);
        let ids: BTreeSet<_> = [&of_base, &of_left, &of_right]
            .iter()
            .flat_map(|catalogue| catalogue.keyspaces.keys())
            .copied()
            .collect();
        let mut merged = Catalogue::default();
        for id in ids {
            let [base, left, right] =
                [&of_base, &of_left, &of_right].map(|catalogue| catalogue.keyspaces.get(&id));
            if let Some(named) = left.or(right).or(base) {
                plan.names.insert(id, Arc::clone(&named.name));
            }
            if let Some(keyspace) = plan.join(id, Sides { base, left, right }, strategy)? {
                merged.keyspaces.insert(id, keyspace);
            }
        }
        plan.part_equal_names(&mut merged, [&of_left, &of_right], strategy);
        plan.catalogue = edits(&of_left, &merged);
        Ok(plan)
    }

    /// What becomes of one keyspace: its entry in the merged catalogue, `None` when it goes.
    fn join(
        &mut self,
        id: KeyspaceId,
        sides: Sides<'_>,
        strategy: Option<Strategy>,
    ) -> Result<Option<Keyspace>> {
        let Sides { base, left, right } = sides;
        let take_source = strategy == Some(Strategy::TakeSource);
        let conflict = |kind| KeyspaceConflict {
            namespace: base.or(left).or(right).map_or_else(String::new, |keyspace| keyspace.name.to_string()),
            kind,
        };
        match (base, left, right) {
            (_, left, right) if left == right => Ok(left.cloned()),
            // The destination dropped it.
            (Some(base), None, Some(right)) => {
                if base == right && !self.changed(id, &self.right)? {
                    return Ok(None);
                }
                self.unsettled(strategy, || conflict(KeyspaceConflictKind::DroppedByDestination));
                if take_source {
                    // As if the keyspace had been added by the source.
                    self.base = self.base.apply([Edit::DeleteRange(id.range())])?;
                    return Ok(Some(right.clone()));
                }
                self.rules.push((id.range(), RangeRule::Delete));
                Ok(None)
            }
            // The source dropped it.
            (Some(base), Some(left), None) => {
                if base != left || self.changed(id, &self.left)? {
                    self.unsettled(strategy, || conflict(KeyspaceConflictKind::DroppedBySource));
                    if !take_source {
                        self.rules.push((id.range(), RangeRule::KeepLeft));
                        return Ok(Some(left.clone()));
                    }
                }
                self.rules.push((id.range(), RangeRule::Delete));
                Ok(None)
            }
            (base, Some(left), Some(right)) => {
                let mut joined = left.clone();
                let (name, schema) = (base.map(|base| &base.name), base.map(|base| &base.schema));
                match three_way(name, &left.name, &right.name) {
                    Some(name) => joined.name = Arc::clone(name),
                    None => {
                        let (destination, source) = (left.name.to_string(), right.name.to_string());
                        self.unsettled(strategy, || {
                            conflict(KeyspaceConflictKind::TwoNames { destination, source })
                        });
                        joined.name = Arc::clone(if take_source { &right.name } else { &left.name });
                    }
                }
                match three_way(schema, &left.schema, &right.schema) {
                    Some(schema) => joined.schema = schema.clone(),
                    None => {
                        self.unsettled(strategy, || conflict(KeyspaceConflictKind::Schemas));
                        joined.schema = if take_source { right.schema.clone() } else { left.schema.clone() };
                    }
                }
                Ok(Some(joined))
            }
            // Only one side has it.
            (None, one, other) => Ok(one.or(other).cloned()),
            (Some(_), None, None) => Ok(None),
        }
    }

    /// Settles one name that two keyspaces have: the strategy says whose keeps it, and the other one's entries are kept
    /// under a name that nobody else gives.
    fn part_equal_names(
        &mut self,
        merged: &mut Catalogue,
        sides: [&Catalogue; 2],
        strategy: Option<Strategy>,
    ) {
        let mut named: BTreeMap<(Arc<str>, KeyspaceId, u8), Vec<KeyspaceId>> = BTreeMap::new();
        for (id, keyspace) in &merged.keyspaces {
            let place = (Arc::clone(&keyspace.name), keyspace.owner, keyspace.kind.code());
            named.entry(place).or_default().push(*id);
        }
        let first = usize::from(strategy == Some(Strategy::TakeSource));
        for ((name, ..), ids) in named.into_iter().filter(|(_, ids)| ids.len() > 1) {
            let conflict =
                KeyspaceConflict { namespace: name.to_string(), kind: KeyspaceConflictKind::OneName };
            self.unsettled(strategy, || conflict);
            let had = |side: &Catalogue, id: &KeyspaceId| side.name_of(*id).as_deref() == Some(&*name);
            let keeper = ids.iter().find(|id| had(sides[first], id)).or(ids.first()).copied();
            for id in ids.into_iter().filter(|id| Some(*id) != keeper) {
                if let Some(keyspace) = merged.keyspaces.get_mut(&id) {
                    keyspace.name = parted_name(&name, id);
                }
            }
        }
    }

    fn unsettled(&mut self, strategy: Option<Strategy>, conflict: impl FnOnce() -> KeyspaceConflict) {
        if strategy.is_none() {
            self.conflicts.push(conflict());
        }
    }

    /// Whether `side` changed an entry of the keyspace.
    fn changed(&self, id: KeyspaceId, side: &Tree) -> Result<bool> {
        Ok(self.base.diff(side, id.range()).next().transpose()?.is_some())
    }

    /// The merge of the keys.
    pub(crate) fn merge(&self) -> Result<Merge> {
        Ok(Merge::new(&self.base, &self.left, &self.right, self.rules.clone())?)
    }

    /// The merged tree, from the tree of merged keys.
    pub(crate) fn finish(&self, merged: Tree) -> Result<Tree> {
        Ok(merged.apply(self.catalogue.iter().cloned())?)
    }

    /// The namespace of a stored key; `None` for the default one.
    pub(crate) fn namespace(&self, stored: &[u8]) -> Option<String> {
        KeyspaceId::of_stored(stored).and_then(|id| self.names.get(&id)).map(ToString::to_string)
    }
}

/// The side that changed, or `None` when both did, differently.
fn three_way<'a, T: PartialEq>(base: Option<&T>, left: &'a T, right: &'a T) -> Option<&'a T> {
    if left == right || base == Some(right) {
        Some(left)
    } else if base == Some(left) {
        Some(right)
    } else {
        None
    }
}

/// A name that tells a keyspace from the one that keeps `name`.
fn parted_name(name: &str, id: KeyspaceId) -> Arc<str> {
    let mark = format!("~{:016x}", id.0);
    let mut end = name.len().min(Namespace::NAME_MAX - mark.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{mark}", &name[..end]).into()
}

/// What makes the catalogue `from` the catalogue `to`, in key order.
fn edits(from: &Catalogue, to: &Catalogue) -> Vec<Edit> {
    let ids: BTreeSet<_> = from.keyspaces.keys().chain(to.keyspaces.keys()).copied().collect();
    let edit = |id: KeyspaceId| match (from.keyspaces.get(&id), to.keyspaces.get(&id)) {
        (from, to) if from == to => None,
        (_, Some(keyspace)) => Some(Edit::put(Catalogue::key(id), keyspace.encode())),
        (_, None) => Some(Edit::delete(Catalogue::key(id))),
    };
    ids.into_iter().filter_map(edit).collect()
}

/// The namespaces that `to` has in place of those of `from`, by id.
pub(crate) fn namespace_changes(from: &Catalogue, to: &Catalogue) -> Vec<crate::NamespaceChange> {
    use crate::NamespaceChange::{Created, Dropped, Renamed};
    let ids: BTreeSet<_> = from.keyspaces.keys().chain(to.keyspaces.keys()).copied().collect();
    let name = |catalogue: &Catalogue, id: KeyspaceId| {
        let keyspace =
            catalogue.keyspaces.get(&id).filter(|keyspace| keyspace.kind == KeyspaceKind::Namespace);
        keyspace.map(|keyspace| keyspace.name.to_string())
    };
    let change = |id| match (name(from, id), name(to, id)) {
        (None, Some(name)) => Some(Created(name)),
        (Some(name), None) => Some(Dropped(name)),
        (Some(from), Some(to)) if from != to => Some(Renamed { from, to }),
        _ => None,
    };
    ids.into_iter().filter_map(change).collect()
}
