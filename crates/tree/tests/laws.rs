//! The laws of the tree, each against a plain sorted map.
#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

mod common;

use std::collections::BTreeMap;

use common::{Map, build, bytes, change, contents, edits_of, parameter_sets, read, store};
use prolly_storage::Parameters;
use prolly_tree::{Direction, Edit, EntryValue, KeyRange, Merge, RangeRule, Resolution, Tree};
use proptest::prelude::*;
use proptest::sample::Index;

type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;
/// An old value and a new one.
type Values = (Option<Vec<u8>>, Option<Vec<u8>>);

fn any_parameters() -> impl Strategy<Value = Parameters> {
    prop::sample::select(parameter_sets())
}

/// Keys from a small universe, so that maps and changes meet; some long, some that begin with each other.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => (0..600_u16).prop_map(|number| format!("key/{number:04}").into_bytes()),
        2 => (0..600_u16).prop_map(|number| number.to_be_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..5),
        1 => (0..40_u16).prop_map(|number| [vec![b'x'; 300], number.to_be_bytes().to_vec()].concat()),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => (0..4_u8).prop_map(|number| vec![number]),
        2 => prop::collection::vec(any::<u8>(), 0..30),
        1 => (0..3_u8).prop_map(|number| vec![number; 1500]),
    ]
}

fn map(size: usize) -> impl Strategy<Value = Map> {
    prop::collection::btree_map(key(), value(), 0..size)
}

fn changes(size: usize) -> impl Strategy<Value = Changes> {
    prop::collection::btree_map(key(), prop::option::weighted(0.6, value()), 0..size)
}

/// Changes that remove whole stretches too.
fn clustered_changes() -> impl Strategy<Value = Changes> {
    (changes(60), 0..600_u16, 0..200_u16).prop_map(|(mut changes, first, count)| {
        for number in first..first.saturating_add(count) {
            changes.entry(format!("key/{number:04}").into_bytes()).or_insert(None);
        }
        changes
    })
}

fn bound() -> impl Strategy<Value = std::ops::Bound<Vec<u8>>> {
    use std::ops::Bound;
    prop_oneof![
        1 => Just(Bound::Unbounded),
        3 => key().prop_map(Bound::Included),
        3 => key().prop_map(Bound::Excluded),
    ]
}

fn range() -> impl Strategy<Value = KeyRange> {
    (bound(), bound())
        .prop_map(|(lower, upper)| KeyRange { lower: lower.map(Into::into), upper: upper.map(Into::into) })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn any_history_of_the_same_entries_gives_the_same_root(
        parameters in any_parameters(),
        start in map(700),
        batches in prop::collection::vec(prop_oneof![changes(40), clustered_changes(), changes(2)], 1..6),
    ) {
        let store = store();
        let mut map = start;
        let mut tree = build(&store, parameters, &map);
        for batch in &batches {
            tree = tree.apply(edits_of(batch)).unwrap();
            change(&mut map, batch);
            prop_assert_eq!(&tree, &build(&store, parameters, &map));
            prop_assert_eq!(&contents(&tree), &map);
        }
    }

    #[test]
    fn single_edits_give_the_root_of_a_batch(parameters in any_parameters(), start in map(300), edits in changes(60)) {
        let store = store();
        let tree = build(&store, parameters, &start);
        let mut single = tree.clone();
        for edit in edits_of(&edits).into_iter().rev() {
            single = single.apply([edit]).unwrap();
        }
        prop_assert_eq!(single, tree.apply(edits_of(&edits)).unwrap());
    }

    #[test]
    fn deleting_a_range_deletes_its_keys(
        parameters in any_parameters(), start in map(700), range in range(), after in changes(5),
    ) {
        let store = store();
        let tree = build(&store, parameters, &start);
        let mut map = start;
        map.retain(|key, _| !range.contains(key));
        let mut edits = vec![Edit::DeleteRange(range.clone())];
        let after: Changes = after.into_iter().filter(|(key, _)| !range.is_empty() && range.is_above(key)).collect();
        edits.extend(edits_of(&after));
        change(&mut map, &after);
        prop_assert_eq!(tree.apply(edits).unwrap(), build(&store, parameters, &map));
    }

    #[test]
    fn reads_agree_with_a_sorted_map(
        parameters in any_parameters(), map in map(400), keys in prop::collection::vec(key(), 0..30), range in range(),
    ) {
        let store = store();
        let tree = build(&store, parameters, &map);
        prop_assert_eq!(tree.len().unwrap(), map.len() as u64);
        prop_assert_eq!(tree.is_empty(), map.is_empty());
        let found = tree.get_many(&keys).unwrap();
        for (key, found) in keys.iter().zip(found) {
            let expected = map.get(key).map(bytes);
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(&tree.get(key).unwrap(), &expected);
            prop_assert_eq!(tree.contains(key).unwrap(), expected.is_some());
        }
        let within: Vec<_> = map.iter().filter(|(key, _)| range.contains(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
        prop_assert_eq!(tree.count(&range).unwrap(), within.len() as u64);
        let all = |direction| {
            tree.entries(range.clone(), direction).map(|entry| read(&tree, &entry.unwrap())).collect::<Vec<_>>()
        };
        prop_assert_eq!(&all(Direction::Forward), &within);
        let mut backward = all(Direction::Backward);
        backward.reverse();
        prop_assert_eq!(&backward, &within);
    }

    #[test]
    fn a_diff_is_what_differs(
        parameters in any_parameters(), start in map(500), edits in prop_oneof![changes(40), clustered_changes(), changes(700)],
        range in range(),
    ) {
        let store = store();
        let old = build(&store, parameters, &start);
        let mut map = start.clone();
        change(&mut map, &edits);
        let new = build(&store, parameters, &map);
        for (from, to, before, after) in [(&old, &new, &start, &map), (&new, &old, &map, &start)] {
            for range in [&range, &KeyRange::all()] {
                let mut expected: BTreeMap<Vec<u8>, Values> = BTreeMap::new();
                for key in before.keys().chain(after.keys()) {
                    let (old, new) = (before.get(key), after.get(key));
                    if old != new && range.contains(key) {
                        expected.insert(key.clone(), (old.cloned(), new.cloned()));
                    }
                }
                let read = |tree: &Tree, value: Option<EntryValue>| value.map(|value| tree.read(&value).unwrap().to_vec());
                let found: Vec<_> = from
                    .diff(to, range.clone())
                    .map(|change| change.unwrap())
                    .map(|change| (change.key.to_vec(), (read(from, change.old), read(to, change.new))))
                    .collect();
                prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_merge_is_what_a_sorted_map_would_merge(
        parameters in any_parameters(), start in map(400), left in prop_oneof![changes(60), clustered_changes()],
        right in prop_oneof![changes(60), clustered_changes()], answers in prop::collection::vec((0..4_u8, value()), 1..10),
        page in 1..5_usize,
    ) {
        let store = store();
        let (mut left_map, mut right_map) = (start.clone(), start.clone());
        change(&mut left_map, &left);
        change(&mut right_map, &right);
        let base = build(&store, parameters, &start);
        let left_tree = base.apply(edits_of(&left)).unwrap();
        let right_tree = base.apply(edits_of(&right)).unwrap();

        let mut expected = left_map.clone();
        let mut conflicts = Vec::new();
        for key in right.keys() {
            let (base, ours, theirs) = (start.get(key), left_map.get(key), right_map.get(key));
            if theirs == base || theirs == ours {
                continue;
            }
            if ours != base {
                conflicts.push(key.clone());
            }
            set(&mut expected, key, theirs.cloned());
        }
        for (number, key) in conflicts.iter().enumerate() {
            let (answer, value) = &answers[number % answers.len()];
            let value = match answer {
                0 => left_map.get(key).cloned(),
                1 => right_map.get(key).cloned(),
                2 => Some(value.clone()),
                _ => None,
            };
            set(&mut expected, key, value);
        }

        let mut merge = Merge::new(&base, &left_tree, &right_tree, Vec::new()).unwrap();
        let mut met = Vec::new();
        loop {
            let conflicts = merge.next_conflicts(page).unwrap();
            if conflicts.is_empty() {
                break;
            }
            prop_assert!(conflicts.len() <= page);
            let resolutions = conflicts.iter().enumerate().map(|(offset, conflict)| {
                prop_assert_eq!(conflict.base.as_ref().map(|value| base.read(value).unwrap().to_vec()), start.get(&conflict.key[..]).cloned());
                prop_assert_eq!(conflict.left.as_ref().map(|value| base.read(value).unwrap().to_vec()), left_map.get(&conflict.key[..]).cloned());
                prop_assert_eq!(conflict.right.as_ref().map(|value| base.read(value).unwrap().to_vec()), right_map.get(&conflict.key[..]).cloned());
                let (answer, value) = &answers[(met.len() + offset) % answers.len()];
                Ok(match answer {
                    0 => Resolution::Left,
                    1 => Resolution::Right,
                    2 => Resolution::Put(EntryValue::Inline(bytes(value))),
                    _ => Resolution::Delete,
                })
            }).collect::<Result<Vec<_>, TestCaseError>>()?;
            met.extend(conflicts.iter().map(|conflict| conflict.key.to_vec()));
            merge.resolve(resolutions).unwrap();
        }
        prop_assert_eq!(met, conflicts);
        prop_assert_eq!(merge.finish().unwrap(), build(&store, parameters, &expected));
    }

    /// One side changes a stretch of keys as a whole, the other a few keys, also right at the ends of the stretch.
    #[test]
    fn merging_a_stretch_that_one_side_changed_gives_the_root_of_a_fresh_build(
        parameters in any_parameters(), size in 100..1200_u16, first in 0..1200_u16, count in 0..1200_u16,
        kind in 0..4_u8, near in prop::collection::vec((0..40_u16, any::<bool>(), any::<bool>()), 0..4), elsewhere in changes(3),
    ) {
        let store = store();
        let key = |number: u16| format!("key/{number:05}").into_bytes();
        let start: Map = (0..size).map(|number| (key(4 * number), vec![1])).collect();
        let stretch = 4 * u32::from(first)..4 * (u32::from(first) + u32::from(count));
        let right: Changes = stretch.clone().map(|number| key(u16::try_from(number).unwrap_or(u16::MAX))).filter_map(|key| {
            match (kind, start.contains_key(&key)) {
                (0, true) => Some((key, Some(vec![2]))),
                (1, true) => Some((key, None)),
                (2, false) | (3, _) => Some((key, Some(vec![3]))),
                _ => None,
            }
        }).collect();
        let mut left = elsewhere;
        for (distance, at_start, before) in near {
            let edge = if at_start { stretch.start } else { stretch.end };
            let at = if before { edge.saturating_sub(u32::from(distance)) } else { edge + u32::from(distance) };
            let at = key(u16::try_from(at).unwrap_or(u16::MAX));
            let value = (distance % 3 != 0).then(|| vec![4]);
            left.insert(at, value);
        }
        let base = build(&store, parameters, &start);
        let (left_tree, right_tree) = (base.apply(edits_of(&left)).unwrap(), base.apply(edits_of(&right)).unwrap());
        let (mut expected, mut right_map) = (start.clone(), start.clone());
        change(&mut expected, &left);
        change(&mut right_map, &right);
        for key in right.keys().filter(|key| right_map.get(*key) != start.get(*key)) {
            set(&mut expected, key, right_map.get(key).cloned());
        }
        let mut merge = Merge::new(&base, &left_tree, &right_tree, Vec::new()).unwrap();
        loop {
            let conflicts = merge.next_conflicts(2).unwrap();
            if conflicts.is_empty() {
                break;
            }
            merge.resolve(vec![Resolution::Right; conflicts.len()]).unwrap();
        }
        prop_assert_eq!(merge.finish().unwrap(), build(&store, parameters, &expected));
    }

    /// Both sides remove keys near each other, so that boundaries which stand on both sides fall in the merged tree.
    #[test]
    fn merging_dense_and_sparse_removals_gives_the_root_of_a_fresh_build(
        parameters in any_parameters(), size in 200..1500_u16,
        fates in prop::collection::vec(0..6_u8, 1500), clusters in prop::collection::vec((any::<Index>(), any::<u16>()), 1..6),
    ) {
        let store = store();
        let key = |number: usize| format!("key/{number:05}").into_bytes();
        let start: Map = (0..usize::from(size)).map(|number| (key(number), vec![1])).collect();
        let right: Changes = (0..usize::from(size)).filter_map(|number| match fates[number] {
            0 | 1 => Some((key(number), None)),
            2 => Some((key(number), Some(vec![2]))),
            _ => None,
        }).collect();
        let left: Changes = clusters.iter().flat_map(|(at, fates)| {
            let at = at.index(usize::from(size));
            (0..16_usize).filter(move |bit| fates >> bit & 1 == 1).map(move |bit| (key(at + bit), None))
        }).collect();
        let base = build(&store, parameters, &start);
        let (left_tree, right_tree) = (base.apply(edits_of(&left)).unwrap(), base.apply(edits_of(&right)).unwrap());
        let mut expected = start.clone();
        change(&mut expected, &left);
        change(&mut expected, &right);
        let mut merge = Merge::new(&base, &left_tree, &right_tree, Vec::new()).unwrap();
        loop {
            let conflicts = merge.next_conflicts(2).unwrap();
            if conflicts.is_empty() {
                break;
            }
            merge.resolve(vec![Resolution::Right; conflicts.len()]).unwrap();
        }
        prop_assert_eq!(merge.finish().unwrap(), build(&store, parameters, &expected));
    }

    #[test]
    fn merge_rules_hold_for_their_ranges(
        parameters in any_parameters(), start in map(300), left in changes(60), right in changes(60),
        cuts in prop::collection::btree_set(key(), 2..7), rules in prop::array::uniform3(0..3_usize),
    ) {
        let store = store();
        let base = build(&store, parameters, &start);
        let left_tree = base.apply(edits_of(&left)).unwrap();
        let right_tree = base.apply(edits_of(&right)).unwrap();
        let (mut left_map, mut right_map) = (start.clone(), start.clone());
        change(&mut left_map, &left);
        change(&mut right_map, &right);
        let cuts: Vec<_> = cuts.into_iter().collect();
        let ranges: Vec<_> = cuts.windows(2).step_by(2).map(|pair| KeyRange {
            lower: std::ops::Bound::Included(bytes(&pair[0])), upper: std::ops::Bound::Excluded(bytes(&pair[1])),
        }).collect();
        let rule = |number: usize| [RangeRule::KeepLeft, RangeRule::TakeRight, RangeRule::Delete][rules[number]];
        let mut expected = left_map.clone();
        for key in start.keys().chain(left.keys()).chain(right.keys()) {
            let value = match ranges.iter().position(|range| range.contains(key)).map(rule) {
                Some(RangeRule::KeepLeft) => left_map.get(key),
                Some(RangeRule::Delete) => None,
                Some(RangeRule::TakeRight) => right_map.get(key),
                None if right_map.get(key) != start.get(key) => right_map.get(key),
                None => left_map.get(key),
            };
            set(&mut expected, key, value.cloned());
        }
        let rules = ranges.iter().enumerate().map(|(number, range)| (range.clone(), rule(number))).collect();
        let mut merge = Merge::new(&base, &left_tree, &right_tree, rules).unwrap();
        loop {
            let conflicts = merge.next_conflicts(3).unwrap();
            if conflicts.is_empty() {
                break;
            }
            merge.resolve(vec![Resolution::Right; conflicts.len()]).unwrap();
        }
        prop_assert_eq!(merge.finish().unwrap(), build(&store, parameters, &expected));
    }
}

fn set(map: &mut Map, key: &[u8], value: Option<Vec<u8>>) {
    match value {
        Some(value) => map.insert(key.to_vec(), value),
        None => map.remove(key),
    };
}
