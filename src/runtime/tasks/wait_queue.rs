//! A wait queue: tasks that wait for something of which there is a limited number: permits, items, free slots.
//!
//! First come, first served. While there is something for the first few in the queue, these few have been woken, and no
//! other task may take it; so none overtakes, and a task that leaves the queue (it was cancelled) makes way for the
//! next one, which is woken instead. A task that is being cancelled counts no more, unless it has been woken before.

use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;
use std::task::Waker;

use super::core::Ends;
use super::executor::current;
use crate::runtime::lane;
use crate::trace::Cause;

/// Tasks that wait, the first to arrive at the front.
#[derive(Default)]
pub(super) struct WaitQueue {
    waiting: VecDeque<Waiting>,
    /// How many, from the front, have been woken.
    called: usize,
    next: Ticket,
}

struct Waiting {
    ticket: Ticket,
    waker: Waker,
    task: Rc<dyn Ends>,
}

impl Waiting {
    /// It is being cancelled, but has not had a turn since.
    fn leaves(&self) -> bool {
        self.task.core().must_cancel.get()
    }
}

/// A place in a wait queue; later ones have larger numbers.
pub(super) type Ticket = u64;

impl WaitQueue {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// How many wait and have not been woken.
    pub(super) fn uncalled(&self) -> usize {
        self.waiting.len() - self.called
    }

    /// Whether a task that comes now has to wait for others.
    #[inline]
    pub(super) fn is_busy(&mut self) -> bool {
        !self.waiting.is_empty() && (self.called > 0 || !self.callable(1).is_empty())
    }

    /// Goes to the end of the queue.
    pub(super) fn join(&mut self, waker: &Waker) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.waiting.push_back(Waiting { ticket, waker: waker.clone(), task: current().current_task() });
        ticket
    }

    /// Leaves the queue if there is something for this one, that is, if it is among the first `things`.
    pub(super) fn go(&mut self, ticket: &mut Ticket, things: usize, waker: &Waker) -> bool {
        let place = self.place(*ticket).unwrap_or_else(|| {
            // Its task was being cancelled, but something else in the task has caught that.
            *ticket = self.join(waker);
            self.waiting.len() - 1
        });
        if place < things {
            self.remove(place);
            return true;
        }
        self.waiting[place].waker.clone_from(waker);
        false
    }

    /// Leaves the queue if it has been called.
    pub(super) fn go_if_called(&mut self, ticket: &mut Ticket, waker: &Waker) -> bool {
        self.go(ticket, self.called, waker)
    }

    /// Leaves the queue empty-handed.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        if let Some(place) = self.place(ticket) {
            self.remove(place);
        }
    }

    /// There is something for the first `things`: wakes those of them that have not been woken yet. `cause` has woken
    /// them.
    #[inline]
    pub(super) fn call(&mut self, things: usize, cause: Cause) {
        if self.called >= things.min(self.waiting.len()) {
            return;
        }
        let called = self.callable(things - self.called);
        self.called = called.end;
        acting_for(cause, || self.waiting.range(called).for_each(|waiting| waiting.waker.wake_by_ref()));
    }

    /// Wakes up to `count` of those that have not been woken, the first ones. `cause` has woken them.
    pub(super) fn call_more(&mut self, count: usize, cause: Cause) {
        self.call(self.called.saturating_add(count), cause);
    }

    /// The next `count` that would be woken. Those before them that are being cancelled leave.
    pub(super) fn callable(&mut self, count: usize) -> Range<usize> {
        let mut end = self.called;
        while end - self.called < count && end < self.waiting.len() {
            if self.waiting[end].leaves() {
                self.waiting.remove(end);
            } else {
                end += 1;
            }
        }
        self.called..end
    }

    /// `None` if it has left.
    fn place(&self, ticket: Ticket) -> Option<usize> {
        self.waiting.binary_search_by_key(&ticket, |waiting| waiting.ticket).ok()
    }

    fn remove(&mut self, place: usize) {
        self.waiting.remove(place);
        self.called -= usize::from(place < self.called);
    }
}

/// What `wake` wakes is recorded as woken by `cause`.
pub(super) fn acting_for(cause: Cause, wake: impl FnOnce()) {
    lane::with(|context| context.act_for(cause));
    wake();
    lane::with(|context| context.act_for_myself());
}
