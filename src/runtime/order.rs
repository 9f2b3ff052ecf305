//! In which order a queue gives its items: what the queues of threads and of tasks have in common.

use std::cmp::Ordering;
use std::collections::VecDeque;

/// Which item is taken next.
pub(super) enum Order<T> {
    /// The oldest.
    FirstInFirstOut,
    /// The youngest.
    LastInFirstOut,
    /// The least, by this comparison; of equal ones the oldest.
    Least(fn(&T, &T) -> Ordering),
}

impl<T> Order<T> {
    /// Puts an item, and what belongs to it, where it has its turn. The next one to be taken is at the front.
    pub(super) fn insert<W>(&self, items: &mut VecDeque<(T, W)>, item: T, with: W) {
        let place = match self {
            Order::FirstInFirstOut => items.len(),
            Order::LastInFirstOut => 0,
            Order::Least(compare) => items.partition_point(|(other, _)| compare(other, &item).is_le()),
        };
        items.insert(place, (item, with));
    }
}
