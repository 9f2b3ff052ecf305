//! Semaphores between processes: a number of permits, each held by one lane of any of them at a time.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use std::time::Duration;
//! use weft::runtime::processes::{BoundedSemaphore, Semaphore};
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{sleep, spawn};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     // Between threads here; a process takes the semaphore with the arguments that it is started with.
//!     let permits = Semaphore::new("permits", 2);
//!     let worker = |number| {
//!         let permits = permits.clone();
//!         spawn(format!("worker-{number}"), move || {
//!             let _permit = permits.hold();
//!             sleep(Duration::from_millis(1)); // Never more than two at a time.
//!         })
//!     };
//!     let workers = [worker(1), worker(2), worker(3)];
//!     workers.into_iter().for_each(|worker| worker.join());
//!
//!     let bounded = BoundedSemaphore::new("bounded", 1);
//!     assert!(bounded.release().is_err());
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.Semaphore` and `multiprocessing.BoundedSemaphore`:
//!
//! - Permits belong to no lane: any lane may release one, even if it has acquired none. A [`Semaphore`] then has more
//!   permits than at the beginning; a [`BoundedSemaphore`] refuses.
//! - It is not fair. A process that is terminated keeps the permits that it has.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::common::{Common, Held, cause_at, cause_in};
use crate::runtime::Failure;
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::record::Tag;
use crate::trace::{Cause, ResourceKind};

/// How many permits are free.
const FREE: usize = 0;
/// Of how many of them it is known who has released them; the oldest of these, and then all: three words for each.
const KNOWN: usize = 1;
const OLDEST: usize = 2;
const GIVERS: usize = 3;

/// Of how many permits it is remembered at least who has released them.
const REMEMBERED: u32 = 32;

/// The most permits of which that is remembered.
const MOST_REMEMBERED: u32 = 1024;

/// Permits between processes: in Python, `multiprocessing.Semaphore`. Clones are the same semaphore.
#[derive(Clone, Serialize, Deserialize)]
pub struct Semaphore {
    permits: Permits,
}

/// Permits between processes that never grow beyond their initial number: in Python,
/// `multiprocessing.BoundedSemaphore`. Clones are the same semaphore.
#[derive(Clone, Serialize, Deserialize)]
pub struct BoundedSemaphore {
    permits: Permits,
}

/// Holds a permit until it is dropped.
#[must_use = "the permit is released when this is dropped"]
pub struct SemaphoreGuard<'a> {
    permits: &'a Permits,
}

#[derive(Clone, Serialize, Deserialize)]
struct Permits {
    common: Common,
    most: u32,
    remembered: u32,
}

impl Semaphore {
    /// A semaphore with `permits` free permits.
    pub fn new(name: &str, permits: u32) -> Semaphore {
        Semaphore { permits: Permits::new(name, permits, u32::MAX) }
    }

    /// Takes a permit for as long as the guard lives: in Python, `with semaphore:`.
    #[track_caller]
    pub fn hold(&self) -> SemaphoreGuard<'_> {
        self.acquire();
        SemaphoreGuard { permits: &self.permits }
    }

    /// Takes a permit, and waits until there is one: in Python, `semaphore.acquire()`.
    #[track_caller]
    pub fn acquire(&self) {
        self.permits.acquire(Site::caller(), None);
    }

    /// Takes a permit if there is one: in Python, `semaphore.acquire(block=False)`.
    #[track_caller]
    pub fn try_acquire(&self) -> bool {
        self.permits.acquire(Site::caller(), Some(Duration::ZERO))
    }

    /// Takes a permit, waiting for it at most `timeout`; false if there was none in time: in Python,
    /// `semaphore.acquire(timeout=timeout)`.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.permits.acquire(Site::caller(), Some(timeout))
    }

    /// Releases a permit, or adds one: in Python, `semaphore.release()`.
    pub fn release(&self) {
        self.permits.release();
    }

    /// How many permits are free: in Python, `semaphore.get_value()`.
    pub fn value(&self) -> u32 {
        self.permits.common.peek(FREE)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.permits.common.name()
    }
}

impl BoundedSemaphore {
    /// A semaphore with `permits` free permits; there will never be more.
    pub fn new(name: &str, permits: u32) -> BoundedSemaphore {
        BoundedSemaphore { permits: Permits::new(name, permits, permits) }
    }

    /// Takes a permit for as long as the guard lives: in Python, `with semaphore:`.
    #[track_caller]
    pub fn hold(&self) -> SemaphoreGuard<'_> {
        self.acquire();
        SemaphoreGuard { permits: &self.permits }
    }

    /// Takes a permit, and waits until there is one: in Python, `semaphore.acquire()`.
    #[track_caller]
    pub fn acquire(&self) {
        self.permits.acquire(Site::caller(), None);
    }

    /// Takes a permit if there is one: in Python, `semaphore.acquire(block=False)`.
    #[track_caller]
    pub fn try_acquire(&self) -> bool {
        self.permits.acquire(Site::caller(), Some(Duration::ZERO))
    }

    /// Takes a permit, waiting for it at most `timeout`; false if there was none in time: in Python,
    /// `semaphore.acquire(timeout=timeout)`.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.permits.acquire(Site::caller(), Some(timeout))
    }

    /// Releases a permit: in Python, `semaphore.release()`.
    ///
    /// # Errors
    /// If all permits are free: in Python, a `ValueError`.
    pub fn release(&self) -> Result<(), Failure> {
        if self.permits.release() {
            return Ok(());
        }
        let (name, most) = (self.name(), self.permits.most);
        let problem = |lane: &str| {
            format!("ValueError: semaphore “{name}” was released by {lane}, but all its {most} permits are free")
        };
        Err(lane::with(|context| context.misuse(problem)))
    }

    /// How many permits are free: in Python, `semaphore.get_value()`.
    pub fn value(&self) -> u32 {
        self.permits.common.peek(FREE)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.permits.common.name()
    }
}

impl Permits {
    fn new(name: &str, permits: u32, most: u32) -> Permits {
        let remembered = permits.clamp(REMEMBERED, MOST_REMEMBERED);
        let mut own = vec![0; GIVERS + remembered as usize * 3];
        own[FREE] = permits;
        let common = Common::new(ResourceKind::Semaphore, name, &own, i64::from(permits));
        Permits { common, most, remembered }
    }

    fn acquire(&self, site: Site, timeout: Option<Duration>) -> bool {
        let mut held = self.common.lock();
        let mut wait = None;
        let mut in_time = true;
        loop {
            let [free] = held.own(FREE);
            if free > 0 {
                self.take(&held, free - 1, wait);
                return true;
            }
            if timeout == Some(Duration::ZERO) {
                return false;
            }
            let wait = wait.get_or_insert_with(|| BlockingWait::begin(self.common.target(), Some(site), timeout));
            if !in_time {
                break;
            }
            let (news, again) = held.wait(wait);
            // It looks once more after its time is up, and takes what came at the last moment.
            in_time = news.is_some();
            held = again;
        }
        drop(held);
        if let Some(wait) = wait {
            wait.over(None);
        }
        false
    }

    /// Takes a permit, which leaves `left` free.
    fn take(&self, held: &Held<'_>, left: u32, wait: Option<BlockingWait>) {
        let [known, oldest] = held.own(KNOWN);
        // Those that were free at first are taken first.
        let giver = (known > left).then(|| cause_in(held.own(self.giver(oldest))));
        held.set([(FREE, left)]);
        if giver.is_some() {
            held.set([(KNOWN, known - 1), (OLDEST, (oldest + 1) % self.remembered)]);
        }
        let waited = wait.map(|wait| wait.over(giver)).is_some();
        held.acquired(giver.filter(|_| !waited));
        held.record(Tag::Level, i64::from(left));
    }

    /// False if there would be too many.
    fn release(&self) -> bool {
        let held = self.common.lock();
        let [free] = held.own(FREE);
        if free == self.most {
            return false;
        }
        let cause = held.record(Tag::Released, 0);
        held.record(Tag::Level, i64::from(free) + 1);
        self.remember(&held, cause);
        held.set([(FREE, free + 1)]);
        held.tell(1, 1, cause);
        true
    }

    /// This is who has released the latest permit.
    fn remember(&self, held: &Held<'_>, giver: Cause) {
        let [known, oldest] = held.own(KNOWN);
        let at = self.giver((oldest + known) % self.remembered);
        held.set(cause_at(at, giver));
        if known < self.remembered {
            held.set([(KNOWN, known + 1)]);
        } else {
            held.set([(OLDEST, (oldest + 1) % self.remembered)]);
        }
    }

    fn giver(&self, number: u32) -> usize {
        GIVERS + number as usize * 3
    }
}

impl Drop for SemaphoreGuard<'_> {
    fn drop(&mut self) {
        // As for a lock.
        if std::thread::panicking() {
            return;
        }
        let name = self.permits.common.name();
        assert!(self.permits.release(), "semaphore “{name}” was released more often than acquired");
    }
}
