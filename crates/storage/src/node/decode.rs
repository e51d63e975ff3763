//! Reads nodes: accepts exactly what the encoder writes.

use super::encode::shared_prefix;
use super::layout::{
    CHILD, CHUNK, CHUNK_LIST_HEADER, COMMON_HEADER, COUNT_AT, KIND_AT, LEVEL_AT, LINK, MAGIC, PARAMETERS_AT,
    PREFIX_LENGTH_AT, RESERVED_AT, TREE_HEADER, VERSION, read_u32,
};
use super::loaded::LoadedChildren;
use super::{BLOB_VALUE_MAX, CHUNK_MAX, CHUNK_MIN, KEY_MAX, Kind, Node, VALUE_MAX, Value};
use crate::{Address, Error, Parameters, Result, StoredNode};

impl Node {
    /// Verifies what a storage answered for `address`: its hash, then every rule of the format.
    ///
    /// Cost: one hash and one pass over the bytes.
    ///
    /// # Errors
    /// [`Error::Corruption`] when the bytes are not the canonical bytes of that node.
    pub fn decode(address: &Address, stored: StoredNode) -> Result<Self> {
        let found = Address::of(&stored.bytes);
        if found != *address {
            return Err(Error::corrupt_node(address, format!("its bytes have the address {found}")));
        }
        Self::parse(found, stored).map_err(|reason| Error::corrupt_node(address, reason))
    }

    fn parse(address: Address, stored: StoredNode) -> Result<Self, String> {
        let StoredNode { bytes, locators } = stored;
        if bytes.len() < COMMON_HEADER || bytes[..4] != MAGIC {
            return Err("it does not begin with the magic PRLY".into());
        }
        if bytes[4] != VERSION {
            return Err(format!("format version {} is unknown, this program reads {VERSION}", bytes[4]));
        }
        if bytes[RESERVED_AT] != 0 {
            return Err("the reserved byte is not zero".into());
        }
        let level = bytes[LEVEL_AT];
        let kind = match (bytes[KIND_AT], level) {
            (0, 0) => Kind::Leaf,
            (1, 1..) => Kind::Internal,
            (2, 0) => Kind::Blob,
            (3, 0) => Kind::ChunkList,
            (kind, level) => return Err(format!("no node has kind {kind} and level {level}")),
        };
        let mut node = Self {
            address,
            bytes,
            locators,
            kind,
            level,
            count: 0,
            prefix_length: 0,
            suffixes: 0,
            keys_end: 0,
            link_count: 0,
            loaded: LoadedChildren::default(),
        };
        match kind {
            Kind::Leaf => {
                let parameters = node.parse_keys()?;
                node.check_values(&parameters)?;
            }
            Kind::Internal => {
                node.parse_keys()?;
                node.check_children()?;
            }
            Kind::Blob => node.check_blob()?,
            Kind::ChunkList => node.check_chunks()?,
        }
        if node.locators.as_ref().is_some_and(|locators| locators.len() != node.link_count()) {
            return Err("its storage places another number of links".into());
        }
        Ok(node)
    }

    /// `at + length` when that lies within the node.
    fn end_of(&self, at: usize, length: usize) -> Result<usize, String> {
        let end = at.checked_add(length).filter(|end| *end <= self.bytes.len());
        end.ok_or_else(|| "it ends too early".into())
    }

    fn parse_keys(&mut self) -> Result<Parameters, String> {
        self.end_of(0, TREE_HEADER)?;
        let header: [u8; Parameters::LENGTH] =
            self.bytes[PARAMETERS_AT..].first_chunk().copied().ok_or("it ends too early")?;
        let parameters = Parameters::decode(&header).map_err(|error| error.to_string())?;
        self.count = read_u32(&self.bytes, COUNT_AT);
        self.prefix_length = read_u32(&self.bytes, PREFIX_LENGTH_AT);
        let max = parameters.bounds(self.level).max;
        if self.count > u32::from(max) {
            return Err(format!("it has {} entries, at most {max} are allowed", self.count));
        }
        if self.count == 0 && (self.kind == Kind::Internal || self.prefix_length != 0) {
            return Err("it has no entries".into());
        }
        let prefix_end = self.end_of(TREE_HEADER, self.prefix_length as usize)?;
        let suffixes = self.end_of(prefix_end, 4 * self.len())?;
        let mut end = 0;
        for index in 0..self.len() {
            let next = read_u32(&self.bytes, prefix_end + 4 * index);
            if next < end {
                return Err(format!("key {index} ends before it begins"));
            }
            if self.prefix_length as usize + (next - end) as usize > KEY_MAX {
                return Err(format!("key {index} is longer than {KEY_MAX} bytes"));
            }
            end = next;
        }
        let keys_end = self.end_of(suffixes, end as usize)?;
        self.suffixes = narrow(suffixes)?;
        self.keys_end = narrow(keys_end)?;
        self.check_keys()?;
        Ok(parameters)
    }

    fn check_keys(&self) -> Result<(), String> {
        for index in 1..self.len() {
            if self.key_suffix(index - 1) >= self.key_suffix(index) {
                return Err(format!("keys {} and {index} are not in ascending order", index - 1));
            }
        }
        if let Some(last) = self.len().checked_sub(1) {
            let (first, last) = (self.key_suffix(0), self.key_suffix(last));
            if shared_prefix(first, last) != 0 {
                return Err("its keys share more than their prefix".into());
            }
        }
        Ok(())
    }

    fn check_values(&mut self, parameters: &Parameters) -> Result<(), String> {
        let inline_max = parameters.inline_value_max;
        let ends = self.keys_end as usize;
        let table = self.end_of(ends, 4 * self.len())?;
        let links = self.end_of(table, 4)?;
        let link_count = read_u32(&self.bytes, table);
        if link_count > self.count {
            return Err("it has more links than entries".into());
        }
        let values = self.end_of(links, LINK * link_count as usize)?;
        self.link_count = link_count;
        let mut next_link = 0;
        let mut start = 0;
        for index in 0..self.len() {
            let end = read_u32(&self.bytes, ends + 4 * index);
            let length =
                end.checked_sub(start).ok_or_else(|| format!("value {index} ends before it begins"))?;
            if length > inline_max {
                return Err(format!("value {index} is inline and longer than {inline_max} bytes"));
            }
            let at = links + LINK * next_link;
            if next_link < link_count as usize && read_u32(&self.bytes, at) as usize == index {
                let linked = read_u32(&self.bytes, at + 4);
                if length != 0 {
                    return Err(format!("value {index} is both inline and linked"));
                }
                if linked <= inline_max || linked as usize > VALUE_MAX {
                    return Err(format!("value {index} is linked and has {linked} bytes"));
                }
                next_link += 1;
            }
            start = end;
        }
        if next_link != link_count as usize {
            return Err("its links are not those of ascending entries".into());
        }
        if self.end_of(values, start as usize)? != self.bytes.len() {
            return Err("bytes follow its values".into());
        }
        debug_assert!(
            (0..self.len()).all(|index| matches!(self.value(index), Value::Inline(_) | Value::Linked(_)))
        );
        Ok(())
    }

    fn check_children(&self) -> Result<(), String> {
        if self.end_of(self.keys_end as usize, CHILD * self.len())? != self.bytes.len() {
            return Err("bytes follow its children".into());
        }
        let mut total: u64 = 0;
        for index in 0..self.len() {
            let entries = self.child_entries(index);
            if entries == 0 {
                return Err(format!("child {index} has no entries"));
            }
            total = total
                .checked_add(entries)
                .filter(|total| *total <= 1 << 62)
                .ok_or("its counts are too large")?;
        }
        Ok(())
    }

    fn check_blob(&self) -> Result<(), String> {
        match self.bytes.len() - COMMON_HEADER {
            0 => Err("it is an empty blob".into()),
            length if length > CHUNK_MAX => Err(format!("it is a blob of {length} bytes")),
            _ => Ok(()),
        }
    }

    fn check_chunks(&mut self) -> Result<(), String> {
        self.end_of(0, CHUNK_LIST_HEADER)?;
        self.count = read_u32(&self.bytes, CHUNK_LIST_HEADER - 4);
        if self.end_of(CHUNK_LIST_HEADER, CHUNK.saturating_mul(self.len()))? != self.bytes.len() {
            return Err("bytes follow its chunks".into());
        }
        let mut total = 0;
        for index in 0..self.len() {
            let length = self.chunk(index).1;
            let min = if index + 1 < self.len() { CHUNK_MIN } else { 1 };
            if !(min..=CHUNK_MAX).contains(&(length as usize)) {
                return Err(format!("chunk {index} has {length} bytes"));
            }
            total += u64::from(length);
        }
        let announced = self.chunked_length();
        if total != announced || announced <= BLOB_VALUE_MAX as u64 || announced > VALUE_MAX as u64 {
            return Err(format!("it announces {announced} bytes and lists chunks of {total}"));
        }
        Ok(())
    }
}

fn narrow(number: usize) -> Result<u32, String> {
    u32::try_from(number).map_err(|_| "it is longer than 4 GiB".into())
}
