//! What a store must hold, as plain maps.

use std::collections::BTreeMap;

use super::common::Contents;

pub(crate) const BRANCHES: [&str; 2] = ["main", "feature"];

/// A store with two branches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) head: usize,
    pub(crate) branches: [Contents; 2],
    pub(crate) working: Contents,
    /// What the branches last had in common.
    pub(crate) base: Contents,
}

/// What a worker says it is about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Set(String, String),
    Delete(String),
    Commit,
    /// A commit of its own, beside what is staged.
    Transact(String, String),
    /// Garbage, which changes nothing.
    Collect,
    /// To the other branch, dropping what is staged.
    Checkout,
    /// Of the other branch, whose side is taken; nothing is staged.
    Merge,
}

impl Step {
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split(' ').collect();
        Some(match words[..] {
            ["set", key, value] => Self::Set(key.into(), value.into()),
            ["delete", key] => Self::Delete(key.into()),
            ["commit"] => Self::Commit,
            ["transact", key, value] => Self::Transact(key.into(), value.into()),
            ["collect"] => Self::Collect,
            ["checkout"] => Self::Checkout,
            ["merge"] => Self::Merge,
            _ => return None,
        })
    }
}

impl Model {
    pub(crate) fn new(seed: Contents) -> Self {
        Self { head: 0, branches: [seed.clone(), seed.clone()], working: seed.clone(), base: seed }
    }

    pub(crate) fn take(&mut self, step: &Step) {
        match step {
            Step::Set(key, value) => drop(self.working.insert(key.clone(), value.clone())),
            Step::Delete(key) => drop(self.working.remove(key)),
            Step::Commit => self.branches[self.head] = self.working.clone(),
            Step::Transact(key, value) => {
                for entries in [&mut self.branches[self.head], &mut self.working] {
                    entries.insert(key.clone(), value.clone());
                    entries.insert("last-transaction".into(), format!("{key} {value}"));
                }
            }
            Step::Collect => {}
            Step::Checkout => {
                self.head = 1 - self.head;
                self.working = self.branches[self.head].clone();
            }
            Step::Merge => {
                let source = self.branches[1 - self.head].clone();
                let merged = merge(&self.base, &self.branches[self.head], &source);
                self.branches[self.head] = merged.clone();
                self.working = merged;
                self.base = source;
            }
        }
    }

    /// What may be found when the process died during `step`: the state before, after, or one between.
    pub(crate) fn possible(&self, step: &Step) -> Vec<Self> {
        let mut after = self.clone();
        after.take(step);
        let mut possible = vec![self.clone(), after];
        if *step == Step::Checkout {
            // What is staged is dropped before HEAD moves.
            let mut between = self.clone();
            between.working = between.branches[between.head].clone();
            possible.push(between);
        }
        possible
    }

    /// Whether these are the same to whoever reads the store.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        (self.head, &self.branches, &self.working) == (other.head, &other.branches, &other.working)
    }
}

/// The entries that both sides make of `base`; where both changed a key, those of the source.
fn merge(base: &Contents, destination: &Contents, source: &Contents) -> Contents {
    let keys = [base, destination, source].into_iter().flat_map(BTreeMap::keys);
    keys.filter_map(|key| {
        let changed = source.get(key) != base.get(key);
        let value = if changed { source.get(key) } else { destination.get(key) };
        value.map(|value| (key.clone(), value.clone()))
    })
    .collect()
}
