//! Permits that tasks take and give back: what [`Lock`](super::Lock) and [`Semaphore`](super::Semaphore) are made of.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::line::{Line, Ticket};
use crate::runtime::lane::{self, Site, Wait};
use crate::trace::record::Tag;
use crate::trace::{Cause, Nanos, ResourceId, ResourceKind, Target};

pub(super) struct Permits {
    pub(super) name: String,
    resource: ResourceId,
    /// There are never more.
    pub(super) most: usize,
    /// Whether the trace is told how many are free.
    counted: bool,
    now: RefCell<Now>,
}

struct Now {
    free: usize,
    line: Line,
    /// Time of the latest event; the next is put after it.
    last: Nanos,
}

/// Holds a lock or a permit until it is dropped.
#[must_use = "it is released when this is dropped"]
pub struct Held {
    permits: Rc<Permits>,
}

impl Permits {
    pub(super) fn new(kind: ResourceKind, name: String, free: usize, most: usize) -> Rc<Permits> {
        let counted = kind == ResourceKind::Semaphore;
        let (resource, last) = lane::with(|lane| {
            let resource = lane.define_resource(kind, &name);
            let last =
                if counted { lane.resource_event(Tag::Level, resource, free as i64, Nanos::ZERO) } else { Nanos::ZERO };
            (resource, last)
        });
        let now = RefCell::new(Now { free, line: Line::default(), last });
        Rc::new(Permits { name, resource, most, counted, now })
    }

    /// Whether whoever comes now would have to wait.
    pub(super) fn locked(&self) -> bool {
        let now = self.now.borrow();
        now.free <= now.line.len()
    }

    /// Waits for a permit, and takes it.
    pub(super) fn acquire(self: &Rc<Self>, site: Site) -> impl Future<Output = ()> + use<> {
        Acquire { permits: self.clone(), site, ticket: None }
    }

    /// The same, for as long as what this gives lives.
    pub(super) fn hold(self: &Rc<Self>, site: Site) -> impl Future<Output = Held> + use<> {
        let (acquire, permits) = (self.acquire(site), self.clone());
        async move {
            acquire.await;
            Held { permits }
        }
    }

    /// Gives a permit back, or adds one; false if there would be too many.
    pub(super) fn release(&self) -> bool {
        let now = &mut *self.now.borrow_mut();
        if now.free == self.most {
            return false;
        }
        now.free += 1;
        let cause = self.changed(now, Tag::Released);
        now.line.call(now.free, cause);
        true
    }

    fn take(&self, now: &mut Now) {
        now.free -= 1;
        self.changed(now, Tag::Acquired);
    }

    /// Records what has happened, and how many permits that leaves.
    fn changed(&self, now: &mut Now, tag: Tag) -> Cause {
        lane::with(|lane| {
            let time = lane.resource_event(tag, self.resource, 0, now.last);
            now.last = time;
            if self.counted {
                now.last = lane.resource_event(Tag::Level, self.resource, now.free as i64, time);
            }
            Cause { lane: lane.lane, time }
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // As for threads: what a task that panics holds stays held, and the run ends.
        if std::thread::panicking() {
            return;
        }
        assert!(self.permits.release(), "“{}” was released more often than acquired", self.permits.name);
    }
}

struct Acquire {
    permits: Rc<Permits>,
    site: Site,
    /// While it waits.
    ticket: Option<Ticket>,
}

impl Future for Acquire {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let permits = self.permits.clone();
        let now = &mut *permits.now.borrow_mut();
        let goes = match self.ticket {
            None => now.free > now.line.len(),
            Some(ticket) => now.line.go(ticket, now.free, context.waker()),
        };
        if goes {
            self.ticket = None;
            permits.take(now);
            return Poll::Ready(());
        }
        self.ticket.get_or_insert_with(|| now.line.join(context.waker()));
        let on = Some(Target::Resource(permits.resource));
        lane::with(|lane| lane.wait = Some(Wait::suspended(on, self.site)));
        Poll::Pending
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let now = &mut *self.permits.now.borrow_mut();
        now.line.leave(ticket);
        // It may have been its turn; then it is the next one's.
        now.line.call(now.free, lane::with(|lane| lane.cause()));
    }
}
