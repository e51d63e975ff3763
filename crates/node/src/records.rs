//! Records on their way into pages.

use prolly_tree::{EntryRef, MutableEntries, Tree};
use prolly_versioning::StoreEntries;

use crate::fault::Result;
use crate::page::{PageWriter, Record};
use crate::source::Shape;

/// The records that a cursor walks over.
pub(crate) trait Records: Send {
    /// Writes the next record. One for which there is no room comes again.
    fn write(&mut self, page: &mut PageWriter<'_>) -> Result<Written>;
}

pub(crate) enum Written {
    Record,
    /// The page has no room; with so many bytes it would have.
    Needs(usize),
    /// There are no more records.
    End,
}

impl Written {
    const fn of(pushed: std::result::Result<(), usize>) -> Self {
        match pushed {
            Ok(()) => Self::Record,
            Err(bytes) => Self::Needs(bytes),
        }
    }
}

/// Records that an iterator gives.
pub(crate) struct IteratedRecords<I> {
    records: I,
    /// Read already, and not yet in a page.
    pending: Option<Record>,
}

impl<I: Iterator<Item = Result<Record>> + Send + 'static> IteratedRecords<I> {
    pub(crate) fn boxed(records: I) -> Box<dyn Records> {
        Box::new(Self { records, pending: None })
    }
}

impl<I: Iterator<Item = Result<Record>> + Send> Records for IteratedRecords<I> {
    fn write(&mut self, page: &mut PageWriter<'_>) -> Result<Written> {
        let Some(record) = self.pending.take().map(Ok).or_else(|| self.records.next()).transpose()? else {
            return Ok(Written::End);
        };
        let written = Written::of(page.push_record(&record));
        if matches!(written, Written::Needs(_)) {
            self.pending = Some(record);
        }
        Ok(written)
    }
}

/// Entries that are lent, one after the other.
pub(crate) trait Lend: Send + 'static {
    fn lend(&mut self) -> Result<Option<EntryRef<'_>>>;
    /// The one that was lent last.
    fn lent(&mut self) -> Option<EntryRef<'_>>;
}

impl Lend for MutableEntries {
    #[inline]
    fn lend(&mut self) -> Result<Option<EntryRef<'_>>> {
        Ok(self.lend()?)
    }

    fn lent(&mut self) -> Option<EntryRef<'_>> {
        self.lent()
    }
}

impl Lend for StoreEntries {
    #[inline]
    fn lend(&mut self) -> Result<Option<EntryRef<'_>>> {
        Ok(self.lend()?)
    }

    fn lent(&mut self) -> Option<EntryRef<'_>> {
        self.lent()
    }
}

/// Entries, which go from the leaves that lend them right into a page.
pub(crate) struct LentEntries<L> {
    entries: L,
    /// Reads values that live out of line.
    tree: Tree,
    shape: Shape,
    /// Whether the entry that was lent last is not yet in a page.
    pending: bool,
}

impl<L: Lend> LentEntries<L> {
    pub(crate) fn boxed(entries: L, tree: Tree, shape: Shape) -> Box<dyn Records> {
        Box::new(Self { entries, tree, shape, pending: false })
    }
}

impl<L: Lend> Records for LentEntries<L> {
    fn write(&mut self, page: &mut PageWriter<'_>) -> Result<Written> {
        let entry = if self.pending { self.entries.lent() } else { self.entries.lend()? };
        let Some(EntryRef { key, value }) = entry else { return Ok(Written::End) };
        let pushed = match self.shape {
            Shape::Keys => page.push(&[Some(key)]),
            Shape::Values => page.push(&[Some(&self.tree.read_lent(value)?)]),
            Shape::Entries => page.push(&[Some(key), Some(&self.tree.read_lent(value)?)]),
        };
        self.pending = pushed.is_err();
        Ok(Written::of(pushed))
    }
}
