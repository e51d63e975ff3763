//! How nodes lie in Git: a tree of objects that mirrors the tree of nodes.
//!
//! A node without links is a blob of its bytes. A node with links is a Git tree: its bytes under `node`, and each link
//! under its position, in four hexadecimal digits. So what one root reaches is what Git reaches from one tree, and
//! entry i of the Git tree says where link i of the node is kept: no index from addresses to object ids is needed.
//!
//! Names are positions and never hashes, so that a changed node keeps its path, and Git finds what to make deltas
//! against. Git sorts a tree's entries as if the names of trees ended in `/`; names of one width stay in order.

mod meta;
mod read;
#[cfg(feature = "testing")]
mod rewrite;
mod tree;
mod write;

pub(super) use self::meta::Meta;
pub(super) use self::read::{MirrorStorage, read_object};
#[cfg(feature = "testing")]
pub use self::rewrite::{rewrite_links, rewrite_meta};
pub(super) use self::tree::{Mode, TreeEntry, encode_tree, parse_tree};
pub(super) use self::write::{NodePlan, Places};

/// The entry of a node's bytes, behind those of its links.
const NODE: &str = "node";
/// The most links a node can have in this layout.
const LINKS_MAX: usize = 1 << 16;

/// The name of link `index`.
fn link_name(index: usize) -> String {
    format!("{index:04x}")
}

/// The entries of a commit's tree.
pub(super) const ATTRIBUTES: &str = ".gitattributes";
/// Layout, parameters, root and counts, for people and for this program.
pub(super) const META: &str = "meta";
/// The root node.
pub(super) const ROOT: &str = "root";

/// Keeps Git from touching line ends, from merging node bytes as text, and hosting sites from showing them.
pub(super) const ATTRIBUTES_TEXT: &str = "* -text -diff merge=binary linguist-generated\nmeta diff\n";
