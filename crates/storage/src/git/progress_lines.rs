//! What the `git` program says on its standard error: how far it is, and what is wrong.

use crate::StageProgress;

/// Words that a complaint begins with, however it goes on.
const COMPLAINTS: [&str; 4] = ["error", "fatal", "hint", "warning"];
/// How lines begin that Git says when it is not told to be quiet, and that are no complaint.
const CHATTER: [&str; 6] =
    ["Cloning into '", "Delta compression using up to ", "From ", "Total ", "done.", "POST git-"];

/// Tells the two apart, as what `git` says comes in: torn anywhere.
#[derive(Default)]
pub(super) struct ProgressLines {
    line: Vec<u8>,
    complaint: Vec<u8>,
}

impl ProgressLines {
    /// Takes what came in, and gives what it says of progress.
    pub(super) fn hear(&mut self, chunk: &[u8]) -> Vec<StageProgress> {
        let mut told = Vec::new();
        for byte in chunk {
            match byte {
                b'\r' | b'\n' => told.extend(self.end_line(*byte == b'\r')),
                other => self.line.push(*other),
            }
        }
        told
    }

    /// What is wrong, once all came in.
    pub(super) fn complaint(mut self) -> Vec<u8> {
        self.end_line(false);
        self.complaint
    }

    fn end_line(&mut self, is_redrawn: bool) -> Option<StageProgress> {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        let text = text.replace("\u{1b}[K", "");
        let text = text.trim_end();
        let told = parse(text, is_redrawn);
        if told.is_none() && !text.is_empty() && !is_chatter(text) {
            self.complaint.extend_from_slice(text.as_bytes());
            self.complaint.push(b'\n');
        }
        told
    }
}

/// `remote: Counting objects:  45% (9/20)`, `Receiving objects: 100% (9/9), 2.1 MiB | 3 MiB/s, done.`, `Enumerating objects: 9`.
fn parse(line: &str, is_redrawn: bool) -> Option<StageProgress> {
    let (title, rest) = without_remote(line).split_once(": ")?;
    if title.is_empty() || COMPLAINTS.contains(&title) {
        return None;
    }
    let (number, rest) = digits(rest.trim_start())?;
    if let Some(counts) = rest.strip_prefix("% (") {
        let (done, rest) = digits(counts)?;
        let (total, rest) = digits(rest.strip_prefix('/')?)?;
        let ends = rest.strip_prefix(')')?;
        let ends = ends.is_empty() || ends.starts_with(',');
        return ends.then(|| StageProgress::part(stage(title), done, total));
    }
    // A line that stays and is no end of a count is something else with a number in it.
    let ends = if is_redrawn { rest.is_empty() || rest.starts_with(',') } else { rest.starts_with(", ") };
    ends.then(|| StageProgress::of(stage(title), number))
}

fn without_remote(line: &str) -> &str {
    line.strip_prefix("remote: ").unwrap_or(line)
}

fn is_chatter(line: &str) -> bool {
    let line = without_remote(line);
    // Refs that moved: what was refused has a mark.
    let moved = line.starts_with(' ') && !line.starts_with(" !");
    moved || CHATTER.iter().any(|start| line.starts_with(start))
}

/// The title of a stage as the others are written.
fn stage(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

fn digits(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Cloning into 'copy'...\n\
        remote: Enumerating objects: 7\rremote: Enumerating objects: 20, done.        \n\
        remote: Counting objects:  45% (9/20)        \rremote: Counting objects: 100% (20/20), done.\u{1b}[K\n\
        remote: Total 20 (delta 3), reused 0 (delta 0), pack-reused 0        \n\
        Receiving objects:   5% (1/20)\rReceiving objects: 100% (20/20), 2.10 MiB | 3.00 MiB/s, done.\r\n\
        Resolving deltas: 100% (3/3), done.\n\
        From file:///srv/prices\n   1234567..89abcde  main       -> origin/main\n \
        ! [rejected]        main -> main (fetch first)\n\
        remote: Files that are too large: 3\n\
        error: 12, done.\nfatal: the remote end hung up: 100 (5)\nhint: 45% (9/20)";

    const COMPLAINT: &str = " ! [rejected]        main -> main (fetch first)\n\
        remote: Files that are too large: 3\n\
        error: 12, done.\nfatal: the remote end hung up: 100 (5)\nhint: 45% (9/20)\n";

    fn heard(pieces: impl Iterator<Item = impl AsRef<[u8]>>) -> (Vec<StageProgress>, String) {
        let mut lines = ProgressLines::default();
        let mut told = Vec::new();
        pieces.for_each(|piece| told.extend(lines.hear(piece.as_ref())));
        (told, String::from_utf8(lines.complaint()).unwrap())
    }

    #[test]
    fn stages_are_told_and_complaints_kept_however_they_are_torn() {
        let told = vec![
            StageProgress::of("enumerating objects", 7),
            StageProgress::of("enumerating objects", 20),
            StageProgress::part("counting objects", 9, 20),
            StageProgress::part("counting objects", 20, 20),
            StageProgress::part("receiving objects", 1, 20),
            StageProgress::part("receiving objects", 20, 20),
            StageProgress::part("resolving deltas", 3, 3),
        ];
        for size in [1, 2, 3, 7, 64, SAID.len()] {
            assert_eq!(heard(SAID.as_bytes().chunks(size)), (told.clone(), COMPLAINT.to_owned()), "{size}");
        }
    }

    #[test]
    fn other_languages_and_numbers_too_large_are_understood_or_kept() {
        let said = "Empfange Objekte:  45% (9/20)\rÉnumération des objets: 9, fait.\n";
        let (told, complaint) = heard(std::iter::once(said));
        assert_eq!(
            told,
            [StageProgress::part("empfange Objekte", 9, 20), StageProgress::of("énumération des objets", 9)]
        );
        assert_eq!(complaint, "");
        let odd = "Counting: 99999999999999999999\n: 5\rCounting:  5% (1/2\n";
        assert_eq!(heard(std::iter::once(odd)), (Vec::new(), odd.replace('\r', "\n")));
    }
}
