//! How stores are made and opened.

use napi_derive::napi;
use prolly_storage::{NodeBounds, Parameters};
use prolly_versioning::{Durability, InitOptions, OpenOptions, StorageKind};

use crate::fault::{Fault, Result};

/// Bounds of the nodes of one kind.
#[napi(object)]
pub struct NativeNodeBounds {
    /// Entries on both sides whose hashes decide.
    pub window: u32,
    /// Least entries of a node made by a cut.
    pub min: u32,
    /// Most entries of a node.
    pub max: u32,
}

/// What decides the shape of a tree.
#[napi(object)]
pub struct NativeTreeConfig {
    /// Bounds of leaves.
    pub leaf: NativeNodeBounds,
    /// Bounds of internal nodes.
    pub internal: NativeNodeBounds,
    /// A longer value, in bytes, lives out of line.
    pub inline_value_max: u32,
}

impl From<NodeBounds> for NativeNodeBounds {
    fn from(bounds: NodeBounds) -> Self {
        Self { window: bounds.window.into(), min: bounds.min.into(), max: bounds.max.into() }
    }
}

impl From<Parameters> for NativeTreeConfig {
    fn from(parameters: Parameters) -> Self {
        Self {
            leaf: parameters.leaf.into(),
            internal: parameters.internal.into(),
            inline_value_max: parameters.inline_value_max,
        }
    }
}

impl NativeNodeBounds {
    fn read(&self, kind: &str) -> Result<NodeBounds> {
        let number = |name: &str, value: u32| {
            u16::try_from(value).map_err(|_| {
                Fault::invalid(
                    "config",
                    format!("config.{kind}.{name} is {value}, it must be at most {}", u16::MAX),
                )
            })
        };
        Ok(NodeBounds {
            window: number("window", self.window)?,
            min: number("min", self.min)?,
            max: number("max", self.max)?,
        })
    }
}

impl NativeTreeConfig {
    /// The checked parameters.
    pub(crate) fn read(&self) -> Result<Parameters> {
        let parameters = Parameters {
            leaf: self.leaf.read("leaf")?,
            internal: self.internal.read("internal")?,
            inline_value_max: self.inline_value_max,
        };
        parameters.validate()?;
        Ok(parameters)
    }
}

/// The parameters of a tree for which none were chosen.
#[napi(catch_unwind)]
pub fn default_tree_config() -> NativeTreeConfig {
    Parameters::default().into()
}

/// How a store is opened and, where that is asked for, made.
#[napi(object, object_to_js = false)]
pub struct NativeOpenOptions {
    /// What survives a loss of power: `full`, `commit` or `off`.
    pub durability: Option<String>,
    /// What decides the shape of a new store's tree.
    pub config: Option<NativeTreeConfig>,
    /// The first branch of a new store.
    pub branch: Option<String>,
    /// Where a new store keeps its nodes: `git`, `file` or `rocksdb`.
    pub storage: Option<String>,
}

impl NativeOpenOptions {
    /// How to open.
    pub(crate) fn open(&self) -> Result<OpenOptions> {
        let durability = match self.durability.as_deref() {
            None | Some("commit") => Durability::Commit,
            Some("full") => Durability::Full,
            Some("off") => Durability::Off,
            Some(other) => {
                return Err(Fault::invalid("durability", format!("there is no durability '{other}'")));
            }
        };
        Ok(OpenOptions { durability, ..OpenOptions::default() })
    }

    /// How to make.
    pub(crate) fn init(&self) -> Result<InitOptions> {
        let parameters = self.config.as_ref().map_or(Ok(Parameters::default()), NativeTreeConfig::read)?;
        let (branch, storage) = (self.branch.clone(), self.storage()?);
        Ok(InitOptions { open: self.open()?, parameters, branch, storage })
    }

    /// Where a new store keeps its nodes.
    pub(crate) fn storage(&self) -> Result<StorageKind> {
        Ok(self.storage.as_deref().map_or(Ok(StorageKind::Git), str::parse)?)
    }
}
