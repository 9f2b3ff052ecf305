//! A semaphore: a number of permits, each held by one lane at a time.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use std::time::Duration;
//! use weft::runtime::threads::{BoundedSemaphore, Semaphore, run_main, sleep, spawn};
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
//! - Permits belong to nobody: any lane may release, also one that has acquired none. A [`Semaphore`] then has more
//!   permits than at the beginning; a [`BoundedSemaphore`] refuses.
//! - It is not fair.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::wait::{Freed, Wait};
use crate::runtime::Failure;
use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Context, Site};
use crate::trace::record::Tag;
use crate::trace::{Cause, Nanos, ResourceId, ResourceKind, Target};

/// A number of permits: in Python, `threading.Semaphore`. Clones are the same semaphore.
#[derive(Clone)]
pub struct Semaphore {
    inner: Arc<Inner>,
}

/// A number of permits that never grows beyond what it was: in Python, `threading.BoundedSemaphore`.
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
    name: String,
    resource: ResourceId,
    most: usize,
    state: Monitor<Permits>,
}

struct Permits {
    free: usize,
    freed: Freed,
    /// Time of the latest event; the next is put after it.
    last: Nanos,
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
            self.inner.acquire(Location::caller(), None);
        }

        /// Takes a permit if there is one: in Python, `semaphore.acquire(blocking=False)`.
        #[track_caller]
        pub fn try_acquire(&self) -> bool {
            self.inner.acquire(Location::caller(), Some(Duration::ZERO))
        }

        /// Takes a permit, and waits for it at most so long; false if there was none in time: in Python,
        /// `semaphore.acquire(timeout=timeout)`.
        #[track_caller]
        pub fn acquire_timeout(&self, timeout: Duration) -> bool {
            self.inner.acquire(Location::caller(), Some(timeout))
        }

        /// Its name.
        pub fn name(&self) -> &str {
            &self.inner.name
        }
    };
}

impl Semaphore {
    /// So many free permits.
    pub fn new(name: impl Into<String>, permits: usize) -> Semaphore {
        Semaphore { inner: Inner::new(name.into(), permits, usize::MAX) }
    }

    common!();

    /// Gives a permit back, or adds one: in Python, `semaphore.release()`.
    pub fn release(&self) {
        self.inner.release();
    }
}

impl BoundedSemaphore {
    /// So many free permits; there will never be more.
    pub fn new(name: impl Into<String>, permits: usize) -> BoundedSemaphore {
        BoundedSemaphore { inner: Inner::new(name.into(), permits, permits) }
    }

    common!();

    /// Gives a permit back: in Python, `semaphore.release()`.
    ///
    /// # Errors
    /// If all permits are there.
    pub fn release(&self) -> Result<(), Failure> {
        if self.inner.release() {
            return Ok(());
        }
        let Inner { name, most, .. } = &*self.inner;
        let problem =
            |lane: &str| format!("semaphore “{name}” was released by {lane}, but all its {most} permits are free");
        Err(lane::with(|context| context.misuse(problem)))
    }
}

impl Inner {
    fn new(name: String, free: usize, most: usize) -> Arc<Inner> {
        let (resource, last) = lane::with(|context| {
            let resource = context.define_resource(ResourceKind::Semaphore, &name);
            (resource, context.resource_event(Tag::Level, resource, free as i64, Nanos::ZERO))
        });
        Arc::new(Inner { name, resource, most, state: Monitor::new(Permits { free, freed: Freed::default(), last }) })
    }

    fn acquire(&self, site: Site, timeout: Option<Duration>) -> bool {
        let mut permits = self.state.lock();
        let mut wait = None;
        while permits.free == 0 {
            if timeout == Some(Duration::ZERO) {
                return false;
            }
            let wait = wait.get_or_insert_with(|| Wait::begin(Target::Resource(self.resource), Some(site), timeout));
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
            wait.over(cause);
        }
        if taken {
            lane::with(|context| self.changed(context, &mut permits, Tag::Acquired));
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
            let time = self.changed(context, &mut permits, Tag::Released);
            permits.freed.give(Cause { lane: context.lane, time });
        });
        drop(permits);
        self.state.notify_one();
        true
    }

    /// Records what has happened, and how many permits that leaves.
    fn changed(&self, context: &mut Context, permits: &mut Permits, tag: Tag) -> Nanos {
        let time = context.resource_event(tag, self.resource, 0, permits.last);
        permits.last = context.resource_event(Tag::Level, self.resource, permits.free as i64, time);
        time
    }
}

impl Drop for SemaphoreGuard<'_> {
    fn drop(&mut self) {
        // As for a lock.
        if std::thread::panicking() {
            return;
        }
        assert!(self.inner.release(), "semaphore “{}” was released more often than acquired", self.inner.name);
    }
}
