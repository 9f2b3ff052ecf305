//! Notifications: tasks that wait until they are notified, each once, the longest waiting first. What
//! [`Condition`](super::Condition) and [`Barrier`](super::Barrier) are made of.
//!
//! A notification is for those that wait at that moment; none is kept for those that come later.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::wait_queue::{Ticket, WaitQueue};
use crate::runtime::lane::{self, Site, WaitReason};
use crate::runtime::traced::LocalTraced;
use crate::trace::{Cause, ResourceKind};

pub(super) struct Notices {
    pub(super) traced: LocalTraced,
    /// Whether the number of waiting tasks is recorded.
    counted: bool,
    /// What was recorded last.
    level: Cell<usize>,
    waiting: RefCell<WaitQueue>,
}

impl Notices {
    pub(super) fn new(kind: ResourceKind, name: String) -> Rc<Notices> {
        let counted = kind == ResourceKind::Condition;
        let traced = LocalTraced::with_level(kind, name, 0);
        Rc::new(Notices { traced, counted, level: Cell::new(0), waiting: RefCell::default() })
    }

    /// Notifies up to `count` tasks.
    pub(super) fn notify(&self, count: usize) {
        let mut waiting = self.waiting.borrow_mut();
        let woken = waiting.callable(count).len();
        if woken == 0 {
            return;
        }
        let left = waiting.uncalled() - woken;
        let cause = self.count(left).unwrap_or_else(|| lane::with(|lane| lane.cause()));
        waiting.call_more(woken, cause);
    }

    /// Notifies all tasks; `cause` has.
    pub(super) fn notify_all(&self, cause: Cause) {
        self.waiting.borrow_mut().call_more(usize::MAX, cause);
    }

    /// Waits for a notification. If this is dropped before it has seen one that came, that is lost.
    pub(super) fn wait(self: &Rc<Self>, site: Site) -> Notified {
        Notified { notices: self.clone(), site, ticket: None }
    }

    /// Records how many wait, if that is new.
    fn count(&self, waiting: usize) -> Option<Cause> {
        if !self.counted || self.level.replace(waiting) == waiting {
            return None;
        }
        Some(lane::with(|lane| self.traced.level(lane, waiting as i64)))
    }
}

pub(super) struct Notified {
    notices: Rc<Notices>,
    site: Site,
    /// While it waits.
    ticket: Option<Ticket>,
}

impl Future for Notified {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let notices = self.notices.clone();
        let waiting = &mut *notices.waiting.borrow_mut();
        let goes = match &mut self.ticket {
            Some(ticket) => waiting.go_if_called(ticket, context.waker()),
            None => {
                self.ticket = Some(waiting.join(context.waker()));
                false
            }
        };
        if goes {
            self.ticket = None;
            return Poll::Ready(());
        }
        notices.count(waiting.uncalled());
        let on = Some(notices.traced.target());
        lane::with(|lane| lane.wait = Some(WaitReason::suspended(on, self.site)));
        Poll::Pending
    }
}

impl Drop for Notified {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let waiting = &mut *self.notices.waiting.borrow_mut();
        waiting.leave(ticket);
        self.notices.count(waiting.uncalled());
    }
}
