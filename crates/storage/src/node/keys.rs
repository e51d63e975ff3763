//! Keys of leaves and internal nodes.

use std::cmp::Ordering;

use super::layout::{TREE_HEADER, read_u32};
use super::{Node, prefetch};

impl Node {
    /// What all its keys begin with.
    #[inline]
    #[must_use]
    pub fn key_prefix(&self) -> &[u8] {
        &self.bytes[TREE_HEADER..TREE_HEADER + self.prefix_length as usize]
    }

    /// Key `index` without [`Node::key_prefix`].
    ///
    /// # Panics
    /// When `index` is not below [`Node::len`].
    #[inline]
    #[must_use]
    pub fn key_suffix(&self, index: usize) -> &[u8] {
        let ends = TREE_HEADER + self.prefix_length as usize;
        let start = if index == 0 { 0 } else { read_u32(&self.bytes, ends + 4 * (index - 1)) };
        let end = read_u32(&self.bytes, ends + 4 * index);
        &self.bytes[(self.suffixes + start) as usize..(self.suffixes + end) as usize]
    }

    /// Key `index`, copied.
    ///
    /// # Panics
    /// When `index` is not below [`Node::len`].
    #[must_use]
    pub fn key(&self, index: usize) -> Vec<u8> {
        [self.key_prefix(), self.key_suffix(index)].concat()
    }

    /// The last key, copied; `None` when there are no entries.
    #[must_use]
    pub fn last_key(&self) -> Option<Vec<u8>> {
        self.len().checked_sub(1).map(|last| self.key(last))
    }

    /// Appends key `index` to `buffer`.
    ///
    /// # Panics
    /// When `index` is not below [`Node::len`].
    #[inline]
    pub fn append_key(&self, index: usize, buffer: &mut Vec<u8>) {
        buffer.extend_from_slice(self.key_prefix());
        buffer.extend_from_slice(self.key_suffix(index));
    }

    /// How key `index` compares with `key`.
    ///
    /// # Panics
    /// When `index` is not below [`Node::len`].
    #[must_use]
    pub fn compare_key(&self, index: usize, key: &[u8]) -> Ordering {
        let prefix = self.key_prefix();
        let shared = prefix.len().min(key.len());
        prefix.cmp(&key[..shared]).then_with(|| self.key_suffix(index).cmp(&key[shared..]))
    }

    /// Asks the processor for what [`Node::search`] and then the value need, when they will be needed soon: worth it when
    /// other work lies between. It changes nothing but speed.
    pub fn prefetch(&self) {
        prefetch::node(self.bytes.as_ptr().addr(), self.keys_end);
    }

    /// Finds `key`: `Ok` with its index, or `Err` with the index of the first greater key (which is
    /// [`Node::len`] when there is none). Cost: O(log entries) comparisons in the stored bytes.
    ///
    /// # Errors
    /// The index where the key would stand.
    pub fn search(&self, key: &[u8]) -> Result<usize, usize> {
        let prefix = self.key_prefix();
        let Some(suffix) = key.strip_prefix(prefix) else {
            return Err(if prefix < key { self.len() } else { 0 });
        };
        // Eight bytes at once decide most comparisons, without a call.
        let word = |bytes: &[u8]| bytes.first_chunk().map(|chunk| u64::from_be_bytes(*chunk));
        let wanted = word(suffix);
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let found = self.key_suffix(middle);
            let order = match (word(found), wanted) {
                (Some(found), Some(wanted)) if found != wanted => found.cmp(&wanted),
                _ => found.cmp(suffix),
            };
            match order {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }
}
