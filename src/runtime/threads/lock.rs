//! A lock: one lane holds it at a time.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{Lock, SharedCell, spawn};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let (lock, counter) = (Lock::new("lock"), SharedCell::new("counter", 0));
//!     let add = |name| {
//!         let (lock, counter) = (lock.clone(), counter.clone());
//!         spawn(name, move || {
//!             for _ in 0..100 {
//!                 let _held = lock.hold();
//!                 counter.set(counter.get() + 1);
//!             }
//!         })
//!     };
//!     let workers = [add("worker-1"), add("worker-2")];
//!     workers.into_iter().for_each(|worker| worker.join());
//!     assert_eq!(counter.get(), 200);
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `threading.Lock`:
//!
//! - A lane that takes it twice waits for itself, for ever. See [`RLock`](super::RLock).
//! - Any lane may release it, not just the one that holds it. Releasing it when nobody holds it is an error.
//! - It is not fair: the first to ask is not always the first to get it.
//!
//! Rust's guards take the place of `with`. A lane that panics while it holds the lock keeps it, and the run ends.

use std::sync::Arc;
use std::time::Duration;

use super::exclusive::Exclusive;
use crate::runtime::Failure;
use crate::runtime::lane::{self, Site};
use crate::trace::ResourceKind;

/// A lock: in Python, `threading.Lock`. Clones are the same lock.
#[derive(Clone)]
pub struct Lock {
    pub(super) inner: Arc<Exclusive>,
}

/// Holds a [`Lock`] until it is dropped.
#[must_use = "the lock is released when this is dropped"]
pub struct LockGuard<'a> {
    lock: &'a Lock,
}

impl Lock {
    /// A lock that nobody holds.
    pub fn new(name: impl Into<String>) -> Lock {
        Lock { inner: Arc::new(Exclusive::new(ResourceKind::Lock, name.into())) }
    }

    /// Takes the lock for as long as the guard lives: in Python, `with lock:`.
    #[track_caller]
    #[inline]
    pub fn hold(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { lock: self }
    }

    /// Takes the lock, waiting until it is free: in Python, `lock.acquire()`.
    #[track_caller]
    #[inline]
    pub fn acquire(&self) {
        self.inner.acquire(Site::caller());
    }

    /// Takes the lock if it is free: in Python, `lock.acquire(blocking=False)`.
    pub fn try_acquire(&self) -> bool {
        self.inner.try_acquire()
    }

    /// Takes the lock, waiting for it at most `timeout`; false if it was not free in time: in Python,
    /// `lock.acquire(timeout=timeout)`.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.inner.acquire_timeout(Site::caller(), timeout)
    }

    /// Releases the lock, whichever lane holds it: in Python, `lock.release()`.
    ///
    /// # Errors
    /// If nobody holds it.
    #[inline]
    pub fn release(&self) -> Result<(), Failure> {
        lane::with(|context| {
            if self.inner.release(context) {
                return Ok(());
            }
            let name = self.inner.traced.name();
            Err(context.misuse(|lane| format!("lock “{name}” was released by {lane}, but nobody holds it")))
        })
    }

    /// Whether a lane holds it: in Python, `lock.locked()`.
    pub fn locked(&self) -> bool {
        self.inner.holder().is_some()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.traced.name()
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        // In a browser a panic ends its worker on the spot; so natively the lock stays held as well.
        if std::thread::panicking() {
            return;
        }
        if let Err(failure) = self.lock.release() {
            panic!("{}", failure.message);
        }
    }
}
