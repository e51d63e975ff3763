//! Names of roots and configuration values as file names that every file system takes and keeps apart.

use crate::{Error, Result};

/// The longest file name made here: all file systems take it.
const FILE_NAME_MAX: usize = 240;
/// Names that Windows keeps to itself.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The file name for `name`: lower-case letters, digits, `-` and `_` stand for themselves, every other byte is `%` and
/// two hexadecimal digits. So names that differ only in case stay apart where the file system would not keep them so.
///
/// # Errors
/// [`InvalidName`](Error::InvalidName) when it would be empty or too long.
pub(super) fn encode(name: &str) -> Result<String> {
    let refused = |reason: &str| Err(Error::InvalidName { name: name.into(), reason: reason.into() });
    if name.is_empty() {
        return refused("it is empty");
    }
    let mut encoded = String::with_capacity(name.len());
    for (index, byte) in name.bytes().enumerate() {
        let plain = byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        if plain && !(index == 0 && is_reserved(name)) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02x}"));
        }
    }
    if encoded.len() > FILE_NAME_MAX {
        return refused(
            "it makes a file name of more than 240 bytes: all but lower-case letters, digits, - and _ count three times",
        );
    }
    Ok(encoded)
}

/// The name that `file_name` stands for; `None` when [`encode`] never gives that file name.
pub(super) fn decode(file_name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(file_name.len());
    let mut rest = file_name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            bytes.extend(hex::decode(digits).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    let name = String::from_utf8(bytes).ok()?;
    encode(&name).is_ok_and(|encoded| encoded == file_name).then_some(name)
}

fn is_reserved(name: &str) -> bool {
    let numbered =
        |port: &str| name.strip_prefix(port).is_some_and(|number| matches!(number.as_bytes(), [b'0'..=b'9']));
    RESERVED.contains(&name) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_stay_apart() {
        let names = [
            "main",
            "Main",
            "MAIN",
            "feature/one",
            "feature%2fone",
            ".",
            "..",
            ".new",
            "a.lock",
            "con",
            "nul",
            "com1",
            "com10",
            "größe",
            "a b",
            "-x",
            "日本",
            "a\0b",
            "a\\b",
            "refs/heads/50%",
        ];
        let mut seen = std::collections::HashSet::new();
        for name in names {
            let file_name = encode(name).unwrap();
            assert_eq!(decode(&file_name).as_deref(), Some(name), "{file_name}");
            assert!(!file_name.contains(['/', '\\', '.', '\0']), "{file_name}");
            assert!(seen.insert(file_name.to_lowercase()), "{name}");
        }
    }

    #[test]
    fn other_names_are_refused() {
        assert!(matches!(encode(""), Err(Error::InvalidName { .. })));
        assert!(matches!(encode(&"A".repeat(81)), Err(Error::InvalidName { .. })));
        assert!(encode(&"a".repeat(240)).is_ok());
        for file_name in ["", ".new", "%", "%4", "%zz", "%61", "A", "%2F", "con", "a/b", "%ff"] {
            assert_eq!(decode(file_name), None, "{file_name}");
        }
    }
}
