//! A lock between processes: one lane of any of them holds it at a time.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::{Lock, Value};
//! use weft::runtime::run_main;
//! use weft::runtime::threads::spawn;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     // Between threads here; a process takes lock and value with the arguments that it is started with.
//!     let (lock, value) = (Lock::new("lock"), Value::new("value", 0));
//!     let add = |name| {
//!         let (lock, value) = (lock.clone(), value.clone());
//!         spawn(name, move || {
//!             for _ in 0..100 {
//!                 let _held = lock.hold();
//!                 value.set(value.get() + 1);
//!             }
//!         })
//!     };
//!     let workers = [add("worker-1"), add("worker-2")];
//!     workers.into_iter().for_each(|worker| worker.join());
//!     assert_eq!(value.get(), 200);
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.Lock`: it is not fair; any lane may release it; and **a process that is terminated
//! while it holds the lock holds it for ever.** A lane that acquires it later waits for a holder that is gone, until
//! its time-out if it has one; otherwise Weft finds that nobody is left to wake it. The trace marks the moment.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::exclusive::Exclusive;
use crate::runtime::Failure;
use crate::runtime::lane::{self, Site};

/// A lock between processes: in Python, `multiprocessing.Lock`. Clones are the same lock.
#[derive(Clone, Serialize, Deserialize)]
pub struct Lock {
    pub(super) exclusive: Exclusive,
}

/// Holds a [`Lock`], or an [`RLock`](super::RLock) once more, until it is dropped.
#[must_use = "the lock is released when this is dropped"]
pub struct LockGuard<'a> {
    pub(super) exclusive: &'a Exclusive,
}

impl Lock {
    /// A lock that nobody holds.
    pub fn new(name: &str) -> Lock {
        Lock { exclusive: Exclusive::new(name, false) }
    }

    /// Takes the lock for as long as the guard lives: in Python, `with lock:`.
    #[track_caller]
    pub fn hold(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { exclusive: &self.exclusive }
    }

    /// Takes the lock, waiting until it is free: in Python, `lock.acquire()`.
    #[track_caller]
    pub fn acquire(&self) {
        self.exclusive.acquire(Site::caller(), None);
    }

    /// Takes the lock if it is free: in Python, `lock.acquire(block=False)`.
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

    /// Releases the lock, whichever lane holds it: in Python, `lock.release()`.
    ///
    /// # Errors
    /// If nobody holds it: in Python, a `ValueError`.
    pub fn release(&self) -> Result<(), Failure> {
        lane::with(|context| self.exclusive.release(context))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.exclusive.name()
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        // A lane that panics keeps it, as with a lock between threads.
        if std::thread::panicking() {
            return;
        }
        if let Err(failure) = lane::with(|context| self.exclusive.release(context)) {
            panic!("{}", failure.message);
        }
    }
}
