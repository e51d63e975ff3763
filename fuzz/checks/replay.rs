//! Replays the corpus of a target.

use std::fs;
use std::path::Path;

/// Hands every file of the corpus to the target's check. Files whose names begin with `valid` must be accepted, those
/// with `refused` must not, and others may be either.
///
/// # Panics
/// When one is not as its name says.
pub fn replay(target: &str, check: fn(&[u8]) -> bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut valid = 0;
    for file in fs::read_dir(&folder).unwrap() {
        let file = file.unwrap();
        let accepted = check(&fs::read(file.path()).unwrap());
        let name = file.file_name().into_string().unwrap();
        if name.starts_with("valid") {
            valid += 1;
            assert!(accepted, "{target}/{name} was refused");
        }
        assert!(!(accepted && name.starts_with("refused")), "{target}/{name} was accepted");
    }
    assert!(valid > 0, "{} has no valid file", folder.display());
}
