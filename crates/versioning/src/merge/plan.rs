//! How the keyspaces of two versions are joined, before any key is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use prolly_tree::{Edit, Merge, MutableTree, RangeRule, Tree};

use super::tables::{BrokenRule, RowMerge, TableMerge, has_table_rules};
use super::{KeyspaceConflict, KeyspaceConflictKind, Strategy};
use crate::catalogue::{Catalogue, Keyspace};
use crate::keyspace::{KeyspaceId, KeyspaceKind};
use crate::{Namespace, Result};

/// The trees of a merge, and what becomes of their keyspaces.
///
/// The left side is the destination. Its nodes and those of the right side are read, and new ones written, through the
/// left tree's store.
pub(crate) struct Plan {
    pub(super) base: Tree,
    pub(super) left: Tree,
    pub(super) right: Tree,
    /// Keyspaces that are not merged by key.
    pub(super) rules: BTreeMap<KeyspaceId, RangeRule>,
    /// What makes the left side's catalogue the merged one.
    catalogue: Vec<Edit>,
    /// Names for messages: the left side's first.
    names: BTreeMap<KeyspaceId, (KeyspaceKind, Arc<str>)>,
    pub(super) tables: TableMerge,
    /// What the strategy did not settle, or what there is none for.
    pub(crate) conflicts: Vec<KeyspaceConflict>,
    /// What contradicts itself in the merged catalogue. No strategy settles it.
    pub(crate) broken: Vec<BrokenRule>,
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
    pub(crate) fn new(
        base: &Tree,
        left: &Tree,
        right: &Tree,
        strategy: Option<Strategy>,
        rows: RowMerge,
    ) -> Result<Self> {
        let mut plan = Self {
            base: base.clone(),
            left: left.clone(),
            right: right.clone(),
            rules: BTreeMap::from([(KeyspaceId::CATALOGUE, RangeRule::KeepLeft)]),
            catalogue: Vec::new(),
            names: BTreeMap::new(),
            tables: TableMerge::default(),
            conflicts: Vec::new(),
            broken: Vec::new(),
        };
        let read = |tree: &Tree| Catalogue::read(&MutableTree::new(tree.clone())).map(Arc::new);
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
            let Some(named) = left.or(right).or(base) else { continue };
            plan.names.insert(id, (named.kind, Arc::clone(&named.name)));
            let is_of_table = matches!(named.kind, KeyspaceKind::Table | KeyspaceKind::Index);
            if is_of_table && has_table_rules() {
                continue;
            }
            if let Some(keyspace) = plan.join(id, Sides { base, left, right }, strategy)? {
                merged.keyspaces.insert(id, keyspace);
            }
        }
        plan.join_tables([&of_base, &of_left, &of_right], &mut merged, strategy, rows)?;
        plan.part_equal_names(&mut merged, [&of_left, &of_right], strategy);
        plan.catalogue = edits(&of_left, &merged);
        plan.begin_tables([of_base, of_left, of_right], merged)?;
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
        let Some(named) = base.or(left).or(right) else { return Ok(None) };
        let conflict = |kind| KeyspaceConflict::of(named, kind);
        match (base, left, right) {
            (_, left, right) if left == right => Ok(left.cloned()),
            // The destination dropped it.
            (Some(base), None, Some(right)) => {
                if base == right && !self.changed(id, &self.right)? {
                    return Ok(None);
                }
                self.unsettled(strategy, || conflict(KeyspaceConflictKind::DroppedByDestination));
                if take_source {
                    self.rules.insert(id, RangeRule::TakeRight);
                    return Ok(Some(right.clone()));
                }
                self.rules.insert(id, RangeRule::Delete);
                Ok(None)
            }
            // The source dropped it.
            (Some(base), Some(left), None) => {
                if base != left || self.changed(id, &self.left)? {
                    self.unsettled(strategy, || conflict(KeyspaceConflictKind::DroppedBySource));
                    if !take_source {
                        self.rules.insert(id, RangeRule::KeepLeft);
                        return Ok(Some(left.clone()));
                    }
                }
                self.rules.insert(id, RangeRule::Delete);
                Ok(None)
            }
            (base, Some(left), Some(right)) => {
                let mut joined = left.clone();
                joined.name = self.join_names(strategy, base, left, right);
                match three_way(base.map(|base| &base.schema), &left.schema, &right.schema) {
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

    /// The name that a keyspace has when both sides have it.
    pub(super) fn join_names(
        &mut self,
        strategy: Option<Strategy>,
        base: Option<&Keyspace>,
        left: &Keyspace,
        right: &Keyspace,
    ) -> Arc<str> {
        if let Some(name) = three_way(base.map(|base| &base.name), &left.name, &right.name) {
            return Arc::clone(name);
        }
        let (destination, source) = (left.name.to_string(), right.name.to_string());
        self.unsettled(strategy, || {
            KeyspaceConflict::of(base.unwrap_or(left), KeyspaceConflictKind::TwoNames { destination, source })
        });
        Arc::clone(if strategy == Some(Strategy::TakeSource) { &right.name } else { &left.name })
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
        for ((name, _, kind), ids) in named.into_iter().filter(|(_, ids)| ids.len() > 1) {
            let holds = KeyspaceKind::from_code(kind).unwrap_or(KeyspaceKind::Namespace);
            let kind = KeyspaceConflictKind::OneName;
            let conflict = KeyspaceConflict { holds, namespace: name.to_string(), kind };
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

    pub(super) fn unsettled(
        &mut self,
        strategy: Option<Strategy>,
        conflict: impl FnOnce() -> KeyspaceConflict,
    ) {
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
        // In the order of their ids, which is that of their ranges.
        let rules = self.rules.iter().map(|(id, rule)| (id.range(), *rule)).collect();
        Ok(Merge::new(&self.base, &self.left, &self.right, rules)?)
    }

    /// The merged tree, from the tree of merged keys.
    ///
    /// # Errors
    /// [`BrokenRules`](crate::Error::BrokenRules) when merged rows break one.
    pub(crate) fn finish(&self, merged: Tree) -> Result<Tree> {
        self.follow_tables(self.with_catalogue(merged)?)
    }

    /// As [`Plan::finish`], for a tree whose indexes nobody reads.
    pub(super) fn with_catalogue(&self, merged: Tree) -> Result<Tree> {
        Ok(merged.apply(self.catalogue.iter().cloned())?)
    }

    /// The name of a stored key's keyspace; `None` for the default one.
    pub(crate) fn namespace(&self, stored: &[u8]) -> Option<String> {
        let (_, name) = self.names.get(&KeyspaceId::of_stored(stored)?)?;
        Some(name.to_string())
    }

    /// What the keyspace of a stored key holds.
    pub(crate) fn kind(&self, stored: &[u8]) -> KeyspaceKind {
        let named = KeyspaceId::of_stored(stored).and_then(|id| self.names.get(&id));
        named.map_or(KeyspaceKind::Namespace, |(kind, _)| *kind)
    }
}

impl KeyspaceConflict {
    pub(super) fn of(keyspace: &Keyspace, kind: KeyspaceConflictKind) -> Self {
        Self { holds: keyspace.kind, namespace: keyspace.name.to_string(), kind }
    }
}

/// What a three-way merge makes of one thing: the side that changed it, or `None` when both did, differently. Of what both sides made there
/// is no base.
pub fn three_way<'a, T: PartialEq>(base: Option<&T>, left: &'a T, right: &'a T) -> Option<&'a T> {
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

/// The tables that `to` has in place of those of `from`, or that are made of something else there, by id.
pub(crate) fn table_changes(from: &Catalogue, to: &Catalogue) -> Vec<crate::TableChange> {
    let of = |(id, keyspace): (&KeyspaceId, &Keyspace)| match keyspace.kind {
        KeyspaceKind::Table => Some(*id),
        KeyspaceKind::Index => Some(keyspace.owner),
        KeyspaceKind::Namespace | KeyspaceKind::Function => None,
    };
    let differs = |(id, keyspace): &(&KeyspaceId, &Keyspace)| {
        from.keyspaces.get(id) != Some(keyspace) || to.keyspaces.get(id) != Some(keyspace)
    };
    let ids: BTreeSet<_> =
        from.keyspaces.iter().chain(&to.keyspaces).filter(differs).filter_map(of).collect();
    let name = |catalogue: &Catalogue, id| catalogue.name_of(id).map(|name| name.to_string());
    ids.into_iter().map(|id| crate::TableChange { from: name(from, id), to: name(to, id) }).collect()
}
