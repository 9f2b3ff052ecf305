//! Waiting for several tasks: what [`gather`](super::gather) and [`wait`](super::wait) have in common.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::core::{Cancels, Core, Ends};
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
    waiting: Option<Waiting>,
}

struct Waiting {
    waiter: Rc<Waiter>,
    ends: Rc<Ended>,
    on: Target,
}

/// Which of the tasks have ended.
pub(super) struct Ended {
    tasks: Vec<Rc<dyn Ends>>,
    left: Cell<usize>,
    /// The first that has met the condition.
    first: Cell<Option<usize>>,
    /// Those that had not ended were asked to.
    cancelled: Cell<bool>,
}

impl Ended {
    fn is_enough(&self) -> bool {
        self.left.get() == 0 || self.first.get().is_some()
    }

    fn add(&self, place: usize, until: Until) {
        self.left.set(self.left.get() - 1);
        if self.first.get().is_none() && until.is_met_by(self.tasks[place].core()) {
            self.first.set(Some(place));
        }
    }
}

impl Cancels for Ended {
    fn cancel(&self) -> bool {
        if self.is_enough() {
            return false;
        }
        let asked = self.tasks.iter().filter(|task| task.core().cancel()).count();
        self.cancelled.set(self.cancelled.get() || asked > 0);
        asked > 0
    }
}

impl<T: 'static> Several<T> {
    pub(super) fn new(tasks: Vec<Task<T>>, until: Until, what: &'static str, site: Site) -> Several<T> {
        Several { tasks, until, what, site, waiting: None }
    }

    /// Changes what is waited for, before the first poll.
    pub(super) fn set_until(&mut self, until: Until) {
        self.until = until;
    }

    /// The first that has ended and suffices, once this is ready.
    pub(super) fn first(&self) -> Option<&Task<T>> {
        self.waiting.as_ref()?.ends.first.get().map(|place| &self.tasks[place])
    }

    /// Whether the tasks have been cancelled with the one that waits for them.
    pub(super) fn are_cancelled(&self) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.ends.cancelled.get())
    }

    /// What is to be cancelled with the task that waits.
    pub(super) fn ends(&self) -> Option<Rc<Ended>> {
        self.waiting.as_ref().map(|waiting| waiting.ends.clone())
    }

    /// Ready when what is waited for is met.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let waiting = match &self.waiting {
            Some(waiting) => waiting,
            None => &*self.waiting.insert(self.begin(context)),
        };
        if waiting.ends.is_enough() {
            return Poll::Ready(());
        }
        waiting.waiter.update(context.waker());
        lane::with(|lane| lane.wait = Some(WaitReason::suspended(Some(waiting.on), self.site)));
        Poll::Pending
    }

    fn begin(&self, context: &mut Context<'_>) -> Waiting {
        let waiter = Waiter::new(context.waker());
        let ends = Rc::new(Ended {
            tasks: self.tasks.iter().map(|task| task.shared.clone() as Rc<dyn Ends>).collect(),
            left: Cell::new(self.tasks.len()),
            first: Cell::new(None),
            cancelled: Cell::new(false),
        });
        for (place, task) in self.tasks.iter().enumerate() {
            if task.is_done() {
                ends.add(place, self.until);
                continue;
            }
            let (until, ends, weak) = (self.until, Rc::downgrade(&ends), Rc::downgrade(&waiter));
            task.core().on_end(move |_| {
                let (Some(ends), Some(waiter)) = (ends.upgrade(), weak.upgrade()) else { return };
                let was = ends.is_enough();
                ends.add(place, until);
                if !was && ends.is_enough() {
                    waiter.wake();
                }
            });
        }
        let name = format!("{} of {}", self.what, self.tasks.len());
        let on = match ends.is_enough() {
            // Nobody waits.
            true => Target::Lane(lane::with(|lane| lane.lane)),
            false => Target::Resource(lane::with(|lane| lane.define_resource(ResourceKind::Gather, &name))),
        };
        Waiting { waiter, ends, on }
    }
}
