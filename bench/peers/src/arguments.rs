//! What to run.

use crate::values::Values;

const VALUES: &str = "--values=";

/// What the command line asks for.
pub struct Arguments {
    /// Kinds of values.
    pub values: Vec<Values>,
    sizes: Vec<u64>,
    words: Vec<String>,
}

impl Arguments {
    /// Numbers are sizes, `--values=` names kinds of values, and what else there is are words of titles.
    pub fn of(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut read = Self { values: Vec::new(), sizes: Vec::new(), words: Vec::new() };
        for argument in arguments {
            if let Some(names) = argument.strip_prefix(VALUES) {
                for name in names.split(',') {
                    let named = Values::ALL.into_iter().find(|values| values.name() == name);
                    let known = || Values::ALL.map(Values::name).join(", ");
                    read.values
                        .push(named.ok_or_else(|| format!("no values {name:?}: there are {}", known()))?);
                }
            } else if argument.starts_with("--") {
                return Err(format!("no option {argument:?}: there is {VALUES}"));
            } else if let Ok(size) = argument.parse() {
                read.sizes.push(size);
            } else {
                read.words.push(argument);
            }
        }
        if read.values.is_empty() {
            read.values.push(Values::Bytes100);
        }
        Ok(read)
    }

    /// Numbers of entries of trees with such values, unless told otherwise those that the kind is for.
    pub fn sizes(&self, values: Values) -> &[u64] {
        if self.sizes.is_empty() { values.sizes() } else { &self.sizes }
    }

    /// Whether the task of this title is to run.
    pub fn asks_for(&self, title: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| title.contains(word))
    }
}
