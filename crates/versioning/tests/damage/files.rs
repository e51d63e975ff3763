//! A small store with everything in it, as files, and what is read from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use prolly_versioning::{
    CheckoutOptions, CommitId, Direction, InitOptions, KeyRange, LogOptions, MergeOptions, Namespace,
    OpenOptions, Result, StorageKind, Strategy, VersionedStore,
};

use super::common::*;

/// Two branches that were merged, a tag, a namespace, values of all lengths, packed and loose refs, and staged changes.
pub(crate) fn grow(folder: &Path, storage: StorageKind) {
    let options = InitOptions { storage, branch: Some("main".into()), ..InitOptions::default() };
    let store = VersionedStore::init(folder, options).unwrap();
    for number in 0..300 {
        put(&store, &format!("key {number:03}"), &format!("{number}").repeat(6));
    }
    put(&store, "long", &"l".repeat(2000));
    commit(&store, "first");
    store.put(&named("files"), "longer", noise(0, 70_000)).unwrap();
    commit(&store, "a namespace");
    store.create_branch("feature", None).unwrap();
    put(&store, "key 010", "main");
    commit(&store, "on main");
    store.create_tag("v1", None).unwrap();
    git(folder, &["pack-refs", "--all"]);
    store.checkout("feature", &CheckoutOptions::default()).unwrap();
    put(&store, "key 200", "feature");
    commit(&store, "on feature");
    store.checkout("main", &CheckoutOptions::default()).unwrap();
    let options = MergeOptions { strategy: Some(Strategy::TakeSource), ..merging() };
    store.merge("feature", &options).unwrap();
    put(&store, "staged", "1");
    store.delete(&DEFAULT, b"key 020").unwrap();
    store.close().unwrap();
}

/// The files of a store, by their names below its folder.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// The entries of the namespaces.
type Maps = Vec<BTreeMap<String, Vec<u8>>>;

/// All that a reader gets out of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    head: String,
    branches: Vec<(String, Option<CommitId>)>,
    tags: Vec<(String, CommitId)>,
    working: Maps,
    versions: Vec<(CommitId, Maps)>,
}

/// Opens the store and reads everything, as somebody would who knows nothing of it.
pub(crate) fn read_all(folder: &Path) -> Result<Read> {
    let store = VersionedStore::open(folder, OpenOptions::default())?;
    let namespaces = [DEFAULT, named("files")];
    let maps = |read: &dyn Fn(&Namespace) -> Result<prolly_versioning::StoreEntries>| {
        let map = |namespace| {
            read(namespace)?
                .map(|entry| {
                    let (key, value) = entry?;
                    Ok((String::from_utf8_lossy(&key).into_owned(), value.to_vec()))
                })
                .collect::<Result<BTreeMap<_, _>>>()
        };
        namespaces.iter().map(map).collect::<Result<Vec<_>>>()
    };
    let working = maps(&|namespace| store.entries(namespace, KeyRange::all(), Direction::Forward))?;
    let branches: Vec<_> = store.branches()?.into_iter().map(|branch| (branch.name, branch.commit)).collect();
    let tags: Vec<_> = store.tags()?.into_iter().map(|tag| (tag.name, tag.commit)).collect();
    let mut versions = Vec::new();
    for commit in store.log(&LogOptions::default())? {
        let id = commit?.id;
        let version = store.at(&id.to_string())?;
        versions
            .push((id, maps(&|namespace| version.entries(namespace, KeyRange::all(), Direction::Forward))?));
    }
    // Also what HEAD does not reach.
    for name in branches.iter().map(|(name, _)| name).chain(tags.iter().map(|(name, _)| name)) {
        store.at(name)?.count(&DEFAULT, &KeyRange::all())?;
    }
    let head = store.head()?.branch().unwrap_or("detached").to_owned();
    Ok(Read { head, branches, tags, working, versions })
}

impl Read {
    /// What differs, for a message.
    pub(crate) fn against(&self, original: &Self) -> String {
        let sizes = |maps: &Maps| maps.iter().map(BTreeMap::len).collect::<Vec<_>>();
        let show = |read: &Self| {
            let versions: Vec<_> = read.versions.iter().map(|(id, maps)| (id.short(), sizes(maps))).collect();
            format!(
                "{} {:?} {:?} {:?} {versions:?}",
                read.head,
                read.branches,
                read.tags,
                sizes(&read.working)
            )
        };
        format!("{}\ninstead of {}", show(self), show(original))
    }
}

/// Whether this much of a reading is what it must be: all of it, but for names and refs, which nothing guards.
impl Read {
    /// Every version that was read is a version of the original, and the working state one of those or the original's.
    pub(crate) fn is_of(&self, original: &Self) -> bool {
        let known = |id: &CommitId| original.versions.iter().find(|(version, _)| version == id);
        self.versions.iter().all(|(id, maps)| known(id).is_some_and(|(_, original)| original == maps))
            && (self.working == original.working
                || original.versions.iter().any(|(_, maps)| *maps == self.working))
    }

    /// It is the original with the last changes of the journal missing: a journal that ends early is one whose end was not written.
    pub(crate) fn is_before(&self, original: &Self) -> bool {
        let committed = &original.versions[0].1;
        let mut staged = committed.clone();
        staged[0].insert("staged".into(), b"1".to_vec());
        let rest = Self { working: original.working.clone(), ..self.clone() };
        rest == *original && [committed, &staged].contains(&&self.working)
    }
}
