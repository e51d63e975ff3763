//! Entries in any order, read in that of their keys.

use std::iter::FusedIterator;

use prolly_storage::prefetch;

use crate::key_order::key_order;

/// How many entries ahead memory is asked for.
const PREFETCHED: usize = 32;

/// Entries in the order of their keys, as [`Tree::build`](crate::Tree::build) and [`Tree::apply`](crate::Tree::apply)
/// want them; of equal keys the last one.
///
/// Cost: O(n log n) comparisons when they are not in order, most of them of eight bytes that lie side by side, and two
/// words an entry. The entries stay where they are: to give them away one by one, and have them dropped in another order
/// than they were made in, took longer.
///
/// ```
/// use prolly_tree::SortedEntries;
///
/// let entries = [("b", "1"), ("a", "2"), ("b", "3")];
/// assert_eq!(SortedEntries::new(&entries).collect::<Vec<_>>(), [(&"a", &"2"), (&"b", &"3")]);
/// ```
#[derive(Debug)]
pub struct SortedEntries<'entries, K, V> {
    entries: &'entries [(K, V)],
    /// Places in `entries`, in the order of the keys; `None` when they stand in it, without equal keys.
    order: Option<Vec<usize>>,
    next: usize,
}

impl<'entries, K: AsRef<[u8]>, V: AsRef<[u8]>> SortedEntries<'entries, K, V> {
    /// Puts `entries` in order.
    #[must_use]
    pub fn new(entries: &'entries [(K, V)]) -> Self {
        let key = |place: usize| entries[place].0.as_ref();
        let is_in_order = (1..entries.len()).all(|place| {
            if let Some((key, _)) = entries.get(place + PREFETCHED) {
                prefetch(key.as_ref());
            }
            key(place - 1) < key(place)
        });
        let order = (!is_in_order).then(|| key_order(entries.len(), key));
        Self { entries, order, next: 0 }
    }

    /// The entry that is `ahead` places on.
    fn upcoming(&self, ahead: usize) -> Option<&'entries (K, V)> {
        let place = self.next + ahead;
        match &self.order {
            Some(order) => order.get(place).map(|place| &self.entries[*place]),
            None => self.entries.get(place),
        }
    }
}

impl<'entries, K: AsRef<[u8]>, V: AsRef<[u8]>> Iterator for SortedEntries<'entries, K, V> {
    type Item = (&'entries K, &'entries V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // First what says where the bytes are, then the bytes that are compared.
            if let Some(entry) = self.upcoming(2 * PREFETCHED) {
                prefetch(entry);
            }
            if self.order.is_some()
                && let Some((key, _)) = self.upcoming(PREFETCHED)
            {
                prefetch(key.as_ref());
            }
            let (key, value) = self.upcoming(0)?;
            self.next += 1;
            let is_followed = |(next, _): &(K, V)| next.as_ref() == key.as_ref();
            if self.order.is_none() || !self.upcoming(0).is_some_and(is_followed) {
                return Some((key, value));
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let rest = self.entries.len() - self.next;
        (rest.min(1), Some(rest))
    }
}

impl<K: AsRef<[u8]>, V: AsRef<[u8]>> FusedIterator for SortedEntries<'_, K, V> {}
