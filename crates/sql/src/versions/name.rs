//! Names of what is no table of the state that is read: a table AS OF a version, or a function that gives rows. They stand where
//! names of tables stand, with zero bytes, which no text that is parsed has.

use crate::error::Result;

/// What such a name says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named<'a> {
    Past { table: &'a str, revision: Word<'a> },
    Function { name: &'a str, arguments: Vec<Word<'a>> },
}

/// A text, or the parameter that is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word<'a> {
    Literal(&'a str),
    Parameter(usize),
}

/// An argument of such a name, as it is written.
pub(crate) enum Argument {
    Literal(String),
    /// By its place among those of the statement.
    Parameter(usize),
}

impl Argument {
    fn written(&self) -> String {
        match self {
            Self::Literal(text) => format!("\0@{text}"),
            Self::Parameter(place) => format!("\0${place}"),
        }
    }
}

/// The name of a table as of a version.
pub(crate) fn past(table: &str, revision: &Argument) -> String {
    format!("{table}{}", revision.written())
}

/// The name of the rows that a function gives.
pub(crate) fn function(name: &str, arguments: &[Argument]) -> String {
    let arguments: String = arguments.iter().map(Argument::written).collect();
    format!("\0{name}{arguments}")
}

impl<'a> Named<'a> {
    /// `None` for the name of a table.
    pub(super) fn read(name: &'a str) -> Option<Self> {
        let mut parts = name.split('\0');
        let first = parts.next()?;
        if first.is_empty() {
            let name = parts.next()?;
            return Some(Self::Function { name, arguments: parts.map(Word::read).collect::<Option<_>>()? });
        }
        Some(Self::Past { table: first, revision: Word::read(parts.next()?)? })
    }
}

impl<'a> Word<'a> {
    fn read(text: &'a str) -> Option<Self> {
        match text.split_at_checked(1)? {
            ("@", literal) => Some(Self::Literal(literal)),
            ("$", place) => Some(Self::Parameter(place.parse().ok()?)),
            _ => None,
        }
    }

    /// The text; `parameter` gives that of a parameter.
    pub(super) fn text(self, parameter: &dyn Fn(usize) -> Result<String>) -> Result<String> {
        match self {
            Self::Literal(text) => Ok(text.to_owned()),
            Self::Parameter(place) => parameter(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let name = past("users", &Argument::Literal("main~1".into()));
        assert_eq!(
            Named::read(&name),
            Some(Named::Past { table: "users", revision: Word::Literal("main~1") })
        );
        let name = function("prolly_diff", &[Argument::Literal("t".into()), Argument::Parameter(3)]);
        let arguments = vec![Word::Literal("t"), Word::Parameter(3)];
        assert_eq!(Named::read(&name), Some(Named::Function { name: "prolly_diff", arguments }));
        assert_eq!(Named::read("users"), None);
    }
}
