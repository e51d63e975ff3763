//! The bytes in which many records cross the boundary at once. `ts/packed/page.ts` draws them.

use bytes::Bytes;
use prolly_tree::FoundValues;

use crate::fault::{Fault, Result};

const VERSION: u8 = 1;
const HEADER: usize = 8;
const ABSENT: u32 = u32::MAX;
const LAST_PAGE: u8 = 1;
/// Fields that a record can have.
const FIELDS_MAX: usize = 6;

/// One record: its fields in order, `None` for an absent one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record([Option<Bytes>; FIELDS_MAX]);

impl Record {
    pub(crate) fn new<const N: usize>(fields: [Option<Bytes>; N]) -> Self {
        const { assert!(N <= FIELDS_MAX) };
        let mut fields = fields.into_iter();
        Self(std::array::from_fn(|_| fields.next().flatten()))
    }

    fn fields(&self) -> [Option<&[u8]>; FIELDS_MAX] {
        self.0.each_ref().map(Option::as_deref)
    }
}

/// Writes records into memory of a fixed size.
pub(crate) struct PageWriter<'a> {
    page: &'a mut [u8],
    fields: usize,
    end: usize,
    records: u32,
}

impl<'a> PageWriter<'a> {
    /// Bytes of a page without records.
    pub(crate) const HEADER: usize = HEADER;

    /// A page of records with `fields` fields in `page`, which must have room for the header.
    pub(crate) fn new(page: &'a mut [u8], fields: usize) -> Result<Self> {
        if page.len() < HEADER {
            return Err(Fault::internal("a page needs room for its header"));
        }
        Ok(Self { page, fields, end: HEADER, records: 0 })
    }

    /// Adds a record, or says how large the page would have to be. Fields beyond those of the page are left out.
    #[inline]
    pub(crate) fn push(&mut self, fields: &[Option<&[u8]>]) -> std::result::Result<(), usize> {
        let fields = &fields[..self.fields];
        let needed = self.end + record_size(fields);
        if needed > self.page.len() {
            return Err(needed);
        }
        let (lengths, mut rest) = self.page[self.end..].split_at_mut(4 * self.fields);
        for (slot, field) in lengths.chunks_exact_mut(4).zip(fields) {
            slot.copy_from_slice(&length_of(*field).to_le_bytes());
            if let Some(bytes) = field {
                let (target, after) = rest.split_at_mut(bytes.len());
                target.copy_from_slice(bytes);
                rest = after;
            }
        }
        self.end = needed;
        self.records += 1;
        Ok(())
    }

    /// As [`PageWriter::push`].
    pub(crate) fn push_record(&mut self, record: &Record) -> std::result::Result<(), usize> {
        self.push(&record.fields())
    }

    /// Records in the page.
    pub(crate) const fn records(&self) -> u32 {
        self.records
    }

    /// Writes the header. Returns the bytes of the page.
    pub(crate) fn finish(self, last: bool) -> usize {
        self.page[..4].copy_from_slice(&header(self.fields, last));
        self.page[4..HEADER].copy_from_slice(&self.records.to_le_bytes());
        self.end
    }
}

/// A page of `records`, which all of it must hold.
pub(crate) fn encode(fields: usize, records: &[Record]) -> Result<Vec<u8>> {
    let size = records.iter().map(|record| record_size(&record.fields()[..fields])).sum();
    encode_with(fields, size, |page| {
        records.iter().try_for_each(|record| page.push_record(record).map_err(|_| too_small()))
    })
}

/// A page with the values of many keys, `None` for a key that has none.
pub(crate) fn encode_values(values: &FoundValues) -> Result<Vec<u8>> {
    let size = values.iter().map(|value| 4 + value.map_or(0, |value| value.len())).sum();
    encode_with(1, size, |page| {
        for value in values.iter() {
            let bytes = value.map(|value| values.read(value)).transpose()?;
            page.push(&[bytes.as_deref()]).map_err(|_| too_small())?;
        }
        Ok(())
    })
}

/// A page of records that take `size` bytes.
fn encode_with(
    fields: usize,
    size: usize,
    write: impl FnOnce(&mut PageWriter<'_>) -> Result<()>,
) -> Result<Vec<u8>> {
    let mut page = vec![0; HEADER + size];
    let mut writer = PageWriter::new(&mut page, fields)?;
    write(&mut writer)?;
    writer.finish(true);
    Ok(page)
}

fn too_small() -> Fault {
    Fault::internal("a page is smaller than its records")
}

/// The bytes that a record takes.
fn record_size(fields: &[Option<&[u8]>]) -> usize {
    4 * fields.len() + fields.iter().flatten().map(|bytes| bytes.len()).sum::<usize>()
}

/// The records of a page with `N` fields each. The bytes are copied once, as a whole.
pub(crate) fn decode<const N: usize>(page: &[u8]) -> Result<Vec<[Option<Bytes>; N]>> {
    let page = Bytes::copy_from_slice(page);
    let keep = |record: Result<[Option<&[u8]>; N]>| {
        Ok(record?.map(|field| field.map(|bytes| page.slice_ref(bytes))))
    };
    Lent::of(&page)?.map(keep).collect()
}

/// The records of a page with `N` fields each, lent.
pub(crate) struct Lent<'page, const N: usize> {
    left: u32,
    rest: &'page [u8],
}

impl<'page, const N: usize> Lent<'page, N> {
    pub(crate) fn of(page: &'page [u8]) -> Result<Self> {
        match page.split_first_chunk::<HEADER>() {
            Some(([VERSION, fields, _, _, records @ ..], rest)) if usize::from(*fields) == N => {
                Ok(Self { left: u32::from_le_bytes(*records), rest })
            }
            _ => Err(broken()),
        }
    }

    fn record(&mut self) -> Option<[Option<&'page [u8]>; N]> {
        let (lengths, rest) = self.rest.split_at_checked(4 * N)?;
        self.rest = rest;
        let mut record = [None; N];
        for (field, length) in record.iter_mut().zip(lengths.as_chunks::<4>().0) {
            let length = u32::from_le_bytes(*length);
            if length != ABSENT {
                let (bytes, rest) = self.rest.split_at_checked(length as usize)?;
                *field = Some(bytes);
                self.rest = rest;
            }
        }
        Some(record)
    }
}

impl<'page, const N: usize> Iterator for Lent<'page, N> {
    type Item = Result<[Option<&'page [u8]>; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = match self.left {
            0 if self.rest.is_empty() => return None,
            0 => None,
            _ => self.record(),
        };
        self.left = self.left.saturating_sub(1);
        if record.is_none() {
            // What follows is not known.
            *self = Self { left: 0, rest: &[] };
        }
        Some(record.ok_or_else(broken))
    }
}

fn broken() -> Fault {
    Fault::internal("a page from JavaScript is not well-formed")
}

fn header(fields: usize, last: bool) -> [u8; 4] {
    [VERSION, u8::try_from(fields).unwrap_or(u8::MAX), if last { LAST_PAGE } else { 0 }, 0]
}

fn length_of(field: Option<&[u8]>) -> u32 {
    field.map_or(ABSENT, |bytes| u32::try_from(bytes.len()).unwrap_or(ABSENT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn from_hex(text: &str) -> Vec<u8> {
        let digit = |digit: u8| char::from(digit).to_digit(16).unwrap() as u8;
        text.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1])).collect()
    }

    type Row = Vec<Option<Bytes>>;

    struct Golden {
        records: Vec<Row>,
        fields: usize,
        page: Vec<u8>,
    }

    fn golden() -> Vec<Golden> {
        let pages: Value = serde_json::from_str(include_str!("../../../__test__/golden/pages.json")).unwrap();
        let bytes = |field: &Value| field.as_str().map(|text| Bytes::from(from_hex(text)));
        let row = |record: &Value| record.as_array().unwrap().iter().map(bytes).collect();
        let read = |page: &Value| Golden {
            records: page["records"].as_array().unwrap().iter().map(row).collect(),
            fields: page["fields"].as_u64().unwrap() as usize,
            page: from_hex(page["page"].as_str().unwrap()),
        };
        pages.as_array().unwrap().iter().map(read).collect()
    }

    fn decode_any(fields: usize, page: &[u8]) -> Result<Vec<Row>> {
        fn rows<const N: usize>(rows: Vec<[Option<Bytes>; N]>) -> Vec<Row> {
            rows.into_iter().map(Vec::from).collect()
        }
        match fields {
            1 => decode::<1>(page).map(rows),
            2 => decode::<2>(page).map(rows),
            3 => decode::<3>(page).map(rows),
            _ => decode::<4>(page).map(rows),
        }
    }

    #[test]
    fn golden_pages_are_read_and_written() {
        for Golden { records, fields, page } in golden() {
            assert_eq!(decode_any(fields, &page).unwrap(), records);
            let records: Vec<_> = records
                .into_iter()
                .map(|record| {
                    let mut fields = record.into_iter();
                    Record(std::array::from_fn(|_| fields.next().flatten()))
                })
                .collect();
            let mut written = encode(fields, &records).unwrap();
            written[2] = page[2];
            assert_eq!(written, page);
        }
    }

    #[test]
    fn cut_and_extended_pages_are_refused() {
        for Golden { fields, page, .. } in golden() {
            for length in 0..page.len() {
                assert!(decode_any(fields, &page[..length]).is_err(), "{length}");
            }
            assert!(decode_any(fields, &[&page[..], &[0]].concat()).is_err());
            assert!(decode_any(fields, &[&[2], &page[1..]].concat()).is_err());
        }
    }

    #[test]
    fn a_record_that_does_not_fit_says_what_it_needs() {
        let record = Record::new([Some(Bytes::from_static(b"key")), Some(Bytes::from_static(b"value"))]);
        let mut memory = [0; 16];
        let mut page = PageWriter::new(&mut memory, 2).unwrap();
        assert_eq!(page.push_record(&record), Err(24));
        assert_eq!(page.records(), 0);
        let mut memory = [0; 24];
        let mut page = PageWriter::new(&mut memory, 2).unwrap();
        assert_eq!(page.push_record(&record), Ok(()));
        assert_eq!(page.push_record(&record), Err(40));
        assert_eq!(page.finish(false), 24);
    }
}
