//! Commits: who, when, why, and which root.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Oid;
use crate::{Address, Error, Result};

/// The trailer of a commit message that names the root of the version.
pub const ROOT_TRAILER: &str = "Prolly-Root";

/// A moment, and the time zone it was noted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Seconds since 1970-01-01 00:00 UTC.
    pub seconds: i64,
    /// Minutes that local time is ahead of UTC.
    pub offset_minutes: i32,
}

impl Time {
    /// This moment, in UTC.
    #[must_use]
    pub fn now() -> Self {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { seconds: i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX), offset_minutes: 0 }
    }
}

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// The email address, without angle brackets.
    pub email: String,
    /// When.
    pub time: Time,
}

impl Signature {
    pub(super) fn of(signature: &git2::Signature<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let when = signature.when();
        let time = Time { seconds: when.seconds(), offset_minutes: when.offset_minutes() };
        Self { name: text(signature.name_bytes()), email: text(signature.email_bytes()), time }
    }

    /// As Git writes it in commits and reflogs.
    pub(super) fn line(&self) -> String {
        let Time { seconds, offset_minutes } = self.time;
        let sign = if offset_minutes < 0 { '-' } else { '+' };
        let offset = offset_minutes.unsigned_abs();
        let (name, email) = (clean(&self.name), clean(&self.email));
        format!("{name} <{email}> {seconds} {sign}{:02}{:02}", offset / 60, offset % 60)
    }
}

/// Without what would end the name or address early, as Git does it.
fn clean(text: &str) -> String {
    let kept: String = text.chars().filter(|letter| !matches!(letter, '<' | '>' | '\n' | '\0')).collect();
    let crud = |letter: char| letter <= ' ' || matches!(letter, '.' | ',' | ':' | ';' | '"' | '\\' | '\'');
    kept.trim_matches(crud).to_owned()
}

/// A commit, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: Oid,
    /// Its tree: `meta`, `.gitattributes` and the root.
    pub tree: Oid,
    /// What it follows: none for the first, two or more for a merge.
    pub parents: Vec<Oid>,
    /// Who made the change.
    pub author: Signature,
    /// Who committed it.
    pub committer: Signature,
    /// What was said of it, without the trailer that names the root.
    pub message: String,
    /// The root that the trailer names; `None` when the commit was not made by this program.
    pub root: Option<Address>,
}

impl Commit {
    /// The first line of the message.
    #[must_use]
    pub fn summary(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    pub(super) fn of(commit: &git2::Commit<'_>) -> Self {
        let raw = String::from_utf8_lossy(commit.message_raw_bytes());
        let (message, root) = split_root_trailer(&raw);
        Self {
            id: Oid::of(commit.id()),
            tree: Oid::of(commit.tree_id()),
            parents: commit.parent_ids().map(Oid::of).collect(),
            author: Signature::of(&commit.author()),
            committer: Signature::of(&commit.committer()),
            message: message.to_owned(),
            root,
        }
    }
}

/// A commit to be made.
#[derive(Clone, Debug)]
pub struct NewCommit {
    /// What it follows, the branch's own commit first.
    pub parents: Vec<Oid>,
    /// Who made the change.
    pub author: Signature,
    /// Who commits it.
    pub committer: Signature,
    /// What is said of it. The trailer that names the root is added.
    pub message: String,
}

impl NewCommit {
    /// The bytes of the commit object.
    pub(super) fn encode(&self, tree: Oid, root: Address) -> Result<Vec<u8>> {
        if self.message.contains('\0') {
            let reason = "a commit message cannot contain a NUL character".into();
            return Err(Error::InvalidName { name: self.message.chars().take(80).collect(), reason });
        }
        let mut text = format!("tree {tree}\n");
        for parent in &self.parents {
            let _ = writeln!(text, "parent {parent}");
        }
        let _ = write!(text, "author {}\ncommitter {}\n\n", self.author.line(), self.committer.line());
        text.push_str(&with_root_trailer(&self.message, root));
        Ok(text.into_bytes())
    }
}

/// The message with the trailer, which joins the trailers that are there.
fn with_root_trailer(message: &str, root: Address) -> String {
    let body = message.trim_end();
    let gap = match body {
        "" => "",
        body if ends_with_trailers(body) => "\n",
        _ => "\n\n",
    };
    format!("{body}{gap}{ROOT_TRAILER}: {root}\n")
}

/// Whether the last paragraph, if it is not the first, consists of `Token: value` lines.
fn ends_with_trailers(body: &str) -> bool {
    let is_trailer = |line: &str| {
        line.split_once(": ").is_some_and(|(token, _)| {
            !token.is_empty() && token.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        })
    };
    body.rsplit_once("\n\n").is_some_and(|(_, last)| last.lines().all(is_trailer))
}

/// The message without the trailer, and what the trailer says.
fn split_root_trailer(raw: &str) -> (&str, Option<Address>) {
    let trimmed = raw.trim_end();
    let (before, last) = trimmed.rsplit_once('\n').unwrap_or(("", trimmed));
    let root = last.strip_prefix(ROOT_TRAILER).and_then(|rest| rest.strip_prefix(": ")?.trim().parse().ok());
    match root {
        Some(root) => (before.trim_end(), Some(root)),
        None => (trimmed, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trailer_joins_others_and_is_taken_off_again() {
        let root = Address::of(b"root");
        for (message, text) in [
            ("", format!("Prolly-Root: {root}\n")),
            ("seed", format!("seed\n\nProlly-Root: {root}\n")),
            ("fix: one line", format!("fix: one line\n\nProlly-Root: {root}\n")),
            ("a\n\nb: c d e\nplain", format!("a\n\nb: c d e\nplain\n\nProlly-Root: {root}\n")),
            ("a\n\nSigned-off-by: X <x@y>", format!("a\n\nSigned-off-by: X <x@y>\nProlly-Root: {root}\n")),
        ] {
            let written = with_root_trailer(message, root);
            assert_eq!(written, text);
            assert_eq!(split_root_trailer(&written), (message, Some(root)));
        }
        assert_eq!(split_root_trailer("a\n\nProlly-Root: 12\n"), ("a\n\nProlly-Root: 12", None));
    }

    #[test]
    fn names_cannot_break_the_line() {
        let signature = |name: &str, offset_minutes| Signature {
            name: name.into(),
            email: "a@b> 1 +0000\n".into(),
            time: Time { seconds: 7, offset_minutes },
        };
        assert_eq!(signature(" A <B>\n.", -90).line(), "A B <a@b 1 +0000> 7 -0130");
        assert_eq!(signature("A", 330).line(), "A <a@b 1 +0000> 7 +0530");
    }
}
