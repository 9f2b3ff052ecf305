//! Who made available what others take: permits, free slots. That travels with what is free, so that the taker knows.

use std::collections::VecDeque;

use crate::trace::Cause;

/// Who freed a slot or gave back a permit, oldest first: takers are woken by them in that order.
#[derive(Default)]
pub(super) struct Freed {
    /// Apart, since a lock has never more than one.
    oldest: Option<Cause>,
    others: VecDeque<Cause>,
}

impl Freed {
    /// One more was made free.
    #[inline]
    pub(super) fn give(&mut self, cause: Cause) {
        match self.oldest {
            None => self.oldest = Some(cause),
            Some(_) => self.others.push_back(cause),
        }
    }

    /// One is taken, which leaves `left` free. `None` if that one was free from the beginning.
    #[inline]
    pub(super) fn take(&mut self, left: usize) -> Option<Cause> {
        let known = usize::from(self.oldest.is_some()) + self.others.len();
        if known <= left {
            return None;
        }
        let next = if self.others.is_empty() { None } else { self.others.pop_front() };
        std::mem::replace(&mut self.oldest, next)
    }
}
