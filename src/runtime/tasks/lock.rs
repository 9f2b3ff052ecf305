//! A lock: one task holds it at a time.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock};
//! use std::cell::Cell;
//! use std::rc::Rc;
//! use std::time::Duration;
//! use weft::runtime::tasks::{Lock, run_main, sleep, spawn};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let (lock, counter) = (Lock::new("lock"), Rc::new(Cell::new(0)));
//!     let add = |name| {
//!         let (lock, counter) = (lock.clone(), counter.clone());
//!         spawn(name, async move {
//!             for _ in 0..10 {
//!                 let _held = lock.hold().await;
//!                 let value = counter.get();
//!                 sleep(Duration::from_micros(10)).await; // Others run now, but do not get the lock.
//!                 counter.set(value + 1);
//!             }
//!             Ok(())
//!         })
//!     };
//!     for worker in [add("worker-1"), add("worker-2")] {
//!         worker.await?;
//!     }
//!     assert_eq!(counter.get(), 20);
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! As Python's `asyncio.Lock`:
//!
//! - Between two `await`s no other task runs, so a lock is needed only for code that contains an `await`.
//! - It is fair: first come, first served. Who comes while others wait, waits behind them, also if it is free.
//! - A task that takes it twice waits for itself, for ever.
//! - Any task may release it, not just the one that holds it. Releasing it when nobody holds it is an error.
//!
//! A guard takes the place of `async with`. A task that is cancelled while it waits leaves the wait queue, and one that
//! is cancelled while it holds the lock drops the guard, so the next one gets it.

use std::future::Future;
use std::rc::Rc;

use super::Error;
use super::permits::{Held, Permits};
use crate::runtime::lane::{self, Site};
use crate::trace::ResourceKind;

/// A lock: in Python, `asyncio.Lock`. Clones are the same lock.
#[derive(Clone)]
pub struct Lock {
    pub(super) inner: Rc<Permits>,
}

impl Lock {
    /// A lock that nobody holds.
    pub fn new(name: impl Into<String>) -> Lock {
        Lock { inner: Permits::new(ResourceKind::Lock, name.into(), 1, 1) }
    }

    /// Takes the lock for as long as the guard lives: in Python, `async with lock:`.
    #[track_caller]
    pub fn hold(&self) -> impl Future<Output = Held> + use<> {
        self.inner.hold(Site::caller())
    }

    /// Takes the lock, waiting until it is free: in Python, `await lock.acquire()`.
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = ()> + use<> {
        self.inner.acquire(Site::caller())
    }

    /// Releases the lock, whichever task holds it: in Python, `lock.release()`.
    ///
    /// # Errors
    /// If nobody holds it.
    pub fn release(&self) -> Result<(), Error> {
        if self.inner.release() {
            return Ok(());
        }
        let name = self.name();
        let problem = |lane: &str| format!("lock “{name}” was released by {lane}, but nobody holds it");
        Err(Error::Raised(lane::with(|context| context.misuse(problem)).message))
    }

    /// Whether a task holds it: in Python, `lock.locked()`. It is not held from its release to the turn of the task that
    /// gets it next, though no other task gets it meanwhile.
    pub fn locked(&self) -> bool {
        self.inner.all_taken()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.traced.name()
    }
}
