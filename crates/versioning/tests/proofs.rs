//! Proofs of versions answer what plain maps answer, by namespace, and none verifies after a change.
#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

mod common;

use std::ops::Bound;

use bytes::Bytes;
use common::*;
use prolly_versioning::proof::{ProvenEntry, verify};
use prolly_versioning::{Error, InitOptions, KeyRange, Namespace, Snapshot, VersionedStore};
use proptest::prelude::*;

fn entries(proven: Vec<ProvenEntry>) -> Vec<(String, String)> {
    proven.into_iter().map(|entry| (text(entry.key), text(entry.value.bytes().unwrap()))).collect()
}

fn key() -> impl Strategy<Value = String> {
    (0_u8..60).prop_map(|number| format!("k{number:02}"))
}

fn bound() -> impl Strategy<Value = Bound<Bytes>> {
    prop_oneof![
        1 => Just(Bound::Unbounded),
        2 => key().prop_map(|key| Bound::Included(key.into())),
        2 => key().prop_map(|key| Bound::Excluded(key.into())),
    ]
}

fn ranges() -> impl Strategy<Value = Vec<KeyRange>> {
    let range = prop_oneof![
        3 => key().prop_map(KeyRange::one),
        1 => (bound(), bound()).prop_map(|(lower, upper)| KeyRange { lower, upper }),
    ];
    prop::collection::vec(range, 0..5)
}

fn space() -> impl Strategy<Value = Contents> {
    let value = (0_u8..9).prop_map(|number| format!("{number}").repeat(if number == 0 { 3000 } else { 3 }));
    prop::collection::btree_map(key(), value, 0..40)
}

/// A version with a default namespace and named ones.
fn version(spaces: &[(Namespace, Contents)]) -> Snapshot {
    let store = VersionedStore::memory(InitOptions::default()).unwrap();
    for (namespace, contents) in spaces {
        for (key, value) in contents {
            store.put(namespace, key.clone(), value.clone()).unwrap();
        }
    }
    store.commit(&prolly_versioning::CommitOptions { allow_empty: true, ..by_ada("all") }).unwrap();
    store.at("HEAD").unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn proofs_answer_as_maps_do(
        default in space(), flags in space(), users in space(), queries in prop::collection::vec(ranges(), 1..4),
    ) {
        let spaces = [(DEFAULT, default), (named("flags"), flags), (named("users"), users), (named("none"), Contents::new())];
        let version = version(&spaces);
        for ((namespace, contents), query) in spaces.iter().flat_map(|space| queries.iter().map(move |query| (space, query))) {
            let proof = version.prove(namespace, query).unwrap();
            let proven = verify(&version.root(), &proof, namespace, query).unwrap();
            let within = |key: &str| query.iter().any(|range| range.contains(key.as_bytes()));
            let expected = contents.iter().filter(|(key, _)| within(key));
            let expected: Vec<_> = expected.map(|(key, value)| (key.clone(), value.clone())).collect();
            prop_assert_eq!(entries(proven), expected);
            // Of another namespace it proves nothing.
            for (other, _) in spaces.iter().filter(|(other, _)| other != namespace) {
                if let Ok(proven) = verify(&version.root(), &proof, other, query) {
                    // Both names are absent, which one proof of the catalogue shows.
                    prop_assert!(proven.is_empty() && *other != DEFAULT && *namespace != DEFAULT);
                }
            }
        }
    }
}

#[test]
fn a_proof_with_any_bit_changed_or_byte_missing_is_refused() {
    let contents =
        |numbers: std::ops::Range<u32>| numbers.map(|number| (format!("k{number}"), "v".repeat(9))).collect();
    let version = version(&[(DEFAULT, contents(0..20)), (named("flags"), contents(20..40))]);
    let query = [KeyRange::one("k21"), KeyRange::one("k7")];
    for namespace in [DEFAULT, named("flags"), named("none")] {
        let proof = version.prove(&namespace, &query).unwrap();
        verify(&version.root(), &proof, &namespace, &query).unwrap();
        let refused = |proof: &[u8]| {
            matches!(
                verify(&version.root(), proof, &namespace, &query),
                Err(Error::Tree(prolly_tree::Error::InvalidProof { .. }))
            )
        };
        for bit in 0..8 * proof.len() {
            let mut changed = proof.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(refused(&changed), "{namespace}, bit {bit}");
        }
        for length in 0..proof.len() {
            assert!(refused(&proof[..length]), "{namespace}, {length} bytes");
        }
        assert!(refused(&[&proof[..], b"x"].concat()), "{namespace}");
    }
}

#[test]
fn a_renamed_namespace_is_proven_under_its_new_name() {
    let store = VersionedStore::memory(InitOptions::default()).unwrap();
    store.put(&named("flags"), "dark", "on").unwrap();
    commit(&store, "begin");
    store.rename_namespace("flags", "switches").unwrap();
    commit(&store, "rename");
    let query = [KeyRange::all()];
    for (revision, name, found) in
        [("HEAD~1", "flags", 1), ("HEAD~1", "switches", 0), ("HEAD", "flags", 0), ("HEAD", "switches", 1)]
    {
        let version = store.at(revision).unwrap();
        let proof = version.prove(&named(name), &query).unwrap();
        assert_eq!(
            verify(&version.root(), &proof, &named(name), &query).unwrap().len(),
            found,
            "{name} at {revision}"
        );
    }
}
