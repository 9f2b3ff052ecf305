//! A queue between processes that knows which of its items are done.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::JoinableQueue;
//! use weft::runtime::threads::spawn;
//! use weft::runtime::{Failure, run_main};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     // Between threads here; a process takes the queue with the arguments that it is started with.
//!     let queue = JoinableQueue::new("queue");
//!     let tasks = queue.clone();
//!     let worker = spawn("worker", move || -> Result<(), Failure> {
//!         while let Some(_number) = tasks.get()? {
//!             tasks.task_done()?;
//!         }
//!         Ok(())
//!     });
//!     (0..3).try_for_each(|number| queue.put(&Some(number)))?;
//!     queue.join();
//!     queue.put(&None)?;
//!     worker.join()
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.JoinableQueue`: a [`Queue`] that counts the items that were put and not yet marked as
//! done, by whichever process; joining it waits until there are none. Waits are recorded as for the queue.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::common::{Common, cause_at, cause_in};
use super::error::Error;
use super::queue::Queue;
use crate::runtime::Failure;
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::{Cause, ResourceKind};

/// How many items are not done; whether all were once; and who has marked the last of them then, in three words.
const UNFINISHED: usize = 0;
const FINISHED: usize = 1;
const FINISHER: usize = 2;

/// A queue between processes whose items are marked as done: in Python, `multiprocessing.JoinableQueue`. Clones are the
/// same queue.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct JoinableQueue<T> {
    queue: Queue<T>,
    count: Common,
}

impl<T> Clone for JoinableQueue<T> {
    fn clone(&self) -> JoinableQueue<T> {
        JoinableQueue { queue: self.queue.clone(), count: self.count.clone() }
    }
}

impl<T: Serialize + DeserializeOwned> JoinableQueue<T> {
    /// A queue for as many items as there is room for: in Python, `multiprocessing.JoinableQueue()`.
    pub fn new(name: impl Into<String>) -> JoinableQueue<T> {
        JoinableQueue::of(Queue::new(name))
    }

    /// A queue for at most `capacity` items: in Python, `multiprocessing.JoinableQueue(maxsize=capacity)`.
    ///
    /// # Panics
    /// If `capacity` is 0.
    pub fn bounded(name: impl Into<String>, capacity: u32) -> JoinableQueue<T> {
        JoinableQueue::of(Queue::bounded(name, capacity))
    }

    fn of(queue: Queue<T>) -> JoinableQueue<T> {
        let count = Common::beside(ResourceKind::Queue, queue.name(), queue.resource(), &[0; 5]);
        JoinableQueue { queue, count }
    }

    /// Adds an item, and waits until there is room for it: in Python, `queue.put(item)`.
    ///
    /// # Errors
    /// As for a [`Queue`].
    #[track_caller]
    pub fn put(&self, item: &T) -> Result<(), Error> {
        self.put_at(item, Site::caller(), None)
    }

    /// Adds an item, and waits for room at most `timeout`: in Python, `queue.put(item, timeout=timeout)`.
    ///
    /// # Errors
    /// As for a [`Queue`].
    #[track_caller]
    pub fn put_timeout(&self, item: &T, timeout: Duration) -> Result<(), Error> {
        self.put_at(item, Site::caller(), Some(timeout))
    }

    /// Takes the oldest item, and waits until there is one: in Python, `queue.get()`.
    ///
    /// # Errors
    /// As for a [`Queue`].
    #[track_caller]
    pub fn get(&self) -> Result<T, Error> {
        self.queue.get()
    }

    /// Takes the oldest item, and waits for it at most `timeout`: in Python, `queue.get(timeout=timeout)`.
    ///
    /// # Errors
    /// As for a [`Queue`].
    #[track_caller]
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, Error> {
        self.queue.get_timeout(timeout)
    }

    /// Marks the work for an item that was got as done: in Python, `queue.task_done()`.
    ///
    /// # Errors
    /// If all items have been marked already: in Python, a `ValueError`.
    pub fn task_done(&self) -> Result<(), Failure> {
        if self.done() {
            return Ok(());
        }
        let name = self.queue.name();
        let problem = |lane: &str| {
            format!("ValueError: task_done of queue “{name}” was called by {lane}, but all its items are done")
        };
        Err(lane::with(|context| context.misuse(problem)))
    }

    /// Waits until `task_done` was called for each item: in Python, `queue.join()`.
    #[track_caller]
    pub fn join(&self) {
        let (on, site) = (self.count.target(), Some(Site::caller()));
        let held = self.count.lock();
        if held.own(UNFINISHED) == [0] {
            let finisher = (held.own(FINISHED) == [1]).then(|| cause_in(held.own(FINISHER)));
            drop(held);
            lane::with(|context| context.passed(on, finisher, site));
            return;
        }
        let wait = BlockingWait::begin(on, site, None);
        let (news, held) = held.wait(&wait);
        drop(held);
        wait.over(news.map(|news| news.cause));
    }

    /// How many items it has: in Python, `queue.qsize()`.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether it has none: in Python, `queue.empty()`.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether there is no room for another item: in Python, `queue.full()`.
    pub fn is_full(&self) -> bool {
        self.queue.is_full()
    }

    /// This process puts and gets no more: in Python, `queue.close()`.
    pub fn close(&self) {
        self.queue.close();
    }

    fn put_at(&self, item: &T, site: Site, timeout: Option<Duration>) -> Result<(), Error> {
        // Before it can be got, and so be done.
        let held = self.count.lock();
        let [unfinished] = held.own(UNFINISHED);
        held.set([(UNFINISHED, unfinished + 1)]);
        drop(held);
        self.queue.put_at(item, site, timeout).inspect_err(|_| {
            self.done();
        })
    }

    /// One item less is to be done; false if there is none.
    fn done(&self) -> bool {
        let held = self.count.lock();
        let [unfinished] = held.own(UNFINISHED);
        if unfinished == 0 {
            return false;
        }
        held.set([(UNFINISHED, unfinished - 1)]);
        if unfinished == 1 {
            let cause: Cause = lane::with(|context| context.cause());
            held.set(cause_at(FINISHER, cause).into_iter().chain([(FINISHED, 1)]));
            held.tell(usize::MAX, 1, cause);
        }
        true
    }
}
