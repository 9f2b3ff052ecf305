//! A semaphore: a number of permits, each held by one lane at a time.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use std::time::Duration;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{BoundedSemaphore, Semaphore, sleep, spawn};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let permits = Semaphore::new("permits", 2);
//!     let workers: Vec<_> = (1..=5)
//!         .map(|number| {
//!             let permits = permits.clone();
//!             spawn(format!("worker-{number}"), move || {
//!                 let _permit = permits.hold();
//!                 sleep(Duration::from_millis(1)); // Never more than two at a time.
//!             })
//!         })
//!         .collect();
//!     workers.into_iter().for_each(|worker| worker.join());
//!
//!     let bounded = BoundedSemaphore::new("bounded", 1);
//!     assert!(bounded.release().is_err());
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `threading.Semaphore` and `threading.BoundedSemaphore`:
//!
//! - Permits belong to no lane: any lane may release one, even if it has acquired none. A [`Semaphore`] then has more
//!   permits than at the beginning; a [`BoundedSemaphore`] refuses.
//! - It is not fair.

use std::sync::Arc;
use std::time::Duration;

use super::wait::BlockingWait;
use crate::runtime::Failure;
use crate::runtime::freed::Freed;
use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Site};
use crate::runtime::traced::Traced;
use crate::trace::ResourceKind;

/// A number of permits: in Python, `threading.Semaphore`. Clones are the same semaphore.
#[derive(Clone)]
pub struct Semaphore {
    inner: Arc<Inner>,
}

/// A number of permits that never grows beyond its initial value: in Python, `threading.BoundedSemaphore`.
#[derive(Clone)]
pub struct BoundedSemaphore {
    inner: Arc<Inner>,
}

/// Holds a permit until it is dropped.
#[must_use = "the permit is released when this is dropped"]
pub struct SemaphoreGuard<'a> {
    inner: &'a Inner,
}

struct Inner {
    traced: Traced,
    most: usize,
    state: Monitor<Permits>,
}

struct Permits {
    free: usize,
    freed: Freed,
}

macro_rules! common {
    () => {
        /// Takes a permit for as long as the guard lives: in Python, `with semaphore:`.
        #[track_caller]
        pub fn hold(&self) -> SemaphoreGuard<'_> {
            self.acquire();
            SemaphoreGuard { inner: &self.inner }
        }

        /// Takes a permit, and waits until there is one: in Python, `semaphore.acquire()`.
        #[track_caller]
        pub fn acquire(&self) {
            self.inner.acquire(Site::caller(), None);
        }

        /// Takes a permit if there is one: in Python, `semaphore.acquire(blocking=False)`.
        #[track_caller]
        pub fn try_acquire(&self) -> bool {
            self.inner.acquire(Site::caller(), Some(Duration::ZERO))
        }

        /// Takes a permit, waiting for it at most `timeout`; false if there was none in time: in Python,
        /// `semaphore.acquire(timeout=timeout)`.
        #[track_caller]
        pub fn acquire_timeout(&self, timeout: Duration) -> bool {
            self.inner.acquire(Site::caller(), Some(timeout))
        }

        /// Its name.
        pub fn name(&self) -> &str {
            self.inner.traced.name()
        }
    };
}

impl Semaphore {
    /// A semaphore with `permits` free permits.
    pub fn new(name: impl Into<String>, permits: usize) -> Semaphore {
        Semaphore { inner: Inner::new(name.into(), permits, usize::MAX) }
    }

    common!();

    /// Releases a permit, or adds one: in Python, `semaphore.release()`.
    pub fn release(&self) {
        self.inner.release();
    }

    /// Releases or adds several: in Python, `semaphore.release(count)`.
    pub fn release_many(&self, count: usize) {
        for _ in 0..count {
            self.inner.release();
        }
    }
}

impl BoundedSemaphore {
    /// A semaphore with `permits` free permits; there will never be more.
    pub fn new(name: impl Into<String>, permits: usize) -> BoundedSemaphore {
        BoundedSemaphore { inner: Inner::new(name.into(), permits, permits) }
    }

    common!();

    /// Releases a permit: in Python, `semaphore.release()`.
    ///
    /// # Errors
    /// If all permits are free.
    pub fn release(&self) -> Result<(), Failure> {
        if self.inner.release() {
            return Ok(());
        }
        let Inner { traced, most, .. } = &*self.inner;
        let name = traced.name();
        let problem =
            |lane: &str| format!("semaphore “{name}” was released by {lane}, but all its {most} permits are free");
        Err(lane::with(|context| context.misuse(problem)))
    }
}

impl Inner {
    fn new(name: String, free: usize, most: usize) -> Arc<Inner> {
        let traced = Traced::with_level(ResourceKind::Semaphore, name, free as i64);
        Arc::new(Inner { traced, most, state: Monitor::new(Permits { free, freed: Freed::default() }) })
    }

    fn acquire(&self, site: Site, timeout: Option<Duration>) -> bool {
        let mut permits = self.state.lock();
        let mut wait = None;
        while permits.free == 0 {
            if timeout == Some(Duration::ZERO) {
                return false;
            }
            let wait = wait.get_or_insert_with(|| BlockingWait::begin(self.traced.target(), Some(site), timeout));
            if !wait.sleep(&mut permits, None) {
                break;
            }
        }
        let taken = permits.free > 0;
        let mut cause = None;
        if taken {
            permits.free -= 1;
            let left = permits.free;
            cause = permits.freed.take(left);
        }
        if let Some(wait) = wait {
            wait.over(cause.take());
        }
        if taken {
            lane::with(|context| {
                self.traced.acquired(context, cause);
                self.traced.level(context, permits.free as i64);
            });
        }
        taken
    }

    /// False if there would be too many.
    fn release(&self) -> bool {
        let mut permits = self.state.lock();
        if permits.free == self.most {
            return false;
        }
        permits.free += 1;
        lane::with(|context| {
            let cause = self.traced.released(context);
            self.traced.level(context, permits.free as i64);
            permits.freed.give(cause);
        });
        drop(permits);
        self.state.notify_one();
        true
    }
}

impl Drop for SemaphoreGuard<'_> {
    fn drop(&mut self) {
        // As for a lock.
        if std::thread::panicking() {
            return;
        }
        assert!(self.inner.release(), "semaphore “{}” was released more often than acquired", self.inner.traced.name());
    }
}
