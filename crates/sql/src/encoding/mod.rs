//! How rows, keys and schemas are written. Part of the format: what is here never changes, it only gets another number.

pub(crate) mod key;
pub(crate) mod reader;
pub(crate) mod row;
pub(crate) mod value;

#[cfg(test)]
mod tests;
