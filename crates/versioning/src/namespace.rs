//! Names of the key-value spaces in a store.

use std::fmt;
use std::sync::Arc;

use crate::{Error, Result};

/// Which of a store's key-value spaces is meant: the default one, or a named one.
///
/// Equal keys in two namespaces are two entries. One commit, diff or merge carries all of them. A named one comes to be
/// by the first write to it; until then it reads as empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Namespace {
    /// The one without a name.
    #[default]
    Default,
    /// A named one; make it with [`Namespace::named`].
    Named(Arc<str>),
}

impl Namespace {
    /// Bytes that a name may have.
    pub const NAME_MAX: usize = 255;

    /// The namespace with this name: 1 to 255 bytes of UTF-8 without control characters.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for any other name.
    pub fn named(name: &str) -> Result<Self> {
        let reason = if name.is_empty() {
            "is empty"
        } else if name.len() > Self::NAME_MAX {
            "is longer than 255 bytes"
        } else if name.chars().any(char::is_control) {
            "has a control character"
        } else {
            return Ok(Self::Named(name.into()));
        };
        let shown: String = name.chars().take(80).collect();
        Err(Error::invalid(format!("the namespace name {shown:?}"), reason))
    }

    /// The name, `None` for the default namespace.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Default => None,
            Self::Named(name) => Some(name),
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("the default namespace"),
            Self::Named(name) => write!(formatter, "namespace {name:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_bounds() {
        assert_eq!(Namespace::named("flags").unwrap().name(), Some("flags"));
        assert_eq!(Namespace::named(&"n".repeat(255)).unwrap().name().map(str::len), Some(255));
        for bad in ["", "a\nb", "\0", &"n".repeat(256)] {
            assert!(matches!(Namespace::named(bad), Err(Error::InvalidArgument { .. })), "{bad:?}");
        }
    }
}
