//! A queue: what is put in first comes out first.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock};
//! use weft::runtime::tasks::{Queue, run_main, spawn};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let queue = Queue::bounded("queue", 2);
//!     let consumer = spawn("consumer", {
//!         let queue = queue.clone();
//!         async move {
//!             let mut sum = 0;
//!             while let Some(number) = queue.get().await {
//!                 sum += number;
//!             }
//!             Ok(sum)
//!         }
//!     });
//!     for number in 1..=10 {
//!         queue.put(Some(number)).await; // Waits while there are two.
//!     }
//!     queue.put(None).await;
//!     assert_eq!(consumer.await?, 55);
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! As Python's `asyncio.Queue`:
//!
//! - Getting waits while it is empty, putting while it is full; `get_nowait` and `put_nowait` fail instead.
//! - Each item that was put is an unfinished task, until `task_done` is called for it. Joining waits until there is
//!   none. Calling `task_done` once too often is an error.
//!
//! Waiters are served first come, first served. Unlike Python, where another task may snatch an item and the waiter then
//! goes to the end of the wait queue, one that was put belongs to the first waiter, even before that one runs again. A
//! `get` that is cancelled has taken nothing, and a `put` that is cancelled has put nothing.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::Error;
use super::flag::Flag;
use super::wait_queue::{Ticket, WaitQueue};
use crate::runtime::lane::{self, Site, WaitReason};
use crate::runtime::order::Order;
use crate::runtime::threads::{Empty, Full};
use crate::runtime::traced::LocalTraced;
use crate::trace::{Cause, ResourceKind};

/// A queue: in Python, `asyncio.Queue`. Clones are the same queue.
pub struct Queue<T> {
    inner: Rc<Inner<T>>,
}

struct Inner<T> {
    traced: LocalTraced,
    capacity: usize,
    order: Order<T>,
    now: RefCell<Now<T>>,
    /// No item is unfinished.
    all_done: Rc<Flag>,
}

struct Now<T> {
    /// The items, the next at the front, and who put them.
    items: VecDeque<(T, Cause)>,
    getters: WaitQueue,
    putters: WaitQueue,
    /// Items for which `task_done` was not called yet.
    unfinished: usize,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Queue<T> {
        Queue { inner: self.inner.clone() }
    }
}

impl<T> Queue<T> {
    /// A queue for any number of items: in Python, `asyncio.Queue()`.
    pub fn new(name: impl Into<String>) -> Queue<T> {
        Queue::bounded(name, usize::MAX)
    }

    /// A queue for at most `capacity` items: in Python, `asyncio.Queue(maxsize=capacity)`.
    ///
    /// # Panics
    /// If `capacity` is 0.
    pub fn bounded(name: impl Into<String>, capacity: usize) -> Queue<T> {
        Queue::made(name.into(), capacity, Order::FirstInFirstOut)
    }

    /// A queue for any number of items, of which the youngest is taken: in Python, `asyncio.LifoQueue()`.
    pub fn last_in_first_out(name: impl Into<String>) -> Queue<T> {
        Queue::made(name.into(), usize::MAX, Order::LastInFirstOut)
    }

    /// A queue for any number of items, of which the least is taken: in Python, `asyncio.PriorityQueue()`. Unlike Python,
    /// of equal items it is the oldest.
    pub fn priority(name: impl Into<String>) -> Queue<T>
    where
        T: Ord,
    {
        Queue::made(name.into(), usize::MAX, Order::Least(T::cmp))
    }

    fn made(name: String, capacity: usize, order: Order<T>) -> Queue<T> {
        assert!(capacity > 0, "queue “{name}” has room for nothing");
        let traced = LocalTraced::with_level(ResourceKind::Queue, name, 0);
        let (getters, putters) = (WaitQueue::default(), WaitQueue::default());
        let now = RefCell::new(Now { items: VecDeque::new(), getters, putters, unfinished: 0 });
        let all_done = Flag::new(traced.target(), true);
        Queue { inner: Rc::new(Inner { traced, capacity, order, now, all_done }) }
    }

    /// Adds an item, and waits until there is room for it: in Python, `await queue.put(item)`.
    #[track_caller]
    pub fn put(&self, item: T) -> impl Future<Output = ()> + use<T> {
        Put { queue: self.inner.clone(), item: Some(item), site: Site::caller(), ticket: None }
    }

    /// Adds an item if there is room: in Python, `queue.put_nowait(item)`.
    ///
    /// # Errors
    /// If there is none, or no more than other tasks are waiting for.
    pub fn put_nowait(&self, item: T) -> Result<(), Full> {
        let now = &mut *self.inner.now.borrow_mut();
        if self.inner.room(now) <= now.putters.len() {
            let lane = lane::with(|lane| lane.lane_name().to_owned());
            return Err(Full { lane, queue: self.name().to_owned() });
        }
        self.inner.add(now, item);
        Ok(())
    }

    /// Takes the next item, and waits until there is one: in Python, `await queue.get()`.
    #[track_caller]
    pub fn get(&self) -> impl Future<Output = T> + use<T> {
        Get { queue: self.inner.clone(), site: Site::caller(), ticket: None }
    }

    /// Takes the next item if there is one: in Python, `queue.get_nowait()`.
    ///
    /// # Errors
    /// If there is none, or no more than other tasks are waiting for.
    #[track_caller]
    pub fn get_nowait(&self) -> Result<T, Empty> {
        let now = &mut *self.inner.now.borrow_mut();
        if now.items.len() > now.getters.len()
            && let Some(item) = self.inner.take(now, Site::caller())
        {
            return Ok(item);
        }
        let lane = lane::with(|lane| lane.lane_name().to_owned());
        Err(Empty { lane, queue: self.name().to_owned() })
    }

    /// Marks an item that was got as done: in Python, `queue.task_done()`.
    ///
    /// # Errors
    /// If all items have been marked already.
    pub fn task_done(&self) -> Result<(), Error> {
        let now = &mut *self.inner.now.borrow_mut();
        if now.unfinished == 0 {
            let name = self.name();
            let problem =
                |lane: &str| format!("task_done of queue “{name}” was called by {lane}, but all its items are done");
            return Err(Error::Raised(lane::with(|lane| lane.misuse(problem)).message));
        }
        now.unfinished -= 1;
        if now.unfinished == 0 {
            self.inner.all_done.raise(lane::with(|lane| lane.cause()));
        }
        Ok(())
    }

    /// Waits until `task_done` was called for each item: in Python, `await queue.join()`.
    #[track_caller]
    pub fn join(&self) -> impl Future<Output = ()> + use<T> {
        self.inner.all_done.wait(Site::caller())
    }

    /// How many items it has: in Python, `queue.qsize()`.
    pub fn len(&self) -> usize {
        self.inner.now.borrow().items.len()
    }

    /// Whether it has none: in Python, `queue.empty()`.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room: in Python, `queue.full()`.
    pub fn is_full(&self) -> bool {
        self.len() == self.inner.capacity
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.traced.name()
    }
}

impl<T> Inner<T> {
    fn room(&self, now: &Now<T>) -> usize {
        self.capacity - now.items.len()
    }

    fn add(&self, now: &mut Now<T>, item: T) {
        now.unfinished += 1;
        self.all_done.lower();
        let cause = self.record(now.items.len() + 1);
        self.order.insert(&mut now.items, item, cause);
        now.getters.call(now.items.len(), cause);
    }

    /// Takes the first item, at this source line.
    fn take(&self, now: &mut Now<T>, site: Site) -> Option<T> {
        let (item, put) = now.items.pop_front()?;
        lane::with(|lane| {
            let on = self.traced.target();
            if !lane.was_woken(on, Some(put)) {
                lane.passed(on, Some(put), Some(site));
            }
        });
        let cause = self.record(now.items.len());
        now.putters.call(self.room(now), cause);
        Some(item)
    }

    /// Records how many items there are now.
    fn record(&self, items: usize) -> Cause {
        lane::with(|lane| self.traced.level(lane, items as i64))
    }

    /// The current task will have to wait.
    fn suspend(&self, site: Site) {
        let on = Some(self.traced.target());
        lane::with(|lane| lane.wait = Some(WaitReason::suspended(on, site)));
    }
}

struct Put<T> {
    queue: Rc<Inner<T>>,
    /// `None` once it was put.
    item: Option<T>,
    site: Site,
    /// While it waits.
    ticket: Option<Ticket>,
}

// The item is never pinned: it is moved into the queue.
impl<T> Unpin for Put<T> {}

impl<T> Future for Put<T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let queue = self.queue.clone();
        let now = &mut *queue.now.borrow_mut();
        let room = queue.room(now);
        let goes = match self.ticket {
            None => room > now.putters.len(),
            Some(ticket) => now.putters.go(ticket, room, context.waker()),
        };
        if goes {
            self.ticket = None;
            queue.add(now, self.item.take().expect("a future is not polled after its end"));
            return Poll::Ready(());
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

struct Get<T> {
    queue: Rc<Inner<T>>,
    site: Site,
    /// While it waits.
    ticket: Option<Ticket>,
}

impl<T> Future for Get<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let queue = self.queue.clone();
        let now = &mut *queue.now.borrow_mut();
        let goes = match self.ticket {
            None => now.items.len() > now.getters.len(),
            Some(ticket) => now.getters.go(ticket, now.items.len(), context.waker()),
        };
        if goes && let Some(item) = queue.take(now, self.site) {
            self.ticket = None;
            return Poll::Ready(item);
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
