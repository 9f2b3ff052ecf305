//! A wait queue: tasks that wait for something of which there is a limited number: permits, items, free slots.
//!
//! First come, first served. While there is something for the first few in the queue, these few have been woken, and no
//! other task may take it; so none overtakes, and a task that leaves the queue (it was cancelled) makes way for the
//! next one, which is woken instead.

use std::collections::VecDeque;
use std::task::Waker;

use crate::runtime::lane;
use crate::trace::Cause;

/// Tasks that wait, the first to arrive at the front.
#[derive(Default)]
pub(super) struct WaitQueue {
    waiting: VecDeque<(Ticket, Waker)>,
    /// How many, from the front, have been woken.
    called: usize,
    next: Ticket,
}

/// A place in a wait queue; later ones have larger numbers.
pub(super) type Ticket = u64;

impl WaitQueue {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Goes to the end of the queue.
    pub(super) fn join(&mut self, waker: &Waker) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.waiting.push_back((ticket, waker.clone()));
        ticket
    }

    /// Leaves the queue if there is something for this one, that is, if it is among the first `things`.
    pub(super) fn go(&mut self, ticket: Ticket, things: usize, waker: &Waker) -> bool {
        let place = self.place(ticket);
        if place < things {
            self.remove(place);
            return true;
        }
        self.waiting[place].1.clone_from(waker);
        false
    }

    /// Leaves the queue empty-handed.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.remove(self.place(ticket));
    }

    /// There is something for the first `things`: wakes those of them that have not been woken yet. `cause` has woken
    /// them.
    #[inline]
    pub(super) fn call(&mut self, things: usize, cause: Cause) {
        let called = self.called..things.min(self.waiting.len());
        if called.is_empty() {
            return;
        }
        self.called = called.end;
        acting_for(cause, || self.waiting.range(called).for_each(|(_, waker)| waker.wake_by_ref()));
    }

    fn place(&self, ticket: Ticket) -> usize {
        self.waiting.binary_search_by_key(&ticket, |(ticket, _)| *ticket).expect("it waits until it leaves the queue")
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
