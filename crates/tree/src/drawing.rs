//! A drawing of a tree, in text.

use std::fmt;

use prolly_storage::{Address, Kind, Node, Value};

use crate::{Result, Tree};

/// How much of a tree is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawingOptions {
    /// Levels that are drawn, the root's first; entries of leaves count as one.
    pub depth: usize,
    /// Children, or entries, that are drawn of each node: the first and the last ones.
    pub width: usize,
    /// Characters that are drawn of a key or a value.
    pub text: usize,
}

impl Default for DrawingOptions {
    /// Three levels, eight children of each node, 32 characters of a key.
    fn default() -> Self {
        Self { depth: 3, width: 8, text: 32 }
    }
}

/// A drawing of a tree: [`Display`](fmt::Display) gives its lines.
///
/// ```text
/// level 2: 2 children, 8 entries, 124 bytes, ab11df4a
/// ├─ to "fog": level 1: 3 children, 6 entries, 178 bytes, b3d63114
/// │  ├─ to "app"… (5 bytes): leaf: 1 entry, 50 bytes, df48433f
/// │  │  └─ "app"… (5 bytes) = "1"
/// │  ├─ … 1 more
/// │  └─ to "fog": leaf, cut: 3 entries, 113 bytes, c03aab33
/// │     ├─ b"dog"… (5 bytes) = b"\xff\xfe"
/// │     ├─ … 1 more
/// │     └─ "fog" = ""
/// └─ to b"\xff": level 1: 1 child, 2 entries, 77 bytes, 4b169f97
///    └─ to b"\xff": leaf: 2 entries, 63 bytes, dd945ce4
///       ├─ "goa"… (8 bytes) = "2"
///       └─ b"\xff" = "3"
/// ```
///
/// A child stands behind its last key. One that does not end at a natural boundary, nor ends its level, is `cut`. Text is
/// quoted; other bytes have a `b` before the quotes, and escapes. Of addresses the first four bytes are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    lines: String,
}

impl fmt::Display for Drawing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.lines)
    }
}

impl Tree {
    /// Draws the tree, or the part of it that `options` ask for. Cost: a load of each node that is drawn, no more than
    /// `width` for each one above.
    ///
    /// # Errors
    /// When a node cannot be loaded.
    pub fn draw(&self, options: &DrawingOptions) -> Result<Drawing> {
        let mut pen = Pen { tree: self, options, lines: String::new() };
        if options.depth > 0 {
            let root = self.load_root()?;
            pen.lines.push_str(&title(&root, false));
            pen.lines.push('\n');
            pen.draw_below(&root, options.depth - 1, "", true)?;
        }
        Ok(Drawing { lines: pen.lines })
    }
}

struct Pen<'draw> {
    tree: &'draw Tree,
    options: &'draw DrawingOptions,
    lines: String,
}

impl Pen<'_> {
    /// Draws what is below `node`, `depth` levels of it, behind `margin`. The node is the last of its level or not.
    fn draw_below(&mut self, node: &Node, depth: usize, margin: &str, last_of_level: bool) -> Result<()> {
        if depth == 0 {
            return Ok(());
        }
        let (len, width) = (node.len(), self.options.width);
        let (head, tail) = if len <= width { (len, len) } else { (width.div_ceil(2), len - width / 2) };
        let drawn: Vec<usize> = (0..head).chain(tail..len).collect();
        let children = match node.kind() {
            Kind::Internal => self.tree.store().load_children(drawn.iter().map(|index| (node, *index)))?,
            _ => Vec::new(),
        };
        for (place, index) in drawn.iter().copied().enumerate() {
            if index == tail {
                self.elide(margin, tail - head, false);
            }
            let last = index + 1 == len;
            let key = self.quote(&node.key(index));
            let Some(child) = children.get(place) else {
                self.line(margin, last, &format!("{key} = {}", self.value(&node.value(index))));
                continue;
            };
            let last_of_level = last_of_level && last;
            let cut = !node.child(index).natural && !last_of_level;
            self.line(margin, last, &format!("to {key}: {}", title(child, cut)));
            let margin = format!("{margin}{}", if last { "   " } else { "│  " });
            self.draw_below(child, depth - 1, &margin, last_of_level)?;
        }
        if tail == len {
            self.elide(margin, tail - head, true);
        }
        Ok(())
    }

    fn elide(&mut self, margin: &str, count: usize, last: bool) {
        if count > 0 {
            self.line(margin, last, &format!("… {count} more"));
        }
    }

    fn line(&mut self, margin: &str, last: bool, text: &str) {
        let branch = if last { "└─" } else { "├─" };
        for part in [margin, branch, " ", text, "\n"] {
            self.lines.push_str(part);
        }
    }

    fn value(&self, value: &Value<'_>) -> String {
        match value {
            Value::Inline(bytes) => self.quote(bytes),
            Value::Linked(link) => {
                format!("{} at {}", count(link.length.into(), "byte"), short(link.target.address))
            }
        }
    }

    /// Bytes as text where they are text, else with escapes.
    fn quote(&self, bytes: &[u8]) -> String {
        // What is not drawn need not be looked at; four bytes make a character.
        let most = self.options.text;
        let seen = &bytes[..bytes.len().min(most.saturating_mul(4).saturating_add(4))];
        let text = match std::str::from_utf8(seen) {
            Ok(text) => Some(text),
            // The last character may be cut.
            Err(fault) if fault.error_len().is_none() && seen.len() < bytes.len() => {
                std::str::from_utf8(&seen[..fault.valid_up_to()]).ok()
            }
            Err(_) => None,
        };
        let (mut quoted, whole) = match text.filter(|text| !text.chars().any(char::is_control)) {
            Some(text) => {
                let drawn: String = text.chars().take(most).collect();
                (format!("{drawn:?}"), drawn.len() == bytes.len())
            }
            None => {
                let drawn = &bytes[..bytes.len().min(most)];
                (format!("b\"{}\"", drawn.escape_ascii()), drawn.len() == bytes.len())
            }
        };
        if !whole {
            quoted.push_str(&format!("… ({})", count(bytes.len() as u64, "byte")));
        }
        quoted
    }
}

fn title(node: &Node, cut: bool) -> String {
    let cut = if cut { ", cut" } else { "" };
    let shape = match node.kind() {
        Kind::Internal => {
            format!("level {}{cut}: {}, ", node.level(), count_of(node.len() as u64, "child", "children"))
        }
        _ => format!("leaf{cut}: "),
    };
    let entries = count_of(node.entries(), "entry", "entries");
    format!("{shape}{entries}, {}, {}", count(node.bytes().len() as u64, "byte"), short(node.address()))
}

fn count(number: u64, one: &str) -> String {
    count_of(number, one, &format!("{one}s"))
}

fn count_of(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The first four bytes of an address.
fn short(address: Address) -> String {
    let mut text = address.to_string();
    text.truncate(8);
    text
}
