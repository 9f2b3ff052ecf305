//! The event loop's timers, by the time at which they are due: asyncio's heap of scheduled calls.
//!
//! The loop itself waits for a single platform timer on behalf of all of these. So if that fires a moment early, it
//! wakes only the loop, which waits again, and no task.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Waker;

use crate::trace::Nanos;

/// What is due when. Timers of the same time are due in the order in which they were set.
#[derive(Default)]
pub(super) struct Timers {
    due: BTreeMap<Key, Due>,
    next: u64,
}

/// What happens when a timer is due.
pub(super) enum Due {
    /// A task is woken.
    Wake(Waker),
    /// The loop calls this.
    Call(Box<dyn FnOnce()>),
}

impl Due {
    pub(super) fn happen(self) {
        match self {
            Due::Wake(waker) => waker.wake(),
            Due::Call(call) => call(),
        }
    }
}

type Key = (Nanos, u64);

/// A timer that was set. Dropping it cancels it.
pub(super) struct Timer {
    key: Key,
    timers: Rc<RefCell<Timers>>,
}

impl Timers {
    /// When the next one is due.
    pub(super) fn first(&self) -> Option<Nanos> {
        self.due.first_key_value().map(|((until, _), _)| *until)
    }

    /// Removes the next one that is due at this time, and returns it with when it was due.
    pub(super) fn take_due(&mut self, now: Nanos) -> Option<(Nanos, Due)> {
        let entry = self.due.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((until, _), due) = entry.remove_entry();
        Some((until, due))
    }
}

impl Timer {
    /// Has `due` happen at `until`, or as soon as possible after it.
    pub(super) fn set(timers: &Rc<RefCell<Timers>>, until: Nanos, due: Due) -> Timer {
        let mut all = timers.borrow_mut();
        let key = (until, all.next);
        all.next += 1;
        all.due.insert(key, due);
        Timer { key, timers: timers.clone() }
    }

    /// Whether its time has come.
    pub(super) fn is_due(&self) -> bool {
        !self.timers.borrow().due.contains_key(&self.key)
    }

    /// Whether its time has come. If not, it will wake `waker`.
    pub(super) fn is_over(&self, waker: &Waker) -> bool {
        match self.timers.borrow_mut().due.get_mut(&self.key) {
            Some(due) => {
                *due = Due::Wake(waker.clone());
                false
            }
            None => true,
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // What goes with it may look at the timers.
        let due = self.timers.borrow_mut().due.remove(&self.key);
        drop(due);
    }
}
