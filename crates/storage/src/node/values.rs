//! Values of leaves.

use std::cmp::Ordering;

use bytes::Bytes;

use super::layout::{LINK, read_u32};
use super::prefetch::prefetch;
use super::{Link, Node, Value};
use crate::NodeRef;

/// A longer inline value, in bytes, is shared rather than copied.
const COPIED_VALUE_MAX: usize = 256;

impl Node {
    /// Value `index` of a leaf.
    ///
    /// # Panics
    /// When this is no leaf or `index` is not below [`Node::len`].
    #[inline]
    #[must_use]
    pub fn value(&self, index: usize) -> Value<'_> {
        if self.link_count > 0
            && let Ok(link) = self.find_link(index)
        {
            return Value::Linked(self.value_link(link));
        }
        let (start, end) = self.value_bounds(index);
        Value::Inline(&self.bytes[start..end])
    }

    /// An inline value; a long one shares the node's memory, a short one is copied, so that it does not keep the node.
    ///
    /// # Panics
    /// When this is no leaf or `index` is not below [`Node::len`].
    #[must_use]
    pub fn inline_value(&self, index: usize) -> Bytes {
        let (start, end) = self.value_bounds(index);
        if end - start <= COPIED_VALUE_MAX {
            Bytes::copy_from_slice(&self.bytes[start..end])
        } else {
            self.bytes.slice(start..end)
        }
    }

    /// Asks the processor for value `index`, which will be read soon: worth it when other work lies between. It changes
    /// nothing but speed.
    ///
    /// # Panics
    /// When this is no leaf or `index` is not below [`Node::len`].
    #[inline]
    pub fn prefetch_value(&self, index: usize) {
        let (start, end) = self.value_bounds(index);
        prefetch(&self.bytes[start..end]);
    }

    /// As [`Node::prefetch_value`], of the bytes that lie where `leaf` has value `index`: leaves that follow one another
    /// are much alike.
    ///
    /// # Panics
    /// When `leaf` is none or `index` is not below its [`Node::len`].
    #[inline]
    pub fn prefetch_beside(&self, leaf: &Self, index: usize) {
        let (start, end) = leaf.value_bounds(index);
        prefetch(self.bytes.get(start..end).unwrap_or_default());
    }

    /// Where inline value `index` begins and ends among the inline values.
    #[inline]
    pub(super) fn value_range(&self, index: usize) -> (u32, u32) {
        let ends = self.keys_end as usize;
        let start = if index == 0 { 0 } else { read_u32(&self.bytes, ends + 4 * (index - 1)) };
        (start, read_u32(&self.bytes, ends + 4 * index))
    }

    #[inline]
    fn value_bounds(&self, index: usize) -> (usize, usize) {
        let values = self.link_at(self.link_count as usize);
        let (start, end) = self.value_range(index);
        (values + start as usize, values + end as usize)
    }

    /// A part of the inline values.
    pub(super) fn inline_bytes(&self, start: u32, end: u32) -> &[u8] {
        let values = self.link_at(self.link_count as usize);
        &self.bytes[values + start as usize..values + end as usize]
    }

    /// The entry that has link `link`.
    pub(super) fn link_entry(&self, link: usize) -> u32 {
        read_u32(&self.bytes, self.link_at(link))
    }

    #[inline]
    pub(super) fn link_at(&self, link: usize) -> usize {
        self.keys_end as usize + 4 * self.len() + 4 + LINK * link
    }

    /// The link of entry `index`, or where it would stand.
    pub(super) fn find_link(&self, index: usize) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.link_count as usize);
        while low < high {
            let middle = usize::midpoint(low, high);
            match (self.link_entry(middle) as usize).cmp(&index) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }

    pub(super) fn value_link(&self, link: usize) -> Link {
        let at = self.link_at(link);
        Link {
            target: NodeRef::new(self.address_at(at + 8), self.locator(link)),
            length: read_u32(&self.bytes, at + 4),
        }
    }
}
