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
//!             while let Ok(number) = queue.get().await {
//!                 sum += number;
//!             }
//!             Ok(sum)
//!         }
//!     });
//!     for number in 1..=10 {
//!         queue.put(number).await?; // Waits while there are two.
//!     }
//!     queue.shutdown(false);
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
//! - A queue that is shut down takes no more items. What is in it can still be got, unless it is shut down immediately:
//!   then the items are dropped, and count as done.
//!
//! Waiters are served first come, first served. Unlike Python, where another task may snatch an item and the waiter then
//! goes to the end of the wait queue, one that was put belongs to the first waiter, even before that one runs again. A
//! `get` that is cancelled has taken nothing, and a `put` that is cancelled has put nothing.

mod inner;
mod waits;

use std::collections::VecDeque;
use std::future::Future;
use std::rc::Rc;

use self::inner::Inner;
use self::waits::{Get, Put};
use super::Error;
use crate::runtime::lane::{self, Site};
use crate::runtime::order::Order;
use crate::runtime::threads::{Empty, Full, GetError, PutError, ShutDown};

/// A queue: in Python, `asyncio.Queue`. Clones are the same queue.
pub struct Queue<T> {
    inner: Rc<Inner<T>>,
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

    /// The same for at most `capacity` items: in Python, `asyncio.LifoQueue(maxsize=capacity)`.
    ///
    /// # Panics
    /// If `capacity` is 0.
    pub fn bounded_last_in_first_out(name: impl Into<String>, capacity: usize) -> Queue<T> {
        Queue::made(name.into(), capacity, Order::LastInFirstOut)
    }

    /// A queue for any number of items, of which the least is taken: in Python, `asyncio.PriorityQueue()`. Unlike Python,
    /// of equal items it is the oldest.
    pub fn priority(name: impl Into<String>) -> Queue<T>
    where
        T: Ord,
    {
        Queue::made(name.into(), usize::MAX, Order::Least(T::cmp))
    }

    /// The same for at most `capacity` items: in Python, `asyncio.PriorityQueue(maxsize=capacity)`.
    ///
    /// # Panics
    /// If `capacity` is 0.
    pub fn bounded_priority(name: impl Into<String>, capacity: usize) -> Queue<T>
    where
        T: Ord,
    {
        Queue::made(name.into(), capacity, Order::Least(T::cmp))
    }

    fn made(name: String, capacity: usize, order: Order<T>) -> Queue<T> {
        assert!(capacity > 0, "queue “{name}” has room for nothing");
        Queue { inner: Inner::new(name, capacity, order) }
    }

    /// Adds an item, and waits until there is room for it: in Python, `await queue.put(item)`.
    ///
    /// # Errors
    /// If the queue is shut down, before or meanwhile. The item is dropped.
    #[track_caller]
    pub fn put(&self, item: T) -> impl Future<Output = Result<(), ShutDown>> + use<T> {
        Put::new(self.inner.clone(), item, Site::caller())
    }

    /// Adds an item if there is room: in Python, `queue.put_nowait(item)`.
    ///
    /// # Errors
    /// If the queue is shut down; or if there is no room, or no more than other tasks are waiting for.
    pub fn put_nowait(&self, item: T) -> Result<(), PutError> {
        let now = &mut *self.inner.now.borrow_mut();
        if now.shut.is_some() {
            return Err(PutError::ShutDown(ShutDown::found(self.name())));
        }
        if self.inner.room(now) <= now.putters.len() {
            return Err(PutError::Full(Full::found(self.name())));
        }
        self.inner.add(now, item);
        Ok(())
    }

    /// Takes the next item, and waits until there is one: in Python, `await queue.get()`.
    ///
    /// # Errors
    /// If the queue is shut down, before or meanwhile, and empty.
    #[track_caller]
    pub fn get(&self) -> impl Future<Output = Result<T, ShutDown>> + use<T> {
        Get::new(self.inner.clone(), Site::caller())
    }

    /// Takes the next item if there is one: in Python, `queue.get_nowait()`.
    ///
    /// # Errors
    /// If the queue is empty, or has no more items than other tasks are waiting for; which error it is tells whether it
    /// is also shut down.
    #[track_caller]
    pub fn get_nowait(&self) -> Result<T, GetError> {
        let now = &mut *self.inner.now.borrow_mut();
        if now.items.len() > now.getters.len()
            && let Some(item) = self.inner.take(now, Site::caller())
        {
            return Ok(item);
        }
        if now.shut.is_some() && now.items.is_empty() {
            return Err(GetError::ShutDown(ShutDown::found(self.name())));
        }
        Err(GetError::Empty(Empty::found(self.name())))
    }

    /// Takes no more items from now on: in Python, `queue.shutdown(immediate)`. Tasks that wait to put get an error. If
    /// `immediate`, the items in it are dropped, and count as done; then, or once it is empty, tasks that wait to get,
    /// or come later, get an error.
    pub fn shutdown(&self, immediate: bool) {
        // Dropped last, since that may run any code.
        let mut dropped = VecDeque::new();
        let now = &mut *self.inner.now.borrow_mut();
        if immediate {
            std::mem::swap(&mut dropped, &mut now.items);
        }
        let cause = match dropped.is_empty() {
            true => lane::with(|lane| lane.cause()),
            false => self.inner.record(0),
        };
        now.shut = Some(cause);
        now.unfinished = now.unfinished.saturating_sub(dropped.len());
        if now.unfinished == 0 && !self.inner.all_done.is_up() {
            self.inner.all_done.raise(cause);
        }
        now.getters.call(usize::MAX, cause);
        now.putters.call(usize::MAX, cause);
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
