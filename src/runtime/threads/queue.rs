//! A queue: what is put in first comes out first.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{Queue, spawn};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let queue = Queue::bounded("queue", 2);
//!     let consumer = spawn("consumer", {
//!         let queue = queue.clone();
//!         move || {
//!             let mut sum = 0;
//!             while let Ok(number) = queue.get() {
//!                 sum += number;
//!             }
//!             sum
//!         }
//!     });
//!     for number in 1..=10 {
//!         queue.put(number)?; // Waits while there are two.
//!     }
//!     queue.shutdown(false);
//!     assert_eq!(consumer.join(), 55);
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `queue.Queue`:
//!
//! - Getting waits while it is empty, putting while it is full; with a time-out they give up, with an error.
//! - Each item that was put is an unfinished task, until `task_done` is called for it. Joining waits until there is
//!   none. Calling `task_done` once too often is an error.
//! - Once it is shut down, putting is an error, and getting, when it is empty: also for those that wait already.

mod error;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

pub use self::error::{Empty, Full, GetError, PutError, ShutDown};
use super::wait::BlockingWait;
use crate::runtime::Failure;
use crate::runtime::freed::Freed;
use crate::runtime::host::{Monitor, MonitorGuard, Signal};
use crate::runtime::lane::{self, Site};
use crate::runtime::order::Order;
use crate::runtime::traced::Traced;
use crate::trace::{Cause, ResourceKind};

/// A queue: in Python, `queue.Queue`. Clones are the same queue.
pub struct Queue<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    traced: Traced,
    capacity: usize,
    order: Order<T>,
    state: Monitor<State<T>>,
    not_empty: Signal,
    not_full: Signal,
    all_done: Signal,
}

struct State<T> {
    /// The items, the next at the front, and who put them.
    items: VecDeque<(T, Cause)>,
    /// Who made room.
    freed: Freed,
    /// Items for which `task_done` was not called yet.
    unfinished: usize,
    /// Who called it for the last one.
    finished: Option<Cause>,
    /// Who has shut it down.
    shut: Option<Cause>,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Queue<T> {
        Queue { inner: self.inner.clone() }
    }
}

impl<T: Send> Queue<T> {
    /// A queue for any number of items: in Python, `queue.Queue()`.
    pub fn new(name: impl Into<String>) -> Queue<T> {
        Queue::bounded(name, usize::MAX)
    }

    /// A queue for at most `capacity` items: in Python, `queue.Queue(maxsize=capacity)`.
    ///
    /// # Panics
    /// If `capacity` is 0.
    pub fn bounded(name: impl Into<String>, capacity: usize) -> Queue<T> {
        Queue::made(name.into(), capacity, Order::FirstInFirstOut)
    }

    /// A queue for any number of items, of which the youngest is taken: in Python, `queue.LifoQueue()`.
    pub fn last_in_first_out(name: impl Into<String>) -> Queue<T> {
        Queue::bounded_last_in_first_out(name, usize::MAX)
    }

    /// The same, for at most `capacity` items: in Python, `queue.LifoQueue(maxsize=capacity)`.
    ///
    /// # Panics
    /// If `capacity` is 0.
    pub fn bounded_last_in_first_out(name: impl Into<String>, capacity: usize) -> Queue<T> {
        Queue::made(name.into(), capacity, Order::LastInFirstOut)
    }

    /// A queue for any number of items, of which the least is taken: in Python, `queue.PriorityQueue()`. Unlike Python,
    /// of equal items it is the oldest.
    pub fn priority(name: impl Into<String>) -> Queue<T>
    where
        T: Ord,
    {
        Queue::bounded_priority(name, usize::MAX)
    }

    /// The same, for at most `capacity` items: in Python, `queue.PriorityQueue(maxsize=capacity)`.
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
        let items = VecDeque::new();
        let state = State { items, freed: Freed::default(), unfinished: 0, finished: None, shut: None };
        let inner = Inner {
            traced: Traced::with_level(ResourceKind::Queue, name, 0),
            capacity,
            order,
            state: Monitor::new(state),
            not_empty: Signal::default(),
            not_full: Signal::default(),
            all_done: Signal::default(),
        };
        Queue { inner: Arc::new(inner) }
    }

    /// Adds an item, and waits until there is room for it: in Python, `queue.put(item)`.
    ///
    /// # Errors
    /// If the queue is shut down, or is while this waits. The item is then lost.
    #[track_caller]
    pub fn put(&self, item: T) -> Result<(), ShutDown> {
        match self.put_at(item, Site::caller(), None) {
            Err(PutError::ShutDown(shut)) => Err(shut),
            Err(PutError::Full(full)) => unreachable!("without a time-out it waits: {full}"),
            Ok(()) => Ok(()),
        }
    }

    /// Adds an item if there is room: in Python, `queue.put_nowait(item)`.
    ///
    /// # Errors
    /// If there is none, or the queue is shut down. The item is then lost.
    #[track_caller]
    pub fn try_put(&self, item: T) -> Result<(), PutError> {
        self.put_at(item, Site::caller(), Some(Duration::ZERO))
    }

    /// Adds an item, and waits for room at most `timeout`: in Python, `queue.put(item, timeout=timeout)`.
    ///
    /// # Errors
    /// If there was none in time, or the queue is shut down. The item is then lost.
    #[track_caller]
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<(), PutError> {
        self.put_at(item, Site::caller(), Some(timeout))
    }

    /// Takes the next item, and waits until there is one: in Python, `queue.get()`.
    ///
    /// # Errors
    /// If the queue is shut down and empty, or is while this waits.
    #[track_caller]
    pub fn get(&self) -> Result<T, ShutDown> {
        self.get_at(Site::caller(), None).map_err(|error| match error {
            GetError::ShutDown(shut) => shut,
            GetError::Empty(empty) => unreachable!("without a time-out it waits: {empty}"),
        })
    }

    /// Takes the next item, if there is one: in Python, `queue.get_nowait()`.
    ///
    /// # Errors
    /// If there is none.
    #[track_caller]
    pub fn try_get(&self) -> Result<T, GetError> {
        self.get_at(Site::caller(), Some(Duration::ZERO))
    }

    /// Takes the next item, and waits for it at most `timeout`: in Python, `queue.get(timeout=timeout)`.
    ///
    /// # Errors
    /// If there was none in time.
    #[track_caller]
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetError> {
        self.get_at(Site::caller(), Some(timeout))
    }

    /// From now on nothing can be put, and what is there can still be taken; who waits in vain gets an error: in Python
    /// 3.13, `queue.shutdown(immediate)`. If `immediate`, what is there is thrown away, as if it were done.
    pub fn shutdown(&self, immediate: bool) {
        let Inner { state, not_empty, not_full, all_done, .. } = &*self.inner;
        let mut state = state.lock();
        let thrown_away = if immediate { std::mem::take(&mut state.items) } else { VecDeque::new() };
        let cause = match thrown_away.is_empty() {
            true => lane::with(|context| context.cause()),
            false => self.record(0),
        };
        state.shut = Some(cause);
        state.unfinished -= thrown_away.len();
        if !thrown_away.is_empty() && state.unfinished == 0 {
            state.finished = Some(cause);
            all_done.notify_all();
        }
        not_empty.notify_all();
        not_full.notify_all();
        // What is thrown away may do anything when it is dropped.
        drop(state);
    }

    /// Whether it is shut down: in Python 3.13, `queue.is_shutdown`.
    pub fn is_shutdown(&self) -> bool {
        self.inner.state.lock().shut.is_some()
    }

    /// Marks the work for an item that this lane got as done: in Python, `queue.task_done()`.
    ///
    /// # Errors
    /// If all items have been marked already.
    pub fn task_done(&self) -> Result<(), Failure> {
        let name = self.name();
        let mut state = self.inner.state.lock();
        if state.unfinished == 0 {
            let problem =
                |lane: &str| format!("task_done of queue “{name}” was called by {lane}, but all its items are done");
            return Err(lane::with(|context| context.misuse(problem)));
        }
        state.unfinished -= 1;
        if state.unfinished == 0 {
            state.finished = Some(lane::with(|context| context.cause()));
            self.inner.all_done.notify_all();
        }
        Ok(())
    }

    /// Waits until `task_done` was called for each item: in Python, `queue.join()`.
    #[track_caller]
    pub fn join(&self) {
        let site = Some(Site::caller());
        let on = self.inner.traced.target();
        let mut state = self.inner.state.lock();
        if state.unfinished == 0 {
            lane::with(|context| context.passed(on, state.finished, site));
            return;
        }
        let wait = BlockingWait::begin(on, site, None);
        while state.unfinished > 0 {
            wait.sleep(&mut state, Some(&self.inner.all_done));
        }
        wait.over(state.finished);
    }

    /// How many items it has: in Python, `queue.qsize()`.
    pub fn len(&self) -> usize {
        self.inner.state.lock().items.len()
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

    fn put_at(&self, item: T, site: Site, timeout: Option<Duration>) -> Result<(), PutError> {
        let Inner { capacity, not_full, .. } = &*self.inner;
        let mut state = self.inner.state.lock();
        let no_room = |state: &State<T>| state.shut.is_none() && state.items.len() == *capacity;
        let wait = self.wait_while(&mut state, no_room, not_full, site, timeout);
        let room = *capacity - state.items.len();
        let cause = match state.shut {
            None if room > 0 => state.freed.take(room - 1),
            shut => shut,
        };
        if let Some(wait) = wait {
            wait.over(cause);
        }
        if state.shut.is_some() {
            return Err(PutError::ShutDown(ShutDown::found(self.name())));
        }
        if room == 0 {
            return Err(PutError::Full(Full::found(self.name())));
        }
        let level = state.items.len() + 1;
        let put = self.record(level);
        self.inner.order.insert(&mut state.items, item, put);
        state.unfinished += 1;
        drop(state);
        self.inner.not_empty.notify_one();
        Ok(())
    }

    fn get_at(&self, site: Site, timeout: Option<Duration>) -> Result<T, GetError> {
        let mut state = self.inner.state.lock();
        let nothing = |state: &State<T>| state.shut.is_none() && state.items.is_empty();
        let wait = self.wait_while(&mut state, nothing, &self.inner.not_empty, site, timeout);
        let got = state.items.pop_front();
        let put = got.as_ref().map(|(_, put)| *put);
        match wait {
            Some(wait) => wait.over(put.or(state.shut)),
            None if put.is_some() => {
                lane::with(|context| context.passed(self.inner.traced.target(), put, Some(site)));
            }
            None => {}
        }
        let Some((item, _)) = got else {
            return Err(match state.shut {
                Some(_) => GetError::ShutDown(ShutDown::found(self.name())),
                None => GetError::Empty(Empty::found(self.name())),
            });
        };
        let level = state.items.len();
        let cause = self.record(level);
        if self.inner.capacity < usize::MAX {
            state.freed.give(cause);
        }
        drop(state);
        self.inner.not_full.notify_one();
        Ok(item)
    }

    /// Waits while `condition` holds, or until the time is up. `None` if there was no wait.
    fn wait_while(
        &self,
        state: &mut MonitorGuard<'_, State<T>>,
        condition: impl Fn(&State<T>) -> bool,
        signal: &Signal,
        site: Site,
        timeout: Option<Duration>,
    ) -> Option<BlockingWait> {
        if !condition(state) || timeout == Some(Duration::ZERO) {
            return None;
        }
        let wait = BlockingWait::begin(self.inner.traced.target(), Some(site), timeout);
        while condition(state) && wait.sleep(state, Some(signal)) {}
        Some(wait)
    }

    fn record(&self, level: usize) -> Cause {
        lane::with(|context| self.inner.traced.level(context, level as i64))
    }
}
