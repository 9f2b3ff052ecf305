//! Waiting for several tasks: what [`gather`](super::gather) and [`wait`](super::wait) have in common.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::core::Core;
use super::task::Waiter;
use super::{Error, Task};
use crate::runtime::lane::{self, Site, WaitReason};
use crate::trace::{ResourceKind, Target};

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// The end of one.
    OneIsDone,
    /// An error of one, or the end of all. A task that was cancelled is one that is done.
    OneFailed,
    /// One that ends without a value, because it failed or was cancelled, or the end of all.
    OneGivesNothing,
    /// The end of all.
    AllAreDone,
}

impl Until {
    /// Whether this end is enough, while others are not over.
    fn is_met_by(self, ended: &Core) -> bool {
        match self {
            Until::OneIsDone => true,
            Until::OneFailed => ended.error.borrow().as_ref().is_some_and(|error| *error != Error::Cancelled),
            Until::OneGivesNothing => ended.error.borrow().is_some(),
            Until::AllAreDone => false,
        }
    }
}

/// Several tasks, and one that waits for them. It is woken once: when that condition is met.
pub(super) struct Several<T> {
    pub(super) tasks: Vec<Task<T>>,
    until: Until,
    /// Python's name of the function.
    what: &'static str,
    site: Site,
    waiting: Option<(Rc<Waiter>, Target)>,
}

impl<T> Several<T> {
    pub(super) fn new(tasks: Vec<Task<T>>, until: Until, what: &'static str, site: Site) -> Several<T> {
        Several { tasks, until, what, site, waiting: None }
    }

    /// Changes what is waited for, before the first poll.
    pub(super) fn set_until(&mut self, until: Until) {
        self.until = until;
    }

    /// Whether a task waits, or has waited.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// The first in the list that is over and suffices.
    pub(super) fn enough(&self) -> Option<&Task<T>> {
        self.tasks.iter().find(|task| task.is_done() && self.until.is_met_by(task.core()))
    }

    /// Ready when what is waited for is met.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.enough().is_some() || self.tasks.iter().all(Task::is_done) {
            return Poll::Ready(());
        }
        let on = match &self.waiting {
            Some((waiter, on)) => {
                waiter.update(context.waker());
                *on
            }
            None => self.begin(context),
        };
        lane::with(|lane| lane.wait = Some(WaitReason::suspended(Some(on), self.site)));
        Poll::Pending
    }

    fn begin(&mut self, context: &mut Context<'_>) -> Target {
        let waiter = Waiter::new(context.waker());
        let pending: Vec<_> = self.tasks.iter().filter(|task| !task.is_done()).collect();
        let left = Rc::new(Cell::new(pending.len()));
        for task in pending {
            let (until, left, weak) = (self.until, left.clone(), Rc::downgrade(&waiter));
            task.core().on_end(move |ended| {
                left.set(left.get() - 1);
                if let Some(waiter) = weak.upgrade().filter(|_| left.get() == 0 || until.is_met_by(ended)) {
                    waiter.wake();
                }
            });
        }
        let name = format!("{} of {}", self.what, self.tasks.len());
        let on = Target::Resource(lane::with(|lane| lane.define_resource(ResourceKind::Gather, &name)));
        self.waiting = Some((waiter, on));
        on
    }
}
