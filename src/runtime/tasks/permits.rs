//! Permits that tasks acquire and release: what [`Lock`](super::Lock) and [`Semaphore`](super::Semaphore) are made of.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::wait_queue::{Ticket, WaitQueue};
use crate::runtime::freed::Freed;
use crate::runtime::lane::{self, Site, WaitReason};
use crate::runtime::traced::LocalTraced;
use crate::trace::{LaneId, ResourceKind};

pub(super) struct Permits {
    pub(super) traced: LocalTraced,
    /// There are never more free ones.
    pub(super) most: usize,
    /// Whether the number of free ones is recorded.
    counted: bool,
    now: RefCell<Now>,
}

struct Now {
    free: usize,
    freed: Freed,
    waiting: WaitQueue,
    /// Whose guards release nothing: they gave up a wait for a condition before they had the lock again.
    lost: Vec<LaneId>,
}

/// Holds a lock or a permit until it is dropped.
#[must_use = "it is released when this is dropped"]
pub struct Held {
    permits: Rc<Permits>,
}

impl Permits {
    pub(super) fn new(kind: ResourceKind, name: String, free: usize, most: usize) -> Rc<Permits> {
        let counted = kind == ResourceKind::Semaphore;
        let traced =
            if counted { LocalTraced::with_level(kind, name, free as i64) } else { LocalTraced::new(kind, name) };
        let now = RefCell::new(Now { free, freed: Freed::default(), waiting: WaitQueue::default(), lost: Vec::new() });
        Rc::new(Permits { traced, most, counted, now })
    }

    /// Whether a task that comes now would have to wait.
    pub(super) fn locked(&self) -> bool {
        let now = &mut *self.now.borrow_mut();
        now.free == 0 || now.waiting.is_busy()
    }

    /// Whether none is free.
    pub(super) fn all_taken(&self) -> bool {
        self.now.borrow().free == 0
    }

    /// Waits for a permit, and takes it.
    pub(super) fn acquire(self: &Rc<Self>, site: Site) -> impl Future<Output = ()> + use<> {
        Acquire { permits: self.clone(), site, ticket: None }
    }

    /// The same, for as long as the returned guard lives.
    pub(super) fn hold(self: &Rc<Self>, site: Site) -> impl Future<Output = Held> + use<> {
        let (acquire, permits) = (self.acquire(site), self.clone());
        async move {
            acquire.await;
            Held { permits }
        }
    }

    /// Returns a permit, or adds one; false if there would be too many.
    #[optimize(speed)]
    pub(super) fn release(&self) -> bool {
        let now = &mut *self.now.borrow_mut();
        if now.free == self.most {
            return false;
        }
        now.free += 1;
        let cause = lane::with(|lane| {
            let cause = self.traced.released(lane);
            self.count(lane, now);
            cause
        });
        now.freed.give(cause);
        now.waiting.call(now.free, cause);
        true
    }

    /// The current lane has not what its guard holds, until it takes it again.
    pub(super) fn lose(&self) {
        self.now.borrow_mut().lost.push(lane::with(|lane| lane.lane));
    }

    /// Whether the current lane has lost what its guard holds; only once.
    fn was_lost(&self) -> bool {
        let lost = &mut self.now.borrow_mut().lost;
        // Nearly always.
        if lost.is_empty() {
            return false;
        }
        let mine = lane::with(|lane| lane.lane);
        let before = lost.len();
        lost.retain(|lane| *lane != mine);
        lost.len() < before
    }

    #[optimize(speed)]
    fn take(&self, now: &mut Now) {
        now.free -= 1;
        let cause = now.freed.take(now.free);
        lane::with(|lane| {
            if !now.lost.is_empty() {
                now.lost.retain(|lost| *lost != lane.lane);
            }
            let cause = cause.filter(|_| !lane.was_woken(self.traced.target(), cause));
            self.traced.acquired(lane, cause);
            self.count(lane, now);
        });
    }

    /// Records how many permits are free.
    fn count(&self, lane: &mut lane::Context, now: &Now) {
        if self.counted {
            self.traced.level(lane, now.free as i64);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // As with threads: what a panicking task holds stays held, and the run ends.
        if std::thread::panicking() || self.permits.was_lost() {
            return;
        }
        assert!(self.permits.release(), "“{}” was released more often than acquired", self.permits.traced.name());
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

    #[optimize(speed)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let permits = self.permits.clone();
        let now = &mut *permits.now.borrow_mut();
        let goes = match &mut self.ticket {
            None => now.free > 0 && !now.waiting.is_busy(),
            Some(ticket) => now.waiting.go(ticket, now.free, context.waker()),
        };
        if goes {
            self.ticket = None;
            permits.take(now);
            if now.waiting.uncalled() > 0 {
                // They came when there was something for others only.
                now.waiting.call(now.free, lane::with(|lane| lane.cause()));
            }
            return Poll::Ready(());
        }
        self.ticket.get_or_insert_with(|| now.waiting.join(context.waker()));
        let on = Some(permits.traced.target());
        lane::with(|lane| lane.wait = Some(WaitReason::suspended(on, self.site)));
        Poll::Pending
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let now = &mut *self.permits.now.borrow_mut();
        now.waiting.leave(ticket);
        // It may have been its turn; then it is the next one's.
        now.waiting.call(now.free, lane::with(|lane| lane.cause()));
    }
}
