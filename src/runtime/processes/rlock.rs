//! A lock between processes that its holder may take again.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::RLock;
//! use weft::runtime::run_main;
//!
//! fn count_down(lock: &RLock, from: u32) {
//!     let _held = lock.hold();
//!     if from > 0 {
//!         count_down(lock, from - 1);
//!     }
//! }
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     let lock = RLock::new("lock");
//!     count_down(&lock, 3);
//!     assert!(lock.release().is_err());
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.RLock`: it has an owner, a thread of one process, and a depth; each time the owner takes
//! it, it must release it once more; releasing it is an error for anyone else. What is said of a process that is
//! terminated while it holds a [`Lock`](super::Lock) is true of it as well.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::exclusive::Exclusive;
use super::lock::LockGuard;
use crate::runtime::Failure;
use crate::runtime::lane::{self, Site};

/// A lock between processes that its holder may take again: in Python, `multiprocessing.RLock`. Clones are the same lock.
#[derive(Clone, Serialize, Deserialize)]
pub struct RLock {
    pub(super) exclusive: Exclusive,
}

impl RLock {
    /// A lock that nobody holds.
    pub fn new(name: &str) -> RLock {
        RLock { exclusive: Exclusive::new(name, true) }
    }

    /// Takes the lock for as long as the guard lives: in Python, `with lock:`.
    #[track_caller]
    pub fn hold(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { exclusive: &self.exclusive }
    }

    /// Takes the lock, at once if this lane has it already, otherwise waiting until it is free: in Python,
    /// `lock.acquire()`.
    #[track_caller]
    pub fn acquire(&self) {
        self.exclusive.acquire(Site::caller(), None);
    }

    /// Takes the lock if it is free or this lane has it already: in Python, `lock.acquire(block=False)`.
    #[track_caller]
    pub fn try_acquire(&self) -> bool {
        self.acquire_timeout(Duration::ZERO)
    }

    /// Takes the lock, waiting for it at most `timeout`; false if it was not free in time: in Python,
    /// `lock.acquire(timeout=timeout)`.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.exclusive.acquire(Site::caller(), Some(timeout))
    }

    /// Releases it once: in Python, `lock.release()`.
    ///
    /// # Errors
    /// If this lane does not hold it: in Python, an `AssertionError`.
    pub fn release(&self) -> Result<(), Failure> {
        lane::with(|context| self.exclusive.release(context))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.exclusive.name()
    }
}
