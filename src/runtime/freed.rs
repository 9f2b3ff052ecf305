//! Who made available what others take: permits, free slots. That travels with what is free, so that the taker knows.

use std::collections::VecDeque;

use crate::trace::Cause;

/// Who freed a slot or gave back a permit, oldest first: takers are woken by them in that order.
#[derive(Default)]
pub(super) struct Freed(VecDeque<Cause>);

impl Freed {
    /// One more was made free.
    #[inline]
    pub(super) fn give(&mut self, cause: Cause) {
        self.0.push_back(cause);
    }

    /// One is taken, which leaves `left` free. `None` if that one was free from the beginning.
    #[inline]
    pub(super) fn take(&mut self, left: usize) -> Option<Cause> {
        if self.0.len() > left { self.0.pop_front() } else { None }
    }
}
