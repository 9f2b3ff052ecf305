//! Tasks that wait in line for something of which there is only so much: permits, items, room.
//!
//! Who came first goes first. While there is something for the first few of a line, these few were called, and nobody
//! else may take it; so nobody overtakes, and a task that leaves the line (it was cancelled) makes room for the next
//! one, who is called instead.

use std::collections::VecDeque;
use std::task::Waker;

use crate::runtime::lane;
use crate::trace::Cause;

/// Tasks in line, who came first in front.
#[derive(Default)]
pub(super) struct Line {
    waiting: VecDeque<(Ticket, Waker)>,
    /// So many, from the front, were called.
    called: usize,
    next: Ticket,
}

/// A place in a line; later ones have larger numbers.
pub(super) type Ticket = u64;

impl Line {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Goes to the end of the line.
    pub(super) fn join(&mut self, waker: &Waker) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.waiting.push_back((ticket, waker.clone()));
        ticket
    }

    /// Leaves the line if there is something for this one, that is, if it is among the first `things`.
    pub(super) fn go(&mut self, ticket: Ticket, things: usize, waker: &Waker) -> bool {
        let place = self.place(ticket);
        if place < things {
            self.remove(place);
            return true;
        }
        self.waiting[place].1.clone_from(waker);
        false
    }

    /// Leaves the line with nothing.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.remove(self.place(ticket));
    }

    /// There is something for the first `things`: calls those of them who were not called yet. `cause` has woken them.
    pub(super) fn call(&mut self, things: usize, cause: Cause) {
        let called = self.called..things.min(self.waiting.len());
        if called.is_empty() {
            return;
        }
        self.called = called.end;
        acting_for(cause, || self.waiting.range(called).for_each(|(_, waker)| waker.wake_by_ref()));
    }

    fn place(&self, ticket: Ticket) -> usize {
        self.waiting.binary_search_by_key(&ticket, |(ticket, _)| *ticket).expect("it waits until it leaves the line")
    }

    fn remove(&mut self, place: usize) {
        self.waiting.remove(place);
        self.called -= usize::from(place < self.called);
    }
}

/// Whoever is woken by `wake` was woken by `cause`.
pub(super) fn acting_for(cause: Cause, wake: impl FnOnce()) {
    lane::with(|context| context.act_for(cause));
    wake();
    lane::with(|context| context.act_for_myself());
}
