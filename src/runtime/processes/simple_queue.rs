//! A queue between processes that can do the least.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::SimpleQueue;
//! use weft::runtime::run_main;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     let queue = SimpleQueue::new("queue");
//!     queue.put(&1)?;
//!     assert_eq!(queue.get()?, 1);
//!     assert!(queue.is_empty());
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.SimpleQueue`: a pipe with a lock at each end. It has neither a limit, other than its
//! memory, nor time-outs; putting waits while that is full, here as in Python. See [`Queue`].

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::queue::Queue;
use crate::runtime::lane::Site;

/// A queue between processes: in Python, `multiprocessing.SimpleQueue`. Clones are the same queue.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct SimpleQueue<T> {
    queue: Queue<T>,
}

impl<T> Clone for SimpleQueue<T> {
    fn clone(&self) -> SimpleQueue<T> {
        SimpleQueue { queue: self.queue.clone() }
    }
}

impl<T: Serialize + DeserializeOwned> SimpleQueue<T> {
    /// An empty queue: in Python, `multiprocessing.SimpleQueue()`.
    pub fn new(name: impl Into<String>) -> SimpleQueue<T> {
        SimpleQueue { queue: Queue::new(name) }
    }

    /// Adds an item, and waits until there is room for it: in Python, `queue.put(item)`.
    ///
    /// # Errors
    /// As for a [`Queue`].
    #[track_caller]
    pub fn put(&self, item: &T) -> Result<(), Error> {
        self.queue.put_at(item, Site::caller(), None)
    }

    /// Takes the oldest item, and waits until there is one: in Python, `queue.get()`.
    ///
    /// # Errors
    /// As for a [`Queue`].
    #[track_caller]
    pub fn get(&self) -> Result<T, Error> {
        self.queue.get_at(Site::caller(), None)
    }

    /// Whether it has no items: in Python, `queue.empty()`.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// This process puts and gets no more: in Python, `queue.close()`.
    pub fn close(&self) {
        self.queue.close();
    }
}
