//! Prints results as Markdown.

use std::fmt;

use crate::data::Data;

/// A median, or why there is none.
pub type Cell = Result<f64, &'static str>;

/// The results with one kind and number of entries.
pub struct Table {
    data: Data,
    names: [&'static str; 3],
    rows: Vec<String>,
    memory: Vec<String>,
}

impl Table {
    /// Without rows. The first name is that of what the others are compared with.
    pub fn new(data: Data, names: [&'static str; 3]) -> Self {
        Self { data, names, rows: Vec::new(), memory: Vec::new() }
    }

    /// Adds times, in nanoseconds, and how many nodes the first contender read and wrote, and the bytes of these.
    pub fn times(&mut self, title: String, cells: Vec<Cell>, [read, written, bytes]: [f64; 3]) {
        let row = row(&title, cells, time);
        let written = if written > 0.0 { format!("{written:.0} ({})", bytes_of(bytes)) } else { "0".into() };
        self.rows.push(format!("{row} {read:.0} | {written} |"));
    }

    /// Adds sizes, in bytes.
    pub fn sizes(&mut self, title: &str, cells: Vec<Cell>) {
        self.rows.push(row(title, cells, bytes_of) + "  |  |");
    }

    /// Adds how much memory the tasks took, in bytes.
    pub fn memory(&mut self, title: String, cells: Vec<Cell>) {
        self.memory.push(row(&title, cells, bytes_of));
    }
}

fn row(title: &str, cells: Vec<Cell>, show: fn(f64) -> String) -> String {
    let mut row = format!("| {title} |");
    let mut first = None;
    for cell in cells {
        let text = match (cell, first) {
            (Ok(value), None) => {
                first = Some(value);
                show(value)
            }
            (Ok(value), Some(first)) => format!("{} ({})", show(value), ratio(value / first)),
            (Err(reason), _) => format!("- ({reason})"),
        };
        row.push_str(&format!(" {text} |"));
    }
    row
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Data { size, values } = self.data;
        let [first, second, third] = self.names;
        writeln!(
            formatter,
            "\n{} keys, values {}; in brackets how many times that of {first}:\n",
            size,
            values.name()
        )?;
        writeln!(formatter, "| task | {first} | {second} | {third} | {first}: nodes read | written |")?;
        writeln!(formatter, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
        self.rows.iter().try_for_each(|row| writeln!(formatter, "{row}"))?;
        writeln!(
            formatter,
            "\nMemory that Rust code held at most meanwhile, beyond what there was before:\n"
        )?;
        writeln!(formatter, "| task | {first} | {second} | {third} |")?;
        writeln!(formatter, "| --- | ---: | ---: | ---: |")?;
        self.memory.iter().try_for_each(|row| writeln!(formatter, "{row}"))
    }
}

fn time(nanoseconds: f64) -> String {
    scaled(nanoseconds, 1000.0, ["ns", "us", "ms", "s"])
}

fn bytes_of(bytes: f64) -> String {
    scaled(bytes, 1024.0, ["B", "KiB", "MiB", "GiB"])
}

fn scaled(mut value: f64, step: f64, units: [&str; 4]) -> String {
    let mut unit = 0;
    while value >= step && unit < 3 {
        value /= step;
        unit += 1;
    }
    format!("{} {}", figures(value), units[unit])
}

fn ratio(ratio: f64) -> String {
    figures(ratio) + "x"
}

/// Three figures at least.
fn figures(value: f64) -> String {
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$}")
}
