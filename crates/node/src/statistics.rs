//! What a tree is made of, in numbers and as a drawing.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use prolly_tree::{DrawingOptions, LevelStatistics, Statistics};
use prolly_versioning::VersionStatistics;

use crate::blocking::promise_on;
use crate::commit::NativeCommit;
use crate::map::number;
use crate::order::small;
use crate::queries::NativeTreeQueries;
use crate::store::NativeStore;

/// The nodes of a tree, counted.
#[napi(object, object_from_js = false)]
pub struct NativeStatistics {
    /// How many levels it has.
    pub depth: u32,
    /// How many entries it has.
    pub entries: f64,
    /// Nodes of the tree, and of values outside their leaf.
    pub nodes: f64,
    /// Bytes of all these nodes.
    pub bytes: f64,
    /// Its levels, leaves first.
    pub levels: Vec<NativeLevelStatistics>,
    /// Values outside their leaf.
    pub out_of_line: NativeValueStatistics,
}

/// The nodes of one level.
#[napi(object, object_from_js = false)]
pub struct NativeLevelStatistics {
    /// The height above the leaves.
    pub level: u32,
    /// How many nodes there are.
    pub nodes: f64,
    /// Bytes of these nodes.
    pub bytes: f64,
    /// Entries of these nodes.
    pub entries: f64,
    /// Entries of the node that has the fewest.
    pub min: u32,
    /// Entries of the node that has the most.
    pub max: u32,
    /// Entries that a node may have.
    pub limit: u32,
    /// Entries of a node, in the mean.
    pub mean: f64,
    /// The mean as a share of the limit.
    pub fill: f64,
}

/// Values outside their leaf.
#[napi(object, object_from_js = false)]
pub struct NativeValueStatistics {
    /// Entries with such a value.
    pub values: f64,
    /// Bytes of these entries' values.
    pub length: f64,
    /// Nodes that hold them.
    pub nodes: f64,
    /// Bytes of these nodes.
    pub bytes: f64,
}

impl From<&LevelStatistics> for NativeLevelStatistics {
    fn from(level: &LevelStatistics) -> Self {
        Self {
            level: level.level.into(),
            nodes: number(level.nodes),
            bytes: number(level.bytes),
            entries: number(level.entries),
            min: small(level.min),
            max: small(level.max),
            limit: level.limit.into(),
            mean: level.mean(),
            fill: level.fill(),
        }
    }
}

impl From<Statistics> for NativeStatistics {
    fn from(statistics: Statistics) -> Self {
        let values = &statistics.values;
        Self {
            depth: statistics.depth.into(),
            entries: number(statistics.entries),
            nodes: number(statistics.nodes()),
            bytes: number(statistics.bytes()),
            levels: statistics.levels.iter().map(Into::into).collect(),
            out_of_line: NativeValueStatistics {
                values: number(values.links),
                length: number(values.length),
                nodes: number(values.nodes),
                bytes: number(values.bytes),
            },
        }
    }
}

/// A version, counted.
#[napi(object, object_from_js = false)]
pub struct NativeVersionStatistics {
    /// The commit.
    pub commit: NativeCommit,
    /// Entries of all namespaces.
    pub entries: f64,
    /// Its tree.
    pub tree: NativeStatistics,
    /// Nodes that the first parent's tree has not.
    pub new_nodes: f64,
    /// Bytes of these nodes.
    pub new_bytes: f64,
}

impl From<VersionStatistics> for NativeVersionStatistics {
    fn from(VersionStatistics { commit, entries, tree, new }: VersionStatistics) -> Self {
        Self {
            commit: commit.into(),
            entries: number(entries),
            tree: tree.into(),
            new_nodes: number(new.nodes),
            new_bytes: number(new.bytes),
        }
    }
}

#[napi]
impl NativeStore {
    /// Counts the version that a revision names.
    #[napi(catch_unwind)]
    pub fn stats<'env>(
        &self,
        env: &'env Env,
        revision: String,
    ) -> napi::Result<PromiseRaw<'env, NativeVersionStatistics>> {
        self.work(env, move |store| Ok(store.statistics(&revision)?.into()))
    }
}

#[napi]
impl NativeTreeQueries {
    /// Counts the nodes of the tree.
    #[napi(catch_unwind)]
    pub fn stats<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, NativeStatistics>> {
        let tree = Arc::clone(&self.tree);
        promise_on(env, &self.threads, move || Ok(tree.current()?.stats()?.into()))
    }

    /// Draws the tree. What is left out is as [`DrawingOptions`] has it.
    #[napi(catch_unwind)]
    pub fn draw<'env>(
        &self,
        env: &'env Env,
        depth: Option<u32>,
        width: Option<u32>,
        text: Option<u32>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        let default = DrawingOptions::default();
        let chosen = |option: Option<u32>, default: usize| option.map_or(default, |option| option as usize);
        let options = DrawingOptions {
            depth: chosen(depth, default.depth),
            width: chosen(width, default.width),
            text: chosen(text, default.text),
        };
        let tree = Arc::clone(&self.tree);
        promise_on(env, &self.threads, move || Ok(tree.current()?.draw(&options)?.to_string()))
    }
}
