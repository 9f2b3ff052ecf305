//! The futures of putting and getting.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::inner::Inner;
use crate::runtime::lane::{self, Site};
use crate::runtime::tasks::wait_queue::Ticket;
use crate::runtime::threads::ShutDown;

pub(super) struct Put<T> {
    queue: Rc<Inner<T>>,
    /// `None` once it was put.
    item: Option<T>,
    site: Site,
    /// While it waits.
    ticket: Option<Ticket>,
}

impl<T> Put<T> {
    pub(super) fn new(queue: Rc<Inner<T>>, item: T, site: Site) -> Put<T> {
        Put { queue, item: Some(item), site, ticket: None }
    }
}

// The item is never pinned: it is moved into the queue.
impl<T> Unpin for Put<T> {}

impl<T> Future for Put<T> {
    type Output = Result<(), ShutDown>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), ShutDown>> {
        let queue = self.queue.clone();
        let now = &mut *queue.now.borrow_mut();
        if let Some(cause) = now.shut {
            match self.ticket.take() {
                Some(ticket) => now.putters.leave(ticket),
                None => lane::with(|lane| lane.passed(queue.traced.target(), Some(cause), Some(self.site))),
            }
            return Poll::Ready(Err(ShutDown::found(queue.traced.name())));
        }
        let room = queue.room(now);
        let goes = match &mut self.ticket {
            None => room > now.putters.len(),
            Some(ticket) => now.putters.go(ticket, room, context.waker()),
        };
        if goes {
            self.ticket = None;
            queue.add(now, self.item.take().expect("a future is not polled after its end"));
            return Poll::Ready(Ok(()));
        }
        self.ticket.get_or_insert_with(|| now.putters.join(context.waker()));
        queue.suspend(self.site);
        Poll::Pending
    }
}

impl<T> Drop for Put<T> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let now = &mut *self.queue.now.borrow_mut();
        now.putters.leave(ticket);
        // There may have been room for it; then it is the next one's.
        now.putters.call(self.queue.room(now), lane::with(|lane| lane.cause()));
    }
}

pub(super) struct Get<T> {
    queue: Rc<Inner<T>>,
    site: Site,
    /// While it waits.
    ticket: Option<Ticket>,
}

impl<T> Get<T> {
    pub(super) fn new(queue: Rc<Inner<T>>, site: Site) -> Get<T> {
        Get { queue, site, ticket: None }
    }
}

impl<T> Future for Get<T> {
    type Output = Result<T, ShutDown>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, ShutDown>> {
        let queue = self.queue.clone();
        let now = &mut *queue.now.borrow_mut();
        let goes = match &mut self.ticket {
            None => now.items.len() > now.getters.len(),
            Some(ticket) => now.getters.go(ticket, now.items.len(), context.waker()),
        };
        if goes && let Some(item) = queue.take(now, self.site) {
            self.ticket = None;
            return Poll::Ready(Ok(item));
        }
        if let Some(cause) = now.shut {
            match self.ticket.take() {
                Some(ticket) => now.getters.leave(ticket),
                None => lane::with(|lane| lane.passed(queue.traced.target(), Some(cause), Some(self.site))),
            }
            return Poll::Ready(Err(ShutDown::found(queue.traced.name())));
        }
        self.ticket.get_or_insert_with(|| now.getters.join(context.waker()));
        queue.suspend(self.site);
        Poll::Pending
    }
}

impl<T> Drop for Get<T> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let now = &mut *self.queue.now.borrow_mut();
        now.getters.leave(ticket);
        // There may have been an item for it; then it is the next one's.
        now.getters.call(now.items.len(), lane::with(|lane| lane.cause()));
    }
}
