//! Transactions on their way to the branch, together where they arrive together.
//!
//! Whoever comes to the store's lock publishes all that wait for it, a commit each: one pack, and one move of the branch. So many
//! writers share the syncs of one.

use std::sync::Arc;

use parking_lot::Mutex;
use prolly_storage::git::{Oid, StoreLock};
use prolly_tree::Tree;

use crate::commit::summary;
use crate::rebase::{Carried, Equal, carry_over, find_conflict};
use crate::shared::{Appending, Shared};
use crate::view::{Entries, Position};
use crate::{Changes, CommitOptions, Error, Result};

/// Bytes of pending writes past which a transaction is published alone: the commits of a group are in memory until they are
/// written.
const GROUPED_BYTES: usize = 1 << 20;
/// So many are published together: each is merged with those before it.
const GROUP_MAX: usize = 64;

/// A transaction that waits to be published.
pub(crate) struct Publication {
    /// Where HEAD was when it began.
    began: Position,
    base: Tree,
    changes: Entries,
    options: CommitOptions,
    is_small: bool,
    answer: Mutex<Option<Result<Oid>>>,
}

impl Publication {
    pub(crate) fn new(began: Position, base: Tree, changes: Entries, options: CommitOptions) -> Arc<Self> {
        // What was applied to the tree already took more than an overlay.
        let is_small = changes.tree.pending_bytes() <= GROUPED_BYTES && *changes.tree.tree() == base;
        Arc::new(Self { began, base, changes, options, is_small, answer: Mutex::default() })
    }

    fn is_answered(&self) -> bool {
        self.answer.lock().is_some()
    }

    fn answer(&self, answer: Result<Oid>) {
        *self.answer.lock() = Some(answer);
    }
}

/// A commit that was made of a publication.
struct Made {
    tree: Tree,
    commit: Oid,
}

impl Shared {
    /// Publishes a transaction, and with it those that wait.
    pub(crate) fn publish_transaction(&self, publication: Arc<Publication>) -> Result<Oid> {
        self.waiting.lock().push(Arc::clone(&publication));
        let published = self.exclusively_unless(
            || publication.is_answered(),
            |store| {
                while let Some(group) = self.next_group(&publication) {
                    self.publish_group(store, &group);
                }
                Ok(())
            },
        );
        // Nobody else is at it now, or ever will be.
        self.waiting.lock().retain(|waiting| !Arc::ptr_eq(waiting, &publication));
        match publication.answer.lock().take() {
            Some(answer) => answer,
            // Another thread panicked over it.
            None => published.and(Err(Error::Poisoned { reason: "publishing was cut short".into() })),
        }
    }

    /// Those that can be published together, in the order they came; `None` when `mine` was.
    fn next_group(&self, mine: &Publication) -> Option<Vec<Arc<Publication>>> {
        if mine.is_answered() {
            return None;
        }
        let mut waiting = self.waiting.lock();
        let first = waiting.first()?;
        let alike = |other: &Arc<Publication>| {
            other.is_small && first.is_small && other.began.branch == first.began.branch
        };
        let count = waiting.iter().skip(1).take(GROUP_MAX - 1).take_while(|other| alike(other)).count();
        Some(waiting.drain(..=count).collect())
    }

    /// Publishes a group; where that fails, one by one, so that each gets its own answer.
    fn publish_group(&self, store: &StoreLock, group: &[Arc<Publication>]) {
        match (self.try_publish(store, group).map_err(|error| self.poison_for(error)), group) {
            (Ok(true), _) => {}
            (Err(error), [one]) => one.answer(Err(error)),
            _ => group.iter().for_each(|one| self.publish_group(store, std::slice::from_ref(one))),
        }
    }

    /// Publishes a group and answers each of it; `false` when something was staged meanwhile that one of several is in conflict
    /// with: nothing has changed then.
    fn try_publish(&self, store: &StoreLock, group: &[Arc<Publication>]) -> Result<bool> {
        let Some(first) = group.first() else { return Ok(true) };
        let began = &first.began;
        {
            let mut appending = self.appending()?;
            // A store without commits is told from a broken one by its journal.
            if group.iter().any(|one| one.began.commit.is_none()) {
                self.settle(store, &mut appending)?;
            } else {
                self.reload(&mut appending)?;
            }
        }
        let tip = Position { commit: self.tip(began)?, ..began.clone() };
        let mut onto = self.tree_of(tip.commit)?;
        let (mut last, mut batch) = (tip.clone(), self.backend.batch());
        let mut answers: Vec<Result<Made>> = Vec::with_capacity(group.len());
        for one in group {
            if last.commit.is_none() && one.began.commit.is_some() {
                answers.push(Err(crate::branch::no_branch(began.name())));
                continue;
            }
            let made = self.carry(one, &tip, &last, &onto, &batch).and_then(|(tree, parents)| {
                let commit = self.new_commit(&one.options, parents)?;
                let commit = self.backend.add(&mut batch, &tree, &commit)?;
                Ok(Made { tree, commit })
            });
            if made.as_ref().is_err_and(Error::is_failed_write) {
                return made.map(|_| false);
            }
            if let Ok(Made { tree, commit }) = &made {
                (onto, last.commit) = (tree.clone(), Some(*commit));
            }
            answers.push(made);
        }
        if answers.iter().any(Result::is_ok) {
            let written = self.backend.finish(store, batch)?;
            let mut appending = self.appending()?;
            self.catch_up(&mut appending)?;
            // Once more: something may have been staged meanwhile.
            if let Err(error) = self.refuse_conflict_with_staged(&tip, &onto) {
                if group.len() > 1 {
                    return Ok(false);
                }
                return Err(error);
            }
            let made: Vec<_> = group.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()).collect();
            let message = match &made[..] {
                [(one, _)] => format!("commit (transaction): {}", summary(&one.options.message)),
                several => format!("commit (transaction): {} commits", several.len()),
            };
            if let Some(commit) = last.commit {
                self.move_head(store, &tip, commit, &message)?;
            }
            drop(written);
            if self.show(store, &mut appending).is_err() {
                // They are published; whoever looks next finds out what is wrong.
                appending.writer.journal = None;
                appending.writer.unsettled = true;
            }
        }
        for (one, answer) in group.iter().zip(answers) {
            one.answer(answer.map(|made| made.commit));
        }
        Ok(true)
    }

    /// The tree of a transaction on top of `last`, and what its commit follows.
    fn carry(
        &self,
        one: &Publication,
        tip: &Position,
        last: &Position,
        onto: &Tree,
        batch: &crate::backend::Batch,
    ) -> Result<(Tree, Vec<Oid>)> {
        // What those before it made is in no commit yet: it is read from where this one reads its own.
        batch.lend(one.changes.tree.tree().store());
        let tree = match carry_over(&one.base, onto, &one.changes, Equal::Conflicts)? {
            Carried::Over(tree) => tree,
            Carried::Conflict { keys, more } => {
                let (changes, branch) = (Changes::Transaction, last.name().to_owned());
                return Err(Error::Conflict { changes, branch, keys, more });
            }
        };
        if tree == *onto && !one.options.allow_empty {
            return Err(Error::NothingToCommit { head: last.name().to_owned() });
        }
        self.refuse_conflict_with_staged(tip, &tree)?;
        Ok((tree, last.commit.into_iter().collect()))
    }

    /// Where the branch is now that transactions began on.
    fn tip(&self, began: &Position) -> Result<Option<Oid>> {
        match &began.branch {
            Some(branch) => Ok(self.repository().ref_target(&format!("refs/heads/{branch}"))?),
            None => match self.position()? {
                Position { branch: None, commit } => Ok(commit),
                Position { .. } => Err(Error::Moved { branch: "HEAD".into(), operation: "transaction" }),
            },
        }
    }

    /// That no key that `tree` changed is staged in this worktree, when both are for one branch.
    fn refuse_conflict_with_staged(&self, tip: &Position, tree: &Tree) -> Result<()> {
        let view = self.view();
        if view.position.branch != tip.branch {
            return Ok(());
        }
        self.refuse_conflict(&view)?;
        match find_conflict(&view.base, tree, &view.working)? {
            None => Ok(()),
            Some((keys, more)) => {
                let (changes, branch) = (Changes::TransactionAndStaged, tip.name().to_owned());
                Err(Error::Conflict { changes, branch, keys, more })
            }
        }
    }

    /// Brings the handle up to date; what is staged goes on from the new commit.
    fn show(&self, store: &StoreLock, appending: &mut Appending<'_>) -> Result<()> {
        self.reload(appending)?;
        let staged = self.view().is_staged()?;
        if staged { self.settle(store, appending) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::{Author, InitOptions, LogOptions, Namespace, StorageKind, Transaction, VersionedStore};

    const KEYS: Namespace = Namespace::Default;

    fn by_ada(message: &str) -> CommitOptions {
        let author = Author { name: "Ada".into(), email: "ada@example.com".into(), time: None };
        CommitOptions { author: Some(author), ..CommitOptions::message(message) }
    }

    fn store(folder: &Path, storage: StorageKind) -> VersionedStore {
        let options = InitOptions { storage, branch: Some("main".into()), ..InitOptions::default() };
        let store = VersionedStore::init(folder, options).unwrap();
        for number in 0..500 {
            store.put(&KEYS, format!("k{number:03}"), "0").unwrap();
        }
        store.commit(&by_ada("begin")).unwrap();
        store
    }

    /// Packs, each of which takes three syncs.
    fn packs(store: &VersionedStore) -> usize {
        let packs = std::fs::read_dir(store.git_dir().join("objects/pack")).unwrap();
        packs
            .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|it| it == "pack"))
            .count()
    }

    /// Commits transactions that all wait when the lock is free, in their order.
    fn together(store: &VersionedStore, transactions: Vec<Transaction>) -> Vec<Result<Oid>> {
        let shared = &store.shared;
        let mut threads = Vec::new();
        shared
            .exclusively(|_| {
                for (index, transaction) in transactions.into_iter().enumerate() {
                    threads.push(thread::spawn(move || {
                        transaction.commit(&by_ada(&format!("t{index}"))).map(|commit| commit.id)
                    }));
                    while shared.waiting.lock().len() <= index {
                        thread::sleep(Duration::from_millis(1));
                    }
                }
                Ok(())
            })
            .unwrap();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    }

    /// How often the branch moved.
    fn moves(store: &VersionedStore) -> usize {
        store.shared.repository().reflog("refs/heads/main").unwrap().len()
    }

    fn putting(store: &VersionedStore, entries: &[(&str, &str)]) -> Transaction {
        let transaction = store.transaction().unwrap();
        for (key, value) in entries {
            transaction.put(&KEYS, (*key).to_owned(), (*value).to_owned()).unwrap();
        }
        transaction
    }

    fn messages(store: &VersionedStore) -> Vec<String> {
        let log = store.log(&LogOptions::default()).unwrap();
        let mut messages: Vec<_> = log.map(|commit| commit.unwrap().message.trim().to_owned()).collect();
        messages.reverse();
        messages
    }

    fn get(store: &VersionedStore, revision: &str, key: &str) -> Option<String> {
        let value = store.at(revision).unwrap().get(&KEYS, key.as_bytes()).unwrap();
        value.map(|value| String::from_utf8(value.into()).unwrap())
    }

    #[test]
    fn those_that_wait_together_share_a_pack_and_have_a_commit_each() {
        for storage in [StorageKind::Git, StorageKind::File] {
            let folder = tempfile::tempdir().unwrap();
            let store = store(folder.path(), storage);
            let (packs_before, moves_before) = (packs(&store), moves(&store));
            let long = "x".repeat(5000);
            let transactions: Vec<_> = (0..20)
                .map(|number| {
                    let key = format!("k{:03}", number * 17 + 1);
                    putting(&store, &[(&key, &number.to_string()), (&format!("new{number}"), &long)])
                })
                .collect();
            let answers = together(&store, transactions);
            assert!(answers.iter().all(Result::is_ok), "{answers:?}");
            assert_eq!((packs(&store), moves(&store)), (packs_before + 1, moves_before + 1));
            let expected: Vec<_> = (0..20).map(|number| format!("t{number}")).collect();
            assert_eq!(messages(&store)[1..], expected);
            for (number, commit) in answers.into_iter().enumerate() {
                let commit = commit.unwrap().to_string();
                let key = format!("k{:03}", number * 17 + 1);
                assert_eq!(get(&store, &commit, &key), Some(number.to_string()));
                assert_eq!(get(&store, &format!("{commit}^"), &key).as_deref(), Some("0"));
                assert_eq!(get(&store, &commit, &format!("new{number}")).as_deref(), Some(&*long));
            }
            drop(store);
            let again = VersionedStore::open(folder.path(), crate::OpenOptions::default()).unwrap();
            assert_eq!(again.get(&KEYS, b"new19").unwrap().unwrap().len(), 5000);
            let fsck = ["fsck", "--strict", "--full"];
            let status = std::process::Command::new("git").arg("-C").arg(folder.path()).args(fsck).status();
            assert!(status.unwrap().success());
        }
    }

    #[test]
    fn one_that_cannot_be_published_keeps_no_other_from_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), StorageKind::Git);
        let transactions = vec![
            putting(&store, &[("a", "1")]),
            putting(&store, &[("a", "2")]),
            putting(&store, &[]),
            putting(&store, &[("b", "1")]),
            // The same as an earlier one made: both may have counted to it.
            putting(&store, &[("a", "1")]),
            putting(&store, &[("c", "1")]),
        ];
        let answers = together(&store, transactions);
        assert!(matches!(
            &answers[..],
            [
                Ok(_),
                Err(Error::Conflict { .. }),
                Err(Error::NothingToCommit { .. }),
                Ok(_),
                Err(Error::Conflict { .. }),
                Ok(_)
            ]
        ));
        assert_eq!(messages(&store)[1..], ["t0", "t3", "t5"]);
    }

    #[test]
    fn a_group_may_go_back_to_what_an_earlier_one_of_it_had() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), StorageKind::Git);
        let options = CommitOptions { allow_empty: true, ..by_ada("empty") };
        let shared = &store.shared;
        let mut threads = Vec::new();
        shared
            .exclusively(|_| {
                for index in 0..3 {
                    let (transaction, options) = (store.transaction()?, options.clone());
                    threads.push(thread::spawn(move || transaction.commit(&options).map(|commit| commit.id)));
                    while shared.waiting.lock().len() <= index {
                        thread::sleep(Duration::from_millis(1));
                    }
                }
                Ok(())
            })
            .unwrap();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap().is_ok()));
        assert_eq!(messages(&store).len(), 4);
    }

    #[test]
    fn one_in_conflict_with_what_is_staged_leaves_the_others_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), StorageKind::Git);
        store.put(&KEYS, "staged", "here").unwrap();
        let transactions = vec![
            putting(&store, &[("x", "1")]),
            putting(&store, &[("staged", "there")]),
            putting(&store, &[("y", "1")]),
        ];
        let answers = together(&store, transactions);
        assert!(matches!(&answers[..], [Ok(_), Err(Error::Conflict { .. }), Ok(_)]));
        assert_eq!(store.get(&KEYS, b"staged").unwrap().as_deref(), Some(&b"here"[..]));
        assert_eq!(messages(&store)[1..], ["t0", "t2"]);
    }
}
