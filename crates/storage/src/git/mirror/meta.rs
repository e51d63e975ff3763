//! The `meta` file of a version: what it takes to read it, as lines of text.

use std::fmt::Write;

use crate::{Address, NodeBounds, Parameters};

/// The version of the layout that this program writes and reads.
const LAYOUT: u32 = 1;

/// What `meta` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::git) struct Meta {
    /// The kind of storage that keeps the nodes; `git` when they are beside this file.
    pub(in crate::git) storage: String,
    pub(in crate::git) root: Address,
    pub(in crate::git) parameters: Parameters,
    /// Entries of the whole tree.
    pub(in crate::git) entries: u64,
    /// Its levels: 1 for a single leaf.
    pub(in crate::git) levels: u16,
}

impl Meta {
    pub(in crate::git) fn encode(&self) -> String {
        let Parameters { leaf, internal, inline_value_max } = self.parameters;
        let bounds = |bounds: NodeBounds| format!("{} {} {}", bounds.window, bounds.min, bounds.max);
        let mut text = String::new();
        let _ = write!(
            text,
            "layout {LAYOUT}\nstorage {}\nroot {}\nentries {}\nlevels {}\nleaf {}\ninternal {}\ninline-value-max {}\n",
            self.storage,
            self.root,
            self.entries,
            self.levels,
            bounds(leaf),
            bounds(internal),
            inline_value_max
        );
        text
    }

    /// Reads exactly what [`Meta::encode`] writes.
    pub(in crate::git) fn decode(text: &str) -> Result<Self, String> {
        let layout = text.lines().next().and_then(|line| line.strip_prefix("layout "));
        match layout.map(str::parse::<u32>) {
            Some(Ok(LAYOUT)) => {}
            Some(Ok(other)) => {
                return Err(format!("its layout {other} is unknown, this program reads {LAYOUT}"));
            }
            _ => return Err("it does not begin with its layout".into()),
        }
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.ok_or_else(|| format!("it has no line {name:?}"))
        };
        let meta = Self {
            storage: value("storage")?.into(),
            root: value("root")?.parse().map_err(|error| format!("{error}"))?,
            parameters: Parameters {
                leaf: bounds(value("leaf")?)?,
                internal: bounds(value("internal")?)?,
                inline_value_max: number(value("inline-value-max")?)?,
            },
            entries: number(value("entries")?)?,
            levels: number(value("levels")?)?,
        };
        meta.parameters.validate().map_err(|error| error.to_string())?;
        if meta.encode() != text {
            return Err("it is not as this program writes it".into());
        }
        Ok(meta)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} is not a number"))
}

fn bounds(text: &str) -> Result<NodeBounds, String> {
    let numbers: Vec<u16> = text.split(' ').map(number).collect::<Result<_, _>>()?;
    match numbers[..] {
        [window, min, max] => Ok(NodeBounds { window, min, max }),
        _ => Err(format!("{text:?} are not three numbers")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta() -> Meta {
        Meta {
            storage: "git".into(),
            root: Address::of(b"root"),
            parameters: Parameters::default(),
            entries: 1_000_000,
            levels: 4,
        }
    }

    #[test]
    fn text_round_trips() {
        assert_eq!(Meta::decode(&meta().encode()), Ok(meta()));
    }

    #[test]
    fn any_other_text_is_refused() {
        let text = meta().encode();
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            let decoded = String::from_utf8(changed).map(|changed| Meta::decode(&changed));
            assert!(!matches!(decoded, Ok(Ok(found)) if found == meta()), "byte {at}");
            assert!(Meta::decode(&text[..at]).is_err(), "cut at {at}");
        }
        assert!(Meta::decode(&format!("{text}more\n")).is_err());
        let error = Meta::decode(&text.replace("layout 1", "layout 2")).unwrap_err();
        assert!(error.contains("layout 2"), "{error}");
    }
}
